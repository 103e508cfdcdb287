import AutoChecker
import AutoRuntime
import AutoSteps
import AutoSyntax
import TerminalUI
import Values

/// Answers given on the command line, else asked for on the terminal, else none.
struct TerminalAnswers: AnswerSource {
    /// By the names of the steps; of those of a called automation with the call's name in front, `digest.ask`.
    let given: [String: String]
    /// What stands in front of the names of the steps that are asked for here.
    private var prefix = ""
    /// Who asks the person at the terminal; nil where nobody is asked.
    let display: LiveDisplay?
    let notes: Notes
    /// Cancels the session.
    let cancel: @Sendable () -> Void

    init(
        given: [String: String], display: LiveDisplay?, notes: Notes, cancel: @escaping @Sendable () -> Void
    ) {
        self.given = given
        self.display = display
        self.notes = notes
        self.cancel = cancel
    }

    /// The same for what a step calls: an answer to a question of one automation answers none of another's.
    func answers(below step: String) -> TerminalAnswers {
        var answers = self
        answers.prefix = prefix + step + "."
        return answers
    }

    func answer(_ question: Question, problem: String?) async -> String? {
        if let problem {
            notes.tell("the answer to `\(question.step)` does not fit: \(problem)")
        } else if let answer = given[prefix + question.step] {
            return answer
        }
        switch await display?.ask(asked(question)) {
        case .answer(let text): return text
        case .cancel:
            cancel()
            return nil
        case .later, .gone, nil: return nil
        }
    }

    private func asked(_ question: Question) -> AskedQuestion {
        AskedQuestion(
            label: recordLabel(question.step, question.element, number: question.visit),
            // The panel shows nothing that steers the terminal, and gives a choice back as it is.
            message: safe(question.message), choices: question.offered.map(\.text),
            defaultAnswer: question.offeredDefault,
            hint: question.type.typedAs,
            problem: { text in
                do throws(Misfit) {
                    _ = try fit(text, question)
                    return nil
                } catch {
                    return error.text
                }
            },
            choice: { text in
                guard let value = try? fit(text, question) else { return nil }
                return question.offered.first { $0.value == value }?.text
            })
    }
}

extension CheckedAutomation {
    /// Whether `--answer` can name a step so: one that asks a person, here or in an automation that a step calls.
    ///
    /// - Parameter name: `ask`, or `digest.ask`.
    func takesAnswer(to name: String) -> Bool {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let step = steps.first(where: { $0.name == first }) else {
            return false
        }
        guard parts.count > 1 else { return step.type == .getUserInput }
        let called = step.callee.flatMap { self.called(at: $0) }
        return called?.takesAnswer(to: String(parts[1])) ?? false
    }
}

extension DataType {
    /// What a person has to type for it; nil where that is any text, or where choices stand.
    var typedAs: String? {
        switch self {
        case .text, .bool, .oneOf: nil
        case .int: "a whole number"
        case .number: "a number"
        case .url: "a whole url"
        case .bytes: "bytes as base64"
        case .json: "as JSON"
        // Of a type with a name the parts are shown, too.
        case .record(let fields, _): "as JSON: \(DataType.record(fields, name: "").text)"
        case .list(.record(let fields, _)):
            "as JSON: \(DataType.list(.record(fields, name: "")).text)"
        case .list: "as JSON: \(text)"
        }
    }

    /// An answer of many parts, as a pattern to change; nil where `typedAs` says enough.
    var typedExample: String? {
        switch self {
        case .list, .record: JSON.text(example)
        case .text, .int, .number, .bool, .json, .bytes, .url, .oneOf: nil
        }
    }

    private var example: Value {
        switch self {
        case .text, .json: .string("…")
        case .int: .int(1)
        case .number: .double(1.5)
        case .bool: .bool(true)
        case .bytes: .string("AA==")
        case .url: .string("https://example.org/page")
        case .oneOf(let values): .string(values.first ?? "")
        case .list(let element): .list([element.example])
        case .record(let fields, _): .record(fields.map { ($0.name, $0.type.example) })
        }
    }
}
