import AutoChecker
import AutoRuntime
import AutoStore
import Foundation
import StepKinds
import Synchronization
import Testing
import Values

/// Steps without effects share a commit; nothing with an effect happens before it.
@Suite(.timeLimit(.minutes(1))) struct SharedCommitTests {
    /// What has been told, which happens when it is on disk.
    private final class Told: Sendable { let finished = Mutex<[Int]>([]) }

    @Test(arguments: [1, 3, 4, 6, 9])
    func anEffectBeginsWhenAllBeforeItIsOnDisk(count: Int) async throws {
        let told = Told()
        var text = "START begin -> s0\n"
        for step in 0..<count {
            let next = step + 1 < count ? "s\(step + 1)" : "ask"
            text += "DATA_TRANSFORM s\(step) -> \(next) { prompt_template { value: \(step) } }\n"
        }
        text += "LLM_CALL ask -> end { prompt_template { user: \"x\" } }"
        let stage = try Stage(text) { _, _ throws(StepFailure) in
            .value(.int(Int64(told.finished.withLock { $0.count })))
        }
        let (end, record) = try await stage.run { event in
            guard case .step(let ordinal, let record) = event, record.status == .finished else { return }
            told.finished.withLock { $0.append(ordinal) }
        }
        #expect(end == .finished)
        // START and the steps behind it.
        #expect(record.steps.last?.result == .int(Int64(count + 1)))
        #expect(told.finished.withLock { $0 } == Array(0..<count + 2))
    }

    /// Where a commit is refused, so is all that follows: no record is missing between others, nothing is told that is not
    /// kept, and no effect happens behind it.
    @Test(arguments: [false, true]) func nothingFollowsACommitThatIsRefused(onDisk: Bool) async throws {
        let place = NSTemporaryDirectory() + "autorun-commits-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: place) }
        let clock = TestClock()
        let memory = MemoryStore(clock: clock)
        let store: any Store =
            onDisk ? try await SQLiteStore(path: place + "/store.sqlite", clock: clock) : memory
        let other: any Store =
            onDisk
            ? try await SQLiteStore(path: place + "/store.sqlite", owner: "elsewhere/1/1", clock: clock)
            : MemoryStore(sharing: memory, owner: "elsewhere/1/1")
        var text = "START begin -> lose\nLLM_CALL lose -> s0 { prompt_template { user: \"x\" } }\n"
        for step in 0..<9 {
            let next = step + 1 < 9 ? "s\(step + 1)" : "ask"
            text += "DATA_TRANSFORM s\(step) -> \(next) { prompt_template { value: \(step) } }\n"
        }
        text += "LLM_CALL ask -> end { prompt_template { user: \"x\" } }"
        let id = ID(milliseconds: 1, count: 1, random: 1)
        let stage = try Stage(text) { work, _ throws(StepFailure) in
            guard work.step.name == "lose" else { return .value(.string("asked")) }
            // Another process takes the session over before the next commit.
            do throws(StoreError) {
                try await store.release(id)
                guard try await other.claim(id) == .taken else { throw StoreError("it is held") }
            } catch {
                throw StepFailure(.model, error.message)
            }
            return .value(.string("lost"))
        }
        let told = Told()
        let error = await #expect(throws: StoreError.self) {
            try await stage.run(store: store) { event in
                guard case .step(let ordinal, let record) = event, record.status == .finished else { return }
                told.finished.withLock { $0.append(ordinal) }
            }
        }
        #expect(error?.message.contains("another process has taken the session") == true, "\(error as Any)")
        #expect(stage.actor.count("ask") == 0)
        let kept = try #require(try await other.session(id, of: nil)).record
        #expect(kept.steps.map(\.status) == [.finished, .running])
        #expect(told.finished.withLock { $0 } == [0])
    }
}
