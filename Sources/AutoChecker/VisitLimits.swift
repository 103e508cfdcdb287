import AutoSyntax

/// How often each step may be visited in one session.
///
/// A step with `max_visits` may be visited so often. Every cycle that such a step lies on is bounded by it: between two of
/// its visits the other steps come round at most once, so they may be visited as often as all bounding steps of the loop
/// together, and once more where they can come before the first of these, or when one fails by its limit. Steps on a cycle
/// that no `max_visits` bounds have the usual limit, and steps on no cycle run once.
///
/// - Parameters:
///   - maxVisits: the `max_visits` of each step, nil where it has none.
///   - successors: the steps to which each step leads, by all of its edges.
///   - failures: the steps to which each leads when it fails, as it does by its own limit.
package func visitLimits(_ maxVisits: [Int?], successors: [[Int]], failures: [[Int]]) -> [Int] {
    var limits = maxVisits.map { $0 ?? 1 }
    let unbounded = Set(
        loops(among: maxVisits.count) { from in
            maxVisits[from] == nil ? successors[from].filter { maxVisits[$0] == nil } : []
        }.flatMap { $0 })
    let found = loops(among: maxVisits.count) { successors[$0] }
    let beyond = stepsBeyondBounds(found, maxVisits, successors, failures)
    for loop in found {
        let bound = loop.compactMap { maxVisits[$0] }.reduce(0, adding)
        for step in loop where maxVisits[step] == nil {
            limits[step] =
                unbounded.contains(step) ? Defaults.visits : beyond.contains(step) ? adding(bound, 1) : bound
        }
    }
    return limits
}

/// A sum that stays at the largest number.
private func adding(_ sum: Int, _ more: Int) -> Int {
    let (next, overflows) = sum.addingReportingOverflow(more)
    return overflows ? Int.max : next
}

/// The steps of loops to which a way that passes no step with `max_visits` leads from outside of the loop, or from the failure
/// of such a step.
private func stepsBeyondBounds(
    _ loops: [[Int]], _ maxVisits: [Int?], _ successors: [[Int]], _ failures: [[Int]]
) -> Set<Int> {
    var loopOf = [Int?](repeating: nil, count: maxVisits.count)
    for (number, loop) in loops.enumerated() {
        for step in loop { loopOf[step] = number }
    }
    var found = Set<Int>()
    var ahead: [Int] = []
    func come(to step: Int) {
        if loopOf[step] != nil, maxVisits[step] == nil, found.insert(step).inserted { ahead.append(step) }
    }
    for step in successors.indices {
        for next in successors[step] where loopOf[next] != loopOf[step] { come(to: next) }
        if maxVisits[step] != nil { failures[step].forEach(come(to:)) }
    }
    while let step = ahead.popLast() {
        for next in successors[step] where loopOf[next] == loopOf[step] { come(to: next) }
    }
    return found
}
