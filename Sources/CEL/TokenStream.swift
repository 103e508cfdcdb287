package import Diagnostics

/// One token of look-ahead over a lexer, and the expression parser's home.
package struct TokenStream: Sendable {
    package private(set) var lexer: Lexer
    private var lookahead: Token?
    /// Where the last token that was taken ends.
    package private(set) var lastEnd: Int
    var nesting = 0
    /// True while `{ name: … }` reads its bare keys as names: in lists that are a field's value.
    package var bareKeys = false
    /// Brackets that are open: inside them a newline ends nothing.
    var openBrackets = 0

    package init(_ lexer: Lexer) {
        self.lexer = lexer
        lastEnd = lexer.offset
    }

    package mutating func peek() throws(Diagnostic) -> Token {
        if let lookahead { return lookahead }
        let token = try lexer.next()
        lookahead = token
        return token
    }

    @discardableResult
    package mutating func take() throws(Diagnostic) -> Token {
        let token = try peek()
        lookahead = nil
        lastEnd = token.span.end
        return token
    }

    package mutating func takeIf(_ symbol: Symbol) throws(Diagnostic) -> Token? {
        try peek().isSymbol(symbol) ? try take() : nil
    }

    package mutating func expect(_ symbol: Symbol, _ purpose: String) throws(Diagnostic) -> Token {
        let token = try peek()
        guard token.isSymbol(symbol) else {
            throw unexpected(token, expected: "`\(symbol.rawValue)` \(purpose)")
        }
        return try take()
    }

    package func unexpected(_ token: Token, expected: String, help: String? = nil) -> Diagnostic {
        Diagnostic(.expected, "expected \(expected), found \(token.inWords)", at: token.span, help: help)
    }

    /// Reads a program letter for letter; nil when no text stands here.
    package mutating func program() throws(Diagnostic) -> ProgramText? {
        if let token = lookahead {
            lexer.offset = token.span.start
            lookahead = nil
        }
        let program = try lexer.program()
        if let program { lastEnd = program.span.end }
        return program
    }

    /// Goes back (or on) to an offset, for recovery.
    package mutating func move(to offset: Int) {
        lexer.offset = offset
        lookahead = nil
    }

    /// Skips to the byte after an offset's line.
    package mutating func skipLine(from offset: Int) {
        var index = offset
        while let byte = lexer.byte(at: index), byte != 0x0A { index += 1 }
        move(to: index)
    }

    package var here: Int { lookahead?.span.start ?? lexer.offset }

    /// A stream over the expression between `${` and `}`.
    func inner(_ span: Span) throws(Diagnostic) -> TokenStream {
        guard lexer.depth < 200 else {
            throw Diagnostic(.tooDeep, "texts stand in texts more than 200 deep", at: span)
        }
        return TokenStream(
            Lexer(
                bytes: lexer.bytes, range: span.start..<span.end, dialect: lexer.dialect,
                depth: lexer.depth + 1))
    }

    var isAutomation: Bool { lexer.dialect == .automation }
}
