import AutoChecker
import AutoLSP
import Synchronization
import Testing
import Values

private let main = """
    automation "Main"
    type Line from "sub/digest.auto"
    START begin -> d
    REST_API d -> use { prompt_template { automation: "sub/digest.auto", inputs: { page: "x" } } }
    DATA_TRANSFORM use -> end { prompt_template { value: d.result.title } }
    test "t" {
      replies: { "d.read": "Text" }
      answers: { "d.ask": "yes" }
      expect session.status == "FINISHED"
    }

    """

private let digest = """
    automation "Digest"
    input page: text
    input length: int = 3
    result { title: text, rows: list<Line> }
    type Line = { n: int }
    START begin -> read
    LLM_CALL read -> ask { prompt_template { user: inputs.page + string(inputs.length) } }
    GET_USER_INPUT ask -> inner { prompt_template { message: read.result } }
    REST_API inner -> give { prompt_template { automation: "deep.auto", inputs: { page: inputs.page } } }
    DATA_TRANSFORM give -> end {
      prompt_template { value: { title: inner.result.said, rows: [{ n: 1 }] } }
    }

    """

private let deep = """
    automation "Deep"
    input page: text
    result { said: text }
    START begin -> think
    LLM_CALL think -> end { result: { said: text }, prompt_template { user: inputs.page } }

    """

private let other = """
    automation "Other"
    START begin -> d
    REST_API d -> end { prompt_template { automation: "sub/digest.auto", inputs: { "page": "y", length: 1 } } }

    """

