import AutoChecker
import AutoRuntime
import AutoSyntax
import Diagnostics
import StepKinds
import TerminalUI
import Values

/// A session's step records in time, as `autorun show --timeline` draws them: a bar each, on one axis, so that what ran at
/// the same time stands side by side.
struct TimelineText {
    private let rows: [Row]
    private let begin: Int64
    private let end: Int64
    private let columns: Int

    /// - Parameters:
    ///   - labels: what stands for each step record, in the order of `record.steps`.
    ///   - now: nanoseconds since 1970: so far go the bars of what runs still.
    ///   - columns: how wide the drawing is at the most.
    ///   - plan: nil where it is not known.
    init(
        record: SessionRecord, trace: [TraceEvent], labels: [String], plan: Plan?, now: Int64,
        columns: Int = 80
    ) {
        self.columns = columns
        let byRecord = Dictionary(grouping: trace.filter { $0.record != nil }, by: \.record)
        let ends = record.ends(trace, plan?.automation.steps)
        rows = zip(record.steps, zip(labels, ends)).filter { $0.0.status != .new }.map { step, shown in
            Row(
                step, label: shown.0, ended: shown.1.map { $0 * 1_000_000 },
                isQuestion: record.stepInfos[step.stepIndex].type == .getUserInput,
                byRecord[step.id] ?? [], now: now)
        }
        begin = rows.map(\.begin).min() ?? 0
        end = rows.map(\.end).max() ?? 0
    }

    /// What fills a part of a bar; of several in one column the last one of these shows.
    private enum Ink: Character, CaseIterable, Comparable {
        case none = " "
        case waiting = "░"
        case failed = "▒"
        case cancelled = "▓"
        case work = "█"

        init(_ end: AttemptEnd) {
            self =
                switch end.kind {
                case nil: .work
                case .cancelled: .cancelled
                case .some: .failed
                }
        }

        static func < (left: Ink, right: Ink) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }

        /// For the line that explains the bars.
        var words: String? {
            switch self {
            case .none: nil
            case .waiting: "waiting"
            case .failed: "a try that failed"
            case .cancelled: "a try that was cancelled"
            case .work: "work"
            }
        }
    }

    /// Times are nanoseconds since 1970.
    private struct Row {
        let label: String
        let begin: Int64
        let end: Int64
        let parts: [(from: Int64, to: Int64, ink: Ink)]
        let tries: Int
        let status: Status
        let isCancelled: Bool

        init(
            _ step: StepRecord, label: String, ended: Int64?, isQuestion: Bool, _ events: [TraceEvent],
            now: Int64
        ) {
            self.label = label
            status = step.status
            isCancelled = step.errorKind == FailureKind.cancelled.word
            // The id has the milliseconds in which the record began; records themselves have whole seconds.
            let began = min(step.id.milliseconds, TraceEvent.latest / 1_000_000) * 1_000_000
            // A wait for the next try ends early where the session is cancelled.
            let latest =
                step.status.isEnd
                ? min(step.updatedAt + 1, TraceEvent.latest / 1_000_000_000) * 1_000_000_000 : now
            var parts: [(from: Int64, to: Int64, ink: Ink)] = []
            for event in events {
                guard case .attempt(let end) = event.happening else { continue }
                parts.append((event.at - end.time, event.at, Ink(end)))
                if let delay = end.delay {
                    parts.append((event.at, max(event.at, min(event.at + delay, latest)), .waiting))
                }
            }
            tries = events.count { $0.happening.word == .attempt }
            let last = ended.map { max($0, events.last?.at ?? $0) } ?? now
            // What runs still, waits for a person, or was recorded without a trace.
            let known = parts.map(\.to).max() ?? began
            if isQuestion || !step.status.isEnd || tries == 0 {
                parts.append((known, max(known, last), isQuestion ? .waiting : .work))
            }
            self.parts = parts
            begin = parts.map(\.from).min().map { min($0, began) } ?? began
            end = max(began, parts.map(\.to).max() ?? began)
        }

        /// The bar, so many columns wide.
        func bar(from: Int64, to: Int64, columns: Int) -> String {
            var inks = [Ink](repeating: .none, count: columns)
            let scale = Double(columns) / Double(max(1, to - from))
            for part in parts {
                let first = min(columns - 1, max(0, Int(Double(part.from - from) * scale)))
                // However short it was, it is seen.
                let last = min(columns, max(first + 1, Int((Double(part.to - from) * scale).rounded())))
                for column in first..<last { inks[column] = max(inks[column], part.ink) }
            }
            return String(inks.map(\.rawValue))
        }

        var time: String {
            let failed = isCancelled ? "  CANCELLED" : "  FAILED"
            let end = status == .failed ? failed : status == .running ? "  RUNNING" : ""
            return shortTime(self.end - begin) + (tries > 1 ? ", \(tries) tries" : "") + end
        }
    }

    var lines: [String] {
        guard !rows.isEmpty else { return ["no step has begun"] }
        let right = rows.map { displayWidth(of: $0.time) }.max() ?? 0
        // A bar has ten columns at least, and two blanks on each side.
        let most = max(4, min(columns / 3, columns - right - 14))
        let labels = rows.map { cut($0.label, to: most) }
        let left = labels.map(displayWidth(of:)).max() ?? 0
        let room = max(10, columns - left - right - 4)
        let bars = rows.map { $0.bar(from: begin, to: end, columns: room) }
        var lines = zip(rows, zip(labels, bars)).map { row, shown in
            let (label, bar) = shown
            return label + String(repeating: " ", count: left - displayWidth(of: label))
                + "  \(bar)  \(row.time)"
        }
        let whole = shortTime(end - begin)
        let axis = "0" + String(repeating: " ", count: max(1, room - 1 - whole.utf8.count)) + whole
        lines.insert(String(repeating: " ", count: left + 2) + axis, at: 0)
        let legend = Ink.allCases.reversed().compactMap { ink in
            ink.words.flatMap { words in
                bars.contains { $0.contains(ink.rawValue) } ? "\(ink.rawValue) \(words)" : nil
            }
        }
        return lines + wrapped(legend.joined(separator: "   "), columns: columns)
    }
}
