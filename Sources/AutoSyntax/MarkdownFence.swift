import CEL
import Diagnostics

/// The Markdown fence into which models put files, with the prose around it.
struct MarkdownFence {
    /// The bytes between its two lines.
    let inside: Range<Int>
    /// What is told of it.
    let finding: Diagnostic

    /// Nil where the file stands in no fence.
    init?(around source: SourceText) {
        let mark = source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        func line(_ index: Int) -> ArraySlice<UInt8> { source.line(index).dropFirst(index == 0 ? mark : 0) }
        let lines = 0..<source.lineCount
        guard let open = lines.first(where: { fenceWord(line($0)) != nil || beginsAutomation(line($0)) }),
            let word = fenceWord(line(open)),
            let first = lines.dropFirst(open + 1).first(where: { !isBlank(line($0)) }),
            word == "auto" || beginsAutomation(line(first)) || line(first).first == UInt8(ascii: "#")
        else { return nil }
        // The last of the lines behind which nothing of a file stands: other fences may follow in the prose.
        var close: Int?
        for index in lines.dropFirst(open + 1).reversed() {
            if belongsToFile(line(index)) { break }
            if fenceWord(line(index)) == "" { close = index }
        }
        let end = close.map { line($0).startIndex } ?? source.bytes.count
        let start = source.bytes[line(open).startIndex..<end].firstIndex(of: 0x0A).map { $0 + 1 } ?? end
        inside = start..<end
        func prose(_ numbers: Range<Int>) -> String {
            numbers.map { asComment(line($0)) }.joined(separator: "\n")
        }
        let before = open > 0 ? prose(0..<open) + "\n" : ""
        let behind = prose((close.map { $0 + 1 } ?? lines.upperBound)..<lines.upperBound)
        let file = String(decoding: source.bytes[start..<end], as: UTF8.self)
        finding = Diagnostic(
            .expected, "the file stands in a Markdown fence",
            at: Span(line(open).startIndex, line(open).endIndex),
            help: "leave out the lines with ```; what else stands around the file is a comment: `# …`",
            fix: FixIt(
                span: Span(mark, source.bytes.count),
                replacement: before + file + behind))
    }
}

/// What stands behind the three backquotes with which a line begins, often nothing; nil for other lines.
private func fenceWord(_ line: some Collection<UInt8>) -> String? {
    guard line.starts(with: "```".utf8) else { return nil }
    let word = String(decoding: line.dropFirst(3), as: UTF8.self).filter { !$0.isWhitespace }
    return word.contains("`") ? nil : word
}

private func isBlank(_ line: ArraySlice<UInt8>) -> Bool { line.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

/// Whether a declaration or a step begins a line.
private func beginsAutomation(_ line: ArraySlice<UInt8>) -> Bool {
    let word = String(decoding: line.prefix(while: isIdentifierPart), as: UTF8.self)
    return DeclarationWord(rawValue: word) != nil || StepType(rawValue: word) != nil
}

/// Whether a line is no prose: a declaration, the end of a block or of a text.
private func belongsToFile(_ line: ArraySlice<UInt8>) -> Bool {
    let text = line.drop { $0 == 0x20 || $0 == 0x09 }
    return beginsAutomation(line) || text.first == UInt8(ascii: "}")
        || text.firstRange(of: "\"\"\"".utf8) != nil || text.firstRange(of: "'''".utf8) != nil
}

private func asComment(_ line: ArraySlice<UInt8>) -> String {
    let text = String(decoding: line, as: UTF8.self)
    return isBlank(line) || text.hasPrefix("#") ? text : "# " + text
}

// Programs.

extension Parser {
    /// A program between the two lines of a fence, which stand in the place of its quotes; nil where none begins here.
    mutating func programInFence() -> ProgramText? {
        let source = automation.source
        let blanks = source.bytes[tokens.here...].prefix { $0 == 0x20 || $0 == 0x09 }
        guard tokens.seen == nil, source.bytes[blanks.endIndex...].starts(with: "```".utf8) else {
            return nil
        }
        let open = source.lineIndex(at: blanks.endIndex)
        guard fenceWord(source.bytes[blanks.endIndex..<source.line(open).endIndex]) != nil,
            let close = ((open + 1)..<source.lineCount).first(where: {
                fenceWord(source.line($0).drop { $0 == 0x20 || $0 == 0x09 }) == ""
            })
        else { return nil }
        let last = source.line(close)
        let indent = last.prefix { $0 == 0x20 || $0 == 0x09 }
        let span = Span(blanks.endIndex, indent.endIndex + 3)
        let program = ProgramText(source, lines: (open + 1)..<close, span: span)
        let quotes = ["'''", "\"\"\""].first { !program.text.contains($0) }
        let inside = written(Span(source.line(open).endIndex, indent.endIndex))
        tell(
            "a program stands in quotes, and in no Markdown fence", at: Span(span.start, span.start + 3),
            help: "put ''' in the place of each ```", replacing: span,
            by: quotes.map { $0 + inside + $0 })
        tokens.take(upTo: span.end)
        return program
    }

    /// A program without the lines of a fence that stand within its quotes.
    mutating func withoutFence(_ program: ProgramText) -> ProgramText {
        let source = automation.source
        let last = source.lineIndex(at: max(program.span.start, program.span.end - 1))
        let rows = (source.lineIndex(at: program.span.start)..<last).dropFirst()
        func row(_ index: Int) -> ArraySlice<UInt8> { source.line(index).drop { $0 == 0x20 || $0 == 0x09 } }
        guard let open = rows.first(where: { !row($0).isEmpty }), fenceWord(row(open)) != nil,
            let close = rows.last(where: { !row($0).isEmpty }), close > open, fenceWord(row(close)) == ""
        else { return program }
        let inside = Span(source.line(open + 1).startIndex, source.line(close).startIndex)
        tell(
            "the program stands in a Markdown fence", at: Span(row(open).startIndex, row(open).endIndex),
            help: "leave out the lines with ```",
            replacing: Span(source.line(open).startIndex, source.line(close + 1).startIndex),
            by: written(inside))
        return ProgramText(source, lines: (open + 1)..<close, span: program.span)
    }
}
