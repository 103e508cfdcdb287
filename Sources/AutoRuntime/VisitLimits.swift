import AutoChecker
import AutoSyntax
import Diagnostics
import StepKinds

/// How often steps may be visited in one session, and what is said when that is over.
struct VisitLimits: Sendable {
    /// The most visits of each step, by its index.
    private let limits: [Int]
    /// By the step's index, the names of the steps whose `max_visits` bounds it: none where it is on a cycle
    /// without any. Nil for a step that is in no loop.
    private let boundedBy: [[String]?]

    init(_ steps: [CheckedStep]) {
        let followers = steps.map(\.followers)
        limits = visitLimits(
            steps.map(\.maxVisits), successors: followers, failures: steps.map { $0.onError?.steps ?? [] })
        var boundedBy = [[String]?](repeating: nil, count: steps.count)
        for loop in loops(among: steps.count, by: { followers[$0] }) {
            let names = loop.filter { steps[$0].maxVisits != nil }.map { steps[$0].name }
            for step in loop { boundedBy[step] = names }
        }
        let unbounded = loops(among: steps.count) { index in
            steps[index].maxVisits == nil ? followers[index].filter { steps[$0].maxVisits == nil } : []
        }
        for step in unbounded.joined() { boundedBy[step] = [] }
        self.boundedBy = boundedBy
    }

    /// Why a step may not be visited any more; nil while it may.
    ///
    /// - Parameter visits: how often the step is visited with this visit.
    func failure(_ step: CheckedStep, visits: Int) -> StepFailure? {
        let limit = limits[step.index]
        guard let boundedBy = boundedBy[step.index], visits > limit else { return nil }
        let mend: String
        if step.maxVisits != nil {
            mend = "that is its `max_visits`; for more, raise the `max_visits` of `\(step.name)`"
        } else if boundedBy.isEmpty {
            mend =
                "no `max_visits` bounds it, so it stops there; for another limit add `max_visits` to `\(step.name)`"
        } else {
            mend =
                "its loop is bounded by the `max_visits` of \(inWords(boundedBy, joiner: "and")); for more, raise that"
        }
        return StepFailure(.maxVisits, "visited \(limit) times without coming to an end: \(mend)")
    }

    /// Whether the step has failed by its limit so often that `on_error` must have led back to it: a loop of
    /// its own.
    func isBeyondErrors(_ step: CheckedStep, visits: Int) -> Bool {
        boundedBy[step.index] != nil && visits - Defaults.visits > limits[step.index]
    }
}

extension CheckedStep {
    /// Where its edges lead.
    var destinations: [Destination] { [next, onError].compactMap(\.self) + branches.map(\.destination) }

    /// The steps to which its edges lead.
    var followers: [Int] { destinations.flatMap(\.steps) }
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
