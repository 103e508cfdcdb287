import AutoRuntime
import Foundation
import PostgreSQL
import Testing
import Values

@testable import AutoStore

/// How PostgreSQL finds the sessions that somebody is to run.
@Suite(.timeLimit(.minutes(1)), .enabled(if: PostgresServer.programs != nil))
struct PostgresPlanTests {
    private let database = TestDatabase()
    private let place = Place()

    /// A look for work reads as little among thousands of sessions that wait as among none, whatever they wait for:
    /// servers look twice a second.
    @Test func whatWaitsIsNotGoneThrough() async throws {
        let address = try database.address()
        let store = try await PostgresStore(address, clock: place.clock)
        try await store.begin(place.header, of: place.automation, held: true)
        let (full, other) = (ID(name: "full"), ID(name: "other"))
        let connection = try Connection(address.text, prepares: false)
        // Some wait for a person, the others until their batch has room: two run of it.
        try connection.script(
            """
            INSERT INTO autorun.batch (id, automation_id, at_once, count, created_at)
            SELECT id, '\(place.automation.id.text)', 2, 4000, 10
            FROM unnest('{\(full.text),\(other.text)}'::uuid[]) AS new(id);
            INSERT INTO autorun.session (id, automation_id, version_key, inputs, status, created_at, updated_at, waits,
                wake_at, batch_id, lease_owner)
            SELECT ('018bcfe5-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, automation_id, version_key, inputs,
                'RUNNING', 10, 10, i % 2 = 0, CASE WHEN i % 2 = 0 THEN 9999999999 END,
                CASE WHEN i % 2 = 0 THEN NULL WHEN i < 15900 THEN '\(full.text)'::uuid ELSE '\(other.text)' END,
                CASE WHEN i IN (1, 3) THEN 'own' END
            FROM autorun.session, generate_series(1, 16000) AS i
            """)
        try connection.script("VACUUM ANALYZE autorun.session")
        func plan(_ statement: String, _ arguments: [Argument]) throws -> [String] {
            try connection.run("EXPLAIN (ANALYZE) " + statement, arguments).rows.map { $0.text("QUERY PLAN") }
        }
        let which: [Argument] = [
            .texts([place.automation.id.text]), .null, .texts([] as [String]), .number(64),
        ]
        for plan in [
            try plan(PostgresSQL.look(now: store.now), [.text("own"), .text("here/")]),
            try plan(PostgresSQL.wakeDue(now: store.now), Array(which.prefix(2))),
            try plan(PostgresSQL.due(PostgresSQL.isAlone), which),
            try plan(PostgresSQL.due(PostgresSQL.isToBeCancelled), which),
            try plan(PostgresSQL.dueOfBatches, which + [.texts([other.text]), .numbers([2 as Int64])]),
        ] {
            #expect(!plan.contains { $0.contains("Seq Scan on session") }, "\(plan)")
            // What an index gave and was passed over, as of the batch that is full.
            let passed = plan.compactMap { line in
                line.split(separator: "Rows Removed by Filter: ").dropFirst().first.flatMap { Int($0) }
            }
            #expect(passed.allSatisfy { $0 < 10 }, "\(plan)")
        }
        let due = try await store.next(9, except: [], files: [place.automation.id])
        #expect(due.taken.count == 2 && due.othersWait)
        #expect(try await store.next(9, except: [], files: [place.automation.id]).othersWait)
    }

    /// A server that begins with an empty store must not go through all sessions for each change when there are many.
    @Test func whatWasPlannedForFewRowsIsPlannedAnewForMany() async throws {
        let address = try database.address()
        let store = try await PostgresStore(address, clock: place.clock)
        try await store.begin(place.header, of: place.automation, held: true)
        let connection = try Connection(address.text)
        // The server itself would look at the table at some time, and plan anew.
        try connection.script("ALTER TABLE autorun.session SET (autovacuum_enabled = false)")
        let unknown = (0..<16).map { Place.sessionID(UInt16(1_000 + $0)).text }
        let arguments: [Argument] = [
            .text("own"), .texts(unknown), .numbers(unknown.map { _ in 1 as Int64? }),
            .texts(unknown.map { _ in "RUNNING" }), .texts(unknown.map { _ in nil as String? }),
            .numbers(unknown.map { _ in 1 as Int64 }),
        ]
        for _ in 0..<16 { try connection.run(PostgresSQL.updateSessions, arguments) }
        try connection.script(
            """
            INSERT INTO autorun.session (id, automation_id, version_key, inputs, status, created_at, updated_at)
            SELECT ('018bcfe5-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, automation_id, version_key, inputs,
                'RUNNING', 10, 10
            FROM autorun.session, generate_series(1, 8000) AS i
            """)
        for _ in 0..<1_024 { try connection.run(PostgresSQL.updateSessions, arguments) }
        let name = try connection.run(
            "SELECT name FROM pg_prepared_statements WHERE statement LIKE 'UPDATE autorun.session%'"
        ).rows.first?.text("name")
        let list = "'{\(unknown.joined(separator: ","))}'"
        let plan = try connection.run(
            """
            EXPLAIN EXECUTE \(try #require(name))('own', \(list), '{1}', '{RUNNING}', '{NULL}', '{1}')
            """
        ).rows.map { $0.text("QUERY PLAN") }
        #expect(!plan.contains { $0.contains("Seq Scan on session") }, "\(plan)")
    }

    /// A server beside this one that holds sessions makes each look of this one no dearer, as long as it is there.
    @Test func aBusyNeighbourMakesNothingDue() async throws {
        let address = try database.address()
        func open(_ owner: String) async throws -> PostgresStore {
            try await PostgresStore(address, owner: owner, time: .ofClock, clock: place.clock)
        }
        let store = try await open(Owner.own)
        let neighbour = try await open(place.neighbour)
        try await neighbour.begin(place.header, of: place.automation, held: true)
        #expect(try await !store.look().isDue)
        #expect(try await store.next(9, except: [], files: [place.automation.id]).taken.isEmpty)
        // One that is gone is seen at once.
        let dead = try await open(place.deadOwner(1))
        try await dead.begin(place.header(Place.sessionID(2)), of: place.automation, held: true)
        #expect(try await store.look().isDue)
        #expect(
            try await store.next(9, except: [], files: [place.automation.id]).taken == [Place.sessionID(2)])
        // And one that is there and has said nothing for longer than a lease lasts.
        place.clock.advance(seconds: 16)
        #expect(try await store.look().isDue)
        #expect(try await store.next(9, except: [], files: [place.automation.id]).taken == [place.session])
    }

    /// Copies of a machine have its name, and containers beside one another count their processes apart: what is not
    /// running here may run there.
    @Test func aProcessOfAnotherMachineOfThisNameIsNotGone() throws {
        let own = Owner.own.split(separator: "/", omittingEmptySubsequences: false)
        let name = try #require(own.first?.split(separator: ":").first)
        #expect(Owner.isGone("\(own[0])/2147483646/1"))
        #expect(!Owner.isGone("\(name)/2147483646/1"))
        #expect(!Owner.isGone("\(name):0123abcd:4026531836/2147483646/1"))
    }
}
