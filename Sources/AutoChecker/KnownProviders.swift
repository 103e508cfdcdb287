/// A provider that is ready for use: all that is known of it, so that only its key is to be set.
package struct KnownProvider: Sendable {
    /// What stands before the `/` of a model's name.
    package let name: String
    /// What it is called in a sentence.
    package let title: String
    /// What is said of it without any settings of the user.
    package let settings: ProviderSettings
    /// Other variables that may hold its key, looked at when the first is not set.
    package let otherKeys: [String]
    /// The variable that names its base, for those who have no base of their own or may have another.
    package let baseVariable: String?
    /// The header that carries the key; nil for the one that is usual in its language.
    package let keyHeader: String?
    /// Its name for a seed; nil for `seed`.
    package let seedField: String?
    /// Beginnings of the names of models that it makes itself; empty where it serves those of others.
    package let makes: [String]
    /// A small model for `model: "default"` where its key alone is set; nil where its makers come and go too
    /// fast.
    package let usualModel: String?
    /// Whether it runs on this machine, where it wants no key.
    package let isLocal: Bool

    fileprivate init(
        _ name: String, _ title: String, _ settings: ProviderSettings, otherKeys: [String] = [],
        baseVariable: String? = nil, keyHeader: String? = nil, seedField: String? = nil, makes: [String] = [],
        usualModel: String? = nil, isLocal: Bool = false
    ) {
        self.name = name
        self.title = title
        self.settings = settings
        self.otherKeys = otherKeys
        self.baseVariable = baseVariable
        self.keyHeader = keyHeader
        self.seedField = seedField
        self.makes = makes
        self.usualModel = usualModel
        self.isLocal = isLocal
    }

    /// Whether it makes a model itself, by the beginning of the model's name.
    package func makes(_ model: String) -> Bool {
        // OpenAI's open models are served by everybody but OpenAI.
        !model.hasPrefix("gpt-oss") && makes.contains { model.hasPrefix($0) }
    }

    /// The provider of a name; nil where it is not known.
    package static func named(_ name: String) -> KnownProvider? { knownProviders.first { $0.name == name } }
}

// The table is Swift for the reason that holds for `knownModels`. `[provider.NAME]` of autorun.toml says what
// is otherwise for the user. What a server refuses beyond this is found out when it is asked.

/// The providers ready for use, as their makers document them on the date of `knownModelsDate`.
package let knownProviders: [KnownProvider] = [
    KnownProvider(
        "openai", "OpenAI",
        ProviderSettings(
            .openai, base: "https://api.openai.com/v1", key: "OPENAI_API_KEY", embedBatch: 512),
        baseVariable: "OPENAI_BASE_URL", makes: ["gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-"],
        usualModel: "gpt-6-luna"),
    KnownProvider(
        "azure", "Azure", ProviderSettings(.openai, key: "AZURE_OPENAI_API_KEY", embedBatch: 512),
        baseVariable: "AZURE_OPENAI_ENDPOINT", keyHeader: "api-key"),
    KnownProvider(
        "anthropic", "Anthropic",
        ProviderSettings(.anthropic, base: "https://api.anthropic.com", key: "ANTHROPIC_API_KEY"),
        baseVariable: "ANTHROPIC_BASE_URL", makes: ["claude"], usualModel: "claude-haiku-4-5"),
    KnownProvider(
        "gemini", "Gemini",
        ProviderSettings(
            .openai, base: "https://generativelanguage.googleapis.com/v1beta/openai", key: "GEMINI_API_KEY",
            embedBatch: 100),
        otherKeys: ["GOOGLE_API_KEY"], makes: ["gemini"], usualModel: "gemini-3.5-flash-lite"),
    KnownProvider(
        "mistral", "Mistral",
        ProviderSettings(
            .openai, base: "https://api.mistral.ai/v1", key: "MISTRAL_API_KEY", streamOptions: false),
        seedField: "random_seed",
        makes: ["mistral-", "ministral-", "magistral-", "codestral", "devstral", "pixtral"],
        usualModel: "mistral-small-latest"),
    KnownProvider(
        "groq", "Groq",
        ProviderSettings(.openai, base: "https://api.groq.com/openai/v1", key: "GROQ_API_KEY")),
    KnownProvider(
        "deepseek", "DeepSeek",
        ProviderSettings(
            .openai, base: "https://api.deepseek.com/v1", key: "DEEPSEEK_API_KEY", structured: .json),
        makes: ["deepseek-chat", "deepseek-reasoner", "deepseek-v4-flash", "deepseek-v4-pro"],
        usualModel: "deepseek-v4-flash"),
    KnownProvider(
        "openrouter", "OpenRouter",
        ProviderSettings(.openai, base: "https://openrouter.ai/api/v1", key: "OPENROUTER_API_KEY")),
    KnownProvider(
        "together", "Together",
        ProviderSettings(.openai, base: "https://api.together.xyz/v1", key: "TOGETHER_API_KEY")),
    KnownProvider(
        "xai", "xAI", ProviderSettings(.openai, base: "https://api.x.ai/v1", key: "XAI_API_KEY"),
        makes: ["grok"]),
    KnownProvider(
        "vllm", "vLLM", ProviderSettings(.openai, base: "http://127.0.0.1:8000/v1", key: "VLLM_API_KEY"),
        isLocal: true),
    KnownProvider(
        "llamacpp", "llama.cpp",
        ProviderSettings(.openai, base: "http://127.0.0.1:8080/v1", key: "LLAMA_API_KEY"), isLocal: true),
    KnownProvider(
        "lmstudio", "LM Studio",
        ProviderSettings(.openai, base: "http://127.0.0.1:1234/v1", key: "LM_API_TOKEN"), isLocal: true),
    KnownProvider(
        "ollama", "Ollama",
        ProviderSettings(.ollama, base: "http://127.0.0.1:11434", key: "OLLAMA_API_KEY"),
        baseVariable: "OLLAMA_HOST", isLocal: true),
    KnownProvider(
        "litellm", "LiteLLM",
        ProviderSettings(.openai, base: "http://127.0.0.1:4000/v1", key: "LITELLM_API_KEY"),
        baseVariable: "LITELLM_BASE_URL", isLocal: true),
]
