import AutoChecker
import Diagnostics
import Testing

/// Characters by which an editor shows other text than the one that runs.
@Suite(.timeLimit(.minutes(1))) struct DirectionTests {
    private func file(_ text: String, comment: String = "a greeting") -> String {
        """
        automation "A"
        # \(comment)
        START begin -> a
        DATA_TRANSFORM a -> end { prompt_template { value: "\(text)" } }

        """
    }

    private func findings(_ text: String) -> [Diagnostic] {
        check(SourceText(name: "a.auto", text: text)).findings
    }

    @Test(arguments: ["\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}", "\u{2066}", "\u{2069}"])
    func areTold(character: String) throws {
        for text in [file("say \(character) it"), file("it", comment: "say \(character) it")] {
            let found = findings(text)
            #expect(found.map(\.code) == [.turnedText])
            let fix = try #require(found.first?.fix)
            let place = text.utf8.firstIndex(of: 0xE2).map {
                text.utf8.distance(from: text.utf8.startIndex, to: $0)
            }
            #expect(fix.span.start == place && fix.span.end == fix.span.start + 3 && fix.replacement.isEmpty)
        }
    }

    @Test func aLineHasOne() {
        #expect(findings(file("\u{2067}a\u{2069} \u{2067}b\u{2069}", comment: "\u{202E}")).count == 2)
    }

    /// Letters of such languages, their marks, other signs that begin with the same byte, and what is written out.
    @Test(arguments: ["שלום", "مرحبا", "a\u{200F}b", "\u{2060}", "…", "\\u202E", "€"])
    func nothingElseIs(text: String) {
        #expect(findings(file(text)).isEmpty)
    }
}
