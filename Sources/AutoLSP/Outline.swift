import AutoChecker
import AutoSyntax
import Diagnostics
import Values

/// The numbers of the protocol's SymbolKind that are used here.
private enum OutlineKind: Int64 {
    case file = 1
    case method = 6
    case property = 7
    case constant = 14
    case structure = 23
    case event = 24
    case key = 20
}

func outline(_ document: Document) -> Value {
    guard let automation = document.model?.automation else { return .list([]) }
    func symbol(_ name: String, _ detail: String, _ kind: OutlineKind, _ whole: Span, _ word: Span) -> Value {
        .record([
            ("name", .string(name.isEmpty ? "?" : name)), ("detail", .string(detail)),
            ("kind", .int(kind.rawValue)), ("range", document.range(whole.union(word))),
            ("selectionRange", document.range(word)),
        ])
    }
    var symbols: [Value] = []
    for input in automation.inputs {
        let type = document.source.text(input.type.span)
        let detail = "\(DeclarationWord.input.rawValue): \(type)"
        symbols.append(symbol(input.name.text, detail, .property, input.span, input.name.span))
    }
    for secret in automation.secrets {
        let detail = DeclarationWord.secret.rawValue
        symbols.append(symbol(secret.name.text, detail, .key, secret.span, secret.name.span))
    }
    for type in automation.types {
        let detail = DeclarationWord.type.rawValue
        symbols.append(symbol(type.name.text, detail, .structure, type.span, type.name.span))
    }
    for step in automation.steps {
        symbols.append(symbol(step.name.text, step.type?.rawValue ?? "?", .method, step.span, step.name.span))
    }
    for test in automation.tests {
        symbols.append(
            symbol(test.name.text, DeclarationWord.test.rawValue, .event, test.span, test.name.span))
    }
    return .list(symbols)
}

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
