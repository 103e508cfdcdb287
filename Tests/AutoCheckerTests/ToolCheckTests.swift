import AutoChecker
import CEL
import Diagnostics
import Testing
import Values

/// `tools` of LLM_CALL: what a model may use.
@Suite(.timeLimit(.minutes(1))) struct ToolCheckTests {
    private static let lookup = """
        automation "Lookup"
        input id: int
        START begin -> make
        DATA_TRANSFORM make -> end { prompt_template { value: inputs.id + 1 } }
        """
    private static let post = """
        automation "Post"
        input text: text
        START begin -> send
        REST_API send -> sent {
          timeout: 5s
          prompt_template { url: "https://example.org/", body: { text: inputs.text } }
        }
        DATA_TRANSFORM sent -> end { prompt_template { value: send.result.status == 200 } }
        """
    private static let refund = post.replacing("Post", with: "Refund").replacing(
        "text: text", with: "text: int")

    private func result(_ tools: String, settings: String = "", header: String = "", before: String = "")
        -> CheckResult
    {
        let files = [
            "lookup.auto": Self.lookup, "post.auto": Self.post, "refund.auto": Self.refund,
            "secret.auto": "automation \"S\"\nsecret SHOP_TOKEN\n"
                + Self.post.split(separator: "\n").dropFirst().joined(separator: "\n").replacing(
                    "body: {", with: "auth: { bearer: secrets.SHOP_TOKEN }, body: {"),
            "broken.auto": "automation \"B\"\nSTART begin -> nowhere\n",
        ]
        let prompt = before.isEmpty ? "Do it." : "Do what ${page.result} says."
        let text = """
            automation "Main"
            \(header)
            START begin -> \(before.isEmpty ? "agent" : "page")
            \(before)
            LLM_CALL agent -> end {
              timeout: 60s
              \(settings)
              prompt_template { user: "\(prompt)", model: "gpt-4o", max_tokens: 100, tools: \(tools) }
            }
            """
        var options = CheckOptions()
        options.files = OtherFiles(beside: "main.auto") { (path) throws(OtherFiles.Unreadable) in
            guard let text = files[path] else { throw OtherFiles.Unreadable("is not there", help: "") }
            return Array(text.utf8)
        }
        return check(SourceText(name: "main.auto", text: text), options)
    }

    private func findings(
        _ tools: String, settings: String = "", header: String = "", before: String = ""
    ) -> [String] {
        result(tools, settings: settings, header: header, before: before).findings.map {
            "\($0.code.rawValue) \($0.message)"
        }
    }

    private static let page = """
        WEB_SCRAPE page -> agent {
          timeout: 5s
          prompt_template { url: "https://example.org/", main: true }
        }
        """

    @Test(arguments: [
        #"["lookup.auto"]"#, #"[{ automation: "./lookup.auto", ask: true }]"#,
        #"[{ mcp: "files --read-only", only: ["read"] }]"#,
        #"["lookup.auto", { mcp: "https://tools.example.org/mcp", auth: { bearer: "x".lowerAscii() } }]"#,
        #"["lookup.auto", "refund.auto"], max_rounds: 3"#,
        #"[{ name: "book", description: "Books.", parameters: { type: "object" } }]"#,
        #"[{ type: "function", function: { name: "book" } }]"#,
        #"[{ type: "web_search_20250305", name: "web_search" }]"#,
    ]) func toolsThatAreRight(_ tools: String) { #expect(findings(tools) == []) }

    @Test(arguments: [
        (#"["lokup.auto"]"#, #"A116 the file "lokup.auto" is not there"#),
        (#"["broken.auto"]"#, #"A117 the file "broken.auto" has errors"#),
        (#"["secret.auto"]"#, "A105 `S` needs the secret `SHOP_TOKEN`"),
        (#"["lookup.auto", { name: "Lookup" }]"#, "A103 two tools have the name `Lookup`"),
        (#"[{ mcp: "x", onyl: ["read"] }]"#, "A006 such a tool has no field `onyl`"),
        (#"[{ mcp: "x", only: "read" }]"#, "A201 `only` is a list of the names of tools"),
        (#"[{ mcp: " " }]"#, "`mcp` names no server"),
        (#"[{ mcp: "x" + "y" }]"#, "A201 a tool is the path of an automation"),
        (#"[7]"#, "A201 a tool is the path of an automation"),
        (#"[{ description: "x" }]"#, "A014 a declared tool needs a `name`"),
        (#"[{ name: "no blanks" }]"#, #"providers take no tool of the name "no blanks""#),
        (#"["x"].filter(n, true)"#, "A201 the tools that a model may use are written out"),
        (#"["lookup.auto"], max_rounds: 0"#, "`max_rounds` is how often the model is asked"),
        (#"[{ automation: "lookup.auto", ask: 1 > 0 }]"#, "A201 whether a person is asked"),
    ]) func toolsThatAreWrong(_ tools: String, _ words: String) {
        let found = findings(tools)
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test func theModelOfThisMachineUsesNone() {
        let text = """
            automation "Main"
            START begin -> agent
            LLM_CALL agent -> end {
              timeout: 60s
              prompt_template { user: "Do it.", model: "builtin", tools: [{ mcp: "x" }] }
            }
            """
        let found = check(SourceText(name: "main.auto", text: text)).findings.map(\.message)
        #expect(found == ["the model `builtin` uses no tools"])
    }

    @Test func declaredToolsSayWhatTheStepGives() throws {
        let found = findings(#"[{ name: "book" }]"#, settings: "result: int")
        #expect(
            found.contains { $0.contains("with declared tools the step gives { text, calls:") }, "\(found)")
    }

    /// A text that others wrote may talk a model into what its tools can do.
    @Test func changingToolsAreToldWhereOutsideTextReachesTheModel() throws {
        let found = result(#"["post.auto"]"#, before: Self.page).findings
        let finding = try #require(found.first { $0.code == .toolUnasked }, "\(found)")
        #expect(finding.notes.first?.label.contains("page -> agent") == true, "\(finding.notes)")
        let safe: [(tools: String, before: String)] = [
            (#"["post.auto"]"#, ""), (#"[{ automation: "post.auto", ask: true }]"#, Self.page),
            (#"["lookup.auto"]"#, Self.page),
            // A number has no room for instructions.
            (#"["refund.auto"]"#, Self.page),
        ]
        for (tools, before) in safe {
            #expect(!findings(tools, before: before).contains { $0.hasPrefix("A411") }, "\(tools)")
        }
        // What a server's tools give is text from outside as well.
        #expect(findings(#"["post.auto", { mcp: "x" }]"#).contains { $0.hasPrefix("A411") })
    }

    @Test func roundsCountAsModelCalls() {
        #expect(findings(#"["lookup.auto"]"#, header: "max_cost 8") == [])
        let found = findings(#"["lookup.auto"]"#, header: "max_cost 7")
        #expect(found.contains { $0.contains("a run can make 8 model calls") }, "\(found)")
        #expect(findings(#"["lookup.auto"], max_rounds: 3"#, header: "max_cost 3") == [])
    }
}
