package import AutoSyntax
import CEL
package import Diagnostics
import StepKinds
import Values

/// What a name stands for.
package enum SymbolKind: Sendable, Hashable {
    case step
    case input
    case secret
    case type
    /// A variable of `each` or of a macro, by the place where it is declared.
    case variable(Int)
}

/// One place where a name stands.
package struct Occurrence: Sendable, Hashable {
    /// What is named.
    package let kind: SymbolKind
    /// The name itself.
    package let name: String
    /// Where it stands.
    package let span: Span
    /// Whether it is declared here, and not only used.
    package let isDeclaration: Bool
}

extension SemanticModel {
    /// Every place of every name of the file.
    package var occurrences: [Occurrence] { automation.occurrences }
}

extension Automation {
    /// Every place of every name of the file.
    package var occurrences: [Occurrence] {
        var finder = OccurrenceFinder(steps: Set(steps.map(\.name.text)), source: source)
        for input in inputs {
            finder.add(.input, input.name, declares: true)
            finder.add(input.type)
        }
        for secret in secrets { finder.add(.secret, secret.name, declares: true) }
        for type in types {
            finder.add(.type, type.name, declares: true)
            if let node = type.type { finder.add(node) }
        }
        if let result { finder.add(result.type) }
        for step in steps { finder.add(step) }
        for test in tests { finder.add(test) }
        return finder.found
    }
}

private struct OccurrenceFinder {
    let steps: Set<String>
    let source: SourceText
    var found: [Occurrence] = []
    private var locals: [(name: String, place: Int)] = []

    init(steps: Set<String>, source: SourceText) {
        self.steps = steps
        self.source = source
    }

    mutating func add(_ kind: SymbolKind, _ name: Name, declares: Bool = false) {
        found.append(Occurrence(kind: kind, name: name.text, span: name.span, isDeclaration: declares))
    }

    mutating func add(_ node: TypeNode) {
        switch node.kind {
        case .named(let name):
            if !DataType.names.contains(name) { add(.type, Name(name, at: node.span)) }
        case .list(let element): add(element)
        case .record(let fields): for field in fields { add(field.type) }
        case .oneOf: break
        }
    }

    mutating func add(_ step: Step) {
        add(.step, step.name, declares: true)
        for target in step.targets {
            for name in target.names where name.text != "end" { add(.step, name) }
        }
        for case .type(let node) in step.settings.map(\.content) { add(node) }
        locals = []
        if case .each(let variables, let list) = step.setting(.each)?.content {
            add(list)
            for variable in variables { declare(variable.text, variable.span) }
        }
        for field in step.fields { add(field.value) }
        for branch in step.branches {
            if case .when(let condition) = branch.condition { add(condition) }
        }
        locals = []
    }

    mutating func add(_ test: Test) {
        for field in test.fields {
            guard case .record(let entries, _) = field.value else { continue }
            for entry in entries {
                let name = Name(entry.name.text, at: entry.name.letters(in: source))
                if field.name.text == TestWord.inputs.rawValue {
                    add(.input, name)
                } else {
                    add(.step, name.part(0))
                }
            }
        }
        for expectation in test.expectations {
            add(expectation)
            addVisits(expectation)
        }
    }

    /// Steps stand in conditions on `visited` as texts: `visited == ["begin", "ask"]`, `visited.exists(v, v == "ask")`.
    private mutating func addVisits(_ expression: Expression) {
        switch expression.kind {
        case .binary(.and, _, _), .binary(.or, _, _), .unary(.not, _), .conditional:
            for child in expression.kind.children { addVisits(child) }
        case .literal, .text, .name, .select, .has, .index, .call, .unary, .binary, .list, .map, .macro:
            var isAboutVisits = false
            var literals: [(name: String, span: Span)] = []
            expression.walk { part in
                if part.kind == .name("visited", rooted: false) { isAboutVisits = true }
                if case .literal(.string(let name)) = part.kind { literals.append((name, part.span)) }
            }
            guard isAboutVisits else { return }
            for literal in literals where steps.contains(literal.name) {
                addQuoted(.step, literal.name, literal.span)
            }
        }
    }

    /// A name that stands in quotes.
    private mutating func addQuoted(_ kind: SymbolKind, _ name: String, _ span: Span) {
        guard span.end - span.start == name.utf8.count + 2 else { return }
        add(kind, Name(name, at: Span(span.start + 1, span.end - 1)))
    }

    private mutating func add(_ value: FieldValue) {
        switch value {
        case .expression(let expression): add(expression)
        case .record(let fields, _): for field in fields { add(field.value) }
        case .list(let items, _): for item in items { add(item) }
        case .program, .xpath: break
        }
    }

    private mutating func declare(_ name: String, _ span: Span) {
        locals.append((name, span.start))
        found.append(
            Occurrence(kind: .variable(span.start), name: name, span: span, isDeclaration: true))
    }

    private mutating func add(_ expression: Expression) {
        switch expression.kind {
        case .name(let name, let rooted):
            if !rooted, let local = locals.last(where: { $0.name == name }) {
                add(.variable(local.place), Name(name, at: expression.span))
            } else if steps.contains(name) {
                add(.step, Name(name, at: expression.span))
            }
        case .select(let operand, let field, let fieldSpan, _), .has(let operand, let field, let fieldSpan):
            if case .name(let root, rooted: false) = operand.kind,
                let kind = OccurrenceFinder.kind(within: root)
            {
                add(kind, Name(field, at: fieldSpan))
            } else if operand.kind == .name("prompts", rooted: false), steps.contains(field) {
                add(.step, Name(field, at: fieldSpan))
            } else {
                add(operand)
            }
        case .macro(let macro):
            add(macro.operand)
            let depth = locals.count
            for variable in macro.variables { declare(variable.name, variable.span) }
            if let condition = macro.condition { add(condition) }
            add(macro.body)
            locals.removeSubrange(depth...)
        case .index(let operand, let key, _):
            if case .name(let root, rooted: false) = operand.kind,
                let kind = OccurrenceFinder.kind(within: root),
                case .literal(.string(let name)) = key.kind
            {
                addQuoted(kind, name, key.span)
            } else {
                add(operand)
                add(key)
            }
        case .literal, .text, .call, .unary, .binary, .conditional, .list, .map:
            for child in expression.kind.children { add(child) }
        }
    }

    /// What the fields of a name are that stands for several: `inputs.ticket`, `inputs["ticket"]`.
    private static func kind(within root: String) -> SymbolKind? {
        switch root {
        case "inputs": .input
        case "secrets": .secret
        default: nil
        }
    }
}

extension Name {
    /// Where the name's own letters stand: those between the quotes, where it is written in quotes.
    package func letters(in source: SourceText) -> Span {
        let isQuoted =
            span.end - span.start == text.utf8.count + 2 && [0x22, 0x27].contains(source.bytes[span.start])
        return isQuoted ? Span(span.start + 1, span.end - 1) : span
    }

    /// A part of a name with dots, as a test writes `digest.fetch`: its first is number 0. The name's place
    /// has to be that of its letters.
    package func part(_ number: Int) -> Name {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // Where a letter is written as an escape, it is not known where the parts stand.
        guard parts.count > 1, parts.indices.contains(number), span.end - span.start == text.utf8.count else {
            return self
        }
        let start = span.start + parts[..<number].reduce(0) { $0 + $1.count + 1 }
        return Name(
            String(decoding: parts[number], as: UTF8.self), at: Span(start, start + parts[number].count))
    }
}
