import CEL
import Diagnostics
import Values

extension Parser {
    mutating func step(_ word: String, _ typeSpan: Span) throws(Diagnostic) {
        try tokens.take()
        let type = StepType(rawValue: word)
        if type == nil, try foreignDeclaration(word, typeSpan) { return }
        var next = try tokens.peek()
        if let name = try mendedStepName(type, next) { next = name }
        guard case .identifier(let nameText) = next.kind, !next.newlineBefore else {
            throw type == nil
                ? unknownDeclaration(word, typeSpan, isNamed: false)
                : tokens.unexpected(next, expected: "the step's name after `\(word)`")
        }
        let name = try stepName(nameText, next)
        if type == nil {
            let after = try tokens.peek()
            let isArrow =
                after.isSymbol(.arrow) || (after.isSymbol(.assign) && tokens.byte(at: after.span.end) == 0x3E)
            guard isArrow || after.isSymbol(.openBrace) else {
                throw unknownDeclaration(word, typeSpan, isNamed: true)
            }
            report(unknownStepType(word, typeSpan))
        }
        try stepBehindName(type, typeSpan, name)
    }

    /// The rest of a step, behind its type and its name.
    mutating func stepBehindName(_ type: StepType?, _ typeSpan: Span, _ name: Name) throws(Diagnostic) {
        let target = try edge(of: type, typeSpan, name)
        var step = Step(
            type: type, typeSpan: typeSpan, name: name, target: target, span: typeSpan.union(name.span))
        let token = try tokens.peek()
        if token.isSymbol(.openBrace) {
            stepBlock(&step, opening: try beginBlock("of the step"))
            let next = try tokens.peek()
            if next.isSymbol(.arrow), !next.newlineBefore {
                try tokens.take()
                try strayEdge(of: &step, from: next.span.start)
            }
        } else if isIndentedBlock(token) {
            let start = tokens.lastEnd
            try tokens.take()
            try openBlock(of: &step, from: start)
        } else if try isOpenBlock(token) {
            try openBlock(of: &step, from: tokens.lastEnd)
        } else if try dashComment(token) {
            // The step is read up to it.
        } else if !token.newlineBefore, token.kind != .endOfText {
            automation.steps.append(step)
            throw tokens.unexpected(
                token,
                expected: target == nil ? "`->` or `{` after the step's name" : "`{` or the end of the line")
        }
        step.span = typeSpan.union(Span(typeSpan.start, tokens.lastEnd))
        automation.steps.append(step)
    }

    /// - Parameter isNamed: whether a name stands behind the word, as behind that of a declaration.
    private func unknownDeclaration(_ word: String, _ span: Span, isNamed: Bool) -> Diagnostic {
        let declarationWords = DeclarationWord.allCases.map(\.rawValue)
        if let help = foreignStatements[!isNamed && word == "inputs" ? "parameters" : word.lowercased()] {
            return Diagnostic(
                .unknownDeclaration, "`\(word)` begins no declaration and no step", at: span, help: help)
        }
        let near = nearestName(to: word, in: declarationWords + StepType.allCases.map(\.rawValue))
        return Diagnostic(
            .unknownDeclaration, "`\(word)` begins no declaration and no step", at: span,
            help: near.map { "did you mean `\($0)`?" }
                ?? "a file holds \(inWords(declarationWords, joiner: "and")) lines and steps such as `LLM_CALL name -> next { … }`",
            fix: near.map { FixIt(span: span, replacement: $0) })
    }

    private func unknownStepType(_ word: String, _ span: Span) -> Diagnostic {
        let names = StepType.allCases.map(\.rawValue)
        let near = foreignStepType(word)?.rawValue ?? nearestName(to: word, in: names)
        return Diagnostic(
            .unknownStepType, "`\(word)` is no step type", at: span,
            help: near.map { "did you mean `\($0)`?" } ?? helpForForeignStep(word)
                ?? "there are \(inWords(names, joiner: "and"))",
            fix: near.map { FixIt(span: span, replacement: $0) })
    }

    /// Takes the `{` of a block.
    mutating func beginBlock(_ purpose: String) throws(Diagnostic) -> Span {
        begin(.block)
        return try tokens.expect(.openBrace, purpose).span
    }

