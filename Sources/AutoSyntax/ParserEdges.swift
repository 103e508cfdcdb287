import CEL
import Diagnostics

/// Edges: what stands behind `->`, and what is written in its place.
extension Parser {
    /// What stands behind a step's `->`; a step whose target cannot be read is there all the same, so that who reads it is
    /// not told that it is missing.
    mutating func edge(of type: StepType?, _ typeSpan: Span, _ name: Name) throws(Diagnostic)
        -> Target?
    {
        let hasArrow = try takeArrow()
        guard try hasArrow ? true : passMissingArrow() else { return nil }
        let arrow = Span(max(0, tokens.lastEnd - 2), tokens.lastEnd)
        do throws(Diagnostic) { return try target(alone: true) } catch {
            // Where it goes is not known: to `end` is no second mistake.
            let end = Target(names: [Name("end", at: arrow)], span: arrow)
            automation.steps.append(
                Step(type: type, typeSpan: typeSpan, name: name, target: end, span: typeSpan.union(name.span))
            )
            throw error
        }
    }

    /// - Parameter alone: whether nothing parted by a comma may follow, as behind a step's name.
    mutating func target(alone: Bool = false) throws(Diagnostic) -> Target {
        try node(.target) { (parser) throws(Diagnostic) in try parser.targetNames(alone) }
    }

    private mutating func targetNames(_ alone: Bool) throws(Diagnostic) -> Target {
        let token = try tokens.peek()
        if let fork = try forkInParentheses(token) { return fork }
        guard token.isSymbol(.openBracket) else {
            let expected = "a step's name, `end`, or a list `[a, b]` after `->`"
            // Where the text ends, the target is what is being written.
            if beginsNext(token) || token.isSymbol(.openBrace) {
                // Where it goes is not known: to `end` is no second mistake.
                let place = Span(max(0, tokens.lastEnd - 2), tokens.lastEnd)
                tell(
                    "expected \(expected), found \(token.inWords)", at: place,
                    help: "write for example `-> end`", by: nil)
                return Target(names: [Name("end", at: place)], span: place)
            }
            let name = try identifier(expected)
            return try alone ? forkWithoutBrackets(name) : Target(names: [name], span: name.span)
        }
        try tokens.take()
        let (names, close) = try forkNames(upTo: .closeBracket)
        if names.isEmpty {
            throw Diagnostic(.expected, "a fork names at least one step", at: token.span.union(close.span))
        }
        return Target(names: names, span: token.span.union(close.span))
    }

    /// The names of a fork, and the bracket behind them.
    mutating func forkNames(upTo bracket: Symbol) throws(Diagnostic) -> (names: [Name], close: Token) {
        var names: [Name] = []
        while try !tokens.peek().isSymbol(bracket) {
            names.append(try identifier("a step's name in the fork"))
            guard try another("between two steps of the fork") else { break }
        }
        return (names, try tokens.expect(bracket, "after the fork's steps"))
    }

    /// `(a, b)`, which is told and read as `[a, b]`; nil where no name stands behind the bracket.
    private mutating func forkInParentheses(_ open: Token) throws(Diagnostic) -> Target? {
        guard open.isSymbol(.openParen), case .identifier? = afterNext()?.kind else { return nil }
        try tokens.take()
        let (names, close) = try forkNames(upTo: .closeParen)
        return fork(names, open.span.union(close.span))
    }

    /// `a, b`, which is told and read as `[a, b]`.
    private mutating func forkWithoutBrackets(_ first: Name) throws(Diagnostic) -> Target {
        var names = [first]
        while try tokens.peek().isSymbol(.comma), case .identifier? = afterNext()?.kind {
            try tokens.take()
            names.append(try identifier("a step's name in the fork"))
        }
        let span = Span(first.span.start, tokens.lastEnd)
        return names.count == 1 ? Target(names: names, span: first.span) : fork(names, span)
    }

