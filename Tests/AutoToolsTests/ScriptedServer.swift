import AutoRuntime
import MCP
import StepKinds
import Synchronization
import Values

/// A server over HTTP that answers as a test says.
final class ScriptedServer: HTTPClient {
    /// What came, as far as tests look at it.
    struct Asked: Sendable {
        let method: String
        let url: String
        let headers: [String: String]
        /// Nil for a request without a message.
        let message: RPCMessage?
        /// How the own network would be opened, as a refusal says it.
        let allowsPrivateBy: String
    }

    /// How a request is answered.
    enum Answer: Sendable {
        case status(Int, String = "", headers: [(String, String)] = [])
        case json(Value, headers: [(String, String)] = [])
        /// Pieces of a stream of events, which then ends or breaks.
        case stream([String], breaks: Bool = false, headers: [(String, String)] = [])
        /// A stream that stays open until its task is cancelled, and tells who waits that it has begun.
        case open(@Sendable (@escaping @Sendable (String) -> Void) -> Void)
    }

    private let requests = Mutex<[Asked]>([])
    private let answer: @Sendable (Asked) -> Answer

    init(_ answer: @escaping @Sendable (Asked) -> Answer) { self.answer = answer }

    /// All that was asked, in its order.
    var asked: [Asked] { requests.withLock { $0 } }

    /// The methods of HTTP with those of the messages, such as `POST initialize`.
    var words: [String] {
        asked.map { ([$0.method] + [$0.message?.name].compactMap { $0 }).joined(separator: " ") }
    }

    func send(
        _ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> HTTPResponse {
        if Task.isCancelled { throw .cancelled }
        let message = request.body.flatMap { try? RPCPiece($0).parts.first?.get() }
        let headers = Dictionary(request.headers.map { ($0.0.lowercased(), $0.1) }) { $1 }
        let asked = Asked(
            method: request.method, url: request.url, headers: headers, message: message,
            allowsPrivateBy: request.allowsPrivateBy)
        requests.withLock { $0.append(asked) }
        switch answer(asked) {
        case .status(let status, let body, let headers):
            request.onHead?(status, headers)
            return HTTPResponse(status: status, headers: headers, body: Array(body.utf8), url: request.url)
        case .json(let value, let more):
            let headers = [("content-type", "application/json")] + more
            request.onHead?(200, headers)
            onBytes?(Array(JSON.text(value).utf8))
            let kept = onBytes == nil || request.keepsHeardBody
            return HTTPResponse(
                status: 200, headers: headers, body: kept ? Array(JSON.text(value).utf8) : [],
                url: request.url)
        case .stream(let pieces, let breaks, let more):
            let headers = [("content-type", "text/event-stream; charset=utf-8")] + more
            request.onHead?(200, headers)
            for piece in pieces { onBytes?(Array(piece.utf8)) }
            if breaks { throw StepFailure(.network, "the connection broke", retryable: true) }
            return HTTPResponse(status: 200, headers: headers, body: [], url: request.url)
        case .open(let begin):
            request.onHead?(200, [("content-type", "text/event-stream")])
            begin { onBytes?(Array($0.utf8)) }
            let (never, says) = AsyncStream<Void>.makeStream()
            for await _ in never {}
            says.finish()
            throw .cancelled
        }
    }
}

extension RPCMessage {
    /// Its method; nil for an answer.
    var name: String? {
        switch self {
        case .request(_, let method, _), .notification(let method, _): method
        case .response, .failure: nil
        }
    }

    /// A result for this request.
    func answered(_ result: Value) -> Value {
        guard case .request(let id, _, _) = self else { return .null }
        return RPCMessage.response(id: id, result: result).value
    }

    /// The field `name` of a call's parameters.
    var tool: String? {
        guard case .request(_, _, let params) = self else { return nil }
        return params[MCPField.name]?.asText
    }
}

/// What usual servers answer: a handshake, one page of tools, and calls that give a text.
func usualResult(_ message: RPCMessage, revision: ProtocolRevision = .newest, tools: [Value] = [tool("say")])
    -> Value
{
    switch message.name {
    case MCPMethod.initialize:
        .record([
            (MCPField.protocolVersion, .string(revision.rawValue)),
            (MCPField.capabilities, .record([(MCPField.tools, .record([]))])),
            (MCPField.serverInfo, .record([(MCPField.name, .string("scripted"))])),
        ])
    case MCPMethod.listTools: .record([(MCPField.tools, .list(tools))])
    case MCPMethod.callTool:
        .record([
            (
                MCPField.content,
                .list([.record([("type", .string("text")), ("text", .string(message.tool ?? ""))])])
            )
        ])
    case nil, .some: .record([])
    }
}

/// A tool as a server offers it.
func tool(_ name: String, _ more: [(String, Value)] = []) -> Value {
    .record(
        [(MCPField.name, .string(name)), (MCPField.inputSchema, .record([("type", .string("object"))]))]
            + more)
}
