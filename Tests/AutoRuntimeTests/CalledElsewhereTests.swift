import AutoRuntime
import AutoStore
import StepKinds
import Synchronization
import Testing
import Values

/// Called sessions that go on by themselves while their callers do: after a crash each session is taken that has not ended.
@Suite(.timeLimit(.minutes(1))) struct CalledElsewhereTests {
    private static let files = [
        "main.auto": """
        automation "Main"
        START begin -> c
        REST_API c -> end {
          each: n in ["1", "2", "3", "4", "5", "6"]
          at_once: 2
          prompt_template { automation: "sub.auto", inputs: { word: n } }
        }
        """,
        "sub.auto": """
        automation "Sub"
        input word: text
        START begin -> one
        LLM_CALL one -> two { prompt_template { user: inputs.word } }
        LLM_CALL two -> end { prompt_template { user: one.result + "!" } }
        """,
    ]

    /// How many steps are at work, and the most that were.
    private final class Work: Sendable {
        private let counts = Mutex<(now: Int, most: Int)>((0, 0))

        var most: Int { counts.withLock { $0.most } }

        func begin() {
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
        }

        func end() { counts.withLock { $0.now -= 1 } }
    }

    /// A session whose process ended while it ran the first two of its elements.
    private func interrupted(_ work: Work) async throws -> (Folder, SessionRecord) {
        let departure = Departure()
        let folder = try Folder(Self.files) { step, _ throws(StepFailure) in
            departure.announce()
            work.begin()
            for _ in 0..<5 { await Task.yield() }
            work.end()
            return .value(step.fields["user"] ?? .null)
        }
        let (end, record) = try await folder.run(departure: departure)
        #expect(end == .givenBack)
        return (folder, record)
    }

    /// Waits until the caller has looked a few times more at what runs elsewhere.
    private func looks(of folder: Folder, more count: Int) async {
        let before = folder.clock.slept.withLock { $0.count }
        while folder.clock.slept.withLock({ $0.count < before + count }) { await Task.yield() }
    }

    /// What runs elsewhere keeps its element's place, and its end gives it free.
    @Test func elementsThatRunElsewhereKeepTheirPlaces() async throws {
        let work = Work()
        let (folder, record) = try await interrupted(work)
        let open = try await folder.called().map(\.header.id)
        #expect(open.count == 2)
        let other = MemoryStore(sharing: folder.store, owner: "another process")
        for id in open { #expect(try await other.claim(id) == .taken) }
        let run = Task { try await folder.resume(record) }
        await looks(of: folder, more: 10)
        #expect(try await folder.called().count == 2)
        try await other.release(open[0])
        while try await folder.called().count < 6 { await Task.yield() }
        try await other.release(open[1])
        let (end, after) = try await run.value
        #expect(end == .finished, "\(after.header.error ?? "")")
        #expect(after.results(folder.plan).first?.value == .list((1...6).map { .string("\($0)!") }))
        #expect(try await folder.called().count == 6 && work.most <= 2)
    }

    /// Whoever cancels the caller means what it has called, wherever that runs.
    @Test func aCancelledCallerWaitsForNobody() async throws {
        let (folder, record) = try await interrupted(Work())
        let open = try await folder.called().map(\.header.id)
        let other = MemoryStore(sharing: folder.store, owner: "another process")
        for id in open { #expect(try await other.claim(id) == .taken) }
        let run = Task { try await folder.resume(record) }
        await looks(of: folder, more: 3)
        run.cancel()
        #expect(try await run.value.end == .failed)
        for id in open { #expect(await other.interruption(of: id) == .cancelled) }
    }
}
