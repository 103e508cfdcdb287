import CEL
import Diagnostics

/// Tests, as a file declares them.
extension Parser {
    mutating func test() throws(Diagnostic) {
        let word = try tokens.take()
        let name = try testName()
        let open = try beginBlock("after the test's name")
        var fields: [Field] = []
        var expectations: [Expression] = []
        block(opening: open) { (parser, token) throws(Diagnostic) in
            if try parser.isExpectation(token) {
                let expectation = try parser.node(.expectation) { (parser) throws(Diagnostic) in
                    try parser.tokens.take()
                    try parser.passSign(behind: "expect")
                    return try parser.expression()
                }
                expectations.append(expectation)
            } else {
                fields.append(
                    try parser.node(.field) { (parser) throws(Diagnostic) in try parser.testField() })
            }
        }
        automation.tests.append(
            Test(
                name: name, fields: fields, expectations: expectations,
                span: word.span.union(Span(word.span.start, tokens.lastEnd))))
    }
}

extension Parser {
    /// Whether a condition of a test begins here; `assert` of other languages is told and taken for `expect`.
    fileprivate mutating func isExpectation(_ token: Token) throws(Diagnostic) -> Bool {
        let word = TestWord.expect.rawValue
        if token.kind == .identifier(word) { return true }
        guard token.kind == .identifier("assert"), !tokens.isFollowedByColon(token) else { return false }
        tell("what a test expects begins with `\(word)`", at: token.span, help: "write `\(word)`", by: word)
        return true
    }

    fileprivate mutating func testField() throws(Diagnostic) -> Field {
        let name = try fieldName()
        try colon("after the field's name")
        guard let word = TestWord(rawValue: name.text), word != .expect else {
            let words = TestWord.allCases.map(\.rawValue)
            let near = nearestName(to: name.text, in: words)
            if let near, near != TestWord.expect.rawValue {
                tokens.tell(
                    .unknownField, "a test has no field `\(name.text)`", at: name.span,
                    help: "did you mean `\(near)`?", by: near)
                return Field(name: Name(near, at: name.span), value: try fieldValue())
            }
            throw Diagnostic(
                .unknownField, "a test has no field `\(name.text)`", at: name.span,
                help: near.map { "did you mean `\($0)`?" } ?? "there are \(inWords(words, joiner: "and"))")
        }
        return Field(name: name, value: try fieldValue())
    }
}
