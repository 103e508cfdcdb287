import AutoSyntax
import Diagnostics
import Testing

/// `max_cost 40` bounds the calls of models, `max_cost $0.50` what they may cost.
@Suite(.timeLimit(.minutes(1))) struct MaxCostTests {
    private func parsed(_ text: String) -> ParseResult {
        parseAutomation(SourceText(name: "t", text: text + "\nSTART a -> end\n"))
    }

    @Test(arguments: [
        ("max_cost $0.50", 0.5), ("max_cost $2", 2), ("max_cost $.25", 0.25), ("max_cost: $1e2", 100),
        ("max_cost\n  $0.5", 0.5), ("max_cost $0", 0),
    ])
    func dollarsAreRead(text: String, dollars: Double) {
        let parsed = parsed(text)
        #expect(parsed.findings.isEmpty, "\(parsed.findings.map(\.message))")
        #expect(parsed.automation.maxDollars?.dollars == dollars && parsed.automation.maxCost == nil)
    }

    @Test func bothBoundsStandBesideEachOther() {
        let parsed = parsed("max_cost 40\nmax_cost $0.50")
        #expect(parsed.findings.isEmpty)
        #expect(parsed.automation.maxCost?.calls == 40 && parsed.automation.maxDollars?.dollars == 0.5)
        #expect(self.parsed("max_cost $1").automation.meaning != self.parsed("max_cost 1").automation.meaning)
        let text = parsed.automation.maxDollars.map { parsed.automation.source.text($0.span) }
        #expect(text == "max_cost $0.50")
    }

    @Test func aSecondOneOfAKindIsTold() {
        for (text, unit) in [("max_cost 4\nmax_cost 5", "calls"), ("max_cost $4\nmax_cost $5", "dollars")] {
            let findings = parsed(text).findings
            #expect(findings.map(\.message) == ["the file has a second `max_cost` in \(unit)"])
        }
    }

    @Test(arguments: ["max_cost 0.50", "max_cost \"5\"", "max_cost -1", "max_cost many"])
    func otherValuesAreToldWhatIsExpected(text: String) {
        let findings = parsed(text).findings
        #expect(findings.first?.code == .expected)
        #expect(findings.first?.message.contains("a whole number of model calls, or dollars,") == true)
        #expect(findings.first?.help == "write: max_cost 40, or max_cost $0.50")
    }

    @Test(arguments: [
        "max_cost $", "max_cost $x", "max_cost $-1", "max_cost $5m", "max_cost $0x10u", "max_cost $1u",
    ])
    func whatIsNoAmountIsAFinding(text: String) {
        #expect(parsed(text).findings.hasErrors)
    }

    @Test(arguments: [("max_cost 3$", "3"), ("max_cost $ 0.5", "0.5"), ("max_cost: 3 $  # all", "3")])
    func aDollarElsewhereIsToldWhereItBelongs(text: String, amount: String) {
        let findings = parsed(text).findings
        #expect(findings.first?.code == .expected && findings.first?.help == "write: max_cost $\(amount)")
        #expect(findings.count == 1)
    }

    @Test func theLayoutKeepsWhatIsWritten() throws {
        let source = SourceText(
            name: "t", text: "max_cost  :   $0.50  # half\nmax_cost   40\nSTART a -> end\n")
        let once = try #require(format(source).text)
        #expect(once.contains("max_cost $0.50  # half\n") && once.contains("max_cost 40\n"), "\(once)")
        let again = SourceText(name: "t", text: once)
        #expect(format(again).text == once)
        #expect(parseAutomation(again).automation.meaning == parseAutomation(source).automation.meaning)
    }
}
