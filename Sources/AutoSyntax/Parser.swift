package import CEL
package import Diagnostics
import Values

/// What came of parsing a file: what it says, as far as it could be read, its tree, and every syntax finding.
package struct ParseResult: Sendable {
    /// What the file says, as far as it could be read.
    package let automation: Automation
    /// Every syntax finding, in the order of the text.
    package let findings: [Diagnostic]
    /// False for a file that is no text or too large.
    private let isReadable: Bool

    init(_ automation: Automation, _ findings: [Diagnostic], isReadable: Bool) {
        self.automation = automation
        self.findings = findings
        self.isReadable = isReadable
    }

    /// The file without loss; of one that is no text or too large only the bytes.
    ///
    /// The file is read once more each time that it is asked for: most who parse a file, the checker at each keystroke among
    /// them, need no tree, and keeping every token costs them more than reading the file does.
    package var tree: SyntaxTree {
        guard isReadable else { return TreeRecorder.unread(automation.source) }
        var parser = Parser(source: automation.source)
        parser.file()
        return parser.recorder.tree(automation.source, parser.tokens.taken, isWhole: findings.isEmpty)
    }
}

/// Parses one file; never stops at the first mistake.
///
/// - Parameter work: counts the bytes that reading goes over; nil where nobody asks.
package func parseAutomation(_ source: SourceText, counting work: ReadingWork? = nil) -> ParseResult {
    if let finding = unreadable(source) {
        return ParseResult(Automation(source: source), [finding], isReadable: false)
    }
    var parser = Parser(source: source, keepsTree: false, work: work)
    parser.file()
    return ParseResult(parser.automation, parser.findings, isReadable: true)
}

struct Parser {
    var tokens: TokenStream
    var automation: Automation
    var findings: [Diagnostic] = []
    var depth = 0
    var recorder: TreeRecorder
    /// How many `{` that open no block here were passed, so that as many `}` are left over.
    var leftOpen = 0
    /// Whether a mistake in the declaration that was read last may have cost a block its end.
    var isBehindMistake = false
    /// The defaults of fields by where their types begin, inside a record type that stands for inputs, which have them;
    /// nil elsewhere.
    var fieldDefaults: [Int: FieldValue]?
    /// The names in the step that is read.
    var entryNames = EntryNames()
    /// The words of the file that stand before a `:`, once somebody has asked for them.
    var labelWords: Set<String>?

    /// - Parameter keepsTree: whether tokens and nodes are kept, so that a tree can be made of them.
    init(source: SourceText, keepsTree: Bool = true, work: ReadingWork? = nil) {
        let start = source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let fence = MarkdownFence(around: source)
        tokens = TokenStream(
            Lexer(
                bytes: source.bytes, range: fence?.inside ?? (start..<source.bytes.count),
                dialect: .automation,
                work: work),
            keepsTokens: keepsTree)
        recorder = TreeRecorder(keepsNodes: keepsTree)
        automation = Automation(source: source)
        if let fence { findings.append(fence.finding) }
    }

    mutating func file() {
        begin(.file)
        while true {
            let depth = recorder.depth
            let before = tokens.lastEnd
            do throws(Diagnostic) {
                let token = try tokens.peek()
                if token.kind == .endOfText { break }
                try declaration(token)
            } catch {
                report(error)
                // Looking ahead for the state may go to the next line, which is none of the mistake's.
                let place = tokens.here
                let state = stateLeft(by: error)
                isBehindMistake = true
                if !enterBlock(after: error) { skipToDeclaration(from: place, behind: before) }
                close(downTo: depth, state)
            }
        }
        findings += tokens.takeSlips()
        end()
    }

    // The tree: each node begins before its first token and ends behind its last one.

    mutating func begin(_ kind: SyntaxKind) { recorder.begin(kind, at: tokens.taken.count) }

    mutating func end() { recorder.end(before: tokens.taken.count) }

    /// Parses a node; after a mistake it stays open until recovery has skipped what belongs to it.
    mutating func node<Result>(
        _ kind: SyntaxKind, _ body: (inout Parser) throws(Diagnostic) -> Result
    ) throws(Diagnostic) -> Result {
        begin(kind)
        let result = try body(&self)
        end()
        return result
    }

    mutating func close(downTo depth: Int, _ state: SyntaxNode.State) {
        recorder.close(downTo: depth, before: tokens.taken.count, state)
    }

