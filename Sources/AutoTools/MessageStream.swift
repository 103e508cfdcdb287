import AutoRuntime
import MCP
import Synchronization
import Values

/// The answer to one HTTP request while it comes: a message in JSON, or several in a stream of events.
final class MessageStream: Sendable {
    private struct State {
        var events = ServerSentEvents()
        /// What came of an answer that is no stream of events.
        var whole: [UInt8] = []
        var isStream: Bool?
        var isAnswered = false
        var hasEvents = false
        var problem: String?
    }

    /// The request whose answer it carries; nil for a stream of what the server itself begins.
    private let id: RPCID?
    private let state = Mutex(State())
    private let onMessage: @Sendable (RPCArrival, Int) -> Void
    private let onHead: @Sendable (Int, [(String, String)]) -> Void
    /// Hears events that are no messages.
    private let onOther: @Sendable (ServerSentEvents.Event) -> Void
    /// Called when the server sends what cannot be taken; then nothing more is.
    private let onProblem: @Sendable () -> Void

    /// - Parameter onMessage: takes a message and the bytes that it took.
    /// - Parameter onHead: hears the status and the headers before the first message.
    init(
        of id: RPCID?, onMessage: @escaping @Sendable (RPCArrival, Int) -> Void,
        onHead: @escaping @Sendable (Int, [(String, String)]) -> Void = { _, _ in },
        onOther: @escaping @Sendable (ServerSentEvents.Event) -> Void = { _ in },
        onProblem: @escaping @Sendable () -> Void
    ) {
        self.id = id
        self.onMessage = onMessage
        self.onHead = onHead
        self.onOther = onOther
        self.onProblem = onProblem
    }

    /// Whether the answer to the request has come.
    var isAnswered: Bool { state.withLock { $0.isAnswered } }
    /// Whether any event has come.
    var hasEvents: Bool { state.withLock { $0.hasEvents } }
    /// What was sent that cannot be taken, as a clause; nil where nothing was.
    var problem: String? { state.withLock { $0.problem } }
    /// The id of the last event, from which a broken stream goes on; nil where it cannot.
    var lastID: String? { state.withLock { $0.events.lastID } }
    /// Milliseconds that the server asks to wait before; nil where it says nothing.
    var delay: Int? { state.withLock { $0.events.delay } }

    func begin(_ status: Int, _ headers: [(String, String)]) {
        if status < 300 { state.withLock { $0.isStream = Self.isStream(headers) } }
        onHead(status, headers)
    }

    private static func isStream(_ headers: [(String, String)]) -> Bool {
        headers.contains {
            $0.0 == "content-type" && $0.1.lowercased().hasPrefix(HTTPPlace.eventStream)
        }
    }

    func take(_ bytes: [UInt8]) {
        let (events, isTooMuch) = state.withLock { state -> ([ServerSentEvents.Event], Bool) in
            guard state.problem == nil else { return ([], false) }
            guard state.isStream == true else {
                state.whole += bytes
                return ([], state.whole.count > HTTPPlace.longestMessage)
            }
            let events = state.events.take(bytes)
            state.hasEvents = state.hasEvents || !events.isEmpty
            return (events, state.events.pendingBytes > HTTPPlace.longestMessage)
        }
        for event in events { take(event) }
        if isTooMuch { refuse("sent a message of more than \(HTTPPlace.longestMessage >> 20) MB") }
    }

    /// The answer is there to its end.
    func finish(_ response: HTTPResponse) {
        // Whoever stands for the server may give an answer in one piece, without its head before.
        let isStream = Self.isStream(response.headers)
        let whole = state.withLock { state in
            defer { state.whole = [] }
            if state.isStream == nil { state.isStream = isStream }
            return state.whole + response.body
        }
        if isStream {
            if !whole.isEmpty { take(whole) }
            // A stream may end without a blank line behind its last event.
            var copy = state.withLock { $0.events }
            if let event = copy.finish(), (try? RPCPiece(Array(event.data.utf8))) != nil { take(event) }
        } else if !whole.isEmpty {
            take(whole, bytes: whole.count)
        }
    }

    private func take(_ event: ServerSentEvents.Event) {
        guard event.name == "message" else { return onOther(event) }
        // Some servers begin a stream with an event that holds nothing but its id.
        guard !event.data.isEmpty else { return }
        take(Array(event.data.utf8), bytes: event.data.utf8.count)
    }

    private func take(_ piece: [UInt8], bytes: Int) {
        do throws(RPCRefusal) {
            for part in try RPCPiece(piece).parts {
                switch part {
                case .success(let message):
                    if let id, message.answers(id) { state.withLock { $0.isAnswered = true } }
                    onMessage(.message(message), bytes)
                case .failure(let refusal): onMessage(.refused(refusal), bytes)
                }
            }
        } catch {
            onMessage(.refused(error), bytes)
        }
    }

    /// Takes nothing more.
    func refuse(_ problem: String) {
        state.withLock { state in state.problem = state.problem ?? problem }
        onProblem()
    }
}

extension RPCMessage {
    fileprivate func answers(_ request: RPCID) -> Bool {
        switch self {
        case .response(let id, _): id == request
        case .failure(let id, _): id == request || id == nil
        case .request, .notification: false
        }
    }
}
