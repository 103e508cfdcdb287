import AutoRuntime
import Foundation
import Synchronization
import Testing
import Values

@testable import AutoStore

/// What several processes do with one store.
@Suite(.timeLimit(.minutes(1))) struct SharedStoreTests {
    /// Begins a session with this change as a process that is gone.
    private func begun(_ bench: Bench, _ changes: [RecordChange]) async throws {
        let store = try await bench.open(as: bench.place.deadOwner(0))
        var header = bench.place.header
        try await store.begin(header, of: bench.place.automation, held: true)
        header.status = .running
        try await store.commit([.session(header)] + changes)
    }

    /// Takes the session as a process that is gone afterwards.
    private func taken(_ bench: Bench, _ number: Int) async throws -> ClaimOutcome {
        try await bench.open(as: bench.place.deadOwner(number)).claim(bench.place.session)
    }

    private func session(_ bench: Bench) async throws -> SessionRecord {
        let store = try await bench.open(as: Bench.other)
        return try #require(try await store.session(bench.place.session, of: nil)).record
    }

    @Test(arguments: StoreKind.shared) func aStepThatKillsItsProcessThreeTimesEndsTheSession(
        _ kind: StoreKind
    ) async throws {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        try await begun(
            bench, [place.record(0, .running), place.record(1, .running, step: 1), place.record(2, .new)])
        #expect(try await taken(bench, 1) == .taken)
        #expect(try await taken(bench, 2) == .taken)
        let store = try await bench.open()
        let due = try await store.next(10, except: [], files: [place.automation.id])
        #expect(due.taken.isEmpty && due.ended == [place.session])
        let record = try await session(bench)
        #expect(record.header.status == .failed)
        #expect(record.header.error == "step begin: the process died three times while this step ran")
        #expect(record.steps.map(\.status) == [.failed, .failed, .failed])
        #expect(record.steps.map(\.errorKind) == ["crash", "cancelled", "cancelled"])
        #expect(try await store.claim(bench.place.session) == .ended)
    }

    @Test(arguments: StoreKind.shared) func aProcessThatDiesBetweenStepsCountsUntilOneFinishes(
        _ kind: StoreKind
    ) async throws {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        try await begun(bench, [place.record(0, .finished, .string(""))])
        #expect(try await taken(bench, 1) == .taken)
        let second = try await bench.open(as: bench.place.deadOwner(2))
        #expect(try await second.claim(bench.place.session) == .taken)
        try await second.commit([place.record(1, .finished, .string(""))])
        for number in 3...4 { #expect(try await taken(bench, number) == .taken) }
        #expect(try await taken(bench, 5) == .ended)
        let words = "step begin: the process died three times after this step had begun"
        #expect(try await session(bench).header.error == words)
    }

    /// Only the store knows whether somebody held a session that waits, as its steps may, for what it has called.
    @Test(arguments: StoreKind.shared) func whoTakesOverFromAProcessThatDiedKnowsIt(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        try await begun(bench, [place.record(0, .finished, .string(""))])
        let store = try await bench.open()
        #expect(try await store.claim(place.session) == .taken)
        #expect(await store.hasOutlivedHolder(of: place.session))
        #expect(try await store.park(place.session, until: nil))
        #expect(try await store.claim(place.session) == .taken)
        #expect(await !store.hasOutlivedHolder(of: place.session))
    }

    @Test(arguments: StoreKind.shared) func waitingForAPersonIsNothingToDieOf(_ kind: StoreKind) async throws
    {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        try await begun(bench, [place.record(0, .finished, .string("")), place.record(1, .running, step: 1)])
        for number in 1...6 { #expect(try await taken(bench, number) == .taken) }
        #expect(try await session(bench).waiting.map(\.id) == [place.recordID(1)])
    }

    @Test(arguments: StoreKind.shared) func aProcessThatIsSilentForLongIsTakenForGone(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        let silent = try await bench.open(as: Bench.other)
        try await silent.begin(place.header, of: place.automation, held: true)
        let store = try await bench.open()
        place.clock.advance(seconds: 15)
        #expect(try await store.claim(bench.place.session) == .held)
        place.clock.advance(seconds: 1)
        #expect(try await store.claim(bench.place.session) == .taken)
        await #expect(throws: StoreError.self) {
            try await silent.commit([place.record(0, .finished, .int(1))])
        }
    }

    @Test(arguments: StoreKind.shared) func whoSleptThroughItsLeaseWritesNothingAfterwards(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        let silent = try await bench.open(as: Bench.other)
        try await silent.begin(place.header, of: place.automation, held: true)
        try await silent.commit([.session(place.header(place.session, .running))])
        let store = try await bench.open()
        place.clock.advance(seconds: 16)
        // As long as nobody has taken it, it may go on, and says so.
        silent.saysNothingForLong()
        try await silent.confirm(place.session)
        #expect(try await store.claim(place.session) == .held)
        place.clock.advance(seconds: 16)
        #expect(try await store.claim(place.session) == .taken)
        // Nobody holds it now; the number says that somebody has.
        #expect(try await store.park(place.session, until: nil))
        try await expectNothingWritten(by: silent, bench)
        // It gives back nothing that is not its own, and may take the session anew like anybody.
        try await silent.release(place.session)
        #expect(try await silent.claim(place.session) == .taken)
        try await silent.commit([place.record(0, .finished, .int(2))])
        #expect(try await session(bench).steps.map(\.result) == [.int(2)])
    }

    /// What it says of itself takes nothing back that another one has taken while it slept.
    @Test(arguments: StoreKind.shared) func whoIsHereAgainHasNotGotBackWhatItLost(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        let silent = try await bench.open(as: Bench.other)
        try await silent.begin(place.header, of: place.automation, held: true)
        try await silent.confirm(place.session)
        let store = try await bench.open()
        place.clock.advance(seconds: 16)
        silent.saysNothingForLong()
        #expect(try await store.claim(place.session) == .taken)
        let other = Place.sessionID(77)
        try await silent.begin(place.header(other), of: place.automation, held: true)
        let error = await #expect(throws: StoreError.self) { try await silent.confirm(place.session) }
        #expect(error?.message.contains("has taken the session") == true)
        // Of what it holds it is sure again once the store has said so.
        let until = try #require(try await silent.confirm(other))
        #expect(try await silent.confirm(other) == until)
    }

    /// What a process had on its way when it left is not written behind the back of the next one.
    @Test(arguments: StoreKind.shared) func whoHasLeftWritesNothingAfterwards(_ kind: StoreKind) async throws
    {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        let leaving = try await bench.open()
        try await leaving.begin(place.header, of: place.automation, held: true)
        try await leaving.commit([.session(place.header(place.session, .running))])
        await leaving.leave()
        try await expectNothingWritten(by: leaving, bench)
    }

    private func expectNothingWritten(by store: any Store, _ bench: Bench) async throws {
        let place = bench.place
        let event = TraceEvent(at: 1, record: nil, attempt: 1, .attempt(AttemptEnd(time: 1)))
        for change in [
            place.record(0, .finished, .int(1)), .session(place.header(place.session, .finished)),
            .trace(session: place.session, event),
        ] {
            let error = await #expect(throws: StoreError.self) { try await store.commit([change]) }
            #expect(error?.message.contains("has taken the session") == true)
        }
        store.saysNothingForLong()
        let error = await #expect(throws: StoreError.self) { try await store.confirm(place.session) }
        #expect(error?.message.contains("has taken the session") == true)
        let record = try await session(bench)
        #expect(record.header.status == .running && record.steps.isEmpty)
        #expect(try await store.trace(of: place.session).isEmpty)
    }

    /// Also when whoever took it holds it no more.
    @Test(arguments: StoreKind.shared) func whoHasLostASessionHearsOfIt(_ kind: StoreKind) async throws {
        let bench = Bench(kind, clock: RealClock())
        let place = bench.place
        defer { bench.clean() }
        let lost = try await bench.open(as: place.deadOwner(0))
        try await lost.begin(place.header, of: place.automation, held: true)
        let store = try await bench.open(as: Bench.other)
        #expect(try await store.claim(place.session) == .taken)
        #expect(try await store.park(place.session, until: nil))
        #expect(await lost.interruption(of: place.session) == .lost)
    }

    @Test(arguments: StoreKind.shared) func aSessionThatWasGivenBackHasNotKilledItsProcess(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        let place = bench.place
        defer { bench.clean() }
        try await begun(bench, [place.record(0, .running)])
        for number in 1...6 {
            let store = try await bench.open(as: bench.place.deadOwner(number))
            #expect(try await store.claim(bench.place.session) == .taken)
            await store.leave()
        }
        let held = try await bench.open(as: Bench.other)
        #expect(try await held.claim(bench.place.session) == .taken)
        #expect(try await taken(bench, 7) == .held)
    }

    /// A machine that wakes, or whose clock is set: what another process holds and goes on with is not taken from it.
    @Test func aClockThatJumpsTakesNothingFromAProcessThatRuns() async throws {
        let bench = Bench(.sqlite)
        let place = bench.place
        defer { bench.clean() }
        let neighbour = try await bench.open(as: place.neighbour)
        try await neighbour.begin(place.header, of: place.automation, held: true)
        let store = try await bench.open()
        place.clock.advance(seconds: 2 * 86_400)
        #expect(try await store.claim(place.session) == .held)
        #expect(try await store.next(9, except: [], files: [place.automation.id]).taken.isEmpty)
        #expect(try await store.cancel(place.session, now: 5) == .requested)
    }

    @Test func manyMakeTheStoreAtOnce() async throws {
        let place = Place()
        defer { place.clean() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let store = try await SQLiteStore(
                        path: place.path, durability: .process, clock: RealClock())
                    try await store.cache(.int(Int64(number)), for: "\(number)")
                }
            }
            try await group.waitForAll()
        }
        let store = try await place.open()
        for number in 0..<12 { #expect(try await store.cached("\(number)") == .int(Int64(number))) }
    }

    @Test func aStoreIsLookedAtWithoutBeingMade() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await SQLiteStore(reading: place.path, clock: place.clock)
        #expect(try await store.outlines(SessionQuery(limit: 9), withInputs: false).isEmpty)
        #expect(try await !store.examine().isThere)
        #expect(!FileManager.default.fileExists(atPath: place.path))
    }

    @Test func aDatabaseOfAnotherProgramIsLeftAlone() async throws {
        let place = Place()
        defer { place.clean() }
        try FileManager.default.createDirectory(
            atPath: place.folder + "/deep", withIntermediateDirectories: true)
        let bytes = Data("no database at all, but long enough to be taken for one by its name".utf8)
        try bytes.write(to: URL(fileURLWithPath: place.path))
        let error = await #expect(throws: StoreError.self) { try await place.open() }
        #expect(error?.message.contains("no store of autorun") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == bytes)
    }
}

extension Leases {
    /// As if the process had slept, or its store had not answered, for longer than a lease.
    fileprivate func saysNothingForLong() {
        let keeper = (self as? SQLiteStore)?.keeper ?? (self as? PostgresStore)?.keeper
        keeper?.state.withLock { $0.kept = .now - .seconds(Owner.leaseSeconds + 1) }
    }
}
