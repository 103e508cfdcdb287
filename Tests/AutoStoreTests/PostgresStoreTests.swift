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

    @Test func whoSleptThroughItsLeaseWritesNothingAfterwards() async throws {
        let silent = try await open(as: Bench.other)
        try await silent.begin(place.header, of: place.automation, held: true)
        try await silent.commit([.session(place.header(place.session, .running))])
        let store = try await open()
        place.clock.advance(seconds: 16)
        #expect(try await store.claim(place.session) == .taken)
        // Nobody holds it now; the number says that somebody has.
        #expect(try await store.park(place.session, until: nil))
        for change in [
            place.record(0, .finished, .int(1)), .session(place.header(place.session, .finished)),
        ] {
            let error = await #expect(throws: StoreError.self) { try await silent.commit([change]) }
            #expect(error?.message.contains("has taken the session") == true)
        }
        let record = try #require(try await store.session(place.session, of: nil)).record
        #expect(record.header.status == .running && record.steps.isEmpty)
    }

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

    // What cannot be used.

    @Test func whatCannotBeReachedIsSaidWithoutAnyPassword() async throws {
        let server = try PostgresServer.shared()
        let words = [
            ("postgres://u:secret1@/x?host=/nowhere", "check that PostgreSQL runs there"),
            ("postgres://u:secret1@/x?host=/nowhere&password=secret2&none=1", "cannot be read as an address"),
            ("postgres://u:secret1@h:port:5/x%zz", "cannot be read as an address"),
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
        ] {
            #expect(try #require(PostgresAddress(written)).shown == shown)
        }
        #expect(PostgresAddress("store.sqlite") == nil)
    }
}
