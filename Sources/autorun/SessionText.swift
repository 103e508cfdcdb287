import AutoRuntime
import AutoStore
import AutoSyntax
import Diagnostics
import Foundation
import TerminalUI
import Values

extension Status {
    /// The API's word, and beside it that the session waits for a person, for which the API has none.
    func words(isWaiting: Bool) -> String { isWaiting ? rawValue + " waiting" : rawValue }
}

/// A session as the list of sessions shows it: one line, two on a narrow terminal, and the error below.
struct SessionLine {
    let session: SessionOutline
    /// What stands for the steps that wait for a person; empty where that is not shown.
    let asking: [String]
    /// Those that have called it, the nearest first, each with its session's id in brackets.
    let callers: [String]
    /// The commands that go on with it; they have the end of its id.
    let next: NextCommands

    /// - Parameter columns: how wide the terminal is; nil where there is none, and nothing is cut.
    func lines(columns: Int?) -> [String] {
        outline(columns: columns) + calls(columns: columns) + questions(columns: columns)
    }

    private func calls(columns: Int?) -> [String] {
        guard let nearest = callers.first, let outermost = callers.last else { return [] }
        let begun = callers.count > 1 ? ", begun by \(outermost)" : ""
        return wrapped("called by \(nearest)\(begun)", columns: columns.map { $0 - 8 } ?? .max).map {
            "        " + $0
        }
    }

    private func questions(columns: Int?) -> [String] {
        let most = 4
        let shown = asking.prefix(most).map { "        ? " + cut($0, to: columns.map { $0 - 10 } ?? .max) }
        let more = asking.count - most
        return shown + (more > 0 ? ["        … \(more) more: \(next.show)"] : [])
    }

    private func outline(columns: Int?) -> [String] {
        let status = session.status.words(isWaiting: session.isWaiting)
            .padding(toLength: 15, withPad: " ", startingAt: 0)
        // Seconds say nothing that tells sessions apart; without the Z the time would be read as that of the reader's clock.
        let time = (timeText(session.createdAt).asText ?? "").prefix(16) + "Z"
        let steps = counted(session.stepsCount, "step")
        let end = next.session
        let head = "\(end)  \(status)  \(time)  "
        let name = safe(session.automationName)
        guard let columns else { return [head + "\(name) (\(steps))"] + error(columns: .max) }
        let room = columns - head.count - steps.count - 3
        guard room < 8 else { return [head + "\(cut(name, to: room)) (\(steps))"] + error(columns: columns) }
        let below = "        \(cut(name, to: max(8, columns - steps.count - 11))) (\(steps))"
        return ["\(end)  \(status)", "        \(time)", below] + error(columns: columns)
    }

    private func error(columns: Int) -> [String] {
        guard let error = session.error else { return [] }
        return wrapped(safe(error), columns: columns == .max ? columns : columns - 8).map { "        " + $0 }
    }
}

/// A session as `autorun show` prints it.
struct SessionText {
    let stored: StoredSession
    let next: NextCommands
    /// How wide the terminal is; nil where there is none.
    let columns: Int?
    /// The questions of the sessions that it has called.
    var called: [CalledQuestions] = []
    /// What leads to the session that a step has called, by the ids of the steps' records.
    var calls: [ID: String] = [:]
    /// What leads to the session that has called it; nil where a person or a client began it.
    var caller: String?

    var lines: [String] {
        let record = stored.record
        let plan = stored.plan
        let header = record.header
        let isWaiting = !record.waiting.isEmpty || !called.isEmpty
        var lines = fitting(
            "\(safe(stored.automation.name))  \(header.status.words(isWaiting: isWaiting))", columns: columns,
            further: "  ")
        lines += outcome(record, plan)
        // An id stays whole, so that it can be copied.
        let isNarrow = room(9) < header.id.text.count
        lines += isNarrow ? ["id", "  " + header.id.text] : ["id       " + header.id.text]
        lines += [
            "short    \(next.session)",
            "began    \(timeText(header.createdAt).asText ?? "")",
        ]
        if let caller { lines.append("caller   the session \(caller)") }
        lines += field("inputs", JSON.text(header.inputs))
        // In front of the steps: a person who looks at a waiting session is to answer.
        if isWaiting {
            let questions = WaitingQuestions(record: record, plan: plan, next: next)
            lines += [""] + questions.lines(columns: columns)
            lines += called.flatMap { $0.lines(columns: columns) }
        }
        lines += steps(record, record.labels(plan))
        if header.status == .failed {
            lines += [""] + wrapped(next.afterEnd(record, plan), columns: columns ?? .max, breaksWords: false)
        }
        return lines
    }

    /// What came of a session that has ended, in front of all else: who looks at it wants to know that.
    private func outcome(_ record: SessionRecord, _ plan: Plan?) -> [String] {
        switch record.header.status {
        case .new, .running: return []
        case .finished:
            let results = record.results(knownBy: plan)
            let texts = results.map { result in
                (results.count > 1 ? result.step + ": " : "") + resultText(result.value)
            }
            return ["", "Result"] + block(texts.joined(separator: "\n"), most: 40) + [""]
        case .failed:
            let isCancelled = record.header.isCancelled
            return ["", isCancelled ? "It was cancelled" : "It failed"]
                + (isCancelled ? [] : block(record.header.error ?? "", most: 40)) + [""]
        }
    }

    /// A text below its heading, the first `most` lines of it.
    private func block(_ text: String, most: Int) -> [String] {
        let lines = wrapped(safe(text), columns: (columns ?? 200) - 4)
        guard lines != [""] else { return [] }
        let more = lines.count > most ? ["    … \(lines.count - most) more lines: --json has all"] : []
        return lines.prefix(most).map { "    " + $0 } + more
    }

    private func field(_ name: String, _ text: String) -> [String] {
        let indent = String(repeating: " ", count: 9)
        let words = wrapped(safe(text), columns: room(9))
        return words.enumerated().map { number, line in
            (number == 0 ? name.padding(toLength: 9, withPad: " ", startingAt: 0) : indent) + line
        }
    }

    private func room(_ indent: Int) -> Int { columns.map { $0 - indent } ?? .max }

    private func steps(_ record: SessionRecord, _ labels: [String]) -> [String] {
        zip(record.steps, labels).flatMap { step, label -> [String] in
            let info = record.stepInfos[step.stepIndex]
            let status = step.status.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
            let call = calls[step.id].map { "  called the session \($0)" } ?? ""
            return [""]
                + wrapped("\(status) \(label)  \(info.type.rawValue)\(call)", columns: columns ?? .max)
                + block(step.error ?? step.result.map(resultText) ?? "", most: 12)
        }
    }
}
