import AutoRuntime
import Testing

@testable import AutoServer

/// How long a server that is to end waits for its steps.
@Suite(.timeLimit(.minutes(1))) struct PatienceTests {
    /// Work that only ends when it is cancelled.
    private func endless() -> Task<Void, Never> { Task { try? await Task.sleep(for: .seconds(600)) } }

    @Test func whatHasEndedIsNotWaitedFor() async {
        let tasks = (0..<5).map { _ in Task { await Task.yield() } }
        await Patience().wait(for: tasks, seconds: 600, by: WallClock())
    }

    @Test func theTimeIsOver() async {
        let task = endless()
        defer { task.cancel() }
        await Patience().wait(for: [task], seconds: 0, by: WallClock())
        #expect(!task.isCancelled, "it goes on")
    }

    @Test func nobodyIsToWaitAnyMore() async {
        let task = endless()
        defer { task.cancel() }
        let (early, late) = (Patience(), Patience())
        early.end()
        await early.wait(for: [task], seconds: 600, by: WallClock())
        let waiting = Task { await late.wait(for: [task], seconds: 600, by: WallClock()) }
        await Task.yield()
        late.end()
        await waiting.value
        #expect(!task.isCancelled)
    }
}
