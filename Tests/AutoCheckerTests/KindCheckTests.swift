import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Testing

private func findings(_ text: String, _ options: CheckOptions = CheckOptions()) -> [Diagnostic] {
    check(SourceText(name: "t.auto", text: "automation \"T\"\n" + text), options).findings
}

private func codes(_ text: String, _ options: CheckOptions = CheckOptions()) -> [Code] {
    findings(text, options).map(\.code)
}

/// What the checker takes from StepKinds.
@Suite(.timeLimit(.minutes(1))) struct KindCheckTests {
    private let search =
        "START a -> s\nEMBEDDING_SEARCH s -> end { prompt_template { query: \"x\", documents: [\"y\"] } }\n"

    /// A choice is an answer: one that the step's result cannot be is found before anybody is asked.
    @Test(arguments: [
        ("int", "[1, 2]", true), ("int", "[\"1\"]", true), ("int", "[\"one\"]", false),
        ("int", "[1.5]", false),
        ("number", "[1, 2.5]", true), ("bool", "[true]", true), ("bool", "[\"yes\", \"no\"]", true),
        ("bool", "[\"ja\"]", false), ("text", "[\"a\"]", true), ("text", "[1]", false),
        ("one_of(\"a\", \"b\")", "[\"a\"]", true), ("one_of(\"a\", \"b\")", "[\"c\"]", false),
    ])
    func choicesFitTheResult(result: String, choices: String, fits: Bool) {
        let text = """
            START a -> b
            GET_USER_INPUT b -> end {
              result: \(result)
              prompt_template { message: "m", choices: \(choices) }
            }

            """
        #expect(codes(text) == (fits ? [] : [.wrongType]), "\(findings(text).map(\.message))")
    }

    /// The settings may send documents to a server, which the file alone does not show.
    @Test func anEmbeddingModelOfTheSettingsLeavesTheMachine() {
        var options = CheckOptions()
        #expect(codes(search, options).isEmpty)
        options.embeddingModel = "text-embedding-3-small"
        #expect(codes(search, options) == [.noTimeout])
        let source = SourceText(name: "t.auto", text: "automation \"T\"\n" + search)
        #expect(RunPlan(source, inputs: [:], options)?.steps.last?.wayOut == .embeddings)
        #expect(check(source, options).automation?.steps.last?.leavesMachine == true)
    }

    @Test func packagesLeaveTheMachine() {
        let text = """
            START a -> p
            PYTHON p -> end { prompt_template { code: "result = 1", requirements: ["six==1.17.0"] } }

            """
        #expect(codes(text) == [.noTimeout])
        let source = SourceText(name: "t.auto", text: "automation \"T\"\n" + text)
        #expect(RunPlan(source, inputs: [:])?.steps.last?.wayOut == .packages)
    }

    @Test(arguments: [
        ("{ title: \"h1\" }", "{ title: text? }"),
        ("{ title: xpath(\"//h1\"), links: [\"a@href\"] }", "{ title: text?, links: list<text> }"),
        ("{ each: \"tr\", name: \"td\", all: [\"a\"] }", "list<{ name: text?, all: list<text> }>"),
        ("{ rows: { each: \"tr\", name: \"td\" } }", "{ rows: list<{ name: text? }> }"),
        // A lone selector has no place for what is absent: the step fails where it finds nothing.
        ("[\"li\"]", "list<text>"), ("\"h1\"", "text"), ("xpath(\"//h1\")", "text"),
    ])
    func whatASelectorMayNotFindIsOptional(selector: String, type: String) throws {
        let text =
            "START a -> p\nWEB_SCRAPE p -> end { prompt_template { html: \"\", select: \(selector) } }\n"
        let draft = CheckDraft(SourceText(name: "t.auto", text: "automation \"T\"\n" + text))
        #expect(try #require(draft.model).result(of: 1).text == type)
    }

    @Test(arguments: [
        ("p.result.title", [Code.optionalRead]), ("p.result.?title.orValue(\"-\")", []),
        ("has(p.result.title) ? p.result.title : \"-\"", []), ("p.result.links.size()", []),
    ])
    func optionalSelectionsAreReadWithCare(value: String, expected: [Code]) {
        let text = """
            START a -> p
            WEB_SCRAPE p -> v { prompt_template { html: "", select: { title: "h1", links: ["a@href"] } } }
            DATA_TRANSFORM v -> end { prompt_template { value: \(value) } }

            """
        #expect(codes(text) == expected)
    }

    @Test(arguments: [
        ("LLM_CALL", "w.error.kind == \"timout\"", [Code.constantComparison]),
        ("LLM_CALL", "w.error.kind == \"timeout\"", []),
        ("LLM_CALL", "\"ValueError\" == w.error.kind", [.constantComparison]),
        ("LLM_CALL", "w.?error.kind.orValue(\"\") == \"timeout\"", []),
        ("PYTHON", "w.error.kind == \"ValueError\"", []),
        ("PYTHON", "w.error.kind == \"timout\"", [.constantComparison]),
        ("PYTHON", "w.error.kind in [\"timeout\", \"KeyError\", \"tiemout\"]", [.constantComparison]),
    ])
    func kindsOfFailureAreKnown(type: String, condition: String, expected: [Code]) {
        let fields = type == "PYTHON" ? "code: \"result = 1\"" : "user: \"x\""
        let text = """
            START a -> w
            \(type) w -> end { timeout: 5s, on_error -> d, prompt_template { \(fields) } }
            LOGIC_DECISION d { prompt_template {
              slow: when \(condition) -> end
              other: else -> end
            } }

            """
        let found = findings(text)
        #expect(found.map(\.code) == expected)
        #expect(
            found.first.map { $0.help?.contains("timeout") == true || $0.help?.contains("one of") == true }
                ?? true)
    }

    @Test func kindsInTestsAreKnown() {
        func file(_ kind: String) -> String {
            """
            START a -> w
            LLM_CALL w -> end { timeout: 5s, prompt_template { user: "x" } }
            test "fails" {
              replies: { w: { error: { kind: "\(kind)", message: "m" } } }
              expect session.status == "FAILED" && w.error.kind == "\(kind)"
            }

            """
        }
        #expect(codes(file("refused")).isEmpty)
        #expect(codes(file("refusd")).contains(.badTestValue))
    }

    @Test func everyFieldThatMayHoldASecretDoes() {
        func file(_ fields: String) -> String {
            """
            secret KEY
            START a -> r
            REST_API r -> end { timeout: 5s, prompt_template { url: "https://a.example.org/", \(fields) } }

            """
        }
        #expect(codes(file("form: { key: secrets.KEY }")).isEmpty)
        #expect(codes(file("query: { key: secrets.KEY }")) == [.secretOutOfPlace])
    }
}

