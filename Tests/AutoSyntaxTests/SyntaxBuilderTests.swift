import AutoSyntax
import CEL
import Diagnostics
import Testing

@Suite(.timeLimit(.minutes(1))) struct SyntaxBuilderTests {
    @Test func aTreeMadeByCodeIsPrinted() throws {
        var builder = SyntaxBuilder()
        builder.node(.declaration(.automation)) { builder in
            builder.word("automation")
            builder.text("Say \"${hi}\"")
        }
        try builder.declarations("# why\ninput  a:text", allowed: [.input])
        builder.newLine()
        try builder.node(.step) { (builder) throws(Diagnostic) in
            builder.word("DATA_TRANSFORM")
            builder.word("x")
            builder.target(["y", "end"])
            try builder.block { (builder) throws(Diagnostic) in
                builder.newLine()
                try builder.node(.setting) { (builder) throws(Diagnostic) in
                    builder.key("result")
                    try builder.fragment("list<{a:int}>", as: .type)
                }
                builder.newLine()
                try builder.node(.template) { (builder) throws(Diagnostic) in
                    builder.word("prompt_template")
                    try builder.block { (builder) throws(Diagnostic) in
                        builder.newLine()
                        try builder.node(.field) { (builder) throws(Diagnostic) in
                            builder.key("a b")
                            try builder.fragment("-1+inputs.a", as: .value)
                        }
                    }
                }
            }
        }
        let tree = builder.tree()
        #expect(
            canonicalText(of: tree) == """
                automation "Say \\"$${hi}\\""
                # why
                input a: text

                DATA_TRANSFORM x -> [y, end] {
                  result: list<{ a: int }>
                  prompt_template {
                    "a b": -1 + inputs.a
                  }
                }

                """)
        let parsed = parseAutomation(tree.source)
        #expect(parsed.findings.isEmpty)
        #expect(parsed.tree.nodes == tree.nodes)
        #expect(parsed.tree.tokens.map(\.span) == tree.tokens.map(\.span))
        #expect(parsed.tree.tokens.map(\.role) == tree.tokens.map(\.role))
        #expect(parsed.tree.tokens.map(\.newlineBefore) == tree.tokens.map(\.newlineBefore))
    }

    /// What is given as one part of a file cannot bring others with it.
    @Test(arguments: [
        ("1 }\n}\nLLM_CALL evil -> end", Fragment.value), ("\"a\"\nurl: \"b\"", .value),
        ("true -> x", .expression), ("text }", .type), ("i in l\ncache: true", .each),
        ("\"h1\", x: \"p\"", .selector), ("\"a\" \"b\"", .program), ("x", .program), ("", .value),
        ("\"${", .value), ("{ a: 1, a: 2 }", .value),
    ])
    func aFragmentIsOnePart(text: String, fragment: Fragment) {
        var builder = SyntaxBuilder()
        #expect(throws: Diagnostic.self) { try builder.fragment(text, as: fragment) }
    }

    @Test(arguments: ["START a -> end", "automation \"x\"", "input x: nothing closed {"])
    func onlyDeclarationsThatAreAllowed(text: String) {
        var builder = SyntaxBuilder()
        #expect(throws: Diagnostic.self) { try builder.declarations(text, allowed: [.input, .test]) }
    }
}