    /// Parses up to the `}` of a block that has begun; `item` parses one line of it.
    mutating func block(opening: Span, _ item: (inout Parser, Token) throws(Diagnostic) -> Void) {
        while true {
            let depth = recorder.depth
            var start = tokens.here
            do throws(Diagnostic) {
                let token = try tokens.peek()
                start = token.span.start
                if token.isSymbol(.closeBrace) {
                    try tokens.take()
                    end()
                    return
                }
                if token.kind == .endOfText || (token.newlineBefore && startsDeclaration(token)) {
                    if findings.last?.code != .unclosedText || token.kind != .endOfText {
                        reportUnclosed(opening, before: token)
                    }
                    close(downTo: depth - 1, token.kind == .endOfText ? .open : .broken)
                    return
                }
                try item(&self, token)
                try endOfEntry()
            } catch {
                report(error)
                let state = stateLeft(by: error)
                isBehindMistake = true
                if !skipEntry(from: start) { skipField() }
                close(downTo: depth, state)
            }
        }
    }

    private mutating func reportUnclosed(_ opening: Span, before token: Token) {
        // The blocks around it are open for the same reason.
        if findings.last?.code == .unclosedBlock { return }
        report(
            Diagnostic(
                .unclosedBlock, "this `{` is never closed", at: opening, label: "it opens here",
                notes: [
                    Note(
                        token.span,
                        token.kind == .endOfText ? "the file ends here" : "the next declaration begins here")
                ],
                help: "close it with `}`"))
    }

    private mutating func stepBlock(_ step: inout Step, opening: Span) {
        var draft = step
        block(opening: opening) { (parser, token) throws(Diagnostic) in
            try parser.setting(&draft, token)
        }
        step = draft
    }

    mutating func setting(_ step: inout Step, _ token: Token) throws(Diagnostic) {
        if token.isSymbol(.arrow) {
            try tokens.take()
            return try strayEdge(of: &step, from: token.span.start)
        }
        guard let word = try settingWord(token) else {
            throw tokens.unexpected(token, expected: "a setting, `prompt_template` or `}`")
        }
        // Of a step of no known type, `to: "ada@example.com"` is a setting.
        if edgeWords.contains(word), let next = tokens.second(),
            (next.isSymbol(.colon) && step.type != nil) || next.isSymbol(.arrow)
        {
            try tokens.take()
            try tokens.take()
            return try strayEdge(of: &step, from: token.span.start)
        }
        if try strayBranches(of: &step, token) { return }
        try refuseStrayBranch(word, token, of: step)
        let form = settingForm(word, token, step)
        begin(form == .template ? .template : .setting)
        try tokens.take()
        if form == .template {
            try templateSetting(word, token, of: &step)
        } else {
            try settingValue(Name(form?.rawValue ?? word, at: token.span), form, of: &step)
        }
        end()
        let next = try tokens.peek()
        guard form == .template, next.isSymbol(.arrow), !next.newlineBefore else { return }
        // The `}` of the step's own block is missing before it.
        try tokens.take()
        try strayEdge(of: &step, from: next.span.start)
    }

    /// What stands behind `prompt_template`, or behind a word that was meant for it.
    private mutating func templateSetting(_ word: String, _ token: Token, of step: inout Step)
        throws(Diagnostic)
    {
        if word == SettingForm.template.rawValue {
            if try templateText(of: &step, token) { return }
            if try indentedTemplate(of: &step, token) { return }
            try passSign(behind: word)
        } else {
            // The mend of another word takes its `:` along.
            _ = try tokens.takeIf(.colon, as: .suffix)
        }
        let open = try beginBlock("after `prompt_template`")
        if step.template != nil {
            report(
                Diagnostic(
                    .duplicateName, "the step has a second `prompt_template`", at: token.span,
                    help: "put all fields into one"))
        }
        step.template = token.span
        template(&step, opening: open)
    }

    private mutating func settingValue(
        _ name: Name, _ form: SettingForm?, of step: inout Step
    ) throws(Diagnostic) {
        let next = try tokens.peek()
        if next.isSymbol(.arrow) {
            try tokens.take()
            let target = try self.target()
            add(.target(target), name, to: &step)
            return
        }
        if form == .onError {
            if try !takeArrow() {
                guard case .identifier = next.kind else {
                    throw tokens.unexpected(
                        next, expected: "`->` after `on_error`", help: "write `on_error -> step`")
                }
                tell(
                    "expected `->` after `on_error`, found \(next.inWords)", at: next.span,
                    help: "write `on_error -> step`", replacing: Span(next.span.start, next.span.start),
                    by: "-> ")
            }
            let target = try self.target()
            return add(.target(target), name, to: &step)
        }
        try colon("after the setting's name")
        switch form {
        case .onError: break
        case .result:
            do throws(Diagnostic) { add(.type(try wholeType()), name, to: &step) } catch {
                // What it gives is not known: that its fields are read is no second mistake.
                add(.type(TypeNode(kind: .named(TypeWord.json.rawValue), span: name.span)), name, to: &step)
                throw error
            }
        case .each: add(try eachValue(), name, to: &step)
        case .template, nil:
            let value = try unquoted(try settingValue())
            add(.value(try wordedDuration(value)), name, to: &step)
        }
    }

