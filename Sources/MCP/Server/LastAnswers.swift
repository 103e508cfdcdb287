import Synchronization

/// A transport to a client that may close its side while requests are being answered, as a shell does at the
/// end of a pipe: the connection ends a little later, so that the answers still go out.
package final class LastAnswers: RPCTransport {
    private struct State {
        /// Requests without an answer.
        var open: Set<RPCID> = []
        var waiting: CheckedContinuation<Void, Never>?
        var isOver = false
    }

    private let transport: any RPCTransport
    private let patience: Duration
    private let state = Mutex(State())

    /// - Parameter patience: how long the last answers may take. What takes longer is not waited for: the
    ///   client is gone.
    package init(_ transport: any RPCTransport, patience: Duration = .seconds(1)) {
        self.transport = transport
        self.patience = patience
    }

    package func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        defer { note(message) }
        try await transport.send(message, about: request)
    }

    package func receive() async throws(RPCLoss) -> RPCArrival {
        do throws(RPCLoss) {
            let arrival = try await transport.receive()
            if case .message(.request(let id, _, _)) = arrival {
                state.withLock { _ = $0.open.insert(id) }
            }
            return arrival
        } catch {
            await settle()
            throw error
        }
    }

    package func close() async {
        end()
        await transport.close()
    }

    /// Notes that a request has been answered.
    private func note(_ message: RPCMessage) {
        let id: RPCID? =
            switch message {
            case .response(let id, _): id
            case .failure(let id, _): id
            case .request, .notification: nil
            }
        guard let id else { return }
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.open.remove(id)
            guard state.open.isEmpty else { return nil }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Waits until all requests are answered, for a little while.
    private func settle() async {
        let timer = Task {
            try? await Task.sleep(for: patience)
            end()
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isSettled = state.withLock { state in
                    if state.open.isEmpty || state.isOver || Task.isCancelled { return true }
                    state.waiting = continuation
                    return false
                }
                if isSettled { continuation.resume() }
            }
        } onCancel: {
            end()
        }
    }

    private func end() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }
}
