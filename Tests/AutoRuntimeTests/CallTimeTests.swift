import AutoRuntime
import AutoStore
import StepKinds
import Testing
import Values

/// The `timeout` of a step that calls an automation counts from the call, whoever waits or has died meanwhile.
@Suite(.timeLimit(.minutes(1))) struct CallTimeTests {
    private static let hour: Int64 = 3_600_000_000_000

    private static func files(_ work: String) -> [String: String] {
        [
            "main.auto": """
            automation "Main"
            START begin -> c
            REST_API c -> use {
              timeout: 1h
              on_error -> late
              prompt_template { automation: "sub.auto", inputs: { word: "x" } }
            }
            DATA_TRANSFORM use -> end { prompt_template { value: c.result } }
            DATA_TRANSFORM late -> end { prompt_template { value: c.error.kind } }
            """,
            "sub.auto": """
            automation "Sub"
            input word: text
            result text
            START begin -> work
            \(work)
            DATA_TRANSFORM give -> end { prompt_template { value: work.result } }
            """,
        ]
    }

    private static let asking = files("GET_USER_INPUT work -> give { prompt_template { message: \"?\" } }")
    private static let thinking = files("LLM_CALL work -> give { prompt_template { user: inputs.word } }")

    /// A session that has called another one, in which nobody has answered.
    private func waiting() async throws -> (folder: Folder, record: SessionRecord, called: SessionRecord) {
        let folder = try Folder(Self.asking)
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        return (folder, record, try #require(try await folder.called().first))
    }

    private func due(_ folder: Folder, _ record: SessionRecord) async throws -> [ID] {
        try await folder.store.next(9, except: [], files: [record.header.automationID]).taken
    }

    private func result(_ folder: Folder, _ record: SessionRecord) -> Value? {
        record.results(folder.plan).first?.value
    }

    @Test func itRunsOutWhileNobodyAnswers() async throws {
        let (folder, record, called) = try await waiting()
        folder.clock.advance(by: Self.hour - 1_000_000_000)
        #expect(try await due(folder, record).isEmpty)
        folder.clock.advance(by: 1_000_000_000)
        #expect(try await due(folder, record) == [record.header.id])
        let (end, after) = try await folder.goOn(record)
        #expect(end == .finished && result(folder, after) == .string("timeout"))
        let ended = try #require(try await folder.store.session(called.header.id, of: nil)).record
        #expect(ended.header.isCancelled && ended.steps.allSatisfy { $0.status.isEnd })
    }

    @Test func anAnswerInTimeIsTaken() async throws {
        let (folder, record, called) = try await waiting()
        folder.clock.advance(by: Self.hour / 2)
        let question = try #require(called.steps.last)
        let outcome = try await folder.store.answer(
            called.header.id, step: question.id, with: .string("rain"), key: nil,
            now: folder.clock.now() / 1_000_000_000)
        #expect(outcome == .recorded)
        let (end, after) = try await folder.resume(record)
        #expect(end == .finished && result(folder, after) == .string("rain"))
    }

    /// One that another process runs is told to stop.
    @Test func whatRunsElsewhereIsCancelled() async throws {
        let (folder, record, called) = try await waiting()
        let other = MemoryStore(sharing: folder.store, owner: "another process")
        #expect(try await other.claim(called.header.id) == .taken)
        folder.clock.advance(by: Self.hour)
        let (end, after) = try await folder.resume(record)
        #expect(end == .finished && result(folder, after) == .string("timeout"))
        #expect(await other.interruption(of: called.header.id) == .cancelled)
    }

    /// A caller whose process died behind the call's end takes what it gave, however late; what was cancelled because the
    /// time was over was cancelled because of that.
    @Test(arguments: [false, true]) func whatHadEndedStandsAfterACrash(isCancelled: Bool) async throws {
        let folder = try Folder(Self.thinking) { _, _ throws(StepFailure) in .value(.string("thought")) }
        let (_, record) = try await folder.run()
        var running = record
        running.header.status = .running
        running.steps = Array(record.steps.prefix(2))
        running.steps[1].status = .running
        running.steps[1].result = nil
        var called = try #require(try await folder.called().first)
        if isCancelled {
            (called.header.status, called.header.error) = (.failed, StepFailure.cancelled.message)
            called.header.updatedAt = (folder.clock.now() + Self.hour) / 1_000_000_000
        }
        let copy = try Folder(folder.files)
        let automation = try #require(try await folder.store.session(called.header.id, of: nil)).automation
        for (session, automation) in [(running, copy.stored), (called, automation)] {
            _ = try await copy.store.start(
                session.header, of: automation, taking: TakenOver(steps: session.steps), held: false, key: nil
            )
        }
        copy.clock.advance(by: 3 * Self.hour)
        let (end, after) = try await copy.resume(running)
        #expect(end == .finished && copy.actor.count("work") == 0)
        #expect(result(copy, after) == .string(isCancelled ? "timeout" : "thought"))
    }
}