    /// Whether a mistake is only that the text ends too early, inside what stood open.
    mutating func stateLeft(by error: Diagnostic) -> SyntaxNode.State {
        if error.code == .unclosedText {
            let rest = automation.source.bytes[error.span.start...]
            return insideUnclosedBlock || !rest.contains(0x0A) ? .open : .broken
        }
        return (try? tokens.peek())?.kind == .endOfText ? .open : .broken
    }

    mutating func expression() throws(Diagnostic) -> Expression {
        try node(.expression) { (parser) throws(Diagnostic) in try parser.tokens.expression() }
    }

    mutating func report(_ finding: Diagnostic) { findings.append(finding) }

    private mutating func declaration(_ token: Token) throws(Diagnostic) {
        if token.isSymbol(.closeBrace) { return try strayBrace(token) }
        isBehindMistake = false
        if try foreignStart(token) { return }
        guard case .identifier(let word) = token.kind else {
            throw tokens.unexpected(
                token, expected: "a declaration or a step", help: "for example `START begin -> next`")
        }
        guard let declared = DeclarationWord(rawValue: word) else {
            return try node(.step) { (parser) throws(Diagnostic) in try parser.step(word, token.span) }
        }
        try node(.declaration(declared)) { (parser) throws(Diagnostic) in
            switch declared {
            case .automation: try parser.header()
            case .description: try parser.description()
            case .input: try parser.input()
            case .secret: try parser.secret()
            case .type: try parser.typeDeclaration()
            case .result: try parser.resultDeclaration()
            case .maxCost: try parser.maxCost()
            case .test: try parser.test()
            }
        }
    }

    /// A `}` that closes no block; of a `{` that was told it is the other half.
    private mutating func strayBrace(_ token: Token) throws(Diagnostic) {
        try tokens.take()
        guard leftOpen == 0 else {
            leftOpen -= 1
            return
        }
        tell("this `}` closes nothing", at: token.span, help: "leave it out", by: isBehindMistake ? nil : "")
    }

    mutating func header() throws(Diagnostic) {
        let word = try tokens.take()
        automation.hasHeader = true
        try passSign(behind: "automation")
        let name = try headerName()
        if try tokens.peek().isSymbol(.openBrace) {
            let brace = try tokens.take()
            leftOpen += 1
            tell(
                "the automation is its whole file, and no block", at: brace.span,
                help: "leave out this `{` and its `}` at the end",
                replacing: Span(name.span.end, brace.span.end), by: "")
        }
        if automation.name != nil {
            report(
                Diagnostic(
                    .duplicateName, "the file has a second `automation` line", at: word.span,
                    help: "one file is one automation: move the rest into a file of its own"))
            return
        }
        automation.name = name
        try endOfLine()
    }

    private mutating func description() throws(Diagnostic) {
        try tokens.take()
        try passSign(behind: "description")
        automation.description = try textOnLine("the description")
        try endOfLine()
    }

    private mutating func input() throws(Diagnostic) {
        let word = try tokens.take()
        // Without a colon it is one input, over two lines.
        if try tokens.peek().isSymbol(.colon), try indentedInputs(word.span) { return }
        try passSign(behind: "input")
        try inputEntry(from: word.span.start)
    }

    /// What stands behind the word `input`.
    mutating func inputEntry(from start: Int) throws(Diagnostic) {
        let (name, type) = try inputType(try identifier("the input's name"))
        var documentation: String?
        var value: FieldValue?
        try passComma()
        if try isTextOnLine() { documentation = try plainText("the description").text }
        if try takeDefaultSign() { value = try fieldValue() }
        try passComma()
        if documentation == nil, try isTextOnLine() { documentation = try plainText("the description").text }
        automation.inputs.append(
            Input(
                name: name, type: type, documentation: documentation, defaultValue: value,
                span: Span(start, tokens.lastEnd)))
        try endOfLine()
    }

    private mutating func secret() throws(Diagnostic) {
        let word = try tokens.take()
        try passSign(behind: "secret")
        let name = try identifier("the secret's name")
        try passSecretValue(name)
        let documentation = try isTextOnLine() ? try plainText("the description").text : nil
        automation.secrets.append(
            Secret(
                name: name, documentation: documentation, span: Span(word.span.start, tokens.lastEnd)))
        try endOfLine()
    }

    // What the rest of the parser shares.

