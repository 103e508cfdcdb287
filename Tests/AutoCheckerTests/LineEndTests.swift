import AutoChecker
import Diagnostics
import Testing

/// A mistake at the end of a declaration's line, or behind it, costs no line but its own.
@Suite(.timeLimit(.minutes(1))) struct LineEndTests {
    private func codes(_ head: String) -> [Code] {
        let text = """
            \(head)
            input c: text
            START begin -> a
            DATA_TRANSFORM a -> end { prompt_template { value: inputs.c } }

            """
        return check(SourceText(name: "t.auto", text: text)).findings.map(\.code)
    }

    @Test(arguments: [
        ("automation \"A\"\ndescription \"x \\q\"", Code.badLiteral),
        ("automation \"A\"\ninput d: text \"x \\q\"", Code.badLiteral),
        ("automation \"A\"\ndescription \"\"\"\nx \\q\nSTART\n\"\"\"", Code.badLiteral),
        // What is missing is missing before the next line.
        ("automation \"A\"\ndescription", Code.expected),
        ("automation \"A\"\nmax_cost", Code.expected),
        // A line that cannot be read is an `automation` line all the same.
        ("automation \"A \\q\"", Code.badLiteral),
        ("automation", Code.expected),
    ])
    func theNextLineIsRead(head: String, code: Code) {
        #expect(codes(head) == [code])
    }

    @Test func withoutItsLineTheNameIsMissing() {
        #expect(codes("# nothing") == [.missingHeader])
    }
}
