import AutoSyntax
import StepKinds
import Values

/// What a session begins with that goes on from another one: nothing of it is done a second time.
package struct TakenOver: Sendable {
    /// The step records, in their order.
    package let steps: [StepRecord]
    /// Of the trace, who brought text from outside into the inputs, and what the tools of those steps have done that run
    /// anew; in the order in which it happened.
    package let trace: [TraceEvent]

    package init(steps: [StepRecord] = [], trace: [TraceEvent] = []) {
        self.steps = steps
        self.trace = trace
    }
}

extension Journal {
    /// What a new session takes over from another one: copies, with ids of their own.
    ///
    /// - Parameters:
    ///   - steps: records of the other session; those that run anew are NEW.
    ///   - session: the other session.
    ///   - now: nanoseconds since 1970, from which the new ids are.
    /// - Throws: when the store cannot be read, or the other session's trace is damaged.
    package func takenOver(_ steps: [StepRecord], from session: SessionRecord, now: Int64)
        async throws(StoreError) -> TakenOver
    {
        var ids = IDMaker()
        let copies = steps.map { $0.copied(as: ids.next(nanoseconds: now)) }
        var anew: [ID: ID] = [:]
        for (old, copy) in zip(steps, copies)
        where copy.status == .new && session.stepInfos[copy.stepIndex].hasTools {
            anew[old.id] = copy.id
        }
        let origins = try await inputOrigins(of: session.header.id)
        var trace: [TraceEvent] = []
        if !origins.isEmpty {
            trace.append(
                TraceEvent(at: now, record: nil, attempt: nil, .origins(Provenance(inputs: origins))))
        }
        guard !anew.isEmpty else { return TakenOver(steps: copies, trace: trace) }
        let events = try await self.trace(of: session.header.id).filter { event in
            event.record.map { anew[$0] != nil } ?? false
        }
        let ended = Set(events.compactMap(\.endedCall))
        for event in events {
            guard let record = event.record, let copy = anew[record] else { continue }
            switch event.happening {
            case .tools(let round):
                var again = round
                for place in round.places.indices
                where !ended.contains(EndedCall(record: record, round: round.number, place: place)) {
                    again.places[place] = try await begunAnew(round.places[place], &ids, now)
                }
                trace.append(TraceEvent(at: event.at, record: copy, attempt: nil, .tools(again)))
            case .tool:
                trace.append(TraceEvent(at: event.at, record: copy, attempt: nil, event.happening))
            case .attempt, .model, .asking, .http, .process, .session, .origins: continue
            }
        }
        return TakenOver(steps: copies, trace: trace)
    }

    /// Where a call is recorded of which no end was written. What a person has said to it stays said; an automation that
    /// had finished is not run again, and one that had not goes on in a new session from where its old one failed.
    private func begunAnew(_ place: ToolRound.Place, _ ids: inout IDMaker, _ now: Int64)
        async throws(StoreError) -> ToolRound.Place
    {
        var again = place
        if let session = place.session {
            let status = try await self.session(session, of: nil, withValues: false)?.record.header.status
            if status != .finished {
                again.session = ids.next(nanoseconds: now)
                // One that never began has nothing to go on from itself, but perhaps what it was to go on from.
                again.retried = status == nil ? place.retried : session
            }
        }
        if let approval = place.approval {
            let status = try await session(approval, of: nil, withValues: false)?.record.header.status
            if status != .finished { again.approval = ids.next(nanoseconds: now) }
        }
        return again
    }
}

/// A call of a tool that has come to an end.
private struct EndedCall: Hashable {
    let record: ID
    let round: Int
    let place: Int
}

extension TraceEvent {
    /// The call whose end the event tells; nil for other events.
    fileprivate var endedCall: EndedCall? {
        guard case .tool(let end) = happening, let record else { return nil }
        return EndedCall(record: record, round: end.round, place: end.place)
    }
}

extension StepInfo {
    /// Whether the step's model may ask for tools.
    var hasTools: Bool { type == .llmCall && template.asMap?[LLMCall.tools.name] != nil }
}
