import AutoChecker
import AutoLSP
import CEL
import Testing
import Values

private let digest = """
    automation "Digest"
    # The page to read.
    input page: text
    input length: int = 3
    type Line = { n: int }
    START begin -> make
    DATA_TRANSFORM make -> end { prompt_template { value: inputs.page } }
    """

private let main = """
    automation "Main"
    type Line from "sub/digest.auto"
    START begin -> d
    REST_API d -> end {
      prompt_template { automation: "sub/digest.auto", inputs: { page: "x" } }
    }
    """

private let disk = Workspace(
    automations: {
        $0 == "/work" ? ["/work/sub/digest.auto", "/work/sub/dig.auto", "/work/sample one.auto"] : []
    },
    files: { $0 == "/work" ? ["rates.csv", "sub/notes.md", "sub/digest.auto"] : [] },
    read: { $0 == "/work/sub/digest.auto" ? Array(digest.utf8) : nil },
    exists: { $0 == "/work/sub/digest.auto" })

/// A file that names others: an editor leads there, and offers what they take.
@Suite(.timeLimit(.minutes(1))) struct CallEditingTests {
    private func client(_ text: String = main) throws -> Client {
        var options = CheckOptions()
        options.files = OtherFiles(beside: "sample one.auto") { (path) throws(OtherFiles.Unreadable) in
            guard path == "sub/digest.auto" else { throw OtherFiles.Unreadable("is not there", help: "") }
            return Array(digest.utf8)
        }
        return try Client(text, workspace: disk, options: options)
    }

    private func labels(_ text: String, behind part: String) throws -> [String] {
        var client = try client(text)
        let answer = try client.ask("textDocument/completion", try place(text, part, part.utf16.count))
        return (answer.asMap?["items"]?.asList ?? []).compactMap { $0.asMap?["label"]?.asText }
    }

    @Test func aCalledFileIsOpened() throws {
        var client = try client()
        let answer = try client.ask(
            "textDocument/definition", try place(main, "\"sub/digest.auto\", inputs", 3))
        #expect(answer.asMap?["uri"] == .string("file:///work/sub/digest.auto"))
    }

    @Test func aTypesFileIsOpenedAtTheType() throws {
        var client = try client()
        let answer = try client.ask("textDocument/definition", try place(main, "from \"sub", 8))
        #expect(answer.asMap?["uri"] == .string("file:///work/sub/digest.auto"))
        #expect(answer.asMap?["range"] == (try range(digest, "Line")))
    }

    @Test(arguments: ["automation: \"", "automation: \"sub/", "from \"", "from \"sub/dig"])
    func pathsAreOffered(_ part: String) throws {
        let text = main.replacingFirst(
            part.hasPrefix("from") ? "from \"sub/digest.auto\"" : "automation: \"sub/digest.auto\"", part)
        #expect(try labels(text, behind: part) == ["sub/dig.auto", "sub/digest.auto"])
    }

    @Test(arguments: [("read: \"", ["rates.csv", "sub/notes.md"]), ("read: \"sub/", ["sub/notes.md"])])
    func filesThatCanBeReadAreOffered(_ part: String, _ paths: [String]) throws {
        let text = main.replacingFirst(
            "REST_API d -> end {\n  prompt_template { automation: \"sub/digest.auto\", inputs: { page: \"x\" }",
            "DATA_TRANSFORM d -> end {\n  prompt_template { " + part)
        #expect(try labels(text, behind: part) == paths)
    }

    @Test(arguments: ["tools: [\"", "tools: [{ mcp: \"x\" }, \"", "tools: [\"x.auto\", \"sub/dig"])
    func toolsAreOffered(_ part: String) throws {
        let text = main.replacingFirst(
            "REST_API d -> end {\n  prompt_template { automation: \"sub/digest.auto\", inputs: { page: \"x\" }",
            "LLM_CALL d -> end {\n  prompt_template { user: \"x\", " + part)
        #expect(try labels(text, behind: part) == ["sub/dig.auto", "sub/digest.auto"])
    }

    @Test func inputsAreOfferedThatAreNotGiven() throws {
        let text = main.replacingFirst("{ page: \"x\" }", "{ page: \"x\",  }")
        #expect(try labels(text, behind: "page: \"x\", ") == ["length"])
    }

    @Test func anInputOfACalledAutomationIsExplained() throws {
        var client = try client()
        let answer = try client.ask("textDocument/hover", try place(main, "page: \"x\"", 1))
        let text = answer.asMap?["contents"]?.asMap?["value"]?.asText ?? ""
        #expect(text.contains("input page: text") && text.contains("of `Digest`"), "\(text)")
    }
}
