import AutoChecker
import AutoLSP
import CEL
import Testing
import Values

private let text = """
    automation "Digest"
    input pages: list<{ href: url, title: text }>
    START begin -> read

    # Reads each page.
    WEB_SCRAPE read -> sum {
      each: page in inputs.pages
      timeout: 30s
      prompt_template { url: page.href }
    }

    DATA_TRANSFORM sum -> end {
      prompt_template {
        input: inputs.pages
        jq: "map(.title)"
      }
    }

    test "one page" {
      inputs: { pages: [{ href: "https://example.org/a", title: "A" }] }
      replies: { read: "text" }
      expect size(inputs.pages) == 1
    }

    """

private let disk = Workspace(
    automations: { $0 == "/work" ? ["/work/other.auto", "/work/sample one.auto"] : [] }, files: { _ in [] },
    read: {
        $0 == "/work/other.auto"
            ? Array("automation \"Other\"\nSTART begin -> end".utf8) : nil
    },
    exists: { ["/work/notes/a b.md", "/work/notes.md", "/work/other.auto"].contains($0) })

@Suite(.timeLimit(.minutes(1))) struct EditorFeatureTests {
    private func file(_ client: Client) -> (String, Value) {
        ("textDocument", .record([("uri", .string(Client.uri))]))
    }

    // Signature help and hover.

    @Test(arguments: [
        ("x.split(\",\", ", "text.split(separator: text, limit: int) -> list<text>", Int64(1), Int64(1)),
        ("size(", "size(value: text) -> int", 0, 0),
        ("math.abs(", "math.abs(number: number) -> number", 0, 0),
        ("inputs.pages.map(p, ", "list.map(x, value)", 1, 0), ("has(", "has(field)", 0, 0),
        ("size([1, 2", "size(value: text) -> int", 0, 0),
    ])
    func aCallSaysWhatItTakes(call: String, label: String, parameter: Int64, signature: Int64) throws {
        let broken = text.replacingFirst("    jq:", "    value: \(call)\n    jq:")
        var client = try Client(broken)
        let here = try place(broken, "value: \(call)", "value: \(call)".utf16.count)
        let help = try client.ask("textDocument/signatureHelp", here).asMap
        #expect(help?["activeParameter"] == .int(parameter) && help?["activeSignature"] == .int(signature))
        let shown = help?["signatures"]?.asList?[Int(signature)].asMap
        #expect(shown?["label"] == .string(label), "\(shown.debugDescription)")
    }

    @Test func outsideOfCallsThereIsNoHelp() throws {
        var client = try Client(text)
        #expect(try client.ask("textDocument/signatureHelp", place(text, "inputs.pages")) == .null)
    }

    @Test(arguments: [
        ("size(inputs", "How many characters", "size([1, 2, 3])  # 3"),
        ("exists(", "holds for an element", "[1, 2].exists(x, x > 1)  # true"),
        ("floor(", "The next whole number below", "math.floor(number: number)"),
    ])
    func functionsAreExplained(part: String, sentence: String, more: String) throws {
        let longer = text.replacingFirst(
            "== 1", "== 1 && math.floor(1.5) == 1.0 && inputs.pages.exists(p, p.title == \"A\")")
        var client = try Client(longer)
        let found = try client.ask("textDocument/hover", place(longer, part, 1))
        let shown = found.asMap?["contents"]?.asMap?["value"]?.asText ?? ""
        #expect(shown.contains(sentence) && shown.contains(more), "\(shown)")
    }

    // Semantic tokens.

    /// Each token with its text and its type.
    private func tokens(_ client: inout Client, _ source: String, _ range: Value? = nil) throws -> [String] {
        let legend = [
            "keyword", "type", "class", "property", "parameter", "variable", "function", "string", "number",
            "comment", "operator", "regexp",
        ]
        let method = "textDocument/semanticTokens/" + (range == nil ? "full" : "range")
        let answer = try client.request(method, [file(client)] + (range.map { [("range", $0)] } ?? []))
        let data = (answer.asMap?["data"]?.asList ?? []).compactMap(\.asInt)
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf16) }
        var (line, column) = (0, 0)
        return stride(from: 0, to: data.count, by: 5).map { at in
            line += data[at]
            column = data[at] == 0 ? column + data[at + 1] : data[at + 1]
            let units = lines[line][column..<(column + data[at + 2])]
            return "\(String(decoding: units, as: UTF16.self)) \(legend[data[at + 3]])"
        }
    }

    @Test func eachTokenHasItsMeaning() throws {
        var client = try Client(text)
        let found = try tokens(&client, text)
        for expected in [
            "automation keyword", "pages parameter", "url type", "START keyword", "read class",
            "# Reads each page. comment", "each property", "in keyword", "page variable", "30s number",
            "prompt_template keyword", "href property", "end keyword", "\"map(.title)\" regexp",
            "\"one page\" string", "expect keyword", "size function", "== operator", "-> operator",
        ] {
            #expect(found.contains(expected), "\(expected) in \(found)")
        }
    }

    @Test func expressionsInTextsHaveTheirOwnTokens() throws {
        let source =
            "automation \"T\"\ninput a: text\nSTART b -> t\nLLM_CALL t -> end {\n  prompt_template {\n"
            + "    user: \"\"\"\n      😀 ${inputs.a.trim()} z\n      \"\"\"\n  }\n}\n"
        var client = try Client(source)
        let found = try tokens(&client, source)
        let texts = found.drop { $0 != "user property" }.dropFirst()
        #expect(
            Array(texts) == [
                "\"\"\" string", "      😀 ${ string", "inputs variable", "a parameter", "trim function",
                "} z string", "      \"\"\" string",
            ])
    }

    @Test func aRangeHasItsTokensOnly() throws {
        var client = try Client(text)
        let found = try tokens(&client, text, try range(text, "timeout: 30s"))
        #expect(found.contains("30s number") && !found.contains("automation keyword"))
        client.change(nil, "START \"")
        #expect(try tokens(&client, "START \"") == ["START keyword", "\" string"])
    }

    // Symbols of the folder, lenses, links.

    @Test func symbolsComeFromAllFiles() throws {
        var client = try Client(text, workspace: disk)
        func names(_ query: String) throws -> [String] {
            let found = try client.request("workspace/symbol", [("query", .string(query))]).asList ?? []
            return found.compactMap { symbol in
                let uri = symbol.asMap?["location"]?.asMap?["uri"]?.asText ?? ""
                return "\(symbol.asMap?["name"]?.asText ?? "") \(uri.split(separator: "/").last ?? "")"
            }
        }
        #expect(
            try names("begin") == ["begin sample%20one.auto", "begin other.auto"])
        #expect(try names("PGS") == ["pages sample%20one.auto"])
        #expect(try names("nothing of that") == [])
    }

    @Test func lensesRunTheFileAndItsTests() throws {
        var client = try Client(text)
        let lenses = try client.request("textDocument/codeLens", [file(client)]).asList ?? []
        let commands = lenses.compactMap { $0.asMap?["command"]?.asMap }
        #expect(commands.map { $0["title"]?.asText } == ["Run", "Run tests", "Run this test"])
        #expect(commands.map { $0["command"]?.asText } == ["auto.run", "auto.test", "auto.test"])
        let path = Value.string("/work/sample one.auto")
        #expect(commands.last?["arguments"] == .list([path, .string("one page")]))
        client.change(nil, "# nothing yet\n")
        #expect(try client.request("textDocument/codeLens", [file(client)]) == .list([]))
    }

    @Test func filesAndUrlsAreLinks() throws {
        let source = """
            automation "T"
            START b -> t
            DATA_TRANSFORM t -> end {
              prompt_template {
                value: ["notes.md", "@notes.md", "file:notes.md", "missing.md", "bugs/*.md", "notes", "https://a.org/x"]
              }
            }
            """
        var client = try Client(source, workspace: disk)
        let links = try client.request("textDocument/documentLink", [file(client)]).asList ?? []
        let file = "file:///work/notes.md"
        #expect(links.compactMap { $0.asMap?["target"]?.asText } == [file, file, file, "https://a.org/x"])
        #expect(links.first?.asMap?["range"] == (try range(source, "notes.md")))
    }

    // Formatting of a range.

    /// A text after its lines from one part to another are formatted.
    private func formatted(_ source: String, _ first: String, _ last: String) throws -> String {
        var client = try Client(source)
        let span = Value.record([("start", try place(source, first)), ("end", try place(source, last))])
        let answer = try client.request("textDocument/rangeFormatting", [file(client), ("range", span)])
        var lines = source.split(separator: "\n", omittingEmptySubsequences: false).map { $0 + "\n" }
        for edit in (answer.asList ?? []).reversed().compactMap(\.asMap) {
            let range = edit["range"]?.asMap
            // Lines are replaced as wholes.
            #expect(range?["start"]?.asMap?["character"] == .int(0))
            #expect(range?["end"]?.asMap?["character"] == .int(0))
            let start = try #require(range?["start"]?.asMap?["line"]?.asInt)
            let end = try #require(range?["end"]?.asMap?["line"]?.asInt)
            lines.replaceSubrange(start..<end, with: [(edit["newText"]?.asText ?? "")[...]])
        }
        return String(lines.joined().dropLast())
    }

    @Test func onlyTheLinesOfARangeAreFormatted() throws {
        let untidy = text.replacingFirst("  timeout: 30s", "  timeout:30s").replacingFirst(
            "  each: page", "  each:page"
        ).replacingFirst("    input: inputs", "      input:inputs")
        let one = untidy.replacingFirst("timeout:30s", "timeout: 30s")
        #expect(try formatted(untidy, "timeout:30s", "30s") == one)
        let two = one.replacingFirst("each:page", "each: page")
        #expect(try formatted(untidy, "each:page", "30s") == two)
        #expect(try formatted(untidy, "automation", "expect") == text)
        #expect(try formatted(text, "automation", "expect") == text)
    }

    /// An editor does not mix the ends of lines, and what is laid out already does not change.
    @Test func aFileFromWindowsKeepsTheEndsOfItsLines() throws {
        func edits(_ source: String, _ method: String, _ more: [(String, Value)] = []) throws -> [String] {
            var client = try Client(source.replacing("\n", with: "\r\n"))
            let answer = try client.request(method, [file(client)] + more)
            return (answer.asList ?? []).compactMap { $0.asMap?["newText"]?.asText }
        }
        #expect(try edits(text, "textDocument/formatting").isEmpty)
        let untidy = text.replacingFirst("  timeout: 30s", "  timeout:30s")
        #expect(try edits(untidy, "textDocument/formatting") == ["  timeout: 30s"])
        let span = Value.record([
            ("start", try place(untidy, "timeout:30s")), ("end", try place(untidy, "30s")),
        ])
        #expect(
            try edits(untidy, "textDocument/rangeFormatting", [("range", span)]) == ["  timeout: 30s\r\n"])
    }
}
