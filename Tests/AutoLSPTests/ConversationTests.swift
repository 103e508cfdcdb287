import CEL
import Testing
import Values

private let text = """
    automation "Triage"
    input ticket: text "What the customer wrote"
    input tier: one_of("free", "pro") = "free"
    type Verdict = { kind: one_of("bug", "other"), reason: text }
    START begin -> classify
    LLM_CALL classify -> route {
      result: Verdict
      timeout: 30s
      prompt_template { user: "Sort: ${inputs.ticket} ${inputs.tier}" }
    }
    LOGIC_DECISION route {
      prompt_template {
        bug:   when classify.result.kind == "bug" -> answer
        other: else -> end
      }
    }
    LLM_CALL answer -> end {
      timeout: 30s
      prompt_template { user: "Answer: ${classify.result.reason}" }
    }

    """

private func code(_ finding: MapValue) -> String { finding["code"]?.asText ?? "" }

@Suite(.timeLimit(.minutes(1))) struct ConversationTests {
    @Test func theServerSaysWhatItCan() throws {
        var client = try Client()
        let refused = try client.answer("textDocument/hover", [])["error"]?.asMap
        #expect(refused?["code"] == .int(-32_002))
        let result = try client.request("initialize", []).asMap
        let capabilities = result?["capabilities"]?.asMap
        #expect(capabilities?["positionEncoding"] == .string("utf-16"))
        #expect(result?["serverInfo"]?.asMap?["version"] == .string("1.2"))
    }

    @Test(arguments: [
        (["utf-8", "utf-16"], "utf-8", Int64(33)), (["utf-16"], "utf-16", 30), (["utf-32"], "utf-32", 29),
        ([], "utf-16", 30),
    ])
    func columnsAreCountedAsTheClientCounts(offered: [String], chosen: String, column: Int64) throws {
        let text =
            "automation \"T\"\nSTART b -> t\nDATA_TRANSFORM t -> end { prompt_template {\n"
            + "  value: inputs.size(\"😀é\") + nope } }\n"
        let client = try Client(text, encodings: offered)
        let finding = try #require(client.findings.first { $0["message"]?.asText?.contains("nope") == true })
        let start = finding["range"]?.asMap?["start"]?.asMap
        #expect(start?["line"] == .int(3) && start?["character"] == .int(column), "\(chosen) \(finding)")
    }

    @Test func findingsComeAsOneTypesAndGo() throws {
        var client = try Client(text)
        #expect(client.findings.isEmpty && client.askedPath.path == "/work/sample one.auto")
        client.change(try range(text, "answer\n"), "anwser\n")
        let finding = try #require(client.findings.first)
        #expect(client.findings.count == 1 && code(finding) == "A101" && finding["severity"] == .int(1))
        #expect(finding["message"]?.asText?.contains("did you mean `answer`?") == true)
        client.change(nil, text)
        #expect(client.findings.isEmpty)
        client.notify("textDocument/didClose", [("textDocument", .record([("uri", .string(Client.uri))]))])
        #expect(try client.ask("textDocument/hover", place(text, "timeout")) == .null)
    }

    @Test func programsAreCompiledWhenTypingRests() throws {
        let wrong =
            "automation \"T\"\ninput a: json\nSTART b -> t\n"
            + "DATA_TRANSFORM t -> end { prompt_template { input: inputs.a, jq: \"map(\" } }\n"
        var client = try Client(wrong)
        #expect(client.findings.isEmpty && client.waitsForCompilers)
        client.rest()
        #expect(client.findings.map(code) == ["A602"] && !client.waitsForCompilers)
    }

    @Test func aMendIsOfferedAndNoSilenceOfWhatIsNotThere() throws {
        var client = try Client(text)
        let wrong = text.replacingFirst("answer\n", "anwser\n")
        client.change(nil, wrong)
        let file = Value.record([("uri", .string(Client.uri))])
        let actions = try client.request(
            "textDocument/codeAction", [("textDocument", file), ("range", try range(wrong, "anwser"))])
        let titles = (actions.asList ?? []).compactMap { $0.asMap?["title"]?.asText }
        #expect(titles == ["Replace by `answer`", "Apply all safe mends"])
        let edit = actions.asList?.first?.asMap?["edit"]?.asMap?["changes"]?.asMap?[Client.uri]?.asList?.first
        #expect(edit?.asMap?["newText"] == .string("answer"))
    }

    /// The place and the words of the comment that silences a code; nil where none is offered.
    private func silence(_ code: String, _ client: inout Client, _ range: Value) throws -> (Int, String)? {
        let file = Value.record([("uri", .string(Client.uri))])
        let actions = try client.request(
            "textDocument/codeAction", [("textDocument", file), ("range", range)])
        let action = actions.asList?.first { $0.asMap?["title"] == .string("Silence \(code) here") }
        guard let changes = action?.asMap?["edit"]?.asMap?["changes"]?.asMap,
            let edit = changes[Client.uri]?.asList?.first?.asMap,
            let line = edit["range"]?.asMap?["start"]?.asMap?["line"]?.asInt
        else { return nil }
        return (line, edit["newText"]?.asText ?? "")
    }

    @Test func aSilenceStandsBeforeTheTextThatItIsAbout() throws {
        let late = text.replacingFirst(
            "\"Answer: ${classify.result.reason}\"",
            "\"\"\"\n      Answer:\n      ${more.result}\n      \"\"\"")
        let wrong =
            late.replacingFirst(
                "    other: else -> end\n",
                "    more: when inputs.tier == \"pro\" -> more\n    other: else -> end\n")
            + "DATA_TRANSFORM more -> answer { prompt_template { value: inputs.ticket } }\n"
        var client = try Client(wrong)
        #expect(client.findings.map(code) == ["A309"])
        let offered = try silence("A309", &client, try range(wrong, "more.result"))
        let found = try #require(offered)
        let lines = wrong.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[found.0] == "  prompt_template { user: \"\"\"")
        #expect(found.1 == "  # autocheck: ignore A309 because …\n")
        let before = lines[..<found.0].joined(separator: "\n")
        let behind = lines[found.0...].joined(separator: "\n")
        let silenced = "\(before)\n\(found.1)\(behind)"
        client.change(nil, silenced)
        #expect(client.findings.isEmpty)
    }

    // Requests that are wrong.

    @Test func brokenRequestsAreAnswered() throws {
        var client = try Client(text)
        func error(_ message: Value) -> Value? {
            client.send(message).first?.asMap?["error"]?.asMap?["code"]
        }
        #expect(client.unreadable().first?.asMap?["error"]?.asMap?["code"] == .int(-32_700))
        #expect(error(.list([])) == .int(-32_600))
        #expect(error(.record([("method", .int(1))])) == .int(-32_600))
        #expect(error(.record([("id", .int(1)), ("method", .string("nothing"))])) == .int(-32_601))
        #expect(client.send(.record([("id", .int(1)), ("result", .null)])).isEmpty)
        #expect(client.send(.record([("method", .string("textDocument/didOpen"))])).isEmpty)
        #expect(client.send(.record([("method", .string("nothing"))])).isEmpty)
    }

    /// What each capability promises: the requests that then are to be answered.
    private static let promised: [String: [String]] = [
        "hoverProvider": ["textDocument/hover"], "definitionProvider": ["textDocument/definition"],
        "signatureHelpProvider": ["textDocument/signatureHelp"],
        "referencesProvider": ["textDocument/references"],
        "documentHighlightProvider": ["textDocument/documentHighlight"],
        "renameProvider": ["textDocument/prepareRename", "textDocument/rename"],
        "completionProvider": ["textDocument/completion"],
        "documentSymbolProvider": ["textDocument/documentSymbol"],
        "workspaceSymbolProvider": ["workspace/symbol"],
        "foldingRangeProvider": ["textDocument/foldingRange"],
        "documentFormattingProvider": ["textDocument/formatting"],
        "documentRangeFormattingProvider": ["textDocument/rangeFormatting"],
        "codeActionProvider": ["textDocument/codeAction"], "codeLensProvider": ["textDocument/codeLens"],
        "documentLinkProvider": ["textDocument/documentLink"],
        "semanticTokensProvider": [
            "textDocument/semanticTokens/full", "textDocument/semanticTokens/range",
        ],
    ]

    @Test func whatIsPromisedIsServed() throws {
        var client = try Client()
        let result = try client.request("initialize", []).asMap
        let capabilities = try #require(result?["capabilities"]?.asMap)
        #expect(ConversationTests.promised.keys.allSatisfy { capabilities[$0] != nil })
        // Beside them the server says how it counts columns and takes changes.
        #expect(capabilities.count == ConversationTests.promised.count + 2)
        client.open(text)
        let start = try place(text, "timeout")
        let file = Value.record([("uri", .string(Client.uri))])
        for method in ConversationTests.promised.values.flatMap({ $0 }) {
            let answer = try client.answer(
                method,
                [
                    ("textDocument", file), ("position", start), ("newName", .string("x")),
                    ("range", try range(text, "timeout")),
                ])
            #expect(answer["error"]?.asMap?["code"] != .int(-32_601), "\(method)")
        }
    }

    /// A file that is not open has no answer, a request without what it is about is refused, and a place that is
    /// none is taken for the nearest one.
    @Test(arguments: promised.values.flatMap { $0 }.filter { $0 != "workspace/symbol" })
    func placesThatAreNoneAreAnswered(method: String) throws {
        var client = try Client(text)
        let unknown = Value.record([("uri", .string("file:///other.auto"))])
        let somewhere = Value.record([("line", .int(0)), ("character", .int(0))])
        let about = [
            ("position", somewhere), ("range", Value.record([("start", somewhere), ("end", somewhere)])),
        ]
        #expect(try client.request(method, [("textDocument", unknown)] + about) == .null)
        #expect(try client.answer(method, [])["error"]?.asMap?["code"] == .int(-32_602))
        let file = Value.record([("uri", .string(Client.uri))])
        for (line, character) in [(-1, -1), (1_000_000, 0), (0, 1_000_000)] as [(Int64, Int64)] {
            let place = Value.record([("line", .int(line)), ("character", .int(character))])
            // The range ends before it begins.
            let range = Value.record([("start", place), ("end", somewhere)])
            _ = try client.answer(
                method,
                [
                    ("textDocument", file), ("position", place), ("range", range),
                    ("newName", .string("x")),
                ])
        }
        _ = try client.answer(
            method, [("textDocument", file), ("position", .string("none")), ("range", .string("none"))])
    }

    /// A change whose range ends before it begins is taken for one at its beginning.
    @Test func aRangeThatEndsBeforeItBeginsIsEmpty() throws {
        var client = try Client(text)
        let start = try place(text, "classify\n")
        client.change(.record([("start", start), ("end", try place(text, "automation"))]), "")
        #expect(client.findings.isEmpty)
    }

    @Test func theEnd() throws {
        var client = try Client(text)
        #expect(client.exitCode == 1)
        #expect(try client.request("shutdown", []) == .null)
        let late = try client.answer("textDocument/hover", [])["error"]?.asMap
        #expect(late?["code"] == .int(-32_600) && !client.isOver)
        client.notify("exit", [])
        #expect(client.isOver && client.exitCode == 0)
    }
}

