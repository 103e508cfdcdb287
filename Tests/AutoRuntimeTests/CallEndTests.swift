import AutoChecker
import AutoRuntime
import AutoStore
import CEL
import StepKinds
import Synchronization
import Testing
import Values

/// How calls end that do not succeed at once: tries after a delay, and what a cancellation reaches.
@Suite(.timeLimit(.minutes(1))) struct CallEndTests {
    private static let thinking = """
        automation "Thinking"
        input word: text
        START begin -> think
        LLM_CALL think -> end { prompt_template { user: inputs.word } }
        """

    /// Each try is a session of its own, after the delay that the step's `retry` says.
    @Test func aFailedCallIsTriedAgainAfterADelay() async throws {
        let main = """
            automation "Main"
            START begin -> c
            REST_API c -> end {
              retry: { attempts: 3, first_delay: 10s, factor: 2, max_delay: 60s }
              prompt_template { automation: "think.auto", inputs: { word: "x" } }
            }
            """
        let folder = try Folder(["main.auto": main, "think.auto": CallEndTests.thinking]) {
            _, count throws(StepFailure) in
            guard count > 2 else { throw StepFailure(.status, "busy") }
            return .value(.string("thought"))
        }
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        let slept = folder.clock.slept.withLock { $0.map { $0 / 1_000_000_000 } }
        #expect(slept.count == 2, "\(slept)")
        #expect((5...10).contains(slept.first ?? 0) && (10...20).contains(slept.last ?? 0), "\(slept)")
        let called = try await folder.called()
        #expect(called.map(\.header.status) == [.failed, .failed, .finished])
        #expect(
            record.steps.last?.prompt?.asMap?["session_id"] == called.last.map { .string($0.header.id.text) })
        // The tries stand in the trace, as those of other steps do.
        let tries = try await folder.store.trace(of: record.header.id).filter {
            $0.happening.word == .attempt
        }
        #expect(tries.count == 3, "\(tries)")
    }

    /// What finished in a called session is taken over as what finished in the calling one is, at any depth.
    @Test func aRetryTakesOverWhatFinishedInCalledSessions() async throws {
        let files = [
            "main.auto": """
            automation "Main"
            START begin -> c
            REST_API c -> end { prompt_template { automation: "middle.auto", inputs: { word: "x" } } }
            """,
            "middle.auto": """
            automation "Middle"
            input word: text
            START begin -> c
            REST_API c -> end {
              each: w in [inputs.word, "y"]
              prompt_template { automation: "pay.auto", inputs: { word: w } }
            }
            """,
            "pay.auto": """
            automation "Pay"
            input word: text
            START begin -> pay
            LLM_CALL pay -> tell { prompt_template { user: inputs.word } }
            LLM_CALL tell -> end { prompt_template { user: pay.result } }
            """,
        ]
        let folder = try Folder(files) { work, count throws(StepFailure) in
            guard work.step.name == "pay" || count != 2 else { throw StepFailure(.status, "busy") }
            return .value(.string("\(work.step.name) \(count)"))
        }
        let (end, record) = try await folder.run()
        #expect(end == .failed && folder.actor.count("pay") == 2 && folder.actor.count("tell") == 2)
        let again = try await folder.retry(record)
        #expect(again.end == .finished, "\(again.record.header.error ?? "")")
        // Both were paid for once; only the message that failed is written anew.
        #expect(folder.actor.count("pay") == 2 && folder.actor.count("tell") == 3)
        let called = try await folder.called()
        #expect(called.filter { $0.header.status == .failed }.count == 2, "\(called.map(\.header.status))")
        let ended = try await folder.retry(again.record)
        #expect(ended.end == .finished && folder.actor.count("tell") == 3)
    }

    /// The second retry goes on from where the first one failed, and not from where the session failed that was first.
    @Test func aSecondRetryTakesOverWhatTheFirstHasDone() async throws {
        let files = [
            "main.auto": """
            automation "Main"
            START begin -> c
            REST_API c -> end { prompt_template { automation: "pay.auto", inputs: { word: "x" } } }
            """,
            "pay.auto": """
            automation "Pay"
            input word: text
            START begin -> first
            LLM_CALL first -> second { prompt_template { user: inputs.word } }
            LLM_CALL second -> third { prompt_template { user: first.result } }
            LLM_CALL third -> end { prompt_template { user: second.result } }
            """,
        ]
        let folder = try Folder(files) { work, count throws(StepFailure) in
            guard work.step.name == "first" || count > 1 else { throw StepFailure(.model, "not there") }
            return .value(.string(work.step.name))
        }
        let first = try await folder.run()
        let second = try await folder.retry(first.record)
        #expect(first.end == .failed && second.end == .failed)
        #expect(folder.actor.count("second") == 2 && folder.actor.count("third") == 1)
        let third = try await folder.retry(second.record)
        #expect(third.end == .finished, "\(third.record.header.error ?? "")")
        #expect(["first", "second", "third"].map(folder.actor.count) == [1, 2, 2])
        let called = try await folder.called().map(\.header.status.rawValue).sorted()
        #expect(called == ["FAILED", "FAILED", "FINISHED"])
    }

    /// A session that goes on from another one was given what that one was, whoever gave it.
    @Test func theOriginsOfInputsAreTakenOver() async throws {
        let thinking = CallEndTests.thinking.replacing("input word: text", with: "input word: text = \"x\"")
        let folder = try Folder(["main.auto": thinking]) { _, _ throws(StepFailure) in
            throw StepFailure(.model, "not there")
        }
        let failed = try await folder.run().record
        let id = ID.ofNow(folder.clock)
        let origins: [String: Set<Origin>] = ["word": [Origin(step: "page", source: "a page")]]
        let header = SessionHeader(
            id: id, automationID: folder.stored.id, inputs: failed.header.inputs, status: .failed,
            error: failed.header.error, createdAt: 1, updatedAt: 1)
        let given = TraceEvent(at: 1, record: nil, attempt: nil, .origins(Provenance(inputs: origins)))
        let earlier = TakenOver(steps: failed.steps, trace: [given])
        _ = try await folder.store.start(header, of: folder.stored, taking: earlier, held: false, key: nil)
        let again = try await folder.retry(
            SessionRecord(header: header, steps: failed.steps, stepInfos: failed.stepInfos))
        #expect(try await folder.store.inputOrigins(of: again.record.header.id) == origins)
        #expect(Set(again.record.steps.map(\.id)).isDisjoint(with: failed.steps.map(\.id)))
    }

    /// Three files that call one another, the last of which fails or asks in a step `work`.
    private static func chain(_ work: String) -> [String: String] {
        func call(_ name: String, _ step: String, _ file: String) -> String {
            """
            automation "\(name)"
            START begin -> \(step)
            REST_API \(step) -> end { prompt_template { automation: "\(file)" } }
            """
        }
        return [
            "main.auto": call("Main", "outer", "middle.auto"),
            "middle.auto": call("Middle", "inner", "lower.auto"),
            "lower.auto": call("Lower", "deeper", "deep.auto"),
            "deep.auto": "automation \"Deep\"\nSTART begin -> work\n\(work)",
        ]
    }

    /// However deep, the failure is told once: what failed at the bottom, and the way there.
    @Test func aFailureThroughSeveralCallsIsOneSentence() async throws {
        let work = "LLM_CALL work -> end { prompt_template { user: \"x\" } }"
        let folder = try Folder(CallEndTests.chain(work)) { _, _ throws(StepFailure) in
            throw StepFailure(.model, "the model is not there")
        }
        let (_, record) = try await folder.run()
        let all = try await folder.store.sessions(SessionQuery(limit: 9))
        let errors = Dictionary(
            all.map { ($0.stepInfos[1].name, $0.header.error ?? "") }, uniquingKeysWith: { one, _ in one })
        let deepest = try #require(all.first { $0.stepInfos[1].name == "work" }).header.id.text
        let failed = "the automation `Deep` failed in its session \(deepest)"
        let why = "step work: the model is not there"
        #expect(errors["work"] == why)
        #expect(errors["deeper"] == "step deeper: \(failed): \(why)")
        #expect(errors["inner"] == "step inner: \(failed), called by way of deeper: \(why)")
        #expect(
            record.header.error == "step outer: \(failed), called by way of inner -> deeper: \(why)")
        #expect(record.failedStep == "outer")
    }

    /// The same where nothing is kept of the called sessions, as in a test, and through `each`.
    @Test func aFailureThroughCallsIsOneSentenceWhereNothingIsKept() async throws {
        let work = "LLM_CALL work -> end { prompt_template { user: \"x\" } }"
        var files = CallEndTests.chain(work)
        files["middle.auto"] = files["middle.auto"]?.replacing(
            "prompt_template {", with: "each: n in [1, 2]\n prompt_template {")
        let folder = try Folder(files, keepsRecords: false) { _, _ throws(StepFailure) in
            throw StepFailure(.model, "the model is not there")
        }
        let (end, record) = try await folder.run()
        let error = record.header.error ?? ""
        #expect(end == .failed && error.hasPrefix("step outer: the automation `Deep` failed in its session "))
        #expect(
            error.hasSuffix(", called by way of inner -> deeper: step work: the model is not there"),
            "\(error)")
    }

    /// Who has called a cancelled session fails with that, through all callers.
    @Test func aCancelledCalledSessionIsNamedByItsCallers() async throws {
        let work = "GET_USER_INPUT work -> end { prompt_template { message: \"?\" } }"
        let folder = try Folder(CallEndTests.chain(work))
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        let asking = try #require(try await folder.called().first { !$0.waiting.isEmpty })
        #expect(try await folder.store.cancel(asking.header.id, now: 5) == .ended)
        let files: Set<ID> = [record.header.automationID]
        #expect(try await folder.store.next(9, except: [], files: files).taken == [record.header.id])
        let (last, after) = try await folder.goOn(record)
        #expect(last == .failed)
        #expect(
            after.header.error
                == "step outer: the automation `Deep` was cancelled in its session \(asking.header.id.text), called by way of inner -> deeper"
        )
        #expect(!after.header.isCancelled && after.steps.last?.errorKind == "session")
    }

    /// What did not come to a session would fail again in the same way.
    @Test func whatCannotSucceedIsNotTriedAgain() async throws {
        let main = """
            automation "Main"
            input from: json = 5
            START begin -> c
            REST_API c -> end {
              retry: { attempts: 3, first_delay: 10s }
              prompt_template { automation: "think.auto", inputs: { word: inputs.from } }
            }
            """
        let folder = try Folder(["main.auto": main, "think.auto": CallEndTests.thinking])
        let (end, record) = try await folder.run()
        #expect(end == .failed && record.steps.last?.errorKind == "input", "\(record.header.error ?? "")")
        #expect(folder.clock.slept.withLock { $0.isEmpty })
        #expect(try await folder.called().isEmpty)
    }

    /// Three files: one that forks and calls for each element, one in between, one with `last` in it.
    private static func tree(_ last: String) -> [String: String] {
        [
            "main.auto": """
            automation "Main"
            START begin -> [each_word, alone]
            REST_API each_word -> both {
              each: w in ["a", "b"]
              at_once: 2
              prompt_template { automation: "middle.auto", inputs: { word: w } }
            }
            REST_API alone -> both { prompt_template { automation: "deep.auto", inputs: { word: "c" } } }
            DATA_TRANSFORM both -> end { prompt_template { value: 1 } }
            """,
            "middle.auto": """
            automation "Middle"
            input word: text
            START begin -> inner
            REST_API inner -> end { prompt_template { automation: "deep.auto", inputs: { word: inputs.word } } }
            """,
            "deep.auto": """
            automation "Deep"
            input word: text
            START begin -> work
            \(last)
            """,
        ]
    }

    /// A person is waited for at two depths, behind a fork and an `each`: all of it ends in one commit.
    @Test func cancellingTheOutermostEndsAllThatWaits() async throws {
        let folder = try Folder(
            CallEndTests.tree("GET_USER_INPUT work -> end { prompt_template { message: inputs.word } }"))
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        #expect(try await folder.called().count == 5)
        #expect(try await folder.store.cancel(record.header.id, now: 5) == .ended)
        let all = try await folder.store.sessions(SessionQuery(limit: 100))
        #expect(all.count == 6)
        for session in all {
            #expect(session.header.status == .failed && session.header.error == "cancelled")
            #expect(session.steps.allSatisfy { $0.status != .running })
        }
        #expect(try await folder.store.counts().waiting == 0)
    }

    /// Work is under way at two depths, behind a fork and an `each`: the task that runs the outermost is
    /// cancelled, and each session is recorded as ended.
    @Test func cancellingTheOutermostEndsAllThatRuns() async throws {
        let (begun, tell) = AsyncStream.makeStream(of: Void.self)
        let folder = try Folder(
            CallEndTests.tree("LLM_CALL work -> end { prompt_template { user: inputs.word } }")
        ) { _, _ throws(StepFailure) in
            tell.yield()
            await untilCancelled()
            throw .cancelled
        }
        let run = Task { try await folder.run() }
        var count = 0
        for await _ in begun {
            count += 1
            if count == 3 { break }
        }
        run.cancel()
        let (end, record) = try await run.value
        #expect(end == .failed && record.header.error == "cancelled")
        let all = try await folder.store.sessions(SessionQuery(limit: 100))
        #expect(all.count == 6)
        #expect(all.allSatisfy { $0.header.status == .failed }, "\(all.map(\.header))")
        #expect(all.allSatisfy { $0.steps.allSatisfy { $0.status != .running } })
    }
}
