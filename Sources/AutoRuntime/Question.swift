package import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
package import Values
import WrittenJSON

/// An answer from which a person can choose.
package struct Choice: Sendable, Hashable {
    /// As a person reads and types it.
    package let text: String
    /// What the step gives for it.
    package let value: Value

    fileprivate init(text: String, value: Value) {
        self.text = text
        self.value = value
    }

    /// A choice as the file has it, which may be a text that stands for another value, as if it had been typed.
    fileprivate init(_ written: Value, _ type: DataType) throws(Misfit) {
        value = try type.fit(choice: written)
        text = written.asText ?? shownAnswer(value)
    }
}

/// A question to a person.
package struct Question: Sendable {
    package let step: String
    package let message: String
    /// Nothing else is an answer, unless there are none.
    package let choices: [Choice]
    package let defaultAnswer: Value?
    package let type: DataType
    /// Which element of `each` it is asked for; nil for a step without `each`.
    package var element: Element?
    /// How many records the step has with this one.
    package var visit = 1
}

extension Question {
    /// The answers from which a person chooses: the choices, or the two that a truth has; empty where any text may
    /// be one.
    package var offered: [Choice] {
        guard choices.isEmpty, type == .bool else { return choices }
        return [true, false].map { Choice(text: shownAnswer(.bool($0)), value: .bool($0)) }
    }

    /// What an empty answer gives, in the words of `offered`.
    package var offeredDefault: String? {
        guard let defaultAnswer else { return nil }
        let value = (try? type.fit(defaultAnswer)) ?? defaultAnswer
        return offered.first { $0.value == value }?.text ?? shownAnswer(defaultAnswer)
    }

    /// What is expected instead of an answer that is none of the choices.
    fileprivate var choicesInWords: String {
        let words = inWords(offered.map(\.text), quoted: "", joiner: "or")
        return choices.isEmpty ? words : "\(words), or a number from 1 to \(choices.count)"
    }
}

private func shownAnswer(_ value: Value) -> String {
    if case .bool(let answer) = value { return answer ? "yes" : "no" }
    return resultText(value)
}

/// The question of a step, as its prompt has it.
package func question(_ step: CheckedStep, _ prompt: MapValue) throws(StepFailure) -> Question {
    var type = step.resultType ?? .text
    var choices: [Choice] = []
    for (place, written) in (prompt[GetUserInput.choices] ?? []).enumerated() {
        guard step.resultType != nil else {
            let text = resultText(written)
            choices.append(Choice(text: text, value: .string(text)))
            continue
        }
        do throws(Misfit) { choices.append(try Choice(written, type)) } catch {
            throw StepFailure(.field, "`choices[\(place)]` does not fit the step's `result`: \(error.text)")
        }
    }
    var given = prompt[GetUserInput.defaultAnswer]
    if step.resultType == nil, !choices.isEmpty {
        given = given.map { .string(resultText($0)) }
        // Enter may say something that is not offered.
        type = .oneOf(
            choices.map(\.text)
                + [given].compactMap { $0?.asText }.filter { text in !choices.contains { $0.text == text } })
    }
    if choices.isEmpty, case .oneOf(let values) = type {
        choices = values.map { Choice(text: $0, value: .string($0)) }
    }
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
/// is that choice, and so is a beginning that no other choice has. Blanks around a choice count for nothing.
package func fit(_ text: String, _ question: Question) throws(Misfit) -> Value {
    if text.isEmpty, let given = question.defaultAnswer { return try question.type.fit(given) }
    let offered = question.offered
    guard !offered.isEmpty else { return try question.type.fit(typed: text) }
    if let chosen = chosen(text, offered, question.type) { return chosen.value }
    throw Misfit(path: "", expected: question.choicesInWords, found: describe(.string(text)))
}

private func chosen(_ typed: String, _ offered: [Choice], _ type: DataType) -> Choice? {
    if let same = offered.first(where: { $0.text == typed }) { return same }
    let text = trimmed(typed)
    let lower = text.lowercased()
    if let same = offered.first(where: { $0.text == text })
        ?? offered.first(where: { $0.text.lowercased() == lower })
    {
        return same
    }
    if let value = try? type.fit(typed: text), let same = offered.first(where: { $0.value == value }) {
        return same
    }
    if let number = Int(text), offered.indices.contains(number - 1) { return offered[number - 1] }
    // The beginning of a number is another number.
    guard text.contains(where: \.isLetter) else { return nil }
    let begun = offered.filter { $0.text.lowercased().hasPrefix(lower) }
    return begun.count == 1 ? begun[0] : nil
}

/// An answer as JSON, as a value of the waiting step's type; text is taken as if it had been typed.
package func fitted(_ answer: Value, _ step: CheckedStep, _ waiting: StepRecord) throws(Misfit) -> Value {
    let asked: Question
    do throws(StepFailure) { asked = try question(step, waiting.prompt?.asMap ?? MapValue()) } catch {
        throw Misfit(path: "", expected: "a question that can be answered", found: error.message)
    }
    if let text = answer.asText { return try fit(text, asked) }
    let value = try asked.type.fit(answer)
    guard asked.choices.isEmpty || asked.choices.contains(where: { $0.value == value }) else {
        throw Misfit(path: "", expected: asked.choicesInWords, found: describe(answer))
    }
    return value
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

/// The time until which a question can be answered, in nanoseconds since 1970; nil where it has no end.
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
