import AutoChecker
import AutoRuntime
import Diagnostics
import StepKinds
import Testing
import Values

/// Whatever is made of a text from outside by expressions, it does not change anything untold.
@Suite(.timeLimit(.minutes(1))) struct TrustPropertyTests {
    /// An expression whose value is, or holds, the text of `p`, and never anything that was counted or compared.
    private func holding(_ dice: inout Dice, depth: Int) -> String {
        guard depth > 0 else { return "p.result" }
        let text = holding(&dice, depth: depth - 1)
        let other = dice.roll(2) == 0 ? "\"own\"" : holding(&dice, depth: depth - 1)
        switch dice.roll(17) {
        case 0: return "\"<${\(text)}>\""
        case 1: return "(\(text) + \(other))"
        case 2: return "(\(other) + \(text))"
        case 3: return "\(text).upperAscii()"
        case 4: return "[\(text), \(other)].join(\" \")"
        case 5: return "(size(\(other)) != 99 ? \(text) : \"x\")"
        case 6: return "({\"k\": \(text)}).k"
        case 7: return "({\"k\": \(text)})[\"k\"]"
        case 8: return "[\(text)][0]"
        case 9: return "[\(text)].map(v\(depth), v\(depth) + \(other))[0]"
        case 10: return "optional.of(\(text)).orValue(\(other))"
        case 11: return "json(\(text))"
        case 12: return "[\(other), \(text)].filter(v\(depth), true)[1]"
        case 13: return "cel.bind(v\(depth), \(text), v\(depth) + \"!\")"
        case 14: return "\(text).substring(0)"
        case 15: return "string(bytes(\(text)))"
        default: return "optional.none().orValue(\(text))"
        }
    }

    /// The run holds it back, and the checker knows it before.
    @Test(arguments: 0..<60) func noExpressionCleansAText(seed: UInt64) async throws {
        var dice = Dice(seed: seed)
        let expression = holding(&dice, depth: 4)
        let text = """
            automation "T"
            START begin -> p
            WEB_SCRAPE p -> t { prompt_template { url: "https://a.example" } }
            DATA_TRANSFORM t -> out { prompt_template { value: { made: \(expression) } } }
            REST_API out -> end { prompt_template { url: "https://b.example", body: { note: t.result.made } } }
            """
        var trust = TrustSettings()
        trust.isEnforced = true
        let folder = try Folder(["main.auto": text], trust: trust, Seen().part())
        let (end, record) = try await folder.run()
        #expect(end == .failed && record.steps.last?.failure?.kind == .untrusted, "\(expression)")
        #expect(folder.actor.count("out") == 0)
        var options = CheckOptions()
        options.trust = trust
        let result = check(SourceText(name: "main.auto", text: text), options)
        #expect(
            result.automation == nil && result.findings.contains { $0.code == .untrusted }, "\(expression)")
    }
}
