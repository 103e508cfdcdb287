import AutoSyntax
import CEL

/// LLM_CALL: asks a model.
package enum LLMCall {
    package static let user = Key.text("user", as: [.prompt], "what the model is asked")
    /// Who may have said an entry of `messages`.
    package static let roles = ["system", "user", "assistant"]

    /// What each entry of `messages` has.
    package enum MessagePart: String, CaseIterable, Sendable {
        case role
        case content
    }

    package static let messages = Key.list(
        "messages", as: [.prompt, .conversation],
        "a conversation: a list of { role, content }; a content is a text, or a list of parts { type: \"text\", text }"
    )
    package static let system = Key.text("system", as: [.prompt, .system], "how the model shall behave")
    package static let model = Key.names(
        "model", "\"default\", \"builtin\", a model's name, or a list: the next where one cannot answer")
    package static let temperature = Key.number(
        "temperature", "0 for the most likely words, higher for more variety")
    package static let topP = Key.number(
        "top_p", "only the likeliest words that together have this share, from 0 to 1")
    package static let maxTokens = Key.int("max_tokens", "the longest reply")
    package static let seed = Key.int("seed", "for replies that can be repeated")
    package static let stop = Key.textOrList("stop", "texts at which the reply ends")
    package static let reasoning = Key.choice(
        "reasoning", of: ["none", "minimal", "low", "medium", "high", "xhigh"],
        "how much the model thinks before it answers")
    package static let extra = Key.record(
        "extra", "further fields of the request, as the provider names them")
    package static let tools = Key.list(
        "tools",
        "what the model may use: automations by their files, `{ mcp: … }`, and functions that are only declared"
    )
    package static let maxRounds = Key.int(
        "max_rounds", usual: String(usualRounds),
        "how often the model is asked at the most where it uses tools")
    /// How many tools of one reply are used; a model that asks for more is told to ask again.
    package static let mostCalls = 8
    /// Rounds where `max_rounds` does not say.
    package static let usualRounds = 8
    package static let images = Key.list("images", "images: bytes, or https, data or file urls")

    /// Fields that say how the model's provider is asked.
    package static let options = [
        temperature.field, topP.field, maxTokens.field, seed.field, stop.field, reasoning.field, tools.field,
        extra.field,
    ]

    /// Those of them that Anthropic's models cannot be told.
    package static let unknownToAnthropic = [seed.field]

    /// Tokens that a reply is taken to have where `max_tokens` does not say.
    package static let assumedTokens = 1_000

    /// Tokens that a model of Anthropic is let think before it answers; they come on top of the reply's.
    ///
    /// - Parameter word: what `reasoning` says; nil where it is left out.
    package static func thinkingTokens(_ word: String?) -> Int {
        switch word {
        case "minimal": 1_024
        case "low": 2_048
        case "medium": 8_192
        case "high": 16_384
        case "xhigh": 32_000
        case nil, .some: 0
        }
    }

    package static let kind = StepKind(
        type: .llmCall, summary: "Asks a model; with `result: TYPE` for a value of that type.",
        fields: [
            user.field, messages.field, system.field, model.field, temperature.field, topP.field,
            maxTokens.field, seed.field, stop.field, reasoning.field, tools.field, maxRounds.field,
            images.field,
            extra.field,
        ],
        groups: [FieldGroup(names: [user.name, messages.name], needsOne: true)],
        companions: [Companion(name: maxRounds.name, other: tools.name, bond: .meaningless)],
        gives:
            "the reply, or a value of `result`; with declared tools `{ text, calls: [{ id, name, arguments }] }`",
        result: { step, _ in declaresTools(step) ? asking : .string },
        reply: { step in declaresTools(step) ? asking : .string },
        wayOut: { given, defaults in defaults.wayOut(toModel: given[model]) },
        asksModel: { _ in true },
        assumedResult: { step in product(step.field(maxTokens).flatMap(wholeNumber) ?? assumedTokens, 4) },
        work: { _, given in given.has(tools) ? nil : "asks a model" },
        sample: """
            LLM_CALL greet -> end {
              timeout: 60s
              prompt_template { user: "Say hello in one sentence." }
            }
            """)
}
