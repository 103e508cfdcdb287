import Testing
import Values

/// What HTTP takes as the name and as the value of a header.
@Suite(.timeLimit(.minutes(1))) struct HTTPTextTests {
    @Test(arguments: [
        ("x-api-key", true), ("GET", true), ("a!#$%&'*+-.^_`|~9", true), ("", false), ("a b", false),
        ("a:b", false), ("é", false), ("a\r", false), ("(a)", false), ("a/b", false),
    ])
    func tokens(text: String, isToken: Bool) {
        #expect(isHTTPToken(text) == isToken)
    }

    @Test(arguments: [
        ("", true), ("Bearer x y", true), ("a\tb", true), ("é", true), ("a\nb", false), ("a\rb", false),
        ("a\u{0}b", false), ("a\u{7F}", false),
    ])
    func values(text: String, isValue: Bool) {
        #expect(isHTTPHeaderValue(text) == isValue)
    }
}
