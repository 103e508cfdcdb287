import AutoChecker
import Diagnostics

/// A key of a table `[provider.NAME]`. All that is said of the keys anywhere (their names, the errors, the
/// documentation) is made from here.
package enum ProviderKey: String, Sendable, CaseIterable {
    case kind
    case base
    case key
    case headers
    case query
    case timeout
    case firstToken = "first_token"
    case atOnce = "at_once"
    case perMinute = "per_minute"
    case proxy
    case extra
    case structured
    case streamOptions = "stream_options"
    case maxTokens = "max_tokens"
    case embedBatch = "embed_batch"

    /// What the key takes, as a part of a sentence: `a whole number from 1 to 1000000`.
    package var expected: String {
        switch self {
        case .kind: choices(ProviderSettings.Kind.allCases.map(\.rawValue))
        case .base: "an http or https url, such as \"https://example.org/v1\", without `?`"
        case .key: "the name of the environment variable that holds the key, such as \"GROQ_API_KEY\""
        case .headers, .query: "a table of texts, such as { \"name\" = \"value\" }"
        case .timeout, .firstToken:
            "a time such as \"30s\" or \"2m\", or a number of seconds, from a millisecond up to a day"
        case .atOnce, .perMinute, .embedBatch: "a whole number from 1 to 1000000"
        case .proxy: "the url of an HTTP proxy, such as \"http://proxy.example:3128\", or \"\" for none"
        case .extra: "a table of fields of the request's body, such as { top_k = 40 }"
        case .structured: choices(ProviderSettings.Structured.allCases.map(\.rawValue))
        case .streamOptions: "true or false"
        case .maxTokens: choices(ProviderSettings.TokensField.allCases.map(\.rawValue))
        }
    }

    /// What the key says of the provider, as a sentence without a full stop.
    package var documentation: String {
        switch self {
        case .kind: "The language that it speaks; for a name that is not known, \"openai\""
        case .base: "The url below which its paths lie; needed for a name that is not known"
        case .key:
            "Where its key is; no other variable is looked at then, and it is not asked without the key"
        case .headers: "Headers that go with each request, and win over those that are usual"
        case .query: "Fields that each url has, such as Azure's `api-version`"
        case .timeout: "How long a whole answer may take, beside the step's own `timeout`"
        case .firstToken: "How long the first piece of a reply may take"
        case .atOnce:
            "How many requests it is asked at once, by all automations together that use the same key"
        case .perMinute:
            "How many requests begin within a minute, by all automations together that use the same key"
        case .proxy: "The proxy by which it is reached, instead of the one that the environment names"
        case .extra: "Fields that are added to each question; not `model`, `messages` or `stream`"
        case .structured: "The best way in which it takes the type of a reply; found out where it is left out"
        case .streamOptions: "Whether it takes `stream_options`; found out where it is left out"
        case .maxTokens: "How it calls the most tokens of a reply; found out where it is left out"
        case .embedBatch: "How many texts one request for embeddings has at the most"
        }
    }

    /// The table of the keys in the documentation.
    package static var table: String {
        let rows = allCases.map { "| `\($0.rawValue)` | \($0.expected) | \($0.documentation). |" }
        return "| key | takes | what it says |\n|---|---|---|\n" + rows.joined(separator: "\n")
    }

    private func choices(_ words: [String]) -> String { inWords(words, quoted: "\"") }
}
