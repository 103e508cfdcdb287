import CEL
import Diagnostics

/// Quotes inside selectors, which stand in quotes themselves.
extension Parser {
    /// Goes on behind a selector or an XPath, unless its quote was closed too early: `"a[href="x"]"`.
    ///
    /// - Throws: the finding, which says which quotes to use.
    func endOfSelector(_ program: ProgramText) throws(Diagnostic) {
        let (bytes, start, end) = (automation.source.bytes, program.span.start, program.span.end)
        guard start < end, end < bytes.count, bytes[start] == UInt8(ascii: "\""),
            end - start < 2 || bytes[start + 1] != UInt8(ascii: "\"") || end == start + 2,
            !Parser.mayStandBehindText(bytes[end]),
            // A comment may stand right behind a selector that is whole.
            bytes[end] != UInt8(ascii: "#") || program.text.contains("[") && !program.text.contains("]")
        else { return }
        let inside = Parser.textWithQuotes(bytes, from: start + 1)
        let mended = inside.map { String(decoding: bytes[$0], as: UTF8.self).replacing("\"", with: "'") }
        // Where both kinds of quotes are inside, only three around it help.
        let isPlain = !bytes[start..<(inside?.upperBound ?? end)].contains(UInt8(ascii: "'"))
        throw Diagnostic(
            .expected, "the selector ends at this quote, and more of it follows", at: Span(end - 1, end),
            notes: [Note(Span(start, start + 1), "it begins here")],
            help: isPlain
                ? "write the quotes inside as `'`" + (mended.map { ": `\"\($0)\"`" } ?? "")
                : "put the selector between ''' and '''",
            fix: isPlain
                ? inside.flatMap { range in
                    mended.map { FixIt(span: Span(range.lowerBound, range.upperBound), replacement: $0) }
                } : nil)
    }

    private static func mayStandBehindText(_ byte: UInt8) -> Bool { " \t\r\n,})]".utf8.contains(byte) }

    /// The bytes of a selector up to the quote that its author meant to close it: where its brackets are closed and
    /// something may follow; nil where its line has none.
    private static func textWithQuotes(_ bytes: [UInt8], from start: Int) -> Range<Int>? {
        var open = 0
        var quotes = 0
        for place in start..<min(bytes.count, start + 500) {
            switch bytes[place] {
            case UInt8(ascii: "\n"): return nil
            case UInt8(ascii: "["), UInt8(ascii: "("): open += 1
            case UInt8(ascii: "]"), UInt8(ascii: ")"): open -= 1
            case UInt8(ascii: "\""):
                let next = place + 1 < bytes.count ? bytes[place + 1] : UInt8(ascii: "\n")
                if open == 0, quotes > 0, quotes.isMultiple(of: 2), mayStandBehindText(next) {
                    return start..<place
                }
                quotes += 1
            default: break
            }
        }
        return nil
    }
}
