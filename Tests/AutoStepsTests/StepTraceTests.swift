import AutoChecker
import AutoRuntime
import AutoSteps
import Diagnostics
import Processes
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A client that reaches nobody.
private struct NoNetwork: AutoRuntime.HTTPClient {
    var kind = FailureKind.network

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        throw StepFailure(kind, "nobody is there", retryable: true)
    }
}

/// What steps tell the trace of what they ask outside.
@Suite(.timeLimit(.minutes(1))) struct StepTraceTests {
    /// What a step of a type tells, whether it succeeds or fails.
    private func told(_ type: String, _ executor: some StepExecutor) async throws -> [TraceEvent.Happening] {
        let url = "https://example.org/a?b=c"
        let text = """
            automation "T"
            START b -> t
            \(type) t -> end { prompt_template { url: "\(url)" } }
            """
        let automation = try #require(check(SourceText(name: "t", text: text)).automation)
        let told = Mutex<[TraceEvent.Happening]>([])
        let work = StepWork(
            step: try #require(automation.steps.first { $0.name == "t" }),
            fields: MapValue(record: [("url", .string(url))]), idempotencyKey: "key", onText: { _ in },
            trace: { happening in told.withLock { $0.append(happening) } })
        _ = try? await executor.execute(work)
        return told.withLock { $0 }
    }

    @Test func anAnswerIsTold() async throws {
        var answer = HTTPResponse(
            status: 404, headers: [("content-type", "text/plain")], body: Array("gone".utf8),
            url: "https://example.org/elsewhere")
        answer.redirects = 2
        answer.isRecorded = true
        let expected = TraceEvent.Happening.http(
            HTTPExchange(
                method: "GET", url: "https://example.org/a?b=c", status: 404, bytes: 4, redirects: 2,
                isRecorded: true))
        let client = FixedClient(answer)
        let workers = WorkerPool()
        #expect(try await told("REST_API", RestStep(client: client)) == [expected])
        let scrape = ScrapeStep(client: client, folder: Folder(path: "/nowhere"), workers: workers)
        #expect(try await told("WEB_SCRAPE", scrape) == [expected])
    }

    @Test func thatNoAnswerCameIsTold() async throws {
        let expected = TraceEvent.Happening.http(
            HTTPExchange(method: "GET", url: "https://example.org/a?b=c", status: nil, bytes: 0))
        let step = RestStep(client: NoNetwork())
        #expect(try await told("REST_API", step) == [expected])
    }

    @Test(arguments: [FailureKind.header, .url, .method])
    func whatNeverLeftIsNoRequest(kind: FailureKind) async throws {
        let step = RestStep(client: NoNetwork(kind: kind))
        #expect(try await told("REST_API", step).isEmpty)
    }
}
