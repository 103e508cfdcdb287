import CEL
import Testing
import Values

private let text = """
    automation "Triage"
    input ticket: text
    input tier: one_of("free", "pro") = "free"
    secret SHOP_TOKEN
    type Verdict = { kind: one_of("bug", "other"), reason: text }
    START begin -> classify
    LLM_CALL classify -> route {
      result: Verdict
      timeout: 30s
      prompt_template { user: "Sort: ${inputs.ticket} ${inputs["tier"]}" }
    }
    LOGIC_DECISION route {
      prompt_template {
        bug:   when classify.result.kind == "bug" -> answer
        other: else -> end
      }
    }
    LLM_CALL answer -> end {
      timeout: 30s
      on_error -> classify
      max_visits: 3
      prompt_template {
        user: "Answer: ${classify.results.map(v, v.reason).join(", ")}"
      }
    }
    test "a bug is answered" {
      inputs: { ticket: "It crashes" }
      replies: { classify: { kind: "bug", reason: "crash" }, answer: "Thanks" }
      expect visited == ["begin", "classify", "route", "answer"]
      expect visited.exists(v, v == "classify") && classify.result.reason != "classify"
    }

    """

@Suite(.timeLimit(.minutes(1))) struct RenameTests {
    @Test(arguments: [
        // The text `"classify"` that is compared with a reason is no step.
        ("classify.result.kind", "classify", -1), ("inputs.ticket", "ticket", 0), ("begin ->", "begin", 0),
        ("SHOP_TOKEN", "SHOP_TOKEN", 0), ("Verdict =", "Verdict", 0),
    ])
    func everyUseIsRenamed(part: String, name: String, difference: Int) throws {
        var client = try Client(text)
        let offset = part.hasPrefix("inputs.") ? 9 : 1
        let here = try place(text, part, offset)
        #expect(
            try client.ask("textDocument/prepareRename", here).asMap?["placeholder"] == .string(name))
        let found = try client.ask("textDocument/rename", here, [("newName", .string("renamed"))])
        let edits = found.asMap?["changes"]?.asMap?[Client.uri]?.asList ?? []
        #expect(edits.count == text.components(of: name) + difference)
        #expect(edits.allSatisfy { $0.asMap?["newText"] == .string("renamed") })
    }

    @Test func theElementOfAMacroIsRenamedWhereItIsMeant() throws {
        var client = try Client(text)
        let here = try place(text, "v, v.reason")
        let found = try client.ask("textDocument/rename", here, [("newName", .string("verdict"))])
        #expect(found.asMap?["changes"]?.asMap?[Client.uri]?.asList?.count == 2)
    }

    @Test func anInputInBracketsIsRenamed() throws {
        var client = try Client(text)
        let found = try client.ask(
            "textDocument/rename", place(text, "tier:"), [("newName", .string("plan"))])
        let edits = found.asMap?["changes"]?.asMap?[Client.uri]?.asList ?? []
        #expect(edits.count == 2)
        #expect(edits.last?.asMap?["range"] == (try range(text, "tier\"]").shortened(by: 2)))
    }

    @Test(arguments: [
        ("classify ->", "answer", "the step `answer` is declared in line 18 already"),
        ("classify ->", "end", "`end` is reserved"),
        ("classify ->", "true", "`true` is a word of expressions"),
        ("classify ->", "in", "`in` is a word of expressions"), ("classify ->", "a b", "is no name"),
        ("classify ->", "1st", "is no name"), ("classify ->", "größe", "is no name"),
        ("classify ->", "", "is no name"), ("classify ->", "v", "the variable `v` is declared in line"),
        ("ticket:", "tier", "the input `tier` is declared in line 3 already"),
        ("Verdict =", "text", "`text` is a type of the language already"),
        ("v, v.reason", "route", "the step `route` is declared in line 12 already"),
        ("v, v.reason", "inputs", "`inputs` is reserved"),
    ])
    func aNameThatCannotBeTakenIsRefused(part: String, name: String, words: String) throws {
        var client = try Client(text)
        let here = try place(text, part)
        let message = try client.refusal("textDocument/rename", here, [("newName", .string(name))])
        #expect(message.contains(words), "\(message)")
    }

    @Test(arguments: [
        ("end {", "`end` is reserved"), ("timeout", "`timeout` is a word of the language"),
        ("LLM_CALL classify", "`LLM_CALL` is a word of the language"), ("{ kind", "no name stands here"),
    ])
    func whatHasNoOtherNameIsRefused(part: String, words: String) throws {
        var client = try Client(text)
        for method in ["textDocument/prepareRename", "textDocument/rename"] {
            let message = try client.refusal(method, place(text, part), [("newName", .string("x"))])
            #expect(message.contains(words), "\(message)")
        }
    }

    @Test func theSameNameChangesNothing() throws {
        var client = try Client(text)
        let found = try client.ask(
            "textDocument/rename", place(text, "route {"), [("newName", .string("route"))])
        #expect(found.asMap?["changes"]?.asMap?[Client.uri] == .list([]))
    }
}

extension Value {
    /// A range of one line that ends earlier.
    fileprivate func shortened(by count: Int64) -> Value {
        let end = asMap?["end"]?.asMap
        let column = Int64(end?["character"]?.asInt ?? 0)
        return .record([
            ("start", asMap?["start"] ?? .null),
            ("end", .record([("line", end?["line"] ?? .null), ("character", .int(column - count))])),
        ])
    }
}
