import AutoSyntax
import Diagnostics
import Testing

/// Files that are no text.
@Suite(.timeLimit(.minutes(1))) struct UnreadableFileTests {
    /// A store would end the file's text there, so that less is kept of it than was run.
    @Test func aFileHoldsNoNull() throws {
        let text =
            "automation \"N\"\nSTART begin -> s\nDATA_TRANSFORM s -> end { prompt_template { value: \"a\u{0}b\" } }\n"
        let result = parseAutomation(SourceText(name: "t", text: text))
        let finding = try #require(result.findings.first)
        #expect(result.findings.count == 1 && finding.code == .badCharacter)
        #expect(finding.message == "the file holds the character U+0000 here")
        #expect(
            finding.span.start
                == text.utf8.firstIndex(of: 0).map { text.utf8.distance(from: text.utf8.startIndex, to: $0) })
    }

    @Test func whereItIsMeantItIsWrittenOut() {
        let text =
            "automation \"N\"\nSTART begin -> s\nDATA_TRANSFORM s -> end { prompt_template { value: \"a\\u0000b\" } }\n"
        #expect(parseAutomation(SourceText(name: "t", text: text)).findings.isEmpty)
    }
}
