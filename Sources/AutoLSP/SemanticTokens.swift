import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Values

/// The meaning of each token, of a broken file too.
///
/// - Parameter range: Only tokens that touch it; nil for the whole file.
func semanticTokens(_ document: Document, _ range: Span?) -> Value {
    var painter = Painter(document.tree, steps: Set(document.model?.automation.steps.map(\.name.text) ?? []))
    let places = Places(source: document.source, unit: document.unit)
    var encoder = TokenEncoder(places: places)
    for paint in painter.paints(in: range) { encoder.add(paint) }
    return .record([("data", .list(encoder.data.map { .int(Int64($0)) }))])
}

private struct Paint {
    let span: Span
    let type: SemanticTokenType
    var declares = false
}

/// Writes tokens as the protocol wants them: five numbers each, the places counted from the token before.
private struct TokenEncoder {
    let places: Places
    private(set) var data: [Int] = []
    private var line = 0
    private var column = 0

    init(places: Places) { self.places = places }

    /// A token of several lines is told line by line, since not every client takes it whole.
    mutating func add(_ paint: Paint) {
        let source = places.source
        let last = source.lineIndex(at: max(paint.span.start, paint.span.end - 1))
        for number in source.lineIndex(at: paint.span.start)...last {
            let bytes = source.line(number)
            let start = max(paint.span.start, bytes.startIndex)
            let end = min(paint.span.end, bytes.endIndex)
            guard start < end else { continue }
            let first = places.lineAndColumn(start)
            let length = places.lineAndColumn(end).column - first.column
            let before = first.line == line ? column : 0
            data += [
                first.line - line, first.column - before, length, paint.type.number, paint.declares ? 1 : 0,
            ]
            (line, column) = first
        }
    }
}

private struct Painter {
    private let tree: SyntaxTree
    private let steps: Set<String>
    /// The innermost node of each token.
    private var owners: [Int]
    private var paints: [Paint] = []

    init(_ tree: SyntaxTree, steps: Set<String>) {
        self.tree = tree
        self.steps = steps
        owners = Array(repeating: 0, count: tree.tokens.count)
        // A node stands behind those that it is in, so what is written last is the innermost.
        for (number, node) in tree.nodes.enumerated() {
            for token in node.tokens where token < owners.count { owners[token] = number }
        }
    }

    mutating func paints(in range: Span?) -> [Paint] {
        for (number, token) in tree.tokens.enumerated() {
            if let range, token.span.end < range.start || token.leadingStart > range.end { continue }
            for comment in tree.comments(before: number) { add(comment.span, .comment) }
            paint(number, token)
        }
        return paints
    }

    private mutating func add(_ span: Span, _ type: SemanticTokenType, declares: Bool = false) {
        paints.append(Paint(span: span, type: type, declares: declares))
    }

    private mutating func paint(_ number: Int, _ token: SyntaxToken) {
        guard let kind = token.kind else {
            let first = tree.source.bytes[token.span.start]
            if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") { add(token.span, .text) }
            return
        }
        switch kind {
        case .identifier(let word):
            if let (type, declares) = meaning(of: word, number) { add(token.span, type, declares: declares) }
        case .int, .intMinimum, .uint, .double, .duration: add(token.span, .number)
        case .text(let pieces):
            if token.role == .program { add(token.span, .program) } else { text(token.span, pieces) }
        case .bytes: add(token.span, .text)
        case .symbol(let symbol): if symbol.isOperator { add(token.span, .sign) }
        case .endOfText: break
        }
    }

    /// The characters of a text, and the expressions in it by their own tokens.
    private mutating func text(_ span: Span, _ pieces: [TextPiece]) {
        var start = span.start
        for case .expression(let inner) in pieces {
            // The `${` and the `}` around the expression are the text's.
            add(Span(start, inner.start), .text)
            expression(inner)
            start = inner.end
        }
        add(Span(start, span.end), .text)
    }

    private mutating func expression(_ span: Span) {
        var lexer = Lexer(bytes: tree.source.bytes, range: span.start..<span.end, dialect: .automation)
        var tokens: [Token] = []
        while let token = try? lexer.next(), token.kind != .endOfText { tokens.append(token) }
        for (number, token) in tokens.enumerated() {
            switch token.kind {
            case .identifier(let word):
                func symbol(_ place: Int) -> Symbol? {
                    guard tokens.indices.contains(place), case .symbol(let symbol) = tokens[place].kind else {
                        return nil
                    }
                    return symbol
                }
                let owner: String? =
                    if number > 1, case .identifier(let name) = tokens[number - 2].kind { name } else { nil }
                add(token.span, inExpression(word, symbol(number - 1), symbol(number + 1), owner))
            case .int, .intMinimum, .uint, .double, .duration: add(token.span, .number)
            case .text(let pieces): text(token.span, pieces)
            case .bytes: add(token.span, .text)
            case .symbol(let symbol): if symbol.isOperator { add(token.span, .sign) }
            case .endOfText: break
            }
        }
    }

    /// What a word of an expression is, by the signs beside it and the name before its dot.
    private func inExpression(
        _ word: String, _ before: Symbol?, _ after: Symbol?, _ owner: String?
    ) -> SemanticTokenType {
        if after == .openParen { return .function }
        if before == .dot || before == .question && owner == nil {
            return before == .dot && ["inputs", "secrets"].contains(owner) ? .input : .field
        }
        if ["true", "false", "null", "in"].contains(word) { return .keyword }
        return steps.contains(word) ? .step : .variable
    }

    private func symbol(_ token: Int) -> Symbol? {
        guard tree.tokens.indices.contains(token), case .symbol(let symbol) = tree.tokens[token].kind else {
            return nil
        }
        return symbol
    }

    /// What a word outside of texts is, by the node that it stands in; nil for one that means nothing.
    private func meaning(of word: String, _ token: Int) -> (SemanticTokenType, declares: Bool)? {
        let node = tree.nodes[owners[token]]
        let place = token - node.tokens.lowerBound
        switch node.kind {
        case .declaration(let declaration):
            if place == 0 { return (.keyword, false) }
            if declaration == .type, place == 2, word == "from" { return (.keyword, false) }
            guard place == 1 else { return nil }
            switch declaration {
            case .input, .secret: return (.input, true)
            case .type: return (.type, true)
            case .automation, .description, .result, .maxCost, .test: return nil
            }
        case .step: return place == 0 ? (.keyword, false) : place == 1 ? (.step, true) : nil
        case .template, .expectation: return place == 0 ? (.keyword, false) : nil
        case .branch: return place == 0 ? (.field, true) : (.keyword, false)
        case .setting:
            return place == 0 ? (.field, false) : word == "in" ? (.keyword, false) : (.variable, true)
        case .field: return place == 0 ? (.field, false) : nil
        case .type, .oneOf: return (.type, false)
        case .target: return (word == "end" ? .keyword : .step, false)
        case .expression, .record, .selector:
            let owner = token > 1 ? tree.tokens[token - 2].word : nil
            return (inExpression(word, symbol(token - 1), symbol(token + 1), owner), false)
        case .file, .block, .recordType: return nil
        }
    }
}

extension Symbol {
    /// Whether it does something; the others only hold things together or apart.
    fileprivate var isOperator: Bool {
        switch self {
        case .orOr, .andAnd, .equal, .notEqual, .lessEqual, .greaterEqual, .arrow, .less, .greater, .plus,
            .minus, .star, .slash, .percent, .not, .question, .assign:
            true
        case .colon, .comma, .dot, .openParen, .closeParen, .openBracket, .closeBracket, .openBrace,
            .closeBrace:
            false
        }
    }
}
