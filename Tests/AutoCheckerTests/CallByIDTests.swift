import AutoChecker
import Diagnostics
import Foundation
import Testing
import Values

/// Automations of a server that call others there by their ids.
@Suite(.timeLimit(.minutes(1))) struct CallByIDTests {
    private static func id(_ name: String) -> ID { ID(name: name) }

    /// What a server has: automations by their names, which stand for their ids, and `name/path` for what their files name.
    private func check(_ name: String, among texts: [String: String]) throws -> CheckResult {
        let known = Dictionary(uniqueKeysWithValues: texts.keys.map { (ID(name: $0), $0) })
        var options = CheckOptions()
        options.files = OtherFiles(servedAs: ID(name: name)) { (id, path) throws(OtherFiles.Unreadable) in
            let name = known[id] ?? "nobody"
            guard let text = texts[path.map { name + "/" + $0 } ?? name] else {
                throw path == nil
                    ? OtherFiles.Unreadable("is not there", help: "GET /automations lists them")
                    : OtherFiles.noFiles
            }
            return Array(text.utf8)
        }
        let text = try #require(texts[name])
        return AutoChecker.check(SourceText(name: "automation.auto", text: text), options)
    }

    private func calling(
        _ name: String, _ then: String = "d.result.title",
        _ inputs: String = #"{ page: "https://a.example/" }"#
    ) -> String {
        """
        automation "Caller"
        START begin -> d
        REST_API d -> use { prompt_template { automation: "\(CallByIDTests.id(name).text)", inputs: \(inputs) } }
        DATA_TRANSFORM use -> end { prompt_template { value: \(then) } }
        """
    }

    private let digest = """
        automation "Digest"
        input page: url
        result { title: text }
        START begin -> make
        DATA_TRANSFORM make -> end { prompt_template { value: { title: inputs.page } } }
        """

    private func words(_ result: CheckResult) -> [String] {
        result.findings.map { "\($0.code.rawValue) \($0.message)" }
    }

    @Test func aCallByIDIsCheckedAsOneByAPath() throws {
        let whole = try check("caller", among: ["caller": calling("digest"), "digest": digest])
        #expect(words(whole).isEmpty)
        let automation = try #require(whole.automation)
        let place = OtherFiles.place(of: CallByIDTests.id("digest"))
        #expect(automation.steps[1].callee == place && automation.idsCalled == [CallByIDTests.id("digest")])
        #expect(automation.called(at: place)?.name == "Digest")
        #expect(
            automation.called(at: OtherFiles.plain(CallByIDTests.id("digest").text.uppercased())) != nil,
            "an id may be written in either case")
        let wrong = try check(
            "caller", among: ["caller": calling("digest", "d.result.titel"), "digest": digest])
        #expect(words(wrong).contains { $0.hasPrefix("A202") }, "\(words(wrong))")
        let misfit = try check(
            "caller", among: ["caller": calling("digest", "d.result", "{ page: 5 }"), "digest": digest])
        #expect(words(misfit).contains { $0.contains("the input `page` of `Digest` does not fit") })
    }

    @Test func whatCannotBeCalledIsTold() throws {
        let gone = try check("caller", among: ["caller": calling("gone")])
        let id = CallByIDTests.id("gone").text
        #expect(words(gone) == ["A116 the automation \"\(id)\" is not there"])
        let faulty = try check("caller", among: ["caller": calling("bad"), "bad": "automation \"Bad\"\n"])
        #expect(words(faulty).contains { $0.contains("has errors, so it cannot be called: line") })
        // A folder's file is on no server, and an automation without a folder names no file.
        var options = CheckOptions()
        options.files = OtherFiles(beside: "main.auto") { _ throws(OtherFiles.Unreadable) in [] }
        let file = AutoChecker.check(SourceText(name: "main.auto", text: calling("digest")), options)
        #expect(
            words(file).contains {
                $0.contains("is named by its id, which says something on its server only")
            })
        let path = try check(
            "caller",
            among: [
                "caller": calling("digest").replacing(CallByIDTests.id("digest").text, with: "digest.auto")
            ])
        #expect(words(path).contains { $0.contains("this automation lies in no folder") }, "\(words(path))")
    }

    @Test func whatLeadsRoundWithoutAWayOutIsTold() throws {
        let round = try check(
            "caller",
            among: [
                "caller": calling("other", "1", "{}"),
                "other": calling("caller", "1", "{}").replacing("\"Caller\"", with: "\"Other\""),
            ])
        let (own, other) = (CallByIDTests.id("caller").text, CallByIDTests.id("other").text)
        #expect(
            words(round).contains { $0.contains("has errors, so it cannot be called") && $0.contains(other) }
                || words(round).contains { $0.contains("this call never ends: \(own) calls \(other)") },
            "\(words(round))")
        #expect(round.automation == nil)
        let own1 = try check("caller", among: ["caller": calling("caller", "1", "{}")])
        #expect(words(own1).contains { $0.contains("this call never ends: \(own) calls \(own)") })
    }

    /// One that leads back to itself by a decision is found again, also from what it calls.
    @Test func aWayRoundWithAWayOutIsRun() throws {
        let countdown = """
            automation "Down"
            input left: int
            result int
            START begin -> more
            LOGIC_DECISION more { prompt_template { again: when inputs.left > 0 -> call, done: else -> zero } }
            REST_API call -> give { prompt_template { automation: "\(CallByIDTests.id("step").text)", inputs: { left: inputs.left } } }
            DATA_TRANSFORM give -> end { prompt_template { value: call.result } }
            DATA_TRANSFORM zero -> end { prompt_template { value: 0 } }
            """
        let step = """
            automation "Step"
            input left: int
            result int
            START begin -> call
            REST_API call -> give { prompt_template { automation: "\(CallByIDTests.id("down").text)", inputs: { left: inputs.left - 1 } } }
            DATA_TRANSFORM give -> end { prompt_template { value: call.result } }
            """
        let result = try check("down", among: ["down": countdown, "step": step])
        #expect(words(result).isEmpty)
        var automation = try #require(result.automation)
        for name in ["step", "down", "step", "down"] {
            automation = try #require(automation.called(at: OtherFiles.place(of: CallByIDTests.id(name))))
        }
        #expect(automation.name == "Down")
    }

    /// What a file calls by paths is found in its own folder, whoever calls the file.
    @Test func aFileThatIsCalledHasItsOwnFolder() throws {
        let main = """
            automation "Main"
            result int
            START begin -> c
            REST_API c -> end { prompt_template { automation: "lib/one.auto" } }
            """
        let one = """
            automation "One"
            result int
            START begin -> give
            DATA_TRANSFORM give -> end { prompt_template { value: 1 } }
            """
        let result = try check(
            "caller",
            among: ["caller": calling("main", "d.result + 1", "{}"), "main": main, "main/lib/one.auto": one])
        #expect(words(result).isEmpty)
        let place = OtherFiles.place(of: CallByIDTests.id("main"))
        let called = try #require(result.automation?.called(at: place))
        #expect(called.called(at: "lib/one.auto")?.name == "One")
        #expect(result.automation?.idsCalled == [CallByIDTests.id("main")])
    }

    // The API's JSON.

    private let exchanged = """
        automation "Caller"
        START begin -> call
        REST_API call -> ask { prompt_template { automation: "lib/digest.auto" } }
        LLM_CALL ask -> again {
          timeout: 1m
          prompt_template { model: "openai/gpt-4o", user: "x", tools: ["lib/digest.auto", { mcp: "lib/digest.auto" }] }
        }
        LLM_CALL again -> end {
          timeout: 1m
          prompt_template { model: "openai/gpt-4o", user: "x", tools: [{ automation: "lib/digest.auto", ask: true }] }
        }
        """

    private func inFolder(_ text: String, _ path: String = "lib/digest.auto") throws -> CheckedAutomation {
        var options = CheckOptions()
        let other = """
            automation "Digest"
            START begin -> make
            DATA_TRANSFORM make -> end { prompt_template { value: "x" } }
            """
        options.files = OtherFiles(beside: "main.auto") { (asked) throws(OtherFiles.Unreadable) in
            guard asked == path else { throw OtherFiles.noFiles }
            return Array(other.utf8)
        }
        let result = AutoChecker.check(SourceText(name: "main.auto", text: text), options)
        return try #require(result.automation, "\(words(result))")
    }

    @Test func exportAndImportCarryCalls() throws {
        let id = CallByIDTests.id("/srv/lib/digest.auto")
        let json = exported(try inFolder(exchanged), calls: { ID(name: "/srv/" + $0) }, ids: { $0 })
        let steps = try #require(json.asMap?["current_version"]?.asMap?["steps"]?.asList)
        let templates = steps.map { $0.asMap?["prompt_template"]?.asMap ?? MapValue() }
        #expect(templates[1]["automation"] == .string(id.text))
        let tools = try #require(templates[2]["tools"]?.asList)
        #expect(tools[0] == .string(id.text))
        #expect(tools[1] == .string(#"${{ mcp: "lib/digest.auto" }}"#))
        let asked = try #require(templates[3]["tools"]?.asList)
        #expect(asked[0] == .string(#"${{ automation: "\#(id.text)", ask: true }}"#))
        // A folder that has it gives it its path, any other one keeps the id.
        let back = try imported(json) { $0 == id ? "lib/digest.auto" : nil }.text
        #expect(!back.contains(id.text))
        #expect(exported(try inFolder(back), calls: { ID(name: "/srv/" + $0) }, ids: { $0 }) == json)
        let kept = try imported(json).text
        #expect(kept.components(separatedBy: id.text).count == 4)
        #expect(namedIDs(in: SourceText(name: "kept.auto", text: kept)) == [id])
    }

    /// What is exported stands alone: a type of the file that is called goes with the caller.
    @Test func exportWritesOutTypesOfOtherFiles() throws {
        let other = """
            automation "Digest"
            type Line = { note: text? "What it says: \\"$${a}\\"", "two words": list<one_of("a", "b")> }
            type Digest = { title: text, lines: list<Line>, more: {}, whole: json }
            result Digest
            START begin -> make
            DATA_TRANSFORM make -> end { prompt_template { value: { title: "x", lines: [], more: {}, whole: 1 } } }
            """
        let text = """
            automation "Caller"
            type Digest from "digest.auto"
            START begin -> d
            REST_API d -> use {
              result: Digest
              prompt_template { automation: "digest.auto" }
            }
            DATA_TRANSFORM use -> end { prompt_template { value: d.result.lines } }
            """
        var options = CheckOptions()
        options.files = OtherFiles(beside: "main.auto") { _ throws(OtherFiles.Unreadable) in
            Array(other.utf8)
        }
        let here = AutoChecker.check(SourceText(name: "main.auto", text: text), options)
        let automation = try #require(here.automation, "\(words(here))")
        let json = exported(automation, calls: { _ in CallByIDTests.id("digest") }, ids: { $0 })
        let served = try imported(json).text
        #expect(!served.contains("from \"digest.auto\""))
        let there = try check("caller", among: ["caller": served, "digest": other])
        let again = try #require(there.automation, "\(words(there))")
        #expect(again.steps[1].resultType?.jsonSchema == automation.steps[1].resultType?.jsonSchema)
        // It may be laid out anew once, and stays as it is then.
        let twice = exported(again, calls: { _ in CallByIDTests.id("digest") }, ids: { $0 })
        #expect(try imported(twice).text == served)
    }
}
