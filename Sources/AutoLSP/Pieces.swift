import CEL
import Diagnostics

/// Tokens of an expression before the cursor.
struct Pieces {
    let source: SourceText
    private(set) var tokens: [(kind: TokenKind, span: Span)] = []

    init(_ source: SourceText) { self.source = source }

    var isEmpty: Bool { tokens.isEmpty }

    mutating func append(_ kind: TokenKind, _ span: Span) { tokens.append((kind, span)) }

    /// `a.b[0]` when the last tokens are `a.b[0].` or `a.b[0].?`; nil when the last one is no dot.
    var operand: String? {
        var end = tokens.count
        if end > 0, tokens[end - 1].kind == .symbol(.question) { end -= 1 }
        guard end > 0, tokens[end - 1].kind == .symbol(.dot) else { return nil }
        return chain(before: end - 1)
    }

    /// What is compared with a text that is written behind `==`, `!=` or `in`, also as one of a list.
    var compared: (chain: String, isElement: Bool)? {
        var end = tokens.count
        var isElement = false
        scan: while end > 0 {
            switch tokens[end - 1].kind {
            case .symbol(.openBracket):
                isElement = true
                end -= 1
            case .symbol(.comma), .text: end -= 1
            case .symbol, .identifier, .int, .intMinimum, .uint, .double, .duration, .bytes, .endOfText:
                break scan
            }
        }
        guard end > 0 else { return nil }
        let comparisons: [TokenKind] = [.symbol(.equal), .symbol(.notEqual), .identifier("in")]
        return comparisons.contains(tokens[end - 1].kind) ? (chain(before: end - 1), isElement) : nil
    }

    /// Whether an operand begins where the tokens end, so that what follows is not a part of another one.
    var beginOperand: Bool {
        guard let last = tokens.last else { return true }
        let openers: [Symbol] = [.openParen, .comma, .andAnd, .orOr, .not, .question, .colon]
        return openers.contains { last.kind == .symbol($0) } || last.kind == .identifier("when")
    }

    /// What is compared with an operand that ends at a place: the chain behind the `==` or `!=` that follows there.
    static func compared(behind place: Int, in source: SourceText) -> String? {
        var lexer = Lexer(bytes: source.bytes, range: place..<source.bytes.count, dialect: .automation)
        guard let sign = try? lexer.next(), !sign.newlineBefore,
            sign.isSymbol(.equal) || sign.isSymbol(.notEqual), let first = try? lexer.next(),
            case .identifier = first.kind
        else { return nil }
        var chain = first.span
        // More than any chain that a person writes, and few enough to be read at each key.
        for _ in 0..<64 {
            guard let dot = try? lexer.next(), dot.isSymbol(.dot), var name = try? lexer.next() else { break }
            if name.isSymbol(.question), let behind = try? lexer.next() { name = behind }
            guard case .identifier = name.kind else { break }
            chain = chain.union(name.span)
        }
        return source.text(chain)
    }

    /// Whether the tokens are the beginning of a list, and an element of it can begin.
    var beginElement: Bool {
        guard tokens.first?.kind == .symbol(.openBracket), let last = tokens.last else { return false }
        let isBetween = last.kind == .symbol(.openBracket) || last.kind == .symbol(.comma)
        return isBetween
            && tokens.dropFirst().allSatisfy { token in
                if case .text = token.kind { true } else { token.kind == .symbol(.comma) }
            }
    }

    /// The call in whose parentheses the tokens end: its name, and which of its arguments is being written, from 0.
    var openCall: (name: String, isMethod: Bool, argument: Int)? {
        var end = tokens.count
        while let (opener, commas) = opener(before: end) {
            if tokens[opener].kind == .symbol(.openParen), let name = name(at: opener - 1) {
                guard isSymbol(.dot, opener - 2) else { return (name, false, commas) }
                let qualified = (self.name(at: opener - 3) ?? "") + "." + name
                let isQualified = !FunctionTable.standard.overloads(qualified, isMethod: false).isEmpty
                return (isQualified ? qualified : name, !isQualified, commas)
            }
            end = opener
        }
        return nil
    }

