import CEL
import Diagnostics

/// Writes a tree without mistakes in its one canonical layout.
struct Layout {
    let tree: SyntaxTree
    /// Whether blocks of text stay where they stand, for a file whose blocks cannot be moved unchanged.
    let keepsBlocks: Bool
    /// The lines that are done.
    private var out = ""
    /// The line that is being written; a text of several lines makes it several.
    private var line = ""
    private var indent = 0
    /// Whether a block is being written on one line.
    private var isFlat = false
    /// The token that was written last on this line.
    private var last: Int?
    /// The columns that a line has at the most, where it can be broken.
    private static let width = 110

    init(tree: SyntaxTree, keepsBlocks: Bool) {
        self.tree = tree
        self.keepsBlocks = keepsBlocks
    }

    /// The whole file.
    mutating func file() -> String {
        var wasBlock: Bool?
        for declaration in tree.nodes(below: 0) {
            var alone = Layout(tree: tree, keepsBlocks: keepsBlocks)
            alone.write(declaration)
            let text = alone.out + alone.line
            let isBlock = text.utf8.contains(0x0A)
            beginDeclaration(tree.nodes[declaration].tokens.lowerBound, isBlock, after: wasBlock)
            line += text
            wasBlock = isBlock
        }
        comments(before: tree.tokens.count - 1, 0, blankAllowed: true)
        out += line
        while let last = out.last, last.isWhitespace { out.removeLast() }
        return out.isEmpty ? "" : out + "\n"
    }

    /// Goes to the line of a declaration. One of several lines is set apart; its comments stand right above it.
    private mutating func beginDeclaration(_ first: Int, _ isBlock: Bool, after wasBlock: Bool?) {
        let (comments, blank) = tree.gap(before: first)
        let own = comments.filter { !$0.isTrailing }
        guard let wasBlock else { return beginLine(first, 0, blank: blank, isFirst: true) }
        if own.isEmpty {
            return beginLine(first, 0, blank: blank || wasBlock || isBlock, isFirst: false)
        }
        guard wasBlock || isBlock, own.first?.blankBefore == false else {
            return beginLine(first, 0, blank: blank, isFirst: false)
        }
        for comment in comments where comment.isTrailing { line += "  " + text(comment) }
        for (number, comment) in own.enumerated() {
            if number == 0 || comment.blankBefore { newline(0) }
            newline(0)
            line += text(comment)
        }
        if blank { newline(0) }
        newline(0)
    }

    // Nodes.

    private mutating func write(_ node: Int) {
        switch tree.nodes[node].kind {
        case .block, .record, .recordType: braces(node)
        case .expression, .target, .selector, .oneOf: flow(node)
        case .file, .declaration, .step, .setting, .template, .field, .branch, .expectation, .type:
            inLine(node)
        }
    }

    /// A node within whose own line a line break means nothing.
    private mutating func inLine(_ node: Int) {
        let kind = tree.nodes[node].kind
        for child in tree.children(of: node) {
            switch child {
            case .token(let token) where kind == .declaration(.maxCost) && isNeedlessColon(token): continue
            case .token(let token):
                space(before: token, indent + 2)
                write(token: token)
            case .node(let child): write(child)
            }
        }
    }

    /// Whether `max_cost: 40` can be written `max_cost 40`, with no comment at the colon.
    private func isNeedlessColon(_ token: Int) -> Bool {
        tree.tokens[token].isSymbol(.colon) && tree.comments(before: token).isEmpty
            && tree.comments(before: token + 1).isEmpty
    }

    /// An expression and its like: the line breaks stay, the blanks are set. A list that is too long for its line has an
    /// element a line.
    private mutating func flow(_ node: Int) {
        let range = tree.nodes[node].tokens
        let isBroken = isLongList(node)
        var depth = 0
        for index in range {
            let token = tree.tokens[index]
            if token.isCloser { depth -= 1 }
            let place = indent + 2 * max(depth, token.isCloser ? 0 : 1)
            if token.newlineBefore, index > range.lowerBound, !token.isSymbol(.comma),
                tree.comments(before: index).isEmpty
            {
                newline(place)
            } else if isBroken, index > range.lowerBound, breaksList(index, in: range, depth) {
                newline(place)
            } else {
                space(before: index, place)
            }
            write(token: index)
            if token.isOpener { depth += 1 }
        }
    }

