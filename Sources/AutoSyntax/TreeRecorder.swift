import CEL
import Diagnostics

/// Keeps which nodes begin and end while the parser goes over the tokens, and makes the tree of them.
struct TreeRecorder: Sendable {
    private(set) var nodes: [SyntaxNode] = []
    /// The nodes that have begun and not ended, the file first.
    private var open: [Int] = []
    /// Without nodes only their depth is kept, which the parser needs to find its way out of a mistake.
    private let keepsNodes: Bool

    init(keepsNodes: Bool = true) { self.keepsNodes = keepsNodes }

    /// How many nodes are open; `close(downTo:)` takes it back.
    var depth: Int { open.count }

    mutating func begin(_ kind: SyntaxKind, at token: Int) {
        guard keepsNodes else { return open.append(0) }
        nodes.append(
            SyntaxNode(kind: kind, tokens: token..<token, parent: open.last, nodesEnd: nodes.count + 1))
        open.append(nodes.count - 1)
    }

    /// Says what the innermost open node is, once that is known.
    mutating func become(_ kind: SyntaxKind) {
        if keepsNodes, let node = open.last { nodes[node].kind = kind }
    }

    /// Ends the innermost open node before a token.
    mutating func end(before token: Int, _ state: SyntaxNode.State = .complete) {
        guard let node = open.popLast(), keepsNodes else { return }
        nodes[node].tokens = min(nodes[node].tokens.lowerBound, token)..<token
        nodes[node].nodesEnd = nodes.count
        nodes[node].state = state
    }

    mutating func close(downTo depth: Int, before token: Int, _ state: SyntaxNode.State) {
        while open.count > depth { end(before: token, state) }
    }

    /// Takes over the nodes of another recorder that stand below its file, whose first token is here the given one.
    mutating func append(_ other: TreeRecorder, at token: Int) {
        // The other's file is no node of this tree: what stands below it goes below what is open here.
        let shift = nodes.count - 1
        for node in other.nodes.dropFirst() {
            let tokens = (node.tokens.lowerBound + token)..<(node.tokens.upperBound + token)
            let parent = node.parent.flatMap { $0 == 0 ? open.last : $0 + shift }
            nodes.append(
                SyntaxNode(
                    kind: node.kind, tokens: tokens, state: node.state, parent: parent,
                    nodesEnd: node.nodesEnd + shift))
        }
    }

    /// The tree of a file that is not read at all.
    static func unread(_ source: SourceText) -> SyntaxTree {
        let count = source.bytes.count
        let whole = SyntaxToken(
            kind: nil, role: .plain, span: Span(0, count), leadingStart: 0, newlineBefore: false)
        let end = SyntaxToken(
            kind: .endOfText, role: .plain, span: Span(count, count), leadingStart: count,
            newlineBefore: false)
        let file = SyntaxNode(kind: .file, tokens: 0..<1, state: .broken, parent: nil, nodesEnd: 1)
        return SyntaxTree(source: source, tokens: [whole, end], nodes: [file])
    }

    /// The tree. `isWhole` says that the parser has taken every token; where it has not, the gaps are filled.
    func tree(_ source: SourceText, _ taken: [TakenToken], isWhole: Bool) -> SyntaxTree {
        var filler = GapFiller(source: source, isWhole: isWhole)
        for token in taken { filler.add(token) }
        filler.finish()
        var nodes = self.nodes
        if !isWhole {
            filler.place(&nodes)
            for node in nodes.indices.reversed() where nodes[node].state == .open {
                if let parent = nodes[node].parent { nodes[parent].state = .open }
            }
        }
        return SyntaxTree(source: source, tokens: filler.tokens, nodes: nodes)
    }
}

/// Puts the tokens that the parser has skipped back between those that it took.
private struct GapFiller {
    let source: SourceText
    let isWhole: Bool
    private(set) var tokens: [SyntaxToken] = []
    private var end = 0
    /// Where each token that was taken now stands.
    private var places: [Int] = []

