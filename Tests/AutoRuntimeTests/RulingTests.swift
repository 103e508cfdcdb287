import AutoRuntime
import CEL
import StepKinds
import Synchronization
import Testing
import Values

/// The rulings on visits, elements and waits that language.md gives, one test each.
@Suite(.timeLimit(.minutes(1))) struct RulingTests {
    private func last(_ record: SessionRecord, _ step: String) -> String? {
        record.steps.last { record.stepInfos[$0.stepIndex].name == step }?.result.map(resultText)
    }

    private let elements = """
        LLM_CALL t -> after { each: x in ["a", "b", "c", "d"]
          SETTING
          on_error -> after
          prompt_template { user: x } }
        DATA_TRANSFORM after -> end { prompt_template { value: { list: t.?result.orValue(null), ended: t.results, failed: t.errors } } }
        """

    private func elements(_ setting: String, atOnce: Int = 2) async throws -> String? {
        let settings = "at_once: \(atOnce)\n          " + setting
        let text = "START begin -> t\n" + elements.replacing("SETTING", with: settings)
        let (_, record) = try await Stage(text) { work, _ throws(StepFailure) in
            if work.fields["user"]?.asText == "c" { throw StepFailure(.failed, "c is odd") }
            return .value(work.fields["user"] ?? .null)
        }.run()
        return last(record, "after")
    }

    @Test(.timeLimit(.minutes(1)))
    func aFailingElementIsLeftOut() async throws {
        let failed = #"[{"index":2,"kind":"failed","message":"c is odd"}]"#
        #expect(
            try await elements("on_failed: \"drop\"")
                == #"{"list":["a","b","d"],"ended":["a","b","d"],"failed":\#(failed)}"#)
        #expect(
            try await elements("on_failed: \"null\"")
                == #"{"list":["a","b",null,"d"],"ended":["a","b","d"],"failed":\#(failed)}"#)
    }

    /// What the others did is there, although the step as a whole failed.
    @Test(.timeLimit(.minutes(1)))
    func aFailingElementLosesNothing() async throws {
        // One after the other: of two at once the other may not have ended when this one fails.
        let value = try await elements("max_visits: 2", atOnce: 1) ?? ""
        #expect(value.hasPrefix(#"{"list":null,"ended":["a","b""#) && value.contains("c is odd"), "\(value)")
    }

    @Test(.timeLimit(.minutes(1)))
    func anEmptyListLeavesNoCountWrong() async throws {
        let text = """
            START begin -> t
            LLM_CALL t -> end { each: x in [1].filter(y, y > 1)
              at_once: 2
              prompt_template { user: "${x}" } }
            """
        let stage = try Stage(text)
        let (end, record) = try await stage.run()
        #expect(end == .finished && record.steps.count == 1)
    }

    private let loop = """
        START begin -> count
        DATA_TRANSFORM count -> route { max_visits: 9
          prompt_template { value: count.results.size() } }
        LOGIC_DECISION route { prompt_template {
          even: when count.result % 2 == 0 -> ask
          odd: else -> note } }
        LLM_CALL ask -> note { on_error -> note
          prompt_template { user: "${count.result}" } }
        DATA_TRANSFORM note -> more { prompt_template { value: {
          # autocheck: ignore A317 the test is about it
          any: ask.?result.orValue("-"), now: ask.?current.orValue("-"), error: ask.?error.kind.orValue("-") } } }
        LOGIC_DECISION more { prompt_template {
          again: when note.results.size() < 4 -> count
          done: else -> end } }
        """

    /// A branch that this turn has not taken gives no earlier turn's value by `current`, and a success ends
    /// an error.
    @Test(.timeLimit(.minutes(1)))
    func turnsAreToldApart() async throws {
        let (_, record) = try await Stage(loop) { work, count throws(StepFailure) in
            if count == 1 { throw StepFailure(.failed, "first") }
            return .value(work.fields["user"] ?? .null)
        }.run()
        let notes = record.steps.filter { record.stepInfos[$0.stepIndex].name == "note" }.compactMap {
            $0.result.map(resultText)
        }
        #expect(
            notes == [
                #"{"any":"-","now":"-","error":"failed"}"#, #"{"any":"-","now":"-","error":"failed"}"#,
                #"{"any":"2","now":"2","error":"-"}"#, #"{"any":"2","now":"-","error":"-"}"#,
            ])
    }

    /// What a failed visit was asked is there where its `on_error` leads, as it is where the step has succeeded.
    @Test(.timeLimit(.minutes(1)))
    func aFailedStepsPromptIsThere() async throws {
        let text = """
            START begin -> ask
            LLM_CALL ask -> after { on_error -> after
              prompt_template { user: "one and ${1 + 1}" } }
            DATA_TRANSFORM after -> end { prompt_template { value: ask.prompt.user } }
            """
        let (end, record) = try await Stage(text) { _, _ throws(StepFailure) in
            throw StepFailure(.failed, "it is odd")
        }.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(last(record, "after") == "one and 2")
    }

    @Test(.timeLimit(.minutes(1)))
    func aServerMayNotMakeWaitForEver() async throws {
        func failing(_ retry: String) async throws -> (error: String?, slept: [Int64]) {
            let stage = try Stage(
                "START begin -> a\nLLM_CALL a -> end { retry: { attempts: 3\(retry) }\n prompt_template { user: \"a\" } }"
            ) { _, count throws(StepFailure) in
                if count > 1 { return .value(.string("ok")) }
                throw StepFailure(.rateLimited, "busy", retryable: true, retryAfter: 120)
            }
            let (_, record) = try await stage.run()
            return (record.header.error, stage.clock.slept.withLock { $0 })
        }
        let obeyed = try await failing("")
        #expect(obeyed.error == nil && obeyed.slept == [120_000_000_000])
        // A number beyond any clock is no reason to crash.
        let stage = try Stage(
            "START begin -> a\nLLM_CALL a -> end { retry: { attempts: 2 }\n prompt_template { user: \"a\" } }"
        ) { _, _ throws(StepFailure) in
            throw StepFailure(.rateLimited, "busy", retryable: true, retryAfter: 1e300)
        }
        #expect(try await stage.run().1.header.error?.contains("more than thirty years") == true)
        let short = try await failing(", max_delay: 30s")
        #expect(short.error == "step a: busy; it asks to wait 2 min, longer than 30 s" && short.slept.isEmpty)
    }

    /// A label in another normal form becomes the label as it was declared, so that its branch holds.
    @Test(.timeLimit(.minutes(1)))
    func labelsAreAsDeclared() async throws {
        let text = """
            START begin -> ask
            LLM_CALL ask -> route { result: one_of("\u{E9}", "n")
              prompt_template { user: "?" } }
            LOGIC_DECISION route { prompt_template {
              yes: when ask.result == "\u{E9}" -> end
              no: else -> other } }
            DATA_TRANSFORM other -> end { prompt_template { value: "other" } }
            """
        let (_, record) = try await Stage(text) { _, _ throws(StepFailure) in .value(.string("e\u{301}")) }
            .run()
        #expect(last(record, "route") == "yes" && last(record, "ask") == "\u{E9}")
    }

    /// A loop that wraps its own result again and again ends in words, before any reader of it would run out
    /// of stack.
    @Test(.timeLimit(.minutes(1)))
    func resultsNestOnlySoDeep() async throws {
        let text = """
            START begin -> wrap
            DATA_TRANSFORM wrap -> more { max_visits: 1000
              result: json
              prompt_template { value: [wrap.?result.orValue(0)] } }
            LOGIC_DECISION more { prompt_template {
              again: when wrap.results.size() < 900 -> wrap
              done: else -> end } }
            """
        let (end, record) = try await Stage(text).run()
        #expect(end == .failed && record.header.error?.contains("nests deeper than") == true)
    }

    @Test(.timeLimit(.minutes(1)))
    func aQuestionsDefaultIsItsAnswerWhenTimeIsOver() async throws {
        func asked(_ field: String) async throws -> (RunEnd, SessionRecord) {
            let text =
                "START begin -> ask\nGET_USER_INPUT ask -> end { timeout: 60s\n prompt_template { message: \"?\" \(field) } }"
            let stage = try Stage(text) { _, _ throws(StepFailure) in .waiting }
            let (_, waiting) = try await stage.run()
            stage.clock.advance(by: 61_000_000_000)
            return try await stage.run(earlier: waiting)
        }
        let (end, record) = try await asked("\ndefault: \"later\"")
        #expect(end == .finished && last(record, "ask") == "later")
        let (failed, without) = try await asked("")
        #expect(failed == .failed && without.header.error == "step ask: no answer within 60 s")
    }

    /// Expressions that make too much, or take too long, fail in words, and in good time.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "inputs.t.replace(\"a\", inputs.t)", "inputs.t.split(\"\").map(x, inputs.t).join(\"\")",
            "inputs.t.split(\"\").map(x, inputs.t)",
            "[1, 2, 3].map(a, json(inputs.t.split(\"\").map(x, inputs.t)))",
            "\"%s\".format([inputs.t.split(\"\").map(x, inputs.t)])", "inputs.t.matches(\"(a+)+\\\\d\")",
        ])
    func expressionsHaveAnEnd(expression: String) async throws {
        let text =
            "input t: text\nSTART begin -> a\nDATA_TRANSFORM a -> end { prompt_template { value: \(expression) } }"
        let stage = try Stage(text)
        let (end, record) = try await stage.run(
            .record([("t", .string(String(repeating: "a", count: 100_000)))]))
        let error = record.header.error ?? ""
        #expect(end == .failed, "\(error)")
        #expect(
            ["too large", "cost limit", "takes too long"].contains { error.contains($0) },
            "\(error.prefix(200))")
    }

    /// JSON within JSON doubles its escapes each time; it is written no longer than the step may take.
    @Test(.timeLimit(.minutes(1)))
    func aTimeoutEndsRendering() async throws {
        let nested = String(repeating: "json(", count: 9) + "inputs.t" + String(repeating: ")", count: 9)
        let text = """
            input t: text
            START begin -> a
            LLM_CALL a -> end { timeout: 1ms
              prompt_template { user: \(nested) } }
            """
        let stage = try Stage(text) { _, _ throws(StepFailure) in .value(.string("never asked")) }
        let (end, record) = try await stage.run(
            .record([("t", .string(String(repeating: "\"", count: 100_000)))]))
        #expect(end == .failed && stage.actor.count("a") == 0)
        #expect(record.header.error == "step a: no answer within 1 ms")
        #expect(record.steps.last?.prompt == .record([("type", .string("LLM_CALL"))]))
    }

    /// A step with `timeout` that computes for long ends with it.
    @Test(.timeLimit(.minutes(1)))
    func cancelEndsAnEvaluation() async throws {
        let text = """
            input t: text
            START begin -> a
            DATA_TRANSFORM a -> end { prompt_template {
              value: inputs.t.split("").all(x, inputs.t.split("").all(y, y != "b")) } }
            """
        let stage = try Stage(text)
        let task = Task {
            try await stage.run(.record([("t", .string(String(repeating: "a", count: 3_000)))])).1.header
                .error
        }
        task.cancel()
        #expect(try await task.value == "cancelled")
    }
}
