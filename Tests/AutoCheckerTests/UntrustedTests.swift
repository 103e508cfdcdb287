import AutoChecker
import Diagnostics
import Testing
import Values

/// A410 and A412: text from outside in what changes something, and what `trust` says of it.
@Suite(.timeLimit(.minutes(1))) struct UntrustedTests {
    private func findings(
        _ text: String, enforced: Bool = true, clients: Bool = false, beside files: [String: String] = [:]
    ) -> [Diagnostic] {
        var options = CheckOptions()
        options.trust.isEnforced = enforced
        options.trust.trustsClients = clients
        options.files = OtherFiles(beside: "main.auto") { (path) throws(OtherFiles.Unreadable) in
            guard let text = files[path] else { throw OtherFiles.Unreadable("is not there", help: "") }
            return Array(text.utf8)
        }
        let result = check(SourceText(name: "main.auto", text: "automation \"T\"\n" + text), options)
        return result.findings.filter { [.untrusted, .unusedTrust, .badSetting].contains($0.code) }
    }

    private func sending(_ request: String, settings: String = "", input: String = "") -> String {
        """
        \(input)
        START begin -> p
        WEB_SCRAPE p -> c { timeout: 9s
          prompt_template { url: "https://a.example" } }
        LLM_CALL c -> out { timeout: 9s
          result: { kind: one_of("a", "b"), why: text }
          prompt_template { user: p.result } }
        REST_API out -> end { timeout: 9s
          \(settings)
          prompt_template { \(request) } }
        """
    }

    @Test func theFieldAndThePathAreShown() throws {
        let found = findings(
            sending(#"url: "https://b.example", body: { kind: c.result.kind, note: c.result.why }"#))
        let finding = try #require(found.first)
        #expect(found.count == 1 && finding.code == .untrusted && finding.severity == .error)
        #expect(
            finding.message
                == "text from a page goes into `body.note` of `out`, which changes something outside")
        #expect(finding.notes.first?.label == "a page brings text in here: p -> c -> out")
        #expect(finding.help?.hasSuffix("trust: [\"body.note\"]") == true)
    }

    @Test func withoutEnforcingNothingIsTold() {
        let text = sending(#"url: "https://b.example", body: { note: c.result.why }"#)
        #expect(findings(text, enforced: false).isEmpty)
    }

    @Test(arguments: [
        ("trust: [\"body.note\"]", 0), ("trust: [\"body\"]", 0), ("trust: [\"body.no\"]", 2),
        ("trust: [\"url\"]", 2),
        ("trust: [\"bdy\"]", 2), ("trust: []", 1),
    ])
    func trustNamesTheField(settings: String, count: Int) {
        let found = findings(
            sending(#"url: "https://b.example", body: { note: c.result.why }"#, settings: settings))
        #expect(found.count == count, "\(found.map(\.message))")
    }

    @Test(arguments: ["trust: \"body\"", "trust: true", "trust: [body]", "trust: { a: \"b\" }"])
    func trustIsAListOfTexts(settings: String) {
        let found = findings(
            sending(#"url: "https://b.example", body: { note: c.result.why }"#, settings: settings),
            enforced: false)
        #expect(found.map(\.code) == [.badSetting])
    }

    /// A step that changes nothing has nothing to trust, and a field without such text needs none.
    @Test func uselessTrustIsTold() {
        let get = findings(
            sending(#"url: "https://b.example", query: { q: c.result.why }"#, settings: "trust: [\"query\"]"),
            enforced: false)
        #expect(get.map(\.code) == [.unusedTrust] && get[0].message.contains("changes nothing outside"))
        let clean = findings(
            sending(
                #"url: "https://b.example", body: { k: c.result.kind }"#, settings: "trust: [\"body.k\"]"),
            enforced: false)
        #expect(clean.map(\.code) == [.unusedTrust] && clean[0].message.contains("no text from outside"))
        let near = findings(
            sending(#"url: "https://b.example", body: c.result.why"#, settings: "trust: [\"bod\"]"),
            enforced: false)
        #expect(near.map(\.help) == ["did you mean `body`?"])
    }

    /// Inputs are the words of whoever runs it at a terminal, but a client may pass on what others wrote.
    @Test func inputsAreAWarning() {
        let text = sending(
            #"url: "https://b.example", body: { note: inputs.note, n: inputs.n }"#,
            input: "input note: text\ninput n: int")
        let found = findings(text)
        #expect(found.map(\.code) == [.untrusted] && found.map(\.severity) == [.warning])
        #expect(findings(text, clients: true).isEmpty)
    }

    @Test(arguments: [("POST", 1), ("GET", 0)])
    func callsOfWhatChangesSomething(method: String, count: Int) {
        let called = """
            automation "Called"
            input word: text
            START begin -> send
            REST_API send -> end { timeout: 9s
              trust: ["url"]
              prompt_template { url: "https://b.example/${inputs.word}", method: "\(method)" } }
            """
        let text = """
            START begin -> p
            WEB_SCRAPE p -> out { timeout: 9s
              prompt_template { url: "https://a.example" } }
            REST_API out -> end { prompt_template { automation: "a.auto", inputs: { word: p.result } } }
            """
        let found = findings(text, beside: ["a.auto": called])
        #expect(found.count == count)
        if count == 1 { #expect(found[0].message.contains("`inputs.word`")) }
    }

    /// `trust` of an agent names its tools and their arguments.
    @Test(arguments: [
        ("pay.note", "no tool of `agent` is called `pay`", "did you mean `Pay.note`?"),
        ("zzz", "no tool of `agent` is called `zzz`", "leave it out"),
        ("user", "no tool of `agent` is called `user`", "leave it out"),
        ("Pay.nte", "`Pay` has no input `nte`", "did you mean `Pay.note`?"),
        ("Pay.amount", "whose type has no room for text", "leave it out"),
        ("Look", "`Look` changes nothing outside", "leave it out"),
    ])
    func trustOfAnAgentThatNamesNothing(path: String, message: String, help: String) {
        let found = findings(agent(path), enforced: false, beside: tools)
        #expect(found.map(\.code) == [.unusedTrust] && found.map(\.help) == [help])
        #expect(found.allSatisfy { $0.message.contains(message) }, "\(found.map(\.message))")
    }

    @Test func trustOfAnAgentThatNamesSomething() {
        for path in ["Pay", "Pay.note", "Pay.note.deep"] {
            #expect(findings(agent(path), enforced: false, beside: tools).isEmpty, "\(path)")
        }
        // What a server offers is not known from the file.
        let server = agent("send.note", more: ", { mcp: \"files\" }")
        #expect(findings(server, enforced: false, beside: tools).isEmpty)
        #expect(findings(agent("Pay.nte", more: ", { mcp: \"files\" }"), beside: tools).count == 1)
    }

    private func agent(_ trusted: String, more: String = "") -> String {
        """
        START begin -> agent
        LLM_CALL agent -> end { timeout: 9s
          trust: ["\(trusted)"]
          prompt_template { user: "Do it.", tools: ["pay.auto", "look.auto"\(more)] } }
        """
    }

    private let tools = [
        "pay.auto": """
        automation "Pay"
        input note: text
        input amount: int
        START begin -> send
        REST_API send -> end { timeout: 9s
          trust: ["body"]
          prompt_template { url: "https://b.example", body: { note: inputs.note, n: inputs.amount } } }
        """,
        "look.auto": """
        automation "Look"
        input word: text
        START begin -> make
        DATA_TRANSFORM make -> end { prompt_template { value: inputs.word } }
        """,
    ]
}
