import CEL
import Diagnostics
import Values

extension Parser {
    /// The value of a field, an entry or an input.
    mutating func fieldValue() throws(Diagnostic) -> FieldValue {
        if let text = try unquotedShape() { return text }
        return try settingValue()
    }

    mutating func settingValue() throws(Diagnostic) -> FieldValue {
        let token = try tokens.peek()
        if token.isSymbol(.openBrace) {
            return try node(.record) { (parser) throws(Diagnostic) in
                try parser.entries { (parser) throws(Diagnostic) in
                    try parser.unquoted(try parser.fieldValue())
                }
            }
        }
        tokens.bareKeys = token.isSymbol(.openBracket)
        if tokens.bareKeys { tellUnquoted(inListAt: token.span) }
        defer { tokens.bareKeys = false }
        return .expression(try expression())
    }

    /// `{ key: value, … }`, entries apart by commas or new lines.
    private mutating func entries(
        _ value: (inout Parser) throws(Diagnostic) -> FieldValue
    ) throws(Diagnostic) -> FieldValue {
        let open = try tokens.take()
        depth += 1
        defer { depth -= 1 }
        guard depth <= 200 else {
            throw Diagnostic(.tooDeep, "records nest more than 200 deep", at: open.span)
        }
        var fields: [Field] = []
        var names: [String: Name] = [:]
        while try !tokens.peek().isSymbol(.closeBrace) {
            begin(.field)
            let name = try recordKey(open)
            if let value = try shorthand(name) {
                names[value.name.text] = names[value.name.text] ?? value.name
                fields.append(value)
                end()
                _ = try tokens.takeIf(.comma)
                continue
            }
            try colon("after a key")
            if let earlier = names[name.text] {
                report(
                    Diagnostic(
                        .duplicateName, "the key `\(name.text)` stands twice", at: name.span,
                        notes: [Note(earlier.span, "it stands here already")],
                        help: "leave one of them out"))
            }
            names[name.text] = names[name.text] ?? name
            fields.append(Field(name: name, value: try value(&self)))
            end()
            let next = try tokens.peek()
            // The newline before a token behind the comma is no matter here.
            if next.newlineBefore, !next.isSymbol(.comma) { continue }
            if next.kind != .endOfText { try endOfEntry("`,`, a new line or `}` in the record") }
        }
        let close = try tokens.take()
        return .record(fields, open.span.union(close.span))
    }

    private mutating func recordKey(_ open: Token) throws(Diagnostic) -> Name {
        let token = try tokens.peek()
        if case .text = token.kind { return try plainText("a key") }
        if case .identifier(let word) = token.kind {
            if let key = try hyphenatedKey(word, token) { return key }
            return try identifier("a key")
        }
        if token.kind == .endOfText {
            throw Diagnostic(
                .unclosedBlock, "this record is never closed", at: open.span, label: "it opens here",
                help: "close it with `}`")
        }
        // `{{ x }}`, as templates of other tools write it.
        let isTemplate = token.isSymbol(.openBrace) && token.span.start == open.span.end
        throw tokens.unexpected(
            token, expected: "a key (a name or a text)",
            help: isTemplate
                ? "write the expression itself, without `{{` and `}}`"
                : token.isSymbol(.dot) ? "nothing is spread into a record: write each of its keys" : nil,
            fix: isTemplate ? templateMend(open) : nil)
    }

    mutating func program(_ field: String) throws(Diagnostic) -> FieldValue {
        var found = programInFence()
        if found == nil, field == "jq" { found = jqWithoutQuotes() }
        if found == nil { found = try tokens.program() }
        if var program = found {
            try endOfProgram(field)
            if field == "code" { program = withoutFence(program) }
            // Python reads the indentation of its lines, and none of that of the file around them.
            return .program(field == "code" ? program.withoutSharedIndentation : program)
        }
        // An expression is no program, which the checker says: it knows where its text comes from.
        return .expression(try expression())
    }

    private mutating func endOfProgram(_ field: String) throws(Diagnostic) {
        let token = try tokens.peek()
        guard !token.newlineBefore, !token.isSymbol(.closeBrace), !token.isSymbol(.comma),
            token.kind != .endOfText, !beginsEntry(token)
        else { return }
        throw tokens.unexpected(
            token, expected: "the end of the line after a program",
            help: "a program is taken letter for letter, `\\\"` does not escape: put it between ''' and '''")
    }

    mutating func selector() throws(Diagnostic) -> FieldValue {
        try node(.selector) { (parser) throws(Diagnostic) in try parser.selectorValue() }
    }

