import Foundation
import TestSupport
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct BatchCommandTests {
    private static let half = """
        automation "Half"
        input n: int
        input word: text = "half"
        START begin -> odd
        LOGIC_DECISION odd {
          prompt_template {
            odd: when inputs.n % 2 == 1 -> fails
            even: else -> halve
          }
        }
        DATA_TRANSFORM halve -> end { prompt_template { value: "${inputs.word} is ${inputs.n / 2}" } }
        DATA_TRANSFORM fails -> end { prompt_template { value: "${1 / (inputs.n - inputs.n)}" } }
        """

    private func batch(_ command: Command, _ table: (String, String), _ more: [String] = []) async throws
        -> (result: CommandResult, rows: [MapValue])
    {
        let file = try command.file("half.auto", BatchCommandTests.half)
        let path = try command.file(table.0, table.1)
        let result = try await command.run("autorun", ["batch", file, path] + more)
        let rows = result.output.split(separator: "\n").compactMap { try? JSON.parse(String($0)).asMap }
        return (result, rows)
    }

    @Test(arguments: [
        ("t.csv", "n,word\n2,x\n4,\n"), ("t.csv", "n;word\n2;x\n4;\n"), ("t.tsv", "n\tword\n2\tx\n4\t"),
        ("t.jsonl", "{\"n\": 2, \"word\": \"x\"}\n\n{\"n\": 4}\n"),
        ("t.json", "[{\"n\": 2, \"word\": \"x\"}, {\"n\": 4}]"),
    ])
    func runsEachRowInOrder(_ name: String, _ text: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let (result, rows) = try await batch(command, (name, text), ["--at-once", "2"])
        #expect(result.code == 0 && result.errors == "2 rows: 2 finished\n", "\(result)")
        #expect(rows.map { $0["row"] } == [.int(1), .int(2)])
        #expect(rows.map { $0["result"]?.asText } == ["x is 1", "half is 2"])
    }

    @Test func decimalCommasAreNumbersWhereSemicolonsSeparate() async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file(
            "twice.auto",
            """
            automation "Twice"
            input x: number
            START begin -> twice
            DATA_TRANSFORM twice -> end { prompt_template { value: inputs.x * 2.0 } }
            """)
        let table = try command.file("t.csv", "sep=;\nx\n1,5\n2.25\n")
        let result = try await command.run("autorun", ["batch", file, table])
        let rows = result.output.split(separator: "\n").compactMap { try? JSON.parse(String($0)).asMap }
        #expect(rows.map { $0["result"] } == [.double(3), .double(4.5)], "\(result)")
    }

    /// Nothing is run unless all rows fit.
    @Test func everyRowIsCheckedFirst() async throws {
        let command = try Command()
        defer { command.clean() }
        let (result, rows) = try await batch(command, ("t.csv", "n\n2\nmany\n4\n1.5\n"))
        #expect(result.code == 2 && rows.isEmpty, "\(result)")
        #expect(result.errors.contains("t.csv:3: the input `n` does not fit"), "\(result)")
        #expect(result.errors.contains("t.csv:5: ") && result.errors.contains("nothing was run"), "\(result)")
        let sessions = try await command.run("autorun", ["sessions"])
        #expect(!sessions.output.contains("Half"), "\(sessions)")
    }

    @Test func goesOnWhereItWas() async throws {
        let command = try Command()
        defer { command.clean() }
        let (first, before) = try await batch(command, ("t.csv", "n\n2\n3\n2\n"))
        #expect(first.code == 1 && first.errors == "3 rows: 2 finished, 1 failed\n", "\(first)")
        #expect(before.map { $0["status"]?.asText } == ["FINISHED", "FAILED", "FINISHED"])
        #expect(Set(before.map { $0["session"]?.asText }).count == 3)
        // A row in front moves the others, which are the same rows.
        let (second, after) = try await batch(command, ("t.csv", "n\n8\n2\n3\n2\n"))
        #expect(second.code == 1 && after.count == 4, "\(second)")
        #expect(after.dropFirst().map { $0["session"] } == before.map { $0["session"] })
        let (_, again) = try await batch(command, ("t.csv", "n\n2\n3\n2\n"), ["--retry-failed"])
        #expect(again[0]["session"] == before[0]["session"] && again[1]["session"] != before[1]["session"])
        let (_, anew) = try await batch(command, ("t.csv", "n\n2\n"), ["--name", "other"])
        #expect(anew[0]["session"] != before[0]["session"])
    }

    /// What the last attempt gave counts, whether it was a good one or not.
    @Test func keepsWhatARowGaveThatWasRunOnceMore() async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file(
            "flag.auto",
            """
            automation "Flag"
            input n: int
            START begin -> divide
            DATA_TRANSFORM divide -> end {
              prompt_template { read: "flag.json", value: 10 / (input.flag - inputs.n) }
            }
            """)
        let table = try command.file("t.csv", "n\n2\n")
        var rows: [MapValue] = []
        let again = ["--retry-failed"]
        let calls: [(Int, [String])] = [(2, []), (2, again), (2, []), (0, again), (2, [])]
        for (flag, more) in calls {
            _ = try command.file("flag.json", "{\"flag\": \(flag)}")
            let result = try await command.run("autorun", ["batch", file, table] + more)
            rows.append(try #require(JSON.parse(result.output).asMap, "\(result)"))
        }
        #expect(rows.map { $0["status"]?.asText } == ["FAILED", "FAILED", "FAILED", "FINISHED", "FINISHED"])
        #expect(rows[1]["session"] == rows[2]["session"] && rows[0]["session"] != rows[1]["session"])
        #expect(rows[4]["result"] == .int(-5) && rows[4]["session"] == rows[3]["session"])
    }

    @Test func saysThatResultsAreOfTheFileBeforeItWasChanged() async throws {
        let command = try Command()
        defer { command.clean() }
        let half = BatchCommandTests.half
        let file = try command.file("changed.auto", half)
        let table = try command.file("t.csv", "n\n2\n4\n")
        let arguments = ["batch", file, table]
        _ = try await command.run("autorun", arguments)
        let same = try await command.run("autorun", arguments)
        #expect(same.errors == "2 rows: 2 finished\n", "\(same)")
        _ = try command.file("changed.auto", half.replacingOccurrences(of: "is ${", with: "makes ${"))
        let changed = try await command.run("autorun", arguments)
        #expect(changed.code == 0 && changed.output.contains("half is 1"), "\(changed)")
        #expect(changed.errors.contains("2 rows ran by the file as it was before"), "\(changed)")
        let anew = try await command.run("autorun", arguments + ["--name", "other"])
        #expect(anew.output.contains("half makes 1") && !anew.errors.contains("before"), "\(anew)")
    }

    @Test func printsCSV() async throws {
        let command = try Command()
        defer { command.clean() }
        let (result, _) = try await batch(command, ("t.csv", "n,word\n2,\"a, b\"\n"), ["--format", "csv"])
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "row,session,status,result,error", "\(result)")
        #expect(lines[1].hasPrefix("1,") && lines[1].hasSuffix(",FINISHED,\"a, b is 1\","), "\(result)")
    }

    @Test(arguments: [
        ("t.yaml", "- n: 1", "ends in .csv, .tsv, .json or .jsonl"),
        ("t.json", "{\"n\": 1}", "holds no list"),
        ("t.jsonl", "{\"n\": 1}\n[", "t.jsonl:2: no valid JSON"),
        ("t.csv", "n\n1,2\n", "t.csv:2: the line has 2 fields"),
        ("t.csv", "m\n1\n", "there is no input `m`"),
    ])
    func saysWhatIsNoTable(_ name: String, _ text: String, _ words: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let (result, _) = try await batch(command, (name, text))
        #expect(result.code == 2 && result.errors.contains(words), "\(result)")
    }
}