/// Keys that a server would take for the same request.
@Suite(.timeLimit(.minutes(1))) struct SharedKeyTests {
    private func order(_ settings: String, _ key: String, name: String = "o", next: String = "end") -> String
    {
        let header = key.isEmpty ? "" : "headers: { \"Idempotency-Key\": \(key) }, "
        return
            "REST_API \(name) -> \(next) { timeout: 5s\n\(settings)\nprompt_template { url: \"https://a.example.org/\", \(header)body: { x: 1 } } }\n"
    }

    @Test func theStepsOwnKeyIsRight() {
        #expect(codes("START a -> o\n" + order("retry: { attempts: 3 }", "")).isEmpty)
    }

    @Test(arguments: [
        ("each: x in [1, 2]", "session.id", [Code.sharedKey]),
        ("each: x in [1, 2]", "\"${session.id}-${x}\"", []),
        ("", "session.id", []), ("", "\"order\"", [.sharedKey]),
    ])
    func elementsHaveKeysOfTheirOwn(settings: String, key: String, expected: [Code]) {
        #expect(codes("START a -> o\n" + order(settings, key)) == expected)
    }

    @Test func stepsHaveKeysOfTheirOwn() {
        let both = order("", "session.id", next: "p") + order("", "session.id", name: "p")
        #expect(codes("START a -> o\n" + both).filter { $0 == .sharedKey } == [.sharedKey])
    }

    @Test(arguments: [("session.id", true), ("\"${session.id}-${o.results.size()}\"", false)])
    func roundsHaveKeysOfTheirOwn(key: String, isFound: Bool) {
        let loop = """
            LOGIC_DECISION d { prompt_template {
              again: when o.results.size() < 3 -> o
              done: else -> end
            } }

            """
        let text = "START a -> o\n" + order("max_visits: 5", key, next: "d") + loop
        #expect(codes(text).contains(.sharedKey) == isFound)
    }
}

