import CEL
import Diagnostics

/// Headers, steps and branches as other tools write them, each told with its mend and read as what is meant.
extension Parser {
    /// The automation's name; a name without quotes is the rest of its line.
    mutating func headerName() throws(Diagnostic) -> Name { try textOnLine("the automation's name") }

    /// A text in quotes; one without them is the rest of its line.
    ///
    /// - Parameter what: what it is, in words.
    mutating func textOnLine(_ what: String) throws(Diagnostic) -> Name {
        let token = try tokens.peek()
        guard case .identifier = token.kind, !token.newlineBefore else {
            return try plainText("\(what) in quotes")
        }
        let bytes = automation.source.bytes
        var end = token.span.start
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != UInt8(ascii: "{"),
            bytes[end] != UInt8(ascii: "#")
        {
            end += 1
        }
        while bytes[end - 1] == 0x20 || bytes[end - 1] == 0x0D || bytes[end - 1] == 0x09 { end -= 1 }
        let span = Span(token.span.start, end)
        let name = written(span)
        tell(
            "\(what) stands in quotes", at: span, help: "write \(quotedText(name))",
            by: quotedText(name))
        try tokens.take()
        tokens.move(to: end)
        return Name(name, at: span)
    }

    /// Declarations that other tools have; false when the word begins none of them.
    mutating func foreignDeclaration(_ word: String, _ span: Span) throws(Diagnostic) -> Bool {
        if ["input", "inputs", "parameters", "params"].contains(word), try indentedInputs(span) {
            return true
        }
        let next = try tokens.peek()
        guard !next.newlineBefore else { return false }
        if automation.name == nil, ["name", "title", "workflow", "flow", "pipeline"].contains(word),
            try isHeader(next)
        {
            let isSign = next.isSymbol(.colon) || next.isSymbol(.assign)
            if isSign { try tokens.take() }
            tell(
                "`\(word)` begins no declaration", at: span, help: "write `automation`",
                replacing: Span(span.start, isSign ? next.span.end : span.end), by: "automation")
            automation.hasHeader = true
            automation.name = try headerName()
            try endOfLine()
            return true
        }
        if next.isSymbol(.openBrace), word == "inputs" || word == "input" {
            try inputsBlock(span)
            return true
        }
        if passModifier(word, span, next) { return true }
        if try typeDeclaredBy(word, span, next) { return true }
        return try foreignStep(word, span)
    }

    /// Passes over `required`, `export` and their like before a declaration or a step; false where the word is none of them.
    private mutating func passModifier(_ word: String, _ span: Span, _ next: Token) -> Bool {
        guard modifiers.contains(word), case .identifier(let declared) = next.kind,
            DeclarationWord(rawValue: declared) != nil || StepType(rawValue: declared) != nil
        else { return false }
        tell(
            "`\(word)` stands before no declaration", at: span,
            help: word == "optional"
                ? "leave it out: an input is optional when it has a default, for example `= \"\"`"
                : "leave it out", replacing: Span(span.start, next.span.start), by: "")
        return true
    }

    /// `interface Name { … }`, read as a type; false where the word declares none elsewhere.
    private mutating func typeDeclaredBy(_ word: String, _ span: Span, _ next: Token) throws(Diagnostic)
        -> Bool
    {
        guard ["interface", "struct", "class", "record", "dataclass"].contains(word),
            case .identifier(let name) = next.kind, tokens.second()?.isSymbol(.openBrace) == true
        else { return false }
        try tokens.take()
        tell(
            "a type is declared by `type`", at: span, help: "write `type \(name) = {`",
            replacing: span.union(next.span), by: "type \(name) =")
        let type = try typeNode()
        automation.types.append(
            TypeDeclaration(
                name: Name(name, at: next.span), body: .here(type), span: span.union(type.span)))
        try endOfLine()
        return true
    }

