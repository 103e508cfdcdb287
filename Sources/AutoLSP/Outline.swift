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
        symbols.append(
            symbol(
                input.name.text, "input: \(type)", .property, input.name.span.union(input.type.span),
                input.name.span))
    }
    for secret in automation.secrets {
        symbols.append(symbol(secret.name.text, "secret", .key, secret.name.span, secret.name.span))
    }
    for type in automation.types {
        symbols.append(
            symbol(type.name.text, "type", .structure, type.name.span.union(type.type.span), type.name.span))
    }
    for step in automation.steps {
        symbols.append(symbol(step.name.text, step.type?.rawValue ?? "?", .method, step.span, step.name.span))
    }
    for test in automation.tests {
        symbols.append(symbol(test.name.text, "test", .event, test.span, test.name.span))
    }
    return .list(symbols)
}

/// Blocks, comments and texts of several lines.
func folding(_ document: Document) -> Value {
    let source = document.source
    var ranges: [Value] = []
    func add(_ first: Int, _ last: Int, _ kind: String?) {
        guard last > first else { return }
        var fields: [(String, Value)] = [("startLine", .int(Int64(first))), ("endLine", .int(Int64(last)))]
        if let kind { fields.append(("kind", .string(kind))) }
        ranges.append(.record(fields))
    }
    var scanner = BlockScanner(source.bytes)
    var open: [Int] = []
    var firstComment: Int?
    var lastComment = -2
    while let part = scanner.next() {
        switch part {
        case .open(let offset): open.append(offset)
        case .close(let offset):
            guard let start = open.popLast() else { continue }
            add(source.lineIndex(at: start), source.lineIndex(at: offset) - 1, nil)
        case .text(let span):
            add(source.lineIndex(at: span.start), source.lineIndex(at: max(span.start, span.end - 1)), nil)
        case .comment(let span):
            let line = source.lineIndex(at: span.start)
            if line != lastComment + 1 {
                if let firstComment { add(firstComment, lastComment, "comment") }
                firstComment = line
            }
            lastComment = line
        }
    }
    if let firstComment { add(firstComment, lastComment, "comment") }
    return .list(ranges)
}

/// Walks brackets, texts and comments of a file that may be broken.
struct BlockScanner {
    enum Part {
        case open(Int)
        case close(Int)
        case text(Span)
        case comment(Span)
    }

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> Part? {
        while index < bytes.count {
            let byte = bytes[index]
            let start = index
            index += 1
            switch byte {
            case 0x7B, 0x5B, 0x28: return .open(start)
            case 0x7D, 0x5D, 0x29: return .close(start)
            case UInt8(ascii: "#"):
                while index < bytes.count, bytes[index] != 0x0A { index += 1 }
                return .comment(Span(start, index))
            case 0x22, 0x27:
                skipText(quote: byte, from: start)
                return .text(Span(start, index))
            default: break
            }
        }
        return nil
    }

    /// Goes behind a text: to its closing quotes, or for a plain one to the end of its line.
    private mutating func skipText(quote: UInt8, from start: Int) {
        let isTriple = start + 2 < bytes.count && bytes[start + 1] == quote && bytes[start + 2] == quote
        index = start + (isTriple ? 3 : 1)
        while index < bytes.count {
            if bytes[index] == 0x5C, !isTriple || quote == 0x22 {
                index = min(index + 2, bytes.count)
                continue
            }
            if bytes[index] == 0x0A, !isTriple { return }
            if bytes[index] == quote {
                if !isTriple {
                    index += 1
                    return
                }
                if index + 2 < bytes.count, bytes[index + 1] == quote, bytes[index + 2] == quote {
                    index += 3
                    return
                }
            }
            index += 1
        }
    }
}
