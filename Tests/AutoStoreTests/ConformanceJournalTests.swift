import AutoRuntime
import AutoStore
import AutoSyntax
import OrderedCollections
import Testing
import Values

/// What every store promises as a `Journal`.
@Suite(.timeLimit(.minutes(1))) struct ConformanceJournalTests {
    private static func values() throws -> [Value] {
        let time = try #require(Timestamp(text: "2024-01-01T00:00:00.000000001Z"))
        let duration = try #require(Duration(text: "1.5s"))
        return [
            .null, .bool(true), .string("text"), .string("5"), .int(5), .int(.min), .double(5), .double(-0.0),
            .double(.infinity), .double(.nan), .uint(7), .uint(.max), .bytes([0, 255]), .timestamp(time),
            .duration(duration), .type("int"), .optional(nil), .optional(.optional(.uint(1))),
            .list([.int(1), .null, .double(1)]), .record([("b", .bool(true)), ("a", .string("x"))]),
            .record([("$uint", .string("7"))]), .record([("$ref", .bytes([1])), ("b", .int(1))]),
            .map(MapValue([.int(1): .string("a"), .bool(true): .uint(2)])),
        ]
    }

    @Test(arguments: StoreKind.allCases) func everyValueComesBackAsItWas(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let values = try Self.values()
        let all = Value.record(values.enumerated().map { ("v\($0.offset)", $0.element) })
        let store = try await bench.open()
        try await store.begin(place.header(place.session, inputs: all), of: place.automation, held: true)
        for (ordinal, value) in values.enumerated() {
            var record = place.stepRecord(ordinal, .running)
            record.prompt = value
            try await store.commit([.step(session: place.session, ordinal: ordinal, record)])
            record.status = .finished
            record.result = value
            try await store.commit([.step(session: place.session, ordinal: ordinal, record)])
            try await store.cache(value, for: "\(ordinal)")
        }
        let other = try await bench.open(as: Bench.other)
        let found = try #require(try await other.session(place.session, of: nil)).record
        #expect(exactly(found.header.inputs) == exactly(all))
        for (ordinal, value) in values.enumerated() {
            #expect(exactly(found.steps[ordinal].prompt) == exactly(value))
            #expect(exactly(found.steps[ordinal].result) == exactly(value))
            #expect(exactly(try await other.cached("\(ordinal)")) == exactly(value))
        }
        #expect(try await other.cached("none") == nil)
    }

    @Test(arguments: StoreKind.allCases) func aSessionIsFoundByTheEndOfItsIDAndByItsBeginning(
        _ kind: StoreKind
    ) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        // The first two began in one minute; the last two end alike in so many letters as are shown.
        let texts = [
            "01a20efb-0000-7000-8000-00000a7f3c9a", "01a20efb-0001-7000-8000-00000b7f3c9b",
            "01a20efc-0000-7000-8000-00000c7f3c9b",
        ]
        let ids = try texts.map { try #require(ID($0)) }
        for id in ids {
            try await store.begin(bench.place.header(id), of: bench.place.automation, held: true)
        }
        func found(_ written: String) async throws -> ID? {
            try await store.session(writtenAs: written)?.record.header.id
        }
        #expect(try await found(texts[0].uppercased()) == ids[0])
        for written in ["7F3c9a", "3c9a"] { #expect(try await found(written) == ids[0]) }
        #expect(try await found("0b7f3c9b") == ids[1])
        #expect(try await found("8000-00000c7f3c9b") == ids[2])
        #expect(try await found("01a20efc") == ids[2])
        #expect(try await found("01a20efb-0001") == ids[1])
        for written in ["ffffffff", "c9a", "", "%%%%%%", "______"] {
            #expect(try await found(written) == nil)
        }
        for (written, candidates) in [
            ("01a20efb", ["7f3c9a", "0b7f3c9b"]), ("7f3c9b", ["0b7f3c9b", "0c7f3c9b"]),
        ] {
            let error = await #expect(throws: StoreError.self) { try await found(written) }
            let message = try #require(error?.message)
            #expect(message.contains("could be each of 2 sessions"))
            for one in candidates { #expect(message.contains("\n  \(one)  NEW")) }
        }
        #expect(try await store.shortIDs(of: ids) == ["7f3c9a", "0b7f3c9b", "0c7f3c9b"])
        #expect(try await store.shortID(of: ids[2]) == "0c7f3c9b")
        #expect(try await store.shortIDs(of: []) == [])
    }

    @Test(arguments: StoreKind.allCases) func sessionsAreListedNewestFirst(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let ids = ([1, 2, 3] as [UInt16]).map(Place.sessionID)
        for id in ids { try await store.begin(place.header(id), of: place.automation, held: true) }
        let record = place.stepRecord(0, .finished, .string(""))
        try await store.commit([.step(session: ids[1], ordinal: 0, record)])
        try await store.commit([.session(place.header(ids[0], .failed, error: "why"))])
        func outlines(_ query: SessionQuery, withInputs: Bool = false) async throws -> [SessionOutline] {
            try await store.outlines(query, withInputs: withInputs)
        }
        let own = place.automation.id
        let all = try await outlines(SessionQuery(limit: 9))
        #expect(all.map(\.id) == ids.reversed() && all.map(\.stepsCount) == [0, 1, 0])
        #expect(all.allSatisfy { $0.automationName == "Store" && $0.automationID == own && $0.inputs == nil })
        #expect(all[2].error == "why" && all.allSatisfy { !$0.isWaiting })
        let failed = try await outlines(SessionQuery(of: own, status: .failed, since: 10, limit: 9))
        #expect(failed.map(\.id) == [ids[0]])
        #expect(try await outlines(SessionQuery(of: ID(name: "no"), limit: 9)).isEmpty)
        #expect(try await outlines(SessionQuery(since: 11, limit: 9)).isEmpty)
        let older = try await outlines(SessionQuery(of: own, before: ids[2], limit: 1), withInputs: true)
        #expect(older.map(\.id) == [ids[1]] && older[0].inputs == place.header(ids[1]).inputs)
        let page = try await store.sessions(SessionQuery(of: own, status: .new, before: ids[2], limit: 1))
        #expect(page.map(\.header.id) == [ids[1]] && page[0].steps.count == 1)
        let counts = try await store.counts()
        #expect(counts.byStatus == [.new: 2, .failed: 1] && counts.waiting == 0)
        try await store.commit([.session(place.header(ids[2], .running))])
        _ = try await store.park(ids[2], until: nil)
        #expect(try await outlines(SessionQuery(limit: 9)).map(\.isWaiting) == [true, false, false])
    }

    @Test(arguments: StoreKind.allCases) func aKeyStartsOneSession(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        func start(_ number: UInt16, _ inputs: Value? = nil) async throws -> StartOutcome {
            try await store.start(
                place.header(Place.sessionID(number), inputs: inputs), of: place.automation,
                taking: TakenOver(),
                held: true, key: "k")
        }
        #expect(try await start(1) == .started)
        #expect(try await start(2) == .repeated(Place.sessionID(1)))
        #expect(try await start(3, .record([])) == .differs)
        #expect(try await store.session(Place.sessionID(2), of: nil) == nil)
    }

    @Test(arguments: StoreKind.allCases) func whatASessionTakesOverKeepsItsKeys(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        var record = place.stepRecord(0, .new)
        record.idempotencyKey = ID(name: "earlier")
        let outcome = try await store.start(
            place.header, of: place.automation, taking: TakenOver(steps: [record]), held: true, key: "k")
        #expect(outcome == .started)
        let steps = try await store.session(place.session, of: nil)?.record.steps
        #expect(steps?.map(\.idempotencyKey) == [ID(name: "earlier")])
    }

    @Test(arguments: StoreKind.allCases) func changesAreToldInTheirOrderOnceTheyAreKept(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        try await store.begin(bench.place.header, of: bench.place.automation, held: true)
        let (told, telling) = AsyncStream.makeStream(of: Int.self)
        var receipts: [Receipt?] = []
        for ordinal in 0..<300 {
            receipts.append(
                try store.submit([bench.place.record(ordinal, .finished, .int(1))]) { telling.yield(ordinal) }
            )
        }
        for receipt in receipts { try await receipt?.written() }
        telling.finish()
        var order: [Int] = []
        for await ordinal in told { order.append(ordinal) }
        #expect(order == Array(0..<300))
        #expect(try await store.session(bench.place.session, of: nil)?.record.steps.count == 300)
    }

    /// A called session ends in one commit with the step that has called it: both are there, or neither is.
    @Test(arguments: StoreKind.allCases) func changesOfSeveralSessionsAreKeptTogether(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let (called, lost) = (Place.sessionID(2), Place.sessionID(3))
        for id in [place.session, called] {
            try await store.begin(place.header(id), of: place.automation, held: true)
        }
        let other = try await bench.open(as: Bench.other)
        try await other.begin(place.header(lost), of: place.automation, held: true)
        func end(of id: ID) -> RecordChange { .session(place.header(id, .finished)) }
        await #expect(throws: StoreError.self) {
            try await store.commit([end(of: called), end(of: lost), place.record(0, .finished, .int(1))])
        }
        #expect(try await store.session(called, of: nil)?.record.header.status == .new)
        #expect(try await store.session(place.session, of: nil)?.record.steps.isEmpty == true)
        try await store.commit([end(of: called), place.record(0, .finished, .int(1))])
        #expect(try await store.session(called, of: nil)?.record.header.status == .finished)
        #expect(try await store.session(place.session, of: nil)?.record.steps.count == 1)
    }

    @Test(arguments: StoreKind.allCases) func changesOfOthersAreSeen(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let other = try await bench.open(as: Bench.other)
        try await other.begin(place.header, of: place.automation, held: true)
        let store = try await bench.open()
        let asked = [place.session, ID(name: "nobody")]
        let before = try await store.changes(of: asked)
        #expect(before.count == 1)
        #expect(try await store.changes(of: asked) == before)
        try await other.commit([place.record(0, .finished, .string(""))])
        let after = try await store.changes(of: asked)
        #expect(after.count == 1 && after != before)
    }

    @Test(arguments: StoreKind.allCases) func aSessionMovesOverToAnotherVersion(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        try await store.begin(place.header, of: place.automation, held: true)
        try await store.commit([place.record(0, .finished, .uint(1)), place.record(1, .running, step: 1)])
        let new = StoredAutomation(
            id: place.automation.id, name: "Store", path: "/x.auto", text: "new",
            stepInfos: place.automation.stepInfos.reversed())
        try await store.upgrade(place.session, to: new, indices: [0: 1, 1: 0])
        let found = try #require(try await store.session(place.session, of: nil))
        #expect(found.automation.text == "new" && found.record.steps.map(\.stepIndex) == [1, 0])
        #expect(found.record.stepInfos.map(\.name) == ["ask", "begin"])
    }

    @Test(arguments: StoreKind.allCases) func whatEndedLongAgoIsPruned(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let ids = ([1, 2] as [UInt16]).map(Place.sessionID)
        for id in ids { try await store.begin(place.header(id), of: place.automation, held: true) }
        try await store.commit([.session(place.header(ids[0], .finished))])
        #expect(try await store.prunable(before: 10).isEmpty)
        let told = try #require(try await store.prunable(before: 11).first)
        #expect(told.automationName == place.automation.name && told.status == .finished && told.count == 1)
        #expect(told.oldest == 10 && told.newest == 10 && told.bytes >= 0)
        #expect(try await store.prune(before: 10) == 0)
        #expect(try await store.prune(before: 11) == 1)
        #expect(try await store.session(ids[0], of: nil) == nil)
        #expect(try await store.session(ids[1], of: nil) != nil)
        let report = try await store.examine()
        #expect(report.isThere && report.sessions == 1 && report.problems.isEmpty)
    }

    /// A server may be serving an automation that has no session any more, or has none yet.
    @Test(arguments: StoreKind.allCases) func whatIsServedIsNotPruned(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        _ = try await store.put(place.automation)
        #expect(try await store.prune(before: 1_000) == 0)
        #expect(try await store.automation(place.automation.id) != nil)
        try await store.begin(place.header, of: place.automation, held: true)
        try await store.commit([.session(place.header(place.session, .finished))])
        #expect(try await store.prune(before: 1_000) == 1)
        #expect(try await store.automation(place.automation.id) != nil)
    }
}
