import Diagnostics
import Values

/// Operators of other languages that are methods here.
extension TokenStream {
    private func written(_ part: Expression) -> String {
        String(decoding: lexer.bytes[part.span.start..<part.span.end], as: UTF8.self)
    }

    /// `list[0:2]`, before its `:`.
    ///
    /// - Parameter first: nil where nothing stands before the `:`.
    mutating func slice(
        of operand: Expression, from first: Expression?, _ open: Token
    ) throws(Diagnostic) -> Diagnostic {
        try take()
        let last = try peek().isSymbol(.closeBracket) ? nil : try expression()
        let end = try close(.closeBracket, open)
        // A text has another method for it; which of the two is meant, its type would say.
        let isText = if case .text = operand.kind { true } else { operand.isTextLiteral }
        let from = first.map(written) ?? "0"
        let to = last.map(written) ?? (isText ? nil : "\(written(operand)).size()")
        let call =
            "\(isText ? "substring" : "slice")(\([from, to].compactMap(\.self).joined(separator: ", ")))"
        return Diagnostic(
            .expected, "a part is not taken by `[from:to]` here", at: open.span.union(end.span),
            help: isText ? "write `.\(call)`" : "write `.\(call)`; of a text, `.substring(…)`",
            fix: FixIt(span: open.span.union(end.span), replacement: ".\(call)"))
    }

    /// `x => body` and `x -> body` in a call, behind the `x`.
    mutating func passLambda(_ variable: Expression) throws(Diagnostic) -> Bool {
        guard isAutomation, case .name(let name, rooted: false) = variable.kind else { return false }
        let token = try peek()
        let isFat = token.isSymbol(.assign) && lexer.byte(at: token.span.end) == UInt8(ascii: ">")
        guard isFat || token.isSymbol(.arrow) else { return false }
        try take()
        if isFat { try take() }
        tell(
            .expected, "an element and what is made of it are parted by a comma",
            at: Span(token.span.start, lastEnd), help: "write `\(name), …`",
            replacing: Span(variable.span.end, lastEnd),
            by: ",")
        return true
    }

    /// `(a, b) => …`, behind its `(`.
    func refuseFunction(behind open: Token) throws(Diagnostic) {
        var probe = probe()
        guard isAutomation, let first = try? probe.take(), case .identifier = first.kind,
            let comma = try? probe.take(), comma.isSymbol(.comma), let second = try? probe.take(),
            case .identifier = second.kind, let close = try? probe.take(), close.isSymbol(.closeParen)
        else { return }
        throw Diagnostic(
            .expected, "no function of two values is written here", at: open.span.union(close.span),
            help:
                "a list is sorted by `list.sortBy(x, x.price)` and added up by `list.sum()`; anything else of this kind is done by PYTHON"
        )
    }

    /// `text contains "x"`, where a method is meant.
    ///
    /// - Parameter isPart: whether the operand is the right side of a sum or product, which may be meant as a whole.
    mutating func refuseInfixMethod(behind operand: Expression, isPart: Bool) throws(Diagnostic) {
        let token = try peek()
        guard isAutomation, !token.newlineBefore, case .identifier(let word) = token.kind,
            let method = infixMethods[word], !isFollowedByColon(token), let next = second(),
            !next.newlineBefore, beginsOperand(next)
        else { return }
        try take()
        let argument = try binary(minimum: BinaryOperator.add.precedence)
        let (left, right) = (written(operand), written(argument))
        let call = "\(left).\(method)(\(right))"
        let membership = "\(right) in \(left)"
        let isAsked = method == "contains"
        // What holds the other, a text or a list, its type would say; the steps that a test has come by are a list.
        let mend: String? = isAsked ? left == "visited" ? membership : nil : call
        throw Diagnostic(
            .expected, "`\(word)` is no operator here", at: token.span,
            help: isAsked && mend == nil
                ? "write `\(call)` for a part of a text, `\(membership)` for an element of a list"
                : "write `\(mend ?? call)`",
            fix: isPart
                ? nil : mend.map { FixIt(span: operand.span.union(argument.span), replacement: $0) })
    }

