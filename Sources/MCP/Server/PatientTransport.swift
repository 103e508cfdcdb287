import Synchronization

/// A transport to a client that may write all that it has to say at once and close its side, as a shell does that sends a
/// file: nothing is taken before the beginning is answered, and the connection ends a little later than its input, so that
/// the last answers still go out.
package final class PatientTransport: RPCTransport {
    private struct State {
        /// Requests without an answer.
        var open: Set<RPCID> = []
        /// The one of them by which the client begins.
        var beginning: RPCID?
        /// Who waits for the beginning to be answered, or for all.
        var waiting: CheckedContinuation<Void, Never>?
        var waitsForAll = false
        var isOver = false

        /// Whether what is waited for has come.
        var isSettled: Bool { isOver || (waitsForAll ? open.isEmpty : beginning == nil) }
    }

    private let transport: any RPCTransport
    private let patience: Duration
    private let state = Mutex(State())

    /// - Parameter patience: how long the last answers may take. What takes longer is not waited for: the client is gone.
    package init(_ transport: any RPCTransport, patience: Duration = .seconds(1)) {
        self.transport = transport
        self.patience = patience
    }

    package func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        defer { note(message) }
        try await transport.send(message, about: request)
    }

    package func send(list answers: [RPCMessage]) async throws(RPCLoss) {
        defer { for answer in answers { note(answer) } }
        try await transport.send(list: answers)
    }

    package func receive() async throws(RPCLoss) -> RPCArrival {
        await settle(all: false)
        do throws(RPCLoss) {
            let arrival = try await transport.receive()
            note(arrival)
            return arrival
        } catch {
            let timer = Task {
                try? await Task.sleep(for: patience)
                end()
            }
            await settle(all: true)
            timer.cancel()
            throw error
        }
    }

    package func close() async {
        end()
        await transport.close()
    }

    /// Notes the requests that have come.
    private func note(_ arrival: RPCArrival) {
        switch arrival {
        case .message(.request(let id, let method, _)):
            state.withLock { state in
                state.open.insert(id)
                if method == MCPMethod.initialize { state.beginning = id }
            }
        case .list(let arrivals): for arrival in arrivals { note(arrival) }
        case .message(.response), .message(.failure), .message(.notification), .refused, .lost: break
        }
    }

    /// Notes that a request has been answered.
    private func note(_ message: RPCMessage) {
        guard let id = message.answeredID else { return }
        wake { state in
            state.open.remove(id)
            if state.beginning == id { state.beginning = nil }
        }
    }

    /// Waits until the beginning is answered, or all requests are.
    private func settle(all: Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isSettled = state.withLock { state in
                    state.waitsForAll = all
                    if state.isSettled || Task.isCancelled { return true }
                    state.waiting = continuation
                    return false
                }
                if isSettled { continuation.resume() }
            }
        } onCancel: {
            end()
        }
    }

    private func end() { wake { $0.isOver = true } }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            change(&state)
            guard state.isSettled else { return nil }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }
}
