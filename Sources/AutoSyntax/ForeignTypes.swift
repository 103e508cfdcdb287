import CEL
import Diagnostics

/// Types as other languages write them, each told with its mend and read as what is meant.
extension Parser {
    /// `[text]`, `["a", "b"]` and `"a" | "b"`; nil when the token begins none of them.
    mutating func foreignType(_ token: Token) throws(Diagnostic) -> TypeNode? {
        if case .text = token.kind { return try wordsWithBars(token) }
        guard token.isSymbol(.openBracket) else { return nil }
        try tokens.take()
        if case .text = try tokens.peek().kind {
            return try words(from: token.span.start, until: .closeBracket)
        }
        let element = try typeNode()
        let close = try tokens.expect(.closeBracket, "after the type of the elements")
        return list(of: element, token.span.union(close.span))
    }

    /// `list of text`, `list[text]`, `list(text)`, or `list` alone.
    mutating func foreignList(_ name: Name) throws(Diagnostic) -> TypeNode {
        let next = try tokens.peek()
        guard next.kind != .endOfText else {
            throw tokens.unexpected(next, expected: "`<` after `list`, as in `list<text>`")
        }
        if !next.newlineBefore {
            if next.kind == .identifier("of") {
                try tokens.take()
                let element = try typeNode()
                return list(of: element, name.span.union(element.span))
            }
            if let close = next.isSymbol(.openBracket)
                ? Symbol.closeBracket : next.isSymbol(.openParen) ? .closeParen : nil
            {
                try tokens.take()
                let element = try typeNode()
                let end = try tokens.expect(close, "after the type of the elements")
                return list(of: element, name.span.union(end.span))
            }
        }
        return list(
            of: TypeNode(kind: .named(TypeWord.text.rawValue), span: name.span), name.span, isSure: false)
    }

    /// What stands behind a name that makes another type of it: `text[]`, `Array<text>`, `enum("a", "b")`; nil for none.
    mutating func foreignForm(of name: Name) throws(Diagnostic) -> TypeNode? {
        // `text | null`: the bar is no token.
        guard sign(behind: name.span.end) != UInt8(ascii: "|") else { return nil }
        let next = try tokens.peek()
        guard !next.newlineBefore, next.span.start == name.span.end else { return nil }
        let lower = name.text.lowercased()
        if choiceWords.contains(lower), let close = closing(next) {
            try tokens.take()
            return try words(from: name.span.start, until: close)
        }
        let isContainer = ["array", "list", "seq", "sequence", "vec", "optional", "maybe", "option"].contains(
            lower)
        if next.isSymbol(.openBracket), !isContainer || sign(behind: next.span.end) == UInt8(ascii: "]") {
            try tokens.take()
            let close = try tokens.expect(.closeBracket, "after `[`, as in `list<text>`")
            return list(of: TypeNode(kind: .named(name.text), span: name.span), name.span.union(close.span))
        }
        if next.isSymbol(.less) || next.isSymbol(.openBracket) {
            guard isContainer else { return nil }
            let sign = try tokens.take()
            let element = try typeNode()
            let close = try tokens.expect(
                sign.isSymbol(.less) ? .greater : .closeBracket, "after the type of the elements", as: .suffix
            )
            let span = name.span.union(close.span)
            guard lower.hasPrefix("opt") || lower == "maybe" else { return list(of: element, span) }
            tell(
                "there is no type `\(name.text)`", at: span,
                help:
                    "a field of a record that may be absent is written `\(written(element.span))?`; an input gets a default",
                by: nil)
            return element
        }
        return nil
    }

    private mutating func list(of element: TypeNode, _ span: Span, isSure: Bool = true) -> TypeNode {
        // A name of another language within is part of the same slip.
        var element = element
        if case .named(let name) = element.kind, let other = otherTypeName(name), isIdentifier(other),
            !automation.types.contains(where: { $0.name.text == name })
        {
            element = TypeNode(kind: .named(other), span: element.span)
        }
        let wanted = "list<\(isSure ? mended(element) : "text")>"
        tell(
            "a list's type is written `list<…>`", at: span,
            help: isSure ? "write `\(wanted)`" : "write for example `\(wanted)`",
            by: isSure ? wanted : nil)
        return TypeNode(kind: .list(element), span: span)
    }

    /// A type as it is to be written.
    func mended(_ type: TypeNode) -> String {
        switch type.kind {
        case .named(let name): name
        case .list(let element): "list<\(mended(element))>"
        case .oneOf(let values): "one_of(\(values.map { quotedText($0.text) }.joined(separator: ", ")))"
        case .record: written(type.span)
        }
    }

    // Inputs and fields of types.

