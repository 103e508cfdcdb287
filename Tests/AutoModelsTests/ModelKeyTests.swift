import AutoModels
import AutoRuntime
import TestSupport
import Testing
import Values

/// A provider that repeats the key it was sent.
private struct EchoingProvider: HTTPClient {
    let status: Int
    /// What stands before the key in the error's message.
    let words: String
    /// Whether the error comes within a stream.
    var isStream = false

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        let header = request.headers.first { $0.0 == "authorization" || $0.0 == "x-api-key" }
        let message = words + (header?.1 ?? "")
        let error = Value.record([
            ("type", .string("error")), ("error", .record([("message", .string(message))])),
        ])
        let text = isStream ? "data: \(JSON.text(error))\n\n" : JSON.text(error)
        if status < 300 { onBytes?(Array(text.utf8)) }
        return HTTPResponse(status: status, headers: [], body: Array(text.utf8), url: request.url)
    }
}

@Suite(.timeLimit(.minutes(1))) struct ModelKeyTests {
    private let settings = ModelSettings(
        environment: [
            "OPENAI_API_KEY": "sk-proj-0123456789abcdef", "ANTHROPIC_API_KEY": "sk-ant-fedcba9876543210",
        ],
        defaultModel: nil)

    private func failure(of model: String, _ client: EchoingProvider) async -> String {
        let models = Models(
            settings: settings, client: client, builtin: NoModel(), clock: FixedClock(time: 0))
        let messages = [Value.record([("role", .string("user")), ("content", .string("U"))])]
        do throws(StepFailure) {
            return "answered "
                + (try await models.reply(to: ModelRequest(model: model, messages: messages)).text)
        } catch {
            return error.message
        }
    }

    @Test func settingsTellTheirKeys() {
        #expect(
            settings.secrets == [
                "OPENAI_API_KEY": "sk-proj-0123456789abcdef", "ANTHROPIC_API_KEY": "sk-ant-fedcba9876543210",
            ])
        #expect(ModelSettings(environment: [:], defaultModel: nil).secrets.isEmpty)
    }

    @Test(arguments: [
        ("openai/gpt-x", "OPENAI_API_KEY"), ("anthropic/claude-x", "ANTHROPIC_API_KEY"),
    ])
    func noErrorHoldsAKey(model: String, variable: String) async {
        for status in [400, 401, 404, 429, 500] {
            let client = EchoingProvider(status: status, words: "Incorrect key: ")
            let message = await failure(of: model, client)
            #expect(
                message.contains("Incorrect key: ") && message.contains("[secret \(variable)]"), "\(message)")
            #expect(!message.contains("sk-"), "\(message)")
        }
        let broken = await failure(of: model, EchoingProvider(status: 200, words: "No: ", isStream: true))
        #expect(broken.contains("[secret \(variable)]") && !broken.contains("sk-"), "\(broken)")
    }

    @Test(arguments: ["openai/gpt-x", "anthropic/claude-x"])
    func theCutLeavesNoBeginning(model: String) async {
        // Wherever the message is cut, in the key or beside it.
        for length in 265...300 {
            let words = String(repeating: "é", count: length)
            let message = await failure(of: model, EchoingProvider(status: 401, words: words))
            #expect(message.contains("é") && !message.contains("sk-"), "\(message)")
        }
    }

    @Test func embeddersHideTheKey() async {
        let embedder = OpenAIEmbedder(
            client: EchoingProvider(status: 401, words: "Incorrect key: "), base: "https://example.org",
            key: "sk-proj-0123456789abcdef", model: "m", clock: FixedClock(time: 0))
        do throws(StepFailure) {
            _ = try await embedder.embed(["a"], asQueries: false)
            Issue.record("no vectors were expected")
        } catch {
            #expect(error.message.contains("Bearer [secret OPENAI_API_KEY]"), "\(error.message)")
        }
    }
}
