/// What a model costs, in dollars for a million tokens.
package struct Price: Sendable, Hashable {
    /// Dollars for a million tokens of the prompt.
    package let input: Double
    /// Dollars for a million tokens of the reply.
    package let output: Double
    /// What those of the input cost that the provider has from before; nil where that is not known.
    package let cached: Double?
    /// What those of the input cost that the provider keeps for questions to come; nil where they cost what the others do.
    package let kept: Kept?
    /// How prompts beyond a length are charged; nil where all lengths cost the same.
    package let longPrompts: LongPrompts?

    /// A question whose prompt is longer than `tokens` costs so many times the price, prompt and reply.
    package struct LongPrompts: Sendable, Hashable {
        let tokens: Int
        let input: Double
        let output: Double
    }

    /// Dollars for a million tokens that are kept for some minutes, and for an hour.
    package struct Kept: Sendable, Hashable {
        package let minutes: Double
        package let hour: Double

        package init(minutes: Double, hour: Double) {
            self.minutes = minutes
            self.hour = hour
        }

        /// Anthropic takes a quarter more than for other tokens of the prompt for five minutes, and twice as much for an
        /// hour, whatever the model.
        static func atAnthropic(_ input: Double) -> Kept { Kept(minutes: input * 1.25, hour: input * 2) }
    }

    package init(
        input: Double, output: Double, cached: Double? = nil, kept: Kept? = nil,
        longPrompts: LongPrompts? = nil
    ) {
        self.input = input
        self.output = output
        self.cached = cached
        self.kept = kept
        self.longPrompts = longPrompts
    }

    /// Dollars for a question and its reply.
    ///
    /// - Parameters:
    ///   - cachedTokens: those of the input that the provider has from before; they count in full where their own price is
    ///     not known, so that nothing costs more than is told.
    ///   - keptTokens: those of the input that the provider keeps for questions to come.
    ///   - keptForAnHour: those of them that it keeps for an hour.
    package func dollars(
        inputTokens: Int, cachedTokens: Int = 0, keptTokens: Int = 0, keptForAnHour: Int = 0,
        outputTokens: Int
    ) -> Double {
        let known = min(cachedTokens, inputTokens)
        let kept = min(keptTokens, inputTokens - known)
        let long = longPrompts.flatMap { inputTokens > $0.tokens ? $0 : nil }
        var prompt = Double(inputTokens - known - kept) * input + Double(known) * (cached ?? input)
        let hour = min(keptForAnHour, kept)
        prompt +=
            Double(kept - hour) * (self.kept?.minutes ?? input) + Double(hour) * (self.kept?.hour ?? input)
        return (prompt * (long?.input ?? 1) + Double(outputTokens) * output * (long?.output ?? 1)) / 1e6
    }
}

/// What its maker publishes of a model.
package struct KnownModel: Sendable, Hashable {
    /// Its name, or the beginning of the names of its versions.
    package let name: String
    /// The tokens that a prompt and its reply have together at the most.
    package let window: Int
    /// The tokens that a reply has at the most; nil when it is not known.
    package let longestReply: Int?
    /// The list price; nil when it is not known, or depends on who runs the model.
    package let price: Price?
    /// The month in which its maker stops serving it, or did, such as `2026-10`; nil where none is announced. Others may
    /// serve it still.
    package let ends: String?
    /// Which values of `temperature` and `top_p` its maker takes.
    let sampling: Sampling
    /// Whether it can be told by `reasoning` how much to think; true where that is not known.
    let takesReasoning: Bool

    /// Which values of `temperature` and `top_p` a model's maker takes; anything else is refused.
    enum Sampling: Sendable, Hashable {
        /// All, or it is not known.
        case free
        /// One of the two, and not both.
        case one
        /// Only 1, which is also what holds where nothing is said.
        case usual
        /// None at all.
        case none
    }

    fileprivate init(
        _ name: String, _ window: Int, reply: Int? = nil, price: (Double, Double)? = nil,
        cached: Double? = nil, longPrompts: Price.LongPrompts? = nil, ends: String? = nil,
        sampling: Sampling = .free, reasoning: Bool = true
    ) {
        self.sampling = sampling
        takesReasoning = reasoning
        self.name = name
        self.window = window
        self.ends = ends
        longestReply = reply
        self.price = price.map {
            Price(
                input: $0.0, output: $0.1, cached: cached,
                kept: name.hasPrefix("claude") ? .atAnthropic($0.0) : nil,
                longPrompts: longPrompts)
        }
    }

    /// Whether it makes vectors, and no replies.
    package var embeds: Bool { name.contains("embedding") }
}

