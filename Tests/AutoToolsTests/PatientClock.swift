import AutoRuntime

/// A clock that stands still. Whoever waits for a time that a test knows waits no time at all; whoever waits for
/// another waits until it is cancelled.
struct PatientClock: Clock {
    /// Milliseconds for which nobody waits.
    var skipped: Set<Int64> = []

    func now() -> Int64 { 1_700_000_000_000_000_000 }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        guard !skipped.contains(nanoseconds / 1_000_000) else { return }
        let (never, says) = AsyncStream<Void>.makeStream()
        for await _ in never {}
        says.finish()
        throw CancellationError()
    }
}