/// Several files of a folder in an editor: what one says is known in the others, saved or not.
@Suite(.timeLimit(.minutes(1))) struct FolderEditingTests {
    private static let disk = [
        "/work/sample one.auto": main, "/work/sub/digest.auto": digest, "/work/sub/deep.auto": deep,
        "/work/other.auto": other,
    ]
    private static let digestURI = "file:///work/sub/digest.auto"

    private func client(_ text: String = main, _ more: [String: String] = [:]) throws -> Client {
        let files = FolderEditingTests.disk.merging(more) { $1 }
        let workspace = Workspace(
            automations: { folder in files.keys.filter { $0.hasPrefix(folder + "/") }.sorted() },
            files: { _ in [] },
            read: { files[$0].map { Array($0.utf8) } }, exists: { files[$0] != nil })
        return try Client(text, workspace: workspace) { path, open in
            let folder = String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
            var options = CheckOptions()
            options.files = OtherFiles(beside: String(path.dropFirst(folder.count))) {
                (name) throws(OtherFiles.Unreadable) in
                guard let bytes = open.text(of: folder + name) ?? files[folder + name].map({ Array($0.utf8) })
                else { throw OtherFiles.Unreadable("is not there", help: "write it") }
                return bytes
            }
            return options
        }
    }

    private func codes(_ client: Client) -> [String] {
        client.findings.compactMap { $0["code"]?.asText }.sorted()
    }

    /// How many edits a renaming makes, by the files' addresses.
    private func renamed(_ client: inout Client, _ place: Value, _ name: String, in uri: String = Client.uri)
        throws -> [String: Int]
    {
        let found = try client.ask("textDocument/rename", place, [("newName", .string(name))], in: uri)
        var counts: [String: Int] = [:]
        for path in FolderEditingTests.disk.keys {
            let uri = path == "/work/sample one.auto" ? Client.uri : "file://" + path
            guard let edits = found.asMap?["changes"]?.asMap?[uri]?.asList else { continue }
            #expect(edits.allSatisfy { $0.asMap?["newText"] == .string(name) })
            counts[uri] = edits.count
        }
        return counts
    }

    @Test func whatIsNotSavedIsWhatCallersAreCheckedAgainst() throws {
        // The type from the other file is never read, which is all that is found.
        let untouched = ["A115"]
        var client = try client()
        #expect(codes(client) == untouched, "\(client.findings)")
        client.open(digest, as: FolderEditingTests.digestURI)
        #expect(codes(client) == untouched)
        // The input gets another name in the open file: the caller gives one that is not there, and misses
        // one.
        client.change(
            nil, digest.replacing("page: text", "web_page: text").replacing("inputs.page", "inputs.web_page"),
            of: FolderEditingTests.digestURI)
        #expect(codes(client) == ["A014", "A102"], "\(client.findings)")
        // Closed without saving: what lies on the disk counts again.
        client.notify(
            "textDocument/didClose",
            [("textDocument", .record([("uri", .string(FolderEditingTests.digestURI))]))])
        #expect(codes(client) == untouched, "\(client.findings)")
    }

    /// What a called file calls in turn counts, too.
    @Test func aChangeTwoCallsDeepIsSeen() throws {
        var client = try client()
        client.open(deep.replacing("result { said", "result { told"), as: "file:///work/sub/deep.auto")
        #expect(codes(client) == ["A117"], "\(client.findings)")
    }

    @Test func aFileThatChangesOnTheDiskIsReadAgain() throws {
        let disk = Mutex(digest)
        let options = { (path: String, _: OpenTexts) in
            var options = CheckOptions()
            options.files = OtherFiles(beside: "sample one.auto") { name throws(OtherFiles.Unreadable) in
                Array((name == "sub/deep.auto" ? deep : disk.withLock { $0 }).utf8)
            }
            return options
        }
        var client = try Client(main, optionsFor: options)
        #expect(codes(client) == ["A115"], "\(client.findings)")
        disk.withLock { $0 = digest.replacing("title: ", "heading: ") }
        client.notify(
            "workspace/didChangeWatchedFiles",
            [
                (
                    "changes",
                    .list([.record([("uri", .string(FolderEditingTests.digestURI)), ("type", .int(2))])])
                )
            ])
        #expect(codes(client) != ["A115"], "\(client.findings)")
    }

    @Test func anInputIsRenamedInAllCallers() throws {
        var client = try client()
        client.open(digest, as: FolderEditingTests.digestURI)
        let place = try place(digest, "page: text")
        let counts = try renamed(&client, place, "address", in: FolderEditingTests.digestURI)
        // The declaration and two uses; each caller gives it once; `deep.auto` has an input of its own of
        // that name.
        #expect(
            counts == [
                FolderEditingTests.digestURI: 3, Client.uri: 1, "file:///work/other.auto": 1,
            ])
    }

    /// Where a step or a test reads back what was given, the name changes, too.
    @Test func anInputIsRenamedWhereItIsReadBack() throws {
        let reading = main.replacing("value: d.result.title", "value: d.prompt.inputs.page")
            .replacing("session.status == \"FINISHED\"", "prompts.d.inputs.page == \"x\"")
        var client = try client(reading, ["/work/sample one.auto": reading])
        client.open(digest, as: FolderEditingTests.digestURI)
        let place = try place(digest, "page: text")
        #expect(try renamed(&client, place, "address", in: FolderEditingTests.digestURI)[Client.uri] == 3)
    }

    /// The same from a caller, where the name in quotes keeps them.
    @Test func anInputIsRenamedFromACaller() throws {
        var client = try client()
        let here = try place(main, "page: \"x\"", 1)
        #expect(
            try client.ask("textDocument/prepareRename", here).asMap?["placeholder"] == .string("page"))
        #expect(try renamed(&client, here, "address").count == 3)
        let found = try client.ask("textDocument/rename", here, [("newName", .string("address"))])
        let edit = found.asMap?["changes"]?.asMap?["file:///work/other.auto"]?.asList?.first
        #expect(edit?.asMap?["range"] == (try word(other, "page\": \"y")))
    }

    @Test(arguments: [
        ("length", "the input `length` is declared in line 3 already"), ("a b", "is no name"),
    ])
    func aNameThatCannotBeTakenIsRefused(name: String, words: String) throws {
        var client = try client()
        let here = try place(main, "page: \"x\"")
        let message = try client.refusal("textDocument/rename", here, [("newName", .string(name))])
        #expect(message.contains(words), "\(message)")
    }

    /// Where inputs are given as a whole, the name stands somewhere that nobody can tell.
    @Test func inputsThatAreComputedStopARenaming() throws {
        let whole = """
            automation "Whole"
            input given: json
            START begin -> d
            REST_API d -> end { prompt_template { automation: "sub/digest.auto", inputs: inputs.given } }
            """
        var client = try client(main, ["/work/whole.auto": whole])
        let message = try client.refusal(
            "textDocument/rename", try place(main, "page: \"x\""), [("newName", .string("address"))])
        #expect(
            message.contains("`d` in line 4 of whole.auto gives its inputs by an expression"), "\(message)")
    }

    @Test func aStepAndATypeAreRenamedWhereOthersUseThem() throws {
        var client = try client()
        client.open(digest, as: FolderEditingTests.digestURI)
        let step = try renamed(
            &client, try place(digest, "read ->"), "fetch", in: FolderEditingTests.digestURI)
        #expect(step == [FolderEditingTests.digestURI: 3, Client.uri: 1])
        let type = try renamed(
            &client, try place(digest, "Line ="), "Row", in: FolderEditingTests.digestURI)
        #expect(type == [FolderEditingTests.digestURI: 2, Client.uri: 1])
        // The calling step stands before the dot.
        #expect(try renamed(&client, try place(main, "d ->"), "digest") == [Client.uri: 5])
    }

    @Test func anInputAndAStepLeadToTheirFile() throws {
        var client = try client()
        let input = try client.ask("textDocument/definition", try place(main, "page: \"x\"", 1))
        #expect(input.asMap?["uri"] == .string(FolderEditingTests.digestURI))
        #expect(input.asMap?["range"] == (try range(digest, "page")))
        let step = try client.ask("textDocument/definition", try place(main, "d.ask", 3))
        #expect(step.asMap?["range"] == (try word(digest, "ask -> inner", 3)))
        let uses = try client.ask("textDocument/references", try place(main, "page: \"x\"", 1))
        #expect(uses.asList?.count == 5)
    }

    /// The range of a word of four letters, or of so many.
    private func word(_ text: String, _ part: String, _ letters: Int = 4) throws -> Value {
        .record([("start", try place(text, part)), ("end", try place(text, part, letters))])
    }

    private func labels(_ text: String, behind part: String) throws -> [String] {
        var client = try client(text)
        let answer = try client.ask("textDocument/completion", try place(text, part, part.utf16.count))
        return (answer.asMap?["items"]?.asList ?? []).compactMap { $0.asMap?["label"]?.asText }
    }

    @Test func theFieldsOfWhatACalledFileGivesAreOffered() throws {
        #expect(try labels(main, behind: "d.result.") == ["title", "rows"])
    }

    @Test func stepsBehindCallsAreOfferedInTests() throws {
        let replies = try labels(main.replacing("{ \"d.read\": \"Text\" }", "{  }"), behind: "replies: { ")
        // What asks a person, and what runs for real, takes no reply.
        #expect(replies.filter { $0.contains(".") } == ["d.inner", "d.read", "d.inner.think"])
        let answers = try labels(main.replacing("{ \"d.ask\": \"yes\" }", "{  }"), behind: "answers: { ")
        #expect(answers.filter { $0.contains(".") } == ["d.ask"])
    }

    @Test(arguments: ["\"", "\"d.", "\"d.inner.th"])
    func stepsBehindCallsAreOfferedInQuotes(written: String) throws {
        let text = main.replacing("{ \"d.read\": \"Text\" }", "{ \(written) }")
        let found = try labels(text, behind: "replies: { " + written)
        #expect(found.contains("d.inner.think"), "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("d.") })
    }
}

extension String {
    fileprivate func replacing(_ part: String, _ other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