    init(source: SourceText, isWhole: Bool) {
        self.source = source
        self.isWhole = isWhole
    }

    mutating func add(_ taken: TakenToken) {
        if !isWhole { fill(until: taken.token.span.start) }
        places.append(tokens.count)
        append(taken.token.kind, taken.role, taken.token.span, taken.token.newlineBefore)
    }

    mutating func finish() {
        let count = source.bytes.count
        if !isWhole { fill(until: count) }
        places.append(tokens.count)
        let newline = source.bytes[end...].contains(0x0A)
        append(.endOfText, .plain, Span(count, count), newline)
    }

    private mutating func append(_ kind: TokenKind?, _ role: TokenRole, _ span: Span, _ newline: Bool) {
        tokens.append(
            SyntaxToken(kind: kind, role: role, span: span, leadingStart: end, newlineBefore: newline))
        end = span.end
    }

    private mutating func fill(until stop: Int) {
        let bytes = source.bytes
        var place = end == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : end
        var newline = false
        var lineEnd = place
        while place < stop {
            var lexer = Lexer(bytes: bytes, range: place..<stop, dialect: .automation)
            if lexer.skipBlanks() { newline = true }
            let start = lexer.offset
            guard start < stop else { return }
            // A line's end is looked for once, not for each of its tokens.
            if start >= lineEnd { lineEnd = bytes[start..<stop].firstIndex(of: 0x0A) ?? stop }
            // Only a block of text goes over the end of a line, so a line at a time is looked at: what is never
            // closed would else be looked for through the whole file, once for each time that it begins.
            let isBlock = beginsBlock(start, stop)
            lexer = Lexer(bytes: bytes, range: start..<(isBlock ? stop : lineEnd), dialect: .automation)
            if let token = try? lexer.next(), token.kind != .endOfText {
                append(token.kind, .plain, token.span, newline)
                place = token.span.end
            } else {
                var after = beginsText(start, stop) ? (isBlock ? stop : lineEnd) : start + 1
                while after < stop, bytes[after] & 0xC0 == 0x80 { after += 1 }
                append(nil, .plain, Span(start, after), newline)
                place = after
            }
            newline = false
        }
    }

    private func quote(_ start: Int, _ stop: Int) -> Int? {
        var index = start
        while index < min(stop, start + 2), [0x62, 0x72].contains(source.bytes[index] | 0x20) { index += 1 }
        return index < stop && [0x22, 0x27].contains(source.bytes[index]) ? index : nil
    }

    private func beginsText(_ start: Int, _ stop: Int) -> Bool { quote(start, stop) != nil }

    private func beginsBlock(_ start: Int, _ stop: Int) -> Bool {
        guard let quote = quote(start, stop), quote + 2 < stop else { return false }
        let bytes = source.bytes
        return bytes[quote] == bytes[quote + 1] && bytes[quote] == bytes[quote + 2]
    }

    /// Moves the nodes to where their tokens now stand; what was skipped belongs to the node with the mistake.
    func place(_ nodes: inout [SyntaxNode]) {
        /// Where the last child of each node that is open at this point ended.
        var reached = Array(repeating: 0, count: nodes.count)
        for index in nodes.indices {
            let old = nodes[index].tokens
            let isComplete = nodes[index].state == .complete
            func behind(_ token: Int) -> Int { token > 0 ? places[min(token, places.count) - 1] + 1 : 0 }
            func at(_ token: Int) -> Int { places[min(token, places.count - 1)] }
            var first = isComplete ? at(old.lowerBound) : behind(old.lowerBound)
            var last = isComplete ? behind(old.upperBound) : at(old.upperBound)
            if let parent = nodes[index].parent {
                let bounds = nodes[parent].tokens
                first = min(max(first, reached[parent]), bounds.upperBound)
                last = min(max(last, first), bounds.upperBound)
                reached[parent] = last
            } else {
                (first, last) = (0, tokens.count - 1)
            }
            nodes[index].tokens = first..<last
            reached[index] = first
        }
    }
}
