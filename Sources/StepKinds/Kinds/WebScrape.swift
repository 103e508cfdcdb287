import AutoSyntax
package import CEL
package import Values

/// WEB_SCRAPE: a page, and what is selected from it.
package enum WebScrape {
    package static let url = Key.text(
        "url", as: [.host], "the page, or `file:` under the automation's folder")
    package static let html = Key.text("html", "the page's text itself")
    package static let select = Key.selector("select", "what to take from the page")
    package static let main = Key.bool("main", "only the main part, without navigation")
    package static let format = Key.choice(
        "format", of: ["text", "markdown", "html"], "how the page is written out")
    package static let links = Key.bool("links", "the page's links")
    package static let tables = Key.bool("tables", "the page's tables")
    package static let metadata = Key.bool("metadata", "title, description and the like")
    package static let absolute = Key.bool(
        "absolute", "whether links that are selected become absolute urls")
    package static let headers = Key.record(
        "headers", as: [.header, .secrets], "names and values that the request carries")
    package static let robots = Key.bool(
        "robots", "whether the server's robots.txt is obeyed; unless said, as `[network]` says")
    package static let response = Key.bool(
        "response", "whether status, url and type stand beside the page, and any status is an answer")
    package static let allowPrivate = Key.bool(
        "allow_private", "whether addresses of the own network may be reached")

    /// Fields that say how the page is fetched, and mean nothing where its text is given.
    private static let fetching = [headers.field, robots.field, response.field]

    /// Headers, in small letters, that say where a request goes and how it is cut: the request sets them itself.
    package static let ownHeaders: Set<String> = [
        "connection", "content-length", "host", "te", "transfer-encoding",
    ]

    /// Fields that say what is read out of the page once it is there.
    package static let reading = [
        select.field, main.field, format.field, links.field, tables.field, metadata.field, absolute.field,
    ]

    /// Tokens that a page, an answer of an API or a document is taken to have.
    package static let assumedTokens = 8_000
    static let assumedBytes = assumedTokens * 4

    package static let kind = StepKind(
        type: .webScrape, summary: "Reads a page by CSS selectors or XPath, or its text.",
        fields: [url.field, html.field] + reading + fetching + [allowPrivate.field],
        groups: [FieldGroup(names: [url.name, html.name], needsOne: true)],
        companions: [Companion(name: absolute.name, other: select.name, bond: .meaningless)]
            + fetching.map { Companion(name: $0.name, other: url.name, bond: .meaningless) },
        ownHeaders: ownHeaders,
        gives: "the selection, or the page's text; with `response`, { status, url, type, page }",
        result: { step, _ in result(of: step) },
        wayOut: { given, _ in keepsPage(given) ? .page : nil },
        outsideText: { given in given.has(html) ? .passedOn : .brought(from: "a page") },
        assumedResult: { _ in assumedBytes },
        work: { _, _ in "reads a page" },
        sample: """
            WEB_SCRAPE page -> end {
              timeout: 30s
              prompt_template {
                url: "https://news.example.org/"
                select: { title: "h1", links: ["main a@href"] }
              }
            }
            """)

    /// What else than a selection makes the result a record of several parts.
    private static let beside = [main, links, tables, metadata]

    /// Whether a page is fetched from a server, so that `cache: true` keeps the page and not what was read of it.
    package static func keepsPage(_ given: GivenFields) -> Bool {
        given.has(url) && !given.has(html) && !given[url].isFileURL
    }

    /// The names in what the step gives with `response: true`.
    package enum Answer {
        package static let status = "status"
        package static let url = "url"
        package static let type = "type"
        package static let page = "page"
    }

    private static func result(of step: Step) -> Type {
        let page = pageType(of: step)
        guard let response = step.field(response) else { return page }
        switch literalValue(response)?.asBool {
        case true?:
            return .record(
                RecordType(fields: [
                    .init(Answer.status, .int), .init(Answer.url, .string), .init(Answer.type, .string),
                    .init(Answer.page, page, isOptional: selectsOne(step)),
                ]))
        case false?: return page
        case nil: return .dyn
        }
    }

    /// Whether the page is a single text that may not be there: beside a status its absence is an answer, too.
    private static func selectsOne(_ step: Step) -> Bool {
        let given = step.given
        guard !beside.contains(where: given.has), !given.has(format) else { return false }
        switch step.field(select) {
        case .program, .xpath, .expression: return true
        case .list, .record, nil: return false
        }
    }

    private static func pageType(of step: Step) -> Type {
        let given = step.given
        if [links, tables, metadata].contains(where: given.has) { return severalParts(of: step) }
        guard let selector = step.field(select) else {
            // What comes from a url may be JSON, which is data; with these fields it is text in any case.
            return given.has(html) || given.has(format) || given.has(main) ? .string : .dyn
        }
        return given.has(main) || given.has(format) ? .dyn : selected(selector)
    }

    /// The type of a result with links, tables or metadata in it; `dyn` where an expression decides what is in it.
    private static func severalParts(of step: Step) -> Type {
        var isWanted: [String: Bool] = [:]
        for key in beside {
            guard let value = step.field(key) else { continue }
            guard let flag = literalValue(value)?.asBool else { return .dyn }
            isWanted[key.name] = flag
        }
        let parts: [(Key<Bool>, Type)] = [
            (links, .list(.record(link))), (tables, .list(.dyn)), (metadata, .record(pageMetadata)),
        ]
        let extras = parts.filter { isWanted[$0.0.name] == true }
        guard !extras.isEmpty else { return .dyn }
        var fields = extras.map { RecordType.Field($0.0.name, $0.1) }
        let selector = step.field(select)
        if step.given.has(format) || isWanted[main.name] == true && selector == nil {
            fields.insert(.init("text", .string), at: 0)
        }
        guard let selector else { return .record(RecordType(fields: fields)) }
        switch selected(selector) {
        // What its selectors find stands beside; some of it may bear the name of a part.
        case .record(let found):
            let own = found.fields.filter { field in !fields.contains { $0.name == field.name } }
            return .record(RecordType(role: .open, fields: own + fields))
        case let other: return .record(RecordType(role: .open, fields: [.init("selected", other)] + fields))
        }
    }

    // Open, since a field that may be absent is then read without a question, as behind a filter that has asked for it.
    private static let link = RecordType(
        role: .open,
        fields: [
            .init("text", .string), .init("href", .string), .init("title", .string, isOptional: true),
        ])

    /// What a page says of itself by well-known names; beside them stand its own properties.
    package static let pageMetadata = RecordType(
        role: .open,
        fields: [
            "title", "headline", "author", "site", "description", "image", "language", "canonical", "favicon",
            "published", "modified",
        ].map { .init($0, .string, isOptional: true) } + [
            .init("authors", .list(.string), isOptional: true),
            .init("tags", .list(.string), isOptional: true),
            .init("feeds", .list(.record(feed)), isOptional: true),
            .init("json_ld", .list(.dyn), isOptional: true),
            .init("properties", .map(.string, .list(.string)), isOptional: true),
        ])

    private static let feed = RecordType(
        role: .open,
        fields: [
            .init("url", .string), .init("type", .string), .init("title", .string, isOptional: true),
        ])

    /// The type of what a selector takes. One that stands alone has to find something, or the step fails.
    private static func selected(_ selector: FieldValue) -> Type {
        switch selector {
        case .program, .xpath, .expression: .string
        case .list(let items, _):
            if items.contains(where: { if case .record = $0 { true } else { false } }) {
                .list(.dyn)
            } else {
                .list(.string)
            }
        case .record(let fields, _):
            if fields.contains(where: { $0.name.text == "each" }) {
                .list(.record(record(fields.filter { $0.name.text != "each" })))
            } else {
                .record(record(fields))
            }
        }
    }

    private static func record(_ fields: [Field]) -> RecordType {
        RecordType(
            fields: fields.map { field in
                switch field.value {
                // In a record what is not found is left out, so its type is `text?`.
                case .program, .xpath, .expression: .init(field.name.text, .string, isOptional: true)
                case .list, .record: .init(field.name.text, selected(field.value))
                }
            })
    }
}
