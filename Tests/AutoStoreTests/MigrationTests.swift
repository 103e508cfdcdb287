import AutoRuntime
import AutoSyntax
import Foundation
import GRDB
import Testing
import Values

@testable import AutoStore

/// Stores that older versions have made. `Fixtures/schemaN.sql` is one as version N of the tables had it.
@Suite(.timeLimit(.minutes(1))) struct MigrationTests {
    private let waiting = "018bcfe5-6800-7000-8000-000000000001"
    private let ended = "018bcfe5-6800-7000-8000-000000000002"
    /// The store before the newest migration is among them, so that each migration is tried.
    private static let versions = 1..<migrator.migrations.count

    /// Whoever adds a migration records a store as it was before.
    @Test func theStoreBeforeEachMigrationIsKept() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(names) == Set(Self.versions.map { "schema\($0).sql" }))
        let newest = try #require(Self.versions.last)
        let text = try String(
            contentsOf: folder.appendingPathComponent("schema\(newest).sql"), encoding: .utf8)
        for name in migrator.migrations.dropLast() { #expect(text.contains("VALUES('\(name)')")) }
    }

    /// The store of a version, in its file.
    private func made(_ place: Place, _ version: Int) throws {
        let folder = URL(fileURLWithPath: place.path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/schema\(version).sql")
        let text = try String(contentsOf: script, encoding: .utf8)
        let database = try DatabaseQueue(path: place.path)
        try database.inDatabase { database in
            try database.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA journal_mode = WAL")
            try database.execute(sql: text)
        }
        try database.close()
    }

    @Test(arguments: versions) func whatWasRecordedIsRead(_ version: Int) async throws {
        let place = Place()
        defer { place.clean() }
        try made(place, version)
        let store = try await place.open()
        let found = try #require(try await store.session(writtenAs: waiting))
        #expect(found.automation.name == "Refund" && found.automation.path == "/x/refund.auto")
        #expect(found.record.stepInfos.map(\.name) == ["begin", "size", "ask"])
        // Plain JSON stays what it was, also where it looks like what is kept today.
        let inputs = Value.record([
            ("doc", .string("aGVsbG8=")), ("n", .int(7)), ("x", .double(2)),
            ("schema", .record([("$ref", .string("a"))])),
        ])
        #expect(exactly(found.record.header.inputs) == exactly(inputs))
        #expect(found.record.steps.map(\.status) == [.finished, .finished, .running])
        #expect(exactly(found.record.steps[0].result) == exactly(.string("")))
        let prompt = Value.record([
            ("type", .string("DATA_TRANSFORM")), ("value", .record([("$ref", .string("a"))])),
        ])
        #expect(exactly(found.record.steps[1].prompt) == exactly(prompt))
        let duration = try #require(Duration(text: "1.5s"))
        // From the ninth on, sessions say who has called them.
        var query = SessionQuery(limit: 9)
        query.caller = found.record.header.id
        let called = try await store.outlines(query, withInputs: false)
        #expect(called.map(\.id.text) == (version >= 9 ? [ended] : []))
        let result = Value.record([("n", .uint(7)), ("t", .duration(duration)), ("b", .bytes([0, 255]))])
        #expect(exactly(found.record.steps[1].result) == exactly(result))
        #expect(found.record.steps[2].result == nil)
        let other = try #require(try await store.session(writtenAs: ended)).record
        #expect(exactly(other.steps[0].result) == exactly(.string("5")))
        #expect(other.steps[1].error == "no" && other.steps[1].result == nil)
        #expect(exactly(try await store.cached("k")) == exactly(.uint(7)))
        #expect(try await store.cached("broken") == nil)
        #expect(try await store.tokens().map(\.name) == (version >= 3 ? ["page"] : []))
        let report = try await store.examine()
        #expect(report.problems.isEmpty && report.sessions == 2 && report.steps == 5)
    }

    @Test(arguments: versions) func aSessionGoesOn(_ version: Int) async throws {
        let place = Place()
        defer { place.clean() }
        try made(place, version)
        let store = try await place.open()
        let found = try #require(try await store.session(writtenAs: waiting)).record
        let id = found.header.id
        let answered = try await store.answer(
            id, step: found.steps[2].id, with: .bytes([1]), key: nil, now: 20)
        #expect(answered == .recorded)
        let due = try await store.next(9, except: [], files: [found.header.automationID])
        #expect(due.taken == [id])
        let new = StepRecord(
            id: ID(name: "new"), stepIndex: 1, status: .finished, prompt: .record([("a", .uint(1))]),
            result: .uint(2), error: nil, errorKind: nil, createdAt: 21, updatedAt: 21)
        var header = found.header
        header.status = .finished
        // Versions before the eighth kept no trace: what happens from now on begins one.
        let told = try await store.trace(of: id)
        let earlier = TraceEvent(
            at: 12, record: found.steps[1].id, attempt: 1, .attempt(AttemptEnd(time: 5_000_000)))
        #expect(told == (version >= 8 ? [earlier] : []))
        let event = TraceEvent(at: 21, record: new.id, attempt: 1, .attempt(AttemptEnd(time: 5)))
        try await store.commit([
            .step(session: id, ordinal: 3, new), .trace(session: id, event), .session(header),
        ])
        #expect(try await store.trace(of: id) == told + [event])
        let after = try #require(try await store.session(id, of: found.header.automationID)).record
        #expect(after.header.status == .finished)
        #expect(
            after.steps.suffix(2).map { exactly($0.result) } == [exactly(.bytes([1])), exactly(.uint(2))])
        #expect(try await store.claim(id) == .ended)
        #expect(try await store.prune(before: .max) == 2)
    }

    @Test(arguments: versions) func aStoreThatIsLookedAtIsReadAsWell(_ version: Int) async throws {
        let place = Place()
        defer { place.clean() }
        try made(place, version)
        let store = try await SQLiteStore(reading: place.path, clock: place.clock)
        let all = try await store.outlines(SessionQuery(limit: 9), withInputs: false)
        #expect(all.map(\.id.text) == [ended, waiting] && all.map(\.stepsCount) == [2, 3])
    }

    @Test func aNewerStoreIsLeftAlone() async throws {
        let place = Place()
        defer { place.clean() }
        try made(place, 4)
        let database = try DatabaseQueue(path: place.path)
        try database.inDatabase {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 of tomorrow')")
        }
        try database.close()
        let error = await #expect(throws: StoreError.self) { try await place.open() }
        #expect(error?.message.contains("was written by a newer autorun") == true)
    }
}
