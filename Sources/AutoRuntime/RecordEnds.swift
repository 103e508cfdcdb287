package import AutoChecker
import Values

/// The steps that can begin when a step has ended, by their index.
private func followers(of step: CheckedStep) -> Set<Int> {
    var found: Set<Int> = []
    func add(_ destination: Destination) {
        switch destination {
        case .end: break
        case .step(let index): found.insert(index)
        case .fork(let branches, let join):
            branches.forEach(add)
            if let join { found.insert(join) }
        }
    }
    ([step.next, step.onError].compactMap(\.self) + step.branches.map(\.destination)).forEach(add)
    // One after the other, the next element begins when the one before has ended.
    if step.each != nil, step.atOnce == 1 { found.insert(step.index) }
    return found
}

extension SessionRecord {
    /// When each step record ended, in milliseconds since 1970, in the order of `steps`; nil for one that has
    /// not ended.
    ///
    /// The trace says it of what was tried. Of the others the store keeps whole seconds: where the step that
    /// comes next began in the same second, it began when this one ended; else the second is all that is
    /// known, and never one before the begin.
    ///
    /// - Parameter steps: those of the automation; nil where it cannot be read any more.
    package func ends(_ trace: [TraceEvent], _ steps: [CheckedStep]?) -> [Int64?] {
        var lastTries: [ID: Int64] = [:]
        for event in trace {
            guard case .attempt = event.happening, let id = event.record else { continue }
            lastTries[id] = event.at / 1_000_000
        }
        // From the last to the first, so that the next record of each step is known.
        var next: [Int: Int64] = [:]
        var ends: [Int64?] = []
        for record in self.steps.reversed() {
            let began = record.id.milliseconds
            let following = steps.map { followers(of: $0[record.stepIndex]).compactMap { next[$0] } } ?? []
            ends.append(record.status.isEnd ? end(of: record, lastTries[record.id], following) : nil)
            next[record.stepIndex] = began
        }
        return ends.reversed()
    }

    private func end(of record: StepRecord, _ lastTry: Int64?, _ following: [Int64]) -> Int64 {
        let began = record.id.milliseconds
        if let lastTry { return max(began, lastTry) }
        let second = record.updatedAt * 1_000
        let earliest = max(began, second)
        return following.filter { $0 >= earliest && $0 < second + 1_000 }.min() ?? earliest
    }
}
