import CEL
package import Diagnostics
import Values

/// A file in its one canonical layout, comments kept; nil when it does not parse, with the findings.
///
/// The tree is the same before and after: layout that cannot be changed without changing meaning stays as it is.
package func format(_ source: SourceText) -> (text: String?, findings: [Diagnostic]) {
    let parsed = parseAutomation(source)
    guard !parsed.findings.hasErrors, parsed.findings.allSatisfy({ $0.severity != .error }) else {
        return (nil, parsed.findings)
    }
    let meaning = parsed.automation.meaning
    for keepsBlocks in [false, true] {
        guard let tokens = try? formatTokens(parsed.automation) else { continue }
        var printer = FormatPrinter(tokens: tokens, source: source, keepsBlocks: keepsBlocks)
        guard let text = printer.file() else { continue }
        let again = parseAutomation(SourceText(name: source.name, text: text))
        if again.findings.isEmpty, again.automation.meaning == meaning { return (text, []) }
    }
    return (String(decoding: source.bytes, as: UTF8.self), [])
}

/// Prints the tokens of a file that parses, following its grammar.
struct FormatPrinter {
    let tokens: [FormatToken]
    let source: SourceText
    /// Whether blocks of text stay where they stand, for a file whose blocks cannot be moved unchanged.
    let keepsBlocks: Bool
    var index = 0
    /// The lines that are done.
    var out = ""
    var indent = 0
    /// The line that is being written; a text of several lines makes it several.
    var line = ""
    /// Whether a block is being written on one line.
    var isFlat = false
    static let width = 110

    init(tokens: [FormatToken], source: SourceText, keepsBlocks: Bool) {
        self.tokens = tokens
        self.source = source
        self.keepsBlocks = keepsBlocks
    }

    var next: FormatToken { tokens[min(index, tokens.count - 1)] }

    // Writing.

    mutating func write(_ text: String) { line += text }

    var isAtStart: Bool { out.isEmpty && line.isEmpty }

    mutating func newline(_ depth: Int) {
        while line.hasSuffix(" ") { line.removeLast() }
        out += line
        out += "\n"
        line = String(repeating: " ", count: depth)
    }

    /// The comments before the next token, each on its line; those behind something stay there.
    mutating func comments(_ depth: Int, blankAllowed: Bool) {
        for (number, comment) in next.comments.enumerated() {
            if comment.isTrailing, !isAtStart {
                write("  " + comment.text)
                continue
            }
            if !isAtStart {
                if comment.blankBefore, blankAllowed || number > 0 { newline(0) }
                newline(depth)
            }
            write(comment.text)
        }
    }

    /// Goes to a new line for the next token, with the comments before it.
    mutating func beginLine(_ depth: Int, blank: Bool, first: Bool) {
        comments(depth, blankAllowed: !first)
        if isAtStart { return }
        if blank, !first || !next.comments.isEmpty { newline(0) }
        newline(depth)
    }

    /// Writes the next token as it stands.
    mutating func take() {
        let token = next
        if token.isMultiline, !keepsBlocks, let moved = moved(token) {
            write(moved)
        } else {
            write(token.text)
        }
        index += 1
    }

    /// A token within a line, for the places where a line break means nothing.
    mutating func takeInLine(space: Bool = true) {
        if next.comments.isEmpty {
            if space { write(" ") }
        } else {
            comments(indent + 2, blankAllowed: false)
            newline(indent + 2)
        }
        take()
    }

    // Blocks: on one line as long as they were and fit, else an entry a line.

    mutating func block(_ entry: (inout FormatPrinter) -> Void) {
        // Around it all is on one line already, or will not be.
        if isFlat { return flatBlock(entry) }
        if next.comments.isEmpty, !spansSourceLines(from: index) {
            var flat = self
            flat.out = ""
            flat.isFlat = true
            flat.flatBlock(entry)
            if flat.out.isEmpty, !flat.line.utf8.contains(0x0A),
                displayWidth(of: flat.line) <= FormatPrinter.width
            {
                line = flat.line
                index = flat.index
                return
            }
        }
        take()
        if next.isSymbol(.closeBrace), next.comments.isEmpty {
            take()
            return
        }
        let outer = indent
        indent += 2
        var isFirst = true
        while !next.isSymbol(.closeBrace), !next.isEnd {
            beginLine(indent, blank: next.blankBefore, first: isFirst)
            isFirst = false
            let start = index
            entry(&self)
            if index == start { return }
            if next.isSymbol(.comma) { dropComma() }
        }
        if !next.comments.isEmpty { comments(indent, blankAllowed: !isFirst) }
        indent = outer
        newline(indent)
        take()
    }

