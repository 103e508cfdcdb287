package import AutoRuntime
import Values

/// What is known of the models before any is asked.
package struct ModelSettings: Sendable {
    package var openAIKey: String?
    package var openAIBase: String?
    package var anthropicKey: String?
    package var anthropicBase: String?
    /// What `autorun.toml` says "default" is.
    package var defaultModel: String?

    package init(environment: [String: String], defaultModel: String?) {
        func set(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        openAIKey = set(ModelSettings.openAIVariable)
        openAIBase = set("OPENAI_BASE_URL")
        anthropicKey = set(ModelSettings.anthropicVariable)
        anthropicBase = set("ANTHROPIC_BASE_URL")
        self.defaultModel = defaultModel
    }

    /// The keys, by the names of their variables: as secret as any that an automation declares.
    package var secrets: [String: String] {
        var secrets: [String: String] = [:]
        secrets[ModelSettings.openAIVariable] = openAIKey
        secrets[ModelSettings.anthropicVariable] = anthropicKey
        return secrets
    }

    static let openAIVariable = "OPENAI_API_KEY"
    static let anthropicVariable = "ANTHROPIC_API_KEY"

    /// What `model: "default"` means: what is set, else the first provider whose key is set, else `builtin`.
    package var nameOfDefault: String {
        if let model = defaultModel, model != "default" { return model }
        if openAIKey != nil { return "openai/gpt-4o-mini" }
        if anthropicKey != nil { return "anthropic/claude-3-5-haiku-latest" }
        return "builtin"
    }
}

/// Finds the provider of a model's name and asks it.
package struct Models: ModelProvider {
    private let settings: ModelSettings
    private let openAI: OpenAIModels
    private let anthropic: AnthropicModels
    private let builtin: any ModelProvider
    private let masker: Masker

    package init(settings: ModelSettings, client: any HTTPClient, builtin: any ModelProvider) {
        self.settings = settings
        masker = Masker(settings.secrets)
        openAI = OpenAIModels(
            client: client, base: settings.openAIBase ?? "https://api.openai.com/v1", key: settings.openAIKey,
            masker: masker)
        anthropic = AnthropicModels(
            client: client, base: settings.anthropicBase ?? "https://api.anthropic.com",
            key: settings.anthropicKey, masker: masker)
        self.builtin = builtin
    }

    /// - Throws: a failure whose message holds no key, whatever the provider answered.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        do throws(StepFailure) { return try await ask(request) } catch { throw masker.mask(error) }
    }

    private func ask(_ request: ModelRequest) async throws(StepFailure) -> String {
        var request = request
        if request.model == "default" { request.model = settings.nameOfDefault }
        let name = request.model
        if name == "builtin" { return try await builtin.reply(to: request) }
        if name.hasPrefix("anthropic/") || (name.hasPrefix("claude") && settings.anthropicKey != nil) {
            request.model = name.hasPrefix("anthropic/") ? String(name.dropFirst("anthropic/".count)) : name
            guard settings.anthropicKey != nil else { throw noKey(name, ModelSettings.anthropicVariable) }
            return try await anthropic.reply(to: request)
        }
        if name.hasPrefix("openai/") { request.model = String(name.dropFirst("openai/".count)) }
        // Servers of one's own often want no key.
        guard settings.openAIKey != nil || settings.openAIBase != nil else {
            throw noKey(
                name,
                name.hasPrefix("claude") ? ModelSettings.anthropicVariable : ModelSettings.openAIVariable)
        }
        return try await openAI.reply(to: request)
    }

    private func noKey(_ model: String, _ variable: String) -> StepFailure {
        StepFailure(
            "no_key",
            "the model `\(model)` needs a key: set \(variable) (or OPENAI_BASE_URL for a server of your own), or write model: \"builtin\""
        )
    }
}

extension ModelRequest {
    /// Says what was used; where the provider does not, four bytes count as a token.
    func use(_ input: Int?, _ output: Int?, _ reply: String) {
        let asked = messages.reduce(0) { $0 + JSON.text($1).utf8.count }
        onUsage(
            ModelUsage(model: model, input: input ?? asked / 4, output: output ?? reply.utf8.count / 4))
    }
}

/// Splits a stream of bytes into the `data:` lines of server-sent events.
struct EventLines {
    private var rest: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) -> [String] {
        rest += bytes
        var lines: [String] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: 0x0A) {
            let line = String(decoding: rest[start..<end], as: UTF8.self)
            start = end + 1
            guard line.hasPrefix("data:") else { continue }
            lines.append(String(line.dropFirst(5).drop { $0 == " " }.prefix { $0 != "\r" && $0 != "\r\n" }))
        }
        rest.removeSubrange(..<start)
        return lines
    }
}

/// What a provider's refusal means.
///
/// - Parameter masker: hides the key in the provider's words, before they are cut.
func modelFailure(
    _ response: HTTPResponse, provider: String, keyVariable: String, masker: Masker
) -> StepFailure {
    let parsed = try? JSON.parse(bytes: response.body)
    let said = masker.mask(
        parsed?.asMap?["error"]?.asMap?["message"]?.asText ?? parsed?.asMap?["error"]?.asText ?? "")
    let code = parsed?.asMap?["error"]?.asMap?["code"]?.asText ?? ""
    let words = said.isEmpty ? "" : ": \(said.prefix(300))"
    switch response.status {
    case 401, 403: return StepFailure("refused", "\(provider) refused the key\(words); check \(keyVariable)")
    case 429:
        return StepFailure(
            "rate_limited", "\(provider) is asked too often\(words)", retryable: code != "insufficient_quota",
            retryAfter: seconds(response))
    case 400, 413:
        if response.status == 413 || code == "context_length_exceeded" || said.contains("context")
            || said.contains("too long")
        {
            return StepFailure("context", "the prompt is too long for the model\(words)")
        }
        return StepFailure("request", "\(provider) does not accept the request\(words)")
    case 404: return StepFailure("model", "\(provider) has no such model\(words)")
    case 500...:
        return StepFailure(
            "status", "\(provider) answered \(response.status)\(words)", retryable: true,
            retryAfter: seconds(response))
    default: return StepFailure("status", "\(provider) answered \(response.status)\(words)")
    }
}

private func seconds(_ response: HTTPResponse) -> Double? {
    func finite(_ name: String) -> Double? {
        response[header: name].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
    return finite("retry-after-ms").map { $0 / 1_000 } ?? finite("retry-after")
}

/// Tells somebody what each reply used.
package struct CountedModels: ModelProvider {
    private let inner: any ModelProvider
    private let usage: UsageListener

    package init(_ inner: any ModelProvider, _ usage: @escaping UsageListener) {
        self.inner = inner
        self.usage = usage
    }

    package func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        var request = request
        request.onUsage = usage
        return try await inner.reply(to: request)
    }
}
