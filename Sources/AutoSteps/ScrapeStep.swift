import AutoChecker
package import AutoRuntime
import CEL
package import Processes

/// WEB_SCRAPE: a page from a url, a file or a text, and what is selected from it.
package struct ScrapeStep: StepExecutor {
    private let client: any HTTPClient
    private let folder: Folder
    private let workers: WorkerPool

    package init(client: any HTTPClient, folder: Folder, workers: WorkerPool) {
        self.client = client
        self.folder = folder
        self.workers = workers
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
        guard let url = fields["url"]?.asText, isURL(url) else {
            throw StepFailure(
                "url",
                "`url` is no url: \(describe(fields["url"] ?? .null)), expected https://… or file:page.html")
        }
        if let name = folder.name(inURL: url) {
            return Page(bytes: try await folder.readAside(name), encoding: nil, url: url)
        }
        var request = HTTPRequest(
            url: url, headers: [("accept", "text/html, application/xhtml+xml, */*;q=0.5")])
        request.step = step
        request.allowPrivate = fields["allow_private"]?.asBool ?? false
        let response = try await client.send(request)
        guard (200..<300).contains(response.status) else {
            let isRetryable = response.status == 429 || response.status >= 500
            throw StepFailure(
                "status", "the server answered \(response.status)", retryable: isRetryable,
                retryAfter: retryAfter(response))
        }
        return Page(
            bytes: response.body, encoding: charset(response[header: "content-type"]), url: response.url)
    }

    private func charset(_ type: String?) -> String? {
        guard let type else { return nil }
        for part in type.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1).map {
                $0.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
            }
            if pair.count == 2, pair[0].lowercased() == "charset" { return pair[1] }
        }
        return nil
    }
}
