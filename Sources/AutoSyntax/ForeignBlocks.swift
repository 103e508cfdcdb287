import CEL
import Diagnostics
import Values

/// Blocks, lists and comments as YAML, JSON, SQL and others have them, each told with its mend and read as what is meant.
extension Parser {
    private func column(_ token: Token) -> Int {
        automation.source.position(at: token.span.start).column
    }

    /// The token behind the next one, also on another line.
    func afterNext() -> Token? {
        var probe = tokens.probe()
        guard (try? probe.take()) != nil else { return nil }
        return try? probe.peek()
    }

    /// Whether what is indented on the lines behind a `:` stands in the place of a step's block.
    func isIndentedBlock(_ colon: Token) -> Bool {
        guard colon.isSymbol(.colon), !colon.newlineBefore, let next = afterNext(), next.newlineBefore,
            column(next) > 1, case .identifier = next.kind
        else { return false }
        return true
    }

    /// Reads the fields that stand indented below `prompt_template`, or below its `:`; false where its block follows.
    ///
    /// - Parameter word: the word itself, which has been taken.
    mutating func indentedTemplate(of step: inout Step, _ word: Token) throws(Diagnostic) -> Bool {
        let start = tokens.lastEnd
        let token = try tokens.peek()
        let isColon = token.isSymbol(.colon) && !token.newlineBefore
        guard let first = isColon ? afterNext() : token, first.newlineBefore,
            case .identifier = first.kind, column(first) > column(word)
        else { return false }
        if isColon { try tokens.take() }
        let inside = tokens.lastEnd
        step.template = step.template ?? word.span
        begin(.block)
        while true {
            let next = try tokens.peek()
            guard next.kind != .endOfText, !next.isSymbol(.closeBrace),
                !next.newlineBefore || column(next) > column(word)
            else { break }
            try templateItem(&step)
            try endOfEntry()
        }
        end()
        let last = tokens.lastEnd
        let indent = String(repeating: " ", count: max(0, column(word) - 1))
        tell(
            "the fields of `prompt_template` stand in no block", at: word.span,
            help: "write `{` behind it, and `}` behind the last field", replacing: Span(start, last),
            by: " {" + written(Span(inside, last)) + "\n" + indent + "}")
        return true
    }

    /// What begins no declaration here and does elsewhere: a list's `-` before a step, a comment of SQL or HTML, the `{` of JSON.
    ///
    /// - Returns: whether it was told, and reading goes on behind it.
    mutating func foreignStart(_ token: Token) throws(Diagnostic) -> Bool {
        if try dashComment(token) { return true }
        if try markupComment(token) { return true }
        if token.isSymbol(.minus), let next = tokens.second(), !next.newlineBefore,
            case .identifier(let word) = next.kind,
            StepType(rawValue: word) != nil || DeclarationWord(rawValue: word) != nil
        {
            try tokens.take()
            tell(
                "steps stand one below the other, and are no list", at: token.span,
                help: "leave out this `-`",
                replacing: Span(token.span.start, next.span.start), by: "")
            return true
        }
        if token.isSymbol(.openBrace), automation.name == nil, automation.steps.isEmpty {
            throw Diagnostic(
                .expected, "expected a declaration or a step, found `{`", at: token.span,
                help:
                    "this looks like JSON: `autorun import FILE` makes an .auto file of an automation that came as the API's JSON"
            )
        }
        return false
    }

    /// Passes over `-- …` up to the end of its line.
    mutating func dashComment(_ token: Token) throws(Diagnostic) -> Bool {
        guard token.isSymbol(.minus), tokens.byte(at: token.span.end) == UInt8(ascii: "-"),
            tokens.byte(at: token.span.end + 1) == UInt8(ascii: " ")
        else { return false }
        try passComment(
            token, Span(token.span.start, token.span.end + 1), to: lineEnd(of: token.span.start), by: "#")
        return true
    }

