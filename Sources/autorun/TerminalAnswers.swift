import AutoChecker
import AutoRuntime
import AutoSteps
import TerminalUI
import Values

/// Answers given on the command line, else asked for on the terminal, else none.
struct TerminalAnswers: AnswerSource {
    /// By the names of the steps.
    let given: [String: String]
    /// Who asks the person at the terminal; nil where nobody is asked.
    let display: LiveDisplay?
    let notes: Notes
    /// Cancels the session.
    let cancel: @Sendable () -> Void

    func answer(_ question: Question, problem: String?) async -> String? {
        if let problem {
            notes.tell("the answer to `\(question.step)` does not fit: \(problem)")
        } else if let answer = given[question.step] {
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
            label: elementLabel(question.step, question.element), message: safe(question.message),
            choices: question.offered.map(safe), defaultAnswer: question.offeredDefault.map(safe),
            hint: question.type.typedAs
        ) { text in
            do throws(Misfit) {
                _ = try fit(text, question)
                return nil
            } catch {
                return error.text
            }
        }
    }
}

extension DataType {
    /// What a person has to type for it; nil where that is any text, or where choices stand.
    fileprivate var typedAs: String? {
        switch self {
        case .text, .bool, .oneOf: nil
        case .int: "a whole number"
        case .number: "a number"
        case .url: "a whole url"
        case .bytes: "bytes as base64"
        case .json, .list, .record: "as JSON"
        }
    }
}

extension Question {
    /// The answers from which a person chooses; empty where any text may be one.
    var offered: [String] { type == .bool ? ["yes", "no"] : choices }

    /// What Enter alone answers, in the words of `offered`.
    var offeredDefault: String? {
        switch defaultAnswer {
        case nil: nil
        case .bool(let answer): answer ? "yes" : "no"
        case .some(let answer): resultText(answer)
        }
    }
}
