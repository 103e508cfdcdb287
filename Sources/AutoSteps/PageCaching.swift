import AutoRuntime
import StepKinds
import URLs
import Values

/// Fetches a page that `cache: true` keeps from one run to the next: while it is fresh nobody is asked, and after
/// that the server is asked whether it has changed.
struct PageCaching: Sendable {
    let client: any HTTPClient
    let clock: any Clock

    /// The page, from its server or from the store.
    ///
    /// - Throws: what kept an answer from coming; an answer of any status is none of that.
    func page(_ request: HTTPRequest, for work: StepWork) async throws(StepFailure) -> HTTPResponse {
        // A page that a server gives to a cookie is meant for this run alone.
        guard let shelf = work.shelf, cookies(of: request.url, work) == nil else {
            return try await client.send(request, for: work)
        }
        guard let kept = await shelf.page() else {
            let response = try await client.send(request, for: work)
            await keep(response, on: shelf, replacing: false, work)
            return response
        }
        guard !kept.isFresh(now: now) else {
            work.trace(
                .http(
                    HTTPExchange(
                        method: request.method, url: request.url, status: kept.status,
                        bytes: kept.body.count, isCached: true)))
            return kept.response
        }
        var response = try await client.send(request.asking(whetherChanged: kept), for: work)
        if response.status == 304 {
            if response.url == kept.url {
                let renewed = kept.renewed(by: response, now: now)
                await shelf.keep(renewed)
                return renewed.response
            }
            // The request was redirected to another page than the one that is kept.
            response = try await client.send(request, for: work)
        }
        await keep(response, on: shelf, replacing: true, work)
        return response
    }

    private var now: Int64 { clock.now() / 1_000_000_000 }

    private func cookies(of url: String, _ work: StepWork) -> String? {
        guard let url = try? WebURL(url) else { return nil }
        return work.servers?.cookies(for: url, besides: nil, now: now)
    }

    /// Keeps a page that may be kept; else what was kept before is let go, where the answer is a page at all.
    private func keep(
        _ response: HTTPResponse, on shelf: PageShelf, replacing: Bool, _ work: StepWork
    ) async {
        let wasRedirectedWithCookies = response.redirects > 0 && cookies(of: response.url, work) != nil
        if !wasRedirectedWithCookies, let page = KeptPage(response, now: now), !showsSecret(page.body, work) {
            await shelf.keep(page)
        } else if replacing, (200..<300).contains(response.status) {
            await shelf.keep(nil)
        }
    }

    /// What shows a secret is not kept: the store could be read by who may not know it.
    private func showsSecret(_ body: [UInt8], _ work: StepWork) -> Bool {
        let text = String(decoding: body, as: UTF8.self)
        return work.masked(text) != text
    }
}

extension HTTPRequest {
    /// The same request, answered with 304 where the page is still what was kept. What the author wrote of that
    /// stays.
    fileprivate func asking(whetherChanged page: KeptPage) -> HTTPRequest {
        var request = self
        let validators = [("if-none-match", "etag"), ("if-modified-since", "last-modified")]
        guard !validators.contains(where: { has($0.0) }) else { return self }
        for (name, source) in validators {
            if let value = page[source] { request.headers.append((name, value)) }
        }
        return request
    }
}

extension KeptPage {
    /// What is kept of the headers: what says how the page is read, and how long it holds.
    private static let keptHeaders: Set = [
        "age", "cache-control", "content-type", "date", "etag", "expires", "last-modified", "vary",
    ]

    /// Nil for an answer that is not to be kept, or that nothing could be asked about later.
    fileprivate init?(_ response: HTTPResponse, now: Int64) {
        let headers = KeptPage.kept(response)
        self.init(
            status: response.status, headers: headers, body: response.body, url: response.url, time: now)
        let freshness = freshness
        guard status == 200, freshness.mayBeKept, body.count <= KeptPage.mostBytes,
            freshness.lifetime > 0 || self["etag"] != nil || self["last-modified"] != nil
        else { return nil }
    }

    /// Several headers of one name are joined, as they may be.
    subscript(name: String) -> String? {
        let all = headers.filter { $0.name == name }.map(\.text)
        return all.isEmpty ? nil : all.joined(separator: ", ")
    }

    private var freshness: PageFreshness { PageFreshness(now: time) { self[$0] } }

    /// - Parameter now: seconds since 1970.
    func isFresh(now: Int64) -> Bool {
        // A clock that was set back makes no page fresh for longer.
        now >= time && now - time < freshness.lifetime
    }

    var response: HTTPResponse {
        HTTPResponse(status: status, headers: headers.map { ($0.name, $0.text) }, body: body, url: url)
    }

    /// The page as it stands after its server said that it has not changed: what that answer says of it counts
    /// from now on.
    func renewed(by answer: HTTPResponse, now: Int64) -> KeptPage {
        let said = KeptPage.kept(answer).filter { $0.name != "content-type" }
        let names = Set(said.map(\.name)).union(["age"])
        return KeptPage(
            status: status, headers: headers.filter { !names.contains($0.name) } + said, body: body, url: url,
            time: now)
    }

    private static func kept(_ response: HTTPResponse) -> [Header] {
        response.headers.filter { keptHeaders.contains($0.0) }.map { Header(name: $0.0, text: $0.1) }
    }
}
