import AutoChecker
import AutoLSP
import Testing
import Values

private let post = """
    automation "Post it"
    description "Sends a note."
    input note: text
    input count: int = 1
    result { sent: bool, by: list<Person> }
    type Person = { name: text }
    START begin -> send
    REST_API send -> give {
      timeout: 5s
      prompt_template { url: "https://example.org/", body: { note: inputs.note, count: inputs.count } }
    }
    DATA_TRANSFORM give -> end {
      prompt_template { value: { sent: send.result.status == 200, by: [{ name: "a" }] } }
    }
    """

private let main = """
    automation "Main"
    START begin -> agent
    LLM_CALL agent -> call {
      timeout: 60s
      trust: ["Post_it.note"]
      prompt_template { user: "x", tools: ["sub/post.auto"] }
    }
    REST_API call -> use {
      trust: ["inputs.note"]
      prompt_template { automation: "sub/post.auto", inputs: { note: "x" } }
    }
    DATA_TRANSFORM use -> end { prompt_template { value: [call.result.sent, call.result.by[0].name] } }

    """

private let disk = Workspace(
    automations: { _ in ["/work/sub/post.auto", "/work/sample one.auto"] }, files: { _ in [] },
    read: { $0 == "/work/sub/post.auto" ? Array(post.utf8) : nil }, exists: { $0 == "/work/sub/post.auto" })

