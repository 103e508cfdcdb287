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

    /// What says that a value may be absent stands behind fields of records alone; each is told once.
    @Test(arguments: [
        ("result: text?", "result: text"), ("result: text | null", "result: text"),
        ("result: list<text?>", "result: list<text>"),
        ("result: { a: text | null }", "result: { a: text? }"),
        ("result: { a: int = 1 }", "result: { a: int }"),
        ("result: { a?: int }", "result: { a: int? }"),
    ])
    func absentValuesAreTold(setting: String, mend: String) throws {
        let findings = checked(ask(setting))
        #expect(findings.count == 1 && findings.first?.help != nil, "\(findings.map(\.message))")
        #expect(mended(ask(setting)) == ask(mend))
    }

    /// A missing comma behind such a type is told too.
    @Test func theCommaBehindAnAbsentValueIsTold() {
        let text = file("LLM_CALL a -> end { timeout: 30s, result: text? prompt_template { user: \"b\" } }")
        #expect(checked(text).count == 2)
        #expect(mended(text) == ask("result: text"))
    }

    @Test(arguments: [
        ("number?", "`= 0`"), ("list<text>?", "`= []`"), ("bool | null", "`= false`"), ("text?", "`= \"\"`"),
    ])
    func theDefaultOfAnInputFitsItsType(type: String, part: String) throws {
        let text = file("DATA_TRANSFORM a -> end { prompt_template { value: inputs.p } }")
            .replacing("input n", with: "input p: \(type)\ninput n")
        let findings = checked(text)
        #expect(findings.count == 1)
        #expect(findings.first?.help?.contains(part) == true, "\(findings.first?.help ?? "")")
    }

    /// A type that cannot be read is there for who uses it.
    @Test(arguments: ["{ qty: int = 1 }", "{ qty: int | text }", "{ qty: }"])
    func aBrokenTypeIsToldOnce(type: String) {
        let findings = checked(ask("result: Row").replacing("START", with: "type Row = \(type)\nSTART"))
        #expect(findings.count == 1, "\(findings.map(\.message))")
    }

    @Test func inputsInABlockKeepTheirDefaults() {
        let text = value("inputs.q").replacing("input n: int = 1", with: "inputs { q: int = 1, r: text }")
        #expect(
            mended(text)
                == value("inputs.q").replacing(
                    "input n: int = 1", with: "input q: int = 1\ninput r: text"))
    }

    @Test func aMisspeltTemplateIsToldOnce() throws {
        let findings = checked(ask("cache: true").replacing("prompt_template", with: "promt_template"))
        #expect(findings.map(\.help) == ["did you mean `prompt_template`?"])
    }

    @Test(arguments: [
        ("[x * 2 for x in [1, 2]]", "[1, 2].map(x, x * 2)"),
        ("[x for x in inputs.mails if x != \"\"]", "inputs.mails.filter(x, x != \"\")"),
        ("\"n is ${{ inputs.n }}\"", "\"n is ${inputs.n}\""), ("`n is ${inputs.n}`", "\"n is ${inputs.n}\""),
        ("Object.keys({\"a\": 1})", "({\"a\": 1}).map(k, k)"),
        ("\"%d mails\" % inputs.n", "\"%d mails\".format([inputs.n])"),
        ("{ Content-Type: \"a\" }", "{ \"Content-Type\": \"a\" }"),
        ("math.max(1, inputs.n)", "math.greatest(1, inputs.n)"),
    ])
    func otherLanguagesAreMended(written: String, mend: String) {
        let findings = checked(value(written))
        #expect(findings.count == 1 && findings.first?.help != nil, "\(findings.map(\.message))")
        #expect(mended(value(written)) == value(mend))
        #expect(checked(value(mend)).isEmpty)
    }

    @Test func secondBracesAreToldOnce() {
        let source = SourceText(name: "first.auto", text: value("\"n is ${{ inputs.n }}\""))
        #expect(check(source).findings.filter { $0.help == "write ${inputs.n}" }.isEmpty)
    }

    @Test(arguments: [
        ("inputs.n ** 2", "power"), ("typeof inputs.n", "type(x)"), ("{ ...inputs, b: 2 }", "spread"),
        ("$json.name", "name.result"),
    ])
    func whatIsNotHereIsTold(written: String, part: String) {
        let helps = checked(value(written)).compactMap(\.help)
        #expect(helps.contains { $0.contains(part) }, "\(helps)")
        #expect(!helps.contains { $0.contains("write \"") || $0.contains("new line ends") }, "\(helps)")
    }

    @Test func branchesToTheSameStepGetLabelsOfTheirOwn() {
        let text = file(
            "LOGIC_DECISION a {\nprompt_template {\nwhen inputs.n > 1 -> end\nwhen inputs.n > 0 -> end\nelse -> end\n}\n}"
        )
        let mended = mended(text)
        #expect(mended.contains("to_end: when") && mended.contains("to_end_2: when"), "\(mended)")
        #expect(checked(mended).isEmpty)
    }

    @Test func typesAndTestsOfOtherLanguagesAreMended() {
        let text =
            ask("result: Row").replacing("START", with: "interface Row { title: text; qty?: int }\nSTART")
            + "test \"t\" {\n  replies: { a: { title: \"b\" } }\n  assert session.status == \"FINISHED\"\n}\n"
        let mended = mended(text)
        #expect(mended.contains("type Row = { title: text, qty: int? }"), "\(mended)")
        #expect(mended.contains("  expect session.status"))
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
        let wrong = file("LOGIC_DECISION a {\n  when inputs.n > 1 -> end\n  else -> end\n}")
        let findings = checked(wrong)
        #expect(findings.count { $0.message == "branches stand in `prompt_template`" } == 1)
        #expect(findings.count { $0.message == "this branch has no label" } == 2)
        // The labels first, then the block around them.
        #expect(!checked(mended(wrong)).contains { $0.message == "this branch has no label" })
        #expect(!checked(mended(mended(wrong))).contains { $0.severity == .error })
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
