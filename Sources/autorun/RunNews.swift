import AutoRuntime
import AutoSyntax
import Diagnostics
import StepKinds
import TerminalUI
import Values

/// Makes of what a run tells what a terminal shows of it.
struct RunNews: Sendable {
    private let infos: [StepInfo]
    /// What stands for a step record, by its place in the session.
    private var labels: [Int: String] = [:]
    /// The same by the record's id.
    private var labelsByID: [ID: String] = [:]
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
        case .session: return nil
        case .trace(let event): return tools(event)
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
                labelsByID[record.id] = nil
                return .ended(
                    ordinal: ordinal, label: label, kind: type.rawValue, error: record.error.map(safe),
                    isCancelled: record.failure?.kind == .cancelled)
            }
        case .text(let ordinal, let text): return .text(ordinal: ordinal, safe(text))
        case .retry(let ordinal, let attempt, let delay, let failure):
            let time = durationText(seconds: Double(delay) / 1e9)
            let label = labels[ordinal].map { $0 + ": " } ?? ""
            return .note("     \(label)\(safe(failure.message)); try \(attempt + 1) in \(time)")
        }
    }

    /// What a model asks for, and what of it failed: a run with tools may take long.
    private func tools(_ event: TraceEvent) -> StepNews? {
        guard let record = event.record, let label = labelsByID[record] else { return nil }
        switch event.happening {
        case .tools(let round):
            let names = inWords(round.reply.calls.map(\.name), quoted: "", joiner: "and")
            return .note("     \(label): the model uses \(safe(names))")
        case .tool(let end):
            guard end.isError else { return nil }
            return .note("     \(label): \(safe(end.name)): \(safe(String(end.result.prefix(200))))")
        case .attempt, .model, .asking, .http, .process, .session, .origins: return nil
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
        labelsByID[record.id] = label
        return label
    }
}
