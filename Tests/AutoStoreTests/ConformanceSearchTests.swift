import AutoRuntime
import AutoStore
import Testing
import Values

/// What every store finds of sessions and automations for lists.
@Suite(.timeLimit(.minutes(1))) struct ConformanceSearchTests {
    @Test(arguments: StoreKind.allCases) func sessionsAreFoundByNameIDErrorAndInputs(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let (first, second) = (Place.sessionID(1), Place.sessionID(2))
        let inputs = Value.record([("name", .string("50%_off Kiel"))])
        try await store.begin(place.header(first, inputs: inputs), of: place.automation, held: true)
        try await store.begin(place.header(second), of: place.automation, held: true)
        try await store.commit([.session(place.header(second, .failed, error: "step ask: no Paper"))])
        func found(_ text: String) async throws -> [ID] {
            var query = SessionQuery(limit: 10)
            query.text = text
            return try await store.outlines(query, withInputs: false).map(\.id)
        }
        #expect(try await found("sTORE") == [second, first])
        #expect(try await found("no paper") == [second])
        #expect(try await found("kiel") == [first])
        #expect(try await found("50%_") == [first])
        #expect(try await found("50_%").isEmpty)
        #expect(try await found(String(first.text.suffix(6))) == [second, first])
        #expect(try await found(first.text) == [first])
    }

    @Test(arguments: StoreKind.allCases) func aListKeepsToWhatIsServed(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let (ended, running) = (Place.sessionID(1), Place.sessionID(2))
        _ = try await store.put(place.automation)
        for id in [ended, running] {
            try await store.begin(place.header(id), of: place.automation, held: true)
        }
        try await store.commit([.session(place.header(ended, .finished))])
        var query = SessionQuery(limit: 10)
        query.files = []
        #expect(try await store.sessions(query).isEmpty)
        query.files = [place.automation.id]
        #expect(try await store.sessions(query).map(\.header.id) == [running, ended])
        // Another server on the store may have the file still: what it was when it went is known by its server alone.
        query.files = []
        query.besides = [running]
        #expect(try await store.outlines(query, withInputs: false).map(\.id) == [running])
        query.files = [place.automation.id]
        query.besides = []
        // Of what is deleted, what was under way can be followed.
        #expect(try await store.delete(place.automation.id))
        #expect(try await store.outlines(query, withInputs: false).map(\.id) == [running])
        query.ids = [ended]
        #expect(try await store.outlines(query, withInputs: false).isEmpty)
    }

    @Test(arguments: StoreKind.allCases) func theLastUsedAutomationIsTheFirst(_ kind: StoreKind) async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let other = StoredAutomation(
            id: ID(name: "other"), name: "Other", path: "", text: "text", stepInfos: [])
        _ = try await store.put(place.automation)
        _ = try await store.put(other)
        try await store.begin(place.header, of: place.automation, held: true)
        #expect(
            try await store.uses(files: [place.automation.id]) == [
                AutomationUse(automation: place.automation.id, lastUsedAt: 10, waiting: 0),
                AutomationUse(automation: other.id, lastUsedAt: nil, waiting: 0),
            ])
        #expect(try await store.uses(files: []).map(\.automation) == [other.id])
    }

    @Test(arguments: StoreKind.allCases) func aSessionIsReadWithoutItsValues(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        try await store.begin(place.header, of: place.automation, held: true)
        try await store.commit([place.record(0, .finished, .string("large")), place.record(1, .running)])
        let steps = try #require(
            try await store.session(place.session, of: nil, withValues: false)
        ).record.steps
        #expect(steps.map(\.status) == [.finished, .running])
        #expect(steps.map(\.result) == [nil, nil])
        #expect(steps[0].prompt == nil && steps[1].prompt != nil)
    }
}
