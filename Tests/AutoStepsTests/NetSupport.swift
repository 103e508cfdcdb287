import AutoChecker
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import CEL
import Diagnostics
import Processes
import StepKinds
import Synchronization
import Testing
import Values

/// A client that answers every request the same way and keeps what it was asked.
final class FixedClient: AutoRuntime.HTTPClient {
    private let response: HTTPResponse
    private let requests = Mutex<[HTTPRequest]>([])

    init(_ response: HTTPResponse = HTTPResponse(status: 200, headers: [], body: [], url: "")) {
        self.response = response
    }

    convenience init(status: Int = 200, _ headers: [(String, String)], _ body: [UInt8] = []) {
        self.init(
            HTTPResponse(status: status, headers: headers, body: body, url: "https://example.org/"))
    }

    var seen: [HTTPRequest] { requests.withLock { $0 } }

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        requests.withLock { $0.append(request) }
        return response
    }
}

/// Stands where `builtin` would, and is never meant to be asked.
struct NoModel: ModelProvider {
    func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        throw StepFailure(.failed, "builtin was asked")
    }
}

struct FixedClock: AutoRuntime.Clock {
    let time: Int64

    func now() -> Int64 { time }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {}
}

/// The step `t` of an automation in which it stands alone.
private func loneStep(_ type: String) throws -> CheckedStep {
    let text =
        "automation \"T\"\nSTART b -> t\n\(type) t -> end { prompt_template { url: \"https://example.org/\" } }"
    let automation = try #require(check(SourceText(name: "t", text: text)).automation)
    return try #require(automation.steps.first { $0.name == "t" })
}

/// Does the work of one step with fields that are rendered already.
private func work(_ executor: some StepExecutor, _ type: String, _ fields: [(String, Value)]) async throws
    -> Value
{
    let step = try loneStep(type)
    let outcome = try await executor.execute(
        StepWork(step: step, fields: MapValue(record: fields), idempotencyKey: "key", onText: { _ in }))
    switch outcome {
    case .value(let value): return value
    case .waiting: throw StepFailure(.failed, "the step waits")
    }
}

/// What a REST_API step gives for its fields.
func rest(
    _ client: any AutoRuntime.HTTPClient,
    _ fields: [(String, Value)] = [("url", .string("https://example.org/"))],
    clock: any AutoRuntime.Clock = SystemClock()
) async throws -> Value {
    try await work(RestStep(client: client, workers: WorkerPool(), clock: clock), "REST_API", fields)
}

/// What a WEB_SCRAPE step gives for its fields.
func scrape(
    _ client: any AutoRuntime.HTTPClient, _ fields: [(String, Value)],
    clock: any AutoRuntime.Clock = SystemClock()
) async throws -> Value {
    let step = ScrapeStep(
        client: client, folder: Folder(path: "/nonexistent"), workers: WorkerPool(), clock: clock)
    return try await work(step, "WEB_SCRAPE", fields)
}

/// Why a session ends whose REST_API step `t` asks a url with values in it, or nil when it ends well.
func error(ofURL url: String, inputs: [(String, String)], _ client: FixedClient) async throws -> String? {
    let text =
        "automation \"T\"\n" + inputs.map { "input \($0.0): text\n" }.joined()
        + "START b -> t\nREST_API t -> end { prompt_template { url: \"\(url)\" } }"
    let checked = check(SourceText(name: "t", text: text))
    let automation = try #require(
        checked.automation, "\(render(checked.findings, in: checked.source, as: .short))")
    let executors = Executors(forAll: RestStep(client: client, workers: WorkerPool()))
    let interpreter = Interpreter(executors: executors, store: MemoryStore(keepsRecords: false, clock: SystemClock()), clock: SystemClock())
    let id = ID(name: "test")
    let stored = StoredAutomation(
        id: id, name: "T", path: "", text: text,
        stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
    let values = Value.record(inputs.map { ($0.0, .string($0.1)) })
    let request = RunRequest(
        plan: Plan(automation), automation: stored, sessionID: ID(milliseconds: 1, count: 0, random: 0),
        inputs: values, secrets: [:])
    let header = try await interpreter.open(request)
    return try await interpreter.run(request, header: header).1.header.error
}

/// A client for a test, shut down however the test ends.
func withClient<Result: Sendable>(
    allowed: [String] = ["127.0.0.1"], _ body: (OutsideClient) async throws -> Result
) async throws -> Result {
    let client = OutsideClient(allowedHosts: try AllowedHosts(allowed))
    do {
        let result = try await body(client)
        await client.shutDown()
        return result
    } catch {
        await client.shutDown()
        throw error
    }
}
