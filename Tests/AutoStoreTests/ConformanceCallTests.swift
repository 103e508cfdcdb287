import AutoRuntime
import AutoStore
import Testing
import Values

/// What every store promises of sessions that call one another.
@Suite(.timeLimit(.minutes(1))) struct ConformanceCallTests {
    private func header(_ number: UInt16, calledBy caller: UInt16?, _ place: Place) -> SessionHeader {
        SessionHeader(
            id: Place.sessionID(number), automationID: place.automation.id, inputs: .record([]),
            status: .running, error: nil, createdAt: 10, updatedAt: 10, caller: caller.map(Place.sessionID))
    }

    /// Three sessions, of which each has called the next; the last one asks a person, and all of them wait.
    private func waitingChain(_ bench: Bench, _ store: any Store) async throws -> [ID] {
        let ids = (1...3).map { Place.sessionID($0) }
        for number in UInt16(1)...3 {
            let header = header(number, calledBy: number > 1 ? number - 1 : nil, bench.place)
            try await store.begin(header, of: bench.place.automation, held: true)
            let step = bench.place.stepRecord(0, .running, step: number < 3 ? 0 : 1)
            try await store.commit([.session(header), .step(session: header.id, ordinal: 0, step)])
        }
        for id in ids { #expect(try await store.park(id, until: nil)) }
        return ids
    }

    private func due(_ store: any Store, _ place: Place) async throws -> DueSessions {
        try await store.next(9, except: [], files: [place.automation.id])
    }

    /// The cancelled one ends with all that it has called, and who has called it goes on at once.
    @Test(arguments: StoreKind.allCases) func theCallersOfACancelledSessionGoOn(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        let ids = try await waitingChain(bench, store)
        #expect(try await due(store, bench.place) == DueSessions())
        #expect(try await store.cancel(ids[1], now: 20) == .ended)
        var statuses: [Status?] = []
        for id in ids { statuses.append(try await store.session(id, of: nil)?.record.header.status) }
        #expect(statuses == [.running, .failed, .failed])
        #expect(try await due(try await bench.open(as: Bench.other), bench.place).taken == [ids[0]])
        #expect(try await store.counts().waiting == 0)
    }

    /// Who was asked to cancel a session may be gone before it does: whoever would take the session ends it, with what goes
    /// with its end.
    @Test(arguments: StoreKind.allCases) func whatTheNextHolderCancelsIsToldToItsCallers(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        let other = try await bench.open(as: Bench.other)
        let ids = try await waitingChain(bench, store)
        #expect(try await store.claim(ids[1]) == .taken)
        #expect(try await other.cancel(ids[1], now: 20) == .requested)
        try await store.release(ids[1])
        #expect(try await other.claim(ids[1]) == .ended)
        #expect(try await store.session(ids[2], of: nil)?.record.header.error == "cancelled")
        #expect(try await due(other, bench.place).taken == [ids[0]])
    }

    /// Who waits with what it has called is not interrupted; of sessions that were under way only the outermost is gone on with.
    @Test(arguments: StoreKind.allCases) func onlyWhatNobodyGoesOnWithIsInterrupted(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        let ids = try await waitingChain(bench, store)
        #expect(try await store.examine().interrupted.isEmpty)
        #expect(
            try await store.answer(ids[2], step: bench.place.recordID(0), with: .int(1), key: nil, now: 9)
                == .recorded)
        #expect(try await store.examine().interrupted == [ids[0]])
    }

    /// Who goes on takes the result of what it has called, also through others, and its costs count as its own.
    @Test(arguments: StoreKind.allCases) func whatASessionUnderWayHasCalledIsNotPruned(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        var headers: [SessionHeader] = []
        for number in UInt16(1)...4 {
            // The last one stands alone.
            let caller = (2...3).contains(number) ? number - 1 : nil
            headers.append(header(number, calledBy: caller, bench.place))
            try await store.begin(headers[headers.count - 1], of: bench.place.automation, held: true)
        }
        for index in [3, 2, 1] {
            headers[index].status = .finished
            try await store.commit([.session(headers[index])])
        }
        #expect(try await store.prunable(before: 1_000).map(\.count) == [1])
        #expect(try await store.prune(before: 1_000) == 1)
        var isThere: [Bool] = []
        for one in headers { isThere.append(try await store.session(one.id, of: nil) != nil) }
        #expect(isThere == [true, true, true, false])
        headers[0].status = .finished
        try await store.commit([.session(headers[0])])
        #expect(try await store.prunable(before: 1_000).map(\.count) == [3])
        #expect(try await store.prune(before: 1_000) == 3)
    }

    @Test(arguments: StoreKind.allCases) func calledSessionsAreListedOrNot(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        let ids = try await waitingChain(bench, store)
        var query = SessionQuery(limit: 9)
        #expect(try await store.outlines(query, withInputs: false).map(\.id) == ids.reversed())
        query.isOutermost = true
        #expect(try await store.outlines(query, withInputs: false).map(\.id) == [ids[0]])
        #expect(try await store.sessions(query).map(\.header.id) == [ids[0]])
        query.status = .failed
        #expect(try await store.outlines(query, withInputs: false).isEmpty)
    }
}
