package import AutoChecker
import AutoSyntax
import CEL
import StepKinds
import Values

extension SessionRecord {
    /// The records with which a new session begins that goes on from where this one, which FAILED, failed.
    ///
    /// What finished is taken over, elements of `each` included, and so are failures that the session went
    /// past. What failed or was cancelled at the end is NEW again, and keeps its Idempotency-Key: the outside
    /// may have seen a part of it. A call keeps its prompt, which names the session that failed: the one that is called
    /// next goes on from where that failed.
    ///
    /// - Parameter now: seconds since 1970.
    package func recordsToRetry(_ automation: CheckedAutomation, now: Int64) -> [StepRecord] {
        steps.map { takenOver($0, automation, now: now) }
    }

    /// Whether a session that goes on from where this one failed can come further than this one.
    ///
    /// It cannot where nothing of it would run anew, as after too many visits, nor where that would run on the
    /// same values to the same failure.
    package func mayGoFurther(_ automation: CheckedAutomation) -> Bool {
        let again = steps.filter { !wasGonePast($0, automation.steps[$0.stepIndex]) }
        return !again.isEmpty
            && again.allSatisfy { record in
                guard let kind = record.failure?.kind else { return true }
                if readsFile(record, automation) { return true }
                return kind.mayPass && !(isReader(record, automation) && kind.isOfItsText)
            }
    }

    /// Whether the step reads a file, which may be another one the next time.
    private func readsFile(_ record: StepRecord, _ automation: CheckedAutomation) -> Bool {
        let step = automation.steps[record.stepIndex]
        return step.type == .dataTransform && GivenFields(step.fields).has(DataTransform.read)
    }

    /// Whether the step reads a text that stands already, and asks nobody.
    private func isReader(_ record: StepRecord, _ automation: CheckedAutomation) -> Bool {
        automation.steps[record.stepIndex].type == .textToJSON
    }

    /// A record as another session begins with it: as it is where this session went on from it, else NEW.
    ///
    /// - Parameter now: seconds since 1970.
    func takenOver(_ record: StepRecord, _ automation: CheckedAutomation, now: Int64) -> StepRecord {
        guard !wasGonePast(record, automation.steps[record.stepIndex]) else { return record }
        let isCall = automation.steps[record.stepIndex].callee != nil
        var again = StepRecord(
            id: record.id, stepIndex: record.stepIndex, status: .new, prompt: isCall ? record.prompt : nil,
            result: nil, error: nil, errorKind: nil, createdAt: now, updatedAt: now)
        again.idempotencyKey = record.idempotencyKey ?? record.id
        return again
    }

    private func wasGonePast(_ record: StepRecord, _ step: CheckedStep) -> Bool {
        switch record.status {
        case .finished: return true
        case .failed:
            // Neither a cancellation nor the death of the process leads to `on_error`.
            let isPast = step.onError != nil || (step.each != nil && step.onFailed != .stop)
            return isPast && record.failure?.kind != .cancelled && record.failure?.kind != .crash
        case .new, .running: return false
        }
    }
}

extension FailureKind {
    /// Whether a text was read that does not hold what is wanted.
    fileprivate var isOfItsText: Bool { self == .json || self == .result }

    /// Whether the same work on the same values may succeed at another time.
    fileprivate var mayPass: Bool {
        switch self {
        case .context, .decision, .expression, .field, .input, .jq, .maxRounds, .maxVisits, .method, .regex,
            .syntax, .type, .untrusted, .url:
            false
        case .answer, .auth, .body, .cancelled, .crash, .cut, .documents, .embedding, .empty, .failed, .file,
            .header, .json, .limit, .maxCost, .missing, .model, .network, .noKey, .noReply, .number, .process,
            .python,
            .rateLimited,
            .record, .redirects, .refused, .replay, .request, .requirements, .result, .robots, .select,
            .session,
            .status,
            .stream, .timeout, .tool, .tooDeep, .tooLarge, .unsafe, .unsupported, .raised:
            true
        }
    }
}
