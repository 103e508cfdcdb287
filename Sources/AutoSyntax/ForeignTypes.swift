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
        let next = try tokens.peek()
        guard !next.newlineBefore, next.span.start == name.span.end else { return nil }
        if next.isSymbol(.openBracket) {
            try tokens.take()
            let close = try tokens.expect(.closeBracket, "after `[`, as in `list<text>`")
            return list(of: TypeNode(kind: .named(name.text), span: name.span), name.span.union(close.span))
        }
        let lower = name.text.lowercased()
        if next.isSymbol(.less) {
            guard ["array", "list", "seq", "sequence", "vec", "optional", "maybe", "option"].contains(lower)
            else { return nil }
            try tokens.take()
            let element = try typeNode()
            let close = try tokens.expect(.greater, "after the type of the elements", as: .suffix)
            let span = name.span.union(close.span)
            guard lower.hasPrefix("opt") || lower == "maybe" else { return list(of: element, span) }
            tell(
                "there is no type `\(name.text)`", at: span,
                help:
                    "a field of a record that may be absent is written `\(written(element.span))?`; an input gets a default",
                by: nil)
            return element
        }
        guard next.isSymbol(.openParen),
            ["enum", "oneof", "choice", "choices", "literal", "union"].contains(lower)
        else {
            return nil
        }
        try tokens.take()
        return try words(from: name.span.start, until: .closeParen)
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
    private func mended(_ type: TypeNode) -> String {
        switch type.kind {
        case .named(let name): name
        case .list(let element): "list<\(mended(element))>"
        case .oneOf(let values): "one_of(\(values.map { quotedText($0.text) }.joined(separator: ", ")))"
        case .record: written(type.span)
        }
    }

    private mutating func words(from start: Int, until symbol: Symbol) throws(Diagnostic) -> TypeNode {
        var values: [Name] = []
        while try !tokens.peek().isSymbol(symbol) {
            values.append(try plainText("a text such as \"yes\""))
            guard try another("between two values") else { break }
        }
        let close = try tokens.expect(symbol, "after the values")
        return oneOf(values, Span(start, close.span.end))
    }

    /// `"a" | "b"`.
    private mutating func wordsWithBars(_ token: Token) throws(Diagnostic) -> TypeNode {
        var values = [try plainText("a text")]
        while sign(behind: tokens.lastEnd) == UInt8(ascii: "|") {
            var place = tokens.lastEnd
            while tokens.byte(at: place) != UInt8(ascii: "|") { place += 1 }
            tokens.move(to: place + 1)
            values.append(try plainText("a text behind `|`"))
        }
        return oneOf(values, Span(token.span.start, tokens.lastEnd))
    }

    private mutating func oneOf(_ values: [Name], _ span: Span) -> TypeNode {
        let type = TypeNode(kind: .oneOf(values), span: span)
        tell(
            "a choice of texts is written `one_of(…)`", at: span, help: "write `\(mended(type))`",
            by: mended(type))
        return type
    }

    // Inputs and fields of types.

    /// The type behind an input's name; where it stands before the name, or not at all, that is told.
    mutating func inputType(_ name: Name) throws(Diagnostic) -> (Name, TypeNode) {
        let next = try tokens.peek()
        guard !next.isSymbol(.colon) else {
            try colon("and a type after the input's name")
            let type = try typeNode()
            try passOptionalMark()
            return (name, type)
        }
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

    private mutating func passOptionalMark() throws(Diagnostic) {
        guard try tokens.peek().isSymbol(.question) else { return }
        let mark = try tokens.take()
        tell(
            "an input may be left out when it has a default, not by `?`", at: mark.span,
            help: "write the default behind the type, for example `= \"\"`", by: nil)
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
