import AutoChecker
import AutoRuntime
import AutoSteps
import AutoStore
import CEL
import Diagnostics
import Processes
import StepKinds
import TestSupport
import Testing
import Values

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
    try await work(RestStep(client: client, clock: clock), "REST_API", fields)
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
    let executors = Executors(forAll: RestStep(client: client))
    let interpreter = Interpreter(
        executors: executors, store: MemoryStore(keepsRecords: false, clock: SystemClock()),
        clock: SystemClock())
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
