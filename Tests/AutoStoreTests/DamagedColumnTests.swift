import AutoRuntime
import AutoStore
import Foundation
import GRDB
import Testing
import Values

/// A store whose columns hold what was never written there: bytes where text stands, text where a number does.
@Suite(.timeLimit(.minutes(1))) struct DamagedColumnTests {
    /// What is put in place of what was written, as SQL.
    static let damages = ["x'FF00FE'", "'zzz'", "NULL", "9223372036854775807", "-9223372036854775807"]

    /// A store with a row in each table, closed.
    private func fill(_ place: Place) async throws {
        let store = try await place.open()
        try await store.begin(place.header, of: place.automation, held: true)
        let event = TraceEvent(at: 1, record: nil, attempt: 1, .attempt(AttemptEnd(time: 1)))
        try await store.commit([
            place.record(0, .running), .trace(session: place.session, event),
            place.record(0, .finished, .int(5)),
        ])
        let batch = SessionBatch(
            id: Place.sessionID(90), automationID: place.automation.id, atOnce: 1, count: 1, createdAt: 10)
        _ = try await store.begin(
            batch, [place.header(Place.sessionID(2))], of: place.automation,
            key: AnswerKey(key: "k", body: "b"))
        try await store.begin(place.header(Place.sessionID(3), .finished), of: place.automation, held: false)
        try await store.add(TokenEntry(name: "one", hash: "h", scope: .read, createdAt: 1))
        try await store.keep(
            KeptPage(status: 200, headers: [], body: [1], url: "http://x/", time: 1), for: "page")
        try await store.cache(.int(1), for: "cached")
        try await store.release(place.session)
    }

    private func connection(_ place: Place) throws -> DatabaseQueue {
        // The store that was closed may still be at work for a moment.
        var patient = Configuration()
        patient.busyMode = .timeout(30)
        patient.foreignKeysEnabled = false
        return try DatabaseQueue(path: place.path, configuration: patient)
    }

    /// Puts something else into a column, as a flipped bit in the file would.
    private func damage(_ place: Place, _ table: String, _ column: String, _ value: String) throws {
        let loosened = try connection(place)
        try loosened.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA writable_schema = ON")
            // A table that takes anything.
            try database.execute(
                sql: """
                    UPDATE sqlite_master SET sql = replace(replace(replace(replace(sql, 'STRICT, WITHOUT', 'WITHOUT'),
                        'STRICT', ''), 'NOT NULL', ''), ' TEXT', ' BLOB')
                    WHERE type = 'table' AND name = ?
                    """, arguments: [table])
        }
        try loosened.close()
        try connection(place).writeWithoutTransaction { database in
            try database.execute(sql: "UPDATE OR IGNORE \(table) SET \(column) = \(value)")
        }
    }

    /// All that reads rows; what cannot be read is told, and stops nothing.
    private func readAll(_ store: SQLiteStore, _ place: Place, _ empty: SQLiteStore) async -> [StoreError] {
        let (session, files) = (place.session, Set([place.automation.id]))
        let readings: [() async throws -> Void] = [
            { _ = try await store.session(session, of: nil) },
            { _ = try await store.sessions(SessionQuery(limit: 9)) },
            { _ = try await store.outlines(SessionQuery(limit: 9), withInputs: true) },
            { _ = try await store.trace(of: session) },
            { _ = try await store.automations(limit: 9, after: nil, files: files) },
            { _ = try await store.uses(files: files) },
            { _ = try await store.tokens() },
            { _ = try await store.batches(BatchQuery(limit: 9)) },
            { _ = try await store.keptPage("page") },
            { _ = try await store.cached("cached") },
            { _ = try await store.counts() },
            { _ = try await store.prunable(before: 99) },
            { _ = try await store.examine() },
            { _ = try await store.changes(of: [session]) },
            { _ = try await store.isFree(session) },
            { _ = try await StoreCopy(from: store, to: empty).run() },
            { _ = try await store.claim(session) },
            { _ = try await store.next(9, except: [], files: files) },
            { _ = try await store.cancel(session, now: 20) },
        ]
        var errors: [StoreError] = []
        for reading in readings {
            do { try await reading() } catch let error as StoreError { errors.append(error) } catch {
                Issue.record("not told in our words: \(error)")
            }
        }
        return errors
    }

    /// A copy of a store's file in a folder of its own.
    private func place(holding bytes: Data) throws -> Place {
        let place = Place()
        let file = URL(fileURLWithPath: place.path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: file)
        return place
    }

    /// The store's file with all that its log holds.
    private func bytes(_ place: Place) throws -> Data {
        let last = try connection(place)
        _ = try last.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try last.close()
        return try Data(contentsOf: URL(fileURLWithPath: place.path))
    }

    @Test(
        arguments: ["automation", "version", "session", "step", "trace", "token", "batch", "page", "holder"],
        damages)
    func whateverAColumnHoldsIsReadOrTold(table: String, damage: String) async throws {
        let (filled, unfilled) = (Place(), Place())
        defer {
            filled.clean()
            unfilled.clean()
        }
        try await fill(filled)
        do { _ = try await unfilled.open() }
        let (whole, empty) = (try bytes(filled), try bytes(unfilled))
        // A row's own number is the one thing that cannot hold anything else.
        let columns = try await connection(filled).read { database in
            try database.columns(in: table).filter { $0.type != "INTEGER" || $0.primaryKeyIndex == 0 }
        }
        #expect(!columns.isEmpty)
        for column in columns {
            let (damaged, target) = (try place(holding: whole), try place(holding: empty))
            defer {
                damaged.clean()
                target.clean()
            }
            try self.damage(damaged, table, column.name, damage)
            let store = try await damaged.open(as: damaged.deadOwner(1))
            for error in await readAll(store, damaged, try await target.open()) {
                #expect(
                    !error.message.contains("SELECT") && !error.message.contains("DamagedColumn"),
                    "\(column.name): \(error.message)")
            }
        }
    }

    /// Which record is damaged, and by what.
    @Test(arguments: [
        ("session", "updated_at", "'zzz'", "`updated_at` holds text where a whole number is expected"),
        (
            "session", "created_at", "-9223372036854775807",
            "`created_at` holds -9223372036854775807, which is no time in seconds since 1970"
        ),
        (
            "step", "updated_at", "253402300800",
            "`updated_at` holds 253402300800, which is no time in seconds since 1970"
        ),
        ("session", "status", "x'FF'", "`status` holds bytes where text is expected"),
        ("step", "step_index", "NULL", "`step_index` holds nothing where a whole number is expected"),
        ("step", "result", "'{'", "`result` cannot be read: "),
        ("version", "text", "7", "`text` holds a whole number where text is expected"),
    ])
    func theRecordIsNamed(table: String, column: String, damage: String, words: String) async throws {
        let place = Place()
        defer { place.clean() }
        try await fill(place)
        try self.damage(place, table, column, damage)
        let store = try await SQLiteStore(reading: place.path, clock: place.clock)
        let error = await #expect(throws: StoreError.self) {
            _ = try await store.session(place.session, of: nil)
        }
        let message = error?.message ?? ""
        #expect(message.hasPrefix("a record in the store \(place.path) is damaged (\(words)"), "\(message)")
        switch table {
        case "session": #expect(message.contains("its id is \(place.session.text)"), "\(message)")
        case "step": #expect(message.contains("its id is \(place.recordID(0).text)"), "\(message)")
        default: break
        }
        let report = try await store.examine()
        #expect(
            report.problems.contains { $0.hasPrefix("session \(place.session.text): ") }, "\(report.problems)"
        )
    }

    /// One damaged record keeps no other session from being run.
    @Test func whatIsDamagedHoldsUpNothing() async throws {
        let place = Place()
        defer { place.clean() }
        do {
            let store = try await place.open()
            for number: UInt16 in 1...3 {
                try await store.begin(
                    place.header(Place.sessionID(number)), of: place.automation, held: false)
            }
        }
        let damaged = try connection(place)
        try await damaged.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA writable_schema = ON")
            try database.execute(
                sql: "UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') WHERE name = 'session'")
        }
        try damaged.close()
        try await connection(place).writeWithoutTransaction { database in
            try database.execute(
                sql: "UPDATE session SET fence = 'zzz' WHERE id = ?", arguments: [Place.sessionID(1).text])
        }
        let store = try await place.open()
        let due = try await store.next(9, except: [], files: [place.automation.id])
        #expect(due.taken == [2, 3].map(Place.sessionID))
    }
}
