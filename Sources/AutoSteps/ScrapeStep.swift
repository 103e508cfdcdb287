import AutoChecker
package import AutoRuntime
package import Processes
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

    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let page = try await page(work.fields, for: work.step.name)
        var wanted = MapValue()
        for name in ["select", "main", "format", "links", "tables", "metadata"] {
            wanted[name] = work.fields[name]
        }
        var fields: [UInt8] = []
        JSON.append(.map(wanted), to: &fields)
        let request = WorkerRequest.page(
            bytes: page.bytes, charset: page.encoding ?? "", base: page.url, fields: fields)
        switch try await workers.answer(to: request, "the page", work.step.timeout) {
        case .problem(let words, _): throw StepFailure("select", words)
        case .value(let bytes):
            return .value(try await parsedJSON(bytes, "select", "what was read of the page"))
        }
    }

    private struct Page {
        let bytes: [UInt8]
        let encoding: String?
        let url: String
    }

    private func page(_ fields: MapValue, for step: String) async throws(StepFailure) -> Page {
        if let html = fields["html"]?.asText {
            return Page(bytes: Array(html.utf8), encoding: "UTF-8", url: "")
        }
        let parsed = try parsedURL(fields["url"], expected: "https://… or file:page.html")
        if let url = fields["url"]?.asText, let name = folder.name(inURL: url) {
            return Page(bytes: try await folder.readAside(name), encoding: nil, url: url)
        }
        var request = HTTPRequest(
            url: parsed.text, headers: [("accept", "text/html, application/xhtml+xml, */*;q=0.5")])
        request.step = step
        request.allowPrivate = fields["allow_private"]?.asBool ?? false
        let response = try await client.send(request)
        guard (200..<300).contains(response.status) else {
            throw StepFailure(
                "status", "the server answered \(response.status)", retryable: response.mayBeTriedAgain,
                retryAfter: response.mayBeTriedAgain ? response.retryAfter(now: clock.now()) : nil)
        }
        return Page(
            bytes: response.body, encoding: MediaType(response[header: "content-type"]).charset,
            url: response.url)
    }
}
