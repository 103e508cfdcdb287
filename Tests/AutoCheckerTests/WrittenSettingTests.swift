import AutoChecker
import Diagnostics
import Testing

/// Mistakes in what is written out, and what is none.
@Suite(.timeLimit(.minutes(1))) struct WrittenSettingTests {
    private func requesting(_ expect: String) -> String {
        """
        automation "A"
        START begin -> a
        REST_API a -> end { timeout: 30s, prompt_template { url: "https://example.org", expect: \(expect) } }

        """
    }

    @Test(arguments: ["\"2x\"", "20", "[200, \"4x4\"]", "\"ok\"", "\"6xx\"", "2000", "true"])
    func statusesThatNoAnswerHasAreTold(expect: String) {
        #expect(errors(requesting(expect)).map(\.code) == [.badSetting])
    }

    @Test(arguments: ["200", "\"2xx\"", "\"2XX\"", "[200, 404]", "\"404\"", "[\"2xx\", 304]", "null"])
    func statusesAreTaken(expect: String) { #expect(errors(requesting(expect)).isEmpty) }

    private func computing(_ value: String) -> String {
        """
        automation "A"
        input card: { title: text?, pages: int? } = { pages: 1 }
        START begin -> a
        DATA_TRANSFORM a -> end { prompt_template { value: \(value) } }

        """
    }

    @Test(arguments: [
        "parse_time(\"2026-01-31\", \"YYYY-MM-DD\")", "format_time(session.started_at, \"dd.MM.yyyy\")",
        "format_time(session.started_at, \"HH:mm\", \"Europe/Berlin\")",
    ]) func patternsOfOtherToolsAreTold(value: String) throws {
        let found = errors(computing("\(value) == null || inputs.card.?pages.orValue(1) > 0"))
        #expect(found.contains { $0.message.contains("letters behind `%`") }, "\(found.map(\.message))")
    }

    @Test(arguments: ["%F", "%d.%m.", "on the day", ""]) func otherPatternsAreNot(pattern: String) {
        let text = computing("[format_time(session.started_at, \"\(pattern)\"), json(inputs.card)]")
        #expect(errors(text).isEmpty, "\(errors(text).map(\.message))")
    }

    /// One mistake is one finding, and the sign that it lacks is its mend.
    @Test(arguments: [
        ("inputs.card.title.orValue(\"\")", "inputs.card.?title.orValue(\"\")"),
        ("inputs.card.pages.orValue(0) + 1", "inputs.card.?pages.orValue(0) + 1"),
        ("\"${inputs.card.title.orValue(\"-\")}\"", "\"${inputs.card.?title.orValue(\"-\")}\""),
        ("inputs.card.pages.hasValue()", "inputs.card.?pages.hasValue()"),
    ]) func anOptionalFieldIsReadByItsSign(value: String, mend: String) {
        #expect(
            errors(computing(value)).map(\.code) == [.optionalRead],
            "\(errors(computing(value)).map(\.message))")
        #expect(mended(computing(value)) == computing(mend))
        #expect(errors(computing(mend)).isEmpty)
    }

    private func using(_ tool: String) -> String {
        """
        automation "A"
        secret KEY
        START begin -> a
        LLM_CALL a -> end { timeout: 60s, prompt_template { user: "Hello", tools: [\(tool)] } }

        """
    }

    /// The server is told by it who asks; nothing else of a tool may hold a secret.
    @Test func aServerOfToolsIsGivenASecret() {
        #expect(
            errors(using("{ mcp: \"https://tools.example.org/mcp\", auth: { bearer: secrets.KEY } }")).isEmpty
        )
        let others = [
            "{ mcp: \"https://tools.example.org/mcp\", only: [secrets.KEY] }",
            "{ name: \"look\", description: secrets.KEY, parameters: { type: \"object\" } }",
        ]
        for tool in others {
            #expect(errors(using(tool)).contains { $0.code == .secretOutOfPlace }, "\(tool)")
        }
    }

    private func giving(_ value: String) -> String {
        """
        automation "A"
        input card: { title: text?, pages: int } = { pages: 1 }
        START begin -> a
        DATA_TRANSFORM a -> end {
          result: { title: text, more: { pages: int, note: text? } }
          prompt_template { value: \(value) }
        }

        """
    }

    /// A record that is written out is compared with `result` as one that is computed is.
    @Test(arguments: [
        ("{ title: \"x\", more: { pages: \"1\" } }", "`more.pages` is text, but `result` says int"),
        ("{ title: 1, more: { pages: 1 } }", "`title` is int, but `result` says text"),
        ("{ title: \"x\", more: {} }", "the record lacks `pages`, which `result` says that it has"),
        ("{ more: { pages: 1 } }", "the record lacks `title`, which `result` says that it has"),
        ("{ title: null, more: { pages: 1 } }", "`title` is null, but `result` says text"),
    ]) func aWrittenRecordFitsItsResult(value: String, message: String) {
        #expect(errors(giving(value)).map(\.message) == [message])
    }

    @Test(arguments: [
        "{ title: inputs.card.?title, more: { pages: inputs.card.pages } }",
        "{ title: \"x\", more: { pages: 1, note: null } }", "{ title: \"x\", more: { pages: 1, other: 2 } }",
        "{ title: \"x\", more: { pages: 1.0, note: inputs.card.?title } }",
        "{ title: \"x\", more: parse_json(\"{}\") }",
    ]) func aRecordThatMayFitIsTaken(value: String) {
        #expect(errors(giving(value)).isEmpty, "\(errors(giving(value)).map(\.message))")
    }

    @Test func aMisspeltFieldOfTheRecordIsMended() {
        let text = giving("{ titel: \"x\", more: { pages: 1 } }")
        #expect(mended(text) == giving("{ title: \"x\", more: { pages: 1 } }"))
    }

    private func conversing(_ entry: String) -> String {
        """
        automation "A"
        START begin -> a
        LLM_CALL a -> end { timeout: 60s, prompt_template { messages: [\(entry)] } }

        """
    }

    @Test(arguments: [
        "{ role: \"sytem\", content: \"x\" }", "{ role: \"user\", contents: \"x\" }", "{ content: \"x\" }",
        "{ role: \"bot\", content: \"x\" }",
    ]) func anEntryOfMessagesHasARoleAndWords(entry: String) {
        #expect(errors(conversing(entry)).map(\.code) == [.badSetting])
        #expect(errors(conversing("{ role: \"user\", content: \"x\" }")).isEmpty)
    }

    /// A size is never below 0, so that these are all cases.
    @Test func sizesAreNeverNegative() {
        let text = """
            automation "A"
            input words: list<text> = ["a"]
            START begin -> a
            LOGIC_DECISION a { prompt_template {
              many: when inputs.words.size() > 3 -> end
              some: when inputs.words.size() > 0 -> end
              none: when inputs.words.size() == 0 -> end
            } }

            """
        #expect(errors(text).isEmpty, "\(errors(text).map(\.message))")
    }

    @Test func aTestExpectsStepsThatThereAre() {
        func file(_ step: String) -> String {
            """
            automation "A"
            START begin -> sum
            DATA_TRANSFORM sum -> end { prompt_template { value: 1 } }
            test "t" { expect visited == ["begin", "\(step)"] }

            """
        }
        #expect(errors(file("sum")).isEmpty)
        #expect(errors(file("sums")).map(\.code) == [.constantComparison])
        #expect(mended(file("sums")) == file("sum"))
    }

    /// What is called may change something outside, so that no call is left out for what it gave before.
    @Test func aCallKeepsNothing() {
        func codes(_ cache: String, _ fields: String) -> [Code] {
            let text = """
                automation "A"
                START begin -> a
                REST_API a -> end {
                  timeout: 5s
                  cache: \(cache)
                  prompt_template { \(fields) }
                }

                """
            return check(SourceText(name: "t.auto", text: text)).findings.map(\.code).filter {
                $0 == .badSetting
            }
        }
        #expect(codes("true", "automation: \"b.auto\"") == [.badSetting])
        #expect(codes("false", "automation: \"b.auto\"").isEmpty)
        #expect(codes("true", "url: \"https://example.org/\"").isEmpty)
    }
}
