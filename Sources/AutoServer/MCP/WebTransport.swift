import AutoRuntime
import MCP
import Synchronization
import Values

/// The way to a client that comes by HTTP: each request of it brings messages and takes the answers along, and one that
/// stays open takes what belongs to no request.
final class WebTransport: RPCTransport {
    /// Where answers go, and what is said about their requests.
    struct Answers: Sendable {
        let messages: AsyncStream<WebEvent>
        /// Nobody reads them any more.
        let end: @Sendable () -> Void
    }

    private struct State {
        var streams = WebStreams()
        /// What belongs to no request and came before anybody listened.
        var unheard: [RPCMessage] = []
        var isClosed = false
    }

    /// So much of that is kept.
    private static let mostUnheard = 100

    private let arrived = ArrivalQueue()
    private let state = Mutex(State())

    /// Whether some request of the client is open.
    var isInUse: Bool { state.withLock { $0.streams.areInUse } }

    // The client's side.

    /// Takes messages that have come with one request.
    ///
    /// - Parameter takesAll: whether the request's answer is a stream, which takes more than answers.
    /// - Returns: the answers to them, until each request among them has one.
    func take(_ messages: [RPCMessage], takesAll: Bool) -> Answers {
        var ids: Set<RPCID> = []
        for case .request(let id, _, _) in messages { ids.insert(id) }
        let (stream, continuation) = AsyncStream.makeStream(of: WebEvent.self)
        let reader = state.withLock { state -> Int? in
            guard !ids.isEmpty, !state.isClosed else { return nil }
            return state.streams.begin(ids, takesAll: takesAll, continuation)
        }
        for message in messages { arrived.put(.message(message)) }
        return answers(stream, continuation, reader)
    }

    /// What belongs to no request, from now on; the stream of before ends.
    func listen() -> Answers {
        let (stream, continuation) = AsyncStream.makeStream(
            of: WebEvent.self, bufferingPolicy: .bufferingNewest(1_000))
        let (reader, before) = state.withLock {
            state -> (Int?, AsyncStream<WebEvent>.Continuation?) in
            guard !state.isClosed else { return (nil, nil) }
            let (reader, before) = state.streams.listen(continuation)
            for message in state.unheard { _ = state.streams.tell(message, about: nil) }
            state.unheard = []
            return (reader, before)
        }
        before?.finish()
        return answers(stream, continuation, reader)
    }

    /// Goes on with a stream behind the last message that the client has of it. Who has read it so far reads no more.
    ///
    /// - Returns: nil where the stream, or what stands behind the message, is not there any more.
    func resume(after place: WebEvent.Place) -> Answers? {
        let (stream, continuation) = AsyncStream.makeStream(of: WebEvent.self)
        let resumed = state.withLock { state in
            state.isClosed ? nil : state.streams.resume(after: place, continuation)
        }
        guard let (reader, before) = resumed else { return nil }
        before?.finish()
        return answers(stream, continuation, reader)
    }

    /// - Parameter reader: nil for a stream into which nothing comes.
    private func answers(
        _ stream: AsyncStream<WebEvent>, _ continuation: AsyncStream<WebEvent>.Continuation, _ reader: Int?
    ) -> Answers {
        if let reader {
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.streams.leave(reader) }
            }
        } else {
            continuation.finish()
        }
        return Answers(messages: stream, end: { continuation.finish() })
    }

    // The server's side.

    func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        switch message {
        case .response(let id, _): answer(id, message)
        case .failure(let id, _): if let id { answer(id, message) }
        case .notification:
            state.withLock { state in
                guard !state.streams.tell(message, about: request), request == nil else { return }
                // It is told to everybody, and kept for who listens later.
                if state.unheard.count == WebTransport.mostUnheard { state.unheard.removeFirst() }
                state.unheard.append(message)
            }
        case .request:
            guard state.withLock({ $0.streams.ask(message, about: request) }) else {
                throw RPCLoss("does not listen just now")
            }
        }
    }

    private func answer(_ id: RPCID, _ message: RPCMessage) {
        // A stream that ends says so to its reader, who looks at the state.
        state.withLock { $0.streams.answer(id, message) }?.finish()
    }

    func receive() async throws(RPCLoss) -> RPCArrival {
        try await arrived.next()
    }

    func close() async { end() }

    /// Ends the connection, and every stream of it.
    func end() {
        arrived.end(RPCLoss("has ended the connection"))
        let readers = state.withLock { state in
            state.isClosed = true
            return state.streams.readers
        }
        for one in readers { one.finish() }
    }
}
