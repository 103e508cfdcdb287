import AutoChecker
import AutoRuntime
import AutoStore
import Diagnostics
import Foundation
import TerminalUI
import Values

/// The commands that go on with a session, as a person is told them.
struct NextCommands {
    /// The end of the session's id.
    let session: String
    /// The options that the session goes on with, as `RunOptions.written` has them.
    let options: String
    /// `--store FILE` where one was named, with a space in front.
    let place: String

    init(session: String, options: RunOptions) {
        self.session = session
        self.options = options.written
        place = writtenStore(options.store)
    }

    /// For a command that runs nothing itself.
    init(session: String, store: String?) {
        self.session = session
        place = writtenStore(store)
        options = place
    }

    var show: String { "autorun show \(session)\(place)" }
    var cancel: String { "autorun cancel \(session)\(place)" }
    var retry: String { "autorun retry \(session)\(options)" }
    var resume: String { "autorun resume \(session)\(options)" }
    /// The step is for the reader to fill in.
    var rerun: String { "autorun rerun \(session) --from STEP\(options)" }

    /// What is to be done after a session that has ended, in words with the command.
    ///
    /// - Parameter plan: nil where it is not known any more.
    func afterEnd(_ record: SessionRecord, _ plan: Plan?) -> String {
        guard record.header.status == .failed else { return "start another by \(rerun)" }
        // What was cancelled may have been between two steps, with nothing that failed.
        guard !record.header.isCancelled, let automation = plan?.automation, !record.mayGoFurther(automation)
        else {
            return "go on from there: \(retry)"
        }
        return "retrying it would fail again: change the file or the inputs, then \(run(record, automation))"
    }

    /// Starts the automation anew with the session's inputs, as far as they are not what it takes without any.
    private func run(_ record: SessionRecord, _ automation: CheckedAutomation) -> String {
        let inputs = record.header.inputs.asMap ?? MapValue()
        let given = automation.inputs.compactMap { input -> String? in
            guard let value = inputs[input.name], value != input.defaultValue else { return nil }
            return writtenOption("--input", "\(input.name)=\(written(value, input.type))")
        }
        return "autorun run \(shellWord(automation.source.name))\(given.joined())\(options)"
    }

    /// An input as `--input` takes it; what is too long for a line is for the reader to fill in.
    private func written(_ value: Value, _ type: DataType) -> String {
        let json = JSON.text(value)
        let text =
            switch type {
            case .text, .url, .oneOf, .bytes: (try? JSON.parse(json))?.asText ?? json
            case .int, .number, .bool, .json, .list, .record: json
            }
        guard text.count <= 120, !text.contains(where: \.isNewline), text == safe(text) else { return "…" }
        return (text.hasPrefix("@") ? "@" : "") + text
    }

    /// - Parameters:
    ///   - value: as it is; nil where any text may be the answer.
    ///   - step: what says which of several questions is meant; nil where only one waits.
    func answer(_ value: String?, step: String?) -> String {
        let word = value.map(shellWord) ?? "VALUE"
        let options = writtenOption("--step", step) + options
        // Behind `--` nothing is taken for an option.
        return value?.hasPrefix("-") == true
            ? "autorun answer \(session)\(options) -- \(word)" : "autorun answer \(session) \(word)\(options)"
    }
}

/// An option with a value, with a space in front; empty without a value.
func writtenOption(_ name: String, _ value: String?) -> String {
    value.map { " \(name) \(shellWord($0))" } ?? ""
}

/// `--store` with what was named, without a password.
func writtenStore(_ store: String?) -> String { writtenOption("--store", store.map(shownPlace)) }

/// A text as a shell takes it for one word.
func shellWord(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_./:=@,+%".utf8.contains(byte)
        }
    }
    guard !plain || text.isEmpty else { return text }
    return "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
}

/// The questions of a session that waits for a person: what is asked, the choices, and the commands that answer.
struct WaitingQuestions {
    let record: SessionRecord
    /// Nil where the automation cannot be read any more: then the questions are shown as they were recorded.
    let plan: Plan?
    let next: NextCommands

    /// - Parameter columns: how wide the terminal is; nil where there is none. Commands are never broken.
    func lines(columns: Int?) -> [String] {
        let waiting = record.waiting
        let labels = Dictionary(
            zip(record.steps.map(\.id), record.labels(plan)), uniquingKeysWith: { first, _ in first })
        let ends = shortIDs(of: waiting.map(\.id), among: [])
        return zip(waiting, ends).flatMap { step, end in
            lines(step, labels[step.id] ?? "", waiting.count > 1 ? end : nil, columns)
        }
    }

    private func lines(_ step: StepRecord, _ label: String, _ end: String?, _ columns: Int?) -> [String] {
        let prompt = step.prompt?.asMap ?? MapValue()
        let asked = plan.flatMap { try? question($0.automation.steps[step.stepIndex], prompt) }
        let message = safe(asked?.message ?? prompt["message"]?.asText ?? "")
        let choices = asked?.offered.map(\.text) ?? prompt["choices"]?.asList?.map(resultText) ?? []
        var lines = wrapped("? " + label, columns: columns ?? .max)
        lines += wrapped(message, columns: columns.map { $0 - 2 } ?? .max).map { "  " + $0 }
        for (place, choice) in choices.enumerated() {
            let mark = choice == asked?.offeredDefault ? "  (default)" : ""
            let words = wrapped(
                "\(place + 1)) \(safe(choice))\(mark)", columns: columns.map { $0 - 5 } ?? .max)
            lines += words.enumerated().map { row, text in (row == 0 ? "  " : "     ") + text }
        }
        if choices.isEmpty, let given = asked?.offeredDefault {
            let words =
                given.isEmpty
                ? "an empty answer gives the default, an empty text"
                : "an empty answer gives the default: \(safe(given))"
            lines += wrapped(words, columns: columns.map { $0 - 2 } ?? .max).map { "  " + $0 }
        }
        let wanted = choices.isEmpty ? asked?.type.typedAs : nil
        if let wanted {
            lines += wrapped("(\(safe(wanted)))", columns: columns.map { $0 - 2 } ?? .max).map { "  " + $0 }
        }
        let most = 4
        // A command for each of few choices can be copied as it is.
        let values: [String?]
        if choices.isEmpty {
            values = [asked.flatMap(\.type.typedExample)]
        } else {
            values = choices.count > most ? [nil] : choices
        }
        return lines + values.map { "  " + next.answer($0, step: end) }
    }
}

extension Journal {
    /// The end of a session's id, or all of it where the store cannot say which end leads to it alone.
    func knownID(of session: ID) async -> String { (try? await shortID(of: session)) ?? session.text }
}
