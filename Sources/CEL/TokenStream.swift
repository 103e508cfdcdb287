package import Diagnostics

/// One token of look-ahead over a lexer, and the expression parser's home.
package struct TokenStream: Sendable {
    /// What the tokens are read by.
    package internal(set) var lexer: Lexer
    private var lookahead: Token?
    /// Where the last token that was taken ends.
    package private(set) var lastEnd: Int
    /// Every token that was taken, in order, when `keepsTokens` was asked for: what a tree of the text is made of.
    package private(set) var taken: [TakenToken] = []
    private var keepsTokens: Bool
    /// Mistakes that reading has made good for, in the order in which they were met.
    var slips: [Diagnostic] = []
    /// Where the last token stands, if it was a text.
    var lastText: Span?
    var nesting = 0
    /// True while `{ name: … }` reads its bare keys as names: in lists that are a field's value.
    package var bareKeys = false
    /// Brackets that are open: inside them a newline ends nothing.
    var openBrackets = 0

    package init(_ lexer: Lexer, keepsTokens: Bool = false) {
        self.lexer = lexer
        self.keepsTokens = keepsTokens
        lastEnd = lexer.offset
    }

    /// The same stream for looking ahead: it keeps no tokens and no slips, so that a look costs no copy of them.
    package func probe() -> TokenStream {
        var probe = self
        probe.keepsTokens = false
        probe.taken = []
        probe.slips = []
        return probe
    }

    /// The next token, which stays the next one.
    ///
    /// - Throws: a finding when no token begins here.
    package mutating func peek() throws(Diagnostic) -> Token {
        if let lookahead { return lookahead }
        let token = try readToken()
        lookahead = token
        return token
    }

    /// Takes the next token.
    ///
    /// - Parameter role: what it is to those beside it, for the layout.
    /// - Throws: a finding when no token begins here.
    @discardableResult
    package mutating func take(as role: TokenRole = .plain) throws(Diagnostic) -> Token {
        let token = try peek()
        lookahead = nil
        lastEnd = token.span.end
        if case .text = token.kind { lastText = token.span } else { lastText = nil }
        keep(token, role)
        return token
    }

    private mutating func keep(_ token: Token, _ role: TokenRole) {
        if keepsTokens { taken.append(TakenToken(token: token, role: role)) }
    }

    /// How many of the slips that are not taken yet have a mend.
    package var mendsTold: Int { slips.count { $0.fix != nil } }

    /// The mistakes that reading has made good for, each of them once.
    package mutating func takeSlips() -> [Diagnostic] {
        defer { slips = [] }
        return slips
    }

    /// Takes the next token if it is this sign; nil if it is none.
    ///
    /// - Throws: a finding when no token begins here.
    package mutating func takeIf(_ symbol: Symbol, as role: TokenRole = .plain) throws(Diagnostic) -> Token? {
        try peek().isSymbol(symbol) ? try take(as: role) : nil
    }

    /// Takes a symbol; `purpose` says what it is for, behind "expected `:`".
    package mutating func expect(
        _ symbol: Symbol, _ purpose: String, as role: TokenRole = .plain
    ) throws(Diagnostic) -> Token {
        let token = try peek()
        guard token.isSymbol(symbol) else {
            throw unexpected(token, expected: "`\(symbol.rawValue)` \(purpose)")
        }
        return try take(as: role)
    }

    /// The finding for a token that stands where another one should.
    ///
    /// - Parameter expected: what should stand there, behind the word "expected".
    package func unexpected(
        _ token: Token, expected: String, help: String? = nil, fix: FixIt? = nil
    ) -> Diagnostic {
        Diagnostic(
            .expected, "expected \(expected), found \(token.inWords)", at: token.span, help: help, fix: fix)
    }

    /// Reads a program letter for letter; nil when no text stands here.
    package mutating func program() throws(Diagnostic) -> ProgramText? {
        var newlineBefore = false
        if let token = lookahead {
            newlineBefore = token.newlineBefore
            lexer.offset = token.span.start
            lookahead = nil
        }
        if lexer.skipBlanks() { newlineBefore = true }
        guard let program = try lexer.program() else { return nil }
        lastEnd = program.span.end
        keep(
            Token(
                kind: .text([.characters(program.text)]), span: program.span, newlineBefore: newlineBefore),
            .program)
        return program
    }

    /// Takes an amount of dollars such as `$0.50`; nil when none stands here.
    ///
    /// - Precondition: no token has been looked at behind the last that was taken: a `$` is none.
    package mutating func dollars() throws(Diagnostic) -> (amount: Double, span: Span)? {
        let before = lexer.offset
        let newlineBefore = lexer.skipBlanks()
        guard let (amount, span) = try lexer.dollars() else {
            lexer.offset = before
            return nil
        }
        lastEnd = span.end
        keep(Token(kind: .double(amount), span: span, newlineBefore: newlineBefore), .plain)
        return (amount, span)
    }

    /// Goes back (or on) to an offset, for recovery.
    package mutating func move(to offset: Int) {
        lexer.offset = offset
        lookahead = nil
        while let last = taken.last, last.token.span.end > offset { taken.removeLast() }
    }

    /// Goes on behind what was taken letter for letter up to an offset.
    package mutating func take(upTo offset: Int) {
        move(to: offset)
        lastEnd = max(lastEnd, offset)
    }

    /// Reads what stands at a place as a text, though it has no quotes; the place is still to come.
    package mutating func readAsText(_ span: Span) { lexer.unquoted[span.start] = span.end }

    /// Skips to the byte after an offset's line.
    package mutating func skipLine(from offset: Int) {
        var index = offset
        while let byte = lexer.byte(at: index), byte != 0x0A { index += 1 }
        move(to: index)
    }

    /// A byte of the text; nil behind its end.
    package func byte(at offset: Int) -> UInt8? { lexer.byte(at: offset) }

    /// The next token, if it has been looked at.
    package var seen: Token? { lookahead }

    /// The byte at which the next token begins, or is looked for.
    package var here: Int { lookahead?.span.start ?? lexer.offset }

    /// Whether a text begins here, which is seen without reading it: in a program a backslash escapes nothing.
    package var isAtText: Bool {
        if let lookahead {
            if case .text = lookahead.kind { return true }
            return false
        }
        var ahead = lexer
        _ = ahead.skipBlanks()
        let isPrefixed = ahead.byte(at: ahead.offset).map { $0 | 0x20 == UInt8(ascii: "r") } == true
        let quote = ahead.byte(at: ahead.offset + (isPrefixed ? 1 : 0))
        return quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
    }

    /// A stream over the expression between `${` and `}`.
    func inner(_ span: Span) throws(Diagnostic) -> TokenStream {
        guard lexer.depth < 200 else {
            throw Diagnostic(.tooDeep, "texts stand in texts more than 200 deep", at: span)
        }
        return TokenStream(
            Lexer(
                bytes: lexer.bytes, range: span.start..<span.end, dialect: lexer.dialect,
                depth: lexer.depth + 1, work: lexer.work))
    }

    /// The expression that a part of the text is, all of it and without a slip; nil where it is none.
    package func expression(within span: Span) -> Expression? {
        guard var stream = try? inner(span), let expression = try? stream.expression(),
            (try? stream.peek())?.kind == .endOfText, stream.slips.isEmpty
        else { return nil }
        return expression
    }

    var isAutomation: Bool { lexer.dialect == .automation }
}
