import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

/// Who is asked for a model, where, and with which headers.
@Suite(.timeLimit(.minutes(1))) struct ProviderTests {
    private static let own = ["mine": ProviderSettings(.openai, base: "http://127.0.0.1:9/v1")]
    private static let keyed = [
        "mine": ProviderSettings(.openai, base: "http://127.0.0.1:9/v1", key: "MY_KEY")
    ]

    struct Place: Sendable, CustomTestStringConvertible {
        let model: String
        let environment: [String: String]
        var providers: [String: ProviderSettings] = [:]
        /// The url that is asked, and the model's name there.
        let url: String
        let name: String
        var testDescription: String { "\(model) with \(environment.keys.sorted())" }
    }

    static let places = [
        Place(
            model: "groq/openai/gpt-oss-20b", environment: ["GROQ_API_KEY": "k"],
            url: "https://api.groq.com/openai/v1/chat/completions", name: "openai/gpt-oss-20b"),
        Place(
            model: "gemini-2.5-pro", environment: ["GEMINI_API_KEY": "k", "OPENAI_API_KEY": "k"],
            url: "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
            name: "gemini-2.5-pro"),
        Place(
            model: "gemini-2.5-pro", environment: ["GOOGLE_API_KEY": "k"],
            url: "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
            name: "gemini-2.5-pro"),
        Place(
            model: "meta-llama/Llama-3.3-70B", environment: ["TOGETHER_API_KEY": "k"],
            url: "https://api.together.xyz/v1/chat/completions", name: "meta-llama/Llama-3.3-70B"),
        Place(
            model: "mine/llama3", environment: ["OPENAI_API_KEY": "k"], providers: own,
            url: "http://127.0.0.1:9/v1/chat/completions", name: "llama3"),
        Place(
            model: "llama3", environment: ["OPENAI_API_KEY": "k"], providers: own,
            url: "http://127.0.0.1:9/v1/chat/completions", name: "llama3"),
        Place(
            model: "gpt-4o", environment: ["OPENAI_API_KEY": "k"], providers: own,
            url: "https://api.openai.com/v1/chat/completions", name: "gpt-4o"),
        Place(
            model: "ollama/llama3.2", environment: [:],
            url: "http://127.0.0.1:11434/v1/chat/completions", name: "llama3.2"),
        Place(
            model: "ollama/llama3.2", environment: ["OLLAMA_HOST": "10.0.0.5:11434"],
            url: "http://10.0.0.5:11434/v1/chat/completions", name: "llama3.2"),
        Place(
            model: "ollama/llama3.2", environment: ["OLLAMA_HOST": "0.0.0.0"],
            url: "http://127.0.0.1:11434/v1/chat/completions", name: "llama3.2"),
        Place(
            model: "ollama/llama3.2", environment: ["OLLAMA_HOST": ":8000"],
            url: "http://127.0.0.1:8000/v1/chat/completions", name: "llama3.2"),
        Place(
            model: "ollama/llama3.2", environment: ["OLLAMA_HOST": "https://ollama.example.org"],
            url: "https://ollama.example.org/v1/chat/completions", name: "llama3.2"),
        Place(
            model: "azure/chat",
            environment: [
                "AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com/",
            ],
            url: "https://me.openai.azure.com/openai/v1/chat/completions", name: "chat"),
        Place(
            model: "groq/llama3", environment: ["OPENAI_BASE_URL": "http://127.0.0.1:9/v1"],
            url: "http://127.0.0.1:9/v1/chat/completions", name: "groq/llama3"),
        Place(
            model: "llama3", environment: ["OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "GROQ_API_KEY": "k"],
            url: "http://127.0.0.1:9/v1/chat/completions", name: "llama3"),
    ]

    @Test(arguments: places) func aModelIsAskedOfItsProvider(place: Place) async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        let models = client.models(place.environment, providers: place.providers)
        #expect(try await models.reply(to: question(place.model)) == "yes")
        #expect(client.seen.map(\.url) == [place.url])
        #expect(client.bodies.map { $0["model"] } == [.string(place.name)])
    }

    private func failure(
        _ model: String, _ environment: [String: String], _ providers: [String: ProviderSettings] = [:],
        _ script: @escaping ScriptedClient.Script = { _, _ throws(StepFailure) in .said("yes") }
    ) async -> StepFailure? {
        await #expect(throws: StepFailure.self) {
            try await ScriptedClient(script).models(environment, providers: providers).reply(
                to: question(model))
        }
    }

    @Test func ofSeveralProvidersOneIsToBeNamed() async {
        let failure = await failure("llama3", ["GROQ_API_KEY": "k", "TOGETHER_API_KEY": "k"])
        #expect(failure?.kind == .model)
        #expect(
            failure?.message.contains("\"groq/llama3\" or \"together/llama3\"") == true,
            "\(failure?.message ?? "")")
    }

    @Test(arguments: [
        ("groq/x", "GROQ_API_KEY"), ("claude-x", "ANTHROPIC_API_KEY"), ("azure/x", "AZURE_OPENAI_ENDPOINT"),
        ("gemini-x", "GEMINI_API_KEY"),
    ])
    func whatIsToBeSetIsSaid(model: String, variable: String) async {
        let failure = await failure(model, [:])
        #expect(
            failure?.kind == .noKey && failure?.message.contains(variable) == true,
            "\(failure?.message ?? "")")
    }

    @Test func headersQueryAndFieldsOfTheSettingsAreSent() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        var settings = ProviderSettings(.openai, base: "https://example.org/v1/", key: "MY_KEY")
        settings.headers = ["x-team": "red"]
        settings.query = ["api-version": "2024 10"]
        settings.extra = ["top_k": .int(40), "store": .bool(false)]
        let models = client.models(["MY_KEY": "secret-key-1"], providers: ["mine": settings])
        let extra = ("extra", Value.record([("store", .bool(true))]))
        _ = try await models.reply(
            to: question("mine/m", nil, [extra, ("top_p", .double(0.5)), ("reasoning", .string("low"))]))
        let seen = try #require(client.seen.first)
        #expect(seen.url == "https://example.org/v1/chat/completions?api-version=2024%2010")
        let headers = Dictionary(seen.headers.map { ($0.0.lowercased(), $0.1) }) { $1 }
        #expect(headers["x-team"] == "red" && headers["authorization"] == "Bearer secret-key-1")
        let body = try #require(client.bodies.first)
        #expect(body["top_k"] == .int(40) && body["store"] == .bool(true) && body["extra"] == nil)
        #expect(body["top_p"] == .double(0.5) && body["reasoning_effort"] == .string("low"))
    }

    /// What the step says wins over what the settings add.
    @Test func theSettingsAddOnlyWhatTheStepDoesNotSay() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        var settings = ProviderSettings(.openai, base: "https://example.org/v1")
        settings.extra = ["temperature": .double(1), "model": .string("other")]
        let models = client.models([:], providers: ["mine": settings])
        _ = try await models.reply(to: question("mine/m", nil, [("temperature", .double(0.2))]))
        #expect(client.bodies.first?["temperature"] == .double(0.2))
        #expect(client.bodies.first?["model"] == .string("m"))
    }

    @Test(arguments: ["model", "messages", "stream"])
    func theExtraOfAStepCannotSayEverything(name: String) async {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        let extra = ("extra", Value.record([(name, .bool(true))]))
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models().reply(to: question("gpt-x", nil, [extra]))
        }
        #expect(failure?.kind == .field && failure?.message.contains("`\(name)`") == true)
        #expect(client.seen.isEmpty)
    }

    @Test func otherVariablesOfOpenAIAndAnthropicCount() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in
            ScriptedAnswer(
                body:
                    #"{"content":[{"type":"text","text":"a"}],"choices":[{"message":{"content":"a"}}],"stop_reason":"end_turn"}"#
            )
        }
        let environment = [
            "OPENAI_API_KEY": "k", "OPENAI_ORG_ID": "org", "OPENAI_PROJECT_ID": "project",
            "ANTHROPIC_AUTH_TOKEN": "token-12345678",
        ]
        let models = client.models(environment)
        _ = try await models.reply(to: question("gpt-x"))
        _ = try await models.reply(to: question("claude-x"))
        let headers = client.seen.map { Dictionary($0.headers.map { ($0.0.lowercased(), $0.1) }) { $1 } }
        #expect(headers[0]["openai-organization"] == "org" && headers[0]["openai-project"] == "project")
        #expect(headers[1]["authorization"] == "Bearer token-12345678" && headers[1]["x-api-key"] == nil)
        #expect(
            ModelSettings(environment: environment, defaultModel: nil).secrets["ANTHROPIC_AUTH_TOKEN"]
                == "token-12345678")
    }

    @Test func keysOfAllProvidersAreSecret() async {
        let environment = ["MY_KEY": "mine-12345678", "GROQ_API_KEY": "groq-12345678"]
        let settings = ModelSettings(environment: environment, defaultModel: nil, providers: Self.keyed)
        #expect(settings.secrets == environment)
        let failure = await failure("mine/m", environment, Self.keyed) { request, _ throws(StepFailure) in
            .error(401, "wrong: mine-12345678")
        }
        #expect(
            failure?.message.contains("[secret MY_KEY]; check MY_KEY") == true, "\(failure?.message ?? "")")
    }

    /// A variable that is named and not set is told, and no other key is sent in its place.
    @Test func aNamedKeyThatIsNotSetIsTold() async {
        let gemini = ["gemini": ProviderSettings(key: "MY_KEY")]
        let environment = ["GOOGLE_API_KEY": "google-12345678"]
        for (model, providers) in [("mine/m", Self.keyed), ("default", Self.keyed), ("gemini/m", gemini)] {
            let failure = await failure(model, environment, providers)
            #expect(
                failure?.kind == .noKey && failure?.message.contains("MY_KEY") == true,
                "\(failure?.message ?? "")")
        }
    }

    @Test func theVariableOfTheTokenIsNamed() async {
        let failure = await failure("claude-x", ["ANTHROPIC_AUTH_TOKEN": "token-12345678"]) {
            _, _ throws(StepFailure) in .error(401, "expired")
        }
        #expect(
            failure?.message.hasSuffix("check ANTHROPIC_AUTH_TOKEN") == true, "\(failure?.message ?? "")")
    }

    @Test func aServerThatWantsAKeyOfNobodySaysWhich() async {
        let failure = await failure("vllm/m", [:]) { _, _ throws(StepFailure) in .error(401, "no") }
        #expect(
            failure?.kind == .noKey
                && failure?.message.contains("wants a key, and none is set: set VLLM_API_KEY") == true,
            "\(failure?.message ?? "")")
    }

    /// Headers, fields of the query and logins let somebody in as a key does.
    @Test func whatElseLetsInIsSecret() {
        var settings = ProviderSettings(.openai, base: "https://me:base-12345678@example.org/v1")
        settings.headers = ["x-team": "header-12345678"]
        settings.query = ["sig": "query-12345678", "api-version": "2024-10-21"]
        settings.proxy = "http://me:proxy-12345678@proxy.example:1"
        let all = ModelSettings(environment: [:], defaultModel: nil, providers: ["mine": settings])
        let secrets = Set(all.secrets.values)
        #expect(
            secrets.isSuperset(of: [
                "header-12345678", "query-12345678", "base-12345678", "proxy-12345678",
            ]))
        #expect(!secrets.contains("2024-10-21"))
        #expect(
            all.providers.first { $0.name == "mine" }?.shownBase == "https://example.org/v1")
    }

    @Test(arguments: [
        ("http://127.0.0.1:9", "page not found", "nothing is at /chat/completions: does `base` need /v1?"),
        ("http://127.0.0.1:9/v1", "page not found", "nothing is at /v1/chat/completions: check `base`"),
        ("http://127.0.0.1:9", "the model `m` does not exist", "has no such model: the model"),
    ])
    func aBaseThatLeadsNowhereIsTold(base: String, said: String, words: String) async {
        let failure = await failure("mine/m", [:], ["mine": ProviderSettings(.openai, base: base)]) {
            _, _ throws(StepFailure) in .error(404, said)
        }
        #expect(
            failure?.kind == .model && failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test func theVersionInTheBaseOfAnthropicIsNotDoubled() async {
        let client = ScriptedClient { _, _ throws(StepFailure) in .error(500, "no") }
        let models = client.models([
            "ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "https://proxy.example.org/v1/",
        ])
        _ = try? await models.reply(to: question("claude-x"))
        #expect(client.seen.map(\.url) == ["https://proxy.example.org/v1/messages"])
    }

    private static let proxy = "http://p.example:1"

    /// The base, the variables, and the proxy by which the base is reached.
    static let proxies: [(String, [String: String], String?)] = [
        ("https://example.org/v1", ["HTTPS_PROXY": proxy], proxy),
        ("https://example.org/v1", ["https_proxy": "p.example:1"], proxy),
        ("http://example.org/v1", ["HTTPS_PROXY": proxy], nil),
        ("https://example.org/v1", ["HTTPS_PROXY": proxy, "NO_PROXY": "other.example, .example.org"], nil),
        ("https://api.example.org/v1", ["HTTPS_PROXY": proxy, "NO_PROXY": "example.org:443"], nil),
        ("https://api.example.org:8443/v1", ["HTTPS_PROXY": proxy, "NO_PROXY": "example.org:443"], proxy),
        ("https://notexample.org/v1", ["HTTPS_PROXY": proxy, "NO_PROXY": "example.org"], proxy),
        ("https://example.org/v1", ["HTTPS_PROXY": proxy, "NO_PROXY": "*"], nil),
        ("http://127.0.0.1:9/v1", ["HTTP_PROXY": proxy], nil),
    ]

    /// A server, what `NO_PROXY` says, and whether the server is reached without the proxy.
    static let exceptions: [(String, String, Bool)] = [
        ("10.1.2.3", "10.0.0.0/8", true), ("11.1.2.3", "10.0.0.0/8", false),
        ("192.168.7.9", "192.168.4.0/22", true), ("192.168.8.1", "192.168.4.0/22", false),
        ("[fd00::7]", "fd00::/8", true), ("[fe00::7]", "fd00::/8", false), ("[fd00::7]", "[fd00::]/8", true),
        ("[::ffff:10.1.2.3]", "10.0.0.0/8", true), ("10.1.2.3", "10.1.2.3", true),
        ("[2001:db8::1]", "2001:db8:0::1", true), ("[2001:db8::1]:81", "[2001:db8::1]:81", true),
        ("[2001:db8::1]:82", "[2001:db8::1]:81", false), ("10.1.2.3:81", "10.1.2.3:82", false),
        ("example.org:8443", "example.org:8443", true), ("example.org:8443", "example.org:443", false),
        ("example.org", "example.org:443", true), ("a.example.org:8443", "example.org", true),
        ("example.org", ".example.org", true), ("a.example.org", "*.example.org", true),
        ("badexample.org", "*.example.org", false), ("EXAMPLE.org", "Example.ORG", true),
        ("example.org.", "example.org", true), ("bücher.example", "xn--bcher-kva.example", true),
        ("example.org", "a.example, *", true), ("example.org", "a.example\texample.org", true),
        ("10.1.2.3", "10.0.0.0/33", false), ("10.1.2.3", "/8", false), ("example.org", ",, ,", false),
        ("example.org", "exam ple:x", false),
    ]

    @Test(arguments: exceptions)
    func noProxyNamesServers(server: String, exceptions: String, isReachedAlone: Bool) async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        let models = client.models(
            ["HTTPS_PROXY": Self.proxy, "NO_PROXY": exceptions],
            providers: ["mine": ProviderSettings(.openai, base: "https://\(server)/v1")])
        _ = try await models.reply(to: question("mine/m"))
        #expect(client.seen.map(\.proxy) == [isReachedAlone ? nil : Self.proxy])
    }

    @Test(arguments: proxies)
    func theProxyOfTheMachineIsUsed(base: String, environment: [String: String], proxy: String?) async throws
    {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        let models = client.models(environment, providers: ["mine": ProviderSettings(.openai, base: base)])
        _ = try await models.reply(to: question("mine/m"))
        #expect(client.seen.map(\.proxy) == [proxy])
    }

    @Test func aProxyOfTheSettingsWins() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        var none = ProviderSettings(.openai, base: "https://example.org/v1")
        none.proxy = ""
        var named = ProviderSettings(.openai, base: "http://127.0.0.1:9/v1")
        named.proxy = "http://q.example:2"
        let models = client.models(
            ["HTTPS_PROXY": "http://p.example:1"], providers: ["none": none, "named": named])
        _ = try await models.reply(to: question("none/m"))
        _ = try await models.reply(to: question("named/m"))
        #expect(client.seen.map(\.proxy) == [nil, "http://q.example:2"])
    }

    @Test func theOnlyModelOfAServerIsTheDefault() async throws {
        let client = ScriptedClient { request, _ throws(StepFailure) in
            request.method == "GET"
                ? ScriptedAnswer(body: #"{"data":[{"id":"llama3"},{"id":"nomic-embed-text"}]}"#)
                : .said("yes")
        }
        let models = client.models([:], providers: Self.own)
        _ = try await models.reply(to: question("default"))
        _ = try await models.reply(to: question("default"))
        #expect(client.seen.map(\.method) == ["GET", "POST", "POST"], "it is asked once")
        #expect(client.bodies.last?["model"] == .string("llama3"))
    }

    @Test func ofSeveralModelsOneIsToBeNamed() async {
        let failure = await failure("default", [:], Self.own) { _, _ throws(StepFailure) in
            ScriptedAnswer(body: #"{"data":[{"id":"a"},{"id":"b"}]}"#)
        }
        #expect(failure?.kind == .model)
        #expect(
            failure?.message.contains("it has `mine/a` and `mine/b`: write default = \"mine/…\"") == true,
            "\(failure?.message ?? "")")
    }

    @Test func theTableIsSound() {
        #expect(Set(knownProviders.map(\.name)).count == knownProviders.count)
        for provider in knownProviders {
            #expect(provider.settings.key != nil && provider.settings.kind != nil, "\(provider.name)")
            #expect(provider.settings.base?.hasSuffix("/") != true, "\(provider.name)")
            #expect(provider.usualModel.map(provider.makes) ?? true, "\(provider.name)")
        }
    }
}