    mutating func flatBlock(_ entry: (inout FormatPrinter) -> Void) {
        take()
        if next.isSymbol(.closeBrace) {
            take()
            return
        }
        var isFirst = true
        while !next.isSymbol(.closeBrace), !next.isEnd {
            write(isFirst ? " " : ", ")
            isFirst = false
            let start = index
            entry(&self)
            if index == start { return }
            if next.isSymbol(.comma) { index += 1 }
        }
        write(" ")
        take()
    }

    /// An entry's own line makes the comma needless; a comment before it stays.
    mutating func dropComma() {
        if !next.comments.isEmpty { comments(indent, blankAllowed: false) }
        index += 1
    }

    /// Whether the brackets that open at a token close on another line, or hold a comment.
    func spansSourceLines(from start: Int) -> Bool {
        var depth = 0
        for token in tokens[start...] {
            if token.span.start > tokens[start].span.start, token.newlineBefore || !token.comments.isEmpty {
                return true
            }
            if token.isMultiline || token.isEnd { return true }
            if token.isOpener { depth += 1 }
            if token.isCloser {
                depth -= 1
                if depth == 0 { return false }
            }
        }
        return true
    }

    // Expressions: line breaks stay, blanks are set.

    func endOfExpression() -> Int {
        var stream = TokenStream(
            Lexer(bytes: source.bytes, range: next.span.start..<source.bytes.count, dialect: .automation))
        stream.bareKeys = next.isSymbol(.openBracket)
        guard (try? stream.expression()) != nil else { return next.span.end }
        return stream.lastEnd
    }

    /// The end of the token here, or of the brackets that it opens, a call's included.
    func endOfBrackets() -> Int {
        var depth = 0
        var place = index
        while place < tokens.count {
            let token = tokens[place]
            if token.isOpener { depth += 1 }
            if token.isCloser { depth -= 1 }
            let opensCall = place + 1 < tokens.count && tokens[place + 1].isSymbol(.openParen) && depth == 0
            if depth <= 0, !opensCall { return token.span.end }
            place += 1
        }
        return source.bytes.count
    }

    mutating func flow(until end: Int) {
        var spacing = FlowSpacing()
        let base = indent
        var isFirst = true
        while !next.isEnd, next.span.start < end {
            let token = next
            let depth = spacing.depth - (token.isCloser ? 1 : 0)
            let place = base + 2 * max(depth, token.isCloser ? 0 : 1)
            if !token.comments.isEmpty, !isFirst {
                comments(place, blankAllowed: false)
                newline(place)
            } else if token.newlineBefore, !isFirst, !token.isSymbol(.comma) {
                newline(place)
            } else if !isFirst, spacing.needsSpace(before: token) {
                write(" ")
            }
            isFirst = false
            spacing.pass(token)
            take()
        }
    }

    var currentIndent: Int {
        line.utf8.prefix { $0 == 0x20 }.count
    }

    /// A block of text or program at this line's indentation, its lines kept as they are to one another; nil for one
    /// whose first or last line holds more than its quotes.
    func moved(_ token: FormatToken) -> String? {
        let text =
            token.text.utf8.contains(0x0D)
            ? String(decoding: token.text.utf8.filter { $0 != 0x0D }, as: UTF8.self) : token.text
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(Substring.init)
        guard lines.count >= 2, let opening = lines.first, let closing = lines.last else { return nil }
        let quotes = closing.drop { $0 == " " || $0 == "\t" }
        let bare = opening.drop { $0 == "r" || $0 == "R" }
        guard quotes == "\"\"\"" || quotes == "'''",
            bare.prefix(3) == quotes, bare.dropFirst(3).allSatisfy({ $0 == " " || $0 == "\t" })
        else { return nil }
        let old = closing.prefix { $0 == " " || $0 == "\t" }
        let new = String(repeating: " ", count: currentIndent + 2)
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
