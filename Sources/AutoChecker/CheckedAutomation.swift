package import AutoSyntax
package import CEL
package import Diagnostics
package import StepKinds
package import Values

/// An automation without errors, its names and edges resolved. Only this can be run.
///
/// A session goes on by what it began with, so nothing that decides how a run goes on stands outside: not in the settings,
/// and not in what a later checker would make of the text.
package struct CheckedAutomation: Sendable {
    /// The text that was checked.
    package let source: SourceText
    /// The name behind `automation`.
    package let name: String
    /// What stands behind `description`; empty where there is none.
    package let description: String
    /// What a run is given, in the order of the file.
    package let inputs: [CheckedInput]
    /// The names of the secrets, in the order of the file.
    package let secrets: [String]
    /// The steps in the order of the file, each at its index.
    package let steps: [CheckedStep]
    /// The index of the START step.
    package let start: Int
    /// The steps' indices by their names.
    package let stepIndex: [String: Int]
    /// The inputs, secrets, types, `max_cost` and tests as they were written, for `exported`.
    package let declarations: String
    /// What the settings said when it was checked.
    package let models: DefaultModels
    /// What the model calls of one run may cost; nil where the file sets no bound in dollars.
    package let maxDollars: Double?
    /// How text from outside is kept from where something is changed, as the settings said when it was checked.
    package let trust: TrustSettings
    /// What it gives to who calls it.
    package let result: DataType
    /// The name of its file, without the folder; where it came by the API of a server, what stands for its id there,
    /// `OtherFiles.place(of:)`.
    package let fileName: String
    /// The automations that it calls, and those that they call, by their paths from its folder, those that are called by
    /// their ids by what stands for these. They have none of their own: `called(at:)` gives them theirs.
    package let family: [String: CheckedAutomation]
    /// Empty when it was stored: what runs has no use for them.
    package let tests: [CheckedTest]
}

extension CheckedAutomation {
    /// What starts it besides a person, a client or another automation.
    package var trigger: Trigger { Trigger(steps[start].fields) }
}

/// A `test` block, its values fitted to what they are for.
package struct CheckedTest: Sendable {
    /// What the test is called.
    package let name: String
    /// Where it stands.
    package let span: Span
    /// Defaults filled in.
    package let inputs: Value
    /// What steps reply, and persons answer, by the steps' names; behind the name of a step that calls an automation
    /// stand those of the steps in there: `digest.fetch`.
    package let replies: [String: [TestReply]]
    /// Nanoseconds since 1970.
    package let now: Int64?
    /// What must be true after the run, in order.
    package let expectations: [Expression]
}

/// An `input` of the header.
package struct CheckedInput: Sendable {
    /// The input's name.
    package let name: String
    /// The type of its values.
    package let type: DataType
    /// What it means, for who gives it; nil where nothing is written.
    package let documentation: String?
    /// A value of the input's type; nil where the input has to be given.
    package let defaultValue: Value?
}

/// Where the run goes from a step.
package indirect enum Destination: Sendable, Hashable {
    case end
    case step(Int)
    /// Branches that run at once until each reaches `join` (a step's index, nil for `end`).
    case fork([Destination], join: Int?)
}

/// A branch of LOGIC_DECISION.
package struct CheckedBranch: Sendable {
    /// What the branch is taken by.
    package enum Condition: Sendable {
        /// The expression, a bool, is true, and no branch before it was taken.
        case when(Expression)
        /// `else`: no branch before it was taken.
        case otherwise
        /// The model answers the question with the branch's label.
        case label
    }

    /// The branch's name.
    package let label: String
    /// What it is taken by.
    package let condition: Condition
    /// Where it leads.
    package let destination: Destination
}

/// `each`: the step runs once for each element of a list.
package struct Each: Sendable {
    /// One name, or two: the index first.
    package let variables: [String]
    /// What gives the list.
    package let list: Expression
}

