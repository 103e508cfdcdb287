import AutoRuntime
import AutoStore
import AutoSyntax
import CEL
import Foundation
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct SQLiteStoreTests {
    @Test func whatWasCommittedIsRead() async throws {
        let place = Place()
        defer { place.clean() }
        let values: [Value] = [
            .string("text"), .string("5"), .int(5), .double(5), .list([.int(1), .null]), .uint(7),
            .record([("b", .bool(true)), ("a", .string("x"))]),
            .timestamp(try #require(Timestamp(text: "2024-01-01T00:00:00Z"))),
        ]
        let store = try SQLiteStore(path: place.path)
        try await store.begin(place.header, of: place.automation, held: true)
        for (ordinal, value) in values.enumerated() {
            try await store.commit([place.record(ordinal, .new), place.record(ordinal, .running)])
            try await store.commit([place.record(ordinal, .finished, value)])
        }
        var header = place.header
        header.status = .finished
        try await store.commit([.session(header)])
        // Another process would open the same file while this one has it open.
        let other = try SQLiteStore(path: place.path)
        let found = try #require(try other.session(place.session.text))
        #expect(found.record.header.status == .finished)
        #expect(JSON.text(found.record.header.inputs) == "{\"z\":1,\"a\":2.0}")
        #expect(found.record.steps.count == values.count)
        for (step, value) in zip(found.record.steps, values) {
            #expect(step.result == value && step.result?.typeName == value.typeName)
        }
        #expect(found.automation.text == "text" && found.automation.stepInfos[0].name == "begin")
        #expect(try other.sessions().map(\.stepCount) == [values.count])
        #expect(try other.sessions(status: .failed).isEmpty)
        #expect(try other.session("ffffffff") == nil)
    }

    @Test func twoWritersAtOnce() async throws {
        let place = Place()
        defer { place.clean() }
        let first = try SQLiteStore(path: place.path, durability: .process)
        try await first.begin(place.header, of: place.automation, held: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    let store = try SQLiteStore(path: place.path, durability: .process)
                    for index in 0..<100 {
                        try await store.commit([place.record(2 * index + writer, .finished, .int(1))])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try first.session(place.session.text)?.record.steps.count == 200)
    }

    @Test func whoTakesASessionOverCancelsItWhereThatWasAsked() async throws {
        let place = Place()
        defer { place.clean() }
        let first = try SQLiteStore(path: place.path, owner: "elsewhere/1/1")
        try await first.begin(place.header, of: place.automation, held: true)
        try await first.commit([place.record(0, .running)])
        let second = try SQLiteStore(path: place.path)
        #expect(try await second.cancel(place.session, now: 20) == .requested)
        // It goes without having looked.
        await first.leave()
        #expect(try await second.next(10, except: [], files: [place.automation.id]).taken.isEmpty)
        let record = try #require(try second.session(place.session.text)).record
        #expect(record.header.status == .failed && record.header.error == "cancelled")
        #expect(record.steps.map(\.error) == ["cancelled"])
        #expect(try await second.claim(place.session) == .ended)
    }

    @Test func damageIsToldAndLeftAlone() async throws {
        let place = Place()
        defer { place.clean() }
        do {
            let store = try SQLiteStore(path: place.path)
            try await store.begin(place.header, of: place.automation, held: true)
            for ordinal in 0..<200 {
                try await store.commit([
                    place.record(ordinal, .finished, .string(String(repeating: "x", count: 500)))
                ])
            }
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: place.path))
        for index in 8_192..<min(bytes.count, 40_000) { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: place.path))
        let error = #expect(throws: StoreError.self) {
            let store = try SQLiteStore(path: place.path)
            _ = try store.sessions()
            _ = try store.session(place.session.text)
        }
        #expect(
            error?.message.contains("damaged") == true || error?.message.contains("no store") == true,
            "\(error?.message ?? "")")
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == bytes)
    }

    @Test func theCacheKeepsTypes() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try SQLiteStore(path: place.path)
        #expect(try store.cached("k") == nil)
        try store.cache(.list([.uint(1), .string("a")]), for: "k")
        #expect(
            try store.cached("k").map { JSON.text(TypedJSON.encode($0)) }
                == JSON.text(TypedJSON.encode(.list([.uint(1), .string("a")]))))
    }
}
