import GRDB
import Testing
import Values

@testable import AutoRuntime
@testable import AutoStore

/// What a run records once the store has refused something.
@Suite(.timeLimit(.minutes(1))) struct RecorderFailureTests {
    /// A disk is full, and has room again a moment later: what stops because of the first error is not recorded as cancelled,
    /// since whoever takes the session would believe it.
    @Test func nothingFollowsWhatCouldNotBeWritten() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await place.open()
        try await store.begin(place.header, of: place.automation, held: true)
        let recorder = Recorder(
            header: place.header, earlier: [], store: store, clock: place.clock,
            masker: Masker(secrets: [:], modelKeys: [:]), listen: { _ in })
        let (first, second) = (recorder.open(0).ordinal, recorder.open(1).ordinal)
        try await recorder.beginOnDisk(first, prompt: .null)
        try await recorder.beginOnDisk(second, prompt: .null)
        let database = try DatabaseQueue(path: place.path)
        func run(_ sql: String) async throws { try await database.write { try $0.execute(sql: sql) } }
        try await run(
            "CREATE TRIGGER is_full BEFORE UPDATE ON step BEGIN SELECT RAISE(ABORT, 'is full'); END")
        let refused = await #expect(throws: StoreError.self) {
            try await recorder.finish(first, result: .int(1))
        }
        try await run("DROP TRIGGER is_full")
        for _ in 1...2 {
            let error = await #expect(throws: StoreError.self) {
                try await recorder.fail(second, .cancelled)
            }
            #expect(error?.message == refused?.message)
        }
        await #expect(throws: StoreError.self) { try await recorder.end(.failed, error: "cancelled") }
        let kept = try #require(try await store.session(place.session, of: nil)).record
        #expect(kept.steps.map(\.status) == [.running, .running])
        #expect(kept.header.status != .failed)
    }
}
