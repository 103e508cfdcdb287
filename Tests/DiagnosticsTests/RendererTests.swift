import Diagnostics
import Foundation
import Testing

/// How a finding is written out, in each of the formats.
@Suite(.timeLimit(.minutes(1))) struct RendererTests {
    private let source = SourceText(name: "ab.auto", text: "input käse: text\n\t日本 = x\n")
    private let finding = Diagnostic(
        .unknownName, "nothing is named `x`", at: Span(28, 29), label: "not declared",
        notes: [Note(Span(6, 11), "`käse` is declared here")], help: "write \"käse\"",
        fix: FixIt(span: Span(28, 29), replacement: "käse"))

    @Test func caretsStandByTheWidthOfWhatIsShown() {
        #expect(
            render([finding], in: source, as: .terminal) == """
                error[A110]: nothing is named `x`
                 --> ab.auto:2:7
                  |
                1 | input käse: text
                  |       ---- `käse` is declared here
                2 |     日本 = x
                  |            ^ not declared
                  |
                help: write "käse"

                """)
    }

    @Test func linesThatAreLeftOutAreMarked() {
        let source = SourceText(name: "a", text: "one\ntwo\nthree\nfour")
        let finding = Diagnostic(.expected, "m", at: Span(14, 18), notes: [Note(Span(0, 3), "")])
        #expect(
            render([finding], in: source, as: .terminal) == """
                error[A002]: m
                 --> a:4:1
                  |
                1 | one
                  | ---
                ...
                4 | four
                  | ^^^^

                """)
    }

    /// Of a line of a thousand characters only what stands around the mark is shown.
    @Test func longLinesAreCut() throws {
        let line = String(repeating: "ä", count: 500) + "Y" + String(repeating: "x", count: 499)
        let source = SourceText(name: "a", text: line)
        let text = render([Diagnostic(.expected, "m", at: Span(1_000, 1_001))], in: source, as: .terminal)
        let lines = text.split(separator: "\n")
        let shown = Array(try #require(lines.first { $0.hasPrefix("1 | ") }))
        let carets = Array(try #require(lines.first { $0.contains("^") }))
        #expect(shown.count < 200 && shown[4] == "…" && shown.last == "…")
        #expect(shown.firstIndex(of: "Y") == carets.firstIndex(of: "^"))
    }

    /// On a terminal of a known width no line is wider than it, and the carets stand under what is marked.
    @Test(arguments: [40, 60, 80], [0, 70, 150, 290])
    func excerptsFitTheTerminal(columns: Int, place: Int) throws {
        let line =
            String(repeating: "日本 ", count: place / 7) + "Y"
            + String(repeating: " word", count: 60 - place / 5)
        let source = SourceText(name: "a", text: line)
        let start = try #require(source.bytes.firstIndex(of: UInt8(ascii: "Y")))
        let finding = Diagnostic(
            .expected, "a message of a dozen words that is longer than any line of the terminal may be here",
            at: Span(start, start + 1), label: "a label with some words",
            help: "and a help that goes on and on, so that it has to be broken between two of its words")
        let text = render([finding], in: source, as: .terminal, columns: columns)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { displayWidth(of: $0) <= columns }, "\(text)")
        let shown = try #require(lines.first { $0.hasPrefix("1 | ") })
        let carets = try #require(lines.first { $0.contains("^") })
        let before = try #require(shown.firstIndex(of: "Y"))
        let caret = try #require(carets.firstIndex(of: "^"))
        #expect(displayWidth(of: String(shown[..<before])) == displayWidth(of: String(carets[..<caret])))
        #expect(text.split(whereSeparator: \.isWhitespace).contains("terminal"))
    }

    @Test func whatFitsTheTerminalStaysAsItIs() {
        #expect(
            render([finding], in: source, as: .terminal, columns: 80)
                == render([finding], in: source, as: .terminal))
    }

    @Test func colourIsOnlyUsedWhereItIsAsked() {
        #expect(
            render([finding], in: source, as: .terminal, colour: true).contains("\u{1B}[1;31merror[A110]"))
        #expect(!render([finding], in: source, as: .terminal).contains("\u{1B}"))
    }

    /// Neither the name of a file nor its text can steer the terminal that shows them.
    @Test func nothingOfTheFileSteersTheTerminal() {
        let source = SourceText(name: "a\u{1B}[2J", text: "x\u{1B}]0;title\u{7}y")
        let finding = Diagnostic(
            .expected, "m\u{1B}[1m", at: Span(1, 2), label: "\u{9B}", help: "h\u{202E}\nsecond")
        for format in [FindingFormat.terminal, .short, .github] {
            let text = render([finding], in: source, as: format)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !isControl($0) }, "\(format): \(text)")
        }
    }

    @Test func aShortLineHoldsPlaceAndSentence() {
        #expect(
            render([finding], in: source, as: .short) == "ab.auto:2:7: error[A110]: nothing is named `x`\n")
    }

    @Test func githubsMarksAreEscaped() {
        let source = SourceText(name: "a:b,c%.auto", text: "x\ny")
        let finding = Diagnostic(.noTimeout, "100%: a, b", at: Span(0, 1), help: "do\nthis")
        #expect(
            render([finding], in: source, as: .github)
                == "::warning file=a%3Ab%2Cc%25.auto,line=1,endLine=1,col=1,endColumn=2,title=A502::"
                + "100%25: a, b%0Ahelp: do%0Athis\n")
        // GitHub takes columns only where both ends are on one line.
        let long = Diagnostic(.noTimeout, "m", at: Span(0, 3))
        #expect(!render([long], in: source, as: .github).contains("col="))
    }

    private func object(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    @Test func jsonHoldsEverythingOfAFinding() throws {
        let list = try #require(
            try object(render([finding, finding], in: source, as: .json)) as? [[String: Any]])
        let first = try #require(list.first)
        #expect(
            list.count == 2 && first["code"] as? String == "A110" && first["severity"] as? String == "error")
        #expect(
            first["message"] as? String == "nothing is named `x`" && first["file"] as? String == "ab.auto")
        #expect(
            first["line"] as? Int == 2 && first["column"] as? Int == 7 && first["end_column"] as? Int == 8)
        #expect(first["help"] as? String == "write \"käse\"" && first["label"] as? String == "not declared")
        let notes = try #require(first["notes"] as? [[String: Any]])
        #expect(
            notes.first?["label"] as? String == "`käse` is declared here" && notes.first?["line"] as? Int == 1
        )
        let fix = try #require(first["fix"] as? [String: Any])
        #expect(fix["replacement"] as? String == "käse" && fix["safe"] as? Bool == true)
        #expect(render([], in: source, as: .json) == "[]\n")
    }

    @Test func sarifNamesEachRuleOnce() throws {
        let other = SourceText(name: "käse/a b.auto", text: "x")
        let warning = Diagnostic(.noTimeout, "w", at: Span(0, 1))
        let text = sarif([(source, [finding, finding]), (other, [warning])]) { "title of \($0.rawValue)" }
        let log = try #require(try object(text) as? [String: Any])
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rules = try #require(driver["rules"] as? [[String: Any]])
        #expect(log["version"] as? String == "2.1.0" && driver["version"] as? String == toolVersion)
        #expect(rules.map { $0["id"] as? String } == ["A110", "A502"])
        let results = try #require(run["results"] as? [[String: Any]])
        for result in results {
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
        }
        #expect(results.map { $0["level"] as? String } == ["error", "error", "warning"])
        #expect(text.contains("\"uri\":\"k%C3%A4se/a%20b.auto\""))
        #expect(text.contains("\"insertedContent\":{\"text\":\"käse\"}"))
        #expect(try object(sarif([]) { $0.rawValue }) is [String: Any], "a log without a finding is a log")
    }
}

