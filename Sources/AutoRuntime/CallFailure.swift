import Diagnostics
import StepKinds
import Values

extension Journal {
    /// Why a call failed: what failed at the bottom of the calls, and once the way there.
    ///
    /// Each session of the way has an error of its own, which holds those below it. Told as it is, the sentence would grow
    /// with each call, and what it is about would stand last.
    ///
    /// - Parameters:
    ///   - session: the called one, which has not FINISHED.
    ///   - name: of its automation.
    func failure(ofCall session: SessionRecord, _ name: String) async throws(StoreError) -> StepFailure {
        var (record, name) = (session, name)
        var way: [String] = []
        while way.count < CallDepth.most, let step = record.steps.last(where: record.wasEnded(by:)),
            step.failure?.kind == .session, let id = step.calledSession,
            let below = try await self.session(id, of: nil), below.record.header.status == .failed
        {
            way.append(record.stepInfos[step.stepIndex].name)
            (record, name) = (below.record, below.automation.name)
        }
        return FailedCall(record, name, way).failure
    }
}

/// What failed, or was cancelled, at the bottom of calls, and the way there.
struct FailedCall: Sendable, Hashable {
    /// The name of the automation.
    let automation: String
    let session: ID
    /// Why it failed; nil where it was cancelled.
    let reason: String?
    /// The steps by which its session was called, from the top; empty where the step that tells it called it itself.
    private(set) var way: [String]

    init(_ record: SessionRecord, _ automation: String, _ way: [String] = []) {
        self.automation = automation
        session = record.header.id
        reason = record.header.isCancelled ? nil : record.header.error ?? "it has not ended"
        self.way = way
    }

    /// The same, as the one tells it who called the session in which this step called.
    func called(by step: String) -> FailedCall {
        var other = self
        other.way.insert(step, at: 0)
        return other
    }

    /// What the step fails with that called the session at the top.
    var failure: StepFailure {
        let place = "session \(session.text)\(callWay(way))"
        let words =
            reason.map { "the automation `\(automation)` failed in its \(place): \($0)" }
            ?? "the automation `\(automation)` was cancelled in its \(place)"
        var failure = StepFailure(.session, words)
        failure.call = self
        return failure
    }
}

/// By which steps a session was called that was not called by the step itself; empty where it was.
///
/// - Parameter steps: their names, from the top.
private func callWay(_ steps: [String]) -> String {
    // A recursion has the same names over and over.
    let most = 6
    let shown = steps.count > most ? steps.prefix(3) + ["…"] + steps.suffix(2) : steps[...]
    return steps.isEmpty ? "" : ", called by way of \(shown.joined(separator: " -> "))"
}
