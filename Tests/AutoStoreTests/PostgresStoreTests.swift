import AutoRuntime
import AutoStore
import Foundation
import PostgreSQL
import Testing
import Values

/// What a store on PostgreSQL does where a database is not as it should be, or is shared by many.
@Suite(.timeLimit(.minutes(1)), .enabled(if: PostgresServer.programs != nil))
struct PostgresStoreTests {
    private let database = TestDatabase()
    private let place = Place()

    private func open(as owner: String = Owner.own) async throws -> PostgresStore {
        try await PostgresStore(try database.address(), owner: owner, time: .ofClock, clock: place.clock)
    }

    private func connection() throws -> Connection {
        _ = try database.address()
        return try Connection(try PostgresServer.shared().address(of: database.name), prepares: false)
    }

    /// What opening an address says that cannot be used.
    private func refusal(_ address: String, forReading: Bool = false) async throws -> StoreError {
        let address = try #require(PostgresAddress(address))
        let error = await #expect(throws: StoreError.self) {
            try await PostgresStore(address, forReading: forReading, clock: place.clock)
        }
        return try #require(error)
    }

    // Who holds what.

    @Test func sessionsAreSharedOutOnce() async throws {
        let store = try await open()
        let count: UInt16 = 40
        for number in 0..<count {
            try await store.begin(
                place.header(Place.sessionID(number)), of: place.automation, held: false)
        }
        let stores = [store, try await open(as: "a/1/1"), try await open(as: "b/1/1")]
        let files = [place.automation.id] as Set<ID>
        let taken = try await withThrowingTaskGroup(of: [ID].self) { group in
            for store in stores {
                group.addTask {
                    var own: [ID] = []
                    while true {
                        let due = try await store.next(3, except: [], files: files).taken
                        if due.isEmpty { return own }
                        own += due
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        // What one was just taking another has passed over.
        let rest = try await store.next(Int(count), except: [], files: files).taken
        #expect((taken + rest).count == Int(count) && Set(taken + rest).count == Int(count))
    }

    @Test func onlySomeAutomationsAreTaken() async throws {
        let store = try await open()
        try await store.begin(place.header, of: place.automation, held: false)
        let files = [place.automation.id] as Set<ID>
        #expect(try await store.next(9, except: [], files: files, only: ["Other"]) == DueSessions())
        #expect(
            try await store.next(9, except: [], files: files, only: ["Store", "Other"]).taken == [
                place.session
            ])
    }

    // Connections that break.

    @Test func nothingIsLostOrWrittenTwiceWhereConnectionsBreak() async throws {
        let store = try await open()
        try await store.begin(place.header, of: place.automation, held: true)
        let killer = try connection()
        let count = 120
        var receipts: [Receipt?] = []
        for number in 0..<count {
            let event = TraceEvent(
                at: Int64(number), record: place.recordID(number), attempt: 1, .attempt(AttemptEnd(time: 1)))
            receipts.append(
                try store.submit([
                    place.record(number, .finished, .int(Int64(number))),
                    .trace(session: place.session, event),
                ]) {})
            if number % 10 == 0 {
                try killer.run(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """)
            }
            if number % 3 == 0 { try await receipts.last??.written() }
        }
        for receipt in receipts { try await receipt?.written() }
        let record = try #require(try await store.session(place.session, of: nil)).record
        #expect(record.steps.map(\.result) == (0..<count).map { .int(Int64($0)) })
        #expect(try await store.trace(of: place.session).map(\.at) == (0..<count).map(Int64.init))
    }

    /// What this process remembers of what it writes changes with the commit: one that fails is made again with all of it.
    @Test func aCommitThatFailsIsMadeAgainWhole() async throws {
        let silent = try await open(as: Bench.other)
        try await silent.begin(place.header, of: place.automation, held: true)
        try await silent.commit([.session(place.header(place.session, .running))])
        let store = try await open()
        place.clock.advance(seconds: 16)
        #expect(try await store.claim(place.session) == .taken)
        let database = try connection()
        func crashes() throws -> Int64? {
            try database.run("SELECT crashes FROM autorun.session").rows.first?.int("crashes")
        }
        #expect(try crashes() == 1)
        for statement in [
            "CREATE SEQUENCE public.tries",
            """
            CREATE FUNCTION public.fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('public.tries') = 1 THEN RAISE EXCEPTION 'once' USING ERRCODE = '40001'; END IF;
                RETURN NULL;
            END $$
            """,
            """
            CREATE CONSTRAINT TRIGGER fail_once AFTER UPDATE ON autorun.session DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION public.fail_once()
            """,
        ] { try database.run(statement) }
        try await store.commit([place.record(0, .finished, .int(1))])
        #expect(try crashes() == 0)
        #expect(
            try database.run("SELECT last_value FROM public.tries").rows.first?.int("last_value") ?? 0 > 1)
    }

    /// Of what waits to be written together one may be another process's by now, and another one may be refused by the
    /// database: the others are written all the same.
    @Test func whatIsRefusedKeepsNothingElseFromBeingWritten() async throws {
        let store = try await open()
        let other = try await open(as: Bench.other)
        let ids = (0..<60).map { Place.sessionID($0) }
        for id in ids { try await store.begin(place.header(id), of: place.automation, held: true) }
        let (lost, refused) = (40, 50)
        try await store.release(ids[lost])
        #expect(try await other.claim(ids[lost]) == .taken)
        let database = try connection()
        for statement in [
            """
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.error = 'refused' THEN RAISE EXCEPTION 'no' USING ERRCODE = '23514'; END IF;
                RETURN NEW;
            END $$
            """,
            """
            CREATE TRIGGER refuse BEFORE INSERT ON autorun.step FOR EACH ROW EXECUTE FUNCTION public.refuse()
            """,
            // Nothing is written until all of them wait, so that they are written together.
            "BEGIN", "LOCK TABLE autorun.step IN ACCESS EXCLUSIVE MODE",
        ] { try database.run(statement) }
        var receipts: [Receipt?] = []
        for (number, id) in ids.enumerated() {
            var record = place.stepRecord(0, number == refused ? .failed : .finished, .int(Int64(number)))
            if number == refused { record.error = "refused" }
            receipts.append(try store.submit([.step(session: id, ordinal: 0, record)]) {})
        }
        try database.run("COMMIT")
        for (number, receipt) in receipts.enumerated() {
            do throws(StoreError) {
                try await receipt?.written()
                #expect(number != lost && number != refused)
            } catch {
                #expect(number == lost || number == refused, "\(error.message)")
                if number == lost { #expect(error.message.contains("has taken the session")) }
            }
        }
        for (number, id) in ids.enumerated() {
            let steps = try #require(try await store.session(id, of: nil)).record.steps
            #expect(steps.count == (number == lost || number == refused ? 0 : 1), "\(number)")
        }
    }

    /// Behind pgbouncer a connection may become another's: by one name, all have to mean the same statement.
    @Test func aStatementHasOneNameOnAllConnections() async throws {
        _ = try database.address()
        let address = try PostgresServer.shared().address(of: database.name)
        let kept = "SELECT name, statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1%'"
        var names: [String: Set<String>] = [:]
        for order in [["SELECT $1::int", "SELECT $1::text"], ["SELECT $1::text", "SELECT $1::int"]] {
            let connection = try Connection(address)
            for statement in order { try connection.run(statement, [.text("1")]) }
            for row in try connection.run(kept).rows {
                names[row.text("statement"), default: []].insert(row.text("name"))
            }
        }
        #expect(names.count == 2 && names.values.allSatisfy { $0.count == 1 })
        #expect(Set(names.values).count == 2)
    }

    /// As where a newer version has brought the tables up to date while this one works.
    @Test func tablesThatGetAColumnAreGoneOnWith() async throws {
        let store = try await open()
        try await store.begin(place.header, of: place.automation, held: true)
        #expect(try await store.session(place.session, of: nil) != nil)
        for table in ["session", "step", "trace", "version", "automation"] {
            try connection().script(
                "ALTER TABLE autorun.\(table) ADD COLUMN tomorrow text NOT NULL DEFAULT ''")
        }
        #expect(try await store.session(place.session, of: nil) != nil)
        try await store.commit([place.record(0, .finished, .int(1))])
        #expect(try await store.session(place.session, of: nil)?.record.steps.count == 1)
    }

    /// The name of a process stands in a script, and machines are named by people.
    @Test func theNameOfAProcessMayHoldAQuote() async throws {
        let store = try await PostgresStore(
            try database.address(), owner: "O'Hara's/1/1", time: .ofClock, clock: place.clock)
        try await store.begin(place.header, of: place.automation, held: true)
        try await store.commit([place.record(0, .finished, .int(1))])
        #expect(try await store.session(place.session, of: nil)?.record.steps.count == 1)
    }

    // What cannot be used.

    @Test func whatCannotBeReachedIsSaidWithoutAnyPassword() async throws {
        let server = try PostgresServer.shared()
        let words = [
            ("postgres://u:secret1@/x?host=/nowhere", "check that PostgreSQL runs there"),
            ("postgres://u:secret1@/x?host=/nowhere&password=secret2&none=1", "cannot be read as an address"),
            ("postgres://u:secret1@h:port:5/x%zz", "cannot be read as an address"),
            // Passwords in which letters stand that divide addresses.
            ("postgres://u:secret1/secret2@h/x", "cannot be read as an address"),
            ("postgres://u:1/secret2@h/x", "cannot be read as an address"),
            ("postgres://u:secret1?secret2@h/x", "cannot be read as an address"),
            ("postgres://u:secret1@secret2:secret3@h/x", "cannot be read as an address"),
            ("postgres://u:secret1@h:port/x", "cannot be read as an address"),
            (server.address(of: "x") + "&sslmode=sometimes", "correct it"),
            ("postgres:///x?service=missing", "there is no such service"),
            (server.address(of: "missing"), "there is no such database"),
            ("postgres://nobody:secret1@/postgres?host=\(server.folder)", "there is no such user"),
        ]
        for (address, expected) in words {
            let error = try await refusal(address)
            #expect(error.message.contains(expected), "\(error.message)")
            #expect(!error.message.contains("secret"), "\(error.message)")
            #expect(!error.message.contains { $0.isNewline || $0 == "\t" }, "\(error.message)")
            #expect(!error.publicMessage.contains("host") && !error.publicMessage.contains("socket"))
        }
    }

    @Test func aDatabaseThatIsNotOursIsLeftAlone() async throws {
        let server = try PostgresServer.shared()
        let own = try connection()
        let address = server.address(of: database.name)
        #expect(try await refusal(address, forReading: true).message.contains("does not exist yet"))
        try own.script("CREATE SCHEMA autorun; CREATE TABLE autorun.thing (id integer)")
        #expect(try await refusal(address).message.contains("is no store of autorun"))
        try own.script("DROP SCHEMA autorun CASCADE")
        _ = try await open()
        try own.script("INSERT INTO autorun.migration (number, needs) VALUES (99, 1)")
        // A newer one that this program can be used beside.
        _ = try await open()
        try own.script("UPDATE autorun.migration SET needs = 99 WHERE number = 99")
        #expect(try await refusal(address).message.contains("was written by a newer autorun"))
    }

    @Test func whoMayNotWriteIsTold() async throws {
        let server = try PostgresServer.shared()
        let own = try connection()
        let readOnly = server.address(of: database.name) + "&options=-cdefault_transaction_read_only%3Don"
        #expect(try await refusal(readOnly).message.contains("cannot be written to"))
        let role = "role_\(database.name)"
        try own.script("CREATE ROLE \(role) LOGIN")
        let address = "postgres://\(role)@/\(database.name)?host=\(server.folder)"
        #expect(try await refusal(address).message.contains("GRANT CREATE ON DATABASE"))
    }

    @Test func whatTheDatabaseRefusesLaterIsToldOnce() async throws {
        let store = try await open()
        try await store.begin(place.header, of: place.automation, held: true)
        try connection().script("DROP SCHEMA autorun CASCADE")
        let reading = await #expect(throws: StoreError.self) { try await store.cached("k") }
        #expect(reading?.message.contains("autorun store migrate") == true)
        let writing = await #expect(throws: StoreError.self) {
            try await store.commit([place.record(0, .finished, .int(1))])
        }
        #expect(writing?.message.contains("autorun store migrate") == true)
    }

    @Test func manyMakeTheStoreAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { try await open().cache(.int(Int64(number)), for: "\(number)") }
            }
            try await group.waitForAll()
        }
        let store = try await open()
        for number in 0..<8 { #expect(try await store.cached("\(number)") == .int(Int64(number))) }
    }

    // Copies.

    @Test func aStoreIsCopiedToAFileAndBack() async throws {
        let store = try await open()
        try await store.begin(place.header, of: place.automation, held: true)
        try await store.commit([
            .session(place.header(place.session, .running)), place.record(0, .finished, .bytes([0, 255])),
            .trace(
                session: place.session, TraceEvent(at: 5, record: nil, attempt: nil, .session(.resumed))),
        ])
        try await store.add(TokenEntry(name: "ci", hash: "h", scope: .run, createdAt: 7))
        try await store.cache(.double(.nan), for: "k")
        let copy = StoreCopy(from: store, to: store)
        let running = await #expect(throws: StoreError.self) { try await copy.refuseWhatRuns() }
        #expect(running?.message.contains("runs: stop the servers") == true)
        let occupied = await #expect(throws: StoreError.self) { try await copy.run() }
        #expect(occupied?.message.contains("name an empty one") == true)
        // What is half filled is not filled up.
        for table in ["step", "cache"] {
            let part = TestDatabase()
            let half = try await PostgresStore(try part.address(), time: .ofClock, clock: place.clock)
            try Connection(try part.address().text, prepares: false).script(
                table == "cache"
                    ? "INSERT INTO autorun.cache VALUES ('k', '1')"
                    : """
                    INSERT INTO autorun.step (session_id, ordinal, id, step_index, status, created_at, updated_at)
                    SELECT id, 0, id, 0, 'NEW', 1, 1 FROM (SELECT gen_random_uuid()) AS new(id)
                    """)
            let refused = await #expect(throws: StoreError.self) {
                try await StoreCopy(from: store, to: half).run()
            }
            #expect(refused?.message.contains("name an empty one") == true, "\(table)")
        }
        let file = try await place.open()
        defer { place.clean() }
        #expect(try await StoreCopy(from: store, to: file).run() == 1)
        let back = try await PostgresStore(
            try TestDatabase().address(), time: .ofClock, clock: place.clock)
        #expect(try await StoreCopy(from: file, to: back).run() == 1)
        for one in [file as any Store, back] {
            let found = try #require(try await one.session(place.session, of: nil))
            #expect(found.automation.text == place.automation.text)
            #expect(found.record.steps.map(\.result) == [.bytes([0, 255])])
            #expect(try await one.trace(of: place.session).map(\.at) == [5])
            #expect(try await one.tokens().map(\.hash) == ["h"])
            #expect(exactly(try await one.cached("k")) == exactly(.double(.nan)))
            #expect(try await one.automation(place.automation.id) != nil)
            #expect(try await one.examine().problems.isEmpty)
        }
    }

    @Test func anAddressIsShownWithoutItsPassword() throws {
        for (written, shown) in [
            ("postgres://u:p@h:5432/d?sslmode=require&password=x", "postgres://u@h:5432/d?sslmode=require"),
            ("postgresql:///d?host=/run", "postgresql:///d?host=/run"), ("postgres://h/d", "postgres://h/d"),
            ("postgres://u:a@b@h/d?sslpassword=x", "postgres://u@h/d"),
            ("postgres://u:p@[::1]:5432/d", "postgres://u@[::1]:5432/d"),
            ("postgres://u:p%2F%40@h,g:1/d", "postgres://u@h,g:1/d"),
            ("postgres://u:a/b@h/d", "postgres://u@h/d"), ("postgres://u:7/b@h/d", "postgres://u@h/d"),
            ("postgres://u:a?b@h/d", "postgres://u@h/d"), ("postgres://u:7?b@h/d", "postgres://u@h/d"),
            ("postgres://u:a@b/c@h/d", "postgres://u@h/d"),
        ] {
            #expect(try #require(PostgresAddress(written)).shown == shown)
        }
        #expect(PostgresAddress("store.sqlite") == nil)
    }
}
