import AutoChecker
import AutoRuntime
import AutoServer
import AutoStore
import AutoSyntax
import Diagnostics
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import OrderedCollections
import Testing
import Values

enum Method: String, Sendable {
    case delete = "DELETE"
    case get = "GET"
    case head = "HEAD"
    case options = "OPTIONS"
    case patch = "PATCH"
    case post = "POST"
    case put = "PUT"
}

/// A server with its store in memory, to which requests are handed without a socket.
struct TestServer {
    let store: MemoryStore
    let served = ServedFiles()
    var limits: ServerLimits = {
        var limits = ServerLimits()
        // The steps of most tests never end.
        limits.graceSeconds = 0
        return limits
    }()
    /// Where the server writes its log; nowhere, unless a test looks at it.
    var log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    /// The secrets that are set.
    var secrets: [String: String] = [:]
    private let clock: any AutoRuntime.Clock

    /// - Parameters:
    ///   - other: a server of another process, whose store this one shares.
    ///   - clock: what the server takes the time from.
    init(sharing other: TestServer? = nil, clock: any AutoRuntime.Clock = WallClock()) {
        self.clock = clock
        store =
            if let other { MemoryStore(sharing: other.store, owner: "another process") } else {
                MemoryStore(clock: clock)
            }
    }

    /// Runs the server while `test` asks it as somebody who may do everything.
    func run(_ test: @Sendable (Client) async throws -> Void) async throws {
        let executors = Executors(forAll: Steps())
        let parts = ServerParts(
            store: store, clock: clock, log: log, served: served,
            check: { source, _, occasion in
                var options = CheckOptions()
                if case .newText(let others) = occasion { options.files = others }
                return check(source, options)
            },
            executors: { _, _, _ in executors },
            secret: { [secrets] in secrets[$0] }, modelKeys: [:])
        let own = entry("own", .admin)
        let core = ServerCore(parts, limits, own: own)
        let app = Application(
            responder: core.api, services: [core.engineService],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await app.test(.router) { http in try await test(Client(http: http, token: own.name)) }
    }

    /// A token that is its own name.
    func entry(_ name: String, _ scope: TokenScope) -> TokenEntry {
        TokenEntry(name: name, hash: Token.hash(name), scope: scope, createdAt: 0)
    }

    /// Puts an automation into the store as if it had been read from a file, and serves it.
    func serve(_ text: String, problem: String? = nil) async throws -> ID {
        let automation = try #require(check(SourceText(name: "file.auto", text: text)).automation)
        let id = ID(name: "/file.auto")
        _ = try await store.put(
            StoredAutomation(
                automation, id: id, path: "/file.auto",
                stepInfos: automation.stepInfos(automationID: id, fileTime: 0)))
        served.set([file(id, problem: problem)])
        return id
    }

    /// A file as the server that was given it knows it.
    func file(
        _ id: ID?, name: String = "file.auto", _ text: String = "", problem: String? = nil
    ) -> ServedFile {
        let source = SourceText(name: name, text: text)
        return ServedFile(
            name: name, automation: id,
            state: problem == nil ? .served : id == nil ? .notLoaded : .earlierVersion,
            findings: text.isEmpty ? [] : check(source).findings, source: source, problem: problem,
            secrets: [])
    }
}

struct WallClock: AutoRuntime.Clock {
    private static let start = ContinuousClock.now

    func now() -> Int64 {
        let passed = (ContinuousClock.now - WallClock.start).components
        return 1_700_000_000_000_000_000 + passed.seconds * 1_000_000_000 + passed.attoseconds / 1_000_000_000
    }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        do { try await Task.sleep(for: .nanoseconds(nanoseconds)) } catch { throw CancellationError() }
    }
}

/// Questions wait, since nobody is there at once: the answer comes by the API. Any other step runs until it is cancelled.
private struct Steps: StepExecutor {
    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        if work.step.type == .getUserInput { return .waiting }
        do { try await Task.sleep(for: .seconds(600)) } catch { throw .cancelled }
        return .value(.null)
    }
}

/// Sends requests with a token.
struct Client: Sendable {
    let http: any TestClientProtocol
    /// Nil to send none.
    var token: String?

