package import Values

/// A call of a tool while it is carried out.
package struct ServerCall: Sendable {
    /// The tool's name.
    package let name: String
    package let arguments: MapValue
    /// What the client understands.
    package let revision: ProtocolRevision
    /// Whether the client can ask its person something.
    package let canAsk: Bool
    private let request: RPCRequest

    init(
        _ name: String, _ arguments: MapValue, revision: ProtocolRevision, canAsk: Bool, _ request: RPCRequest
    ) {
        self.name = name
        self.arguments = arguments
        self.revision = revision
        self.canAsk = canAsk
        self.request = request
    }

    /// Whether the client is gone, and has not only taken this call back.
    package var isClientGone: Bool { request.peer.hasEnded }

    /// Tells how far the work is, where the client wants to know.
    ///
    /// - Parameters:
    ///   - done: grows from one report to the next.
    ///   - message: one sentence for people.
    package func report(_ done: Int, _ message: String) async {
        await request.report(done: Double(done), message)
    }

    /// Asks the person at the client.
    ///
    /// - Parameters:
    ///   - message: the question.
    ///   - schema: of an object without deeper ones, of which the person fills in the fields.
    package func ask(_ message: String, _ schema: Value) async -> ClientAnswer {
        let params = MapValue(record: [
            (MCPField.message, .string(message)), (MCPField.requestedSchema, schema),
        ])
        do throws(RPCFailure) {
            let answer = try await request.peer.request(MCPMethod.elicit, params, about: request.id)
            guard let map = answer.asMap, map[MCPField.action] == .string("accept") else { return .refused }
            return .given(map[MCPField.content]?.asMap ?? MapValue())
        } catch {
            return .refused
        }
    }
}

/// What came of asking the person at the client.
package enum ClientAnswer: Sendable {
    /// The fields as the person filled them in; nobody has checked them.
    case given(MapValue)
    /// The person did not want to answer, or could not be asked.
    case refused
}
