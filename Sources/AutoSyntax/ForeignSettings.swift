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
