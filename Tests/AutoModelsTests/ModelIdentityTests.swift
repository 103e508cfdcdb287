import AutoModels
import TestSupport
import Testing

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
        #expect(ModelSettings(environment: base, defaultModel: nil).nameOfDefault == "openai/gpt-4o-mini")
        #expect(ModelSettings(environment: base, defaultModel: "llama3").nameOfDefault == "llama3")
        #expect(ModelSettings(environment: [:], defaultModel: nil).nameOfDefault == "builtin")
    }
}