    /// Whether an expression is nothing but a list which stands on one line and does not fit there.
    private func isLongList(_ node: Int) -> Bool {
        let range = tree.nodes[node].tokens
        guard !isFlat, let first = range.first, let last = range.last, range.count > 3,
            tree.tokens[first].isSymbol(.openBracket), tree.tokens[last].isSymbol(.closeBracket),
            isOnOneLine(node)
        else { return false }
        var depth = 0
        for index in range {
            if tree.tokens[index].isOpener { depth += 1 }
            if tree.tokens[index].isCloser { depth -= 1 }
            // `[1] + [2]` ends its first list before its own end.
            if depth == 0, index < last { return false }
        }
        return displayWidth(of: line) + displayWidth(of: tree.source.text(tree.span(of: node))) + 1
            > Layout.width
    }

    /// Whether a token begins an element of the list that an expression is, or ends that list.
    private func breaksList(_ token: Int, in range: Range<Int>, _ depth: Int) -> Bool {
        token == range.upperBound - 1
            || depth == 1 && (token == range.lowerBound + 1 || tree.tokens[token - 1].isSymbol(.comma))
    }

    // Braces: on one line as long as they were and fit, else an entry a line.

    private mutating func braces(_ node: Int) {
        let first = tree.nodes[node].tokens.lowerBound
        // Around it all is on one line already, or will not be.
        if isFlat { return flatBraces(node) }
        if tree.comments(before: first).isEmpty, isOnOneLine(node) {
            var flat = self
            flat.out = ""
            flat.isFlat = true
            flat.flatBraces(node)
            if flat.out.isEmpty, !flat.line.utf8.contains(0x0A), displayWidth(of: flat.line) <= Layout.width {
                line = flat.line
                last = flat.last
                return
            }
        }
        let outer = indent
        let labels = labelWidth(node)
        var isFirst = true
        for child in tree.children(of: node) {
            switch child {
            case .token(let token) where tree.tokens[token].isSymbol(.openBrace):
                space(before: token, indent + 2)
                write(token: token)
                indent += 2
            // An entry's own line makes the comma needless; the comments before it stay.
            case .token(let token) where tree.tokens[token].isSymbol(.comma):
                comments(before: token, indent, blankAllowed: false)
            case .token(let token):
                indent = outer
                if isFirst, tree.comments(before: token).isEmpty {
                    space(before: token, outer)
                } else {
                    comments(before: token, outer + 2, blankAllowed: !isFirst)
                    newline(outer)
                }
                write(token: token)
            case .node(let entry):
                let start = tree.nodes[entry].tokens.lowerBound
                beginLine(start, indent, blank: tree.blankBefore(start), isFirst: isFirst)
                isFirst = false
                self.entry(entry, labels)
            }
        }
    }

    private mutating func flatBraces(_ node: Int) {
        var isFirst = true
        for child in tree.children(of: node) {
            switch child {
            // Between the entries stands one comma, and none behind the last.
            case .token(let token) where tree.tokens[token].isSymbol(.comma): continue
            case .token(let token):
                space(before: token, indent)
                write(token: token)
            case .node(let entry):
                if !isFirst { line += "," }
                isFirst = false
                self.entry(entry, 0)
            }
        }
    }

    /// An entry of a block; a branch of a decision has its condition below those of the others.
    private mutating func entry(_ node: Int, _ labels: Int) {
        guard tree.nodes[node].kind == .branch else { return write(node) }
        for child in tree.children(of: node) {
            switch child {
            case .token(let token):
                space(before: token, indent + 2)
                write(token: token)
                if tree.tokens[token].isSymbol(.colon) {
                    let label = tree.text(of: tree.nodes[node].tokens.lowerBound)
                    line += String(repeating: " ", count: max(0, labels - displayWidth(of: label)))
                }
            case .node(let part): write(part)
            }
        }
    }

