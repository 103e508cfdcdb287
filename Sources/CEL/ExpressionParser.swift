package import Diagnostics
import Values

/// Parses an expression that is a whole text.
package func parseExpression(_ source: SourceText, dialect: Dialect = .cel) throws(Diagnostic) -> Expression {
    var tokens = TokenStream(Lexer(bytes: source.bytes, range: 0..<source.bytes.count, dialect: dialect))
    tokens.openBrackets = 1
    let expression = try tokens.expression()
    let token = try tokens.peek()
    guard token.kind == .endOfText else {
        throw tokens.unexpected(token, expected: "an operator or the end of the expression")
    }
    if let slip = tokens.takeSlips().first { throw slip }
    return expression
}

extension TokenStream {
    /// Parses one expression; outside brackets a newline ends it.
    package mutating func expression() throws(Diagnostic) -> Expression {
        let condition = try binary(minimum: 1)
        guard let question = try continuation() else { return condition }
        if let expression = try ifBehind(condition, question) { return expression }
        guard question.isSymbol(.question) else { return condition }
        try take()
        let behind = try peek()
        if behind.isSymbol(.question), behind.span.start == question.span.end {
            throw try orElse(condition, question.span.union(behind.span))
        }
        let yes = try binary(minimum: 1)
        if behind.isSymbol(.dot), behind.span.start == question.span.end, try !peek().isSymbol(.colon) {
            throw Diagnostic(
                .expected, "a field that may be absent is read by `.?`, not by `?.`",
                at: question.span.union(behind.span), help: "write `.?name`, and `.orValue(…)` behind it",
                fix: FixIt(span: question.span.union(behind.span), replacement: ".?"))
        }
        _ = try expect(.colon, "between the two results of `? :`")
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= 200 else { throw tooDeep(question.span) }
        let no = try expression()
        return try node(.conditional(condition, yes, no), condition.span.union(no.span))
    }

    func tooDeep(_ span: Span) -> Diagnostic {
        Diagnostic(
            .tooDeep, "this expression nests more than 200 deep", at: span,
            help: "name a part of it in a DATA_TRANSFORM step")
    }

    func node(_ kind: ExpressionKind, _ span: Span) throws(Diagnostic) -> Expression {
        let expression = Expression(kind, at: span)
        guard expression.height <= 1_000 else { throw tooDeep(span) }
        return expression
    }

    /// The next token when it can go on with the expression: inside brackets always, else on the same line.
    private mutating func continuation() throws(Diagnostic) -> Token? {
        let token = try peek()
        return token.newlineBefore && openBrackets == 0 ? nil : token
    }

    mutating func binary(minimum: Int) throws(Diagnostic) -> Expression {
        var left = try unary()
        try refuseInfixMethod(behind: left, isPart: minimum > BinaryOperator.add.precedence)
        while let token = try continuation(), let binaryOperator = binaryOperator(token),
            binaryOperator.precedence >= minimum
        {
            try takeOperator(binaryOperator)
            let right = try binary(minimum: binaryOperator.precedence + 1)
            left = try node(.binary(binaryOperator, left, right), left.span.union(right.span))
        }
        return left
    }

    private mutating func unary() throws(Diagnostic) -> Expression {
        let token = try peek()
        if let expression = try notInWords(token) { return expression }
        if token.isSymbol(.not) { return try repeated(.not, .not, first: try take(as: .prefix).span.start) }
        guard token.isSymbol(.minus) else { return try postfix(try primary()) }
        let start = try take(as: .prefix).span.start
        let next = try peek()
        switch next.kind {
        case .intMinimum:
            try take()
            return try postfix(Expression(.literal(.int(.min)), at: Span(start, next.span.end)))
        case .int(let value):
            try take()
            return try postfix(Expression(.literal(.int(-value)), at: Span(start, next.span.end)))
        case .double(let value):
            try take()
            return try postfix(Expression(.literal(.double(-value)), at: Span(start, next.span.end)))
        case .identifier, .uint, .duration, .text, .bytes, .symbol, .endOfText:
            return try repeated(.minus, .negate, first: start)
        }
    }

