import AutoChecker
import StepKinds

/// How often steps may be visited in one session.
///
/// `max_visits` of a step bounds every loop that leads through it, so the loop's other steps have no limit of their own. A loop
/// in which no step has one is bounded at each of its steps.
struct VisitLimits: Sendable {
    /// By the step's index; nil for a step that another one's limit bounds, or that is in no loop.
    private let limits: [Int?]

    init(_ steps: [CheckedStep]) {
        let isBounded = steps.map { $0.maxVisits != nil }
        let unbounded = loops(among: Array(steps.indices), of: steps.count) { index in
            isBounded[index] ? [] : steps[index].followers.filter { !isBounded[$0] }
        }
        let stopped = Set(unbounded.joined())
        limits = steps.map { step in
            step.maxVisits ?? (stopped.contains(step.index) ? WorstCase.defaultVisits : nil)
        }
    }

    /// Why a step may not be visited any more; nil while it may.
    ///
    /// - Parameter visits: how often the step is visited with this visit.
    func failure(_ step: CheckedStep, visits: Int) -> StepFailure? {
        guard let limit = limits[step.index], visits > limit else { return nil }
        let mend =
            step.maxVisits == nil
            ? "no step of its loop has `max_visits`, so it stops there; for another limit add `max_visits` to `\(step.name)`"
            : "that is its `max_visits`; for more, raise the `max_visits` of `\(step.name)`"
        return StepFailure(.maxVisits, "visited \(limit) times without coming to an end: \(mend)")
    }

    /// Whether the step fails so often by its limit that `on_error`, which leads back into the loop, is a loop of its own.
    func isBeyondErrors(_ step: CheckedStep, visits: Int) -> Bool {
        limits[step.index].map { visits - $0 > WorstCase.defaultVisits } ?? false
    }
}

extension CheckedStep {
    /// The steps to which its edges lead.
    fileprivate var followers: [Int] {
        ([next, onError].compactMap { $0 } + branches.map(\.destination)).flatMap(\.steps)
    }
}

extension Destination {
    fileprivate var steps: [Int] {
        switch self {
        case .end: []
        case .step(let step): [step]
        case .fork(let branches, _): branches.flatMap(\.steps)
        }
    }
}