    /// A variable of a macro that is open where the tokens end, with an expression whose last name is the variable.
    struct Variable {
        let name: String
        /// The macro up to its variables, then the variable in the place of what it computes.
        let text: String
        /// Where the variable ends in that text.
        let place: Int
    }

    /// The variables of every macro that is open where the tokens end, outermost first.
    var variables: [Variable] {
        var found: [Variable] = []
        var end = tokens.count
        while let (opener, _) = opener(before: end) {
            end = opener
            guard let name = name(at: opener - 1), isSymbol(.dot, opener - 2),
                let macro = name == "existsOne" ? .existsOne : MacroKind(rawValue: name),
                let (names, last) = declared(macro, behind: opener)
            else { continue }
            let start = chainStart(before: opener - 2)
            let head = source.text(Span(tokens[start].span.start, tokens[last].span.end))
            found += names.reversed().map {
                Variable(name: $0, text: "\(head) \($0))", place: head.utf8.count + 1 + $0.utf8.count)
            }
        }
        return found.reversed()
    }

    /// The variables that a macro declares, and the comma behind which they may be used; nil where that is not written.
    private func declared(_ macro: MacroKind, behind opener: Int) -> (names: [String], comma: Int)? {
        guard let first = name(at: opener + 1), isSymbol(.comma, opener + 2) else { return nil }
        if macro == .bind {
            // The value stands between the variable and what it is used in.
            var depth = 0
            for index in (opener + 3)..<max(opener + 3, tokens.count) {
                if isOpener(index) { depth += 1 }
                if isCloser(index) { depth -= 1 }
                if depth == 0, isSymbol(.comma, index) { return ([first], index) }
            }
            return nil
        }
        let takesTwo: [MacroKind] = [
            .all, .exists, .existsOne, .transformList, .transformMap, .transformMapEntry,
        ]
        if takesTwo.contains(macro), let second = name(at: opener + 3), isSymbol(.comma, opener + 4) {
            return ([first, second], opener + 4)
        }
        return ([first], opener + 2)
    }

    /// The innermost bracket that is open before a token, and the commas directly in it.
    private func opener(before end: Int) -> (index: Int, commas: Int)? {
        var depth = 0
        var commas = 0
        for index in (0..<end).reversed() {
            if isCloser(index) { depth += 1 }
            if isOpener(index) {
                if depth == 0 { return (index, commas) }
                depth -= 1
            }
            if depth == 0, isSymbol(.comma, index) { commas += 1 }
        }
        return nil
    }

    private func isSymbol(_ symbol: Symbol, _ index: Int) -> Bool {
        tokens.indices.contains(index) && tokens[index].kind == .symbol(symbol)
    }

    private func isOpener(_ index: Int) -> Bool {
        isSymbol(.openParen, index) || isSymbol(.openBracket, index) || isSymbol(.openBrace, index)
    }

    private func isCloser(_ index: Int) -> Bool {
        isSymbol(.closeParen, index) || isSymbol(.closeBracket, index) || isSymbol(.closeBrace, index)
    }

    private func name(at index: Int) -> String? {
        guard tokens.indices.contains(index), case .identifier(let name) = tokens[index].kind else {
            return nil
        }
        return name
    }

    /// The text of the names, dots, calls and subscripts that end before a token.
    private func chain(before end: Int) -> String {
        let first = chainStart(before: end)
        guard first < end else { return "" }
        return source.text(Span(tokens[first].span.start, tokens[end - 1].span.end))
    }

    /// The token with which such a text begins.
    private func chainStart(before end: Int) -> Int {
        var first = end
        var depth = 0
        var takesName = true
        scan: while first > 0 {
            switch tokens[first - 1].kind {
            case .symbol(.closeParen), .symbol(.closeBracket): depth += 1
            case .symbol(.openParen), .symbol(.openBracket):
                if depth == 0 { break scan }
                depth -= 1
                takesName = true
            case .symbol(.dot): if depth == 0 { takesName = true }
            case .symbol(.question): if depth == 0, first == end { break scan }
            case .identifier:
                if depth == 0, !takesName { break scan }
                takesName = depth > 0
            case .symbol, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText:
                if depth == 0 { break scan }
            }
            first -= 1
        }
        return first
    }
}
