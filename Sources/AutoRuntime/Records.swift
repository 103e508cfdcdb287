package import AutoChecker
package import AutoSyntax
import CEL
import StepKinds
package import Values

/// Where a session or a step record stands.
package enum Status: String, Sendable, Hashable, CaseIterable {
    case new = "NEW"
    case running = "RUNNING"
    case finished = "FINISHED"
    case failed = "FAILED"

    /// Whether nothing comes behind it.
    package var isEnd: Bool {
        switch self {
        case .new, .running: false
        case .finished, .failed: true
        }
    }
}

/// One run of one step.
package struct StepRecord: Sendable {
    package let id: ID
    package let stepIndex: Int
    package var status: Status
    /// The rendered fields with `type`; nil until rendered.
    package var prompt: Value?
    /// What the step gave; nil until FINISHED.
    package var result: Value?
    package var error: String?
    /// The word of the kind of failure, for `name.error.kind` after a resume.
    package var errorKind: String?
    /// Seconds since 1970.
    package let createdAt: Int64
    package var updatedAt: Int64
    /// The key by which the outside knows the step's effect, where an earlier session began it; nil: the
    /// record's own id.
    package var idempotencyKey: ID?

    package init(
        id: ID, stepIndex: Int, status: Status, prompt: Value?, result: Value?, error: String?,
        errorKind: String?,
        createdAt: Int64, updatedAt: Int64
    ) {
        self.id = id
        self.stepIndex = stepIndex
        self.status = status
        self.prompt = prompt
        self.result = result
        self.error = error
        self.errorKind = errorKind
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

extension StepRecord {
    /// Why the step failed, as it was recorded; nil for one that has not FAILED.
    package var failure: StepFailure? {
        guard status == .failed else { return nil }
        return StepFailure(errorKind.map(FailureKind.init(word:)) ?? .failed, error ?? "")
    }

    /// Whether it was ended because its session was cancelled, or because something beside it had failed.
    package var isCancelled: Bool { errorKind == StepFailure.cancelled.kind.word }

    /// Ends a step that is still open because its session has ended; one that has ended stays as it is.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: whether it was open.
    @discardableResult package mutating func cancel(_ now: Int64) -> Bool {
        guard !status.isEnd else { return false }
        let failure = StepFailure.cancelled
        (status, error, errorKind, updatedAt) = (.failed, failure.message, failure.kind.word, now)
        return true
    }

    /// It runs from now on.
    ///
    /// - Parameter prompt: masked.
    mutating func begin(_ prompt: Value) { (status, self.prompt) = (.running, prompt) }

    /// The same in another session.
    package func copied(as id: ID) -> StepRecord {
        var copy = StepRecord(
            id: id, stepIndex: stepIndex, status: status, prompt: prompt, result: result, error: error,
            errorKind: errorKind, createdAt: createdAt, updatedAt: updatedAt)
        copy.idempotencyKey = idempotencyKey
        return copy
    }
}

/// What a record says of its step.
package struct StepInfo: Sendable {
    package let id: ID
    package let name: String
    package let type: StepType
    /// A JSON object.
    package let template: Value
    package let createdAt: Int64
    package let updatedAt: Int64

    package init(id: ID, name: String, type: StepType, template: Value, createdAt: Int64, updatedAt: Int64) {
        self.id = id
        self.name = name
        self.type = type
        self.template = template
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// One run of an automation, without its steps.
package struct SessionHeader: Sendable {
    package let id: ID
    package let automationID: ID
    package let inputs: Value
    package var status: Status
    package var error: String?
    package let createdAt: Int64
    package var updatedAt: Int64
    /// The session whose step calls this one; nil for one that somebody started. No record shows it.
    package let caller: ID?

    package init(
        id: ID, automationID: ID, inputs: Value, status: Status, error: String?, createdAt: Int64,
        updatedAt: Int64, caller: ID? = nil
    ) {
        self.id = id
        self.automationID = automationID
        self.inputs = inputs
        self.status = status
        self.error = error
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.caller = caller
    }
}

extension SessionHeader {
    /// Whether the session ended because it was cancelled: it failed, and its error is that word alone.
    package var isCancelled: Bool { error == StepFailure.cancelled.message }

    /// The error of a session that ended by a failure: with the step, where one failed, in front.
    static func error(_ failure: StepFailure, in step: String?) -> String {
        (step.map(mark) ?? "") + failure.message
    }

    /// How the error of a session begins that ended by this step's failure.
    fileprivate static func mark(_ step: String) -> String { "step \(step): " }
}

extension SessionRecord {
    /// The name of the step whose failure ended the session, also where that step has no record of it since it was
    /// not begun once more; nil for a session that did not end so.
    package var failedStep: String? {
        guard header.status == .failed, let error = header.error else { return nil }
        return stepInfos.lazy.map(\.name).first { error.hasPrefix(SessionHeader.mark($0)) }
    }

    /// Whether a step record's failure, or one of the same words, ended the session.
    package func wasEnded(by step: StepRecord) -> Bool {
        guard header.status == .failed, let failure = step.failure else { return false }
        return header.error == SessionHeader.error(failure, in: stepInfos[step.stepIndex].name)
    }
}

/// A session as the API shows it.
package struct SessionRecord: Sendable {
    package var header: SessionHeader
    package var steps: [StepRecord]
    /// The automation's steps, by index.
    package let stepInfos: [StepInfo]

    package init(header: SessionHeader, steps: [StepRecord], stepInfos: [StepInfo]) {
        self.header = header
        self.steps = steps
        self.stepInfos = stepInfos
    }

    /// The running record that began last, else the last that ran.
    package var currentStep: StepRecord? {
        steps.last { $0.status == .running } ?? steps.last { $0.status != .new } ?? nil
    }

    /// The record in exactly the API's shape and order.
    package var json: Value {
        .record([
            ("id", .string(header.id.text)),
            ("automation_id", .string(header.automationID.text)),
            ("inputs", header.inputs),
            ("error", header.error.map(Value.string) ?? .null),
            ("status", .string(header.status.rawValue)),
            ("created_at", timeText(header.createdAt)),
            ("updated_at", timeText(header.updatedAt)),
            ("steps", .list(steps.map(json))),
            ("steps_count", .int(Int64(steps.count))),
            ("current_step", currentStep.map(json) ?? .null),
        ])
    }

    /// A step record in exactly the API's shape and order.
    package func json(_ record: StepRecord) -> Value { stepJSON(record, stepInfos[record.stepIndex]) }
}

/// A step record in exactly the API's shape and order.
///
/// - Parameter info: of the record's step.
package func stepJSON(_ record: StepRecord, _ info: StepInfo) -> Value {
    .record([
        ("id", .string(record.id.text)),
        ("status", .string(record.status.rawValue)),
        ("prompt", record.prompt ?? .null),
        ("result", record.result.map { .string(resultText($0)) } ?? .null),
        ("error", record.error.map(Value.string) ?? .null),
        (
            "step",
            .record([
                ("id", .string(info.id.text)),
                ("name", .string(info.name)),
                ("step_type", .string(info.type.rawValue)),
                ("prompt_template", info.template),
                ("created_at", timeText(info.createdAt)),
                ("updated_at", timeText(info.updatedAt)),
            ])
        ),
        ("created_at", timeText(record.createdAt)),
        ("updated_at", timeText(record.updatedAt)),
    ])
}

/// A result as a record shows it: text as it is, anything else as compact JSON.
package func resultText(_ value: Value) -> String {
    switch value {
    case .string(let text): text
    case .null, .bool, .int, .uint, .double, .bytes, .list, .map, .timestamp, .duration, .type, .optional:
        JSON.text(value)
    }
}

/// RFC 3339, UTC, whole seconds.
package func timeText(_ seconds: Int64) -> Value {
    .string(CivilTime(secondsSince1970: seconds).text + "Z")
}

extension SessionHeader {
    /// What expressions read as `session`, by the names and types that the checker's `sessionFields` has.
    var sessionFields: [(String, Value)] {
        let began = Timestamp(seconds: createdAt, nanoseconds: 0)
        return [("id", .string(id.text))] + (began.map { [("started_at", .timestamp($0))] } ?? [])
    }
}

extension CheckedAutomation {
    /// What records say of the steps. Times are those of the file.
    package func stepInfos(automationID: ID, fileTime: Int64) -> [StepInfo] {
        steps.map { step in
            StepInfo(
                id: ID(name: automationID.text + "/" + step.name), name: step.name, type: step.type,
                template: step.template,
                createdAt: fileTime, updatedAt: fileTime)
        }
    }
}

extension SessionRecord {
    /// Whether some step was at work, so that a process ran the session. One that only waits for a person is given back by
    /// who ran it: it asks, or has called what asks, or lets a person see what its model wants to do.
    private var wasAtWork: Bool {
        steps.contains { $0.status == .running && !stepInfos[$0.stepIndex].mayWaitForPerson }
    }

    /// How a process goes on with a session that it has claimed just now.
    package func turn(of store: any Leases) async -> SessionTurn {
        // Of a step that may have waited, only the store knows whether somebody still held the session.
        let isTakenOver = await store.hasOutlivedHolder(of: header.id) && header.status != .new
        return isTakenOver || wasAtWork ? .takenOver : .resumed
    }
}

extension StepInfo {
    /// Whether the step may be RUNNING while no process runs its session, until a person has answered.
    fileprivate var mayWaitForPerson: Bool {
        switch type {
        case .getUserInput: true
        case .restAPI: template.asMap?[RestAPI.automation.name] != nil
        case .llmCall: hasTools
        case .start, .logicDecision, .embeddingSearch, .webScrape, .python, .textToJSON, .dataTransform: false
        }
    }
}
