import Diagnostics
import Testing

@testable import TerminalUI

@Suite(.timeLimit(.minutes(1))) struct LayoutTests {
    @Test(arguments: [
        ("short", 10, ["short"]), ("", 10, [""]), ("one two three", 8, ["one two", "three"]),
        ("exactly 10", 10, ["exactly 10"]), ("a verylongword b", 6, ["a", "verylo", "ngword", "b"]),
        ("one\n\ntwo", 10, ["one", "", "two"]), ("one\r\ntwo\tthree", 20, ["one", "two    three"]),
        ("  indented text here", 12, ["  indented", "text here"]), ("日本語 日本語", 8, ["日本語", "日本語"]),
        ("日本語日本語", 5, ["日本", "語日", "本語"]), ("ab", 0, ["a", "b"]),
    ])
    func wordsAreKeptWhole(_ text: String, _ columns: Int, _ lines: [String]) {
        #expect(wrapped(text, columns: columns) == lines)
    }

    @Test func aWordMayStayWhole() {
        let address = "https://example.org/a/long/address"
        #expect(
            wrapped("see \(address) for it", columns: 12, breaksWords: false) == ["see", address, "for it"])
    }

    @Test func whatIsTooWideIsCut() {
        #expect(cut("abcdef", to: 6) == "abcdef")
        #expect(cut("abcdef", to: 5) == "abcd…")
        #expect(cut("日本語", to: 4) == "日…")
        #expect(cut("abc", to: 0) == "")
    }

    @Test func aLineIsCutAcrossItsParts() {
        let line = Line("ok   ", .good).adding("draft", .bold).adding(" LLM_CALL", .dim)
        #expect(line.width == 19 && line.text == "ok   draft LLM_CALL")
        #expect(line.shown(columns: 80, colour: false) == "ok   draft LLM_CALL")
        #expect(line.shown(columns: 8, colour: false) == "ok   dr…")
        #expect(line.shown(columns: 10, colour: true) == "\u{1B}[32mok   \u{1B}[0m\u{1B}[1mdraft\u{1B}[0m")
    }

    /// The widest text is narrowed first, nothing of it is lost, and numbers stay whole.
    @Test func aTableFitsItsWidth() {
        let table = TextTable(
            [.text, .number, .text],
            rows: [["name", "n", "words"], ["one two three", "1234567", "a few words"]])
        #expect(
            table.lines(width: 40) == [
                ["name                 n  words"], ["one two three  1234567  a few words"],
            ])
        for width in 28...40 {
            let lines = table.lines(width: width).flatMap(\.self)
            #expect(lines.allSatisfy { $0.count <= width }, "\(lines)")
            let words = lines.joined(separator: " ").split(separator: " ").map(String.init).sorted()
            #expect(words == ["1234567", "a", "few", "n", "name", "one", "three", "two", "words", "words"])
        }
        // Below eight columns a text tells nothing.
        #expect(table.lines(width: 1)[1].first?.hasPrefix("one two   1234567  a few") == true)
    }

    @Test func nothingInALineSteersTheTerminal() {
        #expect(Line("a\u{1B}[2Jb\rc\nd").text == "a?[2Jb?c?d")
    }

    @Test func theScreenWritesLinesAboveWhatChanges() {
        var screen = Screen(colour: false)
        let wheel = Bottom(lines: [Line("|    work"), Line("|    more")])
        #expect(screen.update(above: [], bottom: wheel, columns: 79) == "|    work\n|    more")
        // Nothing new, nothing drawn: a line that does not change stands still.
        #expect(screen.update(above: [], bottom: wheel, columns: 79) == "")
        let question = Bottom(
            lines: [Line("? ask"), Line("> ye"), Line("(help)")], cursor: Bottom.Cursor(row: 1, column: 4))
        #expect(
            screen.update(above: [Line("ok   work")], bottom: question, columns: 79)
                == "\r\u{1B}[1A\u{1B}[Jok   work\n? ask\n> ye\n(help)\r\u{1B}[1A\u{1B}[4C")
        // From the cursor's line, up to where the question begins.
        #expect(screen.update(above: [], bottom: Bottom(), columns: 79) == "\r\u{1B}[1A\u{1B}[J")
        #expect(screen.update(above: [Line("x")], bottom: Bottom(), columns: 79) == "x\n")
    }
}
