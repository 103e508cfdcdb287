import AutoRuntime
import AutoStore
import AutoSyntax
import Testing
import Values

/// What every store promises as `Leases`: one process at a time runs a session.
@Suite(.timeLimit(.minutes(1))) struct ConformanceLeaseTests {
    @Test(arguments: StoreKind.allCases) func aSessionIsHeldByOne(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let id = bench.place.session
        let holder = try await bench.open()
        let other = try await bench.open(as: Bench.other)
        try await holder.begin(bench.place.header, of: bench.place.automation, held: true)
        #expect(try await other.claim(id) == .held)
        #expect(try await holder.claim(id) == .taken)
        #expect(try await !other.isFree(id))
        try await holder.release(id)
        #expect(try await other.isFree(id))
        #expect(try await other.claim(id) == .taken)
        let error = await #expect(throws: StoreError.self) {
            try await holder.commit([bench.place.record(0, .finished, .int(1))])
        }
        #expect(error?.message.contains("has taken the session") == true)
        let headerError = await #expect(throws: StoreError.self) {
            try await holder.commit([.session(bench.place.header(id, .finished))])
        }
        #expect(headerError?.message.contains("has taken the session") == true)
        try await other.commit([.session(bench.place.header(id, .finished))])
        #expect(try await holder.claim(id) == .ended)
        let found = try #require(try await holder.session(id, of: nil)).record
        #expect(found.header.status == .finished && found.steps.isEmpty)
        #expect(try await holder.claim(ID(name: "none")) == .ended)
        #expect(try await !holder.isFree(ID(name: "none")))
    }

    /// A session that waits and its caller are due at once. Who runs the caller finds the other one taken, and leaves it.
    @Test(arguments: StoreKind.allCases) func whatIsTakenIsRunByOneHereToo(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let (id, files) = (bench.place.session, [bench.place.automation.id] as Set<ID>)
        let store = try await bench.open()
        try await store.begin(bench.place.header, of: bench.place.automation, held: true)
        try await store.commit([.session(bench.place.header(id, .running))])
        #expect(try await store.park(id, until: nil))
        #expect(try await store.claim(id) == .taken)
        #expect(try await store.claim(id) == .held)
        try await store.release(id)
        #expect(try await store.next(9, except: [], files: files).taken == [id])
        #expect(try await store.claim(id) == .held)
        #expect(try await store.park(id, until: nil))
        #expect(try await store.claim(id) == .taken)
        #expect(await !store.hasOutlivedHolder(of: id), "it was given back each time")
    }

    @Test(arguments: StoreKind.allCases) func aWaitingSessionIsTakenWhenItsTimeHasCome(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let (clock, files) = (bench.place.clock, [bench.place.automation.id] as Set<ID>)
        let store = try await bench.open()
        try await store.begin(bench.place.header, of: bench.place.automation, held: true)
        try await store.commit([.session(bench.place.header(bench.place.session, .running))])
        #expect(try await store.park(bench.place.session, until: clock.now() + 1_500_000_000))
        #expect(try await store.counts().waiting == 1)
        #expect(try await store.queueLength(files: files) == 0)
        clock.advance(seconds: 1)
        #expect(try await store.next(9, except: [], files: files) == DueSessions())
        clock.advance(seconds: 1)
        #expect(try await store.next(9, except: [], files: files).taken == [bench.place.session])
    }

    @Test(arguments: StoreKind.allCases) func onlyWhatIsServedIsListedAndTaken(_ kind: StoreKind) async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let file = bench.place.automation
        let store = try await bench.open()
        try await store.begin(bench.place.header, of: file, held: false)
        let made = StoredAutomation(
            id: ID(name: "made"), name: "Made", path: "", text: "made", stepInfos: file.stepInfos)
        _ = try await store.put(made)
        #expect(
            try await store.automations(limit: 9, after: nil, files: []).map(\.automation.id) == [made.id])
        #expect(try await store.automations(limit: 9, after: nil, files: [file.id]).count == 2)
        #expect(try await store.queueLength(files: []) == 0)
        #expect(try await store.queueLength(files: [file.id]) == 1)
        #expect(try await store.next(9, except: [], files: []) == DueSessions())
        #expect(try await store.next(9, except: [bench.place.session], files: [file.id]) == DueSessions())
        #expect(try await store.next(9, except: [], files: [file.id]).taken == [bench.place.session])
    }

    @Test(arguments: StoreKind.allCases) func whatNobodyRunsIsCancelledAtOnce(_ kind: StoreKind) async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        try await store.begin(bench.place.header, of: bench.place.automation, held: true)
        try await store.commit([bench.place.record(0, .finished, .int(1)), bench.place.record(1, .running)])
        try await store.release(bench.place.session)
        #expect(try await store.cancel(bench.place.session, now: 20) == .ended)
        let record = try #require(try await store.session(bench.place.session, of: nil)).record
        #expect(record.header.status == .failed && record.header.error == "cancelled")
        #expect(record.header.updatedAt == 20 && record.steps.map(\.status) == [.finished, .failed])
        #expect(record.steps[1].errorKind == "cancelled")
        // Asked again, it stays as it is.
        #expect(try await store.cancel(bench.place.session, now: 30) == .ended)
        #expect(try await store.session(bench.place.session, of: nil)?.record.header.updatedAt == 20)
    }

    @Test(arguments: StoreKind.allCases) func theHolderHearsThatItsSessionIsToBeCancelled(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind, clock: RealClock())
        defer { bench.clean() }
        let holder = try await bench.open()
        try await holder.begin(bench.place.header, of: bench.place.automation, held: true)
        async let interruption = holder.interruption(of: bench.place.session)
        let other = try await bench.open(as: Bench.other)
        #expect(try await other.cancel(bench.place.session, now: 20) == .requested)
        #expect(await interruption == .cancelled)
    }

    @Test(arguments: StoreKind.allCases) func whoLeavesLosesWhatItHeld(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let holder = try await bench.open()
        let id = bench.place.session
        try await holder.begin(bench.place.header, of: bench.place.automation, held: true)
        let waiting = Task { await holder.interruption(of: id) }
        let other = try await bench.open(as: Bench.other)
        #expect(try await other.cancel(id, now: 20) == .requested)
        await holder.leave()
        waiting.cancel()
        _ = await waiting.value
        // It has gone without having looked; whoever takes the session does what was asked.
        let due = try await other.next(9, except: [], files: [bench.place.automation.id])
        #expect(due.taken.isEmpty && due.ended == [id])
        let record = try #require(try await other.session(id, of: nil)).record
        #expect(record.header.status == .failed && record.header.error == "cancelled")
        #expect(try await other.claim(id) == .ended)
    }

    @Test(arguments: StoreKind.allCases) func nobodyWaitsForAnInterruptionOfACancelledTask(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let holder = try await bench.open()
        try await holder.begin(bench.place.header, of: bench.place.automation, held: true)
        let waiting = Task { await holder.interruption(of: bench.place.session) }
        waiting.cancel()
        #expect(await waiting.value == nil)
    }
}
