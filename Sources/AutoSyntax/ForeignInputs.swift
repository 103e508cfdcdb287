import CEL
import Diagnostics

/// Inputs as other tools declare them, each told with its mend and read as what is meant.
extension Parser {
    /// `inputs { x: text, y: int }`.
    mutating func inputsBlock(_ word: Span) throws(Diagnostic) {
        fieldDefaults = [:]
        defer { fieldDefaults = nil }
        let type = try typeNode()
        let defaults = fieldDefaults ?? [:]
        guard case .record(let fields) = type.kind else { return }
        let lines = fields.map { field in
            let value = defaults[field.type.span.start].map { " = " + written($0.span) } ?? ""
            let documentation = field.documentation.map { " " + quotedText($0) } ?? ""
            return "input \(field.name.text): \(written(field.type.span))\(value)\(documentation)"
        }
        tell(
            "each input has a line of its own", at: word, help: "write \(inWords(lines, joiner: "and"))",
            replacing: word.union(type.span), by: lines.joined(separator: "\n"))
        automation.inputs += fields.map { field in
            let span = field.name.span.union(field.type.span)
            return Input(
                name: field.name, type: field.type, documentation: field.documentation,
                defaultValue: defaults[field.type.span.start], span: span)
        }
        try endOfLine()
    }

    /// `inputs:` with a line for each input below it, indented, as YAML has it; false where no such line follows.
    ///
    /// - Parameter word: the word itself, which has been taken.
    mutating func indentedInputs(_ word: Span) throws(Diagnostic) -> Bool {
        let next = try tokens.peek()
        let isColon = next.isSymbol(.colon) && !next.newlineBefore
        guard let first = isColon ? afterNext() : next, isIndented(first) else { return false }
        var probe = tokens.probe()
        if isColon { _ = try? probe.take() }
        guard (try? probe.take()) != nil, let sign = try? probe.peek(), sign.isSymbol(.colon) else {
            return false
        }
        if isColon { try tokens.take() }
        var lines: [String] = []
        while true {
            let token = try tokens.peek()
            guard isIndented(token) else { break }
            try inputEntry(from: token.span.start)
            lines.append("input " + written(Span(token.span.start, tokens.lastEnd)))
        }
        tell(
            "each input has a line of its own", at: word, help: "write \(inWords(lines, joiner: "and"))",
            replacing: Span(word.start, tokens.lastEnd), by: lines.joined(separator: "\n"))
        return true
    }

    private func isIndented(_ token: Token) -> Bool {
        guard token.newlineBefore, case .identifier = token.kind else { return false }
        return automation.source.position(at: token.span.start).column > 1
    }

    /// Passes over a comma between what an input is and its description or default.
    mutating func passComma() throws(Diagnostic) {
        let token = try tokens.peek()
        guard token.isSymbol(.comma), !token.newlineBefore, let next = tokens.second(), !next.newlineBefore,
            next.isSymbol(.assign) || next.isPlainText
        else { return }
        let before = tokens.lastEnd
        try tokens.take()
        tell(
            "no `,` stands between an input's type and what follows", at: token.span, help: "leave it out",
            replacing: Span(before, token.span.end), by: "")
    }
}

extension Token {
    fileprivate var isPlainText: Bool { if case .text = kind { true } else { false } }
}