    /// The type behind an input's name; where it stands before the name, or not at all, that is told.
    mutating func inputType(_ name: Name) throws(Diagnostic) -> (Name, TypeNode) {
        let next = try tokens.peek()
        if let type = try typeBehindColon(next) { return (name, type) }
        guard next.kind != .endOfText else {
            throw tokens.unexpected(next, expected: "`:` and a type after the input's name")
        }
        guard !next.newlineBefore else { return (name, untyped(name)) }
        guard case .identifier(let word) = next.kind else {
            if next.isSymbol(.assign) { return (name, untyped(name)) }
            guard next.isSymbol(.openBrace) else {
                throw tokens.unexpected(next, expected: "`:` and a type after the input's name")
            }
            try colon("and a type after the input's name")
            return (name, try typeNode())
        }
        let isColonBehind = tokens.second()?.isSymbol(.colon) == true
        if isColonBehind, TypeWord(rawValue: name.text) == nil {
            try tokens.take()
            let whole = Name("\(name.text)_\(word)", at: name.span.union(next.span))
            tell("a name is one word", at: whole.span, help: "write `\(whole.text)`", by: whole.text)
            try colon("and a type after the input's name")
            return (whole, try typeNode())
        }
        if TypeWord(rawValue: name.text) != nil, TypeWord(rawValue: word) == nil {
            try tokens.take()
            let span = name.span.union(next.span)
            tell(
                "an input's name stands before its type", at: span,
                help: "write `input \(word): \(name.text)`",
                by: "\(word): \(name.text)")
            return (Name(word, at: next.span), TypeNode(kind: .named(name.text), span: name.span))
        }
        tell(
            "expected `:` and a type after the input's name, found \(next.inWords)", at: next.span,
            help: "put a `:` between the two", replacing: Span(name.span.end, name.span.end), by: ":")
        return (name, try typeNode())
    }

    private mutating func untyped(_ name: Name) -> TypeNode {
        tell(
            "the input `\(name.text)` has no type", at: name.span,
            help: "write for example `input \(name.text): text`", by: nil)
        return TypeNode(kind: .named(TypeWord.json.rawValue), span: name.span)
    }

    /// The type behind the `:` of an input, or behind `?:` as other languages have it; nil where neither stands here.
    private mutating func typeBehindColon(_ next: Token) throws(Diagnostic) -> TypeNode? {
        let isMarked = next.isSymbol(.question) && !next.newlineBefore
        guard isMarked || next.isSymbol(.colon) else { return nil }
        if isMarked { try tokens.take() }
        try colon("and a type after the input's name")
        let type = try typeNode()
        let mark: Span? = try isMarked ? next.span : takeOptionalMark()
        if let mark { try tellOptional(mark, type) }
        return type
    }

    /// Tells of the mark by which an input of a type should be optional.
    private mutating func tellOptional(_ mark: Span, _ type: TypeNode) throws(Diagnostic) {
        let hasDefault = try tokens.peek().isSymbol(.assign)
        let sample = hasDefault ? nil : sampleDefault(of: type)
        tell(
            "an input may be left out when it has a default, not by `\(shown(mark))`", at: mark,
            help: hasDefault
                ? "leave it out: the default stands behind"
                : "write the default behind the type" + (sample.map { ", for example `= \($0)`" } ?? ""),
            by: hasDefault ? "" : nil)
    }

    /// A default that fits a type; nil where none is at hand.
    private func sampleDefault(of type: TypeNode) -> String? {
        switch type.kind {
        case .list: return "[]"
        case .oneOf(let values): return values.first.map { quotedText($0.text) }
        case .record: return nil
        case .named(let name):
            switch TypeWord(rawValue: otherTypeName(name) ?? name) {
            case .text: return "\"\""
            case .int, .number: return "0"
            case .bool: return "false"
            case .json: return "null"
            case .bytes, .url, .list, .oneOf, nil: return nil
            }
        }
    }

    /// A type that is none of a record's field: nothing says there that a value may be absent, and what does is told.
    mutating func wholeType() throws(Diagnostic) -> TypeNode {
        let type = try typeNode()
        try passStrayOptionalMark()
        return type
    }

    mutating func passStrayOptionalMark() throws(Diagnostic) {
        guard let mark = try takeOptionalMark() else { return }
        tell(
            "only a field of a record may be absent, and this is none: no `\(shown(mark))` stands here",
            at: mark, help: "leave it out, or give a record with such a field: `{ value: text? }`", by: "")
    }

    /// Takes what says behind a type that a value may be absent, `?` or `| null` of other languages; nil where neither
    /// stands.
    private mutating func takeOptionalMark() throws(Diagnostic) -> Span? {
        if let mark = try takeNull() { return mark }
        guard try tokens.peek().isSymbol(.question), try !tokens.peek().newlineBefore else { return nil }
        return try tokens.take(as: .suffix).span
    }

