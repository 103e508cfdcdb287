import AutoRuntime
import AutoSyntax
import TerminalUI
import Values

/// Makes of what a run tells what a terminal shows of it.
struct RunNews: Sendable {
    private let infos: [StepInfo]
    /// What stands for a step record, by its place in the session.
    private var labels: [Int: String] = [:]
    /// How many records a step has, by its index.
    private var visits: [Int: Int] = [:]
    /// Which element of `each` a record is of, until it has its label.
    private var elements: [Int: Element] = [:]

    /// - Parameter earlier: what an earlier run of the session recorded.
    init(infos: [StepInfo], earlier: [StepRecord]) {
        self.infos = infos
        for (ordinal, record) in earlier.enumerated() { _ = label(ordinal, record) }
    }

    /// - Returns: nil for what a terminal does not show.
    mutating func news(_ event: RunEvent) -> StepNews? {
        switch event {
        case .session, .trace: return nil
        case .element(let ordinal, let element):
            elements[ordinal] = element
            // A record of an earlier run had none.
            labels[ordinal] = nil
            return nil
        case .step(let ordinal, let record):
            let label = label(ordinal, record)
            let type = infos[record.stepIndex].type
            switch record.status {
            case .new: return nil
            case .running:
                return .began(ordinal: ordinal, label: label, isQuestion: type == .getUserInput)
            case .finished, .failed:
                labels[ordinal] = nil
                return .ended(
                    ordinal: ordinal, label: label, kind: type.rawValue, error: record.error.map(safe))
            }
        case .text(let ordinal, let text): return .text(ordinal: ordinal, safe(text))
        case .retry(let ordinal, let attempt, let delay, let failure):
            let time = durationText(seconds: Double(delay) / 1e9)
            let label = labels[ordinal].map { $0 + ": " } ?? ""
            return .note("     \(label)\(safe(failure.message)); try \(attempt + 1) in \(time)")
        }
    }

    /// `work 7/30 kiel.html` for an element, `draft#2` for the second record of a step without `each`.
    private mutating func label(_ ordinal: Int, _ record: StepRecord) -> String {
        if let known = labels[ordinal] { return known }
        let name = infos[record.stepIndex].name
        visits[record.stepIndex, default: 0] += 1
        let number = visits[record.stepIndex] ?? 1
        let label = recordLabel(name, elements.removeValue(forKey: ordinal), number: number)
        labels[ordinal] = label
        return label
    }
}
