import Synchronization

/// What has come and nobody has taken yet, up to a bound.
package final class ArrivalQueue: Sendable {
    private struct State {
        var arrivals: [(arrival: RPCArrival, bytes: Int)] = []
        /// How many of the first arrivals have been taken.
        var taken = 0
        var bytes = 0
        /// Why nothing more comes; told once all arrivals have been taken.
        var end: RPCLoss?
        var waiting: CheckedContinuation<Result<RPCArrival, RPCLoss>, Never>?
    }

    /// Bytes that usually may wait, by what they took when they came.
    package static let mostBytes = 64 << 20

    private let state = Mutex(State())
    private let most: Int
    /// Called when there is room again.
    private let onRoom: @Sendable () -> Void

    /// - Parameter most: bytes that may wait.
    /// - Parameter onRoom: called when there is room again.
    package init(most: Int = ArrivalQueue.mostBytes, onRoom: @escaping @Sendable () -> Void = {}) {
        self.most = most
        self.onRoom = onRoom
    }

    /// Whether whoever brings more should wait until there is room.
    package var isFull: Bool { state.withLock { $0.bytes > most } }

    /// Puts an arrival behind the others; behind the end it is dropped.
    ///
    /// - Parameter bytes: what it took when it came.
    package func put(_ arrival: RPCArrival, bytes: Int = 0) {
        let waiting = state.withLock { state -> CheckedContinuation<Result<RPCArrival, RPCLoss>, Never>? in
            guard state.end == nil else { return nil }
            if let waiting = state.waiting {
                state.waiting = nil
                return waiting
            }
            state.arrivals.append((arrival, bytes))
            state.bytes += bytes
            return nil
        }
        waiting?.resume(returning: .success(arrival))
    }

    /// Says that nothing more comes, and why. Only the first reason counts.
    package func end(_ loss: RPCLoss) {
        let waiting = state.withLock { state -> CheckedContinuation<Result<RPCArrival, RPCLoss>, Never>? in
            guard state.end == nil else { return nil }
            state.end = loss
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: .failure(loss))
    }

    /// Waits for the next arrival. Only one task asks at a time.
    ///
    /// - Throws: the end, once nothing is left; also when the task is cancelled.
    package func next() async throws(RPCLoss) -> RPCArrival {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { wait($0) }
        } onCancel: {
            end(RPCLoss("is not listened to any more"))
        }
        return try result.get()
    }

    private func wait(_ continuation: CheckedContinuation<Result<RPCArrival, RPCLoss>, Never>) {
        var hasRoom = false
        let known = state.withLock { state -> Result<RPCArrival, RPCLoss>? in
            guard state.taken < state.arrivals.count else {
                if let end = state.end { return .failure(end) }
                state.waiting = continuation
                return nil
            }
            let (arrival, bytes) = state.arrivals[state.taken]
            let wasFull = state.bytes > most
            state.bytes -= bytes
            hasRoom = wasFull && state.bytes <= most
            state.taken += 1
            // What was taken is let go now and then, so that each costs the same.
            if state.taken > 64, state.taken * 2 > state.arrivals.count {
                state.arrivals.removeFirst(state.taken)
                state.taken = 0
            }
            return .success(arrival)
        }
        if hasRoom { onRoom() }
        if let known { continuation.resume(returning: known) }
    }
}
