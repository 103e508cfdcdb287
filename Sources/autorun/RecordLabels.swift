import AutoChecker
import AutoRuntime
import Values

extension StoredSession {
    /// What the session runs by; nil where a store has only its text, or cannot be read.
    var plan: Plan? { (try? automation.checked()).flatMap { $0 }.map { Plan($0) } }
}

extension SessionRecord {
    /// What stands for each step record where a person reads, in the order of `steps`: `work 7/30 kiel.html` for
    /// an element of `each`, `draft#2` for the second record of another step.
    ///
    /// - Parameter plan: nil where it is not known: then elements are numbered as other records are.
    func labels(_ plan: Plan?) -> [String] {
        let visits = plan.map { self.visits($0) }
        var counts: [Int: Int] = [:]
        return steps.enumerated().map { place, step in
            counts[step.stepIndex, default: 0] += 1
            return recordLabel(
                stepInfos[step.stepIndex].name, visits?[place].element, number: counts[step.stepIndex] ?? 1)
        }
    }
}

/// What a session that waits for a person asks, and for whom.
struct Asking {
    /// What stands for each step that asks, as `labels` has it.
    var steps: [String] = []
    /// Those that have called the session, the nearest first; empty where a person or a program started it.
    var callers: [StoredSession] = []
}

extension Journal {
    /// What a session asks that waits for a person, and who has called it.
    func asking(in session: ID) async throws(StoreError) -> Asking {
        guard let bare = try await self.session(session, of: nil, withValues: false) else { return Asking() }
        return Asking(steps: try await waitingLabels(bare), callers: try await callers(of: bare.record))
    }

    private func callers(of session: SessionRecord) async throws(StoreError) -> [StoredSession] {
        var found: [StoredSession] = []
        var next = session.header.caller
        // What leads round in a broken store is gone through once.
        var seen: Set<ID> = [session.header.id]
        while let id = next, seen.insert(id).inserted,
            let caller = try await self.session(id, of: nil, withValues: false)
        {
            found.append(caller)
            next = caller.record.header.caller
        }
        return found
    }

    private func waitingLabels(_ bare: StoredSession) async throws(StoreError) -> [String] {
        let plan = bare.plan
        let isInEach = bare.record.waiting.contains { plan?.automation.steps[$0.stepIndex].each != nil }
        // What the elements are is told by all that the session's steps gave: only for these it is read.
        let whole = isInEach ? try await session(bare.record.header.id, of: nil) : nil
        let record = whole?.record ?? bare.record
        let waiting = Set(record.waiting.map(\.id))
        let labels = record.labels(whole == nil ? nil : plan)
        return zip(record.steps, labels).compactMap { waiting.contains($0.id) ? $1 : nil }
    }
}

/// - Parameter number: which record of its step it is, from 1.
func recordLabel(_ step: String, _ element: Element?, number: Int) -> String {
    if element != nil { return elementLabel(step, element) }
    return number > 1 ? "\(step)#\(number)" : step
}

/// A step and which element of `each` it is of: `work 7/30 kiel.html`.
func elementLabel(_ step: String, _ element: Element?) -> String {
    guard let element else { return step }
    return "\(step) \(element.number)/\(element.count) \(safe(element.text))"
}
