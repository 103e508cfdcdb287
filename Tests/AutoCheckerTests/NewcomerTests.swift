import AutoChecker
import Diagnostics
import Testing

/// What people write who have read the first pages only: each finding says what to write instead.
@Suite(.timeLimit(.minutes(1))) struct NewcomerTests {
    private func checked(_ text: String) -> [Diagnostic] {
        check(SourceText(name: "first.auto", text: text)).findings.filter { $0.severity == .error }
    }

    private func mended(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let findings = check(SourceText(name: "first.auto", bytes: bytes)).findings
        return String(decoding: applyingFixes(of: findings, to: bytes).0, as: UTF8.self)
    }

    private func file(_ steps: String) -> String {
        "automation \"A\"\ninput mails: list<text>\ninput n: int = 1\nSTART begin -> a\n\(steps)\n"
    }

    private func ask(_ settings: String) -> String {
        file("LLM_CALL a -> end { timeout: 30s, \(settings), prompt_template { user: \"b\" } }")
    }

    private func value(_ value: String) -> String {
        file("DATA_TRANSFORM a -> end { prompt_template { value: \(value) } }")
    }

    @Test(arguments: ["each: inputs.mails", "each: mails", "each: [1, 2]", "each: inputs.mails as mail"])
    func anElementWithoutANameIsToldOnce(setting: String) throws {
        let findings = checked(ask(setting))
        let first = try #require(findings.first { $0.message.contains("each: item in list") })
        let list = setting.dropFirst(6).split(separator: " as ")[0]
        let name = setting.hasSuffix("as mail") ? "mail" : "item"
        #expect(first.help == "write `each: \(name) in \(list)`")
        // That a name alone is no input is told as everywhere.
        #expect(findings.count == (setting == "each: mails" ? 2 : 1), "\(findings.map(\.message))")
    }

    @Test func anElementNamedBehindItsListIsMended() {
        #expect(mended(ask("each: inputs.mails as mail")) == ask("each: mail in inputs.mails"))
    }

    /// What is written as it should be, or is another mistake, stays what it was.
    @Test(arguments: [
        ("each: m in inputs.mails", 0), ("each: i, m in inputs.mails", 0), ("each: m of inputs.mails", 1),
        ("each: m inputs.mails", 1),
    ])
    func otherElementsAreReadAsBefore(setting: String, count: Int) {
        let findings = checked(ask(setting))
        #expect(findings.count == count, "\(findings.map(\.message))")
        #expect(!findings.contains { $0.message.contains("says what an element is called") })
    }

    @Test(arguments: ["retries: 3", "max_attempts: 3", "tries: 2"])
    func triesAreARetry(setting: String) throws {
        let finding = try #require(checked(ask(setting)).first)
        #expect(finding.help == "write for example `retry: { attempts: 3 }`")
    }

    @Test func aFieldOfATextSaysHowAStepHasFields() throws {
        let findings = checked(
            file(
                """
                LLM_CALL a -> b { timeout: 30s, prompt_template { user: "Give JSON with a name." } }
                DATA_TRANSFORM b -> end { prompt_template { value: a.result.name } }
                """))
        let help = try #require(findings.first?.help)
        #expect(findings.count == 1)
        #expect(help.contains("result: { name: text }") && help.contains("TEXT_TO_JSON"))
        #expect(try #require(checked(value("inputs.mails[0].name")).first?.help).contains("parse_json"))
    }

    @Test func aKeyInAnExpressionStandsInQuotes() {
        func text(_ key: String) -> String {
            value("{ total: 4 }")
                + "test \"t\" {\n  inputs: { mails: [] }\n  expect a.result == { \(key): 4 }\n}\n"
        }
        #expect(checked(text("total")).map(\.message) == ["the key `total` is no text"])
        #expect(mended(text("total")) == text("\"total\""))
        #expect(checked(text("\"total\"")).isEmpty)
        // A word that an input is called by, too, is a key here.
        #expect(mended(text("n")) == text("\"n\""))
    }

    @Test func aNameOfTwoWordsIsOne() throws {
        let text = "automation \"A\"\ninput first name: text\nSTART begin -> a\n"
        let step = "DATA_TRANSFORM a -> end { prompt_template { value: inputs.first_name } }\n"
        let findings = checked(text + step)
        #expect(findings.map(\.message) == ["a name is one word"])
        #expect(mended(text + step).contains("input first_name: text"))
    }

    @Test(arguments: [("date", "text"), ("Number", "number"), ("dict", "json"), ("Boolean", "bool")])
    func typesOfOthersAreNamed(type: String, ours: String) throws {
        let finding = try #require(checked("automation \"A\"\ninput x: \(type)\nSTART a -> end\n").first)
        #expect(finding.help == "write `\(ours)`")
    }

    @Test func branchesOutsideTheirBlockAreToldWhereTheyBelong() throws {
        let findings = checked(
            file("LOGIC_DECISION a {\n  when inputs.n > 1 -> end\n  else -> end\n}"))
        #expect(findings.contains { $0.message == "a branch stands in `prompt_template`, behind its label" })
        let helps = findings.compactMap(\.help)
        #expect(helps.contains("write prompt_template { label: when condition -> step }"))
        #expect(helps.contains("write prompt_template { other: else -> step }"))
    }

    @Test(arguments: [
        ("inputs.mails[0:2]", "inputs.mails.slice(0, 2)"), ("inputs.mails[:2]", "inputs.mails.slice(0, 2)"),
        ("inputs.mails[1:]", "inputs.mails.slice(1, inputs.mails.size())"),
        ("\"abc\"[1:]", "\"abc\".substring(1)"),
        ("inputs.n ?? 3", "inputs.?n.orValue(3)"),
    ])
    func operatorsOfOthersAreMended(wrong: String, right: String) {
        let findings = checked(value(wrong))
        #expect(findings.count == 1, "\(findings.map(\.message))")
        #expect(mended(value(wrong)) == value(right))
        #expect(checked(value(right)).isEmpty)
    }
}
