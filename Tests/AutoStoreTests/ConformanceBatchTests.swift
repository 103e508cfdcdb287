import AutoRuntime
import AutoStore
import Testing
import Values

/// What every store promises of sessions that were started together.
@Suite(.timeLimit(.minutes(1))) struct ConformanceBatchTests {
    private let id = ID(milliseconds: 1_700_000_000_000, count: 500, random: 9)

    private func batch(_ place: Place, _ count: Int, atOnce: Int, id: ID? = nil) -> SessionBatch {
        SessionBatch(
            id: id ?? self.id, automationID: place.automation.id, atOnce: atOnce, count: count, createdAt: 10)
    }

    private func headers(_ place: Place, _ numbers: ClosedRange<UInt16>) -> [SessionHeader] {
        numbers.map { place.header(Place.sessionID($0)) }
    }

    private func next(_ store: any Store, _ place: Place, _ count: Int = 9) async throws -> [ID] {
        try await store.next(count, except: [], files: [place.automation.id]).taken
    }

    @Test(arguments: StoreKind.allCases) func noMoreThanSoManyRun(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let elsewhere = try await bench.open(as: "elsewhere/2/1")
        #expect(
            try await store.begin(
                batch(place, 4, atOnce: 2), headers(place, 1...4), of: place.automation, key: nil) == .started
        )
        let due = try await store.next(9, except: [], files: [place.automation.id])
        #expect(due.taken == [1, 2].map(Place.sessionID) && due.othersWait)
        // Neither does another process take more, but what is of no batch.
        try await store.begin(place.header(Place.sessionID(9)), of: place.automation, held: false)
        #expect(try await next(elsewhere, place) == [Place.sessionID(9)])
        // One that waits for a person makes way, and one that has ended does.
        #expect(try await store.park(Place.sessionID(1), until: nil))
        #expect(try await next(elsewhere, place) == [Place.sessionID(3)])
        try await store.commit([.session(place.header(Place.sessionID(2), .finished))])
        #expect(try await next(elsewhere, place) == [Place.sessionID(4)])
        #expect(try await next(elsewhere, place).isEmpty)
    }

    /// What waits until others of its batch have ended keeps nothing behind it from running.
    @Test(arguments: StoreKind.allCases) func aFullBatchIsPassedOver(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let other = ID(milliseconds: 1_700_000_000_000, count: 501, random: 9)
        _ = try await store.begin(
            batch(place, 9, atOnce: 1), headers(place, 1...9), of: place.automation, key: nil)
        #expect(try await next(store, place, 1) == [Place.sessionID(1)])
        // A look that finds nothing says, too, that some wait.
        var due = try await store.next(9, except: [], files: [place.automation.id])
        #expect(due.taken.isEmpty && due.othersWait)
        _ = try await store.begin(
            batch(place, 3, atOnce: 2, id: other), headers(place, 10...12), of: place.automation, key: nil)
        try await store.begin(place.header(Place.sessionID(20)), of: place.automation, held: false)
        due = try await store.next(3, except: [Place.sessionID(10)], files: [place.automation.id])
        #expect(due.taken == [11, 12, 20].map(Place.sessionID) && due.othersWait)
        #expect(try await next(store, place).isEmpty)
        // One that goes on after its time has no more right to run than the others of its batch.
        try await store.commit([.session(place.header(Place.sessionID(1), .running))])
        #expect(try await store.park(Place.sessionID(1), until: 0))
        #expect(try await next(store, place, 1) == [Place.sessionID(1)])
        #expect(try await next(store, place).isEmpty)
        try await store.commit([.session(place.header(Place.sessionID(1), .finished))])
        #expect(try await next(store, place) == [Place.sessionID(2)])
    }

    @Test(arguments: StoreKind.allCases) func itIsToldHowManyStandHow(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        _ = try await store.begin(
            batch(place, 4, atOnce: 3), headers(place, 1...4), of: place.automation, key: nil)
        _ = try await next(store, place)
        try await store.commit([.session(place.header(Place.sessionID(1), .finished))])
        try await store.commit([.session(place.header(Place.sessionID(2), .failed, error: "step a: no"))])
        try await store.commit([.session(place.header(Place.sessionID(3), .running))])
        #expect(try await store.park(Place.sessionID(3), until: nil))
        let found = try #require(try await store.batch(id))
        #expect(found.batch == batch(place, 4, atOnce: 3))
        #expect(found.counts.filter { $0.value > 0 } == [.new: 1, .running: 1, .finished: 1, .failed: 1])
        #expect(found.waiting == 1 && found.cancelled == 0 && !found.hasEnded)
        var query = SessionQuery(limit: 9)
        query.batch = id
        try await store.begin(place.header(Place.sessionID(9)), of: place.automation, held: false)
        let listed = try await store.outlines(query, withInputs: false)
        #expect(listed.map(\.id) == [4, 3, 2, 1].map(Place.sessionID))
        #expect(try await store.batch(ID(name: "another")) == nil)
    }

    @Test(arguments: StoreKind.allCases) func theyAreListedNewestFirst(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let ids = (1...3).map { ID(milliseconds: 1_700_000_000_000, count: $0, random: 9) }
        for (number, id) in zip([1, 2, 3] as [UInt16], ids) {
            _ = try await store.begin(
                batch(place, 1, atOnce: 1, id: id), headers(place, number...number), of: place.automation,
                key: nil)
        }
        func listed(_ query: BatchQuery) async throws -> [ID] {
            try await store.batches(query).map(\.batch.id)
        }
        #expect(try await listed(BatchQuery(limit: 9)) == ids.reversed())
        #expect(try await listed(BatchQuery(before: ids[2], limit: 1)) == [ids[1]])
        let own = place.automation.id
        #expect(try await listed(BatchQuery(of: own, files: [own], limit: 9)).count == 3)
        #expect(try await listed(BatchQuery(of: ID(name: "another"), limit: 9)).isEmpty)
        #expect(try await listed(BatchQuery(files: [], limit: 9)).isEmpty)
        #expect(
            try await store.batches(BatchQuery(limit: 9)).map(\.counts) == [[.new: 1], [.new: 1], [.new: 1]])
        #expect(try await store.batch(ids[0])?.automationName == place.automation.name)
        _ = try await next(store, place, 1)
        try await store.commit([.session(place.header(Place.sessionID(1), .finished))])
        #expect(try await listed(BatchQuery(isOpen: true, limit: 9)) == [ids[2], ids[1]])
    }

    /// Of an automation that is gone, a batch is found that was under way then.
    @Test(arguments: StoreKind.allCases) func whatIsUnderWayOutlivesItsAutomation(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let own = place.automation.id
        let ids = (1...2).map { ID(milliseconds: 1_700_000_000_000, count: $0, random: 9) }
        _ = try await store.put(place.automation)
        for (number, id) in zip([1, 3] as [UInt16], ids) {
            _ = try await store.begin(
                batch(place, 2, atOnce: 2, id: id), headers(place, number...number + 1),
                of: place.automation, key: nil)
        }
        _ = try await next(store, place)
        for number in [1, 2, 3] as [UInt16] {
            try await store.commit([.session(place.header(Place.sessionID(number), .finished))])
        }
        var query = BatchQuery(of: own, files: [], limit: 9)
        query.besides = [Place.sessionID(2), Place.sessionID(9)]
        #expect(try await store.batches(query).map(\.batch.id) == [ids[0]], "its file is gone")
        #expect(try await store.delete(own))
        query.files = [own]
        query.besides = []
        #expect(try await store.batches(query).map(\.batch.id) == [ids[1]])
        #expect(try await store.batches(query).first?.hasEnded == false)
        try await store.commit([.session(place.header(Place.sessionID(4), .finished))])
        #expect(try await store.batches(query).first?.hasEnded == true)
        query.files = []
        #expect(try await store.batches(query).isEmpty)
    }

    /// What nobody runs of a batch is told once, not for each of its rows.
    @Test(arguments: StoreKind.allCases) func anExaminationTellsOfWholeBatches(_ kind: StoreKind) async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        _ = try await store.begin(
            batch(place, 3, atOnce: 1), headers(place, 1...3), of: place.automation, key: nil)
        try await store.begin(place.header(Place.sessionID(9)), of: place.automation, held: false)
        _ = try await next(store, place, 1)
        let report = try await store.examine()
        #expect(report.batches == 1 && report.problems.isEmpty)
        #expect(report.interrupted == [Place.sessionID(9)])
        let one = try #require(report.resting.first)
        #expect(report.resting.count == 1 && one.resting == 2 && one.path == place.automation.path)
        #expect(one.standing.batch.id == id && one.standing.counts[.new] == 3)
    }

    @Test(arguments: StoreKind.allCases) func whatIsCancelledBeginsNoMore(_ kind: StoreKind) async throws {
        let bench = Bench(kind, clock: RealClock())
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        _ = try await store.begin(
            batch(place, 3, atOnce: 1), headers(place, 1...3), of: place.automation, key: nil)
        #expect(try await next(store, place) == [Place.sessionID(1)])
        // Who runs one is asked to stop.
        let cancelled = try await store.cancel(batch: id, now: 20)
        #expect(cancelled.held == [Place.sessionID(1)])
        #expect(Set(cancelled.ended) == Set([2, 3].map(Place.sessionID)))
        #expect(await store.interruption(of: Place.sessionID(1)) == .cancelled)
        let found = try #require(try await store.batch(id))
        #expect(found.cancelled == 2 && found.batch.atOnce == 0 && !found.hasEnded)
        try await store.commit([.session(place.header(Place.sessionID(1), .failed, error: "cancelled"))])
        #expect(try await next(store, place).isEmpty)
        #expect(try await store.batch(id)?.hasEnded == true)
        #expect(try await store.cancel(batch: id, now: 30) == CancelledSessions())
    }

    /// Who watches a session that ended with its caller is told of it, too.
    @Test(arguments: StoreKind.allCases) func whatASessionOfItHadCalledEndsWithIt(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        _ = try await store.begin(
            batch(place, 1, atOnce: 1), headers(place, 1...1), of: place.automation, key: nil)
        #expect(try await next(store, place) == [Place.sessionID(1)])
        let called = SessionHeader(
            id: Place.sessionID(5), automationID: place.automation.id, inputs: .record([]), status: .new,
            error: nil, createdAt: 10, updatedAt: 10, caller: Place.sessionID(1))
        try await store.begin(called, of: place.automation, held: false)
        let cancelled = try await store.cancel(batch: id, now: 20)
        #expect(cancelled.held == [Place.sessionID(1)] && cancelled.ended == [Place.sessionID(5)])
    }

    /// Whoever ran it has given it back before it heard of the cancelling; the batch has no room for it.
    @Test(arguments: StoreKind.allCases) func whatIsGivenBackIsCancelledToo(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        _ = try await store.begin(
            batch(place, 1, atOnce: 1), headers(place, 1...1), of: place.automation, key: nil)
        #expect(try await next(store, place) == [Place.sessionID(1)])
        #expect(try await store.cancel(batch: id, now: 20).held == [Place.sessionID(1)])
        try await store.release(Place.sessionID(1))
        let due = try await store.next(9, except: [], files: [place.automation.id])
        #expect(due.taken.isEmpty && due.ended == [Place.sessionID(1)])
    }

    @Test(arguments: StoreKind.allCases) func aKeyBeginsOneBatch(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        func begin(_ number: UInt16, _ body: String) async throws -> BatchStart {
            let other = ID(milliseconds: 1_700_000_000_000, count: number, random: 9)
            return try await store.begin(
                batch(place, 1, atOnce: 1, id: other), headers(place, number...number), of: place.automation,
                key: AnswerKey(key: "k", body: body))
        }
        #expect(try await begin(1, "rows") == .started)
        let first = ID(milliseconds: 1_700_000_000_000, count: 1, random: 9)
        #expect(try await begin(2, "rows") == .repeated(first))
        #expect(try await begin(3, "others") == .differs)
        func outcome(_ key: String, _ body: String) async throws -> BatchStart? {
            try await store.outcome(
                of: AnswerKey(key: key, body: body), startingBatchOf: place.automation.id)
        }
        #expect(try await outcome("k", "rows") == .repeated(first))
        #expect(try await outcome("k", "others") == .differs)
        #expect(try await outcome("another", "rows") == nil)
        #expect(try await store.sessions(SessionQuery(limit: 9)).count == 1)
    }

    @Test(arguments: StoreKind.allCases) func itGoesWithItsSessions(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        _ = try await store.begin(
            batch(place, 1, atOnce: 1), headers(place, 1...1), of: place.automation, key: nil)
        _ = try await next(store, place)
        try await store.commit([.session(place.header(Place.sessionID(1), .finished))])
        #expect(try await store.prune(before: 1_000) == 1)
        #expect(try await store.batch(id) == nil)
    }
}
