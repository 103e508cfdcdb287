import AutoChecker
import AutoRuntime
import CommandEnd
import Diagnostics
import Foundation
import TerminalUI
import Values

/// How the command ends after everything has been said.
struct CommandExit: Error {
    let code: Int32
}

/// Says how a run came to its end, and which command goes on.
struct RunReport {
    let record: SessionRecord
    let plan: Plan
    let options: RunOptions
    /// Nil where the store has forgotten the session already.
    let next: NextCommands?
    /// The questions of the sessions that it has called.
    var called: [CalledQuestions] = []
    /// How long this run of the session took.
    let seconds: Double
    /// What this run's questions to models came to.
    let cost: ModelCost
    /// Whether the session had run before, so that this run's cost is not all of it.
    let isFurtherRun: Bool
    /// Whether the terminal showed each step of this run, with the words of the one that failed.
    var hasShownSteps = false

    private var automation: CheckedAutomation { plan.automation }

    /// - Throws: `CommandExit` unless the session finished.
    func tell(_ end: RunEnd) throws {
        if options.json { print(JSON.pretty(record.json)) }
        defer { tellCost() }
        switch end {
        case .finished:
            if !options.json, !options.events { tellResult() }
        case .failed:
            tellFailure()
            throw CommandExit(code: record.header.isCancelled ? Exit.interrupted : Exit.failed)
        case .waiting, .answered, .givenBack:
            tellQuestions()
            throw CommandExit(code: Exit.waiting)
        }
    }

    private func tellResult() {
        let results = record.results(plan)
        for result in results {
            // Where branches have ended each by itself, it is said whose result it is.
            print((results.count > 1 ? result.step + ": " : "") + shown(result.value))
        }
        // What follows goes another way, and must not come first.
        fflush(nil)
        guard let next else { return }
        say("session \(next.session) finished in \(durationText(seconds: seconds)): \(next.show)")
    }

    /// On a terminal, what the models cost; nothing where none was asked.
    private func tellCost() {
        guard cost.calls > 0, Terminal.isTerminal(.standardError), !options.json, !options.events else {
            return
        }
        let calls = counted(cost.calls, "model call")
        let byStep = next.map { ": \($0.show) --cost" } ?? ""
        let words =
            (isFurtherRun ? "this run: " : "")
            + "\(calls), \(cost.input) tokens in, \(cost.output) out, \(cost.dollarsText)\(byStep)"
        say(words)
    }

    /// The result as it is; on a terminal words stay whole, and nothing steers it.
    private func shown(_ result: Value) -> String {
        guard let columns = Terminal.columns(.standardOutput) else { return resultText(result) }
        guard let text = result.asText else { return safe(resultText(result)) }
        return wrapped(safe(text), columns: columns, breaksWords: false).joined(separator: "\n")
    }

    /// Says why the run failed, where in the file, and what ran before.
    private func tellFailure() {
        var lines = fitting("autorun: " + safe(words))
        if !record.header.isCancelled {
            if let name = record.failedStep, let step = automation.steps.first(where: { $0.name == name }) {
                let position = automation.source.position(at: step.nameSpan.start)
                lines.append("  --> \(automation.source.name):\(position.line):\(position.column)")
            }
            if let element = failedElement {
                lines += fitting("  element \(element.number) of \(element.count): \(safe(element.text))")
            }
            lines += fitting("  steps: " + way)
        }
        if let next {
            let word = record.header.isCancelled ? "was cancelled" : "failed"
            lines += [
                "session \(next.session) \(word) after \(durationText(seconds: seconds))",
                "  what happened: \(next.show)", "  " + next.afterEnd(record, plan),
            ]
        }
        printError(lines.joined(separator: "\n"))
    }

    /// Why the run failed; where that stands above already, which step has.
    private var words: String {
        if hasShownSteps, let step = record.failedStep, record.steps.contains(where: record.wasEnded) {
            return "step \(step) failed"
        }
        return record.header.error ?? "failed"
    }

    /// The element of `each` whose failure ended the session; nil where it was none, or is not known.
    private var failedElement: Element? {
        let failed = zip(record.steps, record.visits(plan)).filter { record.wasEnded(by: $0.0) }
        // Of several that failed alike the first one ended the step.
        return failed.first { $0.1.number == failed.last?.1.number }?.1.element
    }

    /// The steps in the order in which they ran, the last twelve of them; one that ran several times in a row stands once.
    private var way: String {
        var names: [(name: String, count: Int)] = []
        for step in record.steps {
            let name = record.stepInfos[step.stepIndex].name
            if names.last?.name == name {
                names[names.count - 1].count += 1
            } else {
                names.append((name, 1))
            }
        }
        let words = names.map { $0.count > 1 ? "\($0.name) (\($0.count) times)" : $0.name }
        return (words.count > 12 ? ["…"] + words.suffix(12) : words).joined(separator: " -> ")
    }

    private func tellQuestions() {
        guard let next else {
            for step in record.waiting {
                printError("`\(record.stepInfos[step.stepIndex].name)` waits for an answer")
            }
            for step in called.flatMap({ called in
                called.stored.record.waiting.map { called.stored.record.stepInfos[$0.stepIndex].name }
            }) {
                printError("`\(step)` of an automation that was called waits for an answer")
            }
            printError(
                "answer it beforehand: autorun run … --answer NAME=VALUE (the store :memory: forgets this session)"
            )
            return
        }
        let questions = WaitingQuestions(record: record, plan: plan, next: next)
        let columns = Terminal.columns(.standardError)
        let lines = questions.lines(columns: columns) + called.flatMap { $0.lines(columns: columns) }
        printError((["session \(next.session) waits for an answer"] + lines).joined(separator: "\n"))
    }
}
