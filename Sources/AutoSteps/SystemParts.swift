import AutoRuntime
import Foundation
import Values

/// The machine's own clock.
package struct SystemClock: AutoRuntime.Clock {
    package init() {}

    package func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    package func sleep(nanoseconds: Int64) async throws(CancellationError) {
        do { try await Task.sleep(nanoseconds: UInt64(max(0, nanoseconds))) } catch {
            throw CancellationError()
        }
    }
}
