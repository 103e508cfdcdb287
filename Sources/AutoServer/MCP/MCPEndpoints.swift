import AutoRuntime
import HTTPTypes
import Hummingbird
import MCP
import NIOCore
import Values

private let mcpPath: [Endpoint.Segment] = [.word("mcp")]

/// The automations as tools of the Model Context Protocol, by its streamable HTTP. It is no part of the API, so its
/// description is the protocol's own.
let mcpEndpoints: [Endpoint] = [
    Endpoint(
        method: .post, path: mcpPath, scope: .read, operation: "mcp_send",
        summary: "Messages of the Model Context Protocol",
        body: [Endpoint.Content(type: "application/json", schema: #"{"type":"object"}"#)], isDescribed: false,
        answers: [
            Endpoint.Answer(
                status: 200, about: "The answers.",
                content: [
                    Endpoint.Content(type: "application/json", schema: #"{"type":"object"}"#),
                    Endpoint.Content(type: "text/event-stream", schema: #"{"type":"string"}"#),
                ])
        ]
    ) { api, call in try await api.takeMessages(call) },
    Endpoint(
        method: .get, path: mcpPath, scope: .read, operation: "mcp_listen",
        summary: "What the server says without being asked", isDescribed: false,
        answers: [
            Endpoint.Answer(
                status: 200, about: "Messages, as they come.",
                content: [Endpoint.Content(type: "text/event-stream", schema: #"{"type":"string"}"#)])
        ]
    ) { api, call in try api.listen(call) },
    Endpoint(
        method: .delete, path: mcpPath, scope: .read, operation: "mcp_end",
        summary: "Ends a client's connection", isDescribed: false,
        answers: [Endpoint.Answer(status: 204, about: "It is ended.", content: [])]
    ) { api, call in
        try call.checkOrigin()
        let (id, owner) = (try call.clientID(), call.token?.hash ?? "")
        guard api.clients.end(id, owner: owner) else { throw Refusal.noClient }
        return Response(status: .noContent)
    },
]

extension API {
    fileprivate func takeMessages(_ call: Call) async throws -> Response {
        try call.checkOrigin()
        let piece: RPCPiece
        do throws(RPCRefusal) { piece = try RPCPiece(call.body) } catch { return .refused(error) }
        var messages: [RPCMessage] = []
        for part in piece.parts {
            switch part {
            case .success(let message): messages.append(message)
            case .failure(let refusal): return .refused(refusal)
            }
        }
        if messages.contains(where: \.callsTool) { try call.checkMayRun() }
        if case .request(let id, MCPMethod.initialize, _)? = messages.first {
            guard !piece.isBatch else {
                return .refused(
                    RPCRefusal(RPCError.invalidRequestCode, "`initialize` stands in no list", id: id))
            }
            return try await begin(messages, call)
        }
        guard call.header(MCPHeader.sessionID) != nil else {
            // Some clients ask first whether the server speaks a revision without beginning.
            return .refused(
                RPCRefusal(
                    RPCError.invalidRequestCode, "a client begins with `initialize`",
                    id: messages.first?.requestID))
        }
        let client = try client(call)
        guard !piece.isBatch || client.connection.revision?.hasBatches == true else {
            return .refused(
                RPCRefusal(RPCError.invalidRequestCode, "this revision has one message in a request"))
        }
        return await answers(to: messages, of: client, call, isBatch: piece.isBatch)
    }

    private func begin(_ messages: [RPCMessage], _ call: Call) async throws -> Response {
        let host = ServedTools(api: self, client: call.token?.name) { session, question in
            "PATCH /automations/\(session.automation.id.text)/sessions/\(session.record.header.id.text)/user_input with {\"user_input\": …, \"step\": \"\(question.id.text)\"}"
        }
        let owner = call.token?.hash ?? ""
        guard let (id, client) = clients.begin(host, owner: owner, now: parts.clock.now()) else {
            throw Refusal.tooMany(seconds: 10, "\(WebClients.most) clients of tools are here already")
        }
        var response = await answers(to: messages, of: client, call, isBatch: false)
        guard client.connection.revision != nil else {
            _ = clients.end(id, owner: owner)
            return response
        }
        if let name = HTTPField.Name(MCPHeader.sessionID) { response.headers[name] = id }
        return response
    }

    /// The answers: what calls tools is answered by a stream, which takes along what is told and asked meanwhile.
    private func answers(
        to messages: [RPCMessage], of client: WebClients.Client, _ call: Call, isBatch: Bool
    ) async -> Response {
        guard messages.contains(where: { $0.requestID != nil }) else {
            _ = client.transport.take(messages, takesAll: false)
            return Response(status: .accepted)
        }
        let isStream = call.names("text/event-stream") && messages.contains(where: \.callsTool)
        let answers = client.transport.take(messages, takesAll: isStream)
        if isStream { return events(answers) }
        var values: [Value] = []
        for await event in answers.messages { values.append(event.message.value) }
        guard let first = values.first else {
            return .refusal(Refusal(.serviceUnavailable, "the server ends just now"))
        }
        return .json(isBatch ? .list(values) : first)
    }

    fileprivate func listen(_ call: Call) throws -> Response {
        try call.checkOrigin()
        guard call.names("text/event-stream") else {
            throw Refusal(.notAcceptable, "this gives a stream of events: send Accept: text/event-stream")
        }
        let transport = try client(call).transport
        guard let last = call.header(MCPHeader.lastEventID) else { return events(transport.listen()) }
        guard let answers = WebEvent.Place(text: last).flatMap(transport.resume(after:)) else {
            throw Refusal(
                .gone,
                "what comes behind this Last-Event-ID is not kept any more: call again, or look at the session"
            )
        }
        return events(answers)
    }

    /// The client that a request is of.
    private func client(_ call: Call) throws(Refusal) -> WebClients.Client {
        let id = try call.clientID()
        if let named = call.header(MCPHeader.protocolVersion), ProtocolRevision(rawValue: named) == nil {
            let known = ProtocolRevision.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal(
                .badRequest, "MCP-Protocol-Version is one of \(known), found \(named.prefix(40))")
        }
        let found = clients.client(id, owner: call.token?.hash ?? "", now: parts.clock.now())
        guard let found else { throw Refusal.noClient }
        return found
    }

    /// How long a stream says nothing before it shows that the connection lives, in nanoseconds.
    private static let silence: Int64 = 15_000_000_000

    private func events(_ answers: WebTransport.Answers) -> Response {
        let clock = parts.clock
        return .events { write in
            // A client that is gone is noticed by writing, and then nobody is to fill the stream.
            defer { answers.end() }
            let (signs, sign) = AsyncStream.makeStream(of: WebEvent?.self)
            let (pump, timer) = (
                Task {
                    for await event in answers.messages { sign.yield(event) }
                    sign.finish()
                },
                Task {
                    while !Task.isCancelled {
                        do { try await clock.sleep(nanoseconds: API.silence) } catch { return }
                        sign.yield(nil)
                    }
                }
            )
            defer {
                pump.cancel()
                timer.cancel()
            }
            for await event in signs { try await write(event?.written ?? Response.sign) }
        }
    }
}

extension RPCMessage {
    /// The id of a request; nil for other messages.
    fileprivate var requestID: RPCID? {
        if case .request(let id, _, _) = self { id } else { nil }
    }

    fileprivate var callsTool: Bool {
        if case .request(_, MCPMethod.callTool, _) = self { true } else { false }
    }
}

extension WebEvent {
    /// The message as a server-sent event.
    fileprivate var written: ByteBuffer {
        var text = ByteBuffer(string: "event: message\nid: \(place.text)\ndata: ")
        text.writeBytes(message.bytes)
        text.writeString("\n\n")
        return text
    }
}

extension Call {
    /// Refuses what a page of another place has a browser send.
    ///
    /// A browser says from where the page is. Pages of this server and of the person's own machine may ask, and so may
    /// whatever is no browser; all of them need a token besides.
    fileprivate func checkOrigin() throws(Refusal) {
        guard let origin = header("Origin") else { return }
        let authority = origin.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        let host =
            authority.hasPrefix("[")
            ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        let isOwn = authority == request.head.authority ?? "" && !authority.isEmpty
        guard isOwn || ["localhost", "127.0.0.1", "[::1]"].contains(host) else {
            throw Refusal(.forbidden, "the Origin of the request is another place than this server")
        }
    }

    /// - Throws: where the token may only look.
    fileprivate func checkMayRun() throws(Refusal) {
        guard let token, token.scope < .run else { return }
        throw Refusal.needs(.run, of: token)
    }

    /// The id that the client was given.
    fileprivate func clientID() throws(Refusal) -> String {
        guard let id = header(MCPHeader.sessionID) else {
            throw Refusal(
                .badRequest, "the header Mcp-Session-Id is missing: a client begins with `initialize`")
        }
        return id
    }

    /// Whether the client takes this media type, named in full.
    fileprivate func names(_ type: String) -> Bool {
        (request.headers[.accept] ?? "").split(separator: ",").contains { part in
            part.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() == type
        }
    }
}

extension Refusal {
    /// The client has to begin anew.
    fileprivate static let noClient = Refusal(
        .notFound, "there is no such Mcp-Session-Id here, or not any more: begin with `initialize`")
}

extension Response {
    /// What came is no message that is taken here.
    fileprivate static func refused(_ refusal: RPCRefusal) -> Response {
        .json(refusal.answer.value, .badRequest)
    }
}
