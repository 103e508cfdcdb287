import AutoRuntime
import AutoStore
import CEL
import Foundation
import Testing
import Values

/// What several processes do with one store.
@Suite(.timeLimit(.minutes(1))) struct SharedStoreTests {
    /// Begins a session with this change as a process that is gone.
    private func begun(_ place: Place, _ changes: [RecordChange]) async throws {
        let store = try SQLiteStore(path: place.path, owner: place.deadOwner(0))
        var header = place.header
        try await store.begin(header, of: place.automation, held: true)
        header.status = .running
        try await store.commit([.session(header)] + changes)
    }

    /// Takes the session as a process that is gone afterwards.
    private func taken(_ place: Place, _ number: Int) async throws -> ClaimOutcome {
        try await SQLiteStore(path: place.path, owner: place.deadOwner(number)).claim(place.session)
    }

    private func session(_ place: Place) throws -> SessionRecord {
        try #require(try SQLiteStore(reading: place.path).session(place.session.text)).record
    }

    @Test func aStepThatKillsItsProcessThreeTimesEndsTheSession() async throws {
        let place = Place()
        defer { place.clean() }
        try await begun(
            place, [place.record(0, .running), place.record(1, .running, step: 1), place.record(2, .new)])
        #expect(try await taken(place, 1) == .taken)
        #expect(try await taken(place, 2) == .taken)
        let store = try SQLiteStore(path: place.path)
        let due = try await store.next(10, except: [], files: [place.automation.id])
        #expect(due.taken.isEmpty && due.ended == [place.session])
        let record = try session(place)
        #expect(record.header.status == .failed)
        #expect(record.header.error == "step begin: the process died three times while this step ran")
        #expect(record.steps.map(\.status) == [.failed, .failed, .failed])
        #expect(record.steps.map(\.errorKind) == ["crash", "cancelled", "cancelled"])
        #expect(try await store.claim(place.session) == .ended)
    }

    @Test func aProcessThatDiesBetweenStepsCountsUntilOneFinishes() async throws {
        let place = Place()
        defer { place.clean() }
        try await begun(place, [place.record(0, .finished, .string(""))])
        #expect(try await taken(place, 1) == .taken)
        let second = try SQLiteStore(path: place.path, owner: place.deadOwner(2))
        #expect(try await second.claim(place.session) == .taken)
        try await second.commit([place.record(1, .finished, .string(""))])
        for number in 3...4 { #expect(try await taken(place, number) == .taken) }
        #expect(try await taken(place, 5) == .ended)
        let words = "step begin: the process died three times after this step had begun"
        #expect(try session(place).header.error == words)
    }

    @Test func waitingForAPersonIsNothingToDieOf() async throws {
        let place = Place()
        defer { place.clean() }
        try await begun(place, [place.record(0, .finished, .string("")), place.record(1, .running, step: 1)])
        for number in 1...6 { #expect(try await taken(place, number) == .taken) }
        #expect(try session(place).waiting.map(\.id) == [place.recordID(1)])
    }

    @Test func aSessionThatWasGivenBackHasNotKilledItsProcess() async throws {
        let place = Place()
        defer { place.clean() }
        try await begun(place, [place.record(0, .running)])
        for number in 1...6 {
            let store = try SQLiteStore(path: place.path, owner: place.deadOwner(number))
            #expect(try await store.claim(place.session) == .taken)
            await store.leave()
        }
        let held = try SQLiteStore(path: place.path, owner: "elsewhere/1/1")
        #expect(try await held.claim(place.session) == .taken)
        #expect(try await taken(place, 7) == .held)
    }

    @Test func anAnswerIsTakenOnceAndForItsOwnQuestion() async throws {
        let place = Place()
        defer { place.clean() }
        try await begun(place, [place.record(0, .running, step: 1), place.record(1, .running, step: 1)])
        let store = try SQLiteStore(path: place.path)
        let yes = AnswerKey(key: "k", body: "yes")
        func answer(_ ordinal: Int, _ key: AnswerKey?) async throws -> AnswerOutcome {
            try await store.answer(
                place.session, step: place.recordID(ordinal), with: .string("yes"), key: key, now: 20)
        }
        #expect(try store.outcome(of: yes, in: place.session) == nil)
        #expect(try await answer(0, yes) == .recorded)
        // The same try again answers nothing, whatever waits by then.
        #expect(try await answer(1, yes) == .repeated)
        #expect(try await answer(1, AnswerKey(key: "k", body: "no")) == .differs)
        #expect(try await answer(0, nil) == .notWaiting)
        #expect(try session(place).steps.map(\.status) == [.finished, .running])
        #expect(try await answer(1, AnswerKey(key: "l", body: "yes")) == .recorded)
        #expect(try store.outcome(of: yes, in: place.session) == .repeated)
    }

    @Test func aQuestionThatAnotherAnsweredIsNotAnsweredOver() async throws {
        let place = Place()
        defer { place.clean() }
        let holder = try SQLiteStore(path: place.path)
        var header = place.header
        header.status = .running
        try await holder.begin(header, of: place.automation, held: true)
        try await holder.commit([.session(header), place.record(0, .running, step: 1)])
        let other = try SQLiteStore(path: place.path, owner: "elsewhere/1/1")
        let outcome = try await other.answer(
            place.session, step: place.recordID(0), with: .string("no"), key: nil, now: 20)
        #expect(outcome == .recorded)
        await #expect(throws: StoreError.self) {
            try await holder.commit([place.record(0, .finished, .string("yes"), step: 1)])
        }
        #expect(try session(place).steps[0].result == .string("no"))
        // Who was about to wait goes on with the answer instead.
        #expect(try await holder.park(place.session, until: nil) == false)
    }

    @Test func changesOfOthersAreSeen() async throws {
        let place = Place()
        defer { place.clean() }
        try await begun(place, [place.record(0, .running)])
        let store = try SQLiteStore(path: place.path)
        let before = try store.outsideVersion()
        let changes = try store.changes(of: [place.session, ID(name: "nobody")])
        #expect(changes.count == 1)
        #expect(try store.outsideVersion() == before)
        _ = try await SQLiteStore(path: place.path, owner: place.deadOwner(0))
            .submit([place.record(0, .finished, .string(""))], onDisk: {})?.written()
        #expect(try store.outsideVersion() != before)
        let after = try store.changes(of: [place.session])
        let (old, new) = (try #require(changes[place.session]), try #require(after[place.session]))
        #expect(new > old)
    }

    @Test func onlyWhatIsServedIsListedAndTaken() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try SQLiteStore(path: place.path)
        try await store.begin(place.header, of: place.automation, held: false)
        let made = StoredAutomation(
            id: ID(name: "made"), name: "Made", path: "", text: "made", stepInfos: place.automation.stepInfos)
        _ = try await store.put(made)
        #expect(try store.automations(limit: 9, after: nil, files: []).map(\.automation.id) == [made.id])
        #expect(try store.automations(limit: 9, after: nil, files: [place.automation.id]).count == 2)
        #expect(try store.queueLength(files: []) == 0)
        #expect(try store.queueLength(files: [place.automation.id]) == 1)
        #expect(try await store.next(9, except: [], files: []) == DueSessions())
        let due = try await store.next(9, except: [], files: [place.automation.id])
        #expect(due.taken == [place.session])
    }

    @Test func whatASessionTakesOverKeepsItsKeys() async throws {
        let place = Place()
        defer { place.clean() }
        let store = try SQLiteStore(path: place.path)
        guard case .step(_, _, var record) = place.record(0, .new) else { return }
        record.idempotencyKey = ID(name: "earlier")
        let outcome = try await store.start(
            place.header, of: place.automation, taking: [record], held: true, key: nil)
        #expect(outcome == .started)
        #expect(try session(place).steps.map(\.idempotencyKey) == [ID(name: "earlier")])
    }

    @Test func manyMakeTheStoreAtOnce() async throws {
        let place = Place()
        defer { place.clean() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let store = try SQLiteStore(path: place.path, durability: .process)
                    try store.cache(.int(Int64(number)), for: "\(number)")
                }
            }
            try await group.waitForAll()
        }
        let store = try SQLiteStore(path: place.path)
        for number in 0..<12 { #expect(try store.cached("\(number)") == .int(Int64(number))) }
    }

    @Test func aStoreIsLookedAtWithoutBeingMade() throws {
        let place = Place()
        defer { place.clean() }
        #expect(try SQLiteStore(reading: place.path).sessions().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: place.path))
    }

    @Test func aDatabaseOfAnotherProgramIsLeftAlone() throws {
        let place = Place()
        defer { place.clean() }
        try FileManager.default.createDirectory(
            atPath: place.folder + "/deep", withIntermediateDirectories: true)
        let bytes = Data("no database at all, but long enough to be taken for one by its name".utf8)
        try bytes.write(to: URL(fileURLWithPath: place.path))
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: place.path) }
        #expect(error?.message.contains("no store of autorun") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == bytes)
    }
}