    func with(token: String?) -> Client { Client(http: http, token: token) }

    func send(
        _ method: Method, _ path: String, _ body: String? = nil, type: String = "application/json",
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var fields = HTTPFields()
        if let token { fields[.authorization] = "Bearer \(token)" }
        if body != nil { fields[.contentType] = type }
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        let response = try await http.executeRequest(
            uri: path, method: try #require(HTTPTypes.HTTPRequest.Method(method.rawValue)), headers: fields,
            body: body.map { ByteBuffer(string: $0) })
        return Answer(
            status: Int(response.status.code), headers: response.headers,
            bytes: Array(buffer: response.body))
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send(.get, path, headers: headers)
    }

    /// Makes an automation of a text, and gives its path.
    func make(_ text: String) async throws -> String {
        let answer = try await send(.post, "/automations", text, type: "text/x-auto")
        try #require(answer.status == 201, "\(answer.text)")
        return "/automations/\(try answer.id)"
    }

    /// Starts a session of an automation, and gives its path.
    func start(_ automation: String, _ body: String? = nil) async throws -> String {
        let answer = try await send(.post, automation + "/sessions", body)
        try #require(answer.status == 201, "\(answer.text)")
        return "\(automation)/sessions/\(try answer.id)"
    }

    /// A session once it is so; the test's time limit ends a wait for what never comes.
    func session(_ path: String, once condition: (Value) -> Bool) async throws -> Value {
        var record = try await get(path)
        while !condition(record.json) {
            record = try await get(path + "?wait=10s")
            try #require(record.status == 200, "\(record.text)")
        }
        return record.json
    }

    func ended(_ path: String) async throws -> Value {
        try await session(path) { ["FINISHED", "FAILED"].contains($0["status"].asText) }
    }

    /// The record of the step that runs now, once it is of this type.
    func running(_ path: String, _ type: String) async throws -> Value {
        try await session(path) { record in
            let step = record["current_step"]
            return step["status"].asText == "RUNNING" && step["step"]["step_type"].asText == type
        }["current_step"]
    }
}

struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The body; null when it is no JSON.
    var json: Value { (try? JSON.parse(text)) ?? .null }

    var id: String {
        get throws { try #require(json["id"].asText) }
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// The events of a stream: their kind and data.
    var events: [(kind: String, id: String?, data: Value)] {
        text.split(separator: "\n\n").compactMap { block in
            func field(_ name: String) -> String? {
                block.split(separator: "\n").first { $0.hasPrefix(name + ": ") }
                    .map { String($0.dropFirst(name.count + 2)) }
            }
            guard let kind = field("event"), let data = field("data") else { return nil }
            return (kind, field("id"), (try? JSON.parse(data)) ?? .null)
        }
    }
}

extension Value {
    /// What an object has by this key; null where there is none.
    subscript(key: String) -> Value { asMap?[key] ?? .null }

    var items: [Value] { asList ?? [] }

    var keys: [String] { asMap?.entries.keys.compactMap(\.asText) ?? [] }
}

let hello = """
    automation "Hello"
    description "Greets."
    input name: text = "world"
    START begin -> shout
    DATA_TRANSFORM shout -> greet { prompt_template { input: inputs.name, value: inputs.name.upperAscii() } }
    DATA_TRANSFORM greet -> end { prompt_template { input: shout.result, value: "Hello ${shout.result}" } }
    """

let ask = """
    automation "Ask"
    START begin -> ask
    GET_USER_INPUT ask -> done {
      result: one_of("yes", "no")
      prompt_template { message: "Really?" }
    }
    DATA_TRANSFORM done -> end { prompt_template { input: ask.result, value: "You said ${ask.result}" } }
    """

let slow = """
    automation "Slow"
    START begin -> tell
    LLM_CALL tell -> end {
      timeout: 9m
      prompt_template { model: "openai/gpt-4o-mini", user: "Tell" }
    }
    """

let loop = """
    automation "Loop"
    START begin -> count
    DATA_TRANSFORM count -> more { prompt_template { value: count.?result.orValue(0) + 1 } }
    LOGIC_DECISION more {
      prompt_template {
        done: when count.result >= 4 -> end
        again: else -> count
      }
    }
    """
