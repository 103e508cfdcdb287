import AutoRuntime
import AutoStore
import AutoSyntax
import Testing
import Values

/// What every store promises as a `Catalogue`, and as `Tokens`.
@Suite(.timeLimit(.minutes(1))) struct ConformanceCatalogueTests {
    private func made(_ place: Place, _ name: String, _ text: String) -> StoredAutomation {
        StoredAutomation(
            id: ID(name: name), name: name, path: "", text: text, stepInfos: place.automation.stepInfos)
    }

    @Test(arguments: StoreKind.allCases) func anAutomationHasAVersionOfNow(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let began = place.clock.now() / 1_000_000_000
        let first = try await store.put(made(place, "a", "one"))
        #expect(first.createdAt == began && first.versionCreatedAt == began)
        place.clock.advance(seconds: 5)
        let second = try await store.put(made(place, "a", "two"))
        #expect(second.automation.text == "two" && second.createdAt == began)
        #expect(second.versionCreatedAt == began + 5 && second.updatedAt == began + 5)
        // A session goes on in the version with which it began.
        let header = SessionHeader(
            id: place.session, automationID: ID(name: "a"), inputs: .record([]), status: .new, error: nil,
            createdAt: 1, updatedAt: 1)
        try await store.begin(header, of: second.automation, held: true)
        _ = try await store.put(made(place, "a", "three"))
        #expect(try await store.session(place.session, of: nil)?.automation.text == "two")
        let entry = try #require(try await store.automation(ID(name: "a")))
        #expect(
            entry.automation.text == "three" && entry.automation.stepInfos.map(\.name) == ["begin", "ask"])
        #expect(try await store.automation(ID(name: "b")) == nil)
    }

    @Test(arguments: StoreKind.allCases) func aListHasPages(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        for name in ["a", "b", "c"] { _ = try await store.put(made(bench.place, name, name)) }
        let ids = ["a", "b", "c"].map(ID.init(name:)).sorted { $0.text < $1.text }
        let page = try await store.automations(limit: 2, after: nil, files: []).map(\.automation.id)
        #expect(page == Array(ids[..<2]))
        let rest = try await store.automations(limit: 2, after: ids[1], files: []).map(\.automation.id)
        #expect(rest == [ids[2]])
    }

    @Test(arguments: StoreKind.allCases) func whatIsUnderWayOutlivesItsAutomation(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let (store, id) = (try await bench.open(), place.automation.id)
        let sessions = ([1, 2] as [UInt16]).map(Place.sessionID)
        _ = try await store.put(place.automation)
        for session in sessions {
            try await store.begin(place.header(session), of: place.automation, held: true)
        }
        try await store.commit([.session(place.header(sessions[0], .finished))])
        #expect(try await store.delete(id))
        #expect(try await !store.delete(id))
        #expect(try await store.automation(id) == nil)
        #expect(try await store.automations(limit: 9, after: nil, files: [id]).isEmpty)
        #expect(try await store.session(sessions[0], of: id) == nil)
        #expect(try await store.session(sessions[1], of: id) != nil)
        #expect(try await store.session(sessions[1], of: ID(name: "other")) == nil)
        _ = try await store.put(place.automation)
        #expect(try await store.session(sessions[0], of: id) != nil)
    }

    @Test(arguments: StoreKind.allCases) func tokensAreKnownByTheirNames(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        for (name, scope) in [("b", TokenScope.admin), ("a", .read)] {
            let entry = TokenEntry(name: name, hash: "hash of " + name, scope: scope, createdAt: 7)
            #expect(try await store.add(entry))
        }
        #expect(try await !store.add(TokenEntry(name: "a", hash: "h", scope: .run, createdAt: 8)))
        let tokens = try await store.tokens()
        #expect(tokens.map(\.name) == ["b", "a"] && tokens.map(\.scope) == [.admin, .read])
        #expect(tokens[1].hash == "hash of a" && tokens[1].createdAt == 7)
        #expect(try await store.revoke("b"))
        #expect(try await !store.revoke("b"))
        #expect(try await store.tokens().map(\.name) == ["a"])
    }
}
