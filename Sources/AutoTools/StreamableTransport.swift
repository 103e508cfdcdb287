import AutoRuntime
import MCP
import StepKinds
import Synchronization
import Values

/// The transport of the revisions since March 2025, "streamable HTTP": each message goes out as a POST of its own,
/// whose answer is JSON or a stream of events.
final class StreamableTransport: ToolTransport {
    private struct State {
        var sessionID: String?
        var revision: ProtocolRevision?
        /// The requests under way.
        var posts: [RPCID: Task<Void, Never>] = [:]
        var listening: Task<Void, Never>?
        var isClosed = false
        /// The status by which the first request was refused; nil where it was not.
        var firstRefusal: Int?
    }

    /// How often a stream that broke is asked to go on without a single event in between.
    private static let mostResumptions = 4
    /// Milliseconds before that, where the server does not say.
    private static let usualDelay = 1_000
    /// The same at the most, whatever the server says.
    private static let longestDelay = 60_000
    /// Nanoseconds that the end of a session may take.
    private static let longestFarewell: Int64 = 500_000_000

    private let place: HTTPPlace
    private let arrivals = ArrivalQueue()
    private let state = Mutex(State())

    init(_ place: HTTPPlace) { self.place = place }

    /// Whether the first request was refused in the way of servers that speak the first revision only.
    var mayBeOlder: Bool {
        state.withLock { state in
            guard let status = state.firstRefusal else { return false }
            return (400..<500).contains(status) && ![401, 403, 407].contains(status)
                && !HTTPResponse.mayBeTriedAgain(status)
        }
    }

