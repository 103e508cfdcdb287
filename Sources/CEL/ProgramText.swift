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

    /// Whole lines of a source, from 0, as a program.
    package init(_ source: SourceText, lines numbers: Range<Int>, span: Span) {
        var output: [UInt8] = []
        var lines: [ProgramLine] = []
        for number in numbers {
            let line = source.line(number)
            if !lines.isEmpty { output.append(0x0A) }
            lines.append(ProgramLine(offsetInText: output.count, offsetInSource: line.startIndex))
            output += line
        }
        self.init(text: String(decoding: output, as: UTF8.self), span: span, lines: lines)
    }

    /// The source offset of a byte offset in the program.
    package func sourceOffset(of offset: Int) -> Int {
        guard let line = lines.last(where: { $0.offsetInText <= offset }) else { return span.start }
        return line.offsetInSource + offset - line.offsetInText
    }

    /// The same without the blanks with which each of its lines begins; lines that hold nothing else do not count.
    package var withoutSharedIndentation: ProgramText {
        let bytes = Array(text.utf8)
        let ends = lines.dropFirst().map { $0.offsetInText - 1 } + [bytes.count]
        let rows = zip(lines, ends).map { bytes[$0.offsetInText..<max($0.offsetInText, $1)] }
        let shared = sharedIndentation(of: rows)
        guard !shared.isEmpty else { return self }
        var output: [UInt8] = []
        var moved: [ProgramLine] = []
        for (number, row) in rows.enumerated() {
            if number > 0 { output.append(0x0A) }
            // A line of blanks may have fewer of them.
            let dropped = zip(row, shared).prefix { $0 == $1 }.count
            moved.append(
                ProgramLine(
                    offsetInText: output.count, offsetInSource: lines[number].offsetInSource + dropped))
            output += row.dropFirst(dropped)
        }
        return ProgramText(text: String(decoding: output, as: UTF8.self), span: span, lines: moved)
    }
}

/// The blanks and tabs with which all lines begin that hold anything else.
private func sharedIndentation(of rows: [ArraySlice<UInt8>]) -> ArraySlice<UInt8> {
    var shared: ArraySlice<UInt8>?
    for row in rows {
        let indentation = row.prefix { $0 == 0x20 || $0 == 0x09 }
        guard indentation.count < row.count else { continue }
        shared =
            shared.map { known in known.prefix(zip(known, indentation).prefix { $0 == $1 }.count) }
            ?? indentation
    }
    return shared ?? []
}
