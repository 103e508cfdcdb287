import AutoChecker
import Testing

/// One table of models, from which windows, longest replies and prices come.
@Suite(.timeLimit(.minutes(1))) struct KnownModelTests {
    @Test(arguments: [
        ("gpt-4o", "gpt-4o"), ("openai/gpt-4o", "gpt-4o"), ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"), ("anthropic/claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("claude-opus-4-5-20251101", "claude-opus-4-5"), ("claude-x", "claude"), ("llama3:8b", "llama3"),
        ("llama3.1:70b", "llama3.1"), ("o3", "o3"), ("o3-mini", "o3-mini"),
    ])
    func isFoundByItsBeginning(name: String, known: String) { #expect(knownModel(name)?.name == known) }

    /// Another version or another maker's model is not taken for one that is known.
    @Test(arguments: ["gpt-4.5", "gpt-4ox", "llama3.9", "o30", "my-gpt-4o", "", "/", "gpt"])
    func isNotGuessed(name: String) { #expect(knownModel(name) == nil) }

    @Test func settingsWin() {
        var options = CheckOptions()
        #expect(options.price(of: "gpt-4o") == Price(input: 2.5, output: 10, cached: 1.25))
        #expect(options.price(of: "gpt-4o-mini") == Price(input: 0.15, output: 0.6, cached: 0.075))
        #expect(options.price(of: "llama3") == nil && options.price(of: "default") == nil)
        options.prices = ["gpt-4o": Price(input: 1, output: 2), "mine": Price(input: 3, output: 4)]
        options.defaultModel = "openai/gpt-4o-2024-08-06"
        #expect(options.price(of: "gpt-4o") == Price(input: 1, output: 2))
        #expect(options.price(of: "gpt-4o-mini") == Price(input: 0.15, output: 0.6, cached: 0.075))
        #expect(options.price(of: "default") == Price(input: 1, output: 2))
        #expect(options.price(of: "company/mine7") == Price(input: 3, output: 4))
        options.prices["gpt-4o-mini-2024-07-18"] = Price(input: 5, output: 6)
        #expect(options.price(of: "gpt-4o-mini-2024-07-18") == Price(input: 5, output: 6))
        options.prices["company/mine7"] = Price(input: 7, output: 8)
        #expect(options.price(of: "company/mine7") == Price(input: 7, output: 8))
    }

    /// A model of a longer name is another model: nothing is told rather than the price of its kin.
    @Test(arguments: [
        "gpt-5-pro", "o1-pro", "o3-pro", "gemini-2.5-flash-lite", "claude-opus-4-5-fast",
        "gpt-4o-audio-preview",
        "gpt-4-1106-preview", "gemini-2.5-flash-preview-05-20", "openrouter/gpt-4o:free", "gpt-4o-",
    ])
    func theKinHaveTheirOwnPrice(name: String) {
        #expect(CheckOptions().price(of: name) == nil)
        #expect(knownModel(name) != nil)
    }

    @Test(arguments: [
        ("openai/gpt-4o-2024-08-06", 2.5), ("gpt-4o-2024-05-13", 5), ("gemini-2.0-flash-001", 0.1),
        ("claude-sonnet-4-5-20250929", 3), ("claude-sonnet-4-20250514", 3), ("claude-haiku-4-5", 1),
        ("anthropic/claude-3-5-haiku-latest", 0.8), ("claude-opus-4-5-20251101", 5), ("gpt-3.5-turbo", 0.5),
        ("claude-fable-5-2", 8), ("claude-fable-5", 10),
    ])
    func anIssueHasThePriceOfItsModel(name: String, input: Double) {
        #expect(CheckOptions().price(of: name)?.input == input)
    }

    @Test func theTableIsSound() {
        #expect(Set(knownModels.map(\.name)).count == knownModels.count)
        for model in knownModels {
            #expect(model.window >= 1_000 && (model.longestReply ?? 1) <= model.window, "\(model.name)")
            if let price = model.price {
                #expect(price.input <= price.output || model.embeds, "\(model.name)")
            }
        }
    }

    /// Nobody is led to a model that its maker stops serving.
    @Test func noDefaultEnds() {
        for model in knownProviders.compactMap(\.usualModel) {
            #expect(knownModel(model)?.ends == nil, "\(model)")
        }
    }

    /// Some makers charge a long prompt, and its reply, by another price.
    @Test func longPromptsCostWhatTheyDo() throws {
        let price = try #require(CheckOptions().price(of: "gpt-6-luna"))
        func cents(_ input: Int) -> Double {
            (price.dollars(inputTokens: input, cachedTokens: 0, outputTokens: 100_000) * 1e6).rounded() / 1e4
        }
        #expect(cents(272_000) == 7.72)
        #expect(cents(300_000) == 13.5)
        let dearest = CheckOptions().dearestCall(
            of: "gpt-6-luna", promptTokens: 300_000, replyTokens: 100_000)
        #expect(dearest.map { ($0 * 1e6).rounded() / 1e4 } == 13.5)
    }
}
