import AutoRuntime
import AutoStore
import Foundation
import Testing
import Values

/// What becomes of the space of sessions that have been deleted.
@Suite(.timeLimit(.minutes(1))) struct ShrinkTests {
    /// A session of some hundred kilobytes that has ended.
    private func fill(_ store: SQLiteStore, _ place: Place) async throws {
        try await store.begin(place.header, of: place.automation, held: true)
        let text = Value.string(String(repeating: "x", count: 10_000))
        try await store.commit((0..<40).map { place.record($0, .finished, text) })
        try await store.commit([.session(place.header(place.session, .finished))])
    }

    @Test func theSystemHasTheSpaceBack() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await place.open()
        try await fill(store, place)
        #expect(try await store.shrink() == .tooLittle)
        let before = try await store.counts().bytes
        #expect(try await store.prune(before: .max) == 1)
        #expect(try await store.shrink() == .givenBack)
        #expect(try await store.counts().bytes < before - 300_000)
        // The store is as usable as before, by others as well.
        try await fill(store, place)
        let other = try await place.open(as: "another process")
        #expect(try await other.session(place.session, of: nil)?.record.steps.count == 40)
    }

    @Test func whoUsesTheStoreIsNotHeldUp() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await place.open()
        let server = try await place.open(as: "another process")
        try await fill(store, place)
        #expect(try await server.session(place.session, of: nil) != nil)
        #expect(try await store.prune(before: .max) == 1)
        #expect(try await store.shrink() == .othersUseIt)
        #expect(try await server.session(place.session, of: nil) == nil)
        try await fill(server, place)
        #expect(try await store.session(place.session, of: nil)?.record.steps.count == 40)
    }
}
