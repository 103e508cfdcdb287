import AutoRuntime
import StepKinds
import Testing
import Values

/// Which visit of its step, and which element, a record is of.
@Suite(.timeLimit(.minutes(1))) struct RecordVisitTests {
    @Test func elementsShareTheirVisitAndAreCounted() async throws {
        let stage = try Stage(
            """
            input pages: list<text>
            START begin -> read
            DATA_TRANSFORM read -> again { each: page in inputs.pages
              prompt_template { value: page + "!" } }
            DATA_TRANSFORM again -> more { prompt_template { value: again.?result.orValue(0) + 1 } }
            LOGIC_DECISION more { prompt_template {
              back: when again.result < 2 -> read
              done: else -> end } }
            """)
        let (end, record) = try await stage.run(
            .record([("pages", .list([.string("kiel"), .string("rom")]))]))
        #expect(end == .finished)
        let visits = record.visits(stage.plan)
        let read = zip(record.steps, visits).filter { record.stepInfos[$0.0.stepIndex].name == "read" }
        #expect(read.map(\.1.number) == [1, 1, 2, 2])
        #expect(read.map(\.1.element?.number) == [1, 2, 1, 2])
        #expect(read.allSatisfy { $0.1.element?.count == 2 })
        #expect(read.map(\.1.element?.text) == ["kiel", "rom", "kiel", "rom"])
        let again = zip(record.steps, visits).filter { record.stepInfos[$0.0.stepIndex].name == "again" }
        #expect(again.map(\.1.number) == [1, 2] && again.allSatisfy { $0.1.element == nil })
    }

    /// The list may be what an earlier step gave, itself by elements.
    @Test func theListIsKnownAgainFromTheRecordsBefore() async throws {
        let stage = try Stage(
            """
            START begin -> double
            DATA_TRANSFORM double -> show { each: n in [1, 2, 3]
              prompt_template { value: n * 2 } }
            DATA_TRANSFORM show -> end { each: n in double.result
              prompt_template { value: n } }
            """)
        let (_, record) = try await stage.run()
        let shown = zip(record.steps, record.visits(stage.plan))
            .filter { record.stepInfos[$0.0.stepIndex].name == "show" }
        #expect(shown.map(\.1.element?.text) == ["2", "4", "6"])
        #expect(record.results(stage.plan).map(\.value) == [.list([.int(2), .int(4), .int(6)])])
    }

    /// A session ends with the whole list, of the step's last visit only.
    @Test(arguments: [
        ("", "[10,5]"), ("on_failed: \"null\"", "[10,null,5]"), ("on_failed: \"drop\"", "[10,5]"),
    ])
    func theResultIsTheList(field: String, result: String) async throws {
        let list = field.isEmpty ? "[1, 2]" : "[1, 0, 2]"
        let stage = try Stage(
            """
            START begin -> part
            DATA_TRANSFORM part -> end { each: n in \(list)
              \(field)
              prompt_template { value: 10 / n } }
            """)
        let (end, record) = try await stage.run()
        #expect(end == .finished)
        #expect(record.results(stage.plan).map { JSON.text($0.value) } == [result])
    }

    /// Several elements are open when the first of them fails: their records are of the same visit.
    @Test(arguments: [("stop", "[5]"), ("null", "[null,5,6]"), ("drop", "[5,6]")])
    func elementsOpenAtAFailureBelongToItsVisit(onFailed: String, result: String) async throws {
        let stage = try Stage(
            """
            START begin -> count
            DATA_TRANSFORM count -> part { prompt_template { value: count.?result.orValue(0) + 1 } }
            LLM_CALL part -> more { each: n in count.result < 3 ? [0, 5, 6] : [5]
              at_once: 3
              on_failed: "\(onFailed)"
              on_error -> more
              prompt_template { user: string(n) } }
            LOGIC_DECISION more { prompt_template {
              back: when count.result < \(onFailed == "stop" ? 3 : 2) -> count
              done: else -> last } }
            DATA_TRANSFORM last -> end { each: n in part.?result.orValue([])
              prompt_template { value: n } }
            """
        ) { work, _ throws(StepFailure) in
            guard case .string(let text)? = work.fields["user"], let number = Int64(text), number > 0 else {
                throw StepFailure(.failed, "no number")
            }
            return .value(.string(text))
        }
        let (end, record) = try await stage.run()
        #expect(end == .finished)
        let part = zip(record.steps, record.visits(stage.plan))
            .filter { record.stepInfos[$0.0.stepIndex].name == "part" }.map(\.1)
        let rest = onFailed == "stop" ? [3] : []
        #expect(part.map(\.number) == [1, 1, 1, 2, 2, 2] + rest)
        #expect(part.map(\.element?.number) == [1, 2, 3, 1, 2, 3] + rest.map { _ in 1 })
        #expect(part.map(\.element?.text) == ["0", "5", "6", "0", "5", "6"] + rest.map { _ in "5" })
        let texts = record.results(stage.plan).first?.value.asList?.map { $0.asText ?? "null" }
        #expect(texts.map { "[\($0.joined(separator: ","))]" } == result)
    }

    /// A step over an empty list leaves no record, and yet it is what the session ends with.
    @Test(arguments: [
        ("inputs.none", "first"), ("first.result.filter(n, n > 9)", "first"), ("middle.result", "middle"),
    ])
    func aLastStepOverAnEmptyListGivesAnEmptyList(list: String, from: String) async throws {
        let middle =
            from == "middle"
            ? "DATA_TRANSFORM middle -> part { each: n in inputs.none\n  prompt_template { value: n } }" : ""
        let stage = try Stage(
            """
            input none: list<int> = []
            START begin -> first
            DATA_TRANSFORM first -> \(from == "middle" ? "middle" : "part") { each: n in [1, 2]
              prompt_template { value: n } }
            \(middle)
            DATA_TRANSFORM part -> end { each: n in \(list)
              prompt_template { value: n } }
            """)
        let (end, record) = try await stage.run(.record([("none", .list([]))]))
        #expect(end == .finished && record.steps.count == 3)
        #expect(record.results(stage.plan).map(\.value) == [.list([])])
    }

    /// Branches that do not meet again end each by a step of its own, in whatever order they ran.
    @Test(arguments: [
        ("[1]", "[1]", "left=[1] right=[1]"), ("[1].filter(n, n > 9)", "[1]", "left=[] right=[1]"),
        ("[1]", "[1].filter(n, n > 9)", "left=[1] right=[]"),
        ("[1].filter(n, n > 9)", "[1].filter(n, n > 9)", "left=[] right=[]"),
    ])
    func aSessionThatEndsInBranchesGivesWhatEachGave(left: String, right: String, expected: String)
        async throws
    {
        let stage = try Stage(
            """
            START begin -> first
            DATA_TRANSFORM first -> [left, right] { prompt_template { value: "before" } }
            DATA_TRANSFORM left -> end { each: n in \(left)
              prompt_template { value: n } }
            DATA_TRANSFORM right -> end { each: n in \(right)
              prompt_template { value: n } }
            """)
        let (end, record) = try await stage.run()
        #expect(end == .finished)
        let texts = record.results(stage.plan).map { "\($0.step)=\(JSON.text($0.value))" }
        #expect(texts.joined(separator: " ") == expected)
    }

    /// A branch of several steps gives what its last one gave, and where branches meet there is one end.
    @Test(arguments: [
        ("end", "end", "1", #"other="o" second="s""#), ("last", "last", "[1].filter(n, n > 9)", "last=[]"),
        ("last", "last", "[7]", "last=[7]"),
    ])
    func aBranchGivesWhatItsLastStepGave(second: String, other: String, list: String, expected: String)
        async throws
    {
        let last =
            second == "last"
            ? "DATA_TRANSFORM last -> end { each: n in \(list)\n  prompt_template { value: n } }" : ""
        let stage = try Stage(
            """
            START begin -> first
            DATA_TRANSFORM first -> [other, one] { prompt_template { value: "before" } }
            DATA_TRANSFORM other -> \(other) { prompt_template { value: "o" } }
            DATA_TRANSFORM one -> second { prompt_template { value: "1" } }
            DATA_TRANSFORM second -> \(second) { prompt_template { value: "s" } }
            \(last)
            """)
        let (end, record) = try await stage.run()
        #expect(end == .finished)
        let texts = record.results(stage.plan).map { "\($0.step)=\(JSON.text($0.value))" }
        #expect(texts.joined(separator: " ") == expected)
    }

    /// What comes behind an empty list reads it: it is not what an earlier turn left.
    @Test func aListThatIsEmptyInALaterTurnIsKnownAgain() async throws {
        let stage = try Stage(
            """
            START begin -> turn
            DATA_TRANSFORM turn -> part { prompt_template { value: turn.?result.orValue(0) + 1 } }
            DATA_TRANSFORM part -> show { each: n in turn.result < 2 ? [7] : []
              prompt_template { value: n } }
            DATA_TRANSFORM show -> more { each: n in part.result + [turn.result]
              prompt_template { value: n } }
            LOGIC_DECISION more { prompt_template {
              back: when turn.result < 2 -> turn
              done: else -> end } }
            """)
        let (end, record) = try await stage.run()
        #expect(end == .finished)
        let shown = zip(record.steps, record.visits(stage.plan))
            .filter { record.stepInfos[$0.0.stepIndex].name == "show" }.map(\.1)
        #expect(shown.map(\.element?.text) == ["7", "1", "2"])
        #expect(shown.map(\.element?.count) == [2, 2, 1])
    }

    /// What the checker takes for the result is what a run gives: that of the last step before the decisions.
    @Test(arguments: [
        ("1", "made", "{\"word\":\"w1\"}"), ("7", "big", "{\"word\":\"big\"}"), ("0", "none", "[]"),
    ])
    func aDecisionPassesOnWhatCameBeforeIt(number: String, step: String, result: String) async throws {
        let stage = try Stage(
            """
            input n: int
            START begin -> first
            LOGIC_DECISION first { prompt_template {
              nothing: when inputs.n == 0 -> none
              some: else -> made } }
            DATA_TRANSFORM none -> last { each: n in [1, 2].filter(x, x > 2)
              prompt_template { value: n } }
            DATA_TRANSFORM made -> more { prompt_template { value: { word: "w${inputs.n}" } } }
            LOGIC_DECISION more { prompt_template {
              big: when inputs.n > 5 -> big
              small: else -> last } }
            DATA_TRANSFORM big -> last { prompt_template { value: { word: "big" } } }
            LOGIC_DECISION last { prompt_template { done: else -> end } }
            """)
        let (_, record) = try await stage.run(.record([("n", .int(Int64(number) ?? 0))]))
        let results = record.results(stage.plan)
        #expect(results.map(\.step) == [step], "\(results)")
        #expect(results.map { JSON.text($0.value) } == [result])
    }

    @Test func aDecisionBeforeAnyStepGivesItsLabel() async throws {
        let stage = try Stage(
            """
            START begin -> choose
            LOGIC_DECISION choose { prompt_template {
              yes: when true -> end
              no: else -> end } }
            """)
        let (_, record) = try await stage.run()
        #expect(record.results(stage.plan).map(\.value) == [.string("yes")])
    }
}
