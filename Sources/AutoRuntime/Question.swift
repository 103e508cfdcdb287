package import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
package import Values

/// A question to a person.
package struct Question: Sendable {
    package let step: String
    package let message: String
    package let choices: [String]
    package let defaultAnswer: Value?
    package let type: DataType
    /// Which element of `each` it is asked for; nil for a step without `each`.
    package var element: Element?
}

/// The question of a step, as its prompt has it.
package func question(_ step: CheckedStep, _ prompt: MapValue) throws(StepFailure) -> Question {
    var choices = (prompt[GetUserInput.choices] ?? []).compactMap(\.asText)
    if choices.isEmpty, case .oneOf(let values) = step.resultType { choices = values }
    var type = step.resultType ?? .text
    if step.resultType == nil, !choices.isEmpty { type = .oneOf(choices) }
    let given = prompt[GetUserInput.defaultAnswer]
    if let given {
        do throws(Misfit) { _ = try type.fit(given) } catch {
            throw StepFailure(.field, "`default` does not fit: \(error.text)")
        }
    }
    return Question(
        step: step.name, message: prompt[GetUserInput.message] ?? "", choices: choices, defaultAnswer: given,
        type: type)
}

/// An answer as typed, as a value of the question's type. An empty one is the default; a number of a choice
/// is that choice.
package func fit(_ text: String, _ question: Question) throws(Misfit) -> Value {
    if text.isEmpty, let given = question.defaultAnswer { return try question.type.fit(given) }
    switch question.type {
    case .text, .url: return try question.type.fit(.string(text))
    case .oneOf(let values):
        if values.contains(text) { return .string(text) }
        if let same = values.first(where: { $0.lowercased() == text.lowercased() }) { return .string(same) }
        if let number = Int(text), values.indices.contains(number - 1) { return .string(values[number - 1]) }
        let choices = "one of \(inWords(values, joiner: "and")), or a number from 1 to \(values.count)"
        throw Misfit(path: "", expected: choices, found: describe(.string(text)))
    case .bool:
        switch text.lowercased() {
        case "yes", "y", "true": return .bool(true)
        case "no", "n", "false": return .bool(false)
        default: throw Misfit(path: "", expected: "yes or no", found: describe(.string(text)))
        }
    case .int, .number, .json, .bytes, .list, .record:
        return try question.type.fit((try? JSON.parse(text)) ?? .string(text))
    }
}

/// An answer as JSON, as a value of the waiting step's type; text is taken as if it had been typed.
package func fitted(_ answer: Value, _ step: CheckedStep, _ waiting: StepRecord) throws(Misfit) -> Value {
    let asked: Question
    do throws(StepFailure) { asked = try question(step, waiting.prompt?.asMap ?? MapValue()) } catch {
        throw Misfit(path: "", expected: "a question that can be answered", found: error.message)
    }
    if let text = answer.asText { return try fit(text, asked) }
    return try asked.type.fit(answer)
}

/// Which of the waiting step records an answer is for.
package enum Addressee: Sendable {
    case one(StepRecord)
    /// It could be for each of these.
    case several([StepRecord])
    case nobody
}

extension SessionRecord {
    /// The step records that wait for a person, in the order in which they began.
    package var waiting: [StepRecord] {
        guard header.status == .running else { return [] }
        return steps.filter { $0.status == .running && stepInfos[$0.stepIndex].type == .getUserInput }
    }

    /// The waiting step record that is meant by a step's name or by a step record's id; without either, the
    /// only one that waits.
    ///
    /// - Parameter takesParts: whether the beginning or the end of an id says it, too.
    package func addressee(_ step: String?, takesParts: Bool = false) -> Addressee {
        var found = waiting
        if let step {
            let named = found.filter { stepInfos[$0.stepIndex].name == step }
            let identified = found.filter { record in
                takesParts ? record.id.isWritten(as: step) : record.id.text == step.lowercased()
            }
            found = named.isEmpty ? identified : named
        }
        guard let first = found.first else { return .nobody }
        return found.count == 1 ? .one(first) : .several(found)
    }
}

/// Until when a question can be answered, in nanoseconds since 1970; nil for one that has no such time.
///
/// It is its step's `timeout`, counted from when the step record `asked` began to wait.
package func answerDeadline(_ step: CheckedStep, _ asked: StepRecord) -> Int64? {
    step.timeout.map { asked.updatedAt * 1_000_000_000 + $0 }
}

/// Why an answer comes too late, in a sentence; nil while there is time.
///
/// A question's time is looked at here, too, because the timer that ends the step may run in another process,
/// or in none at all.
///
/// - Parameter now: nanoseconds since 1970.
package func lateness(_ step: CheckedStep, _ asked: StepRecord, now: Int64) -> String? {
    guard let deadline = answerDeadline(step, asked), now >= deadline else { return nil }
    let time = timeText(deadline / 1_000_000_000).asText ?? ""
    return "the time to answer `\(step.name)` was over at \(time), by its `timeout`: the answer was not taken"
}
