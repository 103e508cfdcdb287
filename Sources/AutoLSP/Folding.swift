import AutoSyntax
import Diagnostics
import Values

/// Brackets, comments and texts of several lines, of a broken file too.
func folding(_ document: Document) -> Value {
    let source = document.source
    let tree = document.tree
    var ranges: [Value] = []
    func add(_ first: Int, _ last: Int, _ kind: String?) {
        guard last > first else { return }
        var fields: [(String, Value)] = [("startLine", .int(Int64(first))), ("endLine", .int(Int64(last)))]
        if let kind { fields.append(("kind", .string(kind))) }
        ranges.append(.record(fields))
    }
    var open: [Int] = []
    var commented: Range<Int>?
    for (number, token) in tree.tokens.enumerated() {
        for comment in tree.comments(before: number) {
            let line = source.lineIndex(at: comment.span.start)
            if let lines = commented, lines.upperBound == line {
                commented = lines.lowerBound..<(line + 1)
            } else {
                if let commented { add(commented.lowerBound, commented.upperBound - 1, "comment") }
                commented = line..<(line + 1)
            }
        }
        if token.isOpener { open.append(source.lineIndex(at: token.span.start)) }
        if token.isCloser, let first = open.popLast() {
            add(first, source.lineIndex(at: token.span.start) - 1, nil)
        }
        if token.isText || token.kind == nil {
            let last = max(token.span.start, token.span.end - 1)
            add(source.lineIndex(at: token.span.start), source.lineIndex(at: last), nil)
        }
    }
    if let commented { add(commented.lowerBound, commented.upperBound - 1, "comment") }
    return .list(ranges)
}
