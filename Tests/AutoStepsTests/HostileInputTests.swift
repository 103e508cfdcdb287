import AutoRuntime
import AutoSteps
import CEL
import Computing
import Foundation
import Processes
import Programs
import TestSupport
import Testing
import Values

/// jq programs that crash its library, never end, or take memory without end: each fails its own step, in
/// words.
@Suite(.timeLimit(.minutes(1))) struct HostileJQTests {
    private func jq(_ program: String, input: String = "0", timeout: String = "2s") async throws -> (
        result: String?, error: String?
    ) {
        let outcome = try await run(
            one(
                "DATA_TRANSFORM t -> end { timeout: \(timeout)\n prompt_template { input: \(input), jq: '''\n\(program)\n''' } }"
            ))
        return (outcome.result, outcome.error)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "1700000000000000000 | todate", "1e300 | strftime(\"%Y\")",
        ])
    func crashesAreTold(program: String) async throws {
        #expect(try await jq(program).error == "step t: the jq program crashed on this input")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "def f: f; f", "\"aaa\" | gsub(\"^\"; \"-\")", "[range(1e9)] | length",
            "def f(x): f(x + 1); f(1)",
        ])
    func endlessProgramsAreStopped(program: String) async throws {
        let error = try await jq(program).error ?? ""
        #expect(error == "step t: no answer within 2 s" || error.contains("of memory"), "\(error)")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("halt_error", "the program halted: 0"), ("error(null)", "null (null) was raised"),
            ("[] | .[1e300] = 1", "an index of at most"),
            ("[] | .[-1] = 1", "before the first element"),
            ("[] | .[1e8] = 1", "more than 768 MB of memory"),
            ("error(\"x\")", "jq: x"), ("input", "there is one input only"), ("infinite", "infinity"),
            ("9007199254740993", "2^53"),
        ])
    func failuresAreFailures(program: String, words: String) async throws {
        #expect(try await jq(program).error?.contains(words) == true)
    }

    @Test(.timeLimit(.minutes(1)))
    func wholeNumbersStayWhatTheyAre() async throws {
        #expect(try await jq(".", input: "9007199254740991").result == "9007199254740991")
        let text = #""{\"id\": 9007199254740993}""#
        #expect(try await jq("fromjson | .id | tostring", input: text).error?.contains("rounded") == true)
        #expect(
            try await jq("fromjson | .id", input: #""{\"id\": \"9007199254740993\"}""#).result
                == "9007199254740993")
        #expect(
            try await jq("reduce range(600) as $i (null; [.]) | tojson").error?.contains("256 levels") == true
        )
        let outcome = try await jq(".[0] == .[1]", input: "[9007199254740993, 9007199254740992]")
        #expect(outcome.error?.contains("the input holds 9007199254740993") == true)
    }

    /// What printed or asked for more once called through a null pointer.
    @Test(.timeLimit(.minutes(1)))
    func debugAndEmptyMatchesWork() async throws {
        #expect(try await jq("debug").result == "0")
        #expect(try await jq("[splits(\"\")] | length", input: "\"ab\"").result != nil)
        #expect(try await jq("[match(\"\"; \"g\")] | length", input: "\"ab\"").result != nil)
    }
}

@Suite(.timeLimit(.minutes(1))) struct HostilePageTests {
    private func scrape(_ html: String, _ select: String, timeout: String = "2s")
        async throws -> (result: String?, error: String?)
    {
        let outcome = try await run(
            "input page: text\n"
                + one(
                    "WEB_SCRAPE t -> end { timeout: \(timeout)\n prompt_template { html: inputs.page, select: \(select) } }"
                ),
            inputs: [("page", .string(html))])
        return (outcome.result, outcome.error)
    }

    @Test(.timeLimit(.minutes(1)))
    func longListsAreRead() async throws {
        let list = "<ul>" + (0..<2_000).map { "<li>\($0)</li>" }.joined() + "</ul>"
        #expect(
            try await scrape(list, "{ a: [\"li:first-child\"] }", timeout: "50s").result == "{\"a\":[\"0\"]}")
    }

    @Test(.timeLimit(.minutes(1)))
    func endlessSelectionsAreStopped() async throws {
        let siblings = String(repeating: "<p>x</p>", count: 16_000)
        let nested = String(repeating: "<div>", count: 200)
        let steps = Array(repeating: "div", count: 40).joined(separator: " ")
        let attributes = "<p " + (0..<100_000).map { "a\($0)=1" }.joined(separator: " ") + ">x"
        for (html, select) in [
            (siblings, "{ a: [\"p ~ p\"] }"), (nested, "{ a: [\"\(steps)\"] }"), (attributes, "{ a: \"p\" }"),
        ] {
            let outcome = try await scrape(html, select)
            #expect(outcome.result != nil || outcome.error?.hasPrefix("step t: ") == true)
        }
    }

    /// The place of an element is counted once for all its siblings, not once for each.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("p:nth-of-type(16000)", "[\"x\"]"), ("p:nth-last-child(16000)", "[\"x\"]"),
            ("p:nth-child(4000n)", "[\"x\",\"x\",\"x\",\"x\"]"),
        ])
    func placesAmongManySiblings(select: String, expected: String) async throws {
        let siblings = String(repeating: "<p>x</p>", count: 16_000)
        let outcome = try await scrape(siblings, "[\"\(select)\"]", timeout: "50s")
        #expect(outcome.result == expected, "\(outcome)")
    }

    /// What takes too long is told in the words of who wrote it. Selectors of one step do not: each goes through
    /// the page a few times.
    @Test(.timeLimit(.minutes(1)))
    func slowXPathsAreNamed() async throws {
        let siblings = String(repeating: "<p>x</p>", count: 16_000)
        let xpath = try await scrape(
            siblings, "xpath(\"//p[count(preceding-sibling::p) > 1]\")", timeout: "50s")
        #expect(xpath.error == "step t: the XPath takes too long on this page")
    }

    /// Opening a pipe of the folder waits for who writes into it: nobody does.
    @Test(.timeLimit(.minutes(1)))
    func namedPipesAreNoFiles() async throws {
        let folder = NSTemporaryDirectory() + "autorun-pipe-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(mkfifo(folder + "/fifo", 0o600) == 0)
        let outcome = try await run(
            one("WEB_SCRAPE t -> end { timeout: 5s\n prompt_template { url: \"file:fifo\" } }"),
            folder: folder)
        #expect(outcome.error == "step t: `fifo` is no file")
    }
}
