import StepKinds
import Synchronization
import Values

/// The servers of tools to which a run and the sessions that it calls are connected: each once, from its first use to
/// the end of the outermost session. Sessions that nobody called share nothing: a server may hold what one of them did.
final class OpenToolServers: Sendable {
    private typealias Outcome = Result<any ToolServer, StepFailure>

    private struct Connection {
        /// Tells this connection from a later one to the same address.
        let number: Int
        let task: Task<Outcome, Never>
        /// How many wait for it.
        var waiting: Int
        /// The server, once somebody has got it.
        var server: (any ToolServer)?
        /// The sessions under way that have asked for it.
        var users: Set<ID> = []
        /// When the last of them ended, counted in such ends.
        var unusedSince = 0
        /// How many calls are under way by it.
        var calls = 0
        /// Whether somebody looks whether it still answers.
        var isDoubted = false

        /// Whether it may be ended without breaking anybody's call.
        var isUnused: Bool { users.isEmpty && waiting == 0 && server != nil }
    }

    /// So many servers that no session uses are kept for those to come: an `each` may call ten thousand, and each
    /// may bring a server of its own.
    private static let mostUnused = 8

    private struct State {
        var last = 0
        /// How many sessions have ended.
        var ends = 0
        var open: [ToolServerAddress: Connection] = [:]
        /// Servers that do not answer any more, with how many calls are still under way by them.
        var silent: [Int: (server: any ToolServer, calls: Int)] = [:]
        /// What goes on beside the calls, such as the end of a connection for which nobody waited any more.
        var errands: [Int: Task<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// The server at an address, connected by the first who asks. Whoever is cancelled waits no longer; where nobody else
    /// waits either, nothing more is connected.
    ///
    /// - Parameter session: that it is for, until `leave(session)`.
    /// - Throws: why it cannot be connected; the next who asks tries again.
    func server(at address: ToolServerAddress, for session: ID, _ servers: any ToolServers)
        async throws(StepFailure) -> any ToolServer
    {
        try await connected(address, session, servers, isCall: false).server
    }

    /// Has a server do something, such as a call. One whose connection has ended is connected anew for the next who asks,
    /// and so is one that does not answer any more: a call that nobody waits for may have left it stuck.
    ///
    /// - Throws: why it cannot be connected, or what the body throws.
    func use(
        _ address: ToolServerAddress, for session: ID, _ servers: any ToolServers,
        _ body: (any ToolServer) async throws(StepFailure) -> ToolAnswer
    ) async throws(StepFailure) -> ToolAnswer {
        let (server, number) = try await connected(address, session, servers, isCall: true)
        do throws(StepFailure) {
            let answer = try await body(server)
            await endCall(address, number)
            return answer
        } catch {
            if server.isGone {
                await forget(address, number)
            } else if error.kind == .cancelled || Task.isCancelled {
                doubt(server, address, number)
            }
            await endCall(address, number)
            throw error
        }
    }

    /// - Parameter isCall: whether a call follows, which `endCall` ends.
    private func connected(
        _ address: ToolServerAddress, _ session: ID, _ servers: any ToolServers, isCall: Bool
    ) async throws(StepFailure) -> (server: any ToolServer, number: Int) {
        let (number, task) = state.withLock { state in
            if var known = state.open[address] {
                known.waiting += 1
                known.users.insert(session)
                state.open[address] = known
                return (known.number, known.task)
            }
            state.last += 1
            // A task of its own: the one who asks first may be cancelled while others wait for the same server.
            let task = Task { () -> Outcome in
                do throws(StepFailure) { return .success(try await servers.connect(address)) } catch {
                    return .failure(error)
                }
            }
            state.open[address] = Connection(
                number: state.last, task: task, waiting: 1, users: [session])
            return (state.last, task)
        }
        switch await outcome(of: task) {
        case .success(let server)?:
            change(address, number) { connection in
                connection?.waiting -= 1
                connection?.server = server
                if isCall { connection?.calls += 1 }
            }
            return (server, number)
        case .failure(let failure)?:
            change(address, number) { $0 = nil }
            throw failure
        case nil:
            stopWaiting(address, number)
            throw .cancelled
        }
    }

    /// What a task gives; nil as soon as whoever waits for it is cancelled.
    private func outcome(of task: Task<Outcome, Never>) async -> Outcome? {
        let (outcomes, says) = AsyncStream<Outcome>.makeStream()
        Task {
            says.yield(await task.value)
            says.finish()
        }
        for await outcome in outcomes { return outcome }
        return nil
    }

    /// Changes what is known of a connection, unless another one stands in its place.
    private func change(_ address: ToolServerAddress, _ number: Int, _ body: (inout Connection?) -> Void) {
        state.withLock { state in
            if state.open[address]?.number == number { body(&state.open[address]) }
        }
    }

    /// Waits no longer for a connection, and ends it where nobody else does.
    private func stopWaiting(_ address: ToolServerAddress, _ number: Int) {
        state.withLock { state in
            guard var connection = state.open[address], connection.number == number else { return }
            connection.waiting -= 1
            guard connection.waiting == 0, connection.server == nil else {
                state.open[address] = connection
                return
            }
            state.open[address] = nil
            connection.task.cancel()
            let task = connection.task
            // It may have been connected just now.
            state.errands[number] = Task {
                if case .success(let server) = await task.value { await server.close() }
                self.state.withLock { $0.errands[number] = nil }
            }
        }
    }

    /// The next who asks gets another connection. One that still stands is kept: other calls may be under way by it.
    private func forget(_ address: ToolServerAddress, _ number: Int) async {
        let ended = state.withLock { state -> (any ToolServer)? in
            guard let connection = state.open[address], connection.number == number else { return nil }
            state.open[address] = nil
            return connection.server
        }
        await ended?.close()
    }

    /// Looks whether a server still answers that was not waited for. One that does not is asked by nobody any more, and
    /// ended when no call is under way by it: a server that does one thing after another may only be busy.
    private func doubt(_ server: any ToolServer, _ address: ToolServerAddress, _ number: Int) {
        state.withLock { state in
            guard state.open[address]?.number == number, state.open[address]?.isDoubted == false else {
                return
            }
            state.open[address]?.isDoubted = true
            state.errands[number] = Task {
                let answers = await server.answers()
                let silent = self.state.withLock { state -> (any ToolServer)? in
                    state.errands[number] = nil
                    guard let connection = state.open[address], connection.number == number else {
                        return nil
                    }
                    // Whoever gets it just now would not know; the next who waits in vain doubts it again.
                    guard !answers, connection.waiting == 0 else {
                        state.open[address]?.isDoubted = false
                        return nil
                    }
                    state.open[address] = nil
                    guard connection.calls > 0 else { return server }
                    state.silent[number] = (server, connection.calls)
                    return nil
                }
                await silent?.close()
            }
        }
    }

    private func endCall(_ address: ToolServerAddress, _ number: Int) async {
        let ended = state.withLock { state -> (any ToolServer)? in
            if state.open[address]?.number == number { state.open[address]?.calls -= 1 }
            guard let (server, calls) = state.silent[number] else { return nil }
            state.silent[number] = calls > 1 ? (server, calls - 1) : nil
            return calls > 1 ? nil : server
        }
        await ended?.close()
    }

    /// A session uses no server any more. Those that none uses are kept for the next, but not all.
    func leave(_ session: ID) async {
        let ended = state.withLock { state -> [any ToolServer] in
            state.ends += 1
            for (address, connection) in state.open where connection.users.contains(session) {
                state.open[address]?.users.remove(session)
                state.open[address]?.unusedSince = state.ends
            }
            let unused = state.open.filter(\.value.isUnused).sorted {
                $0.value.unusedSince > $1.value.unusedSince
            }
            return unused.dropFirst(Self.mostUnused).compactMap { address, connection in
                state.open[address] = nil
                return connection.server
            }
        }
        for server in ended { await server.close() }
    }

    /// Ends all connections.
    func close() async {
        let (open, silent, errands) = state.withLock { state in
            defer { (state.open, state.silent) = ([:], [:]) }
            return (Array(state.open.values), Array(state.silent.values), Array(state.errands.values))
        }
        for connection in open {
            connection.task.cancel()
            if case .success(let server) = await connection.task.value { await server.close() }
        }
        for (server, _) in silent { await server.close() }
        // Whoever looks whether one of them answers knows it now.
        for errand in errands { await errand.value }
    }
}
