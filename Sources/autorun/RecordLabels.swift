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

extension Journal {
    /// What stands for each step record of a session that waits for a person, as `labels` has it.
    func waitingLabels(_ session: ID) async throws(StoreError) -> [String] {
        guard let bare = try await self.session(session, of: nil, withValues: false) else { return [] }
        let plan = bare.plan
        let isInEach = bare.record.waiting.contains { plan?.automation.steps[$0.stepIndex].each != nil }
        // What the elements are is told by all that the session's steps gave: only for these it is read.
        let whole = isInEach ? try await self.session(session, of: nil) : nil
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