@Suite(.timeLimit(.minutes(1))) struct EditorAnswerTests {
    @Test(arguments: [
        ("classify.result.kind", Int64(18), "kind: one_of(\"bug\", \"other\")"), ("timeout", 1, "`timeout`"),
        ("user:", 1, "what the model is asked"), ("LLM_CALL classify", 2, "Asks a model"),
        ("inputs.ticket", 9, "What the customer wrote"), ("Verdict\n", 1, "type Verdict"),
        ("type Verdict", 1, "A name for a type"), ("input tier", 2, "What a run is given"),
    ])
    func hoverSaysWhatStandsThere(part: String, offset: Int64, expected: String) throws {
        var client = try Client(text)
        let found = try client.ask("textDocument/hover", place(text, part, Int(offset)))
        let shown = found.asMap?["contents"]?.asMap?["value"]?.asText ?? ""
        #expect(shown.contains(expected), "\(shown)")
    }

    @Test func namesAreFoundAndRenamed() throws {
        var client = try Client(text)
        let here = try place(text, "classify.result.kind", 3)
        let definition = try client.ask("textDocument/definition", here).asMap
        #expect(
            definition?["range"]
                == (try range(text, "classify")).shifted(to: try place(text, "classify -> route")))
        let all = text.components(of: "classify")
        let declares = [("context", Value.record([("includeDeclaration", .bool(true))]))]
        #expect(try client.ask("textDocument/references", here, declares).asList?.count == all)
        let others = [("context", Value.record([("includeDeclaration", .bool(false))]))]
        #expect(try client.ask("textDocument/references", here, others).asList?.count == all - 1)
        #expect(try client.ask("textDocument/documentHighlight", here).asList?.count == all)
    }

    @Test func theOutlineHasWholeDeclarations() throws {
        var client = try Client(text)
        let symbols = try client.ask("textDocument/documentSymbol", .null).asList?.compactMap(\.asMap) ?? []
        let names = symbols.compactMap { $0["name"]?.asText }
        #expect(names == ["ticket", "tier", "Verdict", "begin", "classify", "route", "answer"])
        let line = "input tier: one_of(\"free\", \"pro\") = \"free\""
        #expect(symbols[1]["range"] == (try range(text, line)))
    }

    @Test func blocksCommentsAndTextsFold() throws {
        let broken =
            "# one\n# two\nLLM_CALL a -> b {\n  prompt_template {\n    user: \"\"\"\n      x\n      \"\"\"\n  }\n  ]\n"
        var client = try Client(broken)
        let folds = try client.ask("textDocument/foldingRange", .null).asList?.compactMap(\.asMap) ?? []
        let lines = folds.map { [$0["startLine"], $0["endLine"]] }
        #expect(lines.contains([.int(0), .int(1)]) && lines.contains([.int(3), .int(6)]))
        #expect(lines.contains([.int(4), .int(6)]), "\(lines)")
    }

    @Test func formattingIsTheSmallestChange() throws {
        let untidy = text.replacingFirst("timeout: 30s", "timeout:30s")
        var client = try Client(untidy)
        let edits = try client.ask("textDocument/formatting", .null).asList?.compactMap(\.asMap) ?? []
        #expect(edits.isEmpty == false && edits[0]["newText"]?.asText?.contains("timeout: 30s") == true)
        client.change(nil, "START a ->")
        #expect(try client.ask("textDocument/formatting", .null) == .null)
    }
}

extension String {
    func replacingFirst(_ part: String, _ other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }

    /// How often a part stands in the text.
    func components(of part: String) -> Int { ranges(of: part).count }
}

extension Value {
    /// A range of one line, moved to begin at a place.
    func shifted(to start: Value) -> Value {
        func column(_ key: String) -> Int64 {
            Int64(asMap?[key]?.asMap?["character"]?.asInt ?? 0)
        }
        let length = column("end") - column("start")
        let line = start.asMap?["line"] ?? .null
        let first = Int64(start.asMap?["character"]?.asInt ?? 0)
        return .record([
            ("start", start), ("end", .record([("line", line), ("character", .int(first + length))])),
        ])
    }
}