    /// A fork that stands in no `[ ]`.
    private mutating func fork(_ names: [Name], _ span: Span) -> Target {
        let text = "[\(names.map(\.text).joined(separator: ", "))]"
        tell(
            "steps that run side by side stand in `[ ]`", at: span, help: "write `-> \(text)`", by: text)
        return Target(names: names, span: span)
    }

    /// Passes over nothing where a `->` is missing between two names: `STEP a b {`.
    private mutating func passMissingArrow() throws(Diagnostic) -> Bool {
        let token = try tokens.peek()
        guard case .identifier(let word) = token.kind, !token.newlineBefore,
            SettingForm(rawValue: word) == nil,
            let second = afterNext(),
            second.newlineBefore || second.isSymbol(.openBrace) || second.isSymbol(.comma)
        else { return false }
        tell(
            "expected `->` before the name of the next step, found `\(word)`", at: token.span,
            help: "write `-> \(word)`", replacing: Span(tokens.lastEnd, tokens.lastEnd), by: " ->")
        return true
    }

    /// Takes the `->` of an edge, or what stands for it; false when no edge stands here.
    mutating func takeArrow() throws(Diagnostic) -> Bool {
        let token = try tokens.peek()
        if token.isSymbol(.arrow) {
            try tokens.take()
            return true
        }
        guard !token.newlineBefore else { return false }
        if token.isSymbol(.colon), afterNext()?.isSymbol(.arrow) == true {
            let before = tokens.lastEnd
            try tokens.take()
            try tokens.take()
            tell(
                "no `:` stands before `->`", at: token.span, help: "leave it out",
                replacing: Span(before, token.span.end), by: "")
            return true
        }
        let bytes = automation.source.bytes[token.span.start...]
        let arrow = ["=>", "-->", "==>"].first { bytes.starts(with: $0.utf8) }
        switch token.kind {
        case .symbol(.assign), .symbol(.equal), .symbol(.minus):
            guard let arrow else { return false }
            while tokens.lastEnd < token.span.start + arrow.utf8.count { try tokens.take() }
        case .symbol(.greater), .symbol(.colon), .identifier("to"), .identifier("then"), .identifier("goto"):
            try tokens.take()
        case .identifier, .symbol, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText:
            return false
        }
        let span = Span(token.span.start, tokens.lastEnd)
        tell(
            "expected `->`, found `\(written(span))`", at: span, help: "write `->`",
            by: sign(before: span.start) == 0x20 ? "->" : " ->")
        return true
    }

    /// `default -> step`, which is told and read as a decision's last branch; nil where it does not stand here.
    mutating func defaultBranch(in step: Step) throws(Diagnostic) -> Branch? {
        let token = try tokens.peek()
        guard token.kind == .identifier("default") || token.kind == .identifier("otherwise"),
            afterNext()?.isSymbol(.arrow) == true
        else { return nil }
        recorder.become(.branch)
        try tokens.take()
        try tokens.take()
        let known = Set(step.branches.map(\.label.text))
        let label = ["otherwise", "other", "rest"].first { !known.contains($0) } ?? "otherwise"
        tell(
            "the last branch of a decision is `else`, and has a label", at: token.span,
            help: "write `\(label): else -> …`", by: "\(label): else")
        return Branch(
            label: Name(label, at: token.span), condition: .otherwise(token.span), target: try target())
    }

    /// An edge that stands in or behind a step's block, in the place of the one behind its name.
    mutating func strayEdge(of step: inout Step, from start: Int) throws(Diagnostic) {
        let target = try self.target()
        let place = Span(step.name.span.end, target.span.end)
        let between = written(Span(step.name.span.end, start))
        let edge = "-> " + written(target.span)
        let isFirst = step.target == nil
        tell(
            "where to go on stands behind the step's name", at: Span(start, target.span.end),
            help: "write `\(step.name.text) \(edge) {`", replacing: place,
            by: isFirst ? " \(edge)" + between.trimmedEnd : nil)
        if isFirst { step.target = target }
    }
}

extension String {
    /// The text without the blanks and line breaks at its end.
    fileprivate var trimmedEnd: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