    /// `/x.*/` or `/x.*/gi` as a text; nil where no second `/` ends it on its line, or something stands in it that no text
    /// can hold.
    func patternMend(_ slash: Token) -> FixIt? {
        let line = lexer.bytes[slash.span.end...].prefix { $0 != 0x0A }
        guard let end = line.firstIndex(of: UInt8(ascii: "/")), end > line.startIndex,
            line[end - 1] != UInt8(ascii: "\\"), !line[..<end].contains(UInt8(ascii: "\""))
        else { return nil }
        let flags = line[(end + 1)...].prefix(while: isIdentifierPart)
        guard flags.allSatisfy("gims".utf8.contains) else { return nil }
        let isRaw = line[..<end].contains(where: "\\${".utf8.contains)
        let inside = String(decoding: flags.filter { $0 != UInt8(ascii: "g") }, as: UTF8.self)
        let text = (inside.isEmpty ? "" : "(?\(inside))") + String(decoding: line[..<end], as: UTF8.self)
        // That all matches are wanted is said elsewhere than in the pattern.
        return FixIt(
            span: Span(slash.span.start, flags.endIndex), replacement: (isRaw ? "r" : "") + "\"\(text)\"",
            isSafe: inside.utf8.count == flags.count)
    }

    /// `[f(x) for x in list if c]`, before its `for`.
    mutating func comprehension(of element: Expression, _ open: Token) throws(Diagnostic) -> Diagnostic {
        let word = try take()
        let message = "a list is made of another one by `map`, not by `for`"
        let usage = "write `list.map(x, …)`, and `.filter(x, condition)` before it"
        let variable = try take()
        let sign = try take()
        guard isAutomation, case .identifier(let name) = variable.kind, sign.kind == .identifier("in") else {
            return Diagnostic(.expected, message, at: word.span, help: usage)
        }
        let list = operand(try binary(minimum: 1))
        var filter = ""
        if try peek().kind == .identifier("if") {
            try take()
            filter = ".filter(\(name), \(written(try binary(minimum: 1))))"
        }
        guard try peek().isSymbol(.closeBracket) else {
            return Diagnostic(.expected, message, at: word.span, help: usage)
        }
        let whole = open.span.union(try take().span)
        let made = written(element) == name ? "" : ".map(\(name), \(written(element)))"
        let mended = list + filter + made
        return Diagnostic(
            .expected, message, at: whole, help: "write `\(mended)`",
            fix: FixIt(span: whole, replacement: mended))
    }

    /// An expression as it is written, in parentheses where a method behind it would take a part of it.
    private func operand(_ expression: Expression) -> String {
        switch expression.kind {
        case .binary, .unary, .conditional: "(\(written(expression)))"
        case .literal, .text, .name, .select, .has, .index, .call, .list, .map, .macro: written(expression)
        }
    }

    /// `a ?? b`, before its second `?`.
    ///
    /// - Parameter sign: both of them.
    mutating func orElse(_ condition: Expression, _ sign: Span) throws(Diagnostic) -> Diagnostic {
        try take()
        let other = try binary(minimum: 1)
        let optional =
            if case .select(let operand, let field, _, _) = condition.kind {
                "\(written(operand)).?\(field)"
            } else { written(condition) }
        let mended = "\(optional).orValue(\(written(other)))"
        return Diagnostic(
            .expected, "`??` is no operator here", at: sign, help: "write `\(mended)`",
            fix: FixIt(span: condition.span.union(other.span), replacement: mended))
    }
}

extension Expression {
    fileprivate var isTextLiteral: Bool {
        if case .literal(let value) = kind { value.asText != nil } else { false }
    }
}

/// Methods that stand between two values in other languages.
private let infixMethods: [String: String] = byWord(
    [
        (["contains", "includes", "CONTAINS"], "contains"),
        (["startsWith", "starts_with", "startswith"], "startsWith"),
        (["endsWith", "ends_with", "endswith"], "endsWith"), (["matches"], "matches"),
    ])
