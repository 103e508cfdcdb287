import MCP
import Synchronization
import Testing
package import Values

/// A server of a few tools, and a client of it, in one process.
struct Scene {
    let host: TestHost

    init(tools: Int = 0) { host = TestHost(more: tools) }

    /// Serves a client while the body plays it; then the client is gone.
    func run(_ body: (TestClient) async throws -> Void) async throws {
        let link = Link()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ServerConnection(host, over: link).run() }
            let client = TestClient(link: link)
            do { try await body(client) } catch {
                await link.close()
                throw error
            }
            await link.close()
            try await group.waitForAll()
        }
    }
}

/// Tools that show what a server makes of a call.
final class TestHost: ToolHost {
    let began = Signal()
    let ended = Signal()
    private let more: Int
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init(more: Int) {
        self.more = more
        (stream, continuation) = AsyncStream.makeStream()
    }

    var identity: ServerIdentity {
        ServerIdentity(name: "test", title: "Test", version: "1", instructions: "Try it.")
    }

    var resources: (any ResourceHost)? { TestResources() }

    var hasChanges: Bool { true }

    func changes() -> AsyncStream<Void> { stream }

    func change() { continuation.yield() }

    func notes() async -> [String] { ["a file has errors"] }

    func tools() async throws(RPCError) -> [ServerTool] {
        let names = more > 0 ? (0..<more).map { "tool\($0)" } : ["echo", "wait", "ask"]
        let object = Value.record([("type", .string("object"))])
        return names.map {
            ServerTool(
                name: $0, title: $0, description: $0, inputSchema: object, outputSchema: object,
                isReadOnly: true, isOpenWorld: false)
        }
    }

    func call(_ call: ServerCall) async throws(RPCError) -> ToolResult {
        switch call.name {
        case "echo":
            await call.report(1, "first")
            await call.report(2, "second")
            return ToolResult(.map(call.arguments))
        case "wait":
            began.set("")
            try? await Task.sleep(for: .seconds(600))
            ended.set(call.isClientGone ? "gone" : "taken back")
            return .failed("nobody waits")
        case "ask":
            guard call.canAsk else { return ToolResult(.record([("answer", .string("cannot"))])) }
            switch await call.ask("Really?", .record([("type", .string("object"))])) {
            case .given(let fields): return ToolResult(.map(fields))
            case .refused: return ToolResult(.record([("answer", .string("refused"))]))
            }
        default: throw .unknownTool(call.name, among: ["echo", "wait", "ask"])
        }
    }
}

private struct TestResources: ResourceHost {
    var templates: [Value] { [.record([("uriTemplate", .string("test://{name}"))])] }

    func list(after cursor: String?) async throws(RPCError) -> ResourcePage {
        ResourcePage([.record([("uri", .string("test://one"))])], next: "more")
    }

    func read(_ address: String) async throws(RPCError) -> [Value] {
        guard address == "test://one" else { throw RPCError(RPCError.resourceNotFoundCode, "there is none") }
        return [.record([("uri", .string(address)), ("text", .string("1"))])]
    }
}

/// Asks a server by its link.
struct TestClient {
    let link: Link

    func begin(_ revision: String = "2025-06-18", canAsk: Bool = false) async throws -> Value {
        let capabilities: Value = canAsk ? .record([("elicitation", .record([]))]) : .record([])
        return try await result(
            "initialize", ["protocolVersion": .string(revision), "capabilities": capabilities])
    }

    func call(_ tool: String, _ arguments: [String: Value] = [:]) async throws -> Value {
        try await result(
            "tools/call", ["name": .string(tool), "arguments": .record(arguments.map { ($0, $1) })])
    }

    func result(_ method: String, _ params: [String: Value] = [:]) async throws -> Value {
        let answer = await link.ask(method, params)
        guard case .response(_, let result) = answer else {
            Issue.record("\(method): \(String(describing: answer))")
            return .null
        }
        return result
    }

    func error(_ method: String, _ params: [String: Value] = [:]) async throws -> Value {
        let answer = await link.ask(method, params)
        guard case .failure(_, let error)? = answer else {
            Issue.record("\(method): \(String(describing: answer))")
            return .null
        }
        return .record([("code", .int(Int64(error.code))), ("message", .string(error.message))])
    }
}

extension MapValue: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Value)...) { self.init(record: elements) }
}

/// The way between a client that a test plays and a server.
final class Link: RPCTransport {
    private struct State {
        var next: Int64 = 1
        var waiting: [RPCID: CheckedContinuation<RPCMessage?, Never>] = [:]
        var told: [(String, Value)] = []
        var listeners: [(String, CheckedContinuation<Value, Never>)] = []
        var answered: Set<RPCID> = []
        var answers: @Sendable (String, MapValue) -> Value = { _, _ in .record([]) }
        var isClosed = false
    }

    private let arrivals = ArrivalQueue()
    private let state = Mutex(State())

    /// What the client answers to a request of the server.
    var answers: @Sendable (String, MapValue) -> Value {
        get { state.withLock { $0.answers } }
        set { state.withLock { $0.answers = newValue } }
    }

    /// The requests of the client that have been answered.
    var answered: Set<RPCID> { state.withLock { $0.answered } }

    /// The notifications of a kind that have come.
    func notifications(_ method: String) -> [Value] {
        state.withLock { $0.told.filter { $0.0 == method }.map(\.1) }
    }

    /// The first notification of a kind, once it has come.
    func next(_ method: String) async -> Value {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Value? in
                if let known = state.told.first(where: { $0.0 == method })?.1 { return known }
                state.listeners.append((method, continuation))
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    // The client's side.

    func send(_ message: RPCMessage) { arrivals.put(.message(message)) }

    func ask(_ method: String, _ params: [String: Value]) async -> RPCMessage? {
        await withCheckedContinuation { continuation in
            let id = state.withLock { state -> RPCID? in
                guard !state.isClosed else { return nil }
                state.next += 1
                state.waiting[.number(state.next)] = continuation
                return .number(state.next)
            }
            guard let id else { return continuation.resume(returning: nil) }
            send(.request(id: id, method: method, params: MapValue(record: params.map { ($0, $1) })))
        }
    }

    // The server's side.

    func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        switch message {
        case .response(let id, _): settle(id, message)
        case .failure(let id, _): if let id { settle(id, message) }
        case .notification(let method, let params):
            let heard = state.withLock { state in
                state.told.append((method, .map(params)))
                defer { state.listeners.removeAll { $0.0 == method } }
                return state.listeners.filter { $0.0 == method }.map(\.1)
            }
            for listener in heard { listener.resume(returning: .map(params)) }
        case .request(let id, let method, let params):
            send(.response(id: id, result: answers(method, params)))
        }
    }

    private func settle(_ id: RPCID, _ message: RPCMessage) {
        let waiting = state.withLock { state in
            state.answered.insert(id)
            return state.waiting.removeValue(forKey: id)
        }
        waiting?.resume(returning: message)
    }

    func receive() async throws(RPCLoss) -> RPCArrival { try await arrivals.next() }

    func close() async {
        arrivals.end(RPCLoss("is gone"))
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for one in waiting { one.resume(returning: nil) }
    }
}

/// A word that one task says and another waits for.
final class Signal: Sendable {
    private let state = Mutex<(word: String?, waiting: [CheckedContinuation<String, Never>])>((nil, []))

    func set(_ word: String) {
        let waiting = state.withLock { state in
            state.word = word
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume(returning: word) }
    }

    @discardableResult
    func wait() async -> String {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> String? in
                if state.word == nil { state.waiting.append(continuation) }
                return state.word
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
