import AutoRuntime
import MCP
import Synchronization
import Values

/// The way to a client that comes by HTTP: each request of it brings messages and takes the answers along, and one that
/// stays open takes what belongs to no request.
final class WebTransport: RPCTransport {
    /// Where answers go, and what is said about their requests.
    struct Answers: Sendable {
        let messages: AsyncStream<RPCMessage>
        /// Nobody reads them any more.
        let end: @Sendable () -> Void
    }

    private struct Post {
        /// The requests that have no answer yet.
        var open: Set<RPCID>
        /// Whether more than the answers fits into it.
        let takesAll: Bool
        let messages: AsyncStream<RPCMessage>.Continuation
    }

    private struct State {
        var posts: [Int: Post] = [:]
        var next = 0
        /// Which of the streams for what belongs to no request is the newest one.
        var listener: (number: Int, messages: AsyncStream<RPCMessage>.Continuation)?
        /// What belongs to no request and came while nobody listened.
        var unheard: [RPCMessage] = []
        var isClosed = false
    }

    /// So much of that is kept.
    private static let mostUnheard = 100

    private let arrived = ArrivalQueue()
    private let state = Mutex(State())

    /// Whether some request of the client is open.
    var isInUse: Bool { state.withLock { !$0.posts.isEmpty || $0.listener != nil } }

    // The client's side.

    /// Takes messages that have come with one request.
    ///
    /// - Parameter takesAll: whether the request's answer is a stream, which takes more than answers.
    /// - Returns: the answers to them, until each request among them has one.
    func take(_ messages: [RPCMessage], takesAll: Bool) -> Answers {
        var ids: Set<RPCID> = []
        for case .request(let id, _, _) in messages { ids.insert(id) }
        let (stream, continuation) = AsyncStream.makeStream(of: RPCMessage.self)
        let number = state.withLock { state in
            state.next += 1
            if ids.isEmpty || state.isClosed {
                continuation.finish()
            } else {
                state.posts[state.next] = Post(open: ids, takesAll: takesAll, messages: continuation)
            }
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.posts[number] = nil }
        }
        for message in messages { arrived.put(.message(message)) }
        return Answers(messages: stream, end: { continuation.finish() })
    }

    /// What belongs to no request, from now on; the stream of before ends.
    func listen() -> Answers {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RPCMessage.self, bufferingPolicy: .bufferingNewest(1_000))
        let (number, before) = state.withLock { state in
            state.next += 1
            let before = state.listener
            for message in state.unheard { continuation.yield(message) }
            state.unheard = []
            if state.isClosed { continuation.finish() } else { state.listener = (state.next, continuation) }
            return (state.next, before)
        }
        before?.messages.finish()
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                if state.listener?.number == number { state.listener = nil }
            }
        }
        return Answers(messages: stream, end: { continuation.finish() })
    }

    // The server's side.

    func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        switch message {
        case .response(let id, _): answer(id, message)
        case .failure(let id, _): if let id { answer(id, message) }
        case .notification:
            if let way = way(about: request) {
                way.yield(message)
            } else if request == nil {
                keep(message)
            }
        case .request:
            guard let way = way(about: request) else { throw RPCLoss("does not listen just now") }
            way.yield(message)
        }
    }

    private func answer(_ id: RPCID, _ message: RPCMessage) {
        let (way, isLast) = state.withLock { state in
            // A client that is gone has no request open: its answer is dropped.
            guard let number = state.posts.first(where: { $0.value.open.contains(id) })?.key else {
                return (nil as AsyncStream<RPCMessage>.Continuation?, false)
            }
            state.posts[number]?.open.remove(id)
            return (state.posts[number]?.messages, state.posts[number]?.open.isEmpty == true)
        }
        way?.yield(message)
        if isLast { way?.finish() }
    }

    /// Keeps what is told to everybody for who listens later.
    private func keep(_ message: RPCMessage) {
        state.withLock { state in
            if state.unheard.count == WebTransport.mostUnheard { state.unheard.removeFirst() }
            state.unheard.append(message)
        }
    }

    /// Where something goes that is about a request, or about none.
    private func way(about request: RPCID?) -> AsyncStream<RPCMessage>.Continuation? {
        state.withLock { state in
            if let request,
                let post = state.posts.values.first(where: { $0.takesAll && $0.open.contains(request) })
            {
                return post.messages
            }
            return state.listener?.messages
        }
    }

    func receive() async throws(RPCLoss) -> RPCArrival {
        try await arrived.next()
    }

    func close() async { end() }

    /// Ends the connection, and every stream of it.
    func end() {
        arrived.end(RPCLoss("has ended the connection"))
        let all = state.withLock { state in
            state.isClosed = true
            return state.posts.values.map(\.messages) + [state.listener?.messages].compactMap(\.self)
        }
        for one in all { one.finish() }
    }
}
