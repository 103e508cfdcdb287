import TestSupport
import Testing
import Values

/// `autorun show` with --trace, --timeline and --cost.
@Suite(.timeLimit(.minutes(1))) struct ShowTraceTests {
    private let forked = """
        automation "Fork"
        START begin -> [left, right]
        PYTHON left -> both { prompt_template { code: "import sys; print('said', file=sys.stderr); result = 1" } }
        PYTHON right -> both { prompt_template { code: "result = 2" } }
        DATA_TRANSFORM both -> end { prompt_template { value: left.result + right.result } }

        """

    @Test func aProcessLeavesWhatItSaidAndUsed() async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file("fork.auto", forked)
        let run = try await command.run("autorun", ["run", file, "--unsafe-python"])
        try #require(run.code == 0, "\(run.errors)")
        let id = try await command.newestID()
        let shown = try await command.run("autorun", ["show", id, "--trace", "--json"])
        let events = try #require(try JSON.parse(shown.output).asList).compactMap(\.asMap)
        let ends = events.filter { $0["event"]?.asText == "process" }.compactMap { $0["data"]?.asMap }
        #expect(ends.count == 2)
        for end in ends {
            #expect(end["exit_code"]?.asInt == 0)
            #expect((end["cpu_ms"]?.asDouble ?? 0) > 0 && (end["peak_memory"]?.asInt ?? 0) > 1_000_000)
        }
        #expect(ends.map { $0["stderr"]?.asText ?? "" }.sorted() == ["", "said\n"])
        #expect(events.filter { $0["event"]?.asText == "attempt" }.count == 2)
        let text = try await command.run("autorun", ["show", id, "--trace"])
        #expect(
            text.output.contains("process: exit code 0, ") && text.output.contains("\n              said\n"))
        let timeline = try await command.run("autorun", ["show", id, "--timeline"])
        let lines = timeline.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        for step in ["begin", "left", "right", "both"] {
            #expect(lines.contains { $0.hasPrefix(step) && $0.contains("█") }, "\(timeline.output)")
        }
        let cost = try await command.run("autorun", ["show", id, "--cost", "--json"])
        let total = try JSON.parse(cost.output).asMap?["total"]?.asMap
        #expect(total?["calls"]?.asInt == 0 && total?["dollars"]?.asDouble == 0)
    }

    /// Long names go over several lines, and none of them is cut.
    @Test func costsFitEightyColumns() async throws {
        let command = try Command()
        defer { command.clean() }
        let name = "a_step_whose_name_is_" + String(repeating: "long_", count: 12) + "indeed"
        let text =
            "automation \"L\"\nSTART begin -> \(name)\n"
            + "LLM_CALL \(name) -> end { prompt_template { model: \"builtin\", user: \"Hi\" } }\n"
        let run = try await command.run("autorun", ["run", try command.file("long.auto", text)])
        try #require(run.code == 0, "\(run)")
        let cost = try await command.run("autorun", ["show", try await command.newestID(), "--cost"])
        let lines = cost.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(cost.output)")
        let shown = lines.map { $0.split(separator: " ").first.map(String.init) ?? "" }.joined()
        #expect(shown.contains(name), "\(cost.output)")
    }

    @Test(arguments: [["--trace", "--cost"], ["--timeline", "--trace"], ["--timeline", "--json"]])
    func whatContradictsItselfIsRefused(options: [String]) async throws {
        let command = try Command()
        defer { command.clean() }
        let shown = try await command.run("autorun", ["show", "7f3c9a"] + options)
        #expect(shown.code != 0 && shown.output.isEmpty)
        #expect(shown.errors.contains(options[0]))
    }
}