    /// `!!x` and `--x`, behind the first sign: the signs are counted, not nested.
    private mutating func repeated(
        _ symbol: Symbol, _ unaryOperator: UnaryOperator, first: Int
    ) throws(Diagnostic) -> Expression {
        var starts = [first]
        while let token = try takeIf(symbol, as: .prefix) { starts.append(token.span.start) }
        var result = try unaryOperator == .not ? unary() : postfix(primary())
        for start in starts.reversed() {
            result = try node(.unary(unaryOperator, result), Span(start, result.span.end))
        }
        return result
    }

    private mutating func postfix(_ first: Expression) throws(Diagnostic) -> Expression {
        var operand = first
        while let token = try continuation() {
            if token.isSymbol(.dot) {
                operand = try member(of: operand)
            } else if token.isSymbol(.openBracket) {
                operand = try subscripted(operand)
            } else {
                break
            }
        }
        return operand
    }

    private mutating func subscripted(_ operand: Expression) throws(Diagnostic) -> Expression {
        let open = try take(as: .suffix)
        return try bracketed(open) { (tokens: inout TokenStream) throws(Diagnostic) in
            if try tokens.peek().isSymbol(.colon) { throw try tokens.slice(of: operand, from: nil, open) }
            let optional = try tokens.takeIf(.question, as: .prefix) != nil
            let key = try tokens.expression()
            if try tokens.peek().isSymbol(.colon) { throw try tokens.slice(of: operand, from: key, open) }
            let close = try tokens.close(.closeBracket, open)
            return try tokens.node(.index(operand, key, optional: optional), operand.span.union(close.span))
        }
    }

    private mutating func member(of operand: Expression) throws(Diagnostic) -> Expression {
        try take(as: .suffix)
        let optional = try takeIf(.question, as: .prefix) != nil
        let token = try peek()
        guard case .identifier(let name) = token.kind else {
            throw unexpected(token, expected: "a field's name after `.`")
        }
        try take()
        if !optional, let open = try continuation(), open.isSymbol(.openParen),
            open.span.start == token.span.end
        {
            return try call(name, token.span, target: operand)
        }
        return try node(
            .select(operand, field: name, fieldSpan: token.span, optional: optional),
            operand.span.union(token.span))
    }

    /// Runs a body inside an open bracket, where newlines end nothing.
    mutating func bracketed<Result>(
        _ open: Token, _ body: (inout TokenStream) throws(Diagnostic) -> Result
    ) throws(Diagnostic) -> Result {
        nesting += 1
        openBrackets += 1
        defer {
            nesting -= 1
            openBrackets -= 1
        }
        guard nesting <= 200 else { throw tooDeep(open.span) }
        return try body(&self)
    }

    func unclosed(_ open: Token, _ symbol: Symbol, found: Token) -> Diagnostic {
        Diagnostic(
            found.kind == .endOfText ? .unclosedBlock : .expected,
            "expected `\(symbol.rawValue)` or `,`, found \(found.inWords)", at: found.span,
            notes: [Note(open.span, "this \(open.inWords) is still open")])
    }

    mutating func close(_ symbol: Symbol, _ open: Token) throws(Diagnostic) -> Token {
        let token = try peek()
        guard token.isSymbol(symbol) else { throw quoteInside() ?? unclosed(open, symbol, found: token) }
        return try take()
    }

    mutating func arguments(_ open: Token) throws(Diagnostic) -> ([Expression], Token) {
        let outer = bareKeys
        bareKeys = false
        defer { bareKeys = outer }
        return try bracketed(open) { (tokens: inout TokenStream) throws(Diagnostic) in
            var list: [Expression] = []
            while try !tokens.peek().isSymbol(.closeParen) {
                try tokens.refuseNamedArgument()
                list.append(try tokens.expression())
                if let last = list.last, try tokens.passLambda(last) { continue }
                if try tokens.takeIf(.comma) == nil {
                    if try tokens.passMissingComma("between two arguments") { continue }
                    break
                }
                // A comma promises one more argument.
                if try tokens.peek().isSymbol(.closeParen) {
                    throw tokens.unexpected(try tokens.peek(), expected: "an argument after `,`")
                }
            }
            return (list, try tokens.close(.closeParen, open))
        }
    }
}
