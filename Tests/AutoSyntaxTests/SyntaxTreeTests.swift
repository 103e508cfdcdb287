import AutoSyntax
import CEL
import Diagnostics
import Testing

@Suite(.timeLimit(.minutes(1))) struct SyntaxTreeTests {
    @Test func theProjectHasFiles() { #expect(projectFiles().count > 100) }

    @Test(arguments: projectFiles())
    func nothingIsLost(source: SourceText) { expectWhole(source) }

    /// A canonical file stays as it is, and formatting keeps what a file says.
    @Test(arguments: projectFiles())
    func formattingKeepsTheTree(source: SourceText) throws {
        guard let once = format(source).text else { return }
        let formatted = SourceText(name: source.name, text: once)
        #expect(format(formatted).text == once)
        let (before, after) = (parseAutomation(source), parseAutomation(formatted))
        #expect(after.findings.isEmpty && after.automation.meaning == before.automation.meaning)
        #expect(after.tree.nodes.map(\.kind) == before.tree.nodes.map(\.kind))
    }

    /// Files that are cut off, and files with a piece taken out, are broken in ways that nobody thinks of.
    @Test(arguments: 0..<60)
    func nothingIsLostOfBrokenFiles(seed: Int) {
        var generator = AutomationGenerator(seed: seed &* 104_729 &+ 7)
        let bytes = Array(generator.file().utf8)
        for _ in 0..<20 {
            let start = Int.random(in: 0..<bytes.count, using: &generator.random)
            let end = Int.random(in: start...min(bytes.count, start + 30), using: &generator.random)
            expectWhole(SourceText(name: "cut", bytes: Array(bytes[..<start])))
            expectWhole(SourceText(name: "torn", bytes: Array(bytes[..<start] + bytes[end...])))
        }
    }

    @Test(arguments: [
        "", "\u{FEFF}", "\u{FEFF}# only\r\n", "}}}", "\"", "\"\"\"\n\nSTART", "START a -> \"${\"${",
        "é ° € \u{1F600}",
        "`", "LLM_CALL a -> b {\n x: '''\n", "input a: {{{", "\n\n  r\"", "type T = { a: int",
    ])
    func nothingIsLostOf(text: String) { expectWhole(SourceText(name: "t", text: text)) }

    @Test func bytesThatAreNoTextAreKept() { expectWhole(SourceText(name: "t", bytes: [0x41, 0xFF, 0x0A])) }

    /// The tokens are the text, and the nodes stand in one another.
    private func expectWhole(_ source: SourceText) {
        let tree = parseAutomation(source).tree
        #expect(tree.text == source.bytes, "\(source.name)")
        var end = 0
        for token in tree.tokens {
            #expect(
                token.leadingStart == end && token.span.start >= end && token.span.end >= token.span.start)
            end = token.span.end
        }
        #expect(tree.tokens.last?.isEnd == true && end == source.bytes.count)
        for (number, node) in tree.nodes.enumerated() {
            #expect(node.nodesEnd > number && node.nodesEnd <= tree.nodes.count)
            guard let parent = node.parent else { continue }
            let outer = tree.nodes[parent]
            #expect(parent < number && node.nodesEnd <= outer.nodesEnd)
            #expect(outer.tokens.lowerBound <= node.tokens.lowerBound)
            #expect(node.tokens.upperBound <= outer.tokens.upperBound)
        }
        let own = tree.nodes.indices.flatMap { tree.children(of: $0) }.compactMap { child in
            if case .token(let token) = child { token } else { nil }
        }
        #expect(own.sorted() == Array(0..<(tree.tokens.count - 1)), "each token stands in one node")
    }

    @Test func commentsAndBlanksBelongToTheTokenBehindThem() {
        let tree = parseAutomation(
            SourceText(name: "t", text: "START a -> b  # behind \n\n# above\nLLM_CALL b -> end\n")
        ).tree
        #expect(tree.source.text(tree.tokens[4].leading) == "  # behind \n\n# above\n")
        let comments = tree.comments(before: 4)
        #expect(comments.map { tree.source.text($0.span) } == ["# behind", "# above"])
        #expect(comments.map(\.isTrailing) == [true, false] && comments.map(\.blankBefore) == [false, true])
        #expect(!tree.blankBefore(4))
    }

    @Test func nodesHaveTheirWholeSpan() throws {
        let text = """
            input tier: one_of("a", "b") = "a" "the tier"
            secret KEY "a key"
            type T = { a: int }
            max_cost 4
            """
        let automation = parseAutomation(SourceText(name: "t", text: text)).automation
        let spans = [
            automation.inputs.first?.span, automation.secrets.first?.span, automation.types.first?.span,
            automation.maxCost?.span,
        ]
        let texts = try spans.map { automation.source.text(try #require($0)) }
        #expect(texts == text.split(separator: "\n").map(String.init))
    }

    /// A declaration's word in the first column ends a block that was left open: one finding, whatever the word.
    @Test(arguments: DeclarationWord.allCases)
    func anUnclosedBlockIsOneFinding(word: DeclarationWord) {
        let declaration =
            switch word {
            case .automation: "automation \"x\""
            case .description: "description \"x\""
            case .input: "input x: text"
            case .secret: "secret X"
            case .type: "type T = int"
            case .result: "result int"
            case .maxCost: "max_cost 4"
            case .test: "test \"x\" { expect true }"
            }
        let open = "START a -> b\nLLM_CALL b -> end {\n  prompt_template {\n    user: \"x\"\n"
        let parsed = parseAutomation(SourceText(name: "t", text: open + declaration + "\n"))
        #expect(parsed.findings.map(\.code) == [.unclosedBlock], "\(parsed.findings.map(\.message))")
        #expect(parsed.tree.nodes.contains { $0.kind == .declaration(word) && $0.state == .complete })
    }
}
