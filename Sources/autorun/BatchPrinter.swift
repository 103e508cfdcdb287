import AutoRuntime
import CommandEnd
import Foundation
import TerminalUI
import Values

/// Prints outcomes in the order of the rows, and counts them.
struct BatchPrinter {
    let format: BatchCommand.Format
    /// How many rows there are.
    let count: Int
    private var held: [Int: BatchOutcome] = [:]
    private var next = 1
    private var counts: [BatchStatus: Int] = [:]
    /// How many rows have what the file gave as it was before it was changed.
    private var earlier = 0

    init(format: BatchCommand.Format, count: Int) {
        self.format = format
        self.count = count
        if format == .csv { write(CSV.line(["row", "session", "status", "result", "error"])) }
    }

    mutating func add(_ outcome: BatchOutcome) {
        counts[outcome.status, default: 0] += 1
        if outcome.isOfEarlierFile { earlier += 1 }
        held[outcome.row] = outcome
        while let outcome = held.removeValue(forKey: next) {
            write(line(outcome))
            next += 1
        }
        guard Terminal.isTerminal(.standardError), !Terminal.isTerminal(.standardOutput) else { return }
        say(
            "row \(outcome.row): \(outcome.status.rawValue) (\(counts.values.reduce(0, +)) of \(count))")
    }

    private func line(_ outcome: BatchOutcome) -> String {
        let session = outcome.session?.text
        switch format {
        case .csv:
            return CSV.line([
                String(outcome.row), session ?? "", outcome.status.rawValue,
                outcome.result.map(resultText) ?? "", outcome.error ?? "",
            ])
        case .jsonl:
            let fields: [(String, Value?)] = [
                ("row", .int(Int64(outcome.row))), ("session", session.map(Value.string)),
                ("status", .string(outcome.status.rawValue)), ("result", outcome.result),
                ("error", outcome.error.map(Value.string)),
            ]
            return JSON.text(.record(fields.compactMap { name, value in value.map { (name, $0) } })) + "\n"
        }
    }

    /// Whoever reads may have gone away, which is no fault of the run.
    private func write(_ text: String) { printNow(text) }

    /// How many rows came out how, on standard error.
    func tellEnd() {
        let all: [(BatchStatus, String)] = [
            (.finished, "finished"), (.failed, "failed"), (.waiting, "waiting for an answer"),
            (.cancelled, "cancelled"), (.unreachable, "not run"),
        ]
        let words = all.compactMap { status, word in counts[status].map { "\($0) \(word)" } }
        say(
            "\(counted(count, "row")): \(words.isEmpty ? "nothing to do" : words.joined(separator: ", "))"
        )
        guard earlier > 0 else { return }
        say(
            "\(counted(earlier, "row")) ran by the file as it was before it was changed: another --name NAME runs every row by what it is now"
        )
    }

    /// With what the command ends.
    var code: Int32 { Exit.gravest(of: Set(counts.keys.compactMap(\.code))) ?? 0 }
}

extension BatchStatus {
    /// With what a command ends for which a row came out so; nil where that is no reason for a code.
    fileprivate var code: Int32? {
        switch self {
        case .finished: nil
        case .failed: Exit.failed
        case .waiting: Exit.waiting
        case .cancelled: Exit.interrupted
        case .unreachable: Exit.unreachable
        }
    }
}