/// What becomes of the others when an element of `each` fails.
package enum OnFailed: String, Sendable, Hashable, CaseIterable {
    /// They are stopped, and the step fails.
    case stop
    /// They go on; null stands in its place.
    case null
    /// They go on; it is left out.
    case drop
}

/// How often a failing step is tried, and after what delays.
package struct Retry: Sendable, Hashable {
    /// 1 for a step without `retry`.
    package var attempts = 1
    /// Nanoseconds; nil where the author wrote none.
    package var writtenMaxDelay: Int64?
    /// Nanoseconds.
    package var firstDelay = Defaults.firstDelay
    /// How many times as long each delay is as the one before.
    package var factor = Defaults.factor
    /// The longest delay, in nanoseconds.
    package var maxDelay = Defaults.maxDelay
}

/// A step that has passed the checker, with its settings' defaults filled in.
package struct CheckedStep: Sendable {
    /// Its place among the automation's steps, from 0.
    package let index: Int
    /// The step's name.
    package let name: String
    /// Where its name stands in the declaration.
    package let nameSpan: Span
    /// Which of the ten types it is of.
    package let type: StepType
    /// The fields of its template, in the order of the file.
    package let fields: [Field]
    /// The ways on of a decision; empty for other steps.
    package let branches: [CheckedBranch]
    /// Nil for a decision, whose branches go on.
    package let next: Destination?
    /// Where a failure leads; nil where it ends the run.
    package let onError: Destination?
    /// The path, from the file's folder, of the automation that it calls; nil for a step that calls none.
    package let callee: String?
    /// What `result: TYPE` says; of a call what the called automation gives.
    package let resultType: DataType?
    /// Nanoseconds; at most `longestTime`.
    package let timeout: Int64?
    /// How often it is tried where it fails.
    package let retry: Retry
    /// How often one run may visit it; nil where the file does not say.
    package let maxVisits: Int?
    /// The list for each element of which it runs; nil for a step that runs once a visit.
    package let each: Each?
    /// How many elements of `each` run at once.
    package let atOnce: Int
    /// What becomes of the others when an element of `each` fails.
    package let onFailed: OnFailed
    /// The first step of the innermost loop around the step.
    package let loopHead: Int?
    /// Whether its work reaches beyond this machine.
    package let leavesMachine: Bool
    /// Whether a result is kept, and used where the same is asked again.
    package let isCached: Bool
    /// The fields that may hold text from outside though the step changes something outside; each stands for all that is
    /// under it.
    package let trusted: [String]
    /// Where the parts of its expressions stand whose types have no room for a text of somebody else.
    package let closedParts: [Span]
    /// The step as written: `type`, fields, settings; a JSON object.
    package let template: Value

    /// How the step is tried again where the file does not say it: a question to a model, which changes
    /// nothing outside, is asked again where that surely helps. Nil where `retry` is written, and for all
    /// other steps.
    package var retryOfModels: Retry? {
        guard leavesMachine, template.asMap?[SettingName.retry.rawValue] == nil else { return nil }
        switch type {
        case .llmCall, .logicDecision, .embeddingSearch, .textToJSON:
            var retry = Retry()
            retry.attempts = Defaults.attempts
            return retry
        case .start, .getUserInput, .restAPI, .webScrape, .python, .dataTransform: return nil
        }
    }

    /// A hundred years in nanoseconds: any longer time means the same, and added to a date could be too large a number.
    package static let longestTime: Int64 = 36_525 * 86_400 * 1_000_000_000
}

/// What checking came to: the findings, and the automation when none of them is an error.
package struct CheckResult: Sendable {
    /// The text that was checked.
    package let source: SourceText
    /// All that was found, errors and warnings.
    package let findings: [Diagnostic]
    /// What can be run; nil where one of the findings is an error.
    package let automation: CheckedAutomation?
    /// The secrets that the file declares, whether or not it has errors.
    package let secrets: [String]
    /// The files that it calls or takes types from, and those that they name, by their paths from its folder; also
    /// those that are not there.
    package let namedFiles: Set<String>
}
