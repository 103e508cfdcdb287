import AutoRuntime
import AutoStore
import Testing
import Values

/// What every store promises of traces.
@Suite(.timeLimit(.minutes(1))) struct ConformanceTraceTests {
    private func event(_ number: Int64, record: ID? = nil) -> TraceEvent {
        TraceEvent(
            at: 1_700_000_000_123_456_789 + number, record: record, attempt: 1,
            .attempt(AttemptEnd(time: number)))
    }

    private func change(_ number: Int64, _ place: Place) -> RecordChange {
        .trace(session: place.session, event(number, record: place.recordID(0)))
    }

    @Test(arguments: StoreKind.allCases) func eventsAreKeptInTheirOrderWithTheRecords(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        try await store.begin(place.header, of: place.automation, held: true)
        #expect(try await store.trace(of: place.session).isEmpty)
        try await store.commit([place.record(0, .running), change(1, place), change(2, place)])
        try await store.commit([change(3, place), place.record(0, .finished, .int(1)), change(4, place)])
        let other = try await bench.open(as: Bench.other)
        let all = (1...4).map { event($0, record: place.recordID(0)) }
        #expect(try await other.trace(of: place.session) == all)
        #expect(try await other.trace(of: place.session, after: 1, limit: 2) == Array(all[1...2]))
        #expect(try await other.trace(of: place.session, after: 4, limit: 9).isEmpty)
        #expect(try await other.trace(of: ID(name: "none")).isEmpty)
        let found = try #require(try await other.session(place.session, of: nil)).record
        #expect(found.steps.map(\.status) == [.finished])
    }

    /// What a session takes over stands in its trace before anything else, however it is begun.
    @Test(arguments: StoreKind.allCases, [nil, "key"])
    func aSessionBeginsWithTheTraceThatItTakesOver(_ kind: StoreKind, _ key: String?) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let taken = TakenOver(
            steps: [place.stepRecord(0, .new)], trace: [event(1, record: place.recordID(0)), event(2)])
        let outcome = try await store.start(
            place.header, of: place.automation, taking: taken, held: false, key: key)
        #expect(outcome == .started)
        #expect(try await store.trace(of: place.session) == taken.trace)
        #expect(try await store.claim(place.session) == .taken)
        try await store.commit([.session(place.header(place.session, .running)), change(3, place)])
        let expected = taken.trace + [event(3, record: place.recordID(0))]
        #expect(try await bench.open(as: Bench.other).trace(of: place.session) == expected)
    }

    @Test(arguments: StoreKind.allCases) func whoeverTakesASessionOverGoesOnWithItsTrace(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let holder = try await bench.open()
        let other = try await bench.open(as: Bench.other)
        try await holder.begin(place.header, of: place.automation, held: true)
        try await holder.commit([.session(place.header(place.session, .running)), change(1, place)])
        try await holder.release(place.session)
        #expect(try await other.claim(place.session) == .taken)
        let error = await #expect(throws: StoreError.self) { try await holder.commit([change(2, place)]) }
        #expect(error?.message.contains("has taken the session") == true)
        let turn = TraceEvent(at: 9, record: nil, attempt: nil, .session(.takenOver))
        try await other.commit([
            .trace(session: place.session, turn), change(3, place),
            .session(place.header(place.session, .finished)),
        ])
        let expected = [event(1, record: place.recordID(0)), turn, event(3, record: place.recordID(0))]
        #expect(try await holder.trace(of: place.session) == expected)
    }

    @Test(arguments: StoreKind.allCases) func whatIsDoneFromOutsideIsNotedUntilTheEnd(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let holder = try await bench.open()
        let other = try await bench.open(as: Bench.other)
        try await holder.begin(place.header, of: place.automation, held: true)
        try await holder.commit([.session(place.header(place.session, .running)), change(1, place)])
        try await other.note(.cancelled(by: "ci"), in: place.session, now: 7)
        try await holder.commit([change(2, place), .session(place.header(place.session, .failed))])
        try await other.note(.cancelled(by: "late"), in: place.session, now: 8)
        try await other.note(.upgraded, in: ID(name: "none"), now: 8)
        let trace = try await holder.trace(of: place.session)
        #expect(trace.map(\.happening.word) == [.attempt, .session, .attempt])
        #expect(trace[1] == TraceEvent(at: 7, record: nil, attempt: nil, .session(.cancelled(by: "ci"))))
    }

    /// Several may cancel a session at once, its own process among them: the first has done it.
    @Test(arguments: StoreKind.allCases) func aSessionIsCancelledOnce(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let holder = try await bench.open()
        let other = try await bench.open(as: Bench.other)
        try await holder.begin(place.header, of: place.automation, held: true)
        try await holder.commit([.session(place.header(place.session, .running))])
        try await other.note(.cancelled(by: "ci"), in: place.session, now: 7)
        try await other.note(.cancelled(by: "someone"), in: place.session, now: 8)
        let own = TraceEvent(at: 9, record: nil, attempt: nil, .session(.cancelled(by: "terminal")))
        try await holder.commit([
            .trace(session: place.session, own), .session(place.header(place.session, .failed)),
        ])
        let trace = try await holder.trace(of: place.session)
        #expect(trace.map(\.happening) == [.session(.cancelled(by: "ci"))])
    }

    @Test(arguments: StoreKind.allCases) func aTraceGoesWithItsSession(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        for number in [UInt16(1), 2] {
            let id = Place.sessionID(number)
            try await store.begin(place.header(id), of: place.automation, held: true)
            try await store.commit([
                .trace(session: id, event(1)), .session(place.header(id, number == 1 ? .finished : .running)),
            ])
        }
        #expect(try await store.prune(before: .max) == 1)
        #expect(try await store.trace(of: Place.sessionID(1)).isEmpty)
        #expect(try await store.trace(of: Place.sessionID(2)).count == 1)
        #expect(try await store.examine().problems.isEmpty)
    }
}
