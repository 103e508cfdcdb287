import AsyncHTTPClient
package import AutoRuntime
import Diagnostics
import NIOCore
import NIOHTTP1
import StepKinds
import URLs
import Values

/// The way out over HTTP: public addresses only unless allowed, the connection made to the address that was
/// checked.
package actor OutsideClient: AutoRuntime.HTTPClient {
    /// The addresses of a url's host.
    typealias LookUp = @Sendable (WebURL) async throws(StepFailure) -> [HostAddress]

    private let allowedHosts: AllowedHosts
    private let lookUp: LookUp
    private var clients = KeptClients()

    package init(allowedHosts: AllowedHosts = .none) {
        self.init(allowedHosts: allowedHosts, lookUp: addresses(of:))
    }

    /// For tests, which need names that change their addresses.
    init(allowedHosts: AllowedHosts, lookUp: @escaping LookUp) {
        self.allowedHosts = allowedHosts
        self.lookUp = lookUp
    }

    /// Closes all connections, and waits until they are.
    package func shutDown() async {
        for client in clients.takeAll() { try? await client.shutdown() }
    }

    /// Sends a request, and follows up to ten redirects where it is to.
    ///
    /// - Parameter onBytes: hears each piece of the body of an answer below 300 as it comes.
    /// - Throws: when no answer comes, or one that is too large; a status of any kind is an answer.
    package func send(
        _ request: AutoRuntime.HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> AutoRuntime.HTTPResponse {
        var hop = Hop(request: request, url: try httpURL(request.url))
        for redirects in 0...10 {
            var response = try await sendOnce(hop, onBytes)
            response.redirects = redirects
            guard request.followsRedirects, [301, 302, 303, 307, 308].contains(response.status),
                let location = response[header: "location"]
            else { return response }
            hop = try hop.redirected(response.status, to: location)
        }
        throw StepFailure(.redirects, "\(hop.shown) redirects more than 10 times")
    }

    private func sendOnce(
        _ hop: Hop, _ onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> AutoRuntime.HTTPResponse {
        let target = RequestTarget(hop.url)
        let key = try await key(hop, target)
        let outgoing = try outgoing(hop, target)
        let client = await take(key)
        defer { clients.giveBack(key) }
        do {
            let response = try await client.execute(outgoing, deadline: .distantFuture)
            let status = Int(response.status.code)
            var body: [UInt8] = []
            for try await part in response.body {
                let bytes = Array(part.readableBytesView)
                body += bytes
                guard body.count <= hop.request.maximumBytes else {
                    throw StepFailure(
                        .tooLarge,
                        "\(hop.shown) answers with more than \(hop.request.maximumBytes >> 20) MB")
                }
                if status < 300 { onBytes?(bytes) }
            }
            let headers = response.headers.map { ($0.name.lowercased(), $0.value) }
            return AutoRuntime.HTTPResponse(status: status, headers: headers, body: body, url: hop.url.text)
        } catch {
            throw failure(error, hop.shown, by: key.proxy == nil ? nil : hop.request.proxy)
        }
    }

    /// How the host of a request is reached: at an address that was checked, or by the proxy that the user's
    /// settings name. The proxy looks names up itself, so that of the host only a literal address can be
    /// checked then.
    private func key(_ hop: Hop, _ target: RequestTarget) async throws(StepFailure) -> ClientKey {
        guard let text = hop.request.proxy else {
            return ClientKey(
                host: hop.url.hostText, address: try await checkedAddress(hop), writesTargets: !target.isPlain
            )
        }
        if hop.url.addressBytes != nil { _ = try await checkedAddress(hop) }
        return ClientKey(
            host: hop.url.hostText, address: "", writesTargets: !target.isPlain,
            proxy: try await proxyAddress(text))
    }

    private func proxyAddress(_ text: String) async throws(StepFailure) -> ProxyAddress {
        guard let url = try? WebURL(text), url.scheme == "http", let port = url.effectivePort else {
            throw StepFailure(
                .url, "the proxy for models is no http url, such as http://proxy.example:3128")
        }
        // The user's own setting names it, so it may well be in the own network.
        let proxy = Hop(request: HTTPRequest(url: text, allowPrivate: true), url: url)
        let login =
            url.username.isEmpty
            ? nil
            : ProxyAddress.Login(
                name: percentDecoded(url.username), password: percentDecoded(url.password))
        return ProxyAddress(address: try await checkedAddress(proxy), port: Int(port), login: login)
    }

    private func outgoing(_ hop: Hop, _ target: RequestTarget) throws(StepFailure) -> HTTPClientRequest {
        guard isHTTPToken(hop.request.method) else {
            throw StepFailure(.method, "the method of the request is no word that HTTP allows")
        }
        // Neither a user name and password nor a fragment is part of what is sent.
        var outgoing = HTTPClientRequest(
            url: (hop.url.origin ?? "") + (target.isPlain ? target.text : "/"))
        outgoing.method = HTTPMethod(rawValue: hop.request.method)
        for (name, value) in hop.request.headers {
            guard isHTTPToken(name) else {
                throw StepFailure(
                    .header, "a header has a name that HTTP does not allow: expected letters, digits and `-`"
                )
            }
            guard isHTTPHeaderValue(value) else {
                throw StepFailure(
                    .header,
                    "the value of the header `\(name)` has a line break or another control character")
            }
            outgoing.headers.add(name: name, value: value)
        }
        if !outgoing.headers.contains(name: "user-agent") {
            outgoing.headers.add(name: "user-agent", value: "autorun/\(toolVersion)")
        }
        outgoing.headers.remove(name: RequestTarget.header)
        if !target.isPlain { outgoing.headers.add(name: RequestTarget.header, value: target.text) }
        if let body = hop.request.body { outgoing.body = .bytes(body) }
        return outgoing
    }

    /// An address of the host that may be reached; what is not allowed is refused before any byte is sent.
    private func checkedAddress(_ hop: Hop) async throws(StepFailure) -> String {
        let host = hop.url.hostText
        let addresses = try await lookUp(hop.url)
        guard let first = addresses.first else {
            throw StepFailure(.network, "the host `\(host)` has no address")
        }
        if let never = addresses.first(where: { $0.kind.isNeverReached }) { throw refusal(host, never) }
        let port = hop.url.effectivePort ?? 0
        let closed = addresses.first { address in
            address.kind != .publicAddress && !hop.request.allowPrivate
                && !allowedHosts.allows(host: host, port: port, address: address.bytes)
        }
        if let closed { throw refusal(host, closed) }
        // Where a name has both, IPv4 is there more often than IPv6 is routed.
        return (addresses.first { $0.bytes.count == 4 } ?? first).text
    }

    private func refusal(_ host: String, _ address: HostAddress) -> StepFailure {
        let text = address.text
        let words =
            switch address.kind {
            case .linkLocal: "is a link-local address (\(text)), which is never reached"
            case .metadata:
                "is an address at which clouds tell their machines keys (\(text)), which is never reached"
            case .privateAddress, .publicAddress:
                "is an address of the own network (\(text)), which is only reached with "
                    + "`allow_private: true` or --allow-host \(host)"
            }
        return StepFailure(.refused, "`\(host)` \(words)")
    }

    private func take(_ key: ClientKey) async -> AsyncHTTPClient.HTTPClient {
        let (client, idle) = clients.take(key)
        try? await idle?.shutdown()
        return client
    }
}

/// A url that can be asked over HTTP.
///
/// - Throws: kind `url`, in words that hold neither password nor query.
private func httpURL(_ text: String) throws(StepFailure) -> WebURL {
    let url: WebURL
    do throws(URLError) { url = try WebURL(text) } catch {
        throw StepFailure(.url, "the url is no http or https url: \(error.message)")
    }
    try checkAskable(url)
    return url
}

private func checkAskable(_ url: WebURL) throws(StepFailure) {
    guard url.scheme == "http" || url.scheme == "https" else {
        throw StepFailure(.url, "`\(url.textForErrors)` is no http or https url")
    }
    // The standard lets a host hold a quote or a brace; no server is called so, and the host that is
    // checked must be, to the letter, the one that is connected to.
    guard url.addressBytes != nil || isHostName(url.hostText) else {
        throw StepFailure(
            .url, "`\(url.textForErrors)` is no http or https url: its host has a character that no host has"
        )
    }
}

/// One request of a chain of redirects, and its url as it was parsed.
private struct Hop {
    var request: AutoRuntime.HTTPRequest
    var url: WebURL

    /// The url for an error: without user, password and query, where secrets stand.
    var shown: String { url.textForErrors }

    /// Headers that are meant for one server, whoever set them.
    private static let alwaysSecret: Set = [
        "authorization", "cookie", "proxy-authorization", "x-api-key",
    ]

    /// The request that follows a redirect. What was meant for one server is not shown to another.
    ///
    /// - Throws: kind `redirects` for a location that is no url, `url` for one that is not asked over HTTP,
    ///   `refused` when a body that holds a secret would have to be sent to another origin.
    func redirected(_ status: Int, to location: String) throws(StepFailure) -> Hop {
        let target: WebURL
        do throws(URLError) { target = try WebURL(location, base: url) } catch {
            throw StepFailure(.redirects, "\(shown) redirects to what is no url: \(error.message)")
        }
        try checkAskable(target)
        var next = request
        next.url = target.text
        if (status == 303 && request.method != "HEAD")
            || ((status == 301 || status == 302) && request.method == "POST")
        {
            next.method = "GET"
            next.body = nil
            next.headers.removeAll { $0.0.lowercased().hasPrefix("content-") }
        }
        if target.origin != url.origin {
            if next.body != nil, next.bodyIsSecret {
                let (here, there) = (url.origin ?? shown, target.origin ?? "another origin")
                throw StepFailure(
                    .refused,
                    "\(here) redirects this request to \(there), but its body holds a secret, which is sent "
                        + "to no other server; if it is meant for \(there), ask that server itself")
            }
            let secret = Hop.alwaysSecret.union(next.secretHeaders)
            next.headers.removeAll { name, _ in
                let name = name.lowercased()
                // A `Host` of the first server would ask the second one for what it has not.
                return secret.contains(name) || name == "host"
            }
        }
        return Hop(request: next, url: target)
    }
}
