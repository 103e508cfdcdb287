import AutoRuntime

/// How long a server that is to end waits for what it runs: a time at most, and no longer than somebody wants.
final class Patience: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self) }

    /// Waits no longer, now or later.
    func end() { continuation.finish() }

    /// Comes back when the tasks have ended, when the time is over, or when nobody is to wait any more. The tasks go on.
    func wait(for tasks: [Task<Void, Never>], seconds: Int64, by clock: any Clock) async {
        let all = Task {
            for task in tasks { await task.value }
            self.end()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [stream] in for await _ in stream {} }
            group.addTask { try? await clock.sleep(nanoseconds: seconds * 1_000_000_000) }
            await group.next()
            group.cancelAll()
        }
        all.cancel()
    }
}
