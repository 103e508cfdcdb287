import AutoSyntax

/// How often each step may be visited in one session.
///
/// A step with `max_visits` may be visited so often. Every cycle that such a step lies on is bounded by it: between two of
/// its visits the other steps come round at most once, so they may be visited once more than all bounding steps of the loop
/// together. Steps on a cycle that no `max_visits` bounds have the usual limit, and steps on no cycle run once.
///
/// - Parameters:
///   - maxVisits: the `max_visits` of each step, nil where it has none.
///   - successors: the steps to which each step leads, by all of its edges.
package func visitLimits(_ maxVisits: [Int?], successors: [[Int]]) -> [Int] {
    var limits = maxVisits.map { $0 ?? 1 }
    let unbounded = Set(
        loops(among: maxVisits.count) { from in
            maxVisits[from] == nil ? successors[from].filter { maxVisits[$0] == nil } : []
        }.flatMap { $0 })
    for loop in loops(among: maxVisits.count, by: { successors[$0] }) {
        let bound = loop.compactMap { maxVisits[$0] }.reduce(1) { sum, visits in
            let (next, overflows) = sum.addingReportingOverflow(visits)
            return overflows ? Int.max : next
        }
        for step in loop where maxVisits[step] == nil {
            limits[step] = unbounded.contains(step) ? Defaults.visits : bound
        }
    }
    return limits
}
