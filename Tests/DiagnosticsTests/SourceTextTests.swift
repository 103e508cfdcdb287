import Diagnostics
import Testing

/// Bytes of a file as the places that people count.
@Suite(.timeLimit(.minutes(1))) struct SourceTextTests {
    private let source = SourceText(name: "a.auto", text: "one\nzwö 日x\r\n\nend")

    @Test(arguments: [
        (0, 1, 1), (3, 1, 4), (4, 2, 1), (8, 2, 4), (12, 2, 6), (15, 3, 1), (16, 4, 1), (19, 4, 4),
        // Places that are not in the file are taken to its ends.
        (-5, 1, 1), (1_000, 4, 4),
    ])
    func positions(offset: Int, line: Int, column: Int) {
        let position = source.position(at: offset)
        #expect(position.line == line && position.column == column, "\(position)")
    }

    @Test func linesAreWithoutTheirBreaks() {
        let lines = (0..<source.lineCount).map { String(decoding: source.line($0), as: UTF8.self) }
        #expect(lines == ["one", "zwö 日x", "", "end"])
        #expect(SourceText(name: "", text: "").lineCount == 1)
        #expect(SourceText(name: "", text: "\n").line(1).isEmpty)
    }

    @Test func spansAreCutToTheFile() {
        #expect(source.text(Span(4, 8)) == "zwö")
        #expect(source.text(Span(16, 99)) == "end" && source.text(Span(50, 60)).isEmpty)
        #expect(Span(5, 2) == Span(5, 5), "a span never ends before it begins")
        #expect(Span(5, 7).union(Span(1, 2)) == Span(1, 7))
    }

    /// What is no UTF-8 counts by its bytes, and never stops a finding from being shown.
    @Test func bytesThatAreNoTextHaveAPlace() {
        let source = SourceText(name: "", bytes: [0xFF, 0x61, 0x0A, 0xC3])
        #expect(source.position(at: 1).column == 2 && source.position(at: 4).line == 2)
        #expect(source.text(Span(3, 4)) == "\u{FFFD}")
    }
}