    /// Passes over `<!-- … -->` on one line.
    private mutating func markupComment(_ token: Token) throws(Diagnostic) -> Bool {
        let bytes = automation.source.bytes
        let (open, close) = ("<!--", "-->")
        guard token.isSymbol(.less), bytes[token.span.start...].starts(with: open.utf8) else { return false }
        let end = lineEnd(of: token.span.start)
        let line = written(Span(token.span.start, end))
        let inside = line.dropFirst(open.count)
        let isWhole = inside.hasSuffix(close)
        try passComment(
            token, Span(token.span.start, token.span.start + open.utf8.count), to: end,
            replacing: Span(token.span.start, end), by: isWhole ? "#" + inside.dropLast(close.count) : nil)
        return true
    }

    private mutating func passComment(
        _ token: Token, _ sign: Span, to end: Int, replacing place: Span? = nil, by mend: String?
    ) throws(Diagnostic) {
        try tokens.take()
        tokens.move(to: end)
        tokens.tell(
            .badCharacter, "a comment begins with `#`, not with `\(written(sign))`", at: sign,
            help: "write `#`", replacing: place, by: mend)
    }

    /// Where the line of a place ends, without the carriage return before its end.
    private func lineEnd(of place: Int) -> Int {
        let bytes = automation.source.bytes
        let end = bytes[place...].firstIndex(of: 0x0A) ?? bytes.count
        return end > place && bytes[end - 1] == 0x0D ? end - 1 : end
    }

    /// Goes behind the `{` of a block of statements around steps, such as `try {`: they are steps all the same, and those
    /// that name them are right.
    ///
    /// - Returns: false where no such block begins at the mistake.
    mutating func enterBlock(after error: Diagnostic) -> Bool {
        guard error.code == .unknownDeclaration else { return false }
        let bytes = automation.source.bytes
        let end = lineEnd(of: error.span.start)
        guard let open = bytes[error.span.start..<end].lastIndex(of: UInt8(ascii: "{")),
            bytes[(open + 1)..<end].allSatisfy({ $0 == 0x20 || $0 == 0x09 })
        else { return false }
        var probe = tokens.probe()
        probe.move(to: open + 1)
        guard let first = try? probe.peek(), case .identifier(let word) = first.kind,
            StepType(rawValue: word) != nil || foreignStatements[word.lowercased()] != nil
        else { return false }
        tokens.move(to: open + 1)
        leftOpen += 1
        return true
    }

    // Branches.

    /// Reads branches that stand in the block of a decision and not in its `prompt_template`; false where none begins here.
    mutating func strayBranches(of step: inout Step, _ token: Token) throws(Diagnostic) -> Bool {
        guard step.type == .logicDecision, step.template == nil, beginsBranch(token) else { return false }
        step.template = token.span
        let mendsBefore = tokens.mendsTold
        var next = token
        repeat {
            try templateItem(&step)
            next = try tokens.peek()
        } while next.newlineBefore && beginsBranch(next)
        let place = Span(token.span.start, tokens.lastEnd)
        // What they lack themselves is mended first, since it lies within this mend.
        let isMendedFirst = tokens.mendsTold > mendsBefore
        tell(
            "branches stand in `prompt_template`", at: token.span,
            help: "put prompt_template { … } around them", replacing: place,
            by: isMendedFirst ? nil : "prompt_template { \(written(place))\n}")
        return true
    }

    /// Whether `label: when …`, `label: else`, `label: -> step`, or a branch without its label stands at the next token.
    private func beginsBranch(_ token: Token) -> Bool {
        guard case .identifier(let word) = token.kind, SettingForm(rawValue: word) == nil else {
            return false
        }
        var probe = tokens.probe()
        guard (try? probe.take()) != nil, let second = try? probe.take() else { return false }
        guard second.isSymbol(.colon) else {
            return ["when", "if"].contains(word) || word == "else" && second.isSymbol(.arrow)
        }
        guard let third = try? probe.take() else { return false }
        return third.isSymbol(.arrow)
            || [.identifier("when"), .identifier("else"), .identifier("if")].contains(third.kind)
    }

