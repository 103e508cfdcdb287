import CEL
import Foundation
import OrderedCollections
import TestSupport
import Testing
import Values

/// `autorun export` and `autorun import`, the two ways between a file and the API's JSON.
@Suite(.timeLimit(.minutes(1))) struct ImportTests {
    private func step(_ name: String, _ type: String, _ fields: String) -> String {
        "{\"id\": \"\(name)\", \"name\": \"\(name)\", \"step_type\": \"\(type)\", \"prompt_template\": {\(fields)}}"
    }

    private func automation(_ steps: [String], _ edges: [(String, String)]) -> String {
        let edges = edges.map {
            "{\"source_step_id\": \"\($0.0)\", \"target_step_id\": \"\($0.1)\", \"label\": null}"
        }
        return "{\"name\": \"Asks\", \"current_version\": {\"steps\": [\(steps.joined(separator: ", "))], "
            + "\"step_transitions\": [\(edges.joined(separator: ", "))]}}"
    }

    private func imported(_ json: String, asInput: Bool = false) async throws -> CommandResult {
        let command = try Command()
        defer { command.clean() }
        if asInput { return try await command.run("autorun", ["import", "-"], input: json) }
        return try await command.run("autorun", ["import", try command.file("given.json", json)])
    }

    /// What is imported is checked as a file in its folder would be.
    @Test func theSettingsOfTheFolderCount() async throws {
        let json = automation(
            [
                step("begin", "START", ""), step("one", "LLM_CALL", "\"user\": \"Hi\""),
                step("two", "LLM_CALL", "\"user\": \"Hi\""),
            ], [("begin", "one"), ("one", "two")])
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("p/given.json", json)
        let alone = try await command.run("autorun", ["import", path])
        #expect(alone.code == 0, "\(alone)")
        _ = try command.file("p/autorun.toml", "[check]\nmax_cost = 1\n")
        let held = try await command.run("autorun", ["import", path])
        #expect(held.code == 1 && held.errors.contains("max_cost"), "\(held)")
        #expect(held.output == alone.output)
    }

    @Test(arguments: ["expense-approval.auto", "support-triage.auto"])
    func whatWasExportedComesBack(name: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let exported = try await command.run("autorun", ["export", "Examples/" + name])
        #expect(exported.code == 0, "\(exported)")
        let back = try await command.run("autorun", ["import", "-"], input: exported.output)
        #expect(back.code == 0 && back.errors.isEmpty, "\(back)")
        let again = try await command.run(
            "autorun", ["export", try command.file(name, back.output)])
        #expect(try withoutIDs(JSON.parse(again.output)) == withoutIDs(JSON.parse(exported.output)))
        // What is written is written as the formatter would.
        let format = try await command.run("autorun", ["fmt", "--check", command.state + "/" + name])
        #expect(format.code == 0, "\(format)")
    }

    /// Ids are made of a file's path, so that another file has others.
    private func withoutIDs(_ value: Value) -> Value {
        if let list = value.asList { return .list(list.map(withoutIDs)) }
        guard let map = value.asMap else { return value }
        var kept = MapValue()
        for (key, value) in map.entries {
            let name = JSON.keyText(key)
            if name != "id", !name.hasSuffix("_id") { kept[name] = withoutIDs(value) }
        }
        return .map(kept)
    }

    @Test(arguments: [false, true])
    func aNameThatIsNoneIsMadeOne(asInput: Bool) async throws {
        let json = automation(
            [step("begin", "START", ""), step("Ask user", "GET_USER_INPUT", "\"message\": \"Hi\"")],
            [("begin", "Ask user")])
        let result = try await imported(json, asInput: asInput)
        #expect(result.code == 0, "\(result)")
        #expect(
            result.errors.contains(
                "note: `current_version.steps[1].name`: \"Ask user\" can be no step's name here, so it is `Ask_user`\n"
            ), "\(result)")
        #expect(result.output.contains("GET_USER_INPUT Ask_user -> end {"), "\(result.output)")
    }

    /// What the text has no place for is said, a line each; the rest comes along, tests included.
    @Test func whatIsLeftOutIsSaid() async throws {
        let json = """
            {"name": "Asks", "owner": "ada", "sessions": [{}, {}], "current_version": {"number": 3, "steps": [
              {"id": "s1", "name": "begin", "step_type": "START", "colour": "red", "prompt_template":
                {"declarations": "test \\"says\\" { expect give.result == 1 }"}},
              {"id": "00000000-0000-4000-8000-000000000000", "name": "give", "step_type": "DATA_TRANSFORM",
               "prompt_template": {"value": 1}}],
              "step_transitions": [
                {"id": "t1", "source_step_id": "s1",
                 "target_step_id": "00000000-0000-4000-8000-000000000000", "label": null},
                {"id": "t2", "source_step_id": "s1", "target_step_id": null, "label": "maybe"}]}}
            """
        let result = try await imported(json)
        #expect(result.output.contains("test \"says\" {"), "\(result)")
        let notes = result.errors.split(separator: "\n").filter { $0.hasPrefix("note: ") }
        #expect(
            notes == [
                "note: `owner`: the language has no place for it, so it is left out",
                "note: `current_version.number`: the language has no place for it, so it is left out",
                "note: `sessions`: a file has none: 2 of them are left out",
                "note: `current_version.steps`: ids that are no UUIDs are left out (\"s1\"): a file's ids are made of its path",
                "note: `current_version.step_transitions`: ids that are no UUIDs are left out (\"t1\" and 1 more): a file's ids are made of its path",
                "note: `current_version.steps[0].colour`: the language has no place for it, so it is left out",
                "note: `current_version.step_transitions[1]`: only a LOGIC_DECISION leads on by a label such as \"maybe\": it is left out",
            ], "\(result.errors)")
    }

    /// The text is there to be mended, its findings say where.
    @Test func findingsAreTold() async throws {
        let json = automation(
            [
                step("begin", "START", ""),
                step("ask", "GET_USER_INPUT", "\"message\": \"Hi ${nope.result}\""),
            ],
            [("begin", "ask")])
        let result = try await imported(json)
        #expect(result.code == 1 && result.output.contains("message: \"Hi ${nope.result}\""), "\(result)")
        #expect(result.errors.contains("nothing is named `nope`"), "\(result)")
    }

    @Test(arguments: [
        ("{\"name\": \"x\", ", "given.json:1:15: no valid JSON: "),
        ("[]", "expected an object with name and current_version"),
        ("app:\n  description: x\n", "given.json: this is no JSON; import reads only what `autorun export`"),
        ("{\"app\":\n\tx}", "no valid JSON: expected a value, found `x}`"),
        ("{}", "given.json: "), ("", "given.json:1:1: no valid JSON: "),
        (
            "{\"name\": \"n\", \"current_version\": {\"steps\": [{\"id\": \"1\", \"name\": \"a\", \"step_type\": \"FOO\", \"prompt_template\": {}}], \"step_transitions\": []}}",
            "`current_version.steps[0].step_type`: expected `START`"
        ),
    ])
    func whatIsNoAutomationIsRefused(json: String, words: String) async throws {
        let result = try await imported(json)
        #expect(result.code == 2 && result.output.isEmpty && result.errors.contains(words), "\(result)")
    }

    @Test func aFileThatIsNotThereIsTold() async throws {
        let command = try Command()
        defer { command.clean() }
        let result = try await command.run("autorun", ["import", command.state + "/none.json"])
        #expect(result.code == 3 && result.errors.contains("there is no such file"), "\(result)")
    }
}
