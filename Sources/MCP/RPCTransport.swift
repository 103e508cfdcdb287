/// What comes from the other side.
package enum RPCArrival: Sendable {
    case message(RPCMessage)
    /// Something that is no message. The connection goes on.
    case refused(RPCRefusal)
    /// The request with this id was sent, and its answer will not come. The connection goes on.
    case lost(RPCID, RPCLoss)
    /// What came in one list, whose answers go back in one list too.
    case list([RPCArrival])
}

/// Why a message did not get through, or why nothing will any more.
package struct RPCLoss: Error, Sendable {
    /// A clause without a full stop, which can stand behind the name of the other side.
    package let reason: String
    /// What the transport itself failed with, where it has more to say.
    package let cause: (any Error)?
    /// Whether the other side has gone, and nothing was wrong with what it sent before.
    package let isGone: Bool
    /// The other side's own words about it, which may hold secrets; nil for none.
    package let said: String?

    package init(
        _ reason: String, said: String? = nil, cause: (any Error)? = nil, isGone: Bool = false
    ) {
        self.reason = reason
        self.said = said
        self.cause = cause
        self.isGone = isGone
    }
}

/// The way to one other side.
package protocol RPCTransport: Sendable {
    /// Sends a message; returns when it is on its way, which for a request need not be its answer.
    ///
    /// - Parameter request: the other side's request that the message is about, such as its progress or a
    ///   question that its work has; nil for none. Where each request has a stream of its own, it tells which.
    /// - Throws: when this message cannot be sent.
    func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss)

    /// Sends the answers to what came in one list, where they can stand in one.
    ///
    /// - Parameter answers: at least one.
    /// - Throws: when they cannot be sent.
    func send(list answers: [RPCMessage]) async throws(RPCLoss)

    /// Waits for what comes next. Only one task asks at a time.
    ///
    /// - Throws: when nothing will come any more; also when the task is cancelled.
    func receive() async throws(RPCLoss) -> RPCArrival

    /// Ends the connection; who waits in `receive` is told. Doing it twice does nothing.
    func close() async
}

extension RPCTransport {
    /// Sends each by itself, as those do in which nothing comes in lists.
    package func send(list answers: [RPCMessage]) async throws(RPCLoss) {
        for answer in answers { try await send(answer, about: answer.answeredID) }
    }
}
