import CEL
import Diagnostics

/// Settings as other languages write them, each told with its mend.
extension Parser {
    /// Whether behind `each:` a list stands with no element's name in front: `each: inputs.mails`, alone or with
    /// `as mail` behind it.
    func isListAlone() throws(Diagnostic) -> Bool {
        var probe = tokens
        let first = try probe.take()
        guard case .identifier = first.kind else { return first.isSymbol(.openBracket) }
        let next = try probe.peek()
        if next.newlineBefore || next.kind == .endOfText || next.kind == .identifier("as") { return true }
        if [Symbol.dot, .openBracket, .closeBrace].contains(where: next.isSymbol) { return true }
        // Behind a comma a second variable or the next setting stands.
        guard next.isSymbol(.comma) else { return false }
        try probe.take()
        guard case .identifier = try probe.take().kind else { return true }
        let word = try probe.peek().kind
        return word != .identifier("in") && word != .identifier("of")
    }

    /// `each: "item in list"`, told and read without its quotes; nil where no such text stands here.
    mutating func eachInQuotes() throws(Diagnostic) -> Setting.Content? {
        let token = try tokens.peek()
        guard case .text(let pieces) = token.kind, pieces.count == 1, case .characters(let text) = pieces[0]
        else { return nil }
        let inside = Span(token.span.start + 1, token.span.end - 1)
        guard inside.end > inside.start, written(inside) == text,
            case .binary(.isIn, let element, let list)? = tokens.expression(within: inside)?.kind,
            case .name(let name, rooted: false) = element.kind
        else { return nil }
        try tokens.take()
        tell(
            "what `each` goes over stands without quotes", at: token.span, help: "write `each: \(text)`",
            by: text
        )
        return .each(variables: [Name(name, at: element.span)], list: list)
    }

    /// The list alone is told, and read as if its element had a name.
    mutating func eachWithoutElement() throws(Diagnostic) -> Setting.Content {
        let list = try expression()
        var element: Name?
        let word = try tokens.peek()
        if !word.newlineBefore, word.kind == .identifier("as") {
            try tokens.take()
            element = try identifier("the element's name behind `as`")
        }
        let wanted = "\(element?.text ?? "item") in \(written(list.span))"
        tell(
            "`each` says what an element is called, as in `each: item in list`",
            at: Span(list.span.start, tokens.lastEnd), help: "write `each: \(wanted)`",
            by: element == nil ? nil : wanted)
        return .each(variables: [element ?? Name("item", at: list.span)], list: list)
    }

    /// The names behind `each:`, without the brackets that other languages put around two of them.
    mutating func eachVariables() throws(Diagnostic) -> [Name] {
        let open = try tokens.takeIf(.openParen)
        var variables = [try identifier("a variable, as in `each: item in list`")]
        if try tokens.takeIf(.comma) != nil { variables.append(try identifier("a second variable")) }
        if let open {
            let close = try tokens.expect(.closeParen, "behind the names")
            let names = variables.map(\.text).joined(separator: ", ")
            tell(
                "the names of `each` stand without brackets", at: open.span.union(close.span),
                help: "write `each: \(names) in …`", by: names)
        }
        return variables
    }

    /// `each: row, i in rows`, whose names say that they stand the other way round.
    mutating func indexFirst(_ variables: [Name]) -> [Name] {
        guard variables.count == 2, indexNames.contains(variables[1].text),
            !indexNames.contains(variables[0].text)
        else { return variables }
        let names = "\(variables[1].text), \(variables[0].text)"
        tell(
            "the index comes first in `each`, and here `\(variables[0].text)` does",
            at: variables[0].span.union(variables[1].span), help: "write `each: \(names) in …`", by: names)
        return variables.reversed()
    }

    /// `enumerate(rows)` and `rows.entries()` behind two names: the first of them is the index as it is.
    mutating func withoutNumbering(_ list: Expression, _ variables: [Name]) -> Expression {
        guard variables.count == 2, case .call(let name, _, let target, let arguments) = list.kind,
            numberingFunctions.contains(name)
        else { return list }
        let inner: Expression
        switch (target, arguments.count) {
        case (let operand?, 0): inner = operand
        case (nil, 1): inner = arguments[0]
        default: return list
        }
        tell(
            "the first of two names of `each` is the index, with no `\(name)`", at: list.span,
            help: "write `each: \(variables[0].text), \(variables[1].text) in \(written(inner.span))`",
            by: written(inner.span))
        return inner
    }

    /// Refuses `when …` and `else …` of a LOGIC_DECISION that stand where settings do.
    func refuseStrayBranch(_ word: String, _ token: Token, of step: Step) throws(Diagnostic) {
        guard step.type == .logicDecision, ["when", "if", "else"].contains(word),
            let next = tokens.second(), !next.isSymbol(.colon)
        else { return }
        let branch = word == "else" ? "other: else -> step" : "label: when condition -> step"
        throw Diagnostic(
            .expected, "a branch stands in `prompt_template`, behind its label", at: token.span,
            help: "write prompt_template { \(branch) }")
    }
}

/// What people call an index, and nothing else.
private let indexNames: Set<String> = [
    "i", "j", "k", "n", "idx", "ix", "index", "number", "no", "nr", "pos", "position", "counter",
]
/// What gives elements with their indices in other languages.
private let numberingFunctions: Set<String> = ["enumerate", "entries", "with_index", "withIndex"]
