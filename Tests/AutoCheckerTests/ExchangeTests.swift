import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Foundation
import Testing
import Values

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Every file of the project that has no errors: examples, fixtures, mended code pages.
private func files() -> [SourceText] {
    var sources = CodePage.all.filter { !$0.good.isEmpty }.map {
        SourceText(name: $0.code.rawValue, text: $0.good)
    }
    for folder in ["Examples", "Tests/AutoCheckerTests/Fixtures"] {
        let place = root.appendingPathComponent(folder).path
        for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        where name.hasSuffix(".auto") {
            let data = FileManager.default.contents(atPath: place + "/" + name) ?? Data()
            sources.append(SourceText(name: name, bytes: Array(data)))
        }
    }
    return sources.filter { check($0).automation != nil }
}

/// The id of a file that is called, in the folder `/t`.
private func fileID(_ path: String) -> ID { ID(name: "/t/" + path) }

extension SourceText: CustomTestStringConvertible {
    package var testDescription: String { name }
}

@Suite(.timeLimit(.minutes(1))) struct ExchangeTests {
    /// What is exported and imported means the same, and comes out the same the second time.
    @Test(arguments: files())
    func roundTrip(source: SourceText) throws {
        let json = exported(try #require(check(source).automation), calls: fileID) { "id-" + $0 }
        let text = try imported(json).text
        let exchanged = SourceText(name: "again.auto", text: text)
        let again = parseAutomation(exchanged)
        #expect(again.findings.isEmpty, "\(text)")
        #expect(meaning(again.automation) == meaning(parseAutomation(source).automation), "\(text)")
        #expect(exported(try #require(check(exchanged).automation), calls: fileID) { "id-" + $0 } == json)
    }

    /// In the API every automation has a name, and in a text field `x` and `"${x}"` are the same.
    private func meaning(_ automation: Automation) -> [String] {
        let texts = [
            "user", "system", "message", "url", "html", "query", "question", "text", "model", "replace",
        ]
        return automation.meaning.filter { !$0.hasPrefix("automation ") }.map { line in
            let parts = line.components(separatedBy: ": ")
            guard parts.count == 2, texts.contains(parts[0].trimmingCharacters(in: .whitespaces)),
                parts[1].hasPrefix("text("), parts[1].hasSuffix(")"), !parts[1].contains("\"")
            else { return line }
            return parts[0] + ": " + parts[1].dropFirst(5).dropLast()
        }
    }

    @Test func textsKeepTheirLetters() throws {
        let source = SourceText(
            name: "t.auto",
            text: """
                automation "Q \\" $${x}"
                START a -> b
                DATA_TRANSFORM b -> c {
                  prompt_template {
                    value: { one: "a \\\\ \\" $${no} ${"in ${1 + 1}"} é\\t", two: "${a.result}", three: a.result, four: 3u, five: 2.0, six: 30s }
                  }
                }
                DATA_TRANSFORM c -> end {
                  timeout: 1m30s
                  retry: { attempts: 2, first_delay: 500ms }
                  prompt_template { input: [1, "x", null, true], jq: '.[0] as $x | "\\($x) \\"q\\""' }
                }
                """)
        let checked = try #require(check(source).automation)
        let again = parseAutomation(
            SourceText(name: "t.auto", text: try imported(exported(checked, calls: fileID) { $0 }).text))
        #expect(again.automation.meaning == parseAutomation(source).automation.meaning)
    }

    @Test(arguments: [
        ("[]", "expected an object with name and current_version"),
        ("{\"name\": 1}", "`name`: expected a text"),
        (
            #"{"name": "x", "nodes": [], "connections": {}}"#,
            "this is an n8n workflow (`nodes`, `connections`); "
        ),
        (#"{"StartAt": "a", "States": {}}"#, "this is a state machine of AWS Step Functions (`StartAt`, "),
        (
            #"{"app": {}, "kind": "app", "workflow": {}}"#,
            "this is a Dify app (`app`, `workflow`); import reads"
        ),
        ("{\"name\": \"x\", \"current_version\": {}}", "`current_version.steps`: expected a list"),
        (
            "{\"name\": \"x\", \"current_version\": {\"steps\": [{\"id\": \"1\", \"name\": \"a\", \"step_type\": \"START\"}, {\"id\": \"1\", \"name\": \"b\", \"step_type\": \"START\"}]}}",
            "`current_version.steps[1].id`: a step before has this id already"
        ),
        (
            "{\"name\": \"x\", \"current_version\": {\"steps\": [{\"id\": \"1\", \"name\": \"a\", \"step_type\": \"LLM\"}]}}",
            "`current_version.steps[0].step_type`: expected"
        ),
        (
            "{\"name\": \"x\", \"current_version\": {\"steps\": [], \"step_transitions\": [{\"source_step_id\": \"9\"}]}}",
            "`current_version.step_transitions[0].source_step_id`: there is no step `9`"
        ),
    ])
    func wrongDocuments(text: String, expected: String) throws {
        let value = try JSON.parse(text)
        let error = #expect(throws: ImportError.self) { try imported(value) }
        #expect(error?.text.hasPrefix(expected) == true, "\(error?.text ?? "")")
    }

    /// Names as people give them in the API become names of the language.
    @Test func namesAreMadeFit() throws {
        let json = try JSON.parse(
            "{\"name\": \"x\", \"description\": \"\", \"current_version\": {\"steps\": [{\"id\": \"1\", \"name\": \"Begin here\", \"step_type\": \"START\", \"prompt_template\": {\"type\": \"START\"}}, {\"id\": \"2\", \"name\": \"end\", \"step_type\": \"LLM_CALL\", \"prompt_template\": {\"type\": \"LLM_CALL\", \"user\": \"Hi \\\"you\\\"\"}}], \"step_transitions\": [{\"source_step_id\": \"1\", \"target_step_id\": \"2\", \"label\": null, \"id\": \"7\"}]}}"
        )
        #expect(
            try imported(json).text == """
                automation "x"

                START Begin_here -> end_2

                LLM_CALL end_2 -> end {
                  prompt_template {
                    user: "Hi \\"you\\""
                  }
                }

                """)
    }

    /// A step keeps the id that the JSON gives to it, also where its name has to become another one.
    @Test func idsStayWithRenamedSteps() throws {
        let json = try JSON.parse(
            """
            {"name": "x", "current_version": {"steps": [
              {"id": "1", "name": "Begin here", "step_type": "START"},
              {"id": "2", "name": "Ask user", "step_type": "LLM_CALL", "prompt_template": {"user": "a"}},
              {"id": "3", "name": "Ask_user", "step_type": "LLM_CALL", "prompt_template": {"user": "b"}},
              {"id": "4", "name": "plain", "step_type": "LLM_CALL", "prompt_template": {"user": "c"}}],
              "step_transitions": []}}
            """)
        let ids = try imported(json).stepIDs
        #expect(ids == ["Begin_here": "1", "Ask_user_2": "2", "Ask_user": "3", "plain": "4"])
    }

    /// What stands in a template is one value, and what is wrong with it is told by its place in the JSON.
    @Test(arguments: [
        ("LLM_CALL", "user", #""Price: ${ no""#), ("LLM_CALL", "temperature", #""${1 2}""#),
        ("LLM_CALL", "result", #""text } }""#), ("LLM_CALL", "each", #""x""#),
        ("LLM_CALL", "timeout", #""30s } }""#), ("LLM_CALL", "on_error", #""-> a }""#),
        ("LOGIC_DECISION", "a", #""when true } -> end""#), ("LOGIC_DECISION", "a", #""when true -> x- }""#),
        ("DATA_TRANSFORM", "jq", #""\"'\n'''\"\"\"""#), ("WEB_SCRAPE", "select", "3"),
        ("LLM_CALL", "declarations", #""START x -> end""#),
    ])
    func wrongValues(type: String, field: String, value: String) throws {
        let step = #"{"id": "1", "name": "a", "step_type": ""# + type + #"", "prompt_template": {""# + field
        let json = try JSON.parse(
            #"{"name": "x", "current_version": {"step_transitions": [], "steps": ["# + step + #"": "# + value
                + "}}]}}")
        let error = #expect(throws: ImportError.self) { try imported(json) }
        #expect(error?.path == "current_version.steps[0].prompt_template." + field, "\(error?.text ?? "")")
    }

    /// Programs are told from their quotes by bytes: CRLF is one character, and so is a quote with a mark over it.
    @Test(arguments: [
        ("x = 1\r\nresult = x\r\n", "x = 1\nresult = x\n"),
        ("x = '1'\r\nresult = \"2\"", "x = '1'\nresult = \"2\""),
        ("'''\u{301}'\nresult = 1", "'''\u{301}'\nresult = 1"),
        ("# \"\u{301}", "# \"\u{301}"),
    ])
    func programsAreQuoted(code: String, expected: String) throws {
        let template = MapValue(record: [("type", .string("PYTHON")), ("code", .string(code))])
        let step = Value.record([
            ("id", .string("1")), ("name", .string("a")), ("step_type", .string("PYTHON")),
            ("prompt_template", .map(template)),
        ])
        let json = Value.record([
            ("name", .string("x")),
            ("current_version", .record([("steps", .list([step])), ("step_transitions", .list([]))])),
        ])
        let parsed = parseAutomation(SourceText(name: "again.auto", text: try imported(json).text))
        #expect(parsed.findings.isEmpty)
        let field = try #require(parsed.automation.steps.first?.fields.first { $0.name.text == "code" })
        guard case .program(let program) = field.value else {
            Issue.record("the code is no program")
            return
        }
        #expect(Array(program.text.utf8) == Array(expected.utf8))
    }

    /// A record's keys are names, whatever words they are, in lists as well.
    @Test func anyWordIsAKey() throws {
        let words = ["in", "null", "true", "false", "if", "not", "r"]
        let value = Value.list([.record(words.map { ($0, .int(1)) })])
        let step = Value.record([
            ("id", .string("1")), ("name", .string("a")), ("step_type", .string("DATA_TRANSFORM")),
            ("prompt_template", .record([("value", value)])),
        ])
        let json = Value.record([
            ("name", .string("x")),
            ("current_version", .record([("steps", .list([step])), ("step_transitions", .list([]))])),
        ])
        let parsed = parseAutomation(SourceText(name: "again.auto", text: try imported(json).text))
        #expect(parsed.findings.isEmpty)
        let field = try #require(parsed.automation.steps.first?.fields.first)
        guard case .expression(let expression) = field.value, case .list(let elements) = expression.kind,
            let element = elements.first, case .map(let entries) = element.value.kind
        else {
            Issue.record("the value is no list of a record")
            return
        }
        #expect(entries.map(\.key.kind) == words.map { ExpressionKind.literal(.string($0)) })
    }

    @Test func aWordOnANewLineIsTheNextKey() {
        let text = """
            automation "A"
            START begin -> a
            DATA_TRANSFORM a -> end {
              prompt_template {
                value: [{
                  out: 1
                  in: 2
                }]
              }
            }

            """
        #expect(check(SourceText(name: "t.auto", text: text)).findings.isEmpty)
    }
}
