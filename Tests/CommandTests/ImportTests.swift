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

    @Test(arguments: ["expense-approval.auto", "support-triage.auto"])
    func whatWasExportedComesBack(name: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let exported = try await command.run("autorun", ["export", "Examples/" + name])
        #expect(exported.code == 0, "\(exported)")
        let back = try await command.run("autorun", ["import", "-"], input: exported.output)
        #expect(back.code == 0, "\(back)")
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
        #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
        #expect(result.output.contains("GET_USER_INPUT Ask_user -> end {"), "\(result.output)")
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
