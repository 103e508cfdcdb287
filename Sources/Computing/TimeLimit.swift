import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Until when a computation may go on. Long loops look at it, and stop soon after it is over.
package final class TimeLimit: Sendable {
    /// Nanoseconds of the machine's monotonic clock; nil when only a cancellation ends it.
    private let deadline: UInt64?
    private let cancelled = Atomic(false)

    /// - Parameter nanoseconds: how long from now; nil for no end of its own.
    package init(nanoseconds: UInt64? = nil) {
        deadline = nanoseconds.map { span in
            let (end, isTooFar) = monotonicNow().addingReportingOverflow(span)
            return isTooFar ? .max : end
        }
    }

    /// Says that the result is not wanted any more.
    package func cancel() { cancelled.store(true, ordering: .relaxed) }

    /// Whether somebody has said that the result is not wanted any more.
    package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// Whether the computation has to stop: it was cancelled, or its time has run out.
    package var isOver: Bool {
        if isCancelled { return true }
        guard let deadline else { return false }
        return monotonicNow() >= deadline
    }

    /// Milliseconds until the end, at most `most`, at least 0: how long somebody may sleep before looking
    /// again.
    package func millisecondsLeft(atMost most: Int32) -> Int32 {
        if isCancelled { return 0 }
        guard let deadline else { return most }
        let now = monotonicNow()
        guard now < deadline else { return 0 }
        return Int32(min(UInt64(most), (deadline - now - 1) / 1_000_000 + 1))
    }
}

/// Nanoseconds of a clock that nobody sets.
package func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
