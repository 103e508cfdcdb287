package import CEL
package import Diagnostics

/// A token with its place, and with the place of the blanks and comments before it.
package struct SyntaxToken: Sendable, Hashable {
    /// Nil for what no token begins with, such as a text that is never closed.
    package let kind: TokenKind?
    /// What it is to the tokens beside it.
    package let role: TokenRole
    /// Where it stands, without what is before it.
    package let span: Span
    /// Where the blanks and comments before the token begin, which is where the token before it ends.
    package let leadingStart: Int
    /// Whether a new line begins between it and the token before it.
    package let newlineBefore: Bool

    /// The blanks and comments before the token.
    package var leading: Span { Span(leadingStart, span.start) }

    /// Whether it is the end of the text.
    package var isEnd: Bool { kind == .endOfText }

    /// Whether it is this sign.
    package func isSymbol(_ symbol: Symbol) -> Bool { kind == .symbol(symbol) }

    /// The word of an identifier, else nil.
    package var word: String? {
        if case .identifier(let word) = kind { word } else { nil }
    }

    /// Whether it is a text or a program in quotes.
    package var isText: Bool {
        if case .text = kind { true } else { false }
    }

    /// Whether it opens a block, a list or a group.
    package var isOpener: Bool { isSymbol(.openBrace) || isSymbol(.openBracket) || isSymbol(.openParen) }
    /// Whether it closes a block, a list or a group.
    package var isCloser: Bool { isSymbol(.closeBrace) || isSymbol(.closeBracket) || isSymbol(.closeParen) }
}

/// A comment, from its `#` to the last character of its line that is no blank.
package struct Comment: Sendable, Hashable {
    /// Where it stands, its `#` included.
    package let span: Span
    /// Whether something stands before it on its line.
    package let isTrailing: Bool
    /// Whether an empty line stands before it.
    package let blankBefore: Bool
}

/// What a node of the tree is.
package enum SyntaxKind: Sendable, Hashable {
    case file
    case declaration(DeclarationWord)
    case step
    /// The `{ … }` of a step, of its prompt_template or of a test.
    case block
    /// `timeout: 30s` or `on_error -> step`.
    case setting
    /// `prompt_template { … }`.
    case template
    /// `name: value` in a prompt_template, a test or a record, `name: TYPE` in a type.
    case field
    /// `label: when EXPR -> step`.
    case branch
    /// `expect EXPR`.
    case expectation
    /// `{ key: value }` as a value.
    case record
    /// `[…]` of selectors, or `xpath("…")`.
    case selector
    /// A type's name, or `list<TYPE>`.
    case type
    /// `one_of("a", "b")`.
    case oneOf
    /// `{ name: TYPE }` as a type.
    case recordType
    /// What stands behind `->`.
    case target
    case expression
}

/// A node of the tree: a part of the file with all that is in it.
package struct SyntaxNode: Sendable, Hashable {
    /// Whether all of a node was found.
    package enum State: Sendable, Hashable {
        case complete
        /// A mistake was found in it, and what follows was skipped.
        case broken
        /// The text ends inside it.
        case open
    }

    /// What it is.
    package internal(set) var kind: SyntaxKind
    /// Its tokens, those of the nodes below included, as indices into the tree's.
    package internal(set) var tokens: Range<Int>
    /// Whether all of it was found.
    package internal(set) var state = State.open
    /// The node above it, as an index into the tree's; nil for the file.
    package let parent: Int?
    /// The index behind the last node below it.
    package internal(set) var nodesEnd: Int
}

/// A part of a node: one of its own tokens, or a node below it, each as an index into the tree's.
package enum SyntaxChild: Sendable, Hashable {
    case token(Int)
    case node(Int)
}

/// A file without loss: every byte of it is in a token or before one.
///
/// A tree comes from the parser, also for a file with mistakes, or from a `SyntaxBuilder`.
package struct SyntaxTree: Sendable {
    /// The file that the tree is of.
    package let source: SourceText
    /// In the order of the text; the last one is the end of the text.
    package let tokens: [SyntaxToken]
    /// Each node before those below it; the first one is the file.
    package let nodes: [SyntaxNode]

    /// The text of the tree, put together from the tokens and what stands before them: the bytes of the source.
    package var text: [UInt8] {
        tokens.flatMap {
            source.bytes[$0.leading.start..<$0.leading.end] + source.bytes[$0.span.start..<$0.span.end]
        }
    }

    /// The text of a token.
    ///
    /// - Parameter token: its index in `tokens`.
    package func text(of token: Int) -> String { source.text(tokens[token].span) }

    /// The span from the first token of a node to the end of its last one; empty for a node without tokens.
    package func span(of node: Int) -> Span {
        let range = nodes[node].tokens
        guard let last = range.last else {
            let place = tokens[min(range.lowerBound, tokens.count - 1)].span.start
            return Span(place, place)
        }
        return Span(tokens[range.lowerBound].span.start, tokens[last].span.end)
    }

    /// The parts of a node in their order.
    package func children(of node: Int) -> [SyntaxChild] {
        var children: [SyntaxChild] = []
        var token = nodes[node].tokens.lowerBound
        var child = node + 1
        while child < nodes[node].nodesEnd {
            let range = nodes[child].tokens
            while token < range.lowerBound {
                children.append(.token(token))
                token += 1
            }
            children.append(.node(child))
            token = max(token, range.upperBound)
            child = nodes[child].nodesEnd
        }
        return children + (token..<max(token, nodes[node].tokens.upperBound)).map(SyntaxChild.token)
    }

    /// The nodes directly below a node.
    package func nodes(below node: Int) -> [Int] {
        var found: [Int] = []
        var child = node + 1
        while child < nodes[node].nodesEnd {
            found.append(child)
            child = nodes[child].nodesEnd
        }
        return found
    }

    /// The nodes in which the text ends, the file first: what somebody who writes at its end is writing.
    package var openNodes: [Int] { nodes.indices.filter { nodes[$0].state == .open } }

    /// The comments before a token.
    package func comments(before token: Int) -> [Comment] { gap(before: token).comments }

    /// Whether an empty line stands before a token, behind the comments before it.
    package func blankBefore(_ token: Int) -> Bool { gap(before: token).blank }

    /// What stands before a token: its comments, and whether an empty line is the last of it.
    func gap(before token: Int) -> (comments: [Comment], blank: Bool) {
        let bytes = source.bytes
        let leading = tokens[token].leading
        var comments: [Comment] = []
        var breaks = 0
        var hasBreak = false
        var index = leading.start
        while index < leading.end {
            if bytes[index] == 0x0A {
                breaks += 1
                hasBreak = true
            }
            guard bytes[index] == UInt8(ascii: "#") else {
                index += 1
                continue
            }
            let start = index
            while index < leading.end, bytes[index] != 0x0A { index += 1 }
            var end = index
            while end > start, [0x20, 0x09, 0x0D, 0x0C].contains(bytes[end - 1]) { end -= 1 }
            comments.append(
                Comment(
                    span: Span(start, end), isTrailing: !hasBreak && token > 0, blankBefore: breaks > 1))
            breaks = 0
        }
        return (comments, breaks > 1)
    }
}