/// Texts as JSON and in urls.
@Suite(.timeLimit(.minutes(1))) struct EscapingTests {
    @Test(arguments: [
        "", "plain", "\"\\/", "\u{0}\u{1}\u{8}\u{9}\u{A}\u{C}\u{D}\u{1F}", "é😀\u{2028}", "</script>",
    ])
    func jsonTextsComeBack(text: String) throws {
        let back = try JSONSerialization.jsonObject(with: Data("[\(jsonString(text))]".utf8)) as? [String]
        #expect(back == [text])
    }

    /// A text of many megabytes is left where it is when nobody wants it any more.
    @Test func writingStopsWhenItIsOver() {
        var output: [UInt8] = []
        appendJSONString(String(repeating: "\n", count: 1 << 20), to: &output) { true }
        #expect(output.count < 1 << 18)
    }

    @Test func percentEncoding() {
        #expect(percentEncoded("a-._~/ä %") == "a-._~%2F%C3%A4%20%25")
        #expect(percentEncoded("a/b c", keepsSlashes: true) == "a/b%20c")
    }

    @Test func theFirstPlaceOfAPart() {
        let text = "abcabc"
        #expect(text.firstRange(ofText: "ca").map { text[$0] } == "ca")
        #expect(text.firstRange(ofText: "abd") == nil && "".firstRange(ofText: "a") == nil)
    }
}
