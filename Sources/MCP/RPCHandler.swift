package import Values

/// What one side does with what the other sends.
package protocol RPCHandler: Sendable {
    /// Answers a request. Its task is cancelled when the other side wants the answer no more.
    ///
    /// - Throws: what is answered in place of a result.
    func answer(_ request: RPCRequest) async throws(RPCError) -> Value

    /// Takes a notification that is neither progress nor a cancellation, which the peer sees to. All that comes
    /// waits for its end, so that it does no work of its own.
    func take(_ notification: String, _ params: MapValue)
}

/// A request of the other side, while it is answered.
package struct RPCRequest: Sendable {
    package let id: RPCID
    package let method: String
    package let params: MapValue
    /// The side that takes it: sends requests and notifications back.
    package let peer: RPCPeer

    /// Tells how far the work is, where the other side wants to know.
    ///
    /// - Parameter done: grows from one report to the next.
    /// - Parameter total: what `done` will be in the end; nil where that is not known.
    /// - Parameter message: one sentence for people; nil for none.
    package func report(done: Double, of total: Double? = nil, _ message: String? = nil) async {
        guard let token = params[MCPField.meta]?.asMap?[MCPField.progressToken] else { return }
        var fields: [(String, Value)] = [
            (MCPField.progressToken, token), (MCPField.progress, .double(done)),
        ]
        if let total { fields.append((MCPField.total, .double(total))) }
        if let message { fields.append((MCPField.message, .string(message))) }
        // Whoever is not there any more hears of no progress.
        try? await peer.notify(MCPNotification.progress, MapValue(record: fields), about: id)
    }
}

/// How far a request is.
package struct RPCProgress: Sendable, Hashable {
    package let done: Double
    /// Nil where the other side does not know.
    package let total: Double?
    /// Nil where the other side says nothing.
    package let message: String?

    init(_ params: MapValue) {
        done = params[MCPField.progress]?.asDouble ?? 0
        total = params[MCPField.total]?.asDouble
        message = params[MCPField.message]?.asText
    }
}

/// Why a request gave no result.
package enum RPCFailure: Error, Sendable {
    /// The other side answered with an error.
    case answered(RPCError)
    /// The answer will not come.
    case lost(RPCLoss)
    /// The task that asked was cancelled; the other side has been told.
    case cancelled
}

/// How much one side takes on.
package struct RPCLimits: Sendable {
    /// How many requests of the other side are answered at once; those beyond it are refused.
    package var answersAtOnce = 64
    /// How many requests of this side may wait for their answers at once.
    package var waitingAtOnce = 1_024
    /// Whether the connection ends with the first thing that is no message. Else that is answered with an error,
    /// and the connection goes on.
    package var endsAtRefusal = false
    /// So many lines in a row that are no JSON are passed over, where it ends otherwise: some servers greet on their
    /// standard output, or log there.
    package var mostGreetings = 0

    package init() {}
}
