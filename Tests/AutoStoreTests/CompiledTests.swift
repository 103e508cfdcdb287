import AutoChecker
import AutoRuntime
import AutoStore
import Testing
import Values

/// What the checker made of a version is kept with it, and never changes while sessions go on by it.
@Suite struct CompiledTests {
    private func version(_ place: Place, _ compiled: [UInt8]) -> StoredAutomation {
        StoredAutomation(
            id: place.automation.id, name: "Store", path: "/x.auto", text: "text",
            stepInfos: place.automation.stepInfos, compiled: compiled)
    }

    @Test(.timeLimit(.minutes(1)))
    func sessionsKeepWhatTheyBeganWith() async throws {
        let place = Place()
        defer { place.clean() }
        let first = version(place, [1, 2, 255])
        // A newer checker makes something else of the same text.
        let second = version(place, [3])
        #expect(first.versionID != second.versionID)
        let later = SessionHeader(
            id: ID(name: "later"), automationID: place.automation.id, inputs: .record([]), status: .new,
            error: nil, createdAt: 20, updatedAt: 20)
        try await place.open().begin(place.header, of: first, held: false)
        try await place.open().begin(later, of: second, held: false)
        let store = try await place.open()
        for (header, automation) in [(place.header, first), (later, second)] {
            let found = try #require(try await store.session(header.id, of: nil)).automation
            #expect(found.compiled == automation.compiled && found.versionID == automation.versionID)
        }
        #expect(try await store.automation(place.automation.id)?.automation.versionID == second.versionID)
    }

    /// A version of which an earlier version of this program kept only the text.
    @Test(.timeLimit(.minutes(1)))
    func whatWasMadeOfATextAloneIsKeptOnce() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await place.open()
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