    /// `item in list`, or `index, item in list`.
    mutating func eachValue() throws(Diagnostic) -> Setting.Content {
        if try isListAlone() { return try eachWithoutElement() }
        if let quoted = try eachInQuotes() { return quoted }
        var variables = try eachVariables()
        let word = try tokens.peek()
        if word.kind == .identifier("of") {
            try tokens.take()
            tell(
                "expected `in`, as in `each: item in list`, found `of`", at: word.span, help: "write `in`",
                by: "in")
        } else {
            guard word.kind == .identifier(JoiningWord.elementOf.rawValue) else {
                throw tokens.unexpected(word, expected: "`in`, as in `each: item in list`")
            }
            try tokens.take()
        }
        let list = withoutNumbering(try expression(), variables)
        variables = indexFirst(variables)
        return .each(variables: variables, list: list)
    }

    private mutating func add(_ content: Setting.Content, _ name: Name, to step: inout Step) {
        if let earlier = step.settings.first(where: { $0.name.text == name.text }) {
            report(duplicate("setting", name, earlier.name))
            return
        }
        step.settings.append(
            Setting(
                name: name, content: content, span: name.span.union(Span(name.span.start, tokens.lastEnd))))
    }

    private func duplicate(_ kind: String, _ name: Name, _ earlier: Name) -> Diagnostic {
        Diagnostic(
            .duplicateName, "the \(kind) `\(name.text)` stands twice", at: name.span,
            notes: [Note(earlier.span, "it stands here already")], help: "leave one of them out")
    }

    private mutating func template(_ step: inout Step, opening: Span) {
        var draft = step
        block(opening: opening) { (parser, _) throws(Diagnostic) in
            try parser.templateItem(&draft)
        }
        step = draft
    }

    mutating func templateItem(_ step: inout Step) throws(Diagnostic) {
        begin(.field)
        let isDecision = step.type == .logicDecision || step.type == nil
        if isDecision, let branch = try branchWithoutLabel(in: step) {
            step.branches.append(branch)
            return end()
        }
        if isDecision, let branch = try defaultBranch(in: step) {
            step.branches.append(branch)
            return end()
        }
        let first = try tokens.peek()
        if try namelessText(of: &step, first) { return end() }
        var name = try fieldName()
        if isDecision {
            try refuseStatement(name)
            name = try wholeLabel(name)
        }
        try colon("after the field's name")
        if let earlier = entryNames.earlier(name, in: step) {
            report(duplicate("field", name, earlier))
        }
        if !isDecision, strayResult(name, of: &step) { return end() }
        if isDecision, let branch = try branch(name) {
            step.branches.append(branch)
            end()
            return
        }
        let value =
            try programFields.contains(name.text)
            ? program(name.text) : name.text == "select" ? selector() : unquoted(fieldValue())
        if step.type == .logicDecision, let branch = try branchWithoutWhen(name, value) {
            step.branches.append(branch)
        } else {
            step.fields.append(Field(name: name, value: value))
        }
        end()
    }

    private mutating func branch(_ label: Name) throws(Diagnostic) -> Branch? {
        let token = try tokens.peek()
        if token.isSymbol(.arrow) {
            recorder.become(.branch)
            try tokens.take()
            return Branch(label: label, condition: .label, target: try target())
        }
        guard let word = try branchWord(token) else { return nil }
        recorder.become(.branch)
        let condition: Branch.Condition = word == .when ? .when(try expression()) : .otherwise(token.span)
        guard try takeArrow() else {
            let arrow = try tokens.peek()
            throw tokens.unexpected(arrow, expected: "`->` and the step that this branch goes to")
        }
        return Branch(label: label, condition: condition, target: try target())
    }

    mutating func fieldName() throws(Diagnostic) -> Name {
        let token = try tokens.peek()
        if case .text = token.kind { return try plainText("a name") }
        return try identifier("a field's name or `}`")
    }
}

/// The fields whose text is a program, taken letter for letter.
package let programFields: Set<String> = ["code", "jq", "regex"]
