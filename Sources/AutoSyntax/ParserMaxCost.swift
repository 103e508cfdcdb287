import CEL
import Diagnostics

extension Parser {
    /// `max_cost 40`: how many model calls one run may make at the most. `max_cost $0.50`: what they may cost.
    mutating func maxCost() throws(Diagnostic) {
        let word = try tokens.take()
        if let misplaced = misplacedDollar(behind: word) { throw misplaced }
        var dollars = try tokens.dollars()
        if dollars == nil, try tokens.takeIf(.colon, as: .suffix) != nil { dollars = try tokens.dollars() }
        if let (amount, span) = dollars {
            if automation.maxDollars != nil { reportSecondMaxCost(word, "in dollars") }
            automation.maxDollars = MaxDollars(dollars: amount, span: word.span.union(span))
            return try endOfLine()
        }
        let token = try tokens.peek()
        guard case .int(let count) = token.kind, count >= 0 else {
            throw tokens.unexpected(
                token, expected: "a whole number of model calls, or dollars, after `max_cost`",
                help: "write: max_cost 40, or max_cost $0.50")
        }
        try tokens.take()
        if automation.maxCost != nil { reportSecondMaxCost(word, "in calls") }
        automation.maxCost = MaxCost(calls: Int(count), span: word.span.union(token.span))
        try endOfLine()
    }

    /// `max_cost 3$` and `max_cost $ 3`, where the `$` does not stand right in front of the amount.
    private func misplacedDollar(behind word: Token) -> Diagnostic? {
        let source = automation.source
        let rest = source.bytes[word.span.end...].prefix {
            $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "#")
        }
        let text = String(decoding: rest, as: UTF8.self)
        guard let place = rest.firstIndex(of: UInt8(ascii: "$")) else { return nil }
        let isInFront = rest[..<place].allSatisfy { " \t:".utf8.contains($0) }
        if isInFront, place + 1 < rest.endIndex, !" \t".utf8.contains(rest[place + 1]) { return nil }
        let amount = String(text.filter { !"$: \t\r".contains($0) })
        guard amount.first?.isNumber == true || amount.first == ".", let dollars = Double(amount),
            dollars.isFinite
        else { return nil }
        return Diagnostic(
            .expected, "expected the `$` of an amount right in front of it", at: Span(place, place + 1),
            help: "write: max_cost $\(amount)")
    }

    private mutating func reportSecondMaxCost(_ word: Token, _ unit: String) {
        report(
            Diagnostic(
                .duplicateName, "the file has a second `max_cost` \(unit)", at: word.span,
                help: "leave one of them out"))
    }
}