/// The model of a name, or the one with the longest name that this name begins with; nil when there is none.
///
/// - Parameter name: as a step writes it, with or without its provider (`openai/gpt-4o`).
package func knownModel(_ name: String) -> KnownModel? {
    entry(of: name, in: modelsByName, given: [:])
}

/// The model of a name, which may go on with the issue of the model, but not with what makes another model of it.
func exactModel(_ name: String) -> KnownModel? {
    entry(of: name, in: modelsByName, given: [:], counts: isIssue)
}

/// What stands for a model in a table, whose keys are names of models or beginnings of them.
///
/// A known name counts as a beginning only where the next part of the name starts: `gpt-4` says nothing about
/// `gpt-4.5`. A beginning that the user wrote counts everywhere, and wins over a known one of its length.
///
/// - Parameter name: with or without its provider.
/// - Parameter given: what the user's settings say.
/// - Parameter counts: whether what is known of a beginning holds for a name that goes on in this way.
func entry<Entry>(
    of name: String, in known: [String: Entry], given: [String: Entry],
    counts: (_ rest: Substring) -> Bool = { _ in true }
) -> Entry? {
    if let entry = given[name] { return entry }
    let bare = name.split(separator: "/").last.map(String.init) ?? name
    let own = given.keys.filter { bare.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count }
    let nearest = known.keys.filter { isBeginning($0, of: bare) }.max { $0.utf8.count < $1.utf8.count }
    let other = nearest.flatMap { counts(bare.dropFirst($0.count)) ? $0 : nil }
    if let own, own.utf8.count >= other?.utf8.count ?? 0 { return given[own] }
    return other.flatMap { known[$0] }
}

private func isBeginning(_ start: String, of name: String) -> Bool {
    guard name.hasPrefix(start) else { return false }
    guard let next = name.dropFirst(start.count).first else { return true }
    return !next.isLetter && !next.isNumber && next != "."
}

/// Whether what stands behind a model's name tells only which issue of the model it is: a date, a number of three
/// digits, or `latest`. Anything else may be another model, with a price of its own: `gpt-5-pro`.
func isIssue(_ rest: Substring) -> Bool {
    if rest.isEmpty || rest == "-latest" { return true }
    guard rest.first == "-" else { return false }
    let parts = rest.dropFirst().split(separator: "-", omittingEmptySubsequences: false)
    let areNumbers = parts.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isNumber } }
    return areNumbers && [[3], [8], [4, 2, 2]].contains(parts.map(\.count))
}