@Suite(.timeLimit(.minutes(1))) struct VisitLimitTests {
    /// `a -> b -> a`, and both lead to the end.
    private let loop = [[1], [0]]

    private func limits(_ maxVisits: [Int?], successors: [[Int]]) -> [Int] {
        visitLimits(maxVisits, successors: successors, failures: successors.map { _ in [] })
    }

    @Test func aLoopIsBoundedByItsStep() {
        #expect(limits([100_000, nil], successors: loop) == [100_000, 100_000])
        #expect(limits([nil, nil], successors: loop) == [Defaults.visits, Defaults.visits])
        #expect(limits([3, 5], successors: loop) == [3, 5])
        #expect(limits([nil], successors: [[]]) == [1])
    }

    /// What can come before the first of the bounding steps comes once more than they do.
    @Test func whoComesBeforeTheBoundComesOnceMore() {
        // 0 leads into the loop 1 -> 2 -> 3 -> 1.
        func limits(_ entry: Int, _ bounded: Int, failing: [Int] = []) -> [Int] {
            var own: [Int?] = [nil, nil, nil, nil]
            own[bounded] = 4
            var failures: [[Int]] = [[], [], [], []]
            failures[bounded] = failing
            return visitLimits(own, successors: [[entry], [2], [3], [1]], failures: failures)
        }
        #expect(limits(1, 1) == [1, 4, 4, 4])
        #expect(limits(2, 1) == [1, 4, 5, 5])
        #expect(limits(3, 1) == [1, 4, 4, 5])
        #expect(limits(1, 1, failing: [3]) == [1, 4, 4, 5])
    }

    /// Two loops around one step: it comes round for each visit of either.
    @Test func aStepOfTwoLoopsIsBoundedByBoth() {
        #expect(limits([nil, 10, 3, nil], successors: [[1, 2], [0], [0], [0]]) == [14, 10, 3, 1])
    }

    @Test func acycleWithoutABoundKeepsTheUsualOne() {
        // 0 -> 1 -> 0 is bounded by 1; 0 -> 2 -> 0 is not.
        #expect(limits([nil, 7, nil], successors: [[1, 2], [0], [0]]) == [1_000, 7, 1_000])
    }

    @Test func hugeBoundsDoNotOverflow() {
        #expect(limits([Int.max, nil], successors: loop) == [Int.max, Int.max])
    }

    @Test func theWorstCaseCountsSo() throws {
        let text = """
            automation "T"
            START a -> ask
            LLM_CALL ask -> d { timeout: 5s, prompt_template { user: "x" } }
            LOGIC_DECISION d {
              max_visits: 100000
              prompt_template {
                again: when ask.result != "done" -> ask
                done: else -> end
              }
            }

            """
        let plan = try #require(RunPlan(SourceText(name: "t.auto", text: text), inputs: [:]))
        #expect(plan.steps.map(\.bound.visits) == [1, 100_001, 100_000])
    }
}
