import AutoRuntime
import Computing
import Diagnostics
import HTTPTypes
import Hummingbird
import NIOCore
import Values

typealias HTTPStatus = HTTPTypes.HTTPResponse.Status
typealias HTTPMethod = HTTPTypes.HTTPRequest.Method

/// One method of one path: what it is, for the reader of `/openapi.json`, and what it does.
struct Endpoint: Sendable {
    enum Segment: Sendable, Hashable {
        case word(String)
        /// A UUID by this name.
        case id(String)
    }

    /// A parameter in the query or the header, with its JSON Schema as text.
    struct Parameter: Sendable {
        enum Place: String, Sendable {
            case query
            case header
        }

        let name: String
        let place: Place
        let schema: String
        let about: String
    }

    /// What may be sent, by media type: the name of a schema, or a schema as text.
    struct Content: Sendable {
        let type: String
        let schema: String
    }

    struct Answer: Sendable {
        let status: Int
        let about: String
        let content: [Content]
    }

    let method: HTTPMethod
    let path: [Segment]
    /// What a token must allow; nil for an endpoint that needs none.
    let scope: TokenScope?
    let operation: String
    let summary: String
    var about = ""
    var parameters: [Parameter] = []
    var body: [Content] = []
    var isBodyRequired = true
    /// False for what is no part of the API.
    var isDescribed = true
    let answers: [Answer]
    /// Looks at a request that comes without a token, before its body is read, and throws where it needs one; nil where
    /// every request does.
    var admitsGuest: (@Sendable (API, Request, [String: ID]) async throws -> Void)?
    let handle: @Sendable (API, Call) async throws -> Response

    var pathText: String {
        "/"
            + path.map { segment in
                switch segment {
                case .word(let word): word
                case .id(let name): "{\(name)}"
                }
            }.joined(separator: "/")
    }

    /// What it is about, by which descriptions group endpoints.
    enum Tag: String, Sendable, CaseIterable {
        case automations
        case sessions
        case server

        var about: String {
            switch self {
            case .automations: "What can be run: made by clients, or read from the server's files."
            case .sessions: "The runs of automations, and the records of their steps."
            case .server: "What the server is and has."
            }
        }
    }

    var tag: Tag {
        if [.word("sessions"), .word("batches"), .word("batch_check")].contains(where: path.contains) {
            return .sessions
        }
        return path.first == .word("automations") ? .automations : .server
    }

    /// Whether the client's Accept chooses between media types.
    var dependsOnAccept: Bool { answers.contains { $0.content.count > 1 } }

    /// The names of what it takes in the query.
    var queryNames: [String] { parameters.filter { $0.place == .query }.map(\.name) }

    /// Refuses a query that asks for what there is not: who has misspelt a condition is not to take for its answer
    /// what was found without it.
    func checkQuery(of request: Request) throws(Refusal) {
        let known = queryNames
        for (name, _) in request.uri.queryParameters
        where !name.isEmpty && !known.contains(String(name)) {
            let near = nearestName(to: String(name.prefix(60)), in: known)
            let advice =
                known.isEmpty
                ? "this takes nothing in the query"
                : (near.map { "did you mean `\($0)`? It takes " } ?? "it takes ")
                    + known.map { "`\($0)`" }.joined(separator: ", ")
            throw Refusal(
                .unprocessableContent, at: ["query", String(name)], "extra_forbidden",
                "there is no `\(name.prefix(60))` here: \(advice)")
        }
    }

    var ids: [String] {
        path.compactMap { segment in
            if case .id(let name) = segment { name } else { nil }
        }
    }
}

/// A request that has found its endpoint.
struct Call: Sendable {
    let request: Request
    let ids: [String: ID]
    let body: [UInt8]
    /// Whose token let it in; nil where none was needed.
    let token: TokenEntry?
    /// The names of what the endpoint takes in the query.
    let queryNames: [String]

    /// The id that the path has by this name.
    func id(_ name: String) throws(Refusal) -> ID {
        guard let id = ids[name] else { throw Refusal.notFound }
        return id
    }

    var automation: ID {
        get throws(Refusal) { try id("automation_id") }
    }

    var session: ID {
        get throws(Refusal) { try id("session_id") }
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }

    func query(_ name: String) -> String? { request.uri.queryParameters[Substring(name)].map(String.init) }

    /// The body as JSON.
    func json() throws(Refusal) -> Value {
        do throws(JSONError) { return try JSON.parse(bytes: body) } catch {
            throw Refusal(
                .unprocessableContent,
                items: [
                    Refusal.item(
                        [.string("body"), .int(Int64(error.offset))], "json_invalid",
                        "the body is no JSON: \(error.message)")
                ])
        }
    }

    /// Whether the client prefers this media type to JSON.
    func accepts(_ type: String) -> Bool {
        guard let accept = request.headers[.accept] else { return false }
        for part in accept.split(separator: ",") {
            let name = part.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
            if name == type { return true }
            if name == "application/json" || name == "*/*" { return false }
        }
        return false
    }
}

extension SessionRecord {
    /// The record as JSON: it may hold thousands of steps, so it is written out on a thread of its own.
    func jsonBytes() async -> [UInt8] {
        await onOwnThread { _ in
            var bytes: [UInt8] = []
            JSON.append(json, to: &bytes)
            return bytes
        }
    }
}

extension Response {
    static func json(_ value: Value, _ status: HTTPStatus = .ok, headers: HTTPFields = HTTPFields())
        -> Response
    {
        var bytes: [UInt8] = []
        JSON.append(value, to: &bytes)
        return .bytes(bytes, "application/json", status, headers: headers)
    }

    /// A session with its steps.
    static func json(_ record: SessionRecord, _ status: HTTPStatus = .ok, headers: HTTPFields = HTTPFields())
        async -> Response
    {
        .bytes(await record.jsonBytes(), "application/json", status, headers: headers)
    }

    static func bytes(
        _ bytes: [UInt8], _ type: String, _ status: HTTPStatus = .ok, headers: HTTPFields = HTTPFields()
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.cacheControl] = headers[.cacheControl] ?? "no-store"
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Server-sent events: what `body` writes, until it comes back.
    static func events(
        _ body: @escaping @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await body { try await writer.write($0) }
                try await writer.finish(nil)
            })
    }

    /// A line of server-sent events that means nothing: it shows both ends that the connection lives.
    static var sign: ByteBuffer { ByteBuffer(string: ": \n\n") }

    static func refusal(_ refusal: Refusal) -> Response {
        .json(.record([("detail", refusal.detail)]), refusal.status, headers: refusal.headers)
    }
}
