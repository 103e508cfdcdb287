import CEL
import Testing
import Values

private let text = """
    automation "Triage"
    input ticket: text
    input tier: one_of("free", "pro") = "free"
    type Verdict = { kind: one_of("bug", "other"), reason: text }
    START begin -> classify
    LLM_CALL classify -> route {
      result: Verdict
      prompt_template { user: "x" }
    }
    LOGIC_DECISION route {
      prompt_template {
        bug: when true -> end
      }
    }
    WEB_SCRAPE page -> end {
      timeout: 1m
      prompt_template {
        url: "https://example.com"
      }
    }
    test "one" {
      expect true
    }

    """

@Suite(.timeLimit(.minutes(1))) struct CompletionTests {
    /// A line is written before another one, and the cursor stands at its end.
    @Test(arguments: [
        ("", "START", "LLM_CALL input type test description"), ("inp", "START", "input"),
        ("input x: ", "START", "text one_of list Verdict"), ("input x: list<", "START", "text Verdict"),
        ("type T = { a: ", "START", "int Verdict"), ("START a -> ", "START", "classify page end"),
        ("LLM_CALL a -> [route, ", "START", "page end"), ("  ", "  timeout", "each cache prompt_template"),
        ("  result: ", "  timeout", "Verdict bool"), ("  on_error -> ", "  timeout", "classify end"),
        ("  each: p in ", "  timeout", "inputs classify"), ("    ma", "    url", "main format select"),
        ("    format: \"", "    url", "text markdown html"), ("    url: ", "    url", "inputs size"),
        ("    headers: { a: ", "    url", "inputs"),
        ("    x: when classify.", "    bug", "result prompt error"),
        ("    x: when classify.result.", "    bug", "kind reason"),
        ("    x: when classify.?", "    bug", "result"),
        ("    x: when size(classify.result.", "    bug", "kind reason"),
        ("    x: when classify.results[0].", "    bug", "kind reason"),
        ("    x: when classify.result.kind == \"", "    bug", "bug other"),
        ("    x: when inputs.tier in [\"free\", \"", "    bug", "free pro"),
        ("    x: when true -> ", "    bug", "page end"), ("    x: when cl", "    bug", "classify inputs"),
        ("    x: when true &&\n      cl", "    bug", "classify inputs"),
        ("    question: \"about ${inputs.", "    bug", "ticket tier"),
        ("    question: \"\"\"\n      about ${classify.result.", "    bug", "kind reason"),
        ("    question: \"a ${f(\"b ${inputs.", "    bug", "ticket tier"),
        ("  ", "  expect", "inputs replies answers now expect"),
        ("  replies: { ", "  expect", "classify page"),
        ("  expect ", "  expect", "inputs session"),
    ])
    func offers(line: String, before: String, expected: String) throws {
        let found = try labels(line, before)
        #expect(Set(expected.split(separator: " ").map(String.init)).isSubset(of: found), "\(found.sorted())")
    }

    /// Where nothing of the language can stand, nothing is offered.
    @Test(arguments: [
        ("# about ", "START"), ("secret ", "START"), ("LLM_CALL ", "START"), ("    url: \"http", "    url"),
        ("    url: \"x\" ", "    url"), ("    # ", "    url"), ("  timeout ", "  timeout"),
        ("input x", "START"),
    ])
    func offersNothing(line: String, before: String) throws {
        #expect(try labels(line, before).isEmpty)
    }

    private func labels(_ line: String, _ before: String) throws -> Set<String> {
        let range = try #require(text.firstRange(of: before))
        let start = String(text[..<range.lowerBound]) + line
        var client = try Client(start + "\n" + text[range.lowerBound...])
        let last = start.split(separator: "\n", omittingEmptySubsequences: false)
        let place = Value.record([
            ("line", .int(Int64(last.count - 1))), ("character", .int(Int64(last.last?.utf16.count ?? 0))),
        ])
        let items = try client.ask("textDocument/completion", place).asMap?["items"]?.asList ?? []
        return Set(items.compactMap { $0.asMap?["label"]?.asText })
    }
}