    /// Takes `| null` behind a type; nil where no `|` stands.
    mutating func takeNull() throws(Diagnostic) -> Span? {
        let start = tokens.lastEnd
        guard sign(behind: start) == UInt8(ascii: "|") else { return nil }
        guard let end = endOfNull(behind: start) else {
            let bar = start + automation.source.bytes[start...].prefix { $0 != UInt8(ascii: "|") }.count
            throw Diagnostic(
                .expected, "a value has one type, and `|` parts none", at: Span(bar, bar + 1),
                help: "write the type that holds both: `json` where no other does")
        }
        tokens.move(to: end)
        return Span(start, end)
    }

    /// Where `| null`, as other languages have it behind a type, ends; nil where it does not stand.
    func endOfNull(behind place: Int) -> Int? {
        let bytes = automation.source.bytes
        var index = place
        func skipBlanks() {
            while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        }
        skipBlanks()
        guard index < bytes.count, bytes[index] == UInt8(ascii: "|") else { return nil }
        index += 1
        skipBlanks()
        let start = index
        while index < bytes.count, isIdentifierPart(bytes[index]) { index += 1 }
        return ["null", "undefined", "None", "nil"].contains(written(Span(start, index))) ? index : nil
    }

    private func shown(_ mark: Span) -> String {
        String(written(mark).drop { $0 == " " || $0 == "\t" })
    }

    /// Whether a field of a record type may be absent, by what stands behind its type.
    mutating func isOptionalField() throws(Diagnostic) -> Bool {
        if let mark = try takeNull() {
            tell(
                "a field that may be absent has a `?` behind its type", at: mark, help: "write `?`",
                by: "?")
            return true
        }
        return try tokens.takeIf(.question, as: .suffix) != nil
    }

    /// A default behind the field of a record type, where none belongs.
    mutating func passFieldDefault(_ field: Name, _ type: TypeNode) throws(Diagnostic) {
        let start = tokens.lastEnd
        guard try tokens.peek().isSymbol(.assign), try !tokens.peek().newlineBefore else { return }
        let sign = try tokens.take()
        let value = try fieldValue()
        guard fieldDefaults == nil else {
            fieldDefaults?[type.span.start] = value
            return
        }
        let span = Span(sign.span.start, value.span.end)
        tell(
            "a field of a type has no default", at: span,
            help:
                "leave it out; a field that may be absent is `\(field.text): \(written(type.span))?`, and is read by `.?\(field.text).orValue(\(written(value.span)))`",
            replacing: Span(start, span.end), by: "")
    }

    /// Takes the `=` before a default; `default` and `:` are told and taken for it.
    mutating func takeDefaultSign() throws(Diagnostic) -> Bool {
        let token = try tokens.peek()
        guard !token.newlineBefore else { return false }
        if try tokens.takeIf(.assign) != nil { return true }
        guard token.kind == .identifier("default") else { return false }
        try tokens.take()
        if try tokens.takeIf(.assign) == nil { _ = try tokens.takeIf(.colon) }
        tell(
            "a default stands behind `=`", at: token.span, help: "write `=`",
            replacing: Span(token.span.start, tokens.lastEnd), by: "=")
        return true
    }

    /// The type of a field in a record type, with what stands between.
    mutating func fieldType() throws(Diagnostic) -> TypeNode {
        let token = try tokens.peek()
        if token.isSymbol(.question), tokens.byte(at: token.span.end) == UInt8(ascii: ":") {
            try tokens.take()
            let colon = try tokens.take(as: .suffix)
            let type = try typeNode()
            tell(
                "a field that may be absent has its `?` behind the type", at: token.span.union(colon.span),
                help: "write `: \(written(type.span))?`", replacing: Span(token.span.start, type.span.end),
                by: ": \(written(type.span))?")
            return type
        }
        if case .identifier = token.kind, !token.newlineBefore {
            tell(
                "expected `:` and a type after the field's name, found \(token.inWords)", at: token.span,
                help: "put a `:` between the two", replacing: Span(tokens.lastEnd, tokens.lastEnd), by: ":")
        } else {
            try colon("and a type after the field's name")
        }
        return try typeNode()
    }
}

/// The type of this language that others call so; nil for names that none of them has.
package func otherTypeName(_ name: String) -> String? { otherTypeNames[name] }

private let otherTypeNames = [
    "string": "text", "String": "text", "str": "text", "Text": "text", "date": "text", "datetime": "text",
    "email": "text", "integer": "int", "Integer": "int", "long": "int", "float": "number", "double": "number",
    "decimal": "number", "Number": "number", "boolean": "bool", "Boolean": "bool", "dict": "json",
    "map": "json", "array": "list<text>", "object": "json", "any": "json", "uri": "url",
    "enum": "one_of(\"a\", \"b\")",
]
