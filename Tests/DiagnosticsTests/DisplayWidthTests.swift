import Diagnostics
import Testing

/// How wide a text is on a terminal, so that carets stand below what they point at.
@Suite(.timeLimit(.minutes(1))) struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("käse", 4), ("e\u{301}", 1), ("日本", 4), ("한국", 4), ("Ａ", 2), ("ｱ", 1),
        ("😀", 2), ("👩\u{200D}👩", 4), ("a\u{200B}b", 2), ("\u{20000}", 2), ("→", 1), ("☔", 2),
    ])
    func columns(text: String, width: Int) { #expect(displayWidth(of: text) == width) }

    /// A file's text and its name are shown by terminals that would obey what is hidden in them.
    @Test(arguments: [
        ("plain käse", "plain käse"), ("a\u{1B}[31mred", "a?[31mred"), ("two\nlines", "two?lines"),
        ("bell\u{7}", "bell?"), ("\u{202E}gnp.exe", "?gnp.exe"), ("\u{2066}x\u{2069}", "?x?"),
        ("\u{85}", "?"), ("\u{9B}2J", "?2J"), ("\u{FEFF}x", "?x"), ("a\r\nb", "a??b"),
    ])
    func whatSteersTheTerminalIsShownAsAQuestionMark(text: String, shown: String) {
        #expect(printable(text) == shown)
    }
}
