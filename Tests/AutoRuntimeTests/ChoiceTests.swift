import AutoChecker
import AutoRuntime
import Diagnostics
import StepKinds
import Testing
import Values

/// What a person can answer to a question.
@Suite(.timeLimit(.minutes(1))) struct ChoiceTests {
    /// - Parameter result: the step's setting, with its name; empty for none.
    private func asked(_ result: String, _ choices: String) throws -> (CheckedStep, StepRecord, Question) {
        let fields = choices.isEmpty ? "" : ", choices: \(choices)"
        let stage = try Stage(
            "START a -> b\nGET_USER_INPUT b -> end {\n\(result)\nprompt_template { message: \"m\"\(fields) } }"
        )
        let step = try #require(stage.plan.automation.steps.last)
        var prompt = MapValue(record: [("message", .string("m"))])
        if !choices.isEmpty { prompt["choices"] = try JSON.parse(choices) }
        let record = StepRecord(
            id: ID(milliseconds: 1, count: 0, random: 1), stepIndex: step.index, status: .running,
            prompt: .map(prompt), result: nil, error: nil, errorKind: nil, createdAt: 0, updatedAt: 0)
        return (step, record, try question(step, prompt))
    }

    @Test(arguments: [
        ("result: int", "[1, 2]", ["1", "2"], "2", Value.int(2)),
        ("result: number", "[0.5, 2]", ["0.5", "2.0"], "2", .double(2)),
        ("result: bool", "[true]", ["yes"], "y", .bool(true)),
        ("result: bool", #"["yes", "no"]"#, ["yes", "no"], "n", .bool(false)),
        ("result: text", #"["a", "b"]"#, ["a", "b"], "2", .string("b")),
        ("", "[10, 20]", ["10", "20"], "20", .string("20")),
        (#"result: one_of("yes", "no")"#, "", ["yes", "no"], "ye", .string("yes")),
        ("result: bool", "", ["yes", "no"], "ye", .bool(true)),
        // Blanks around it count for nothing, and a value goes before a place.
        ("result: int", "[3, 1, 2]", ["3", "1", "2"], "1 ", .int(1)),
        ("result: number", "[2, 1]", ["2.0", "1.0"], " 1", .double(1)),
        ("result: text", #"["a", "b"]"#, ["a", "b"], " 2 ", .string("b")),
    ])
    func choicesOfEachTypeAreOfferedAndTaken(
        result: String, choices: String, texts: [String], typed: String, value: Value
    ) throws {
        let (step, record, question) = try asked(result, choices)
        #expect(question.offered.map(\.text) == texts)
        #expect(try fit(typed, question) == value)
        #expect(try fitted(.string(typed), step, record) == value)
        for answer in [Value.string("99"), .int(99)] {
            #expect(throws: Misfit.self) { try fitted(answer, step, record) }
        }
        do throws(Misfit) {
            _ = try fit("99", question)
        } catch {
            #expect(texts.allSatisfy { error.text.contains($0) }, "\(error.text)")
        }
    }

    /// Enter may say something that is not offered.
    @Test func theDefaultNeedNotBeAChoice() throws {
        let stage = try Stage("START a -> b\nGET_USER_INPUT b -> end { prompt_template { message: \"m\" } }")
        let step = try #require(stage.plan.automation.steps.last)
        let prompt = MapValue(record: [
            ("message", .string("m")), ("choices", .list([.string("red"), .string("blue")])),
            ("default", .string("none")),
        ])
        let question = try question(step, prompt)
        #expect(question.offered.map(\.text) == ["red", "blue"])
        #expect(try fit("", question) == .string("none") && fit("red", question) == .string("red"))
        #expect(throws: Misfit.self) { try fit("green", question) }
    }

    /// A beginning says which one is meant, unless two have it, or it is a number of its own.
    @Test func aBeginningMeansTheOnlyChoiceThatHasIt() throws {
        let (_, _, words) = try asked("", #"["approve", "apply", "reject"]"#)
        #expect(try fit("R", words) == .string("reject"))
        #expect(throws: Misfit.self) { try fit("ap", words) }
        let (_, _, numbers) = try asked("result: int", "[99, 50]")
        #expect(throws: Misfit.self) { try fit("9", numbers) }
    }

    @Test func anAnswerInJSONIsOneOfTheChoices() throws {
        let (step, record, _) = try asked("result: int", "[1, 2]")
        #expect(try fitted(.int(2), step, record) == .int(2))
        #expect(throws: Misfit.self) { try fitted(.int(3), step, record) }
    }

    /// What the file cannot have meant is said, before anybody is asked.
    @Test func aChoiceThatDoesNotFitIsNoQuestion() throws {
        let (step, _, _) = try asked("result: int", "[1]")
        let prompt = MapValue(record: [("message", .string("m")), ("choices", .list([.string("one")]))])
        do throws(StepFailure) {
            _ = try question(step, prompt)
            Issue.record("a choice that is no number was taken")
        } catch {
            #expect(error.message.hasPrefix("`choices[0]` does not fit the step's `result`: "))
        }
    }
}

/// When step records ended.
@Suite(.timeLimit(.minutes(1))) struct RecordEndTests {
    private func record(_ index: Int, at milliseconds: UInt64, updated: Int64) -> StepRecord {
        StepRecord(
            id: ID(milliseconds: milliseconds, count: 0, random: 1), stepIndex: index, status: .finished,
            prompt: nil, result: nil, error: nil, errorKind: nil, createdAt: updated, updatedAt: updated)
    }

    /// A store keeps whole seconds: a wait of a part of one ended when the next step began.
    @Test func aWaitEndsWhereTheNextStepBegins() throws {
        let stage = try Stage(
            """
            START a -> ask
            GET_USER_INPUT ask -> done { prompt_template { message: "m" } }
            DATA_TRANSFORM done -> end { prompt_template { value: 1 } }
            """)
        let id = ID(milliseconds: 5_000, count: 0, random: 2)
        let steps = [
            record(0, at: 5_100, updated: 5), record(1, at: 5_200, updated: 5),
            record(2, at: 5_800, updated: 5),
        ]
        let session = SessionRecord(
            header: SessionHeader(
                id: id, automationID: id, inputs: .record([]), status: .finished, error: nil, createdAt: 5,
                updatedAt: 5),
            steps: steps, stepInfos: stage.stored.stepInfos)
        #expect(session.ends([], stage.plan.automation.steps) == [5_200, 5_800, 5_800])
        #expect(session.ends([], nil) == [5_100, 5_200, 5_800])
        let tried = TraceEvent(
            at: 5_700_000_000, record: steps[1].id, attempt: 1, .attempt(AttemptEnd(time: 500_000_000)))
        #expect(session.ends([tried], stage.plan.automation.steps) == [5_200, 5_700, 5_800])
    }
}
