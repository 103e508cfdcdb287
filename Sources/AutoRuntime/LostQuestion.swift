import AutoChecker
import AutoSyntax
import StepKinds
import Synchronization
import Values

/// A question to a model that an earlier process had begun when it ended: nobody heard what came of it, and
/// it may have cost something. Whoever asks for the step again says so, once, since only then is it known who
/// was asked.
package final class LostQuestion: Sendable {
    private let isUntold = Mutex(true)

    package init() {}

    /// Whether nobody has said so yet.
    var isPending: Bool { isUntold.withLock { $0 } }

    /// Takes it as told, for nobody to tell it again.
    ///
    /// - Parameter provider: who is asked again, and so was asked before.
    /// - Returns: what the trace has of it, its price unknown; nil where it was told before.
    package func taken(provider: String, model: String, inputTokens: Int) -> ModelCall? {
        let isFirst = isUntold.withLock { isUntold in
            defer { isUntold = false }
            return isUntold
        }
        guard isFirst else { return nil }
        var call = ModelCall(
            provider: provider, model: model,
            tokens: ModelCall.Tokens(input: inputTokens, output: 0, areEstimated: true))
        call.isBrokenOff = true
        call.note =
            "this question was under way, or about to be asked, when the process that ran the session ended: what came of it, and what it cost, is not known"
        return call
    }
}

extension Run {
    /// The question that was lost with the process of an earlier run of the session; nil where none can have
    /// been under way for the record.
    func lostQuestion(of opened: OpenRecord, _ step: CheckedStep) async throws(RunStop) -> LostQuestion? {
        let asking: [StepType] = [.llmCall, .logicDecision, .textToJSON, .embeddingSearch]
        guard let earlier = opened.earlier, earlier.status == .running, asking.contains(step.type) else {
            return nil
        }
        let trace = try await stored { () async throws(StoreError) in
            try await keptTrace.events(request.sessionID, interpreter.store)
        }
        return trace.wereWaiting(of: earlier.id) ? nil : LostQuestion()
    }
}

extension [TraceEvent] {
    /// Whether no question was under way where the events of a record end: its step waited for its next try,
    /// or for tools.
    fileprivate func wereWaiting(of record: ID) -> Bool {
        var openTools = 0
        var waitsForTry = false
        for event in self where event.record == record {
            waitsForTry = false
            switch event.happening {
            case .attempt(let end): waitsForTry = end.kind != nil
            case .tools(let round): openTools = round.reply.calls.count
            case .tool: openTools -= 1
            case .model, .http, .process, .session, .origins: break
            }
        }
        return waitsForTry || openTools > 0
    }
}

extension Journal {
    /// What the model calls of a session and of those that it has called have cost so far, in dollars, as far
    /// as that is known.
    func dollars(of session: ID) async throws(StoreError) -> Double {
        var dollars = 0.0
        var sessions = [session]
        // What leads round in a broken store is gone through once.
        var seen: Set<ID> = [session]
        while let next = sessions.popLast() {
            dollars += try await trace(of: next).dollars
            sessions += try await called(by: next).map(\.id).filter { seen.insert($0).inserted }
        }
        return dollars
    }
}
