import CEL
import Diagnostics
import Values

/// The grammar of a file, as the formatter walks it.
extension FormatPrinter {
    /// The whole file; nil when it does not have the form that it was parsed with.
    mutating func file() -> String? {
        var wasBlock: Bool?
        while !next.isEnd {
            let isBlock = spansLines()
            let blank = next.blankBefore || wasBlock.map { $0 || isBlock } ?? false
            let hasComment = next.comments.contains { !$0.isTrailing }
            if hasComment, wasBlock == true || isBlock, !isAtStart,
                next.comments.first(where: { !$0.isTrailing })?.blankBefore != true
            {
                beginSpaced()
            } else {
                beginLine(0, blank: hasComment ? next.blankBefore : blank, first: wasBlock == nil)
            }
            let start = index
            declaration()
            guard index > start else { return nil }
            wasBlock = isBlock
        }
        comments(0, blankAllowed: true)
        out += line
        while let last = out.last, last.isWhitespace { out.removeLast() }
        return out + "\n"
    }

    /// A declaration whose comment follows a block: the comment is set apart, and stands right above.
    private mutating func beginSpaced() {
        var isFirst = true
        for comment in next.comments {
            if comment.isTrailing {
                write("  " + comment.text)
                continue
            }
            if isFirst || comment.blankBefore { newline(0) }
            isFirst = false
            newline(0)
            write(comment.text)
        }
        if next.blankBefore { newline(0) }
        newline(0)
    }

    /// Whether the declaration that begins here will stand on several lines.
    private func spansLines() -> Bool {
        var probe = self
        probe.out = ""
        probe.line = ""
        probe.declaration()
        return !probe.out.isEmpty || probe.line.utf8.contains(0x0A)
    }

    private mutating func declaration() {
        let word = next.word ?? ""
        take()
        switch word {
        case "automation", "description": takeInLine()
        case "input":
            takeInLine()
            take()  // the colon
            write(" ")
            type()
            if isPlainText { takeInLine() }
            if next.isSymbol(.assign) {
                takeInLine()
                write(" ")
                value()
            }
            if isPlainText { takeInLine() }
        case "secret":
            takeInLine()
            if isPlainText { takeInLine() }
        case "max_cost":
            if next.isSymbol(.colon) { index += 1 }
            takeInLine()
        case "type":
            takeInLine()
            takeInLine()
            write(" ")
            type()
        case "test":
            takeInLine()
            write(" ")
            block { $0.testEntry() }
        default: step(word)
        }
    }

    private var isPlainText: Bool {
        if case .text = next.kind { return !next.newlineBefore }
        return false
    }

    private mutating func step(_ type: String) {
        takeInLine()
        if next.isSymbol(.arrow) {
            takeInLine()
            write(" ")
            target()
        }
        guard next.isSymbol(.openBrace) else { return }
        write(" ")
        let isDecision = type == "LOGIC_DECISION"
        block { $0.setting(isDecision) }
    }

    private mutating func target() { flow(until: endOfBrackets()) }

    private mutating func setting(_ isDecision: Bool) {
        let word = next.word
        take()
        if word == "prompt_template", next.isSymbol(.openBrace) {
            write(" ")
            let labels = isDecision ? labelWidth() : 0
            block { $0.field(isDecision, labels) }
            return
        }
        if next.isSymbol(.arrow) {
            takeInLine()
            write(" ")
            target()
            return
        }
        take()  // the colon
        write(" ")
        switch word {
        case "result": type()
        case "each":
            take()
            if next.isSymbol(.comma) {
                take()
                takeInLine()
            }
            takeInLine()
            write(" ")
            flow(until: endOfExpression())
        default: value()
        }
    }

    /// How wide the longest label of a decision is, when its branches stand below one another.
    private func labelWidth() -> Int {
        var depth = 0
        var widest = 0
        var place = index
        while place + 1 < tokens.count, !tokens[place].isEnd {
            let token = tokens[place]
            if token.isCloser { depth -= 1 }
            if depth == 0, place > index { break }
            let startsEntry =
                depth == 1 && tokens[place + 1].isSymbol(.colon)
                && (token.newlineBefore || tokens[place - 1].isSymbol(.openBrace)
                    || tokens[place - 1].isSymbol(.comma))
            if startsEntry, place + 2 < tokens.count {
                let after = tokens[place + 2]
                if after.word == "when" || after.word == "else" || after.isSymbol(.arrow) {
                    widest = max(widest, displayWidth(of: token.text))
                }
            }
            if token.isOpener { depth += 1 }
            place += 1
        }
        return widest
    }

    private mutating func field(_ isDecision: Bool, _ labels: Int) {
        let name = next.text
        let word = next.word
        take()
        take()  // the colon
        let isBranch = isDecision && (next.word == "when" || next.word == "else" || next.isSymbol(.arrow))
        if isBranch {
            write(String(repeating: " ", count: max(0, (isFlat ? 0 : labels) - displayWidth(of: name)) + 1))
            branch()
            return
        }
        write(" ")
        if word == "select" { selector() } else { value() }
    }

    private mutating func branch() {
        if next.word == "when" {
            take()
            write(" ")
            flow(until: endOfExpression())
            write(" ")
        } else if next.word == "else" {
            take()
            write(" ")
        }
        take()  // the arrow
        write(" ")
        target()
    }

    private mutating func testEntry() {
        if next.word == "expect" {
            take()
            write(" ")
            flow(until: endOfExpression())
            return
        }
        take()
        take()
        write(" ")
        value()
    }

    private mutating func value() {
        if next.isSymbol(.openBrace) {
            block { $0.entry { $0.value() } }
        } else if next.kind == nil {
            take()
        } else {
            flow(until: endOfExpression())
        }
    }

    private mutating func selector() {
        if next.isSymbol(.openBrace) {
            block { $0.entry { $0.selector() } }
        } else {
            flow(until: endOfBrackets())
        }
    }

    private mutating func entry(_ value: (inout FormatPrinter) -> Void) {
        take()
        take()
        write(" ")
        value(&self)
    }

    private mutating func type() {
        if next.isSymbol(.openBrace) {
            block {
                $0.take()
                $0.take()
                $0.write(" ")
                $0.type()
                if $0.next.isSymbol(.question) { $0.take() }
                if $0.isPlainText { $0.takeInLine() }
            }
            return
        }
        let word = next.word
        take()
        if word == "list", next.isSymbol(.less) {
            take()
            type()
            take()
        } else if word == "one_of", next.isSymbol(.openParen) {
            flow(until: endOfBrackets())
        }
    }
}
