import AutoChecker
import AutoNet
import AutoRuntime
import AutoStore
import CEL
import Diagnostics
import Processes
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

@testable import AutoSteps

/// What `cache: true` of WEB_SCRAPE keeps from one run to the next.
@Suite(.timeLimit(.minutes(1))) struct PageCachingTests {
    private static let second: Int64 = 1_000_000_000
    private static let start: Int64 = 1_700_000_000

    /// Runs of an automation that share a store; the clock is moved in between.
    private struct Runs: Sendable {
        let store = MemoryStore(keepsRecords: false, clock: SystemClock())
        let workers = WorkerPool()
        let clock = MovedClock(time: PageCachingTests.start * PageCachingTests.second)

        /// What the step reads, or why it fails.
        func run(_ fields: String, usesCache: Bool = true, secrets: [String: String] = [:]) async throws
            -> String
        {
            let declared = secrets.keys.map { "secret \($0)\n" }.joined()
            let text =
                "automation \"T\"\n\(declared)START b -> t\n"
                + "WEB_SCRAPE t -> end { cache: true, timeout: 30s, prompt_template { \(fields) } }"
            let checked = check(SourceText(name: "t", text: text))
            let automation = try #require(
                checked.automation, "\(render(checked.findings, in: checked.source, as: .short))")
            let id = ID(name: "test")
            let stored = StoredAutomation(
                id: id, name: "T", path: "", text: text,
                stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
            return try await withClient(clock: clock) { client in
                let step = ScrapeStep(
                    client: client, folder: Folder(path: "/nonexistent"), workers: workers, clock: clock)
                let interpreter = Interpreter(
                    executors: Executors(forAll: step), store: store, clock: clock)
                let request = RunRequest(
                    plan: Plan(automation), automation: stored, sessionID: ID.ofNow(clock),
                    inputs: .record([]), secrets: secrets, usesCache: usesCache)
                let header = try await interpreter.open(request)
                let record = try await interpreter.run(request, header: header).1
                return record.header.error ?? record.steps.last?.result?.asText ?? "nothing"
            }
        }

        func wait(seconds: Int64) { clock.advance(by: seconds * PageCachingTests.second) }
    }

    private func fields(_ server: TestServer, _ more: String = "") -> String {
        "url: \"\(server.url)/p\", select: \"h1\"" + more
    }

    private func page(_ title: String, _ headers: [(String, String)]) -> ServerAnswer {
        ServerAnswer(headers: [("content-type", "text/html")] + headers, pieces: ["<h1>\(title)</h1>"])
    }

    @Test func aPageIsAskedForAgainOnlyIfItHasChanged() async throws {
        let server = try await TestServer { request, count in
            if count == 4 { return page("new", [("etag", "\"2\"")]) }
            return request[header: "if-none-match"] == "\"1\""
                ? ServerAnswer(304, headers: [("etag", "\"1\"")])
                : page("old", [("etag", "\"1\""), ("last-modified", "Tue, 14 Nov 2023 22:13:20 GMT")])
        }
        let runs = Runs()
        for expected in ["old", "old", "old", "new"] {
            #expect(try await runs.run(fields(server)) == expected)
        }
        #expect(server.seen.map { $0[header: "if-none-match"] } == [nil, "\"1\"", "\"1\"", "\"1\""])
        #expect(server.seen[1][header: "if-modified-since"] == "Tue, 14 Nov 2023 22:13:20 GMT")
        // Other headers are another request.
        #expect(try await runs.run(fields(server, ", headers: { \"X-A\": \"1\" }")) == "old")
        #expect(server.seen.last?[header: "if-none-match"] == nil)
        try await server.stop()
    }

    @Test func aFreshPageIsNotAskedFor() async throws {
        let server = try await TestServer { request, count in
            request[header: "if-none-match"] == nil
                ? page("\(count)", [("etag", "\"1\""), ("cache-control", "max-age=60")])
                : ServerAnswer(304, headers: [("cache-control", "max-age=600")])
        }
        let runs = Runs()
        let first = try await runs.run(fields(server))
        #expect(first == "1", "\(first)")
        runs.wait(seconds: 59)
        #expect(try await runs.run(fields(server)) == "1" && server.seen.count == 1)
        runs.wait(seconds: 1)
        #expect(try await runs.run(fields(server)) == "1" && server.seen.count == 2)
        // What the last answer said holds.
        runs.wait(seconds: 599)
        #expect(try await runs.run(fields(server)) == "1" && server.seen.count == 2)
        #expect(try await runs.run(fields(server), usesCache: false) == "3")
        try await server.stop()
    }

    @Test(arguments: [
        [("cache-control", "no-store"), ("etag", "\"1\"")], [], [("vary", "*"), ("etag", "\"1\"")],
    ]) func someAreNotKept(_ headers: [(String, String)]) async throws {
        let server = try await TestServer { _, count in page("\(count)", headers) }
        let runs = Runs()
        #expect(try await runs.run(fields(server)) == "1")
        #expect(try await runs.run(fields(server)) == "2")
        #expect(server.seen.allSatisfy { $0[header: "if-none-match"] == nil })
        try await server.stop()
    }

    /// A page that shows a secret would be readable in the store.
    @Test func whatShowsASecretIsNotKept() async throws {
        let secret = "correct-horse-battery"
        let server = try await TestServer { request, count in
            page("\(count)<p>\(request[header: "x-token"] ?? "")</p>", [("cache-control", "max-age=60")])
        }
        let runs = Runs()
        let fields = fields(server, ", headers: { \"X-Token\": secrets.TOKEN }")
        #expect(try await runs.run(fields, secrets: ["TOKEN": secret]).hasPrefix("1"))
        #expect(try await runs.run(fields, secrets: ["TOKEN": secret]).hasPrefix("2"))
        #expect(server.seen.allSatisfy { $0[header: "x-token"] == secret })
        try await server.stop()
    }

    /// Where the request is redirected to another page than before, a 304 says nothing of the one that is kept.
    @Test func anotherPageIsNotTakenForTheOld() async throws {
        let server = try await TestServer { request, count in
            switch request.path {
            case "/p": ServerAnswer(302, headers: [("location", count < 3 ? "/one" : "/two")])
            case "/two" where request[header: "if-modified-since"] != nil: ServerAnswer(304)
            default: page(request.path, [("last-modified", "Tue, 14 Nov 2023 22:13:20 GMT")])
            }
        }
        let runs = Runs()
        #expect(try await runs.run(fields(server)) == "/one")
        #expect(try await runs.run(fields(server)) == "/two")
        try await server.stop()
    }

    @Test func aFailureIsNotKept() async throws {
        let server = try await TestServer { _, count in
            count == 2 ? ServerAnswer(500) : page("\(count)", [("etag", "\"1\"")])
        }
        let runs = Runs()
        #expect(try await runs.run(fields(server)) == "1")
        #expect(try await runs.run(fields(server)).contains("answered 500"))
        #expect(try await runs.run(fields(server)) == "3")
        #expect(server.seen.last?[header: "if-none-match"] == "\"1\"", "what was kept is kept")
        try await server.stop()
    }
}
