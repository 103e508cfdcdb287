package import AutoChecker
import AutoSyntax
import CEL
package import Diagnostics
package import Values

/// How one `test` block came out.
package struct TestOutcome: Sendable {
    /// An expectation that does not hold, or something that the test lacks.
    package struct Failure: Sendable {
        package let span: Span
        /// The expectation as written, or what is wrong in a sentence.
        package let text: String
        /// What was seen, a line each.
        package let seen: [String]
    }

    package let test: CheckedTest
    package let failures: [Failure]
    package let record: SessionRecord
    /// Nanoseconds.
    package let duration: Int64

    package var passed: Bool { failures.isEmpty }
}

/// Runs the tests of a file offline: replies stand where something would leave the machine, the rest is real.
package struct TestRunner: Sendable {
    private let executors: Executors
    private let clock: any Clock
    /// Keeps what one test records and no more.
    private let makeStore: @Sendable () -> any Store
    private let executorsOfCalled: CalledExecutors

    /// The executors of an automation that is called, by the path of its file.
    package typealias CalledExecutors = @Sendable (CheckedAutomation, _ path: String) -> Executors

    /// - Parameter executorsOfCalled: nil where the automations that are called are run by the same executors.
    package init(
        executors: Executors, clock: any Clock, executorsOfCalled: CalledExecutors? = nil,
        makeStore: @escaping @Sendable () -> any Store
    ) {
        self.executors = executors
        self.clock = clock
        self.executorsOfCalled = executorsOfCalled ?? { _, _ in executors }
        self.makeStore = makeStore
    }

    /// Runs one test in a store of its own.
    ///
    /// - Returns: what was recorded and what of the test failed. A run that fails is an outcome, too, and no error.
    /// - Throws: when the store of the test cannot be written to or read.
    package func run(_ test: CheckedTest, of plan: Plan, _ stored: StoredAutomation) async throws(StoreError)
        -> TestOutcome
    {
        let began = clock.now()
        let replies = Replies(test.replies)
        let stand = TestClock(real: clock, fixed: test.now)
        let callees = TestCallees(replies: replies, executors: executorsOfCalled)
        let interpreter = Interpreter(
            executors: callees.standing(in: executors, of: plan.automation), store: makeStore(), clock: stand,
            callees: callees)
        let id = ID(name: "test/" + test.name)
        var request = RunRequest(
            plan: plan, automation: stored, sessionID: id, inputs: test.inputs,
            secrets: plan.automation.testSecrets, usesCache: false)
        request.isRehearsal = true
        let header = try await interpreter.open(request)
        let run = try await interpreter.runToTurn(request, header: header) { _ in }
        let record = run.record
        let scene = TestScene(record, plan.automation, run.scope, request.masker)
        let failures =
            missing(replies, test) + failed(test, record, scene, plan.automation, replies)
        return TestOutcome(
            test: test, failures: failures, record: record, duration: clock.now() - began)
    }

    private func missing(_ replies: Replies, _ test: CheckedTest) -> [TestOutcome.Failure] {
        replies.missing.map { lack in
            let name = Replies.asKey(lack.step)
            var seen = ["add to the test: replies: { \(name): \(JSON.text(lack.sample)) }"]
            if let call = lack.call {
                seen.append("or a reply to the call: replies: { \(Replies.asKey(call)): … }")
            }
            return TestOutcome.Failure(
                span: test.span,
                text: "`\(lack.step)` would leave the machine, and the test has no reply for it", seen: seen)
        }
    }

    private func failed(
        _ test: CheckedTest, _ record: SessionRecord, _ scene: TestScene, _ automation: CheckedAutomation,
        _ replies: Replies
    ) -> [TestOutcome.Failure] {
        // Without its replies the test has not run as it was meant.
        guard replies.missing.isEmpty else { return [] }
        return test.expectations.compactMap { expectation in
            var seen = scene.reads(expectation, automation.source)
            do throws(EvaluationError) {
                if case .bool(true) = try scene.value(of: expectation) { return nil }
            } catch {
                if !seen.contains(where: { $0.hasSuffix(error.text) }) {
                    seen.insert("it cannot be computed: \(error.text)", at: 0)
                }
            }
            if let error = record.header.error { seen.append("the session failed: \(error)") }
            for step in replies.unanswered {
                seen.append(
                    "`\(step)` waits for an answer; add to the test: answers: { \(Replies.asKey(step)): \"…\" }"
                )
            }
            return TestOutcome.Failure(
                span: expectation.span, text: "expect " + automation.source.text(expectation.span), seen: seen
            )
        }
    }
}

