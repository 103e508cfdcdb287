import CEL
import Diagnostics

extension Parser {
    /// `max_cost 40`: how many model calls one run may make at the most. `max_cost $0.50`: what they may cost.
    mutating func maxCost() throws(Diagnostic) {
        let word = try tokens.take()
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

    private mutating func reportSecondMaxCost(_ word: Token, _ unit: String) {
        report(
            Diagnostic(
                .duplicateName, "the file has a second `max_cost` \(unit)", at: word.span,
                help: "leave one of them out"))
    }
}
