import Diagnostics
import Synchronization
package import Values

/// The server's side of one client's connection: what its requests mean, whatever carries them.
package final class ServerSession: RPCHandler {
    private struct State {
        /// What was agreed on; nil before the client has begun.
        var revision: ProtocolRevision?
        var canAsk = false
        /// The least weighty messages that the client wants to see.
        var logLevel = LogLevel.info
    }

    private let host: any ToolHost
    private let state = Mutex(State())
    /// Yields once the client says that it is ready.
    let ready: AsyncStream<Void>
    private let becameReady: AsyncStream<Void>.Continuation

    /// So many tools stand on a page of the list.
    private static let toolsOfPage = 200

    package init(_ host: any ToolHost) {
        self.host = host
        (ready, becameReady) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// What was agreed on with the client; nil before it has begun.
    package var revision: ProtocolRevision? { state.withLock { $0.revision } }

    package func take(_ notification: String, _ params: MapValue) {
        if notification == MCPNotification.initialized, revision != nil { becameReady.yield() }
    }

    package func answer(_ request: RPCRequest) async throws(RPCError) -> Value {
        if request.method == MCPMethod.initialize { return try begin(request.params) }
        guard let revision else {
            throw RPCError(RPCError.invalidRequestCode, "a client begins with `initialize`")
        }
        switch request.method {
        case MCPMethod.listTools: return try await listTools(request.params, revision)
        case MCPMethod.callTool: return try await call(request, revision)
        case MCPMethod.setLogLevel: return try setLogLevel(request.params)
        default: break
        }
        guard let resources = host.resources else { throw .methodNotFound(request.method) }
        switch request.method {
        case MCPMethod.listResources:
            let page = try await resources.list(after: try ServerSession.cursor(request.params))
            return .page(MCPField.resources, page.resources, next: page.next)
        case MCPMethod.readResource:
            let address = try request.params.text(MCPField.uri)
            return .record([("contents", .list(try await resources.read(address)))])
        case MCPMethod.listResourceTemplates:
            return .record([("resourceTemplates", .list(resources.templates))])
        default: throw .methodNotFound(request.method)
        }
    }

    private func begin(_ params: MapValue) throws(RPCError) -> Value {
        let revision = ProtocolRevision.answer(to: try params.text(MCPField.protocolVersion))
        let elicitation = params[MCPField.capabilities]?.asMap?[MCPField.elicitation]?.asMap
        let isFirst = state.withLock { state in
            guard state.revision == nil else { return false }
            state.revision = revision
            // A client that says how it asks says so of forms, too; one that does not means forms.
            let asksByForm = elicitation.map { $0.count == 0 || $0["form"] != nil } ?? false
            state.canAsk = revision.hasElicitation && asksByForm
            return true
        }
        guard isFirst else {
            throw RPCError(
                RPCError.invalidRequestCode, "this client has begun already: `initialize` comes once")
        }
        return .record([
            (MCPField.protocolVersion, .string(revision.rawValue)),
            (MCPField.capabilities, capabilities),
            (MCPField.serverInfo, serverInfo(revision)),
            (MCPField.instructions, .string(host.identity.instructions)),
        ])
    }

    private var capabilities: Value {
        var fields: [(String, Value)] = [
            (MCPField.tools, .record([(MCPField.listChanged, .bool(host.hasChanges))])),
            ("logging", .record([])),
        ]
        if host.resources != nil { fields.append((MCPField.resources, .record([]))) }
        return .record(fields)
    }

    private func serverInfo(_ revision: ProtocolRevision) -> Value {
        let identity = host.identity
        var fields: [(String, Value)] = [(MCPField.name, .string(identity.name))]
        if revision.hasStructuredContent { fields.append((MCPField.title, .string(identity.title))) }
        fields.append((MCPField.version, .string(identity.version)))
        return .record(fields)
    }

    private func listTools(_ params: MapValue, _ revision: ProtocolRevision) async throws(RPCError) -> Value {
        let tools = try await host.tools()
        var rest = tools[...]
        if let cursor = try ServerSession.cursor(params) {
            guard let last = tools.firstIndex(where: { $0.name == cursor }) else {
                throw .invalidParameters(
                    "`cursor` is none that a page of this list has said: begin without one")
            }
            rest = tools[(last + 1)...]
        }
        let page = rest.prefix(ServerSession.toolsOfPage)
        let next = page.count < rest.count ? page.last?.name : nil
        return .page(MCPField.tools, page.map { $0.json(revision) }, next: next)
    }

    private func call(_ request: RPCRequest, _ revision: ProtocolRevision) async throws(RPCError) -> Value {
        let name = try request.params.text(MCPField.name)
        let arguments: MapValue
        switch request.params[MCPField.arguments] {
        case nil, .null: arguments = MapValue()
        case .map(let map): arguments = map
        case .some: throw .invalidParameters("`arguments` of a call is an object")
        }
        let canAsk = state.withLock { $0.canAsk }
        let call = ServerCall(name, arguments, revision: revision, canAsk: canAsk, request)
        return try await host.call(call).json(revision)
    }

    private static func cursor(_ params: MapValue) throws(RPCError) -> String? {
        switch params[MCPField.cursor] {
        case nil, .null: return nil
        case .string(let cursor): return cursor
        case .some: throw .invalidParameters("`cursor` is a text, or left out")
        }
    }

    private func setLogLevel(_ params: MapValue) throws(RPCError) -> Value {
        let text = try params.text("level")
        guard let level = LogLevel(rawValue: text) else {
            throw .invalidParameters(
                "`level` is \(inWords(LogLevel.allCases.map(\.rawValue))), found `\(text.prefix(40))`")
        }
        state.withLock { $0.logLevel = level }
        return .record([])
    }

    /// A note as the client is told it; nil where it wants to see nothing of its weight.
    func message(_ note: String) -> MapValue? {
        guard state.withLock({ $0.logLevel.weight <= LogLevel.warning.weight }) else { return nil }
        return MapValue(record: [
            ("level", .string(LogLevel.warning.rawValue)), ("logger", .string(host.identity.name)),
            (MCPField.data, .string(note)),
        ])
    }
}

/// How weighty a message to the client is, by the protocol's words, the least one first.
enum LogLevel: String, Sendable, CaseIterable {
    case debug
    case info
    case notice
    case warning
    case error
    case critical
    case alert
    case emergency

    var weight: Int { LogLevel.allCases.firstIndex(of: self) ?? 0 }
}

extension MapValue {
    /// A text that has to be there.
    fileprivate func text(_ name: String) throws(RPCError) -> String {
        guard let text = self[name]?.asText else {
            throw .invalidParameters("`\(name)` is missing, or no text")
        }
        return text
    }
}

extension Value {
    fileprivate static func page(_ name: String, _ items: [Value], next: String?) -> Value {
        .record([(name, .list(items))] + (next.map { [(MCPField.nextCursor, .string($0))] } ?? []))
    }
}
