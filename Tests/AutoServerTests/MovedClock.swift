import AutoRuntime
import Synchronization

/// Time that goes on as it does, and that the test moves besides. Nobody sleeps for long by it: whoever waits
/// for a moment looks again.
final class MovedClock: AutoRuntime.Clock {
    private let wall = WallClock()
    private let moved = Mutex<Int64>(0)

    func now() -> Int64 { wall.now() + moved.withLock { $0 } }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        try await wall.sleep(nanoseconds: min(nanoseconds, 5_000_000))
    }

    /// From now on it is this second since 1970.
    func move(to seconds: Int64) {
        moved.withLock { $0 = seconds * 1_000_000_000 - wall.now() }
    }
}
