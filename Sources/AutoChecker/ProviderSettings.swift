package import Values

/// How a provider of models is asked and what its server can do, as `[provider.NAME]` of `autorun.toml` says
/// it.
///
/// What is nil is not said: then that of the known provider of this name holds, else what is usual.
package struct ProviderSettings: Sendable, Hashable {
    /// The language that a provider speaks.
    package enum Kind: String, Sendable, CaseIterable {
        /// OpenAI's chat completions, which most servers speak.
        case openai
        /// Anthropic's messages.
        case anthropic
        /// OpenAI's language below `/v1`, as Ollama speaks it.
        case ollama
    }

    /// How a value of a type is asked for, the best way first.
    package enum Structured: String, Sendable, CaseIterable {
        /// By a JSON schema that the server holds the model to.
        case schema
        /// By a mode that gives any JSON, with the schema in the prompt.
        case json
        /// By the prompt alone.
        case prompt
    }

    /// The field that says how long a reply may be.
    package enum TokensField: String, Sendable, CaseIterable {
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
    }

    /// Fields of a question's body that `extra` cannot say, since all else goes by them.
    package static let fixedFields = ["model", "messages", "stream"]

    /// How it is spoken to.
    package var kind: Kind?
    /// The url below which its paths lie.
    package var base: String?
    /// The environment variable that holds its key.
    package var key: String?
    /// Sent with each request.
    package var headers: [String: String] = [:]
    /// Added behind `?` to each request.
    package var query: [String: String] = [:]
    /// Nanoseconds until a reply must be whole.
    package var timeout: Int64?
    /// Nanoseconds until the first piece of a reply must be there.
    package var firstToken: Int64?
    /// How many requests it is asked at once.
    package var atOnce: Int?
    /// How many requests begin within a minute.
    package var perMinute: Int?
    /// The url of the HTTP proxy by which it is reached; empty for none.
    package var proxy: String?
    /// Fields of the body of each question.
    package var extra: [String: Value] = [:]
    /// How it is asked for a reply of a certain shape.
    package var structured: Structured?
    /// Whether it takes `stream_options`.
    package var streamOptions: Bool?
    /// The field that says how long a reply may be.
    package var tokensField: TokensField?
    /// How many texts it embeds at once.
    package var embedBatch: Int?

    package init(
        _ kind: Kind? = nil, base: String? = nil, key: String? = nil, structured: Structured? = nil,
        streamOptions: Bool? = nil, tokensField: TokensField? = nil, embedBatch: Int? = nil
    ) {
        self.kind = kind
        self.base = base
        self.key = key
        self.structured = structured
        self.streamOptions = streamOptions
        self.tokensField = tokensField
        self.embedBatch = embedBatch
    }

    /// These settings, and where they say nothing what others say.
    package func over(_ others: ProviderSettings) -> ProviderSettings {
        var both = self
        both.kind = kind ?? others.kind
        both.base = base ?? others.base
        both.key = key ?? others.key
        both.headers = others.headers.merging(headers) { $1 }
        both.query = others.query.merging(query) { $1 }
        both.timeout = timeout ?? others.timeout
        both.firstToken = firstToken ?? others.firstToken
        both.atOnce = atOnce ?? others.atOnce
        both.perMinute = perMinute ?? others.perMinute
        both.proxy = proxy ?? others.proxy
        both.extra = others.extra.merging(extra) { $1 }
        both.structured = structured ?? others.structured
        both.streamOptions = streamOptions ?? others.streamOptions
        both.tokensField = tokensField ?? others.tokensField
        both.embedBatch = embedBatch ?? others.embedBatch
        return both
    }
}
