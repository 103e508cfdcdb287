import AutoChecker
import Diagnostics
import Testing

/// First files of people who know YAML, GitHub Actions, JavaScript, Python, n8n or Terraform: what they wrote is named, and
/// `--fix` leads to a file without an error.
@Suite(.timeLimit(.minutes(1))) struct FirstDraftTests {
    private static let begin = "automation \"A\"\ninput n: int = 1\nSTART begin -> ask\n"
    private static let ask = "LLM_CALL ask -> end {\n  timeout: 5s\n  prompt_template { user: \"Hi\" }\n}\n"

    private func errors(_ bytes: [UInt8]) -> [Diagnostic] {
        check(SourceText(name: "first.auto", bytes: bytes)).findings.filter { $0.severity == .error }
    }

    private func errors(_ text: String) -> [Diagnostic] { errors(Array(text.utf8)) }

    /// The text as `--fix`, run again and again, leaves it.
    private func mended(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<6 {
            let (next, count) = applyingFixes(of: errors(bytes), to: bytes)
            if count == 0 { break }
            bytes = next
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Each is told by these words alone, and mended.
    @Test(arguments: [
        (
            "START begin:\n  -> ask\n\(ask)", "automation \"A\"\n", ["no `:` stands before `->`"],
            "START begin\n  -> ask\n\(ask)"
        ),
        ("- \(ask)", begin, ["steps stand one below the other, and are no list"], ask),
        ("-- asks\n\(ask)", begin, ["a comment begins with `#`, not with `--`"], "# asks\n\(ask)"),
        ("; asks\n\(ask)", begin, ["a comment begins with `#`, not with `;`"], "# asks\n\(ask)"),
        ("<!-- asks -->\n\(ask)", begin, ["a comment begins with `#`, not with `<!--`"], "# asks \n\(ask)"),
        (
            "type V {\n  a: text\n}\n\(ask)", begin, ["a type's name and what it is are parted by `=`"],
            "type V = {\n  a: text\n}\n\(ask)"
        ),
        (
            "LLM_CALL ask –> end {\n  timeout: 5 seconds\n  prompt_template { user: \"Hi\" }\n}\n", begin,
            ["a duration is one word", "`–` means nothing here"], ask
        ),
        (
            "LLM_CALL ask -> end {\n  timeout: 2 minutes\n  prompt_template { user: \"Hi\" }\n}\n", begin,
            ["a duration is one word"],
            "LLM_CALL ask -> end {\n  timeout: 2m\n  prompt_template { user: \"Hi\" }\n}\n"
        ),
    ]) func aSlipIsToldAndMended(wrong: String, before: String, words: [String], right: String) {
        let found = errors(before + wrong)
        #expect(Set(found.map(\.message)) == Set(words), "\(found.map(\.message))")
        #expect(found.count == words.count)
        #expect(mended(before + wrong) == before + right)
        #expect(errors(mended(before + wrong)).isEmpty)
    }

    /// Blocks behind a `:`, as YAML has them, become blocks in braces.
    @Test func indentedBlocksGetTheirBraces() {
        let wrong = """
            name: Say hello
            description: Greets somebody
            START begin -> ask
            LLM_CALL ask -> end:
              timeout: 30s
              prompt_template:
                user: Say hello
                model: builtin model
            """
        let found = errors(wrong)
        #expect(found.contains { $0.message == "the settings of `ask` stand in no block" })
        #expect(found.contains { $0.message == "the fields of `prompt_template` stand in no block" })
        let right = """
            automation "Say hello"
            description "Greets somebody"
            START begin -> ask
            LLM_CALL ask -> end {
              timeout: 30s
              prompt_template {
                user: "Say hello"
                model: "builtin model"
              }
            }
            """
        #expect(mended(wrong) == right)
        #expect(errors(right).isEmpty)
    }

    @Test(arguments: [
        // Without `prompt_template`.
        """
          big: when inputs.n > 3 -> a
          other: else -> b
        """,
        // Without labels besides.
        """
          when inputs.n > 3 -> a
          else -> b
        """,
        // As Python has it.
        """
          prompt_template {
            if inputs.n > 3: -> a
            else: -> b
          }
        """,
    ]) func branchesAreRead(block: String) {
        let steps = ["a", "b"].map { "DATA_TRANSFORM \($0) -> end { prompt_template { value: 1 } }\n" }
            .joined()
        let wrong =
            "automation \"A\"\ninput n: int = 1\nSTART begin -> r\nLOGIC_DECISION r {\n\(block)\n}\n\(steps)"
        #expect(!errors(wrong).isEmpty)
        let left = errors(mended(wrong))
        #expect(left.isEmpty, "\(mended(wrong))\n\(left.map(\.message))")
    }

    /// A label that a branch without one is given is not that of a later branch.
    @Test func aLabelThatIsGivenIsNoOthers() {
        let wrong = """
            automation "A"
            input n: int = 1
            START begin -> r
            LOGIC_DECISION r {
              prompt_template {
                when inputs.n > 3 -> a
                to_a: when inputs.n == 3 -> a
                other: else -> end
              }
            }
            DATA_TRANSFORM a -> end { prompt_template { value: 1 } }

            """
        #expect(errors(wrong).map(\.message) == ["this branch has no label"])
        #expect(mended(wrong) == wrong.replacing("when inputs.n > 3", with: "to_a_2: when inputs.n > 3"))
    }

    /// Words that begin something elsewhere are answered with what stands for it here.
    @Test(arguments: [
        ("const limit = 3", "DATA_TRANSFORM limit"), ("let x = 3", "DATA_TRANSFORM limit"),
        ("while (n < 3) {", "each: item in"), ("for x in xs:", "each: item in"),
        ("if (n > 3) {", "LOGIC_DECISION check"), ("def f(x):", "PYTHON step"),
        ("function f() {", "PYTHON step"), ("env:", "secret TOKEN"),
        ("variable \"city\" {", "input city: text"),
        ("jobs:", "LLM_CALL ask"), ("steps:", "LLM_CALL ask"), ("on: push", "schedule"),
    ]) func whatStandsForItIsSaid(line: String, help: String) throws {
        let found = errors(Self.begin + Self.ask + line + "\n")
        let first = try #require(found.first { $0.code == .unknownDeclaration }, "\(found.map(\.message))")
        #expect(first.help?.contains(help) == true, "\(first.help ?? "")")
    }

    @Test(arguments: [
        ("needs: begin", "`-> ask`"), ("depends_on: [begin]", "`-> ask`"),
        ("if: inputs.n > 3", "LOGIC_DECISION"),
        ("env: { A: \"b\" }", "secret TOKEN"), ("for_each: inputs.n", "each: item in"),
    ]) func aSettingOfOthersIsAnswered(setting: String, help: String) throws {
        let text =
            Self.begin + "LLM_CALL ask -> end {\n  timeout: 5s\n  \(setting)\n"
            + "  prompt_template { user: \"Hi\" }\n}\n"
        let found = errors(text)
        #expect(found.map(\.code) == [.unknownSetting], "\(found.map(\.message))")
        #expect(found.first?.help?.contains(help) == true)
    }

    @Test func theTemplatesOfOthersAreNotFilledIn() {
        let text = Self.begin + Self.ask.replacing("Hi", with: "Hi {{ $json.name }}")
        let found = check(SourceText(name: "a.auto", text: text)).findings
        #expect(found.contains { $0.code == .looksLikeExpression }, "\(found.map(\.message))")
    }

    /// Two braces that are not a pair are an expression of their own.
    @Test func emptyRecordsInATextAreNoTemplate() {
        let text = Self.begin + "DATA_TRANSFORM ask -> end { prompt_template { value: \"${{} == {}}\" } }\n"
        #expect(errors(text).isEmpty, "\(errors(text).map(\.message))")
    }

    /// The caret of a pattern stands at its fault, also in a block over several lines.
    @Test(arguments: [
        ("\"\"\"\n      ab\n      c[d\n      \"\"\"", 3), ("\"\"\"a(b\"\"\"", 1), ("\"a(b\"", 1),
    ]) func theCaretOfAPatternStandsAtItsFault(pattern: String, lines: Int) throws {
        let text =
            "automation \"A\"\ninput s: text = \"x\"\nSTART begin -> a\n"
            + "DATA_TRANSFORM a -> end { prompt_template { value: inputs.s.matches(\(pattern)) } }\n"
        let source = SourceText(name: "a.auto", text: text)
        let found = check(source).findings.filter { $0.severity == .error }
        #expect(found.map(\.code) == [.badRegex])
        let span = try #require(found.first).span
        #expect(source.position(at: span.start).line == 3 + lines)
        #expect(source.text(span) != "\"\"\"")
    }
}