    /// Steps as other tools write them, and what stands in the place of a step there; false for other words.
    private mutating func foreignStep(_ word: String, _ span: Span) throws(Diagnostic) -> Bool {
        if word == "END" || word == "End" || word == "STOP" || word == "FINISH" {
            throw Diagnostic(
                .unknownStepType, "there is no step that ends an automation", at: span,
                help: "leave it out, and go to `end` where it stood: `-> end`")
        }
        if ["step", "node", "task", "state"].contains(word) {
            if try stepBehindItsName(span) { return true }
            throw Diagnostic(
                .unknownDeclaration, "a step begins with its type, not with `\(word)`", at: span,
                help: "for example: LLM_CALL ask -> end { prompt_template { user: \"…\" } }")
        }
        if ["output", "outputs", "return", "returns"].contains(word) {
            throw Diagnostic(
                .unknownDeclaration, "`\(word)` begins no declaration and no step", at: span,
                help:
                    "what the automation gives is declared by its type: result { title: text }"
            )
        }
        return false
    }

    /// `step ask: LLM_CALL -> end { … }`; false when it has another form.
    private mutating func stepBehindItsName(_ word: Span) throws(Diagnostic) -> Bool {
        var probe = tokens.probe()
        guard let name = try? probe.take(), case .identifier(let nameText) = name.kind,
            let colon = try? probe.take(), colon.isSymbol(.colon),
            let type = try? probe.take(), case .identifier(let typeText) = type.kind,
            let stepType = StepType(rawValue: typeText) ?? foreignStepType(typeText)
        else { return false }
        for _ in 0..<3 { try tokens.take() }
        let wanted = "\(stepType.rawValue) \(nameText)"
        tell(
            "a step begins with its type, and its name stands behind", at: word.union(type.span),
            help: "write `\(wanted)`", by: wanted)
        try stepBehindName(stepType, type.span, Name(nameText, at: name.span))
        return true
    }

    /// Whether a text follows, or a `:` or `=` and words on the same line.
    private func isHeader(_ next: Token) throws(Diagnostic) -> Bool {
        if case .text = next.kind { return true }
        guard next.isSymbol(.colon) || next.isSymbol(.assign), let second = tokens.second(),
            !second.newlineBefore
        else { return false }
        switch second.kind {
        case .text, .identifier: return true
        case .int, .intMinimum, .uint, .double, .duration, .bytes, .symbol, .endOfText: return false
        }
    }

    /// The name of a step that is written in quotes, or is left out of START; nil when nothing is amiss.
    mutating func mendedStepName(_ type: StepType?, _ next: Token) throws(Diagnostic) -> Token? {
        guard !next.newlineBefore, type != nil else { return nil }
        if type == .start, next.isSymbol(.arrow) {
            tell(
                "START has a name too", at: next.span, help: "write `START begin -> …`",
                replacing: Span(next.span.start, next.span.start), by: "begin ")
            return Token(
                kind: .identifier("begin"), span: Span(next.span.start, next.span.start), newlineBefore: false
            )
        }
        guard let name = try foreignName(next) else { return nil }
        return Token(kind: .identifier(name.text), span: name.span, newlineBefore: false)
    }

    /// Takes the name of a step, unless that is done.
    mutating func stepName(_ text: String, _ token: Token) throws(Diagnostic) -> Name {
        let next = try tokens.peek()
        guard next.span == token.span, next.kind == token.kind else { return Name(text, at: token.span) }
        try tokens.take()
        return try hyphenated(Name(text, at: token.span))
    }

    // Blocks.

    /// Whether the entries of a step follow without the `{` of its block.
    func isOpenBlock(_ token: Token) throws(Diagnostic) -> Bool {
        guard token.newlineBefore, case .identifier(let word) = token.kind,
            automation.source.position(at: token.span.start).column > 1
        else { return false }
        return SettingForm(rawValue: word) != nil || tokens.isFollowedByColon(token)
    }

    /// Reads the entries of a step that stand without `{` and `}`, as far as they are indented.
    ///
    /// - Parameter start: where the step's first line ends, before a `:` that stood in the place of the `{`.
    mutating func openBlock(of step: inout Step, from start: Int) throws(Diagnostic) {
        begin(.block)
        let inside = tokens.lastEnd
        while true {
            let token = try tokens.peek()
            guard token.kind != .endOfText, !token.isSymbol(.closeBrace),
                !token.newlineBefore || automation.source.position(at: token.span.start).column > 1
            else { break }
            try setting(&step, token)
            try endOfEntry()
        }
        end()
        let last = tokens.lastEnd
        if try tokens.peek().isSymbol(.closeBrace) {
            try tokens.take()
            tell(
                "the block of `\(step.name.text)` has no `{`", at: step.name.span,
                help: "write `{` at the end of the step's first line", replacing: Span(start, inside),
                by: " {"
            )
            return
        }
        tell(
            "the settings of `\(step.name.text)` stand in no block", at: step.name.span,
            help: "write `{` at the end of this line, and `}` behind the last setting",
            replacing: Span(start, last),
            by: " {" + written(Span(inside, last)) + "\n}")
    }

