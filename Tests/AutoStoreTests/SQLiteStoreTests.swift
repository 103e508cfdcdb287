import AutoRuntime
import AutoStore
import AutoSyntax
import Foundation
import GRDB
import Testing
import Values

/// What only a store in a file has.
@Suite(.timeLimit(.minutes(1))) struct SQLiteStoreTests {
    @Test func anotherProcessFindsWhatWasCommitted() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await place.open()
        try await store.begin(place.header, of: place.automation, held: true)
        try await store.commit([place.record(0, .new), place.record(0, .finished, .int(5))])
        let other = try await SQLiteStore(reading: place.path, clock: place.clock)
        let found = try #require(try await other.session(place.session, of: nil))
        #expect(JSON.text(found.record.header.inputs) == #"{"z":1,"a":2.0}"#)
        #expect(found.record.steps.map(\.result) == [.int(5)])
        #expect(found.automation.text == "text" && found.automation.stepInfos[0].name == "begin")
    }

    /// A flipped bit in what a database says of its tables is told, and crashes nobody.
    @Test(
        arguments: [
            ("version", "text"), ("session", "updated_at"), ("session", "inputs"),
            ("automation", "created_at"),
            ("token", "hash"), ("step", "status"),
        ])
    func aColumnThatIsNotThere(table: String, column: String) async throws {
        let place = Place()
        defer { place.clean() }
        do {
            let store = try await place.open()
            try await store.begin(place.header, of: place.automation, held: true)
            try await store.commit([place.record(0, .finished, .int(5))])
        }
        // The store that was closed may still be at work for a moment.
        var patient = Configuration()
        patient.busyMode = .timeout(30)
        try await DatabaseQueue(path: place.path, configuration: patient).write { database in
            try database.execute(sql: "ALTER TABLE \(table) RENAME COLUMN \(column) TO other")
        }
        let store = try await SQLiteStore(reading: place.path, clock: place.clock)
        let words = await #expect(throws: StoreError.self) {
            _ = try await store.session(place.session, of: nil)
            _ = try await store.automations(limit: 9, after: nil, files: [place.automation.id])
            _ = try await store.tokens()
        }
        #expect(
            words?.message.contains("does not hold what was expected of it") == true,
            "\(String(describing: words))")
    }

    /// A folder whose place a file has is told in the system's words.
    @Test func aFileInThePlaceOfTheFolder() async throws {
        let place = Place()
        defer { place.clean() }
        _ = try await place.open()
        let words = await #expect(throws: StoreError.self) {
            _ = try await SQLiteStore(
                path: place.path + "/inner/a.sqlite", durability: .process, clock: place.clock)
        }
        #expect(words?.message.contains("Not a directory") == true, "\(String(describing: words))")
    }

    @Test func twoWritersAtOnce() async throws {
        let place = Place()
        defer { place.clean() }
        let first = try await place.open()
        try await first.begin(place.header, of: place.automation, held: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    let store = try await SQLiteStore(
                        path: place.path, durability: .process, clock: RealClock())
                    for index in 0..<100 {
                        try await store.commit([place.record(2 * index + writer, .finished, .int(1))])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await first.session(place.session, of: nil)?.record.steps.count == 200)
    }

    /// A disk that does not answer holds up whoever waits for it, and nobody else: not one of the threads
    /// that all tasks share.
    @Test func whoeverWaitsForTheDiskHoldsUpNobodyElse() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await place.open()
        try await store.begin(place.header, of: place.automation, held: true)
        // While another connection has the lock, nothing can be committed, and whoever reads behind a commit
        // waits with it.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let blocker = try DatabaseQueue(path: place.path, configuration: configuration)
        try blocker.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let several = 4 * ProcessInfo.processInfo.activeProcessorCount
        let (events, event) = AsyncStream.makeStream(of: String.self)
        await withTaskGroup(of: Void.self) { group in
            for ordinal in 0..<several {
                group.addTask {
                    let isWritten: Void? = try? await store.commit([place.record(ordinal, .finished, .int(1))]
                    )
                    event.yield(isWritten == nil ? "not written" : "written")
                }
                group.addTask {
                    let found = try? await store.session(place.session, of: nil)
                    event.yield(found == nil ? "not read" : "read")
                }
            }
            // All of these get a thread, although every one above waits.
            await withTaskGroup(of: Void.self) { others in
                for _ in 0..<several { others.addTask { await Task.yield() } }
            }
            event.yield("the others have gone on")
            try? blocker.inDatabase { try $0.execute(sql: "COMMIT") }
        }
        event.finish()
        var order: [String] = []
        for await one in events { order.append(one) }
        let written = order.firstIndex(of: "written")
        let others = try #require(order.firstIndex(of: "the others have gone on"))
        #expect(written.map { $0 > others } == true)
        #expect(order.count { $0 == "written" } == several && order.count { $0 == "read" } == several)
    }

    @Test func damageIsToldAndLeftAlone() async throws {
        let place = Place()
        defer { place.clean() }
        try await fill(place)
        let bytes = try damaged(place)
        let error = await #expect(throws: StoreError.self) { try await place.open() }
        #expect(error?.message.contains("is damaged") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("`autorun doctor` says what is wrong") == true)
        #expect(error?.publicMessage.contains(place.folder) == false)
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == bytes)
        // What `doctor` opens can be opened, and says so, too.
        let reading = try await SQLiteStore(reading: place.path, clock: place.clock)
        let report = try await reading.examine()
        #expect(!report.problems.isEmpty && report.mend.contains("make a copy first"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == bytes)
    }

    /// What has been looked through is not looked through at each start: only when somebody has written to the file
    /// since, and once a day, since a disk may spoil what nobody has written.
    @Test(.enabled(if: Place.keepsAttributes)) func aSoundStoreIsLookedThroughOnceADay() async throws {
        let place = Place()
        defer { place.clean() }
        try await fill(place)
        try writeOver(place, count: 0)
        _ = try await place.open()
        var before = stat()
        #expect(stat(place.path, &before) == 0)
        try writeOver(place, count: 40_960)
        await #expect(throws: StoreError.self) { try await place.open() }
        // As if nobody had written.
        let file = open(place.path, O_WRONLY)
        defer { close(file) }
        #expect(futimens(file, [before.st_atim, before.st_mtim]) == 0)
        _ = try await place.open()
        place.clock.advance(seconds: 86_401)
        await #expect(throws: StoreError.self) { try await place.open() }
    }

    private func fill(_ place: Place) async throws {
        let store = try await place.open()
        try await store.begin(place.header, of: place.automation, held: true)
        let text = String(repeating: "x", count: 500)
        for ordinal in 0..<200 {
            try await store.commit([place.record(ordinal, .finished, .string(text))])
        }
    }

    /// Writes over pages behind the tables' descriptions, as a bad disk would; gives what the file holds
    /// then.
    private func damaged(_ place: Place) throws -> Data {
        try writeOver(place, count: 40_960)
        return try Data(contentsOf: URL(fileURLWithPath: place.path))
    }

    /// - Parameter count: how many bytes at the end are written over; with 0, there is only no log any more.
    private func writeOver(_ place: Place, count: Int) throws {
        // Everything is in the file itself, not in the log beside it.
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let database = try DatabaseQueue(path: place.path, configuration: configuration)
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try database.close()
        guard count > 0 else { return }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: place.path))
        try file.seek(toOffset: file.seekToEnd() - UInt64(count))
        try file.write(contentsOf: Data(repeating: 0xA5, count: count))
        try file.close()
    }

    @Test func nothingIsWrittenThroughAStoreThatIsLookedAt() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await place.open()
        try await store.begin(place.header, of: place.automation, held: true)
        let reading = try await SQLiteStore(reading: place.path, clock: place.clock)
        let change = place.record(0, .finished, .int(1))
        for refused in [
            await #expect(throws: StoreError.self) { try await reading.commit([change]) },
            await #expect(throws: StoreError.self) { try await reading.claim(place.session) },
            await #expect(throws: StoreError.self) { try await reading.revoke("a") },
        ] { #expect(refused?.message.contains("was opened to be looked at") == true) }
        #expect(try await store.session(place.session, of: nil)?.record.steps.isEmpty == true)
    }

    @Test func aStoreThatCannotBeWrittenToCanBeLookedAt() async throws {
        let place = Place()
        defer { place.clean() }
        do {
            let store = try await place.open()
            try await store.begin(place.header, of: place.automation, held: true)
        }
        let folder = URL(fileURLWithPath: place.path).deletingLastPathComponent().path
        for (path, permissions) in [(place.path, 0o400), (folder, 0o500)] {
            try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
        }
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder) }
        let store = try await SQLiteStore(reading: place.path, clock: place.clock)
        let found = try await store.outlines(SessionQuery(limit: 9), withInputs: false)
        #expect(found.map(\.id) == [place.session])
        #expect(try await store.examine().problems.isEmpty)
    }

    @Test func aCopyIsAStore() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try await place.open()
        try await store.begin(place.header, of: place.automation, held: true)
        let copy = place.folder + "/copy.sqlite"
        try await store.copy(to: copy)
        let copied = try await openStore("sqlite:" + copy, for: .reading, clock: place.clock)
        #expect(try await copied.session(place.session, of: nil) != nil)
    }

    @Test func aStoreOfAnUnknownKindIsRefused() async throws {
        for address in [
            "redis://localhost/1", "postgresql+psycopg://u:secret@localhost/x",
            "postgres:/u:secret@localhost/x",
            "Postgres://u:secret@localhost/x",
        ] {
            let error = await #expect(throws: StoreError.self) {
                try await openStore(address, for: .reading, clock: RealClock())
            }
            #expect(error?.message.contains("there are no stores of this kind") == true)
            #expect(error?.message.contains("secret") == false)
        }
    }
}
