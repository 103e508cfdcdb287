import AutoChecker
import AutoSyntax
import StepKinds
import Synchronization
import Values

/// The replies of a test as they are used up, and what it lacked.
///
/// A step is named as the test names it: `fetch`, and `digest.fetch` for one of the automation that `digest` calls.
final class Replies: Sendable {
    /// A step that would have left the machine.
    struct Lack: Sendable {
        let step: String
        /// A reply that the step would take.
        let sample: Value
        /// The outermost step whose call led there; nil for a step of the tested file itself.
        let call: String?
    }

    private struct State {
        var left: [String: ArraySlice<TestReply>]
        var missing: [Lack] = []
        var unanswered: [String] = []
    }

    private let state: Mutex<State>

    init(_ replies: [String: [TestReply]]) {
        state = Mutex(State(left: replies.mapValues { $0[...] }))
    }

    /// The next reply of a step; the last one stays.
    ///
    /// - Throws: the failure that the test gives in place of a value.
    func next(_ step: String) throws(StepFailure) -> Value? {
        let reply = state.withLock { state -> TestReply? in
            guard let first = state.left[step]?.first else { return nil }
            if (state.left[step]?.count ?? 0) > 1 { state.left[step]?.removeFirst() }
            return first
        }
        switch reply {
        case .value(let value): return value
        case .failure(let kind, let message):
            throw StepFailure(FailureKind(word: kind), message, retryable: true)
        case nil: return nil
        }
    }

    func lacks(_ name: String, _ step: CheckedStep) {
        let call = name == step.name ? nil : name.split(separator: ".").first.map(String.init)
        let lack = Lack(step: name, sample: sampleReply(step), call: call)
        state.withLock { state in
            if !state.missing.contains(where: { $0.step == name }) { state.missing.append(lack) }
        }
    }

    /// A question that the test does not answer.
    func leavesOpen(_ name: String) {
        state.withLock { if !$0.unanswered.contains(name) { $0.unanswered.append(name) } }
    }

    var missing: [Lack] { state.withLock { $0.missing } }

    var unanswered: [String] { state.withLock { $0.unanswered } }

    /// A step's name as a key in the file.
    static func asKey(_ name: String) -> String {
        name.utf8.contains(UInt8(ascii: ".")) ? JSON.text(.string(name)) : name
    }
}

/// A reply that a step would take, to be pasted into a test.
private func sampleReply(_ step: CheckedStep) -> Value {
    if let type = step.resultType { return type.sample }
    if let branch = step.branches.first { return .string(branch.label) }
    return StepKind.of(step.type).sampleReply
}

/// Runs the automations that are called within a test: replies stand in them, too.
struct TestCallees: Callees {
    let replies: Replies
    let executors: TestRunner.CalledExecutors
    /// The names of the steps whose calls led here, each with a `.` behind it.
    var way = ""
    private let versions = CalledVersions { _ in 0 }

    init(replies: Replies, executors: @escaping TestRunner.CalledExecutors) {
        self.replies = replies
        self.executors = executors
    }

    func callees(of step: CheckedStep) -> any Callees {
        var inside = self
        inside.way += step.name + "."
        return inside
    }

    func reply(toCallBy step: CheckedStep) throws(StepFailure) -> Value? {
        try replies.next(way + step.name)
    }

    func parts(for automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation)
        async throws(StepFailure) -> CalleeParts
    {
        let version = try await versions.version(of: automation, at: path, calledBy: caller)
        return CalleeParts(
            automation: version.stored, plan: version.plan,
            executors: standing(in: executors(automation, version.stored.path), of: automation),
            secrets: automation.testSecrets, modelKeys: [:])
    }

    /// Executors in which the test's replies stand.
    func standing(in executors: Executors, of automation: CheckedAutomation) -> Executors {
        executors.wrapped {
            TestExecutor(inner: $0, replies: replies, defaults: automation.models, way: way)
        }
    }
}

extension CheckedAutomation {
    /// What stands for the secrets in a test.
    var testSecrets: [String: String] {
        Dictionary(secrets.map { ($0, "test-secret-\($0)") }, uniquingKeysWith: { first, _ in first })
    }
}

/// Gives a test's reply, or runs for real what stays on the machine.
private struct TestExecutor: StepExecutor {
    let inner: any StepExecutor
    let replies: Replies
    let defaults: DefaultModels
    /// What stands before the names of these steps in the test.
    let way: String

    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let name = way + work.step.name
        if let value = try replies.next(name) { return .value(value) }
        if work.step.type == .getUserInput {
            replies.leavesOpen(name)
            return .waiting
        }
        guard StepKind.of(work.step.type).wayOut(GivenFields(work.fields), defaults) == nil else {
            replies.lacks(name, work.step)
            throw StepFailure(.noReply, "the test has no reply for it")
        }
        return try await inner.execute(work)
    }

    func keep(_ result: Value, of work: StepWork) async throws(StepFailure) {
        try await inner.keep(result, of: work)
    }

    func model(for work: StepWork) -> String { inner.model(for: work) }
}