    /// How wide the longest label of a decision's branches is.
    private func labelWidth(_ node: Int) -> Int {
        tree.nodes(below: node).filter { tree.nodes[$0].kind == .branch }.map {
            displayWidth(of: tree.text(of: tree.nodes[$0].tokens.lowerBound))
        }.max() ?? 0
    }

    /// Whether a block stands on one line of the source, without comments.
    private func isOnOneLine(_ node: Int) -> Bool {
        let span = tree.span(of: node)
        if tree.source.bytes[span.start..<span.end].contains(0x0A) { return false }
        return tree.nodes[node].tokens.dropFirst().allSatisfy { tree.comments(before: $0).isEmpty }
    }

    // Tokens.

    /// What stands between the last token and this one: its comments, a blank, or nothing.
    private mutating func space(before token: Int, _ depth: Int) {
        if !tree.comments(before: token).isEmpty, last != nil {
            comments(before: token, depth, blankAllowed: false)
            newline(depth)
        } else if let last, isBlankBetween(tree.tokens[last], tree.tokens[token]) {
            line += " "
        }
    }

    private mutating func write(token: Int) {
        let text = tree.text(of: token)
        if text.utf8.contains(0x0A), !keepsBlocks, let moved = moved(text) {
            line += moved
        } else {
            line += text
        }
        last = token
    }

    // Lines.

    private var isAtStart: Bool { out.isEmpty && line.isEmpty }

    private mutating func newline(_ depth: Int) {
        while line.hasSuffix(" ") { line.removeLast() }
        out += line
        out += "\n"
        line = String(repeating: " ", count: depth)
        last = nil
    }

    private func text(_ comment: Comment) -> String { tree.source.text(comment.span) }

    /// The comments before a token, each on its line; those behind something stay there.
    private mutating func comments(before token: Int, _ depth: Int, blankAllowed: Bool) {
        for (number, comment) in tree.comments(before: token).enumerated() {
            if comment.isTrailing, !isAtStart {
                line += "  " + text(comment)
                continue
            }
            if !isAtStart {
                if comment.blankBefore, blankAllowed || number > 0 { newline(0) }
                newline(depth)
            }
            line += text(comment)
        }
    }

    /// Goes to a new line for a token, with the comments before it.
    private mutating func beginLine(_ token: Int, _ depth: Int, blank: Bool, isFirst: Bool) {
        comments(before: token, depth, blankAllowed: !isFirst)
        if isAtStart { return }
        if blank, !isFirst || !tree.comments(before: token).isEmpty { newline(0) }
        newline(depth)
    }

    /// A block of text or program at this line's indentation, its lines kept as they are to one another; nil for one
    /// whose first or last line holds more than its quotes.
    private func moved(_ block: String) -> String? {
        let text =
            block.utf8.contains(0x0D)
            ? String(decoding: block.utf8.filter { $0 != 0x0D }, as: UTF8.self) : block
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(Substring.init)
        guard lines.count >= 2, let opening = lines.first, let closing = lines.last else { return nil }
        let quotes = closing.drop { $0 == " " || $0 == "\t" }
        let bare = opening.drop { $0 == "r" || $0 == "R" }
        guard quotes == "\"\"\"" || quotes == "'''",
            bare.prefix(3) == quotes, bare.dropFirst(3).allSatisfy({ $0 == " " || $0 == "\t" })
        else { return nil }
        let old = closing.prefix { $0 == " " || $0 == "\t" }
        let new = String(repeating: " ", count: line.utf8.prefix { $0 == 0x20 }.count + 2)
        for place in 1..<lines.count {
            var rest = lines[place]
            for expected in old {
                guard rest.first == expected else { break }
                rest.removeFirst()
            }
            lines[place] = rest.isEmpty ? "" : Substring(new + rest)
        }
        lines[0] = Substring(opening.prefix(opening.count - bare.count + 3))
        return lines.joined(separator: "\n")
    }
}