/// What an editor offers and shows of tools, trusted fields and called files.
@Suite(.timeLimit(.minutes(1))) struct ToolEditingTests {
    private func client(_ text: String = main) throws -> Client {
        var options = CheckOptions()
        options.toolServers = [
            "files": MCPSettings(.command(["python3", "files.py", "--key=sesame"])),
            "web": MCPSettings(.url("https://example.org/mcp?key=sesame")),
        ]
        options.files = OtherFiles(beside: "sample one.auto") { (path) throws(OtherFiles.Unreadable) in
            guard path == "sub/post.auto" else { throw OtherFiles.Unreadable("is not there", help: "") }
            return Array(post.utf8)
        }
        return try Client(text, workspace: disk, options: options)
    }

    /// What is offered behind a text that stands in the place of another, with what an editor closes behind it.
    private func labels(_ part: String, closed end: String = "", instead other: String) throws -> [String] {
        let text = main.replacingFirst(other, part + end)
        var client = try client(text)
        let answer = try client.ask("textDocument/completion", try place(text, part, part.utf16.count))
        return (answer.asMap?["items"]?.asList ?? []).compactMap { $0.asMap?["label"]?.asText }
    }

    @Test(arguments: [
        ("tools: [{ ", ["automation", "mcp", "name", "description", "parameters"]),
        ("tools: [\"a.auto\", { mcp: \"x\", ", ["only", "auth", "ask"]),
        ("tools: [{ automation: \"a.auto\", ", ["ask"]),
        ("tools: [{ name: \"a\", ", ["description", "parameters"]),
        ("tools: [{ mcp: ", ["\"files\"", "\"web\""]), ("tools: [{ mcp: \"", ["files", "web"]),
        ("tools: [{ mcp: \"x\", ask: ", ["true", "false"]),
        ("tools: [{ mcp: \"x\", auth: { ", ["bearer", "user", "password"]),
        ("tools: [{ automation: \"", ["sub/post.auto"]), ("tools: [{ name: \"", []),
    ]) func whatAToolMayHaveIsOffered(_ part: String, _ expected: [String]) throws {
        #expect(try labels(part, instead: "tools: [\"sub/post.auto\"] }\n}") == expected)
    }

    /// Keys often stand in what leads to a server.
    @Test func serversAreShownWithoutKeys() throws {
        let text = main.replacingFirst("tools: [\"sub/post.auto\"]", "tools: [{ mcp: \"\" }]")
        var client = try client(text)
        let answer = try client.ask("textDocument/completion", try place(text, "mcp: \"", 6))
        let items = answer.asMap?["items"]?.asList ?? []
        #expect(
            items.compactMap { $0.asMap?["detail"]?.asText } == [
                "[mcp.files] of autorun.toml: python3 files.py",
                "[mcp.web] of autorun.toml: https://example.org/mcp",
            ])
    }

    @Test(arguments: [
        ("trust: [", "]", ["\"Post_it\"", "\"Post_it.note\"", "\"Post_it.count\""]),
        ("trust: [\"", "\"]", ["Post_it", "Post_it.note", "Post_it.count"]),
        ("trust: [\"Post_it.", "\"]", ["Post_it.note", "Post_it.count"]),
    ]) func trustedPathsOfToolsAreOffered(_ part: String, _ end: String, _ expected: [String]) throws {
        #expect(try labels(part, closed: end, instead: "trust: [\"Post_it.note\"]") == expected)
    }

    @Test func trustedFieldsAreOffered() throws {
        #expect(
            try labels("trust: [\"in", closed: "\"]", instead: "trust: [\"inputs.note\"]") == [
                "automation", "inputs", "inputs.note",
            ])
    }

    @Test(arguments: [
        ("value: sets.", ["contains", "equivalent", "intersects"]), ("value: regex.", ["extract"]),
        ("value: lists.", ["range"]), ("value: math.", ["greatest"]),
        ("value: base64.", ["decode", "encode"]),
    ]) func functionsOfAGroupAreOffered(_ part: String, _ expected: [String]) throws {
        let found = try labels(part, instead: "value: [call.result.sent, call.result.by[0].name]")
        #expect(expected.allSatisfy(found.contains), "\(found)")
        #expect(!found.contains("size"))
    }

    @Test(arguments: ["\"sub/post.auto\"] }", "\"sub/post.auto\", inputs"])
    func aCalledFileIsShown(_ part: String) throws {
        var client = try client()
        let answer = try client.ask("textDocument/hover", try place(main, part, 3))
        let text = answer.asMap?["contents"]?.asMap?["value"]?.asText ?? ""
        #expect(
            text.contains("automation \"Post it\"\ninput note: text\ninput count: int = 1\nresult "),
            "\(text)")
        #expect(text.hasSuffix("Sends a note."), "\(text)")
    }

    /// A type of another file is taken with the file.
    @Test func typesOfOtherFilesAreOffered() throws {
        let text = main.replacingFirst("START", "type \nSTART")
        var client = try client(text)
        let answer = try client.ask("textDocument/completion", try place(text, "type ", 5))
        let items = answer.asMap?["items"]?.asList ?? []
        #expect(items.map { $0.asMap?["label"] } == [.string("Person")])
        #expect(
            items.first?.asMap?["textEdit"]?.asMap?["newText"] == .string("Person from \"sub/post.auto\""))
        let named = main.replacingFirst("START", "type P from \"sub/post.auto\"\nSTART")
        var other = try self.client(named)
        let names = try other.ask("textDocument/completion", try place(named, "type P", 6))
        #expect(
            (names.asMap?["items"]?.asList ?? []).map { $0.asMap?["textEdit"]?.asMap?["newText"] } == [
                .string("Person")
            ])
    }

    /// What is read of a call leads to where the called file declares it, behind named types too.
    @Test(arguments: [("result.sent", 8, "sent"), ("[0].name", 5, "name")])
    func aFieldOfACalledFileLeadsToItsDeclaration(_ part: String, _ offset: Int, _ name: String) throws {
        var client = try client()
        let answer = try client.ask("textDocument/definition", try place(main, part, offset))
        #expect(answer.asMap?["uri"] == .string("file:///work/sub/post.auto"))
        let declared = try place(post, name + ": ")
        #expect(answer.asMap?["range"]?.asMap?["start"] == declared)
    }

    /// `trust` names the inputs of a called file, and of one that is a tool.
    @Test func aRenamingTakesTrustAlong() throws {
        var client = try client()
        let found = try client.ask(
            "textDocument/rename", try place(main, "note: \"x\""), [("newName", .string("words"))])
        let edits = found.asMap?["changes"]?.asMap?[Client.uri]?.asList ?? []
        let starts = edits.compactMap { $0.asMap?["range"]?.asMap?["start"] }
        #expect(
            starts == [
                try place(main, "Post_it.note", 8), try place(main, "inputs.note", 7),
                try place(main, "note: \"x\""),
            ], "\(starts)")
    }
}