/// The time of a test: that which it says, else the real one.
private struct TestClock: Clock {
    let real: any Clock
    let fixed: Int64?

    func now() -> Int64 { fixed ?? real.now() }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        try await real.sleep(nanoseconds: nanoseconds)
    }
}

/// What `expect` can read of a run that has ended.
private struct TestScene {
    private var names: [String: Int] = [:]
    private var values: [Value?] = []

    /// - Parameter scope: what the steps could read at the end.
    init(
        _ record: SessionRecord, _ automation: CheckedAutomation, _ scope: Scope?, _ masker: Masker
    ) {
        let steps = record.steps.filter { $0.status != .new }
        set(
            "session",
            .record(
                record.header.sessionFields + [
                    ("status", .string(record.header.status.rawValue)),
                    ("error", record.header.error.map(Value.string) ?? .null),
                ]))
        set("inputs", record.header.inputs)
        set("visited", .list(steps.map { .string(automation.steps[$0.stepIndex].name) }))
        var prompts = MapValue()
        for step in steps { prompts[automation.steps[step.stepIndex].name] = step.prompt }
        set("prompts", .map(prompts))
        for step in automation.steps {
            let own = steps.filter { $0.stepIndex == step.index }
            let results = own.compactMap(\.result)
            let errors = own.enumerated().compactMap { place, record in
                record.failure.map { $0.value(ofElement: place) }
            }
            // The records of a step with `each` do not say which visit an element is of, nor that a list was empty.
            let elements = step.each == nil ? nil : scope?.elements(of: step.index)
            set(step.name + ".errors", elements.map { masker.mask($0.errors) } ?? .list(errors))
            set(step.name + ".results", elements.map { masker.mask($0.results) } ?? .list(results))
            let list: Value? = own.isEmpty ? nil : .list(results)
            let last =
                step.each == nil ? results.last : elements.map { $0.result.map { masker.mask($0) } } ?? list
            set(step.name + ".result", last)
            set(step.name + ".current", last)
            set(step.name + ".prompt", own.last?.prompt)
            set(step.name + ".error", own.last?.failure?.value)
        }
    }

    private mutating func set(_ name: String, _ value: Value?) {
        names[name] = values.count
        values.append(value)
    }

    func value(of expression: Expression) throws(EvaluationError) -> Value {
        try Program(expression, names: names).evaluate(SlotValues(values))
    }

    /// What each read in an expectation gave, as `name is value`.
    func reads(_ expression: Expression, _ source: SourceText) -> [String] {
        var lines: [String] = []
        collect(expression, source, &lines)
        return lines
    }

    private func collect(_ expression: Expression, _ source: SourceText, _ lines: inout [String]) {
        switch expression.kind {
        case .name, .select:
            let words = source.text(expression.span)
            var line = "\(words) is not there"
            do throws(EvaluationError) { line = "\(words) is \(shown(try value(of: expression)))" } catch {
                line = "\(words): \(error.text)"
            }
            if !lines.contains(line) { lines.append(line) }
        // What a macro reads depends on its variable.
        case .macro(let macro): collect(macro.operand, source, &lines)
        case .literal, .text, .has, .index, .call, .unary, .binary, .conditional, .list, .map:
            for child in expression.kind.children { collect(child, source, &lines) }
        }
    }

    private func shown(_ value: Value) -> String {
        if case .optional(let inner) = value { return inner.map { shown($0) } ?? "absent" }
        let text = JSON.text(value)
        return text.count > 300 ? text.prefix(300) + "…" : text
    }
}

extension DataType {
    /// A value of the type, to show what one looks like.
    package var sample: Value {
        switch self {
        case .text: .string("…")
        case .int: .int(1)
        case .number: .double(1)
        case .bool: .bool(true)
        case .json: .record([])
        case .bytes: .string("")
        case .url: .string("https://example.org/")
        case .list(let element): .list([element.sample])
        case .oneOf(let values): .string(values.first ?? "")
        case .record(let fields, _):
            .record(fields.filter { !$0.isOptional }.map { ($0.name, $0.type.sample) })
        }
    }
}
