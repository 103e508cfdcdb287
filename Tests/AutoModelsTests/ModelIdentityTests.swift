import AutoModels
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

/// Which model a name means on a machine: what the cache tells apart.
@Suite(.timeLimit(.minutes(1))) struct ModelIdentityTests {
    private func identity(of model: String, _ environment: [String: String]) -> String {
        Models(
            settings: ModelSettings(environment: environment, defaultModel: nil), client: FixedClient(),
            builtin: NoModel(), clock: FixedClock(time: 0)
        ).identity(of: model)
    }

    @Test func theDefaultIsAnotherModelOnAnotherMachine() {
        let environments: [[String: String]] = [
            [:], ["OPENAI_API_KEY": "key-12345678"], ["ANTHROPIC_API_KEY": "key-12345678"],
            ["OPENAI_API_KEY": "key-12345678", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"],
        ]
        let identities = environments.map { identity(of: "default", $0) }
        #expect(Set(identities).count == environments.count, "\(identities)")
        #expect(identities.allSatisfy { !$0.contains("key-") }, "\(identities)")
    }

    @Test func twoNamesOfOneModelAreOne() {
        let environment = ["OPENAI_API_KEY": "key-12345678"]
        #expect(identity(of: "gpt-x", environment) == identity(of: "openai/gpt-x", environment))
        #expect(identity(of: "gpt-x", environment) != identity(of: "gpt-y", environment))
    }

    @Test func aServerOfOnesOwnIsAskedWithoutAKey() {
        let base = ["OPENAI_BASE_URL": "http://127.0.0.1:9/v1"]
        #expect(ModelSettings(environment: base, defaultModel: nil).nameOfDefault == "gpt-6-luna")
        #expect(ModelSettings(environment: base, defaultModel: "llama3").nameOfDefault == "llama3")
        #expect(ModelSettings(environment: [:], defaultModel: nil).nameOfDefault == "builtin")
    }

    private static let own = [
        "OPENAI_API_KEY": "key-12345678", "OPENAI_BASE_URL": "http://127.0.0.1:9/openai/v1",
    ]
    private static let both = own.merging(["ANTHROPIC_API_KEY": "key-87654321"]) { first, _ in first }

    @Test(arguments: [
        ("openai/gpt-oss-20b", own, "openai/gpt-oss-20b at http://127.0.0.1:9/openai/v1"),
        ("anthropic/claude-x", own, "anthropic/claude-x at http://127.0.0.1:9/openai/v1"),
        ("claude-x", own, "claude-x at http://127.0.0.1:9/openai/v1"),
        ("default", own, "gpt-6-luna at http://127.0.0.1:9/openai/v1"),
        ("anthropic/claude-x", both, "claude-x at https://api.anthropic.com"),
        ("openai/gpt-x", ["OPENAI_API_KEY": "key-12345678"], "gpt-x at https://api.openai.com/v1"),
        (
            "openai/gpt-x", ["OPENAI_BASE_URL": "https://me.openai.azure.com/openai/v1"],
            "gpt-x at https://me.openai.azure.com/openai/v1"
        ),
    ])
    func aServerOfOnesOwnIsAskedForTheNameAsItIsWritten(
        model: String, environment: [String: String], expected: String
    ) async {
        #expect(identity(of: model, environment) == expected)
    }

    @Test func theNameAsItIsWrittenIsSentAndThenTheBareOne() async throws {
        for (status, body) in [(404, "{}"), (400, #"{"error":{"message":"Invalid model name passed"}}"#)] {
            let client = SaidClient(body, status: status)
            let failure = await #expect(throws: StepFailure.self) {
                try await client.models(Self.own).reply(to: ModelRequest(model: "openai/gpt-x", messages: []))
            }
            #expect(failure?.kind == .model)
            #expect(
                client.seen.map { $0.asMap?["model"] } == [.string("openai/gpt-x"), .string("gpt-x")])
        }
    }

    /// The makers' pages of deprecations say which models are gone.
    @Test func noDefaultIsARetiredModel() {
        let gone = ["claude-2", "claude-3-", "claude-instant", "gpt-3.5"]
        for key in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"] {
            let name = ModelSettings(environment: [key: "key-12345678"], defaultModel: nil).nameOfDefault
            #expect(!gone.contains { name.contains($0) }, "\(name)")
        }
    }
}
