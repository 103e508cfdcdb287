import AutoRuntime
import Foundation
import Synchronization

/// Time that stands still until the test moves it.
final class ManualClock: AutoRuntime.Clock {
    private struct State {
        var now: Int64 = 1_700_000_000_000_000_000
        var next = 0
        var sleepers: [Int: (until: Int64, continuation: CheckedContinuation<Bool, Never>)] = [:]
    }

    private let state = Mutex(State())

    func now() -> Int64 { state.withLock { $0.now } }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state -> Bool? in
                    if Task.isCancelled { return false }
                    if nanoseconds <= 0 { return true }
                    state.sleepers[number] = (state.now + nanoseconds, continuation)
                    return nil
                }
                if let isOver { continuation.resume(returning: isOver) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation.resume(returning: false)
        }
        if !isOver { throw CancellationError() }
    }

    func advance(seconds: Int64) {
        let woken = state.withLock { state in
            state.now += seconds * 1_000_000_000
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.continuation)
        }
        for one in woken { one.resume(returning: true) }
    }
}

/// The time of the machine, for what happens by itself.
struct RealClock: AutoRuntime.Clock {
    func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        do { try await Task.sleep(nanoseconds: UInt64(max(0, nanoseconds))) } catch {
            throw CancellationError()
        }
    }
}
