import AutoRuntime
import MCP
import StepKinds
import Synchronization
import URLs
import Values

/// The HTTP transport of the first revision, November 2024: one stream of events brings all that the server sends,
/// and names in its first event the url to which messages go.
final class OlderTransport: ToolTransport {
    private struct State {
        var stream: Task<Void, Never>?
        /// The url of messages, once the server has named it.
        var endpoint: String?
        /// What is wrong with the url that it has named; nil for nothing.
        var misplaced: String?
        /// Why the stream has ended; nil as long as it has not.
        var end: RPCLoss?
        var isClosed = false
    }

    private let place: HTTPPlace
    private let arrivals = ArrivalQueue()
    private let state = Mutex(State())
    init(_ place: HTTPPlace) { self.place = place }

    /// Whether the server has named its url: then it is a server of this kind.
    var hasBegun: Bool { state.withLock { $0.endpoint != nil } }

    func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        guard let endpoint = state.withLock({ $0.endpoint }) else { throw RPCLoss("has named no url yet") }
        do throws(StepFailure) {
            let response = try await place.send(
                "POST", to: endpoint, [("content-type", HTTPPlace.json)], body: message.bytes)
            guard (200..<300).contains(response.status) else { throw place.failure(response) }
        } catch {
            throw RPCLoss(error.message, cause: error)
        }
    }

    func receive() async throws(RPCLoss) -> RPCArrival { try await arrivals.next() }

    func close() async {
        let stream = state.withLock { state in
            state.isClosed = true
            return state.stream
        }
        stream?.cancel()
        arrivals.end(RPCLoss("is not connected any more"))
        await stream?.value
    }

    /// Opens the stream and waits until the server has named the url to which messages go.
    func open() async throws(RPCLoss) {
        let (named, says) = AsyncStream<Void>.makeStream()
        state.withLock { state in
            guard !state.isClosed else { return says.finish() }
            state.stream = Task {
                let end = await self.listen { says.finish() }
                self.arrivals.end(end)
                self.state.withLock { $0.end = end }
                says.finish()
            }
        }
        for await _ in named {}
        let (endpoint, end) = state.withLock { ($0.endpoint, $0.end) }
        if endpoint == nil { throw end ?? RPCLoss("has not named the url of its messages") }
    }

    /// Takes what the stream brings.
    ///
    /// - Returns: why it has ended.
    private func listen(onEndpoint: @escaping @Sendable () -> Void) async -> RPCLoss {
        let stream = MessageStream(
            of: nil, onMessage: { [arrivals] in arrivals.put($0, bytes: $1) },
            onOther: { [weak self] event in
                guard event.name == "endpoint" else { return }
                self?.take(endpoint: event.data)
                onEndpoint()
            }, onProblem: { [weak self] in self?.state.withLock { $0.stream }?.cancel() })
        do throws(StepFailure) {
            let response = try await place.send("GET", [("accept", HTTPPlace.eventStream)], into: stream)
            guard (200..<300).contains(response.status) else { throw place.failure(response) }
            stream.finish(response)
            return RPCLoss(misplaced ?? "has ended its stream")
        } catch {
            if let problem = misplaced ?? stream.problem { return RPCLoss(problem) }
            return RPCLoss(error.message, cause: error)
        }
    }

    private var misplaced: String? { state.withLock { $0.misplaced } }

    /// Takes the url that the server names, once. What goes there may hold keys, which are for this server alone.
    private func take(endpoint text: String) {
        let own = try? WebURL(place.url)
        let url = own.flatMap { try? WebURL(text, base: $0) }
        let stream = state.withLock { state in
            guard state.endpoint == nil else { return Task<Void, Never>?.none }
            if let url, url.origin != nil, url.origin == own?.origin {
                state.endpoint = url.text
                return nil
            }
            state.misplaced = "wants its messages sent to another server"
            return state.stream
        }
        stream?.cancel()
    }
}
