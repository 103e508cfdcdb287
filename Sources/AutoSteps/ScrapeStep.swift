import AutoChecker
package import AutoRuntime
import CEL
import OrderedCollections
package import Processes
import StepKinds
import URLs
import Values

/// WEB_SCRAPE: a page from a url, a file or a text, and what is selected from it.
package struct ScrapeStep: StepExecutor {
    private let client: any HTTPClient
    private let folder: Folder
    private let workers: WorkerPool
    private let clock: any Clock

    package init(
        client: any HTTPClient, folder: Folder, workers: WorkerPool, clock: any Clock = SystemClock()
    ) {
        self.client = client
        self.folder = folder
        self.workers = workers
        self.clock = clock
    }

    /// Gets the page and reads it in a worker.
    ///
    /// - Returns: the record selected, or the page's text.
    /// - Throws: what is wrong with a field, what kept the page from coming, or what is not found in it.
    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let page = try await page(work)
        var wanted = MapValue()
        for field in WebScrape.reading { wanted[field.name] = work.fields[field.name] }
        var fields: [UInt8] = []
        JSON.append(.map(wanted), to: &fields)
        let request = WorkerRequest.page(
            bytes: page.bytes, type: page.type, base: page.url, fields: fields)
        switch try await workers.answer(to: request, "the page", work.step.timeout) {
        case .problem(let words, _): throw StepFailure(.select, words)
        case .unreadable(let words): throw StepFailure(.body, words)
        case .value(let bytes):
            let read = try await parsedJSON(bytes, .select, "what was read of the page")
            // Only what is selected can be absent; data are as they came.
            guard work.fields[WebScrape.select] != nil else { return .value(read) }
            guard !read.isNull else { throw nothingFound(work.fields) }
            return .value(read.holdsAbsent ? read.withoutAbsent : read)
        }
    }

    /// A selector that stands alone gives a text, so it has to find one; in a record such a field is left out.
    private func nothingFound(_ fields: MapValue) -> StepFailure {
        let selector = fields[WebScrape.select]?.asText.map { " `\($0)`" } ?? ""
        return StepFailure(
            .select,
            "nothing on the page fits the selector\(selector); in a record, select: { name: \"…\" }, it may be absent"
        )
    }

    private struct Page {
        let bytes: [UInt8]
        /// As the server says it; empty where nobody says one.
        let type: String
        let url: String
    }

    private func page(_ work: StepWork) async throws(StepFailure) -> Page {
        let fields = work.fields
        if let html = fields[WebScrape.html] {
            return Page(bytes: Array(html.utf8), type: "text/html; charset=utf-8", url: "")
        }
        let parsed = try parsedURL(fields, WebScrape.url, expected: "https://… or file:page.html")
        if let url = fields[WebScrape.url], let name = try folder.name(inURL: url) {
            return Page(bytes: try await folder.readAside(name), type: "", url: url)
        }
        var request = HTTPRequest(
            url: parsed.text, headers: [("accept", "text/html, application/xhtml+xml, */*;q=0.5")])
        request.step = work.step.name
        request.allowPrivate = fields[WebScrape.allowPrivate] ?? false
        let response = try await client.send(request, for: work)
        guard (200..<300).contains(response.status) else {
            throw StepFailure(
                .status, "the server answered \(response.status)", answer: response, now: clock.now())
        }
        return Page(
            bytes: response.body, type: response[header: "content-type"] ?? "", url: response.url)
    }
}

extension Value {
    /// Whether a record holds what a selector did not find.
    fileprivate var holdsAbsent: Bool {
        switch self {
        case .list(let items): items.contains(where: \.holdsAbsent)
        case .map(let map): map.entries.values.contains { $0.isNull || $0.holdsAbsent }
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .optional:
            false
        }
    }

    /// Records without what a selector did not find: such a field is of a type `T?`, so it is left out.
    fileprivate var withoutAbsent: Value {
        switch self {
        case .list(let items): .list(items.map(\.withoutAbsent))
        case .map(let map):
            .map(MapValue(map.entries.filter { !$0.value.isNull }.mapValues(\.withoutAbsent)))
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .optional:
            self
        }
    }
}