    mutating func identifier(_ expected: String) throws(Diagnostic) -> Name {
        let token = try tokens.peek()
        guard case .identifier(let text) = token.kind else {
            if let name = try foreignName(token) { return name }
            let help = token.newlineBefore ? tokens.operatorOnNextLine(token) : nil
            throw tokens.unexpected(token, expected: expected, help: help)
        }
        try tokens.take()
        return try hyphenated(Name(text, at: token.span))
    }

    /// A text without `${…}`.
    mutating func plainText(_ expected: String) throws(Diagnostic) -> Name {
        let token = try tokens.peek()
        guard case .text(let pieces) = token.kind else { throw tokens.unexpected(token, expected: expected) }
        try tokens.take()
        guard pieces.count == 1, case .characters(let text) = pieces[0] else {
            throw Diagnostic(
                .expected, "`${…}` cannot stand in this text", at: token.span,
                help: "write `$${` for the characters `${`")
        }
        return Name(text, at: token.span)
    }

    mutating func isTextOnLine() throws(Diagnostic) -> Bool {
        let token = try tokens.peek()
        if case .text = token.kind { return !token.newlineBefore }
        return false
    }

    /// Goes to the next line that begins, unindented, with a word; no further than to the declaration before which the
    /// mistake is that something is missing.
    ///
    /// - Parameters:
    ///   - place: where reading stopped.
    ///   - before: where the last token before the declaration with the mistake ends.
    private mutating func skipToDeclaration(from place: Int, behind before: Int) {
        let bytes = automation.source.bytes
        var index = place
        if insideUnclosedBlock {
            tokens.move(to: bytes.count)
            return
        }
        // What has taken nothing would be met again and again.
        if tokens.lastEnd > before, let token = tokens.seen, token.newlineBefore,
            token.span.start == place, startsDeclaration(token)
        {
            return
        }
        while index < bytes.count {
            while index < bytes.count, bytes[index] != 0x0A { index += 1 }
            index += 1
            guard index < bytes.count else { break }
            if isLetter(bytes[index]) { break }
        }
        tokens.move(to: min(index, bytes.count))
    }

    /// After an unclosed block of text the rest of the file is that text; reading on would only make noise.
    var insideUnclosedBlock: Bool {
        guard let last = findings.last, last.code == .unclosedText else { return false }
        return last.span.end - last.span.start >= 3
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
    }

    /// After a mistake inside a block: goes to the next line at the block's own depth, or to its `}`.
    mutating func skipField() {
        if insideUnclosedBlock {
            tokens.move(to: automation.source.bytes.count)
            return
        }
        var depth = 0
        var first = true
        while true {
            do throws(Diagnostic) {
                let token = try tokens.peek()
                if token.kind == .endOfText { return }
                if depth == 0, token.isSymbol(.closeBrace) || (token.newlineBefore && !first) { return }
                if token.newlineBefore, startsDeclaration(token) { return }
                first = false
                try tokens.take()
                if token.isSymbol(.openBrace) || token.isSymbol(.openBracket) || token.isSymbol(.openParen) {
                    depth += 1
                }
                if token.isSymbol(.closeBrace) || token.isSymbol(.closeBracket) || token.isSymbol(.closeParen)
                {
                    depth = max(0, depth - 1)
                }
            } catch {
                // Behind a bad character or literal the line goes on, with the `}` that close its blocks.
                if error.code == .badCharacter || error.code == .badLiteral {
                    tokens.move(to: max(tokens.here, error.span.end))
                } else {
                    tokens.skipLine(from: max(tokens.here, error.span.start))
                }
                first = false
            }
        }
    }

    /// Whether a token at a line's beginning can only open the next step or declaration.
    func startsDeclaration(_ token: Token) -> Bool {
        guard case .identifier(let word) = token.kind else { return false }
        let column = automation.source.position(at: token.span.start).column
        return column == 1 && !followedByColon(token)
            && (StepType(rawValue: word) != nil || DeclarationWord(rawValue: word) != nil)
    }

    /// Whether a token on a new line is the next entry or declaration, so that what belongs before it is missing.
    func beginsNext(_ token: Token) -> Bool {
        guard token.newlineBefore, case .identifier = token.kind else { return false }
        return startsDeclaration(token) || followedByColon(token)
    }

    private func followedByColon(_ token: Token) -> Bool {
        let rest = automation.source.bytes[token.span.end...].first { $0 != 0x20 && $0 != 0x09 }
        return rest == UInt8(ascii: ":")
    }
}
