import AutoRuntime
import PostgreSQL
import Testing
import Values

@testable import AutoStore

/// Databases that older versions have made.
@Suite(.timeLimit(.minutes(1)), .enabled(if: PostgresServer.programs != nil))
struct PostgresMigrationTests {
    private let database = TestDatabase()
    private let place = Place()

    private func connection() throws -> Connection {
        _ = try database.address()
        return try Connection(try PostgresServer.shared().address(of: database.name), prepares: false)
    }

    /// Makes the tables as they were with so many migrations.
    private func make(_ number: Int) throws {
        let connection = try connection()
        try connection.script(
            """
            CREATE SCHEMA autorun;
            CREATE TABLE autorun.migration (
                number integer PRIMARY KEY, needs integer NOT NULL, made_at timestamptz NOT NULL DEFAULT now());
            """)
        for (index, migration) in PostgresSchema.migrations.prefix(number).enumerated() {
            try connection.script(migration.statements)
            try connection.script(
                "INSERT INTO autorun.migration (number, needs) VALUES (\(index + 1), \(migration.needs))")
        }
    }

    @Test(arguments: 1..<PostgresSchema.migrations.count) func theTablesOfBeforeAreBroughtUpToDate(
        number: Int
    )
        async throws
    {
        try make(number)
        let address = try database.address()
        let missing = PostgresSchema.migrations.count - number
        #expect(try await PostgresStore.migrate(address) == missing)
        #expect(try await PostgresStore.migrate(address) == 0)
        let store = try await PostgresStore(address, time: .ofClock, clock: place.clock)
        try await store.begin(place.header, of: place.automation, held: true)
        try await store.commit([
            .session(place.header(place.session, .finished)), place.record(0, .finished, .int(1)),
        ])
        #expect(try await store.session(place.session, of: nil)?.record.steps.count == 1)
        #expect(try await store.examine().problems.isEmpty)
    }

    /// Whoever has the tables open goes on with them while they are brought up to date.
    @Test func anOlderServerGoesOnMeanwhile() async throws {
        let address = try database.address()
        let store = try await PostgresStore(address, time: .ofClock, clock: place.clock)
        try await store.begin(place.header, of: place.automation, held: true)
        try connection().script(
            """
            ALTER TABLE autorun.session DROP COLUMN batch_id;
            DELETE FROM autorun.migration WHERE number = \(PostgresSchema.migrations.count)
            """)
        let holding = try connection()
        try holding.script("BEGIN; UPDATE autorun.session SET changes = changes + 1")
        // Transactions under way come first; those that begin meanwhile wait until the tables are of now.
        async let migrations = PostgresStore.migrate(address)
        let waits = "SELECT count(*) AS count FROM pg_locks WHERE NOT granted AND locktype = 'relation'"
        while try holding.run(waits).rows[0].int("count") == 0 { await Task.yield() }
        try holding.script("UPDATE autorun.session SET changes = changes + 1; COMMIT")
        #expect(try await migrations == 1)
        try await store.commit([place.record(0, .finished, .int(1))])
        #expect(try await store.session(place.session, of: nil)?.record.steps.count == 1)
    }

    // Pruning.

    /// More sessions than are deleted at once, and some between them that stay.
    @Test func manyAreDeletedInParts() async throws {
        let address = try database.address()
        let store = try await PostgresStore(address, time: .ofClock, clock: place.clock)
        try await store.begin(place.header, of: place.automation, held: false)
        try connection().script(
            """
            INSERT INTO autorun.session (id, automation_id, version_key, inputs, status, created_at, updated_at)
            SELECT ('018bcfe5-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, automation_id, version_key, inputs,
                CASE WHEN i % 3 = 0 THEN 'RUNNING' ELSE 'FINISHED' END, 10, 10
            FROM autorun.session, generate_series(1, 4500) AS i;
            INSERT INTO autorun.step (session_id, ordinal, id, step_index, status, created_at, updated_at)
            SELECT id, 0, id, 0, 'FINISHED', 10, 10 FROM autorun.session;
            """)
        #expect(try await store.prune(before: 11) == 3000)
        let counts = try await store.counts()
        #expect(counts.byStatus[.finished] == nil && counts.byStatus[.running] == 1500)
        let left = try connection().run("SELECT count(*) AS count FROM autorun.step").rows.first?.int("count")
        #expect(left == 1501)
        #expect(try await store.prune(before: 11) == 0)
        _ = try await store.shrink()
    }
}
