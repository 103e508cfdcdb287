import Computing
import Testing

@Suite struct OwnThreadTests {
    /// A task that is cancelled waits until its computation has noticed, so that nothing computes on.
    @Test(.timeLimit(.minutes(1))) func cancellationEndsTheComputation() async {
        let task = Task {
            await onOwnThread { limit -> Int in
                var rounds = 0
                while !limit.isOver { rounds += 1 }
                return rounds
            }
        }
        task.cancel()
        _ = await task.value
    }

    @Test(.timeLimit(.minutes(1))) func timeEndsTheComputation() async {
        let isOver = await onOwnThread(TimeLimit(nanoseconds: 1_000_000)) { limit -> Bool in
            while !limit.isOver {}
            return !limit.isCancelled
        }
        #expect(isOver)
    }
}