    /// `ask a manager: when …`, of which the first word has been taken: told, and read as one word.
    mutating func wholeLabel(_ first: Name) throws(Diagnostic) -> Name {
        guard case .identifier = try tokens.peek().kind, !isColon(behind: first.span.end) else {
            return first
        }
        var probe = tokens.probe()
        var words = [first.text]
        var end = first.span.end
        while let token = try? probe.take(), !token.newlineBefore, case .identifier(let word) = token.kind {
            words.append(word)
            end = token.span.end
        }
        guard words.count > 1, isColon(behind: end) else { return first }
        tokens.take(upTo: end)
        let (span, label) = (Span(first.span.start, end), words.joined(separator: "_"))
        tell("a branch's label is one word", at: span, help: "write `\(label)`", by: label)
        return Name(label, at: span)
    }

    private func isColon(behind place: Int) -> Bool { sign(behind: place) == UInt8(ascii: ":") }

    /// Statements of other languages in the place of branches.
    mutating func refuseStatement(_ name: Name) throws(Diagnostic) {
        guard ["switch", "match", "case", "while", "for"].contains(name.text),
            try !tokens.peek().isSymbol(.colon)
        else { return }
        throw Diagnostic(
            .expected, "there is no `\(name.text)` here", at: name.span,
            help:
                "each way has a line: `label: when inputs.n == 1 -> step`, and the last one `other: else -> step`"
        )
    }

    // Durations.

    /// `5 seconds`: told and read as `5s`; any other value is given back as it is.
    mutating func wordedDuration(_ value: FieldValue) throws(Diagnostic) -> FieldValue {
        guard case .expression(let expression) = value,
            case .literal(.int(let number)) = expression.kind
        else { return value }
        let token = try tokens.peek()
        guard !token.newlineBefore, case .identifier(let word) = token.kind,
            let (text, duration) = durationInWords(number, word)
        else { return value }
        try tokens.take()
        let span = expression.span.union(token.span)
        tell("a duration is one word", at: span, help: "write `\(text)`", by: text)
        return .expression(Expression(.literal(.duration(duration)), at: span))
    }
}

/// What to write in the place of words that begin a declaration or a statement elsewhere.
let foreignStatements: [String: String] = byWord(
    [
        (
            ["const", "let", "var", "val", "locals", "local", "set"],
            "a value that several steps need is what a step gives: DATA_TRANSFORM limit -> next { prompt_template { value: 3 } }, read as `limit.result`"
        ),
        (
            ["while", "for", "foreach", "loop", "repeat", "until", "do"],
            "over a list a step repeats itself: `each: item in inputs.items` among its settings; a loop is an edge of a LOGIC_DECISION back to an earlier step"
        ),
        (
            ["if", "else", "elif", "switch", "match", "case", "unless"],
            "a step decides: LOGIC_DECISION check { prompt_template { big: when inputs.n > 3 -> a, other: else -> b } }"
        ),
        (
            ["def", "function", "func", "fn", "async", "lambda"],
            "code stands in the field `code` of a PYTHON step; what several automations need is an automation of its own, called by REST_API"
        ),
        (
            ["import", "from", "include", "require", "use", "using", "module"],
            callingHelp + "; types come by type Name from \"other.auto\""
        ),
        (
            ["try", "catch", "except", "finally", "rescue", "raise", "throw"],
            "what is done when a step fails stands at the step: `on_error -> other` goes on elsewhere, `retry: { attempts: 3 }` tries again"
        ),
        (
            ["parallel", "concurrent", "fork", "spawn", "gather", "race"],
            "steps that run at the same time are a list behind the arrow: `-> [a, b]`; what follows both waits for them"
        ),
        (["env", "environment"], "what is secret is declared: secret TOKEN, and read as `secrets.TOKEN`"),
        (
            ["variable", "variables", "vars", "parameter", "parameters", "params", "args", "arguments"],
            "what the automation is given is declared a line each: input city: text = \"Kiel\""
        ),
        (
            ["jobs", "job", "steps", "nodes", "tasks", "stages", "states", "connections", "resource"],
            "steps stand one below the other, each with its type, its name and where it goes on: LLM_CALL ask -> end { … }"
        ),
        (
            ["on", "schedule", "trigger", "triggers", "cron"],
            "what starts the automation stands in START: START begin -> next { prompt_template { schedule: \"@daily\" } }"
        ),
    ])
