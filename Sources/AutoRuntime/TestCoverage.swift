package import AutoChecker
import AutoSyntax
package import Diagnostics
import Values

/// What no test of a file takes: steps, branches of decisions, error edges.
package struct TestCoverage: Sendable {
    /// One of them, and where it stands in the file.
    package struct Gap: Sendable {
        package let span: Span
        /// `step x`, `branch x.label`, `error edge of x`.
        package let name: String
    }

    package let taken: Int
    package let gaps: [Gap]

    package var total: Int { taken + gaps.count }

    package init(_ automation: CheckedAutomation, _ records: [SessionRecord]) {
        var visited = Set<Int>()
        var labels = Set<String>()
        var failed = Set<Int>()
        for step in records.flatMap(\.steps) {
            visited.insert(step.stepIndex)
            if step.status == .failed { failed.insert(step.stepIndex) }
            if let label = step.result?.asText { labels.insert("\(step.stepIndex)/\(label)") }
        }
        var all: [(Gap, Bool)] = []
        for step in automation.steps {
            all.append((Gap(span: step.nameSpan, name: "step \(step.name)"), visited.contains(step.index)))
            for branch in step.branches {
                let gap = Gap(span: step.nameSpan, name: "branch \(step.name).\(branch.label)")
                all.append((gap, labels.contains("\(step.index)/\(branch.label)")))
            }
            if step.onError != nil {
                let gap = Gap(span: step.nameSpan, name: "error edge of \(step.name)")
                all.append((gap, failed.contains(step.index)))
            }
        }
        taken = all.filter(\.1).count
        gaps = all.filter { !$0.1 }.map(\.0)
    }
}
