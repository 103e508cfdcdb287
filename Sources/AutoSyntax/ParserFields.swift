import CEL
import Diagnostics

/// Fields of a `prompt_template` whose name is missing, and settings that stand among them.
extension Parser {
    /// A text before which the name of the step's main field is missing; false where none stands here.
    mutating func namelessText(of step: inout Step, _ token: Token) throws(Diagnostic) -> Bool {
        guard case .text = token.kind, let name = mainField(of: step.type),
            !step.fields.contains(where: { $0.name.text == name }), let next = afterNext(),
            !next.isSymbol(.colon), next.newlineBefore || endsEntry(next) || next.isSymbol(.plus)
        else { return false }
        let value = try mainValue(name)
        tell(
            "a field's name is missing before this text", at: Span(token.span.start, token.span.start + 1),
            help: "write `\(name): …`", replacing: Span(token.span.start, token.span.start), by: "\(name): ")
        step.fields.append(Field(name: Name(name, at: token.span), value: value))
        return true
    }

    /// A text behind `prompt_template` or its `:`, in the place of the block with the step's main field; false where none
    /// stands here.
    ///
    /// - Parameter word: the word itself, which has been taken.
    mutating func templateText(of step: inout Step, _ word: Token) throws(Diagnostic) -> Bool {
        let next = try tokens.peek()
        let isSign = next.isSymbol(.colon) || next.isSymbol(.assign)
        guard !next.newlineBefore, step.template == nil, let name = mainField(of: step.type),
            let text = isSign ? afterNext() : next, case .text = text.kind
        else { return false }
        if isSign { try tokens.take() }
        let value = try mainValue(name)
        tell(
            "the fields of a step stand in `prompt_template { … }`", at: word.span,
            help: "write `prompt_template { \(name): … }`",
            replacing: Span(word.span.end, tokens.lastEnd),
            by: " { \(name): " + written(Span(text.span.start, tokens.lastEnd)) + " }")
        step.template = word.span
        step.fields.append(Field(name: Name(name, at: text.span), value: value))
        return true
    }

    /// An XPath in the place of a selector, told and read as what it is; nil for a selector, none of which begins with `/`.
    mutating func xpathAlone(_ program: ProgramText) -> FieldValue? {
        guard program.text.hasPrefix("/") || program.text.hasPrefix("./") else { return nil }
        let mend = "xpath(\(written(program.span)))"
        tell("an XPath stands in `xpath(…)`", at: program.span, help: "write \(mend)", by: mend)
        return .xpath(program, program.span)
    }

    /// A jq program without quotes, up to the end of its line or of the block around it; nil where none begins here.
    mutating func jqWithoutQuotes() -> ProgramText? {
        let start = automation.source.bytes[tokens.here...].prefix { $0 == 0x20 || $0 == 0x09 }.endIndex
        guard tokens.seen == nil, tokens.byte(at: start) == UInt8(ascii: ".") else { return nil }
        var (open, end) = (0, start)
        while let byte = tokens.byte(at: end), byte != 0x0A {
            if "([{".utf8.contains(byte) { open += 1 }
            if ")]}".utf8.contains(byte) {
                if open == 0 { break }
                open -= 1
            }
            // Whether the program or the entry goes on behind it is not known.
            if byte == UInt8(ascii: ","), open == 0 { return nil }
            end += 1
        }
        while end > start, tokens.byte(at: end - 1).map({ $0 == 0x20 || $0 == 0x0D }) == true { end -= 1 }
        let text = written(Span(start, end))
        guard open == 0, !text.contains("'"), !text.contains("#") else { return nil }
        let span = Span(start, end)
        tell("a jq program stands in quotes", at: span, help: "write '\(text)'", by: "'\(text)'")
        tokens.take(upTo: end)
        return ProgramText(text: text, span: span, lines: [])
    }

    private mutating func mainValue(_ name: String) throws(Diagnostic) -> FieldValue {
        if programFields.contains(name) { return try program(name) }
        return .expression(try expression())
    }

    private func endsEntry(_ token: Token) -> Bool {
        token.isSymbol(.closeBrace) || token.isSymbol(.comma) || token.kind == .endOfText
    }

    /// The type that stands behind `result:` among the fields, told and read as the setting that it is; false where it is
    /// no type.
    ///
    /// - Parameter name: the word itself, which has been taken with its `:`.
    mutating func strayResult(_ name: Name, of step: inout Step) -> Bool {
        guard name.text == SettingForm.result.rawValue, let template = step.template else { return false }
        // Whether a type stands here is known when it has been read.
        var trial = self
        guard let type = try? trial.wholeType(), let next = try? trial.tokens.peek(),
            next.newlineBefore || endsEntry(next)
        else { return false }
        let end = trial.tokens.lastEnd
        let isFirst = !step.settings.contains { $0.name.text == name.text }
        let wanted = "result: " + written(Span(type.span.start, end))
        trial.tokens.tell(
            .unknownField, "`result` is a setting, no field of prompt_template", at: name.span,
            help: isFirst
                ? "move it out of the prompt_template block, beside it"
                : "the step has one already: leave this one out",
            replacing: Span(template.start, endOfLeftOut(end)),
            by: isFirst
                ? wanted + separator(before: template.start)
                    + keptBefore(Span(template.start, name.span.start), end) : nil)
        self = trial
        guard isFirst else { return true }
        step.settings.append(Setting(name: name, content: .type(type), span: Span(name.span.start, end)))
        return true
    }

    /// What parts a setting from the one that stands at a place.
    private func separator(before place: Int) -> String {
        let start = lineStart(of: place)
        let indent = written(Span(start, place))
        return indent.allSatisfy { $0 == " " || $0 == "\t" } ? "\n" + indent : ", "
    }

    /// Where what is left out with an entry ends: behind its comma, and behind its line where nothing else stands on it.
    private func endOfLeftOut(_ end: Int) -> Int {
        let bytes = automation.source.bytes
        guard let sign = bytes[end...].firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
            bytes[sign] == UInt8(ascii: ",")
        else { return end }
        return bytes[(sign + 1)...].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? bytes.count
    }

    /// What stands before an entry that is left out, without the comma and the blanks that belonged to it where nothing
    /// follows it.
    private func keptBefore(_ span: Span, _ end: Int) -> String {
        let text = written(span)
        let behind = endOfLeftOut(end)
        let follows = automation.source.bytes[behind...].first { $0 != 0x20 && $0 != 0x09 }
        let isFollowed = follows.map { $0 != 0x0A && $0 != 0x0D } ?? false
        // Another entry follows behind the comma on the same line.
        if behind > end, isFollowed { return text }
        var kept = text[...]
        while let last = kept.last, last.isWhitespace { kept.removeLast() }
        // A comment may end the line before, and would take what follows along.
        if isFollowed, text[kept.endIndex...].contains(where: \.isNewline) { return text }
        if kept.last == "," { kept.removeLast() }
        return String(kept)
    }

    private func lineStart(of place: Int) -> Int {
        automation.source.bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    }
}

/// The field in which a step has its text; nil for types that have none.
private func mainField(of type: StepType?) -> String? {
    switch type {
    case .llmCall: "user"
    case .getUserInput: "message"
    case .embeddingSearch: "query"
    case .restAPI, .webScrape: "url"
    case .python: "code"
    case .textToJSON: "text"
    case .dataTransform: "value"
    case .start, .logicDecision, nil: nil
    }
}
