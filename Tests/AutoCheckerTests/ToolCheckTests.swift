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

    private func result(
        _ tools: String, settings: String = "", header: String = "", before: String = "",
        more: [String: String] = [:], servers: [String: MCPSettings] = [:]
    ) -> CheckResult {
        let files = [
            "lookup.auto": Self.lookup, "post.auto": Self.post, "refund.auto": Self.refund,
            "secret.auto": "automation \"S\"\nsecret SHOP_TOKEN\n"
                + Self.post.split(separator: "\n").dropFirst().joined(separator: "\n").replacing(
                    "body: {", with: "auth: { bearer: secrets.SHOP_TOKEN }, body: {"),
            "broken.auto": "automation \"B\"\nSTART begin -> nowhere\n",
        ]
        let all = files.merging(more) { $1 }
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
        options.toolServers = servers
        options.files = OtherFiles(beside: "main.auto") { (path) throws(OtherFiles.Unreadable) in
            guard let text = all[path] else { throw OtherFiles.Unreadable("is not there", help: "") }
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
        (#"[{ automation: "lookup.auto", ask: "always" }]"#, "A201 `ask` of a tool is true or false, found"),
        (#"[{ mcp: "x", ask: {} }]"#, "A201 `ask` of a tool is true or false, found an object"),
        (#"[{ name: "book", ask: true }]"#, "A006 nobody is asked about a tool that is only declared"),
        (#"[{ name: "book", only: ["x"] }]"#, "A006 a declared tool has no field `only`"),
        (#"[{ type: "function", name: "no blanks" }]"#, "providers take no tool of the name"),
    ]) func toolsThatAreWrong(_ tools: String, _ words: String) {
        let found = findings(tools)
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test(arguments: [
        ("3", "A201 `parameters` is the JSON Schema of an object, found 3"),
        (#""x""#, "A201 `parameters` is the JSON Schema of an object, found"),
        (#"{ type: "string" }"#, "A201 a tool's parameters are an object, found the type `string`"),
        (#"{ type: "objekt" }"#, "A207 JSON Schema has no type `objekt`"),
        ("{ properties: 3 }", "A201 `parameters.properties` is an object of schemas by their names, found 3"),
        (#"{ a: "text" }"#, "A006 JSON Schema has no keyword `a`"),
        (#"{ propertis: { a: { type: "string" } } }"#, "A006 JSON Schema has no keyword `propertis`"),
        (
            #"{ properties: { a: "text" } }"#,
            "A201 `parameters.properties.a` is a JSON Schema, an object, found"
        ),
        (#"{ properties: { a: { type: "text" } } }"#, "A207 JSON Schema has no type `text`"),
        (
            #"{ properties: { a: { type: 3 } } }"#,
            "A201 `parameters.properties.a.type` is the name of a type, found 3"
        ),
        (
            #"{ properties: { a: { type: "array", items: { type: "list" } } } }"#,
            "A207 JSON Schema has no type `list`"
        ),
        (
            #"{ properties: { a: { required: true } } }"#,
            "A201 `parameters.properties.a.required` is a list of names, found true"
        ),
        (
            #"{ properties: { city: {} }, required: ["cty"] }"#,
            "A207 `required` names `cty`, which is not among `properties`"
        ),
        (
            #"{ properties: { a: { enum: "x" } } }"#,
            "A201 `parameters.properties.a.enum` is a list of values, found"
        ),
        (#"{ anyOf: [{ type: "strin" }] }"#, "A207 JSON Schema has no type `strin`"),
    ]) func parametersThatAreWrong(_ parameters: String, _ words: String) {
        for tool in [
            "{ name: \"t\", description: \"d\", parameters: \(parameters) }",
            "{ type: \"function\", function: { name: \"t\", parameters: \(parameters) } }",
        ] {
            let found = result("[\(tool)]").findings
            #expect(found.count == 1 && found[0].help != nil, "\(found)")
            let told = found.map { "\($0.code.rawValue) \($0.message)" }
            #expect(told.allSatisfy { $0.hasPrefix(words) }, "\(told)")
        }
    }

    @Test(arguments: [
        "{}", #"{ type: "object" }"#, #"{ "type": ["object", "null"], additionalProperties: false }"#,
        #"{ type: "object", properties: { a: { type: "array", items: { type: "string" } }, b: true }, required: ["a"] }"#,
        ##"{ type: "object", properties: { a: { "$ref": "#/$defs/x", "x-own": 3 } }, "$defs": { x: { type: "null" } } }"##,
        #"{ type: "object", description: "All of ${session.id}", required: ["a"], allOf: [{ properties: { a: {} } }] }"#,
        #"{ type: "object", properties: { a: {}, b: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] }"#,
        #"{ type: "object", properties: { a: { not: { required: ["z"] } } }, required: ["a"], note: "own", id: "x" }"#,
        #"{ type: "object", required: ["id"], additionalProperties: { type: "string" } }"#,
        #"{ required: ["a"] }"#,
        #"parse_json("{}")"#,
    ]) func parametersThatAreRight(_ parameters: String) {
        #expect(findings("[{ name: \"t\", parameters: \(parameters) }]") == [])
    }

    /// What is meant is clear, so that it can be written in its place.
    @Test(arguments: [
        (#"[{ automation: "lookup.auto", ask: yes }]"#, "A201", "true"),
        (#"[{ automation: "lookup.auto", ask: "true" }]"#, "A201", "true"),
        (#"[{ mcp: "x", ask: "No" }]"#, "A201", "false"),
        (#"[{ mcp: "x", ask: 1 }]"#, "A201", "true"),
        (#"[{ mpc: "x" }]"#, "A006", "mcp"),
        (#"[{ command: "x" }]"#, "A006", "mcp"),
        (#"[{ automaton: "lookup.auto" }]"#, "A006", "automation"),
        (#"[{ file: "lookup.auto", ask: true }]"#, "A006", "automation"),
        (#"[{ nam: "book" }]"#, "A006", "name"),
        (#"[{ name: "book", descripton: "Books." }]"#, "A006", "description"),
        (#"[{ name: "book", inputSchema: {} }]"#, "A006", "input_schema"),
        (#"[{ mcp: "fils" }]"#, "A110", #""files""#),
    ]) func slipsAreMended(_ tools: String, _ code: String, _ mend: String) {
        let found = result(tools, servers: ["files": MCPSettings(.command(["python3", "files.py"]))]).findings
        #expect(found.map(\.code.rawValue) == [code], "\(found)")
        #expect(found.first?.fix?.replacement == mend)
    }

    /// A name that the settings have, and what resembles none of them, is left.
    @Test(arguments: ["files", "./fils", "fils --fast", "https://fils", "python3"])
    func otherServersAreLeft(_ server: String) {
        let servers = ["files": MCPSettings(.command(["python3", "files.py"]))]
        #expect(result("[{ mcp: \"\(server)\" }]", servers: servers).findings.isEmpty)
    }

    /// Anthropic's name of `parameters` is looked at like it.
    @Test func theSchemaOfAnthropicIsLookedAt() {
        #expect(findings(#"[{ name: "t", input_schema: { type: "object" } }]"#) == [])
        #expect(
            findings(#"[{ name: "t", input_schema: { type: "objekt" } }]"#) == [
                "A207 JSON Schema has no type `objekt`"
            ])
        #expect(
            findings(#"[{ name: "t", input_schema: { properties: 3 } }]"#) == [
                "A201 `input_schema.properties` is an object of schemas by their names, found 3 (int)"
            ])
    }

    @Test(arguments: [
        ("Refund", "Refund"), ("Größe prüfen", "Grosse_prufen"), ("Gro\u{308}ße", "Grosse"),
        ("Œuvre Ærø", "OEuvre_AEro"), ("İstanbul ılık", "Istanbul_ilik"), ("中文", "u4e2du6587"),
        ("a.b/c d-e", "a_b_c_d-e"), (String(repeating: "a", count: 80), String(repeating: "a", count: 64)),
    ]) func namesOfOtherScriptsStayApart(_ name: String, _ made: String) {
        #expect(toolName(of: name) == made)
    }

    /// Two automations whose names differ only in what providers do not take.
    @Test func namesThatClashWhenShortenedAreTold() {
        let more = [
            "a.auto": Self.lookup.replacing("Lookup", with: "Look up"),
            "b.auto": Self.lookup.replacing("Lookup", with: "Look.up"),
        ]
        let found = result(#"["a.auto", "b.auto"]"#, more: more).findings.map(\.message)
        #expect(
            found == [
                "two tools have the name `Look_up`, made of \"Look up\" and \"Look.up\": providers take at most 64 letters, digits, `_` and `-`"
            ])
    }

    @Test func roundsAreAmongWhatCanBeLowered() {
        let found = result(#"["lookup.auto"]"#, header: "max_cost 7").findings
        #expect(found.first { $0.code == .overMaxCost }?.help?.hasPrefix("lower `max_rounds`, ") == true)
    }

    @Test func whatADeclaredToolIsCalledIsText() {
        #expect(
            findings(#"[{ name: "t", description: 3 }]"#) == [
                "A201 `description` of a tool is a text, found 3 (int)"
            ])
        #expect(findings("[{ name: 3 }]") == ["A201 `name` of a tool is a text, found 3 (int)"])
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
