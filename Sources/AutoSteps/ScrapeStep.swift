package import AutoChecker
package import AutoRuntime
import AutoSyntax
import CEL
import Encodings
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
    private let settings: NetworkSettings

    /// - Parameter settings: how steps behave at the servers of others.
    package init(
        client: any HTTPClient, folder: Folder, workers: WorkerPool, clock: any Clock = SystemClock(),
        settings: NetworkSettings = NetworkSettings()
    ) {
        self.client = client
        self.folder = folder
        self.workers = workers
        self.clock = clock
        self.settings = settings
    }

    /// Gets the page and reads it in a worker.
    ///
    /// - Returns: the record selected, or the page's text; with `response: true` beside the status, the url after
    ///   redirects and the type.
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
            let isSelected = work.fields[WebScrape.select] != nil
            let found = isSelected && read.holdsAbsent ? read.withoutAbsent : read
            if work[WebScrape.response] == true { return .value(page.answer(showing: found)) }
            guard isSelected else { return .value(found) }
            guard !read.isNull else { throw nothingFound(work.fields) }
            return .value(found)
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
        /// The content type as the server says it; empty where nobody says one.
        let type: String
        let url: String
        var status = 200

        /// What the step gives with `response: true`. What was not found on the page is left out.
        func answer(showing found: Value) -> Value {
            let parts: [(String, Value)] = [
                (WebScrape.Answer.status, .int(Int64(status))), (WebScrape.Answer.url, .string(url)),
                (WebScrape.Answer.type, .string(MediaType(type).name)),
            ]
            return .record(parts + (found.isNull ? [] : [(WebScrape.Answer.page, found)]))
        }
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
        let request = try request(parsed.text, work)
        let response = try await PageCaching(client: client, clock: clock).page(request, for: work)
        guard (200..<300).contains(response.status) || fields[WebScrape.response] == true else {
            throw StepFailure(
                "the server answered \(response.status)",
                answer: response, now: clock.now())
        }
        return Page(
            bytes: response.body, type: response[header: "content-type"] ?? "", url: response.url,
            status: response.status)
    }

    private func request(_ url: String, _ work: StepWork) throws(StepFailure) -> HTTPRequest {
        var request = HTTPRequest(url: url)
        request.step = work.step.name
        request.allowPrivate = work[WebScrape.allowPrivate] ?? false
        request.manners = settings
        request.heedsRobots = work[WebScrape.robots] ?? settings.robots ?? false
        request.servers = work.servers
        request.longestWait = min(
            work.step.retry.writtenMaxDelay ?? Defaults.longestWait, work.step.timeout ?? Defaults.timeout)
        try request.addHeaders(of: work, WebScrape.headers)
        if let own = request.headers.first(where: { WebScrape.ownHeaders.contains($0.0.lowercased()) }) {
            throw StepFailure(.header, "`headers` holds `\(own.0)`, which the request sets itself")
        }
        if !request.has("accept") {
            request.headers.append(("accept", "text/html, application/xhtml+xml, */*;q=0.5"))
        }
        return request
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