let modelsByName = Dictionary(knownModels.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

// A table in Swift and no file beside the program: a row that is wrong does not compile, none can be missing at run
// time, and a check that asks for no model starts without reading it.

/// The day on which `knownModels` and `knownProviders` were last held against what the makers publish: the models of
/// OpenAI, Anthropic and Google, and DeepSeek's names. The other rows are of 2025-12-01. A price that only
/// others than the maker tell is left out, so that it is unknown.
package let knownModelsDate = "2026-11-26"

/// What OpenAI charges for prompts beyond 272,000 tokens.
private let longAtOpenAI = Price.LongPrompts(tokens: 272_000, input: 2, output: 1.5)
/// What Google charges for prompts of its Pro models beyond 200,000 tokens.
private let longAtGoogle = Price.LongPrompts(tokens: 200_000, input: 2, output: 1.5)

/// Windows, longest replies and list prices as the makers publish them. They change: `[check] windows` and
/// `[prices]` of autorun.toml say what holds for the user.
package let knownModels: [KnownModel] = [
    // What stands in for a model that the settings do not name yet.
    KnownModel("default", 128_000),
    // The local stand-in, which costs nothing.
    KnownModel("builtin", 128_000, price: (0, 0)),

    // OpenAI
    KnownModel("gpt-3.5", 16_385, reply: 4_096, ends: "2026-10", reasoning: false),
    KnownModel("gpt-3.5-turbo", 16_385, reply: 4_096, price: (0.50, 1.50), ends: "2026-10", reasoning: false),
    KnownModel(
        "gpt-3.5-turbo-0125", 16_385, reply: 4_096, price: (0.50, 1.50), ends: "2026-10", reasoning: false),
    KnownModel("gpt-4", 8_192, reply: 8_192, price: (30, 60), ends: "2026-10", reasoning: false),
    KnownModel("gpt-4-0613", 8_192, reply: 8_192, price: (30, 60), ends: "2026-10", reasoning: false),
    KnownModel("gpt-4-32k", 32_768, price: (60, 120), ends: "2025-06", reasoning: false),
    KnownModel("gpt-4-turbo", 128_000, reply: 4_096, price: (10, 30), ends: "2026-10", reasoning: false),
    KnownModel(
        "gpt-4o", 128_000, reply: 16_384, price: (2.50, 10), cached: 1.25, ends: "2027-01", reasoning: false),
    KnownModel("gpt-4o-2024-05-13", 128_000, reply: 4_096, price: (5, 15), ends: "2026-10", reasoning: false),
    KnownModel(
        "gpt-4o-mini", 128_000, reply: 16_384, price: (0.15, 0.60), cached: 0.075, ends: "2027-01",
        reasoning: false),
    KnownModel(
        "gpt-4.1", 1_047_576, reply: 32_768, price: (2, 8), cached: 0.50, ends: "2027-01", reasoning: false),
    KnownModel(
        "gpt-4.1-mini", 1_047_576, reply: 32_768, price: (0.40, 1.60), cached: 0.10, ends: "2027-01",
        reasoning: false),
    KnownModel(
        "gpt-4.1-nano", 1_047_576, reply: 32_768, price: (0.10, 0.40), cached: 0.025, ends: "2026-10",
        reasoning: false),
    KnownModel(
        "gpt-5", 400_000, reply: 128_000, price: (1.25, 10), cached: 0.125, ends: "2026-12", sampling: .usual),
    KnownModel("gpt-5.1", 400_000, reply: 128_000, price: (1.25, 10), cached: 0.125, ends: "2027-04"),
    KnownModel(
        "gpt-5-mini", 400_000, reply: 128_000, price: (0.25, 2), cached: 0.025, ends: "2026-12",
        sampling: .usual),
    KnownModel(
        "gpt-5-nano", 400_000, reply: 128_000, price: (0.05, 0.40), cached: 0.005, ends: "2026-12",
        sampling: .usual),
    KnownModel("gpt-5.2", 400_000, reply: 128_000, price: (1.75, 14), cached: 0.175),
    KnownModel(
        "gpt-5.6-luna", 1_050_000, reply: 128_000, price: (0.20, 1.20), cached: 0.02,
        longPrompts: longAtOpenAI),
    KnownModel(
        "gpt-6-luna", 1_050_000, reply: 128_000, price: (0.10, 0.50), cached: 0.01, longPrompts: longAtOpenAI
    ),
    KnownModel("text-embedding-3-small", 8_192, price: (0.02, 0)),
    KnownModel("text-embedding-3-large", 8_192, price: (0.13, 0)),
    KnownModel("text-embedding-ada-002", 8_192, price: (0.10, 0)),
    KnownModel(
        "o1", 200_000, reply: 100_000, price: (15, 60), cached: 7.50, ends: "2026-10", sampling: .usual),
    KnownModel(
        "o1-mini", 128_000, reply: 65_536, price: (1.10, 4.40), ends: "2025-10", sampling: .usual,
        reasoning: false),
    KnownModel("o3", 200_000, reply: 100_000, price: (2, 8), cached: 0.50, ends: "2026-12", sampling: .usual),
    KnownModel(
        "o3-mini", 200_000, reply: 100_000, price: (1.10, 4.40), cached: 0.55, ends: "2026-10",
        sampling: .usual),
    KnownModel(
        "o4-mini", 200_000, reply: 100_000, price: (1.10, 4.40), cached: 0.275, ends: "2026-10",
        sampling: .usual),

    // Anthropic
    KnownModel("claude", 200_000),
    KnownModel(
        "claude-3-haiku", 200_000, reply: 4_096, price: (0.25, 1.25), ends: "2026-04", reasoning: false),
    KnownModel("claude-3-opus", 200_000, reply: 4_096, price: (15, 75), ends: "2026-01", reasoning: false),
    KnownModel(
        "claude-3-5-haiku", 200_000, reply: 8_192, price: (0.80, 4), ends: "2026-02", reasoning: false),
    KnownModel("claude-3-5-sonnet", 200_000, reply: 8_192, price: (3, 15), ends: "2025-10", reasoning: false),
    KnownModel("claude-3-7-sonnet", 200_000, reply: 64_000, price: (3, 15), ends: "2026-02"),
    KnownModel("claude-haiku-4", 200_000, reply: 64_000),
    KnownModel("claude-haiku-4-5", 200_000, reply: 64_000, price: (1, 5), cached: 0.10, sampling: .one),
    KnownModel("claude-sonnet", 200_000, reply: 64_000),
    KnownModel("claude-sonnet-4", 200_000, reply: 64_000, price: (3, 15), cached: 0.30, ends: "2026-06"),
    KnownModel("claude-sonnet-4-0", 200_000, reply: 64_000, price: (3, 15), cached: 0.30, ends: "2026-06"),
    KnownModel("claude-sonnet-4-5", 200_000, reply: 64_000, price: (3, 15), cached: 0.30, sampling: .one),
    KnownModel("claude-opus", 200_000, reply: 32_000),
    KnownModel("claude-opus-4", 200_000, reply: 32_000, price: (15, 75), cached: 1.50, ends: "2026-06"),
    KnownModel("claude-opus-4-0", 200_000, reply: 32_000, price: (15, 75), cached: 1.50, ends: "2026-06"),
    KnownModel("claude-opus-4-1", 200_000, reply: 32_000, price: (15, 75), cached: 1.50, sampling: .one),
    KnownModel("claude-opus-4-5", 200_000, reply: 64_000, price: (5, 25), cached: 0.50, sampling: .one),
    KnownModel("claude-opus-4-6", 1_000_000, reply: 128_000, price: (5, 25), cached: 0.50),
    KnownModel("claude-opus-4-7", 1_000_000, reply: 128_000, sampling: .none),
    KnownModel("claude-opus-4-8", 1_000_000, reply: 128_000, sampling: .none),
    KnownModel("claude-opus-5", 1_000_000, reply: 128_000, price: (5, 25), cached: 0.50, sampling: .none),
    KnownModel("claude-opus-5-5", 1_000_000, reply: 128_000, price: (4, 20), sampling: .none),
    KnownModel("claude-sonnet-4-6", 1_000_000, reply: 128_000, price: (3, 15), cached: 0.30),
    KnownModel("claude-sonnet-5", 1_000_000, reply: 128_000, price: (2, 10), cached: 0.20, sampling: .none),
    KnownModel("claude-sonnet-5-5", 1_000_000, reply: 128_000, price: (2, 10), sampling: .none),
    // Its price depends on how it is asked.
    KnownModel("claude-haiku-5-5", 1_000_000, reply: 128_000, sampling: .none),
    KnownModel("claude-fable-5", 1_000_000, reply: 128_000, price: (10, 50), sampling: .none),
    KnownModel("claude-fable-5-1", 1_000_000, reply: 128_000, price: (10, 50), cached: 0.25, sampling: .none),
    KnownModel("claude-fable-5-2", 1_000_000, reply: 128_000, price: (8, 40), sampling: .none),

    // Google
    KnownModel("gemini", 1_048_576),
    KnownModel("gemini-2.0-flash", 1_048_576, reply: 8_192, price: (0.10, 0.40), ends: "2026-06"),
    KnownModel("gemini-2.5-flash", 1_048_576, reply: 65_536, price: (0.30, 2.50), ends: "2026-12"),
    KnownModel(
        "gemini-2.5-pro", 1_048_576, reply: 65_536, price: (1.25, 10), longPrompts: longAtGoogle,
        ends: "2026-12"),

    // Models that anybody may run, so that they have no list price.
    KnownModel("llama3", 8_192), KnownModel("llama3.1", 131_072), KnownModel("llama3.2", 131_072),
    KnownModel("llama3.3", 131_072), KnownModel("llama-3.1", 131_072), KnownModel("llama-3.3", 131_072),
    KnownModel("mistral", 32_768), KnownModel("mixtral", 32_768), KnownModel("qwen2.5", 32_768),
    KnownModel("phi3", 4_096), KnownModel("gemma", 8_192), KnownModel("gemma2", 8_192),
    KnownModel("gemma3", 131_072), KnownModel("deepseek", 65_536),
]