    func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        switch message {
        case .request(let id, let method, _): ask(message, id, isFirst: method == MCPMethod.initialize)
        case .notification(MCPNotification.cancelled, let params):
            if let id = RPCID(params[MCPField.requestID]) { stop(id) }
            try await deliver(message)
        case .notification, .response, .failure: try await deliver(message)
        }
    }

    func receive() async throws(RPCLoss) -> RPCArrival { try await arrivals.next() }

    func begin(_ revision: ProtocolRevision) {
        state.withLock { state in
            state.revision = revision
            state.listening?.cancel()
            guard !state.isClosed else { return }
            state.listening = Task { await self.listen() }
        }
    }

    func forgetSession() {
        state.withLock { state in
            state.sessionID = nil
            state.revision = nil
            state.listening?.cancel()
        }
    }

    /// Ends the session, which the server is told if it is there, and all requests.
    func close() async {
        let (tasks, isFirst, sessionID) = state.withLock { state in
            defer { (state.isClosed, state.posts, state.listening) = (true, [:], nil) }
            return (
                Array(state.posts.values) + [state.listening].compactMap { $0 }, !state.isClosed,
                state.sessionID
            )
        }
        guard isFirst else { return }
        for task in tasks { task.cancel() }
        arrivals.end(RPCLoss("is not connected any more"))
        guard sessionID != nil else { return }
        // Also when it is a cancelled task that closes: the server should not keep what nobody wants.
        await Task { [place, headers = headers()] in
            _ = try? await within(Self.longestFarewell, place.clock) { () async throws(StepFailure) in
                try await place.send("DELETE", headers)
            }
        }.value
    }

    /// What all requests carry.
    private func headers() -> [(String, String)] {
        state.withLock { state in
            var headers: [(String, String)] = []
            if let sessionID = state.sessionID { headers.append((MCPHeader.sessionID, sessionID)) }
            if let revision = state.revision, revision.isNamedInHeader {
                headers.append((MCPHeader.protocolVersion, revision.rawValue))
            }
            return headers
        }
    }

    private func post(_ message: RPCMessage, into stream: MessageStream?) async throws(StepFailure)
        -> HTTPResponse
    {
        let own = [
            ("content-type", HTTPPlace.json), ("accept", HTTPPlace.json + ", " + HTTPPlace.eventStream),
        ]
        return try await place.send("POST", own + headers(), body: message.bytes, into: stream)
    }

    /// Sends what has no answer.
    private func deliver(_ message: RPCMessage) async throws(RPCLoss) {
        do throws(StepFailure) {
            let response = try await post(message, into: nil)
            guard (200..<300).contains(response.status) else { throw place.failure(response) }
        } catch {
            throw RPCLoss(error.message, cause: error)
        }
    }

    // Requests.

    private func ask(_ message: RPCMessage, _ id: RPCID, isFirst: Bool) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.posts[id] = Task {
                if let loss = await self.answer(to: message, id, isFirst) {
                    self.arrivals.put(.lost(id, loss))
                }
                self.state.withLock { $0.posts[id] = nil }
            }
        }
    }

    private func stop(_ id: RPCID) { state.withLock { $0.posts[id] }?.cancel() }

    /// Has the answer to a request come in.
    ///
    /// - Returns: why it will not come; nil where it came.
    private func answer(to message: RPCMessage, _ id: RPCID, _ isFirst: Bool) async -> RPCLoss? {
        let stream = stream(of: id, isFirst)
        let hadSession = state.withLock { $0.sessionID != nil }
        do throws(StepFailure) {
            let response = try await post(message, into: stream)
            guard (200..<300).contains(response.status) else {
                if isFirst { state.withLock { $0.firstRefusal = response.status } }
                let failure = place.failure(response)
                let isExpired = response.status == 404 && hadSession && !isFirst
                return RPCLoss(failure.message, cause: isExpired ? SessionExpired() : failure)
            }
            // Also where nobody has heard the head.
            if isFirst { takeSession(response.headers) }
            stream.finish(response)
        } catch {
            if let problem = stream.problem { return RPCLoss(problem) }
            if error.kind == .cancelled || stream.lastID == nil, !stream.isAnswered {
                return RPCLoss(error.message, cause: error)
            }
        }
        if stream.isAnswered { return nil }
        if let problem = stream.problem { return RPCLoss(problem) }
        return await resume(stream, id)
    }

    private func stream(of id: RPCID, _ isFirst: Bool) -> MessageStream {
        MessageStream(
            of: id, onMessage: { [arrivals] in arrivals.put($0, bytes: $1) },
            onHead: { [weak self] status, headers in
                if isFirst, status < 300 { self?.takeSession(headers) }
            }, onProblem: { [weak self] in self?.stop(id) })
    }

    private func takeSession(_ headers: [(String, String)]) {
        guard let id = headers.first(where: { $0.0 == MCPHeader.sessionID })?.1 else { return }
        // The protocol has visible letters of ASCII here, and a header can hold nothing that ends it.
        guard !id.isEmpty, id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return }
        state.withLock { $0.sessionID = id }
    }

    /// Asks a stream that ended too early to go on.
    private func resume(_ first: MessageStream, _ id: RPCID) async -> RPCLoss? {
        var (last, delay) = (first.lastID, first.delay)
        var left = Self.mostResumptions
        while let known = last, left > 0 {
            left -= 1
            let wait = Int64(min(delay ?? Self.usualDelay, Self.longestDelay))
            do { try await place.clock.sleep(nanoseconds: wait * 1_000_000) } catch {
                return RPCLoss("is not waited for any more", cause: StepFailure.cancelled)
            }
            let stream = stream(of: id, false)
            do throws(StepFailure) {
                let response = try await get(after: known, into: stream)
                guard (200..<300).contains(response.status) else { break }
                stream.finish(response)
            } catch {
                if error.kind == .cancelled, stream.problem == nil {
                    return RPCLoss(error.message, cause: error)
                }
            }
            if stream.isAnswered { return nil }
            if let problem = stream.problem { return RPCLoss(problem) }
            if stream.hasEvents { left = Self.mostResumptions }
            (last, delay) = (stream.lastID ?? last, stream.delay ?? delay)
        }
        return RPCLoss("ended its answer before the answer was whole")
    }

    private func get(after id: String?, into stream: MessageStream) async throws(StepFailure) -> HTTPResponse
    {
        var own = [("accept", HTTPPlace.eventStream)]
        if let id { own.append((MCPHeader.lastEventID, id)) }
        return try await place.send("GET", own + headers(), into: stream)
    }

    // What the server itself begins.

    /// Listens to what belongs to no request, where the server has a stream for that. Nothing that anybody waits
    /// for comes so, and a stream that cannot be had is no failure.
    private func listen() async {
        var (last, delay) = (String?.none, Int?.none)
        var left = Self.mostResumptions
        while left > 0, !Task.isCancelled {
            left -= 1
            let stream = MessageStream(
                of: nil, onMessage: { [arrivals] in arrivals.put($0, bytes: $1) },
                onProblem: { [weak self] in self?.state.withLock { $0.listening }?.cancel() })
            do throws(StepFailure) {
                let response = try await get(after: last, into: stream)
                guard response.status == 200 else { return }
                stream.finish(response)
            } catch {
                if error.kind == .cancelled { return }
            }
            if stream.hasEvents { left = Self.mostResumptions }
            (last, delay) = (stream.lastID ?? last, stream.delay ?? delay)
            let wait = Int64(min(delay ?? Self.usualDelay, Self.longestDelay))
            guard (try? await place.clock.sleep(nanoseconds: wait * 1_000_000)) != nil else { return }
        }
    }
}
