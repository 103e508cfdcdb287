import AutoChecker
import AutoSyntax
import Diagnostics
import Testing

/// `max_cost $…` against the worst case, before a run.
@Suite(.timeLimit(.minutes(1))) struct MaxDollarTests {
    /// What a token costs is a ten-thousandth of a dollar.
    private var options: CheckOptions {
        var options = CheckOptions()
        options.prices = ["priced": Price(input: 100, output: 100)]
        options.windows = ["priced": 2_000]
        return options
    }

    private func findings(_ text: String, _ options: CheckOptions? = nil) -> [Diagnostic] {
        check(SourceText(name: "t.auto", text: "automation \"T\"\n" + text), options ?? self.options).findings
    }

    private func work(_ most: String, model: String = "priced", settings: String = "", fields: String = "")
        -> String
    {
        """
        max_cost \(most)
        START begin -> work
        LLM_CALL work -> end {
          timeout: 60s
          \(settings)
          prompt_template {
            model: "\(model)"
            user: "Hi"
            \(fields)
          }
        }

        """
    }

    @Test func theWorstCaseIsAllTriesWithTheLongestReply() throws {
        // Three tries of 100 tokens: three cents. The prompt is less than a token.
        let text = work("$0.02", settings: "retry: { attempts: 3 }", fields: "max_tokens: 100")
        let finding = try #require(findings(text).first)
        #expect(finding.code == .overMaxCost && finding.severity == .error)
        #expect(finding.message == "a run's model calls can cost $0.0300, and `max_cost` allows $0.0200")
        #expect(
            finding.notes.first?.label
                == "$0.0300 of them: 3 calls, $0.0100 each with the longest reply")
        #expect(finding.help?.hasSuffix("or write max_cost $0.0300") == true)
        #expect(
            findings(work("$0.04", settings: "retry: { attempts: 3 }", fields: "max_tokens: 100")).isEmpty)
    }

    /// What a search's texts come to is known in the run only, and whether they cost something that is counted before.
    @Test func aSearchOfUnknownPriceIsSaid() {
        let text = """
            max_cost $1
            START begin -> work
            EMBEDDING_SEARCH work -> end {
              timeout: 5s
              prompt_template { query: "a", documents: ["b"], model: "MODEL" }
            }

            """
        let unknown = findings(text.replacing("MODEL", with: "mine/e"))
        #expect(unknown.map(\.code) == [.overMaxCost] && unknown.map(\.severity) == [.warning])
        #expect(unknown.first?.message.hasPrefix("what `mine/e` costs is not known") == true)
        #expect(findings(text.replacing("MODEL", with: "priced")).isEmpty)
        #expect(findings(text.replacing("MODEL", with: "builtin")).isEmpty)
    }

    /// As binary fractions three times ten cents are a little more than thirty.
    @Test func whatComesToTheBoundItselfFits() {
        let text = work("$0.3", settings: "retry: { attempts: 3 }", fields: "max_tokens: 1000")
        #expect(findings(text).isEmpty)
        let less = findings(text.replacing("$0.3", with: "$0.2"))
        #expect(less.first?.help?.hasSuffix("or write max_cost $0.3000") == true)
    }

    /// 16,384 tokens of thinking come on top of the reply's hundred.
    @Test func thinkingCountsWhereItComesOnTop() {
        var options = options
        options.prices["claude-x"] = Price(input: 100, output: 100)
        let text = work("$1.60", model: "claude-x", fields: "max_tokens: 100\nreasoning: \"high\"")
        #expect(findings(text, options).map(\.code) == [.overMaxCost])
        #expect(findings(text.replacing("$1.60", with: "$1.70"), options).isEmpty)
        #expect(findings(text.replacing("claude-x", with: "priced"), options).isEmpty)
    }

    @Test func withoutMaxTokensTheModelBoundsItsReply() throws {
        // The window, 2,000 tokens, since how long its replies can be is not known.
        #expect(findings(work("$0.19")).map(\.code) == [.overMaxCost])
        #expect(findings(work("$0.21")).isEmpty)
    }

    @Test func aPriceThatIsNotKnownIsAWarning() throws {
        let found = findings(work("$0.01", model: "nobody-knows"))
        #expect(found.map(\.code) == [.overMaxCost] && found.map(\.severity) == [.warning])
        #expect(
            found.first?.message
                == "what `nobody-knows` costs is not known, so `max_cost` in dollars does not count its calls"
        )
        #expect(found.first?.help?.contains("[prices] \"nobody-knows\"") == true)
    }

    /// Whichever of several models answers, the dearest counts.
    @Test func ofSeveralModelsTheDearestCounts() {
        var options = options
        options.prices["cheap"] = Price(input: 1, output: 1)
        let text = work("$0.005", model: "cheap", fields: "max_tokens: 100")
        #expect(findings(text, options).isEmpty)
        let several = text.replacing("\"cheap\"", with: "[\"cheap\", \"priced\"]")
        #expect(findings(several, options).map(\.code) == [.overMaxCost])
    }

    /// Which model that is is known in the run only, and the run holds the bound.
    @Test func theDefaultOfTheEnvironmentIsNotGuessed() {
        let text = work("$0.01", model: "default")
        #expect(findings(text).isEmpty)
        var options = options
        options.defaultModel = "priced"
        #expect(findings(text, options).map(\.code) == [.overMaxCost])
    }

    /// A list of any length has no worst case: an element counts, and the run holds the bound.
    @Test func aListOfAnyLengthIsHeldByTheRun() {
        let text = """
            input pages: list<text>
            \(work("$0.05", settings: "each: page in inputs.pages", fields: "max_tokens: 100"))
            """
        #expect(!findings(text).contains { $0.code == .overMaxCost })
    }

    @Test func itIsPartOfWhatIsCheckedAndExported() throws {
        let source = SourceText(
            name: "t.auto", text: "automation \"T\"\n" + work("$0.25", fields: "max_tokens: 100"))
        let automation = try #require(check(source, options).automation)
        #expect(automation.maxDollars == 0.25)
        #expect(automation.declarations.contains("max_cost $0.25"))
        let back = try CheckedAutomation(encoded: automation.encoded(), source: source)
        #expect(back.maxDollars == 0.25)
    }
}
