import AutoSyntax
import CEL

/// GET_USER_INPUT: asks a person.
package enum GetUserInput {
    package static let message = Key.text("message", as: [.required], "the question")
    package static let defaultAnswer = Key.any(
        "default", "the answer when the person just presses Enter, and when the step's `timeout` is over")
    package static let choices = Key.list("choices", "the answers to choose from")

    package static let kind = StepKind(
        type: .getUserInput, summary: "Asks a person; the session waits until the answer comes.",
        fields: [message.field, defaultAnswer.field, choices.field],
        gives: "the answer",
        result: { step, _ in
            guard let values = literalTexts(step.field(choices)), !values.isEmpty else { return .string }
            return .oneOf(values)
        },
        reply: { step in literalTexts(step.field(choices)).map(Type.oneOf) ?? .string },
        outsideText: { _ in .brought(from: "a person") },
        assumedResult: { _ in 400 },
        work: { step, given in
            step.setting(.result) != nil || given.has(choices) ? "asks a person" : nil
        },
        sample: """
            GET_USER_INPUT approve -> end {
              result: one_of("yes", "no")
              prompt_template { message: "Shall it be sent?" }
            }
            """)
}
