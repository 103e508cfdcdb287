import AutoSyntax
import CEL
import Values

/// TEXT_TO_JSON: finds and mends JSON in free text.
package enum TextToJSON {
    package static let text = Key.text("text", as: [.required, .prompt], "where the JSON stands")
    package static let model = Key.names(
        "model", "a model that reads the values out of prose, or a list: the next where one cannot answer")

    package static let kind = StepKind(
        type: .textToJSON, summary: "Finds and mends JSON in free text.",
        fields: [text.field, model.field],
        gives: "the JSON in the text",
        result: { _, _ in .dyn },
        sampleReply: .record([]),
        wayOut: { given, defaults in given.has(model) ? defaults.wayOut(toModel: given[model]) : nil },
        asksModel: { given in given.has(model) },
        assumedResult: { _ in LLMCall.assumedTokens * 4 },
        work: { _, _ in "reads JSON" },
        sample: """
            TEXT_TO_JSON read -> end {
              result: { n: int }
              prompt_template { text: "Here you are: {n: 3,}" }
            }
            """)
}
