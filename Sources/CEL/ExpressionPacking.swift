package import Diagnostics
package import Values

extension Span: Packable {
    /// Where it begins, and how long it is.
    package func pack(into writer: inout PackedWriter) { writer.write(start, end - start) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        let start = try reader.read(Int.self)
        let length = try reader.read(Int.self)
        let (end, isTooLarge) = start.addingReportingOverflow(length)
        guard start >= 0, length >= 0, !isTooLarge else {
            throw UnpackingError("a place is not in the text")
        }
        self.init(start, end)
    }
}

extension Expression: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(kind, span) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self = try reader.nested { (reader) throws(UnpackingError) in
            let kind = try reader.read(ExpressionKind.self)
            return Expression(kind, at: try reader.read())
        }
    }
}

extension ExpressionKind: Packable {
    private enum Case: UInt8, Packable {
        case literal = 0
        case text = 1
        case name = 2
        case select = 3
        case has = 4
        case index = 5
        case call = 6
        case unary = 7
        case binary = 8
        case conditional = 9
        case list = 10
        case map = 11
        case macro = 12
    }

    package func pack(into writer: inout PackedWriter) {
        switch self {
        case .literal(let value): writer.write(Case.literal, value)
        case .text(let parts): writer.write(Case.text, parts)
        case .name(let name, let rooted):
            writer.write(Case.name, name, rooted)
        case .select(let operand, let field, let fieldSpan, let optional):
            writer.write(Case.select, operand, field, fieldSpan, optional)
        case .has(let operand, let field, let fieldSpan):
            writer.write(Case.has, operand, field, fieldSpan)
        case .index(let operand, let key, let optional):
            writer.write(Case.index, operand, key, optional)
        case .call(let name, let nameSpan, let target, let arguments):
            writer.write(Case.call, name, nameSpan, target, arguments)
        case .unary(let sign, let operand): writer.write(Case.unary, sign, operand)
        case .binary(let sign, let left, let right):
            writer.write(Case.binary, sign, left, right)
        case .conditional(let condition, let yes, let no):
            writer.write(Case.conditional, condition, yes, no)
        case .list(let elements): writer.write(Case.list, elements)
        case .map(let entries): writer.write(Case.map, entries)
        case .macro(let macro): writer.write(Case.macro, macro)
        }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        switch try reader.read(Case.self) {
        case .literal: self = .literal(try reader.read())
        case .text: self = .text(try reader.read())
        case .name: self = .name(try reader.read(), rooted: try reader.read())
        case .select:
            self = .select(
                try reader.read(), field: try reader.read(), fieldSpan: try reader.read(),
                optional: try reader.read())
        case .has:
            self = .has(try reader.read(), field: try reader.read(), fieldSpan: try reader.read())
        case .index: self = .index(try reader.read(), try reader.read(), optional: try reader.read())
        case .call:
            self = .call(
                try reader.read(), nameSpan: try reader.read(), target: try reader.read(), try reader.read())
        case .unary: self = .unary(try reader.read(), try reader.read())
        case .binary: self = .binary(try reader.read(), try reader.read(), try reader.read())
        case .conditional: self = .conditional(try reader.read(), try reader.read(), try reader.read())
        case .list: self = .list(try reader.read())
        case .map: self = .map(try reader.read())
        case .macro: self = .macro(try reader.read())
        }
    }
}

extension UnaryOperator: Packable {}
extension BinaryOperator: Packable {}
extension MacroKind: Packable {}

extension TextPart: Packable {
    private enum Case: UInt8, Packable {
        case characters = 0
        case expression = 1
    }

    package func pack(into writer: inout PackedWriter) {
        switch self {
        case .characters(let text): writer.write(Case.characters, text)
        case .expression(let expression): writer.write(Case.expression, expression)
        }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        switch try reader.read(Case.self) {
        case .characters: self = .characters(try reader.read())
        case .expression: self = .expression(try reader.read())
        }
    }
}

extension ListElement: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(value, optional) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(value: try reader.read(), optional: try reader.read())
    }
}

extension MapEntry: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(key, value, optional) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(key: try reader.read(), value: try reader.read(), optional: try reader.read())
    }
}

extension Macro: Packable {
    package func pack(into writer: inout PackedWriter) {
        writer.write(kind, operand, variables, condition, body)
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(
            kind: try reader.read(), operand: try reader.read(), variables: try reader.read(),
            condition: try reader.read(), body: try reader.read())
        // What runs a macro counts on this.
        guard kind.variableCounts.contains(variables.count) else {
            throw UnpackingError("a macro `\(kind.rawValue)` has \(variables.count) variables")
        }
    }
}

extension MacroKind {
    /// How many variables the parser lets it have.
    fileprivate var variableCounts: ClosedRange<Int> {
        switch self {
        case .all, .exists, .existsOne: 1...2
        case .map, .filter, .optMap, .optFlatMap, .sortBy, .bind: 1...1
        case .transformList, .transformMap, .transformMapEntry: 2...2
        }
    }
}

extension MacroVariable: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(name, span) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(name: try reader.read(), span: try reader.read())
    }
}

extension ProgramLine: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(offsetInText, offsetInSource) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(offsetInText: try reader.read(), offsetInSource: try reader.read())
    }
}

extension ProgramText: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(text, span, lines) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(text: try reader.read(), span: try reader.read(), lines: try reader.read())
    }
}
