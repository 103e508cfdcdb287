package import CEL
package import Diagnostics
import Values

/// A part of a file that stands alone as a text, and that the grammar reads as exactly one of these.
package enum Fragment: Sendable, Hashable {
    /// What stands behind the `:` of a field: an expression, a record, a list.
    case value
    case expression
    case type
    /// What stands behind `each:`.
    case each
    case selector
    /// Text that is taken letter for letter, in its quotes.
    case program
}

/// Makes a tree by code: nodes and signs one by one, what people wrote as fragments that are read by the grammar.
///
/// Nothing that is given as a fragment can become more than that: a text that goes on behind one value is refused.
package struct SyntaxBuilder {
    private var bytes: [UInt8] = []
    private var taken: [TakenToken] = []
    private var recorder = TreeRecorder()
    /// How many line breaks stand before the next token.
    private var breaks = 0

    package init() { recorder.begin(.file, at: 0) }

    /// The tree of what was added.
    package consuming func tree() -> SyntaxTree {
        recorder.end(before: taken.count)
        let source = SourceText(name: "made.auto", bytes: bytes + [0x0A])
        return recorder.tree(source, taken, isWhole: true)
    }

    /// Adds a node with what the body adds to it.
    ///
    /// - Throws: what the body throws.
    package mutating func node<Failure: Error>(
        _ kind: SyntaxKind, _ body: (inout SyntaxBuilder) throws(Failure) -> Void
    ) throws(Failure) {
        recorder.begin(kind, at: taken.count)
        try body(&self)
        recorder.end(before: taken.count)
    }

    /// Adds `{ … }`, to be laid out with an entry a line.
    ///
    /// - Throws: what the body throws.
    package mutating func block<Failure: Error>(
        _ body: (inout SyntaxBuilder) throws(Failure) -> Void
    ) throws(Failure) {
        try node(.block) { (builder) throws(Failure) in
            builder.symbol(.openBrace)
            try body(&builder)
            builder.newLine()
            builder.symbol(.closeBrace)
        }
    }

    /// Has the next token begin a line, as every declaration and every entry of a block does; behind an empty line
    /// when asked for.
    package mutating func newLine(blankBefore: Bool = false) { breaks = blankBefore ? 2 : 1 }

    /// Adds a sign.
    package mutating func symbol(_ symbol: Symbol, as role: TokenRole = .plain) {
        add(.symbol(symbol), symbol.rawValue, role)
    }

    /// Adds a word: a keyword, a step type, the name of a step.
    package mutating func word(_ word: String) { add(.identifier(word), word, .plain) }

    /// Adds the name of a field, a key or a label and its `:`, in quotes where it is no plain word.
    package mutating func key(_ name: String) {
        if isIdentifier(name) { word(name) } else { text(name) }
        symbol(.colon, as: .suffix)
    }

    /// Adds a text of these characters, in quotes.
    package mutating func text(_ characters: String) {
        add(.text([.characters(characters)]), quotedText(characters), .plain)
    }

    /// Adds `-> name`, or `-> [a, b]` for several.
    package mutating func target(_ names: [String]) {
        symbol(.arrow)
        node(.target) { builder in
            if names.count > 1 { builder.symbol(.openBracket) }
            for (place, name) in names.enumerated() {
                if place > 0 { builder.symbol(.comma) }
                builder.word(name)
            }
            if names.count > 1 { builder.symbol(.closeBracket) }
        }
    }

    /// Adds a part of a file as it is written.
    ///
    /// - Throws: What is wrong with the text, when it is not exactly one such part.
    package mutating func fragment(_ text: String, as fragment: Fragment) throws(Diagnostic) {
        var parser = Parser(source: SourceText(name: "made.auto", text: text))
        parser.begin(.file)
        switch fragment {
        case .value: _ = try parser.fieldValue()
        case .expression: _ = try parser.expression()
        case .type: _ = try parser.typeNode()
        case .each: _ = try parser.eachValue()
        case .selector: _ = try parser.selector()
        case .program:
            guard try parser.tokens.program() != nil else {
                throw parser.tokens.unexpected(try parser.tokens.peek(), expected: "a program in quotes")
            }
        }
        let rest = try parser.tokens.peek()
        guard rest.kind == .endOfText else { throw parser.tokens.unexpected(rest, expected: "the end") }
        if let finding = parser.findings.first ?? parser.tokens.takeSlips().first { throw finding }
        parser.end()
        append(parser, text)
    }

    /// Adds whole declarations as they are written, with their comments.
    ///
    /// - Parameter allowed: The declarations that may be among them.
    /// - Throws: What is wrong with the text, or that something else is among them.
    package mutating func declarations(
        _ text: String, allowed: Set<DeclarationWord>
    ) throws(Diagnostic) {
        var parser = Parser(source: SourceText(name: "made.auto", text: text))
        parser.file()
        if let finding = parser.findings.first { throw finding }
        for node in parser.recorder.nodes where node.parent == 0 {
            if case .declaration(let word) = node.kind, allowed.contains(word) { continue }
            let words = inWords(allowed.map(\.rawValue).sorted(), joiner: "and")
            throw parser.tokens.unexpected(
                parser.tokens.taken[node.tokens.lowerBound].token, expected: "only \(words) here")
        }
        newLine()
        append(parser, text)
    }

    /// Writes what stands before the next token; true when it begins a line.
    private mutating func separate() -> Bool {
        defer { breaks = 0 }
        if bytes.isEmpty { return false }
        bytes += breaks > 0 ? Array(repeating: 0x0A, count: breaks) : [0x20]
        return breaks > 0
    }

    private mutating func add(_ kind: TokenKind, _ text: String, _ role: TokenRole) {
        let beginsLine = separate()
        let start = bytes.count
        bytes += Array(text.utf8)
        let token = Token(kind: kind, span: Span(start, bytes.count), newlineBefore: beginsLine)
        taken.append(TakenToken(token: token, role: role))
    }

    private mutating func append(_ parser: Parser, _ text: String) {
        let beginsLine = separate()
        recorder.append(parser.recorder, at: taken.count)
        for (place, one) in parser.tokens.taken.enumerated() {
            let span = Span(one.token.span.start + bytes.count, one.token.span.end + bytes.count)
            let newline = one.token.newlineBefore || (place == 0 && beginsLine)
            let token = Token(kind: one.token.kind, span: span, newlineBefore: newline)
            taken.append(TakenToken(token: token, role: one.role))
        }
        bytes += Array(text.utf8)
    }
}

/// The canonical text of a tree without mistakes.
package func canonicalText(of tree: SyntaxTree) -> String {
    let meaning = parseAutomation(tree.source).automation.meaning
    return canonicalText(of: tree, meaning: meaning) ?? String(decoding: tree.text, as: UTF8.self)
}