    /// The word that begins a setting, also one in quotes as JSON has it; nil when none stands here.
    mutating func settingWord(_ token: Token) throws(Diagnostic) -> String? {
        switch token.kind {
        case .identifier(let word): return word
        case .text(let pieces):
            guard pieces.count == 1, case .characters(let word) = pieces[0], isIdentifier(word),
                tokens.isFollowedByColon(token)
            else { return nil }
            tell("a setting's name stands without quotes", at: token.span, help: "write `\(word)`", by: word)
            return word
        case .int, .intMinimum, .uint, .double, .duration, .bytes, .symbol, .endOfText: return nil
        }
    }

    /// How a setting is read; a block by another name is told and read as `prompt_template`.
    mutating func settingForm(_ word: String, _ token: Token, _ step: Step) -> SettingForm? {
        if let form = SettingForm(rawValue: word) { return form }
        if eachWords.contains(word), isElementOfList(token) {
            tokens.tell(
                .unknownSetting, "there is no setting `\(word)`", at: token.span,
                help: "write `each: item in …`", by: SettingForm.each.rawValue)
            return .each
        }
        let template = SettingForm.template.rawValue
        let isMisspelt = nearestName(to: word, in: [template]) != nil
        guard step.template == nil, templateWords.contains(word) || isMisspelt, let next = tokens.second()
        else { return nil }
        let isColon = next.isSymbol(.colon)
        guard isColon ? sign(behind: next.span.end) == UInt8(ascii: "{") : next.isSymbol(.openBrace) else {
            return nil
        }
        let place = isColon ? token.span.union(next.span) : token.span
        if isMisspelt, !templateWords.contains(word) {
            tokens.tell(
                .unknownSetting, "there is no setting `\(word)`", at: token.span,
                help: "did you mean `\(template)`?", replacing: place, by: template)
        } else {
            tell(
                "the fields of a step stand in `prompt_template`", at: token.span,
                help: "write `prompt_template { … }`", replacing: place, by: template)
        }
        return .template
    }

    /// Whether `: item in` stands behind a word.
    private func isElementOfList(_ word: Token) -> Bool {
        var probe = tokens.probe()
        guard (try? probe.take()) != nil, let colon = try? probe.take(), colon.isSymbol(.colon),
            let element = try? probe.take(), case .identifier = element.kind, let joining = try? probe.take()
        else { return false }
        return [.identifier("in"), .identifier("of")].contains(joining.kind)
    }

    /// What to write in the place of `{{ x }}`.
    func templateMend(_ open: Token) -> FixIt? {
        let bytes = automation.source.bytes
        var close = open.span.end + 1
        while close + 1 < bytes.count, bytes[close] != 0x0A, bytes[close] != UInt8(ascii: "}") { close += 1 }
        guard close + 1 < bytes.count, bytes[close] == UInt8(ascii: "}"),
            bytes[close + 1] == UInt8(ascii: "}")
        else {
            return nil
        }
        let inside = written(Span(open.span.end + 1, close)).split(separator: " ").joined(separator: " ")
        return inside.isEmpty ? nil : FixIt(span: Span(open.span.start, close + 2), replacement: inside)
    }

    // Branches.

    /// What begins a branch's condition.
    enum BranchWord {
        case when
        case otherwise
    }

