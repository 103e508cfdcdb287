import AsyncHTTPClient
package import AutoRuntime
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

    let clock: any Clock
    /// What all requests for pages pass.
    let hosts: HostGate
    private let allowedHosts: AllowedHosts
    private let unpacker: (any BodyUnpacker)?
    private let lookUp: LookUp
    private var clients = KeptClients()

    /// - Parameter unpacker: undoes how servers pack their answers; without one, only what needs no box is
    ///   undone.
    package init(
        allowedHosts: AllowedHosts = .none, unpacker: (any BodyUnpacker)? = nil, clock: any Clock
    ) {
        self.init(allowedHosts: allowedHosts, unpacker: unpacker, clock: clock, lookUp: addresses(of:))
    }

    /// Made for tests, which need names that change their addresses.
    init(
        allowedHosts: AllowedHosts, unpacker: (any BodyUnpacker)? = nil, clock: any Clock,
        lookUp: @escaping LookUp
    ) {
        self.allowedHosts = allowedHosts
        self.unpacker = unpacker
        self.clock = clock
        hosts = HostGate(clock: clock)
        self.lookUp = lookUp
    }

    /// The library stops a program in which a client that has been used goes without having been shut down.
    deinit {
        for client in clients.takeAll() { client.shutdown { _ in } }
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
            var response = try await sendAsGuest(hop, onBytes)
            response.redirects = redirects
            guard hop.isToBeFollowed(response.status, response.headers),
                let location = response[header: "location"]
            else { return response }
            hop = try hop.redirected(response.status, to: location)
        }
        throw StepFailure(.redirects, "\(hop.shown) redirects more than 10 times")
    }

    /// Sends one request, whatever its answer says.
    func sendOnce(
        _ hop: Hop, _ onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> AutoRuntime.HTTPResponse {
        let target = RequestTarget(hop.url)
        // What is read while it comes is unpacked while it comes.
        let unpacker = onBytes == nil ? unpacker : nil
        let key = try await key(hop, target, unpacksItself: unpacker == nil)
        let outgoing = try outgoing(hop, target, accepting: unpacker?.accepted)
        let client = await take(key)
        defer { clients.giveBack(key) }
        let response: AutoRuntime.HTTPResponse
        do { response = try await exchangeInTime(outgoing, client, hop, onBytes) } catch {
            throw failure(error, hop.shown, by: key.proxy == nil ? nil : hop.request.proxy)
        }
        guard let unpacker, let encoding = response.encoding, !response.body.isEmpty else { return response }
        do throws(StepFailure) {
            return response.with(
                body: try await unpacker.unpack(response.body, encoding, limit: OutsideClient.mostUnpacked))
        } catch {
            throw error.kind == .cancelled ? error : error.at(hop.shown)
        }
    }

    /// A body has at most so many bytes, unpacked.
    static let mostUnpacked = 64 << 20

    /// Sends only while the session that it is sent for is this process's.
    private func exchangeInTime(
        _ outgoing: HTTPClientRequest, _ client: AsyncHTTPClient.HTTPClient, _ hop: Hop,
        _ onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws -> AutoRuntime.HTTPResponse {
        var outgoing = outgoing
        // Who slept while the request was about to leave asks again whether it may, and then sends it.
        for _ in 0..<3 {
            outgoing.headers.remove(name: SendingGuard.header)
            if let until = try await Sending.current?.confirm() {
                outgoing.headers.add(name: SendingGuard.header, value: SendingGuard.text(until))
            }
            do { return try await exchange(outgoing, client, hop, onBytes) } catch is SentTooLate { continue }
        }
        throw StepFailure(
            .network,
            "\(hop.shown) was not asked: this machine stood still each time before the request left",
            retryable: true)
    }

    private func exchange(
        _ outgoing: HTTPClientRequest, _ client: AsyncHTTPClient.HTTPClient, _ hop: Hop,
        _ onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws -> AutoRuntime.HTTPResponse {
        let response = try await client.execute(outgoing, deadline: .distantFuture)
        let status = Int(response.status.code)
        let headers = response.headers.map { ($0.name.lowercased(), $0.value) }
        if !hop.isToBeFollowed(status, headers) { hop.request.onHead?(status, headers) }
        let isHeard = status < 300 && onBytes != nil
        var body: [UInt8] = []
        for try await part in response.body {
            let bytes = Array(part.readableBytesView)
            if !isHeard || hop.request.keepsHeardBody { body += bytes }
            guard body.count <= hop.request.maximumBytes else {
                throw StepFailure(
                    .tooLarge, "\(hop.shown) answers with more than \(hop.request.maximumBytes >> 20) MB")
            }
            if isHeard { onBytes?(bytes) }
        }
        return AutoRuntime.HTTPResponse(status: status, headers: headers, body: body, url: hop.url.text)
    }

    /// How the host of a request is reached: at an address that was checked, or by the proxy that the user's
    /// settings name. The proxy looks names up itself, so that of the host only a literal address can be
    /// checked then.
    private func key(_ hop: Hop, _ target: RequestTarget, unpacksItself: Bool) async throws(StepFailure)
        -> ClientKey
    {
        guard let text = hop.request.proxy else {
            return ClientKey(
                host: hop.url.hostText, address: try await checkedAddress(hop),
                writesTargets: !target.isPlain, unpacksItself: unpacksItself)
        }
        if hop.url.addressBytes != nil { _ = try await checkedAddress(hop) }
        return ClientKey(
            host: hop.url.hostText, address: "", writesTargets: !target.isPlain,
            unpacksItself: unpacksItself, proxy: try await proxyAddress(text))
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

    private func outgoing(_ hop: Hop, _ target: RequestTarget, accepting encodings: String?)
        throws(StepFailure) -> HTTPClientRequest
    {
        guard isHTTPToken(hop.request.method) else {
            throw StepFailure(.method, "the method of the request is no word that HTTP allows")
        }
        // Neither a user name and password nor a fragment is part of the address that is sent.
        var outgoing = HTTPClientRequest(
            url: (hop.url.origin ?? "") + (target.isPlain ? target.text : "/"))
        outgoing.method = HTTPMethod(rawValue: hop.request.method)
        outgoing.headers = try checkedHeaders(hop)
        if !outgoing.headers.contains(name: "user-agent") {
            outgoing.headers.add(name: "user-agent", value: hop.userAgent)
        }
        if let encodings, !outgoing.headers.contains(name: "accept-encoding") {
            outgoing.headers.add(name: "accept-encoding", value: encodings)
        }
        if let login = authorization(hop.url), !outgoing.headers.contains(name: "authorization") {
            outgoing.headers.add(name: "authorization", value: login)
        }
        if let cookies = cookies(for: hop) { outgoing.headers.replaceOrAdd(name: "cookie", value: cookies) }
        outgoing.headers.remove(name: RequestTarget.header)
        if !target.isPlain { outgoing.headers.add(name: RequestTarget.header, value: target.text) }
        if let body = hop.request.body { outgoing.body = .bytes(body) }
        return outgoing
    }

    /// The headers of the request itself.
    private func checkedHeaders(_ hop: Hop) throws(StepFailure) -> HTTPHeaders {
        var headers = HTTPHeaders()
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
            headers.add(name: name, value: value)
        }
        return headers
    }

    /// An address of the host that may be reached; what is not allowed is refused before any byte is sent.
    private func checkedAddress(_ hop: Hop) async throws(StepFailure) -> String {
        let host = hop.url.hostText
        let addresses = try await lookUp(hop.url)
        guard let first = addresses.first else {
            throw StepFailure(.network, "the host `\(host)` has no address")
        }
        if let never = addresses.first(where: { $0.kind.isNeverReached }) { throw refusal(hop, never) }
        let port = hop.url.effectivePort ?? 0
        let closed = addresses.first { address in
            address.kind != .publicAddress && !hop.request.allowPrivate
                && !allowedHosts.allows(host: host, port: port, address: address.bytes)
        }
        if let closed { throw refusal(hop, closed) }
        // Where a name has both, IPv4 is there more often than IPv6 is routed.
        return (addresses.first { $0.bytes.count == 4 } ?? first).text
    }

    private func refusal(_ hop: Hop, _ address: HostAddress) -> StepFailure {
        let (host, text) = (hop.url.hostText, address.text)
        let words =
            switch address.kind {
            case .linkLocal: "is a link-local address (\(text)), which is never reached"
            case .metadata:
                "is an address at which clouds tell their machines keys (\(text)), which is never reached"
            case .privateAddress, .publicAddress:
                "is an address of the own network (\(text)), which is only reached with "
                    + "\(hop.request.allowsPrivateBy) or --allow-host \(host)"
            }
        return StepFailure(.refused, "`\(host)` \(words)")
    }

    private func take(_ key: ClientKey) async -> AsyncHTTPClient.HTTPClient {
        let (client, idle) = clients.take(key)
        try? await idle?.shutdown()
        return client
    }
}
