import AutoChecker
import AutoSyntax
import Diagnostics
import StepKinds
import Testing

/// Facts that two places have to hold are the same in both.
@Suite(.timeLimit(.minutes(1))) struct OneFactTests {
    /// The parser takes the text of these fields letter for letter, and knows no kinds.
    @Test func theParserKnowsThePrograms() {
        let fields = StepKind.all.flatMap(\.fields)
        #expect(programFields == Set(fields.filter { $0.kind == .program }.map(\.name)))
        #expect(Set(fields.filter { $0.kind == .selector }.map(\.name)) == ["select"])
    }

    /// The settings that have a form of their own are settings, and the block of the fields.
    @Test func theParserKnowsTheSettings() {
        for form in SettingForm.allCases where form != .template {
            #expect(SettingName(rawValue: form.rawValue) != nil, "\(form.rawValue)")
        }
        #expect(SettingName(rawValue: SettingForm.template.rawValue) == nil)
    }

    @Test func theUsualValuesAreSaid() {
        #expect(Python.memory.field.usual == "\(Python.usualMegabytes)MB")
        #expect(Python.cpu.field.usual == "\(Python.usualSeconds)s")
        #expect(EmbeddingSearch.topK.field.usual == "\(EmbeddingSearch.usualCount)")
        #expect(EmbeddingSearch.chunk.field.usual?.hasPrefix("\(EmbeddingSearch.usualChunk) ") == true)
    }

    /// Of `url` and `html` one is needed, not both.
    @Test func oneOfSeveralIsNeeded() {
        let kind = WebScrape.kind
        #expect(kind.need(of: WebScrape.url.field).words == "one of `url` and `html` is needed")
        #expect(kind.need(of: WebScrape.html.field) == kind.need(of: WebScrape.url.field))
        #expect(kind.need(of: WebScrape.select.field) == .optional)
        #expect(Python.kind.need(of: Python.code.field).words == "needed")
    }

    /// A selector that stands alone gives a text: the step fails where it finds none.
    @Test(arguments: [
        ("\"h2\"", "page.result + 1", [Code.noOverload]), ("\"h2\"", "page.result + \"x\"", []),
        ("[\"h2\"]", "page.result.join(\"\")", []), ("{ a: \"h2\" }", "page.result.a", [.optionalRead]),
        ("{ a: \"h2\" }", "page.result.?a.orValue(\"\")", []),
    ])
    func selectionsHaveTypes(select: String, value: String, codes: [Code]) {
        let text = """
            automation "Page"
            input html: text
            START begin -> page
            WEB_SCRAPE page -> use { prompt_template { html: inputs.html, select: \(select) } }
            DATA_TRANSFORM use -> end { prompt_template { value: \(value) } }
            """
        let findings = check(SourceText(name: "page.auto", text: text)).findings
        #expect(findings.map(\.code) == codes, "\(findings.map(\.message))")
    }

    /// With `response: true` the page stands beside the status; what a single selector finds may be missing.
    @Test(arguments: [
        ("select: \"h2\", response: true", "page.result.page", [Code.optionalRead]),
        ("select: \"h2\", response: true", "page.result.?page.orValue(\"\") + page.result.type", []),
        ("response: true", "page.result.page + page.result.url", []),
        ("response: true", "page.result.status + 1", []),
        ("response: true, select: [\"h2\"]", "page.result.page.join(\"\")", []),
        ("response: true", "page.result.headers", [.noSuchField]),
        ("response: false, select: \"h2\"", "page.result + \"x\"", []),
        ("headers: { Host: \"x\" }", "page.result", [.conflictingFields]),
        ("headers: { \"X-A\": \"x\" }, robots: true", "page.result", []),
        ("robot: true", "page.result", [.unknownField]), ("robots: \"yes\"", "page.result", [.wrongType]),
    ])
    func responsesHaveTypes(fields: String, value: String, codes: [Code]) {
        let text = """
            automation "Page"
            START begin -> page
            WEB_SCRAPE page -> use {
              timeout: 30s
              prompt_template { url: "https://example.org/", \(fields) }
            }
            DATA_TRANSFORM use -> end { prompt_template { value: \(value) } }
            """
        let findings = check(SourceText(name: "page.auto", text: text)).findings
        #expect(findings.map(\.code) == codes, "\(findings.map(\.message))")
    }

    /// What a page says of itself has names that are known, and properties of its own beside them.
    @Test(arguments: [
        ("metadata: true", "page.result.metadata.titel", [Code.noSuchField]),
        ("metadata: true", "page.result.metadata[\"autor\"]", [.noSuchField]),
        ("metadata: true", "page.result.metadata.?lanugage.orValue(\"\")", [.noSuchField]),
        ("metadata: true", "page.result.metadata.title + page.result.metadata.?site.orValue(\"\")", []),
        ("metadata: true", "page.result.metadata[\"og:title\"]", []),
        ("metadata: true", "page.result.metadata.publisher + page.result.metadata.datePublished", []),
        ("metadata: true", "page.result.metadata.authors.join(\", \")", []),
        ("metadata: true", "page.result.metadata.title.join(\"\")", [.noOverload]),
        ("metadata: true", "page.result.text", [.noSuchField]),
        ("metadata: true, main: true", "page.result.text + \"x\"", []),
        ("metadata: true, select: { a: \"h1\" }", "page.result.a + page.result.metadata.title", []),
        ("metadata: true, select: [\"li\"]", "page.result.selected.join(\"\")", []),
        ("links: true", "page.result.links.filter(l, has(l.title)).map(l, l.title + l.href).join(\"\")", []),
        ("links: true, tables: true", "page.result.tables[0][0].name", []),
        ("metadata: false, links: true", "page.result.metadata", [.noSuchField]),
    ])
    func partsOfAPageHaveTypes(fields: String, value: String, codes: [Code]) {
        let text = """
            automation "Page"
            START begin -> page
            WEB_SCRAPE page -> use { prompt_template { html: "<p>Hi</p>", \(fields) } }
            DATA_TRANSFORM use -> end { prompt_template { value: \(value) } }
            """
        let findings = check(SourceText(name: "page.auto", text: text)).findings
        #expect(findings.map(\.code) == codes, "\(findings.map(\.message))")
    }

    /// How a page is fetched means nothing where its text is given.
    @Test(arguments: ["robots: true", "response: true", "headers: { A: \"b\" }"])
    func fetchingNeedsAURL(field: String) {
        let text = """
            automation "Page"
            START begin -> page
            WEB_SCRAPE page -> end { prompt_template { html: "<p>Hi</p>", \(field) } }
            """
        let findings = check(SourceText(name: "page.auto", text: text)).findings
        #expect(findings.map(\.code) == [.conflictingFields], "\(findings.map(\.message))")
    }
}
