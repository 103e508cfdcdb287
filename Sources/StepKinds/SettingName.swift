package import AutoSyntax

/// The settings that every step may have beside its prompt_template.
package enum SettingName: String, Sendable, CaseIterable {
    case result
    case timeout
    case retry
    case onError = "on_error"
    case maxVisits = "max_visits"
    case each
    case atOnce = "at_once"
    case onFailed = "on_failed"
    case cache
    case trust

    /// A sentence for hover and completion.
    package var documentation: String {
        switch self {
        case .result:
            "The type of what the step gives; models are asked for it, anything else is checked against it."
        case .timeout: "How long one try may take, such as `30s`."
        case .retry:
            "Tries again, later each time: { attempts: 4, first_delay: 1s, factor: 2, max_delay: 30s }. Left out, a question to a model is tried three times where nobody answered."
        case .onError: "Where to go when all tries have failed; there `name.error` is { kind, message }."
        case .maxVisits: "The most visits of the step in one run; bounds a loop."
        case .each: "Runs the step once for each element of a list; the result is the list in order."
        case .atOnce: "How many elements of `each` run at a time."
        case .onFailed:
            "What becomes of the others when an element of `each` fails: \"stop\", \"null\" in its place, or \"drop\"."
        case .cache: "The same rendered prompt gives the result of before, over sessions."
        case .trust:
            "The fields of a step that changes something outside which may hold text from outside: [\"body.note\", \"inputs\"]."
        }
    }
}

/// What stands in `retry: { … }`.
package enum RetryPart: String, Sendable, CaseIterable {
    case attempts
    case firstDelay = "first_delay"
    case factor
    case maxDelay = "max_delay"
}

extension Step {
    package func setting(_ name: SettingName) -> Setting? {
        settings.first { $0.name.text == name.rawValue }
    }
}
