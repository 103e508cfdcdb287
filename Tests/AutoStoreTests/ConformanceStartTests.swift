import AutoRuntime
import AutoStore
import Testing
import Values

/// What every store promises of a start that several processes make at the same time, as each server does by
/// a schedule.
@Suite(.timeLimit(.minutes(1))) struct ConformanceStartTests {
    @Test(arguments: StoreKind.allCases) func ofManyProcessesOneStarts(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        var stores: [any Store] = []
        for number in 0..<8 { stores.append(try await bench.open(as: "elsewhere/\(number)/1")) }
        for due in [1_700_028_000, 1_700_114_400] {
            let outcomes = try await withThrowingTaskGroup(of: StartOutcome.self) { group in
                for (number, store) in stores.enumerated() {
                    group.addTask {
                        try await store.start(
                            place.header(Place.sessionID(UInt16(number + (due == 1_700_028_000 ? 1 : 100)))),
                            of: place.automation, taking: TakenOver(), held: true, key: "schedule \(due)")
                    }
                }
                return try await group.reduce(into: [StartOutcome]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .started } == 1)
            let others = Set(outcomes.filter { $0 != .started })
            // All are told the one that has begun.
            #expect(others.count == 1)
            guard case .repeated(let id)? = others.first else {
                Issue.record("\(outcomes)")
                continue
            }
            #expect(try await stores[0].session(id, of: place.automation.id) != nil)
        }
        let sessions = try await stores[7].sessions(SessionQuery(of: place.automation.id, limit: 100))
        #expect(sessions.count == 2)
    }

    /// The same time of another automation is another start.
    @Test(arguments: StoreKind.allCases) func aKeyIsOneAutomationsOwn(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let place = bench.place
        let store = try await bench.open()
        let other = StoredAutomation(
            id: ID(name: "another"), name: "Another", path: "/y.auto", text: "text",
            stepInfos: place.automation.stepInfos)
        for (number, automation) in [place.automation, other].enumerated() {
            let header = SessionHeader(
                id: Place.sessionID(UInt16(number + 1)), automationID: automation.id, inputs: .record([]),
                status: .new, error: nil, createdAt: 10, updatedAt: 10)
            let outcome = try await store.start(
                header, of: automation, taking: TakenOver(), held: true, key: "schedule 1700028000")
            #expect(outcome == .started)
            func again(_ key: String, _ inputs: Value) async throws -> StartOutcome? {
                try await store.outcome(of: key, starting: inputs, of: automation.id)
            }
            #expect(try await again("schedule 1700028000", .record([])) == .repeated(header.id))
            #expect(try await again("schedule 1700028000", .record([("a", .int(1))])) == .differs)
            #expect(try await again("schedule 1700114400", .record([])) == nil)
        }
    }
}
