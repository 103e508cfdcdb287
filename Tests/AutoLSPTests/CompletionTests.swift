import AutoChecker
import AutoSyntax
import CEL
import StepKinds
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
      prompt_template {
        user: "x"
      }
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
    GET_USER_INPUT ask -> end {
      result: one_of("yes", "no")
      prompt_template { message: "Well?" }
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
        // A test: what it may read, and the values that it gives.
        ("  expect session.", "  expect", "id started_at status error"),
        ("  expect session.status == ", "  expect", "\"FINISHED\" \"FAILED\""),
        ("  expect session.status == \"", "  expect", "FINISHED FAILED"),
        ("  expect ", "  expect", "visited prompts inputs classify"),
        ("  expect visited == [\"", "  expect", "begin classify page"),
        ("  expect prompts.", "  expect", "classify page"),
        ("  expect visited.all(v, v == ", "  expect", "\"begin\" \"classify\""),
        ("  answers: { ask: ", "  expect", "\"yes\" \"no\""), ("  answers: { ask: \"", "  expect", "yes no"),
        ("  answers: { ask: [\"yes\", \"", "  expect", "yes no"),
        ("  replies: { classify: { kind: ", "  expect", "\"bug\" \"other\""),
        ("  replies: { classify: { kind: \"", "  expect", "bug other"),
        ("  replies: { classify: { ", "  expect", "kind reason error"),
        ("  replies: { classify: { error: { kind: ", "  expect", "\"timeout\" \"rate_limited\""),
        ("  inputs: { ", "  expect", "ticket tier"), ("  inputs: { tier: ", "  expect", "\"free\" \"pro\""),
        // Values of what is compared, usual values of settings and fields.
        ("    x: when classify.result.kind == ", "    bug", "\"bug\" \"other\""),
        ("    x: when inputs.tier in [", "    bug", "\"free\" \"pro\""),
        ("    x: when classify.error.kind == ", "    bug", "\"timeout\" \"rate_limited\""),
        ("    x: when page.error.kind == \"", "    bug", "timeout network"),
        ("  timeout: ", "  timeout", "30s 1m 500ms"),
        ("  on_failed: ", "  timeout", "\"stop\" \"null\" \"drop\""),
        ("  on_failed: \"", "  timeout", "stop drop"), ("  cache: ", "  timeout", "true"),
        ("  retry: { ", "  timeout", "attempts first_delay factor max_delay"),
        ("  retry: { attempts: 3, first_delay: ", "  timeout", "30s"),
        ("    main: ", "    url", "true false"), ("    format: ", "    url", "\"text\" \"html\""),
        ("    model: ", "    user", "\"default\" \"gpt-6-luna\" \"mine\" inputs"),
        ("    model: \"", "    user", "default gpt-6-luna mine"),
        // Models of those who are set up, alone and in a list of which one stands in for the other.
        ("    model: \"", "    user", "anthropic/claude-haiku-4-5 groq/ house/"),
        ("    model: [", "    user", "\"default\" \"house/\" \"gpt-6-luna\" inputs"),
        ("    model: [\"gpt-4o\", ", "    user", "\"groq/\" \"mine\""),
        ("    model: [\"gpt-4o\", \"", "    user", "groq/ mine anthropic/claude-haiku-4-5"),
        // The variables of macros.
        ("    x: when classify.results.exists(r, ", "    bug", "r classify"),
        ("    x: when classify.results.exists(r, r.kind == ", "    bug", "\"bug\" \"other\""),
        ("    x: when classify.results.all(i, r, r.kind == \"", "    bug", "bug other"),
    ])
    func offers(line: String, before: String, expected: String) throws {
        let found = try labels(line, before)
        #expect(Set(expected.split(separator: " ").map(String.init)).isSubset(of: found), "\(found.sorted())")
    }

    /// On the left of a comparison stand the values of what it is compared with.
    @Test(arguments: [
        ("    x: when ", " == classify.result.kind -> end", "    bug", "\"bug\" \"other\""),
        ("    x: when \"", "\" == classify.result.kind -> end", "    bug", "bug other"),
        ("    x: when true && ", " != inputs.tier -> end", "    bug", "\"free\" \"pro\""),
        ("  expect ", " == session.status", "  expect", "\"FINISHED\" \"FAILED\""),
    ])
    func offersValuesOnTheLeft(line: String, behind: String, before: String, expected: String) throws {
        let found = Set(try items(line, before, behind: behind).compactMap { $0["label"]?.asText })
        #expect(Set(expected.split(separator: " ").map(String.init)).isSubset(of: found), "\(found.sorted())")
    }

    /// What a test gives is written out: nothing that is computed stands there.
    @Test(arguments: [
        ("  answers: { ask: ", "  expect", ["\"yes\"", "\"no\""]),
        ("  inputs: { ticket: ", "  expect", []), ("  now: ", "  expect", []),
    ])
    func offersNothingComputedInATest(line: String, before: String, expected: [String]) throws {
        #expect(try labels(line, before) == Set(expected))
    }

    /// Nobody begins with a model that its maker stops serving, and none that embeds gives a reply.
    @Test func modelsThatEndAreNotOffered() throws {
        let found = try labels("    model: \"", "    user")
        #expect(!found.contains("gpt-4") && !found.contains("gpt-4o") && !found.contains("claude-3-opus"))
        #expect(!found.contains { $0.contains("embedding") })
    }

    /// Who has no key of a provider is not offered its models by its name.
    @Test func providersWithoutAKeyAreNotOffered() throws {
        let found = try labels("    model: \"", "    user")
        #expect(!found.contains("mistral/") && !found.contains { $0.hasPrefix("gemini/") })
    }

    /// Behind a macro's variable stand the fields of an element, and nothing else.
    @Test(arguments: [
        ("    x: when classify.results.map(r, r.", "    bug"),
        ("    x: when classify.results.filter(r, r.", "    bug"),
        ("    x: when classify.results.all(r, r.", "    bug"),
        ("    x: when classify.results.exists(r, size(r.", "    bug"),
        ("    x: when classify.results.exists(i, r, r.", "    bug"),
        ("    x: when 1 == 1 && classify.results.filter(a, a.kind == \"bug\").map(r, r.", "    bug"),
        ("    x: when [1].map(n, classify.results.map(r, r.", "    bug"),
        ("    x: when [classify.results].exists(l, l.exists(r, r.", "    bug"),
        ("    x: when cel.bind(r, classify.result, r.", "    bug"),
        ("    question: \"${classify.results.map(r, r.", "    bug"),
        ("    question: \"\"\"\n      ${classify.results.map(r, r.", "    bug"),
        ("  each: r in classify.results\n  prompt_template {\n    url: r.", "  timeout"),
    ])
    func offersTheFieldsOfAnElement(line: String, before: String) throws {
        #expect(try labels(line, before) == ["kind", "reason"])
    }

    /// Of what has no type nothing is known, so nothing is offered.
    @Test func offersNothingOfTheUnknown() throws {
        #expect(try labels("    x: when nothing.map(r, r.", "    bug") == [])
    }

    /// Steps come with their edge and their block, functions with their parentheses, where the client can fill them in.
    @Test(arguments: [
        ("", "START", "LLM_CALL", "LLM_CALL ${1:"), ("", "START", "LOGIC_DECISION", "-> ${3:end}"),
        ("  ", "  timeout", "prompt_template", "prompt_template {\n  $0\n}"),
        ("    x: when classify.results.", "    bug", "map", "map(${1:x}, ${2:value})$0"),
        ("    x: when si", "    bug", "size", "size($0)"),
    ])
    func snippetsAreForClientsThatCan(line: String, before: String, label: String, part: String) throws {
        for snippets in [true, false] {
            let item = try #require(
                try items(line, before, snippets: snippets).first { $0["label"]?.asText == label })
            let written = item["textEdit"]?.asMap?["newText"]?.asText ?? ""
            #expect(written.contains(part) == snippets, "\(written)")
            #expect(!written.contains("$") || snippets)
            #expect((item["insertTextFormat"] == .int(2)) == snippets)
        }
    }

    /// What a step's snippet writes is a step, its places filled in as they are offered.
    @Test(arguments: StepType.allCases.filter { $0 != .start })
    func aSnippetIsAStep(_ type: StepType) throws {
        let item = try #require(
            try items("", "START", snippets: true).first { $0["label"]?.asText == type.rawValue })
        let snippet = item["textEdit"]?.asMap?["newText"]?.asText ?? ""
        let filled = snippet.replacing(/\$\{\d+:((?:\\.|[^}\\])*)\}/) { String($0.1) }.replacing(
            "$0", with: ""
        )
        .replacing("\\", with: "")
        #expect(filled == StepKind.of(type).sample)
    }

    @Test func functionsHaveAnExample() throws {
        let found = try items("    x: when si", "    bug").first { $0["label"]?.asText == "size" }
        let shown = found?["documentation"]?.asMap?["value"]?.asText ?? ""
        #expect(shown.contains("size([1, 2, 3])  # 3"), "\(shown)")
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
        Set(try items(line, before).compactMap { $0["label"]?.asText })
    }

    private func items(
        _ line: String, _ before: String, behind: String = "", snippets: Bool = false
    ) throws -> [MapValue] {
        let range = try #require(text.firstRange(of: before))
        let start = String(text[..<range.lowerBound]) + line
        var options = CheckOptions()
        options.defaultModel = "mine"
        options.providers = ["house": ProviderSettings(.openai, base: "http://127.0.0.1:9/v1")]
        options.readyProviders = ["anthropic", "groq"]
        var client = try Client(
            start + behind + "\n" + text[range.lowerBound...], snippets: snippets, options: options)
        let last = start.split(separator: "\n", omittingEmptySubsequences: false)
        let place = Value.record([
            ("line", .int(Int64(last.count - 1))), ("character", .int(Int64(last.last?.utf16.count ?? 0))),
        ])
        let found = try client.ask("textDocument/completion", place).asMap?["items"]?.asList ?? []
        return found.compactMap(\.asMap)
    }
}
