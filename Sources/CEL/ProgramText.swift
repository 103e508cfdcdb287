package import Diagnostics
import Values

/// Where a line of a program stands in the source, so that its errors point into the automation.
package struct ProgramLine: Sendable, Hashable {
    /// The byte of the program at which the line begins.
    package let offsetInText: Int
    /// The byte of the source at which the line begins.
    package let offsetInSource: Int
}

/// A program as written between its quotes (jq, a regular expression, a selector, Python).
package struct ProgramText: Sendable, Hashable {
    /// The program as its language is given it.
    package let text: String
    /// Where it stands in the source.
    package let span: Span
    /// Where its lines stand, in order.
    package let lines: [ProgramLine]

    package init(text: String, span: Span, lines: [ProgramLine]) {
        self.text = text
        self.span = span
        self.lines = lines
    }

    /// The source offset of a byte offset in the program.
    package func sourceOffset(of offset: Int) -> Int {
        guard let line = lines.last(where: { $0.offsetInText <= offset }) else { return span.start }
        return line.offsetInSource + offset - line.offsetInText
    }
}
