import AutoSyntax
import CEL

/// LOGIC_DECISION: takes one of its branches.
package enum LogicDecision {
    package static let question = Key.text("question", as: [.prompt], "what the model decides")
    package static let model = Key.names(
        "model", "which model decides, or a list: the next where one cannot answer")

    package static let kind = StepKind(
        type: .logicDecision,
        summary: "Takes one of its branches: by conditions, or by a model that answers a question.",
        fields: [question.field, model.field],
        companions: [Companion(name: model.name, other: question.name, bond: .meaningless)],
        branches:
            "`label: when EXPR -> step`, `label: else -> step`; or `question`, `model` and `label: -> step`",
        takesResult: false, gives: "the label taken",
        result: { step, _ in .oneOf(step.branches.map(\.label.text)) },
        reply: { step in .oneOf(step.branches.map(\.label.text)) },
        wayOut: { given, defaults in
            given.has(question) ? defaults.wayOut(toModel: given[model]) : nil
        },
        outsideText: { _ in .none },
        asksModel: { given in given.has(question) },
        assumedResult: { _ in 20 },
        isPure: { given in !given.has(question) },
        isInPlace: { given in !given.has(question) },
        work: { _, _ in nil },
        sample: """
            LOGIC_DECISION route {
              prompt_template {
                large: when inputs.amount > 100.0 -> end
                small: else -> end
              }
            }
            """)
}
