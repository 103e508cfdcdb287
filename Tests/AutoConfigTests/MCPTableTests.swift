import AutoChecker
import AutoConfig
import Foundation
import TestSupport
import Testing

/// `[mcp.NAME]` of `autorun.toml`.
@Suite(.timeLimit(.minutes(1))) struct MCPTableTests {
    private func servers(_ texts: String...) throws -> [String: MCPSettings] {
        var settings = ProjectSettings()
        for text in texts { try settings.read(text, from: "autorun.toml") }
        return settings.check.toolServers
    }

    @Test func everythingIsRead() throws {
        let read = try servers(
            """
            [mcp.files]
            command = "python3 'my server.py' --root ."
            env = { API_KEY = "${MY_KEY}" }
            only = ["read", "list"]
            unsafe = true

            [mcp."web-2.x"]
            url = "https://example.org/mcp"
            headers = { authorization = "Bearer ${MY_TOKEN}" }
            allow_private = true

            [mcp.listed]
            command = ["node", "a b.js"]
            """)
        var files = MCPSettings(.command(["python3", "my server.py", "--root", "."]))
        files.environment = ["API_KEY": "${MY_KEY}"]
        files.only = ["read", "list"]
        files.isUnsafe = true
        var web = MCPSettings(.url("https://example.org/mcp"))
        web.headers = ["authorization": "Bearer ${MY_TOKEN}"]
        web.allowsPrivate = true
        #expect(
            read == ["files": files, "web-2.x": web, "listed": MCPSettings(.command(["node", "a b.js"]))])
        #expect(files.variables == ["MY_KEY"] && web.variables == ["MY_TOKEN"])
    }

    /// A nearer file's table stands in the place of the other: what the user sends to a server goes to no other.
    @Test func theNearerTableStandsAlone() throws {
        let read = try servers(
            "[mcp.a]\nurl = \"https://example.org\"\nheaders = { x-key = \"sesame\" }\n[mcp.b]\ncommand = \"b\"",
            "[mcp.a]\nurl = \"https://other.example\"")
        #expect(read == ["a": MCPSettings(.url("https://other.example")), "b": MCPSettings(.command(["b"]))])
    }

    @Test(arguments: [
        ("a = 5", "[mcp]: `a` is a table, such as [mcp.a] with `command"),
        ("[mcp.\"a b\"]\ncommand = \"x\"", "[mcp]: a server's name has letters, digits"),
        ("[mcp.a]", "[mcp.a] needs `command`, a text such as"),
        ("[mcp.a]\ncommand = \"x\"\nurl = \"https://x\"", "has `command` and `url`: a server is one of both"),
        ("[mcp.a]\ncomand = \"x\"", "did you mean `command`?"),
        (
            "[mcp.a]\ncommand = 5",
            "`command` is a text such as \"python3 server.py --fast\", or a list of its words, found 5"
        ),
        ("[mcp.a]\ncommand = \" \"", "`command` is a text such as"),
        ("[mcp.a]\ncommand = []", "`command` is a text such as"),
        ("[mcp.a]\ncommand = [\"x\", 5]", "`command` is a text such as"),
        ("[mcp.a]\ncommand = \"x 'y\"", "`command` has a `'` that is not closed"),
        (
            "[mcp.a]\nurl = \"example.org\"",
            "`url` is an http or https url, such as \"https://example.org/mcp\", found"
        ),
        (
            "[mcp.a]\ncommand = \"x\"\nheaders = { a = \"b\" }",
            "`headers` goes with `url`, which is not there"
        ),
        ("[mcp.a]\nurl = \"https://x\"\nunsafe = true", "`unsafe` goes with `command`, which is not there"),
        ("[mcp.a]\nurl = \"https://x\"\nenv = {}", "`env` goes with `command`"),
        ("[mcp.a]\ncommand = \"x\"\nallow_private = true", "`allow_private` goes with `url`"),
        ("[mcp.a]\ncommand = \"x\"\nunsafe = \"yes\"", "`unsafe` is true or false, found \"yes\""),
        ("[mcp.a]\ncommand = \"x\"\nonly = \"read\"", "`only` is a list of the names of tools"),
        ("[mcp.a]\ncommand = \"x\"\nenv = { \"a-b\" = \"c\" }", "`a-b` is no name of a variable"),
        ("[mcp.a]\ncommand = \"x\"\nenv = { A = 5 }", "`env`: `A` is a text in quotes, found 5"),
        (
            "[mcp.a]\ncommand = \"x\"\nenv = { A = \"${my key}\" }",
            "${my key} names no environment variable"
        ),
        ("[mcp.a]\ncommand = \"x\"\nenv = { A = \"b ${C\" }", "${C} names no environment variable"),
        ("[mcp.a]\nurl = \"https://x\"\nheaders = { \"a b\" = \"c\" }", "`a b` is no name of a header"),
        (
            "[mcp.a]\nurl = \"https://x\"\nheaders = { a = \"sesame\\nopen\" }",
            "the value of `a` has a line break"
        ),
    ])
    func mistakesAreTold(_ text: String, _ words: String) {
        let text = text.hasPrefix("[") ? text : "[mcp]\n" + text
        let error = #expect(throws: SettingsError.self) { try servers(text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.hasPrefix("autorun.toml: [mcp") == true)
        // A value may be a key.
        #expect(error?.message.contains("sesame") == false)
    }

    /// The reference has the table of the keys as it is made from them.
    @Test func theReferenceHasTheKeys() throws {
        let page = try String(contentsOfFile: Command.root + "/Grammar/README.md", encoding: .utf8)
        let start = try #require(page.range(of: "<!-- made from Sources/AutoConfig: mcp -->\n"))
        let rest = page[start.upperBound...]
        let end = try #require(rest.range(of: "\n<!-- end -->"))
        #expect(rest[..<end.lowerBound] == MCPKey.table)
    }
}
