import AutoChecker
import AutoStore
import AutoSyntax
import StepKinds
import Synchronization
import Testing
import Values

@testable import AutoRuntime

/// A process that is to end gives its sessions back between two steps; whoever goes on with them repeats nothing.
@Suite(.timeLimit(.minutes(1))) struct DepartureTests {
    /// Goes on with a session that was given back.
    private func goOn(_ stage: Stage, _ record: SessionRecord, departure: Departure? = nil) async throws
        -> (end: RunEnd, record: SessionRecord)
    {
        #expect(try await stage.store.claim(record.header.id) == .taken)
        let desk = AnswerDesk()
        let run = try await stage.run(earlier: record, desk: desk, departure: departure)
        #expect(desk.counts == (active: 1, waiting: 0))
        return (run.0, run.1)
    }

    private func names(_ record: SessionRecord) -> [String] {
        record.steps.map { record.stepInfos[$0.stepIndex].name }
    }

    @Test func theStepUnderWayIsTheLastOne() async throws {
        let departure = Departure()
        let stage = try Stage(
            """
            START begin -> a
            LLM_CALL a -> b { prompt_template { user: "a" } }
            LLM_CALL b -> end { prompt_template { user: a.result + "b" } }
            """, keepsRecords: true
        ) { work, _ throws(StepFailure) in
            if work.step.name == "a" { departure.announce() }
            return .value(work.fields["user"] ?? .null)
        }
        let (end, record) = try await stage.run(departure: departure)
        #expect(end == .givenBack && record.header.status == .running)
        #expect(names(record) == ["begin", "a"] && record.steps.map(\.status) == [.finished, .finished])
        #expect(try await stage.store.isFree(record.header.id))
        let after = try await goOn(stage, record)
        #expect(after.end == .finished && after.record.steps.last?.result == .string("ab"))
        #expect(stage.actor.count("a") == 1 && stage.actor.count("b") == 1)
    }

    /// What failed is gone on with where its `on_error` leads.
    @Test func aFailureIsNotForgotten() async throws {
        let departure = Departure()
        let stage = try Stage(
            """
            START begin -> a
            LLM_CALL a -> end { on_error -> mend
              prompt_template { user: "a" } }
            LLM_CALL mend -> end { prompt_template { user: a.error.message } }
            """, keepsRecords: true
        ) { work, _ throws(StepFailure) in
            guard work.step.name == "a" else { return .value(work.fields["user"] ?? .null) }
            departure.announce()
            throw StepFailure(.status, "no")
        }
        let (end, record) = try await stage.run(departure: departure)
        #expect(end == .givenBack && names(record) == ["begin", "a"])
        let after = try await goOn(stage, record)
        #expect(after.end == .finished && after.record.steps.last?.result == .string("no"))
        #expect(stage.actor.count("a") == 1)
    }

    @Test(arguments: [1, 3]) func noElementBegins(atOnce: Int) async throws {
        let departure = Departure()
        let stage = try Stage(
            """
            START begin -> a
            LLM_CALL a -> end { each: n in [1, 2, 3, 4, 5, 6, 7]
              at_once: \(atOnce)
              prompt_template { user: "${n}" } }
            """, keepsRecords: true
        ) { work, _ throws(StepFailure) in
            if work.fields["user"] == .string("2") { departure.announce() }
            return .value(work.fields["user"] ?? .null)
        }
        let (end, record) = try await stage.run(departure: departure)
        #expect(end == .givenBack && record.steps.count < 8)
        #expect(record.steps.allSatisfy { $0.status == .finished })
        let after = try await goOn(stage, record)
        #expect(after.end == .finished && after.record.steps.count == 8)
        #expect(stage.actor.count("a") == 7)
        #expect(Set(after.record.steps.dropFirst().map(\.result)) == Set((1...7).map { .string("\($0)") }))
    }

    /// Somebody else goes on with the branch that could, and does not wait for the person before.
    @Test func aQuestionHoldsNothingBack() async throws {
        let departure = Departure()
        let stage = try Stage(
            """
            START begin -> [ask, a]
            GET_USER_INPUT ask -> end { prompt_template { message: "?" } }
            LLM_CALL a -> b { prompt_template { user: "a" } }
            LLM_CALL b -> end { prompt_template { user: "b" } }
            """, keepsRecords: true
        ) { work, _ throws(StepFailure) in
            if work.step.type == .getUserInput { return .waiting }
            if work.step.name == "a" { departure.announce() }
            return .value(.string(work.step.name))
        }
        let (end, record) = try await stage.run(desk: AnswerDesk(), departure: departure)
        #expect(end == .givenBack && record.waiting.count == 1)
        let after = try await goOn(stage, record)
        #expect(after.end == .waiting && Set(names(after.record)) == ["begin", "ask", "a", "b"])
        #expect(stage.actor.count("a") == 1 && stage.actor.count("b") == 1)
    }

    @Test func whatIsCalledIsGivenBackWithItsCaller() async throws {
        let departure = Departure()
        let folder = try Folder([
            "main.auto": """
            automation "Main"
            START begin -> c
            REST_API c -> use { prompt_template { automation: "sub.auto", inputs: { word: "x" } } }
            LLM_CALL use -> end { prompt_template { user: c.result } }
            """,
            "sub.auto": """
            automation "Sub"
            input word: text
            START begin -> one
            LLM_CALL one -> two { prompt_template { user: inputs.word } }
            LLM_CALL two -> end { prompt_template { user: one.result + "!" } }
            """,
        ]) { work, _ throws(StepFailure) in
            if work.step.name == "one" { departure.announce() }
            return .value(work.fields["user"] ?? .null)
        }
        let (end, record) = try await folder.run(departure: departure)
        #expect(end == .givenBack && record.steps.last?.status == .running)
        let called = try #require(try await folder.called().first)
        #expect(called.header.status == .running && called.steps.map(\.status) == [.finished, .finished])
        #expect(try await folder.store.isFree(called.header.id))
        let after = try await folder.resume(record)
        #expect(after.end == .finished && after.record.steps.last?.result == .string("x!"))
        #expect(try await folder.called().map(\.header.id) == [called.header.id])
        for step in ["one", "two", "use"] { #expect(folder.actor.count(step) == 1, "\(step)") }
    }

    /// Whatever forks, elements and loops are in each other, and however often their process ends, each record is of
    /// one try.
    @Test(arguments: 0..<80) func nothingIsRepeated(seed: Int) async throws {
        let departures = Mutex<(current: Departure, left: Int)>((Departure(), 1 + seed % 5))
        let began = Mutex(0)
        let stage = try Stage(RandomAutomation.text(seed: seed), keepsRecords: true) {
            work, count throws(StepFailure) in
            began.withLock { $0 += 1 }
            var dice = Dice(seed: UInt64(seed * 1_000 + work.step.index * 31 + count))
            for _ in 0..<dice.roll(4) { await Task.yield() }
            departures.withLock { departures in
                departures.left -= 1
                if departures.left == 0 { departures.current.announce() }
            }
            return .value(.string("ok"))
        }
        var (end, record) = try await stage.run(
            desk: AnswerDesk(), departure: departures.withLock { $0.current })
        for _ in 0..<1_000 where end == .givenBack {
            #expect(record.steps.allSatisfy { $0.status == .finished }, "seed \(seed)")
            let next = departures.withLock { departures in
                departures = (Departure(), 1 + seed % 3)
                return departures.current
            }
            (end, record) = try await goOn(stage, record, departure: next)
        }
        #expect(end == .finished, "seed \(seed): \(end)")
        let effects = record.steps.count { step in
            switch record.stepInfos[step.stepIndex].type {
            case .start, .logicDecision, .dataTransform: false
            case .llmCall, .getUserInput, .embeddingSearch, .restAPI, .webScrape, .python, .textToJSON: true
            }
        }
        #expect(began.withLock { $0 } == effects, "seed \(seed)")
    }
}
