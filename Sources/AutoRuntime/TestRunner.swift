package import AutoChecker
import AutoSyntax
import CEL
package import Diagnostics
import StepKinds
import Synchronization
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

    package init(
        executors: Executors, clock: any Clock,
        makeStore: @escaping @Sendable () -> any Store
    ) {
        self.executors = executors
        self.clock = clock
        self.makeStore = makeStore
    }

    package func run(_ test: CheckedTest, of plan: Plan, _ stored: StoredAutomation) async throws(StoreError)
        -> TestOutcome
    {
        let began = clock.now()
        let replies = Replies(test.replies)
        let stand = TestClock(real: clock, fixed: test.now)
        let table = executors.wrapped {
            TestExecutor(inner: $0, replies: replies, defaults: plan.automation.models)
        }
        let interpreter = Interpreter(executors: table, store: makeStore(), clock: stand)
        let secrets = Dictionary(
            plan.automation.secrets.map { ($0, "test-secret-\($0)") }, uniquingKeysWith: { first, _ in first }
        )
        let id = ID(name: "test/" + test.name)
        var request = RunRequest(
            plan: plan, automation: stored, sessionID: id, inputs: test.inputs, secrets: secrets,
            usesCache: false)
        request.isRehearsal = true
        let header = try await interpreter.open(request)
        let (_, record) = try await interpreter.run(request, header: header)
        let failures =
            missing(replies, test, plan.automation) + failed(test, record, plan.automation, replies)
        return TestOutcome(
            test: test, failures: failures, record: record, duration: clock.now() - began)
    }

    private func missing(_ replies: Replies, _ test: CheckedTest, _ automation: CheckedAutomation)
        -> [TestOutcome.Failure]
    {
        replies.missing.map { step in
            let checked = automation.steps[step]
            let sample = JSON.text(sampleReply(checked))
            return TestOutcome.Failure(
                span: test.span,
                text: "`\(checked.name)` would leave the machine, and the test has no reply for it",
                seen: ["add to the test: replies: { \(checked.name): \(sample) }"])
        }
    }

    private func failed(
        _ test: CheckedTest, _ record: SessionRecord, _ automation: CheckedAutomation, _ replies: Replies
    ) -> [TestOutcome.Failure] {
        // Without its replies the test has not run as it was meant.
        guard replies.missing.isEmpty else { return [] }
        let scene = TestScene(record, automation)
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
            for step in record.steps where step.status == .running {
                let name = record.stepInfos[step.stepIndex].name
                seen.append("`\(name)` waits for an answer; add to the test: answers: { \(name): \"…\" }")
            }
            return TestOutcome.Failure(
                span: expectation.span, text: "expect " + automation.source.text(expectation.span), seen: seen
            )
        }
    }
}

/// A reply that a step would take, to be pasted into a test.
private func sampleReply(_ step: CheckedStep) -> Value {
    if let type = step.resultType { return type.sample }
    if let branch = step.branches.first { return .string(branch.label) }
    return StepKind.of(step.type).sampleReply
}

/// The replies of a test as they are used up, and what it lacked.
private final class Replies: Sendable {
    private struct State {
        var left: [Int: ArraySlice<TestReply>]
        var missing: [Int] = []
    }

    private let state: Mutex<State>

    init(_ replies: [Int: [TestReply]]) {
        state = Mutex(State(left: replies.mapValues { $0[...] }))
    }

    /// The next reply of a step; the last one stays.
    func next(_ step: Int) -> TestReply? {
        state.withLock { state in
            guard let first = state.left[step]?.first else { return nil }
            if (state.left[step]?.count ?? 0) > 1 { state.left[step]?.removeFirst() }
            return first
        }
    }

    func lacks(_ step: Int) {
        state.withLock { if !$0.missing.contains(step) { $0.missing.append(step) } }
    }

    var missing: [Int] { state.withLock { $0.missing } }
}

/// Gives a test's reply, or runs for real what stays on the machine.
private struct TestExecutor: StepExecutor {
    let inner: any StepExecutor
    let replies: Replies
    let defaults: DefaultModels

    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        switch replies.next(work.step.index) {
        case .value(let value): return .value(value)
        case .failure(let kind, let message):
            throw StepFailure(FailureKind(word: kind), message, retryable: true)
        case nil: break
        }
        if work.step.type == .getUserInput { return .waiting }
        guard StepKind.of(work.step.type).wayOut(GivenFields(work.fields), defaults) == nil else {
            replies.lacks(work.step.index)
            throw StepFailure(.noReply, "the test has no reply for it")
        }
        return try await inner.execute(work)
    }

    func model(for work: StepWork) -> String { inner.model(for: work) }
}

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

    init(_ record: SessionRecord, _ automation: CheckedAutomation) {
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
            set(step.name + ".errors", .list(errors))
            set(step.name + ".results", .list(results))
            // The elements of `each` are one visit, whose result is their list.
            let last = step.each == nil ? results.last : own.isEmpty ? nil : .list(results)
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
