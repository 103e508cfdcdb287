import AutoChecker
import AutoRuntime
import AutoStore
import Diagnostics
import StepKinds
import Testing
import Values

/// What comes of the first test of a checked file whose steps say `real`.
func runFirstTest(of result: CheckResult) async throws -> TestOutcome {
    let automation = try #require(
        result.automation, "\(render(result.findings, in: result.source, as: .short))")
    let actor = Actor { _, _ throws(StepFailure) in .value(.string("real")) }
    let clock = TestClock()
    let runner = TestRunner(executors: Executors(forAll: actor), clock: clock) { [clock] in
        MemoryStore(keepsRecords: false, clock: clock)
    }
    let id = ID(name: "/folder/main.auto")
    let stored = StoredAutomation(
        automation, id: id, path: "/folder/main.auto",
        stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
    return try await runner.run(automation.tests[0], of: Plan(automation), stored)
}

/// Tests of automations that call others: the call replies as a whole, or the steps behind it do.
@Suite(.timeLimit(.minutes(1))) struct TestedCallTests {
    private static let digest = """
        automation "Digest"
        input page: text
        result { title: text }
        START begin -> fetch
        REST_API fetch -> ask { timeout: 10m, prompt_template { url: "https://example.org/" } }
        GET_USER_INPUT ask -> make { prompt_template { message: "Is it good?" } }
        DATA_TRANSFORM make -> end { prompt_template { value: { title: inputs.page + ask.result } } }
        """

    private func check(_ test: String, path: String = "sub/digest.auto", _ more: [String: String] = [:])
        throws -> CheckResult
    {
        let main = """
            automation "Main"
            START begin -> digest
            REST_API digest -> use { prompt_template { automation: "\(path)", inputs: { page: "p" } } }
            DATA_TRANSFORM use -> end { prompt_template { value: digest.result.title } }
            test "calls" { \(test) }

            """
        let files = more.merging(["sub/digest.auto": TestedCallTests.digest]) { $1 }
        var options = CheckOptions()
        options.files = OtherFiles(beside: "main.auto") { (path) throws(OtherFiles.Unreadable) in
            guard let text = files[path] else { throw OtherFiles.Unreadable("is not there", help: "") }
            return Array(text.utf8)
        }
        return AutoChecker.check(SourceText(name: "main.auto", text: main), options)
    }

    @Test(arguments: [
        // The call replies, and nothing is called.
        #"replies: { digest: { title: "T" } }, expect digest.result.title == "T""#,
        // The other automation runs, by replies of its own.
        """
        replies: { "digest.fetch": { status: 200, body: {} } }
        answers: { "digest.ask": " yes" }
        expect digest.result.title == "p yes"
        """,
        #"replies: { digest: { error: "down" } }, expect digest.error.message == "down""#,
    ])
    func aCallIsTested(_ test: String) async throws {
        let outcome = try await runFirstTest(of: try check(test.replacing(", expect", "\nexpect")))
        #expect(outcome.passed, "\(outcome.failures)")
    }

    @Test func whatACallLacksIsToldToPaste() async throws {
        let outcome = try await runFirstTest(of: try check(#"expect session.status == "FINISHED""#))
        #expect(
            outcome.failures.map(\.text) == [
                "`digest.fetch` would leave the machine, and the test has no reply for it"
            ])
        #expect(
            outcome.failures[0].seen == [
                #"add to the test: replies: { "digest.fetch": {"status":200,"body":{}} }"#,
                "or a reply to the call: replies: { digest: … }",
            ])
    }

    @Test func aQuestionOfACalledAutomationIsToldToPaste() async throws {
        let test = """
            replies: { "digest.fetch": { body: {} } }
            expect session.status == "FINISHED"
            """
        let outcome = try await runFirstTest(of: try check(test))
        let seen = outcome.failures.flatMap(\.seen)
        #expect(
            seen.contains(
                #"`digest.ask` waits for an answer; add to the test: answers: { "digest.ask": "…" }"#),
            "\(seen)")
    }

    @Test func namesGoOnThroughSeveralCalls() async throws {
        let outer = """
            automation "Outer"
            input page: text
            result { title: text }
            START begin -> inner
            REST_API inner -> end { prompt_template { automation: "digest.auto", inputs: { page: inputs.page } } }
            """
        let test = """
            replies: { "digest.inner.fetch": { body: {} } }
            answers: { "digest.inner.ask": "!" }
            expect digest.result.title == "p!"
            """
        let outcome = try await runFirstTest(
            of: try check(test, path: "sub/outer.auto", ["sub/outer.auto": outer]))
        #expect(outcome.passed, "\(outcome.failures)")
    }

    @Test(arguments: [
        (#"replies: { digest: { titel: "T" } }"#, "this does not fit what `digest` gives: "),
        (#"replies: { "digest.fetsh": { body: {} } }"#, "there is no step `digest.fetsh`"),
        (
            #"replies: { "use.fetch": { body: {} } }"#,
            "there is no step `use.fetch`: `use` calls no automation"
        ),
        (#"replies: { fetch: { body: {} } }"#, "there is no step `fetch`"),
        (
            #"replies: { "digest.fetch": { body: {}, stat: 1 } }"#,
            "this does not fit what `digest.fetch` gives: "
        ),
        (#"replies: { "digest.make": { title: "T" } }"#, "`digest.make` runs for real in a test"),
        (#"answers: { "digest.fetch": "x" }"#, "`digest.fetch` asks no person"),
        (#"replies: { "digest.ask": "x" }"#, "`digest.ask` asks a person"),
    ])
    func misfitsAreTold(_ entry: String, _ message: String) throws {
        let result = try check(entry + "\nexpect session.status == \"FINISHED\"")
        let found = result.findings.map(\.message)
        #expect(found.count == 1 && found[0].hasPrefix(message), "\(found)")
    }

    @Test(arguments: [
        (#"replies: { "digest.fetsh": { body: {} } }"#, "did you mean `digest.fetch`?"),
        (#"replies: { fetch: { body: {} } }"#, "did you mean `digest.fetch`?"),
    ])
    func aNearNameIsOffered(_ entry: String, _ help: String) throws {
        let result = try check(entry + "\nexpect session.status == \"FINISHED\"")
        #expect(result.findings.first?.help == help)
        #expect(result.findings.first?.fix?.replacement == "\"digest.fetch\"")
    }

    /// An empty list and null are values as others are.
    @Test(arguments: ["[]", "null"]) func anEmptyValueIsComputed(_ value: String) async throws {
        let text = """
            automation "T"
            START a -> t
            DATA_TRANSFORM t -> end { prompt_template { value: \(value) } }
            test "runs" { expect session.status == "FINISHED" }

            """
        let result = AutoChecker.check(SourceText(name: "t.auto", text: text))
        #expect(result.automation != nil)
        let outcome = try await runFirstTest(of: result)
        #expect(outcome.passed)
        #expect(outcome.record.steps.last?.result == (value == "null" ? .null : .list([])))
    }
}

extension String {
    fileprivate func replacing(_ part: String, _ other: String) -> String {
        guard let range = firstRange(ofText: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
