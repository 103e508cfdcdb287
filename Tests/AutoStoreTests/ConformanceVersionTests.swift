import AutoChecker
import AutoRuntime
import AutoStore
import Testing
import Values

/// What the checker made of a version is kept with it, and never changes while sessions go on by it.
@Suite(.timeLimit(.minutes(1))) struct ConformanceVersionTests {
    private func version(_ place: Place, _ compiled: [UInt8]) -> StoredAutomation {
        StoredAutomation(
            id: place.automation.id, name: "Store", path: "/x.auto", text: "text",
            stepInfos: place.automation.stepInfos, compiled: compiled)
    }

    @Test(arguments: StoreKind.allCases) func sessionsKeepWhatTheyBeganWith(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let first = version(place, [1, 2, 255])
        // A newer checker makes something else of the same text.
        let second = version(place, [3])
        #expect(first.versionID != second.versionID)
        let later = SessionHeader(
            id: ID(name: "later"), automationID: place.automation.id, inputs: .record([]), status: .new,
            error: nil, createdAt: 20, updatedAt: 20)
        try await bench.open().begin(place.header, of: first, held: false)
        try await bench.open().begin(later, of: second, held: false)
        let store = try await bench.open()
        for (header, automation) in [(place.header, first), (later, second)] {
            let found = try #require(try await store.session(header.id, of: nil)).automation
            #expect(found.compiled == automation.compiled && found.versionID == automation.versionID)
        }
        #expect(try await store.automation(place.automation.id)?.automation.versionID == second.versionID)
    }

    /// What runs for a caller is what that was checked with, which may be older than the automation is now.
    @Test(arguments: StoreKind.allCases) func aCallChangesNoVersionOfWhatIsCalled(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let (first, second) = (version(bench.place, [1]), version(bench.place, [2]))
        let store = try await bench.open()
        _ = try await store.put(second)
        try await store.begin(bench.place.header, of: second, held: false)
        let called = SessionHeader(
            id: ID(name: "called"), automationID: first.id, inputs: .record([]), status: .new, error: nil,
            createdAt: 20, updatedAt: 20, caller: bench.place.session)
        try await store.begin(called, of: first, held: false)
        #expect(try await store.session(called.id, of: nil)?.automation.versionID == first.versionID)
        #expect(try await store.automation(first.id)?.automation.versionID == second.versionID)
    }

    /// A version of which an earlier version of this program kept only the text.
    @Test(arguments: StoreKind.allCases) func whatWasMadeOfATextAloneIsKeptOnce(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        try await store.begin(place.header, of: place.automation, held: false)
        let old = try #require(try await store.session(place.session, of: nil)).automation
        #expect(old.compiled.isEmpty && old.versionID == place.automation.versionID)
        #expect(try old.checked().map(\.name) == nil)
        try await store.keep([7], of: old.versionID)
        try await store.keep([8], of: old.versionID)
        let kept = try #require(try await store.session(place.session, of: nil)).automation
        #expect(kept.compiled == [7] && kept.versionID == old.versionID)
        #expect(throws: UnreadableAutomation("is damaged (it does not begin as one)")) { try kept.checked() }
    }
}