    /// Takes `when` or `else`; the words of other languages are told and taken for them. Nil when neither stands here.
    mutating func branchWord(_ token: Token) throws(Diagnostic) -> BranchWord? {
        guard case .identifier(let word) = token.kind, !tokens.isFollowedByColon(token) else { return nil }
        let next = tokens.second()
        switch word {
        case "when":
            try tokens.take()
            return .when
        case "else":
            try tokens.take()
            guard next?.kind == .identifier("if") || next?.kind == .identifier("when") else {
                return .otherwise
            }
            let second = try tokens.take()
            tellWhen(token.span.union(second.span))
            return .when
        case "if", "elif", "elsif", "elseif", "case":
            guard let next, !next.isSymbol(.dot), !next.isSymbol(.arrow) else { return nil }
            try tokens.take()
            tellWhen(token.span)
            return .when
        case "otherwise", "default":
            guard let next, next.isSymbol(.arrow) else { return nil }
            try tokens.take()
            tell("expected `else`, found `\(word)`", at: token.span, help: "write `else`", by: "else")
            return .otherwise
        default: return nil
        }
    }

    /// All words of the file that stand before a `:`; looked for once.
    private mutating func wordsBeforeColons() -> Set<String> {
        if let known = labelWords { return known }
        var words: Set<String> = []
        let bytes = automation.source.bytes
        for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: ":") {
            var end = place
            while end > 0, bytes[end - 1] == 0x20 { end -= 1 }
            var start = end
            while start > 0, isIdentifierPart(bytes[start - 1]) { start -= 1 }
            if start < end { words.insert(written(Span(start, end))) }
        }
        labelWords = words
        return words
    }

    private mutating func tellWhen(_ span: Span) {
        tell(
            "expected `when`, found `\(written(span))`", at: span,
            help: "write `when`: branches are tried in their order", by: "when")
    }

    /// `label: condition -> step`, whose `when` is left out; nil where no `->` follows.
    ///
    /// - Parameter value: what stands behind the label, which has been read.
    mutating func branchWithoutWhen(_ label: Name, _ value: FieldValue) throws(Diagnostic) -> Branch? {
        guard case .expression(let condition) = value else { return nil }
        let arrow = try tokens.peek()
        guard arrow.isSymbol(.arrow), !arrow.newlineBefore else { return nil }
        recorder.become(.branch)
        try tokens.take()
        tell(
            "a branch's condition stands behind `when`", at: condition.span,
            help: "write `\(label.text): when \(written(condition.span))`",
            replacing: Span(condition.span.start, condition.span.start), by: "when ")
        return Branch(label: label, condition: .when(condition), target: try target())
    }

    /// `when c -> x` and `else -> x` without a label before them; nil when an entry with a label stands here.
    ///
    /// - Parameter step: what has its labels before it, none of which it gets again.
    mutating func branchWithoutLabel(in step: Step) throws(Diagnostic) -> Branch? {
        let token = try tokens.peek()
        guard case .identifier(let word) = token.kind, ["when", "if", "elif", "else"].contains(word),
            let next = tokens.second(), !next.isSymbol(.colon),
            word == "else" || tokens.beginsOperand(next) || next.isSymbol(.openParen),
            word != "else" || next.isSymbol(.arrow) || next.kind == .identifier("if"),
            try branchWord(token) != nil
        else { return nil }
        recorder.become(.branch)
        let isElse = word == "else" && next.isSymbol(.arrow)
        let condition: Branch.Condition = isElse ? .otherwise(token.span) : .when(try expression())
        guard try takeArrow() else {
            throw tokens.unexpected(try tokens.peek(), expected: "`->` and the step that this branch goes to")
        }
        let target = try self.target()
        // Two mends at one place would be one too many: the label goes before the word as it is mended.
        let first = isElse ? "otherwise" : target.names.first.map { "to_\($0.text)" } ?? "yes"
        let known = Set(step.branches.map(\.label.text))
        var label = first
        var number = 2
        // A later branch may have it already.
        while known.contains(label) || wordsBeforeColons().contains(label) {
            label = "\(first)_\(number)"
            number += 1
        }
        tell(
            "this branch has no label", at: token.span,
            help: "write for example `\(label): \(isElse ? "else" : "when") …`",
            replacing: Span(token.span.start, token.span.start), by: "\(label): ")
        return Branch(label: Name(label, at: token.span), condition: condition, target: target)
    }
}

/// Words that other languages put before a declaration.
private let modifiers: Set<String> = [
    "required", "optional", "export", "public", "private", "static", "final", "readonly",
]

/// What other tools call the setting `each`.
package let eachWords: Set<String> = [
    "for", "foreach", "forEach", "for_each", "with_items", "loop", "items",
]