    private mutating func selectorValue() throws(Diagnostic) -> FieldValue {
        let start = tokens.here
        if let program = try tokens.program() {
            try endOfSelector(program)
            if let path = xpathAlone(program) { return path }
            return .program(program)
        }
        let token = try tokens.peek()
        if token.isSymbol(.openBrace) {
            recorder.become(.record)
            return try entries { (parser) throws(Diagnostic) in try parser.selector() }
        }
        if token.isSymbol(.openBracket) {
            try tokens.take()
            var items: [FieldValue] = []
            while try isAtSelector() {
                items.append(try selector())
                guard try another("between two selectors") else { break }
            }
            let close = try tokens.expect(.closeBracket, "after the selector")
            return .list(items, token.span.union(close.span))
        }
        if token.kind == .identifier("xpath") {
            try tokens.take()
            _ = try tokens.expect(.openParen, "after `xpath`", as: .suffix)
            guard let program = try tokens.program() else {
                throw tokens.unexpected(try tokens.peek(), expected: "an XPath in quotes")
            }
            try endOfSelector(program)
            let close = try tokens.expect(.closeParen, "after the XPath")
            return .xpath(program, Span(token.span.start, close.span.end))
        }
        let expression = try expression()
        throw Diagnostic(
            .wrongType, "expected a selector in quotes",
            at: Span(start, expression.span.end).union(expression.span),
            help:
                "write a CSS selector \"h1\", an attribute \"a@href\", all of them [\"li\"], or xpath(\"//h1\")"
        )
    }

    /// Whether another selector stands in the list, and not its end. One in quotes is not read as a text.
    private mutating func isAtSelector() throws(Diagnostic) -> Bool {
        if tokens.isAtText { return true }
        return try !tokens.peek().isSymbol(.closeBracket)
    }

    mutating func typeNode() throws(Diagnostic) -> TypeNode {
        depth += 1
        defer { depth -= 1 }
        let token = try tokens.peek()
        guard depth <= 200 else {
            throw Diagnostic(.tooDeep, "types nest more than 200 deep", at: token.span)
        }
        if let type = try foreignType(token) { return type }
        if token.isSymbol(.openBrace) {
            return try node(.recordType) { (parser) throws(Diagnostic) in try parser.recordType() }
        }
        return try node(.type) { (parser) throws(Diagnostic) in try parser.namedType(token) }
    }

    private mutating func namedType(_ token: Token) throws(Diagnostic) -> TypeNode {
        if beginsNext(token) { throw tokens.unexpected(token, expected: "a type") }
        let name = try identifier("a type")
        switch name.text {
        case "list" where try !tokens.peek().isSymbol(.less): return try foreignList(name)
        case "list":
            _ = try tokens.expect(.less, "after `list`, as in `list<text>`", as: .suffix)
            let element = try wholeType()
            let close = try tokens.expect(.greater, "after the list's type", as: .suffix)
            return TypeNode(kind: .list(element), span: name.span.union(close.span))
        case "one_of":
            recorder.become(.oneOf)
            let open = try tokens.peek()
            if let close = closing(open), close != .closeParen {
                try tokens.take()
                return try words(from: name.span.start, until: close)
            }
            _ = try tokens.expect(.openParen, "after `one_of`", as: .suffix)
            let values = try quotedChoices()
            let close = try tokens.expect(.closeParen, "after the values")
            return TypeNode(kind: .oneOf(values), span: name.span.union(close.span))
        default:
            if let other = try foreignForm(of: name) { return other }
            if let choice = try bareChoice(name) { return choice }
            return TypeNode(kind: .named(name.text), span: name.span)
        }
    }

    private mutating func recordType() throws(Diagnostic) -> TypeNode {
        let open = try tokens.take()
        var fields: [TypeField] = []
        var names = Set<String>()
        while try !tokens.peek().isSymbol(.closeBrace) {
            let token = try tokens.peek()
            if token.kind == .endOfText || (token.newlineBefore && startsDeclaration(token)) {
                throw Diagnostic(
                    .unclosedBlock, "this record type is never closed", at: open.span, label: "it opens here",
                    help: "close it with `}`")
            }
            begin(.field)
            let name = try fieldName()
            let type = try fieldType()
            let optional = try isOptionalField()
            try passFieldDefault(name, type)
            var documentation: String?
            if case .text = try tokens.peek().kind, try !tokens.peek().newlineBefore {
                documentation = try plainText("the description").text
            }
            end()
            if !names.insert(name.text).inserted {
                report(
                    Diagnostic(
                        .duplicateName, "the field `\(name.text)` stands twice in this type", at: name.span))
            }
            fields.append(
                TypeField(name: name, type: type, isOptional: optional, documentation: documentation))
            let next = try tokens.peek()
            if next.newlineBefore, !next.isSymbol(.comma) { continue }
            if next.kind != .endOfText { try endOfEntry("`,`, a new line or `}` in the type") }
        }
        let close = try tokens.take()
        return TypeNode(kind: .record(fields), span: open.span.union(close.span))
    }
}
