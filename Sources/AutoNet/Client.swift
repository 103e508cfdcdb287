import AsyncHTTPClient
package import AutoRuntime
import Foundation
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix

/// The way out over HTTP: public addresses only unless allowed, the connection made to the address that was checked.
package actor OutsideClient: AutoRuntime.HTTPClient {
    private let allowedHosts: Set<String>
    /// A client for each host and the address checked for it, so that no name is looked up a second time.
    private var clients: [String: Kept] = [:]
    private var turn = 0

    private struct Kept {
        let client: AsyncHTTPClient.HTTPClient
        /// Requests under way.
        var uses: Int
        var lastTurn: Int
    }

    package init(allowedHosts: Set<String> = []) {
        self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
    }

    package func shutDown() async {
        for kept in clients.values { try? await kept.client.shutdown() }
        clients = [:]
    }

    package func send(
        _ request: AutoRuntime.HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> AutoRuntime.HTTPResponse {
        var request = request
        for _ in 0...10 {
            let response = try await sendOnce(request, onBytes)
            guard request.followsRedirects, (300..<400).contains(response.status), response.status != 304,
                let location = response[header: "location"]
            else { return response }
            request = try redirected(request, response.status, to: location)
        }
        throw StepFailure("redirects", "\(shown(request.url)) redirects more than 10 times")
    }

    private func redirected(
        _ request: AutoRuntime.HTTPRequest, _ status: Int, to location: String
    ) throws(StepFailure) -> AutoRuntime.HTTPRequest {
        guard let base = URL(string: request.url),
            let target = URL(string: location, relativeTo: base)?.absoluteURL
        else {
            throw StepFailure(
                "redirects", "\(shown(request.url)) redirects to `\(location)`, which is no url")
        }
        var next = request
        next.url = target.absoluteString
        if status == 303 || ((status == 301 || status == 302) && request.method == "POST") {
            next.method = request.method == "HEAD" ? "HEAD" : "GET"
            next.body = nil
            next.headers.removeAll { $0.0.lowercased().hasPrefix("content-") }
        }
        if target.host != base.host || target.scheme != base.scheme || target.port != base.port {
            // What was meant for one server is not shown to another.
            next.headers.removeAll {
                ["authorization", "cookie", "proxy-authorization", "x-api-key"].contains($0.0.lowercased())
            }
        }
        return next
    }

    private func sendOnce(
        _ request: AutoRuntime.HTTPRequest, _ onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> AutoRuntime.HTTPResponse {
        guard let url = URL(string: request.url), let scheme = url.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = url.host(percentEncoded: false), !host.isEmpty,
            // The host that is checked must be, to the letter, the one that is connected to.
            url.host == host, host.utf8.allSatisfy(isHostByte)
        else { throw StepFailure("url", "`\(shown(request.url))` is no http or https url") }
        let address = try await checkedAddress(host, request)
        let key = host + " " + address
        let client = await client(key, host: host, address: address)
        defer { giveBack(key) }
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers {
            guard !name.isEmpty, !value.contains("\r"), !value.contains("\n"), !value.contains("\r\n"),
                name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3A })
            else {
                throw StepFailure(
                    "header", "the header `\(name)` has a name or a value that HTTP does not allow")
            }
            outgoing.headers.add(name: name, value: value)
        }
        if !outgoing.headers.contains(name: "user-agent") {
            outgoing.headers.add(name: "user-agent", value: "autorun/0.1")
        }
        if let body = request.body { outgoing.body = .bytes(body) }
        do {
            let response = try await client.execute(outgoing, deadline: .distantFuture)
            let status = Int(response.status.code)
            var body: [UInt8] = []
            for try await part in response.body {
                let bytes = Array(part.readableBytesView)
                body += bytes
                guard body.count <= request.maximumBytes else {
                    throw StepFailure(
                        "too_large",
                        "\(shown(request.url)) answers with more than \(request.maximumBytes >> 20) MB")
                }
                if status < 300 { onBytes?(bytes) }
            }
            let headers = response.headers.map { ($0.name.lowercased(), $0.value) }
            return AutoRuntime.HTTPResponse(status: status, headers: headers, body: body, url: request.url)
        } catch {
            throw failure(error, request.url)
        }
    }

    /// An address of the host that may be reached; what is not allowed is refused before any byte is sent.
    private func checkedAddress(_ host: String, _ request: AutoRuntime.HTTPRequest) async throws(StepFailure)
        -> String
    {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let addresses = try await resolve(bare)
        guard let first = addresses.first else {
            throw StepFailure("network", "the host `\(host)` has no address")
        }
        if addresses.contains(where: { $0.kind == .linkLocal }) {
            throw StepFailure(
                "refused", "`\(host)` is a link-local address (\(first.text)), which is never reached")
        }
        let isAllowed = request.allowPrivate || allowedHosts.contains(bare.lowercased())
        if !isAllowed, let inner = addresses.first(where: { $0.kind == .privateAddress }) {
            throw StepFailure(
                "refused",
                "`\(host)` is an address of the own network (\(inner.text)), which is only reached with `allow_private: true` or --allow-host \(bare)"
            )
        }
        // Where a name has both, IPv4 is there more often than IPv6 is routed.
        return (addresses.first { !$0.text.contains(":") } ?? first).text
    }

    private func giveBack(_ key: String) { clients[key]?.uses -= 1 }

    private func client(_ key: String, host: String, address: String) async -> AsyncHTTPClient.HTTPClient {
        turn += 1
        if clients[key] == nil { await makeRoom() }
        // Looked for anew, since another request may have made one meanwhile.
        if let known = clients[key] {
            clients[key]?.uses += 1
            clients[key]?.lastTurn = turn
            return known.client
        }
        var configuration = AsyncHTTPClient.HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .minutes(10)),
            decompression: .enabled(limit: .size(64 << 20)))
        configuration.dnsOverride = [host: address]
        // A refused connection is an answer; trying again is for the step's `retry` to say.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Sessions wait for models, not for each other.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4_096
        let client = AsyncHTTPClient.HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration)
        clients[key] = Kept(client: client, uses: 1, lastTurn: turn)
        return client
    }

    /// Ends the client that has been idle for longest, so that a server that asks many hosts keeps few.
    private func makeRoom() async {
        guard clients.count >= 128,
            let oldest = clients.filter({ $0.value.uses == 0 }).min(by: {
                $0.value.lastTurn < $1.value.lastTurn
            })
        else { return }
        clients[oldest.key] = nil
        try? await oldest.value.client.shutdown()
    }

    private func failure(_ error: any Error, _ url: String) -> StepFailure {
        if let failure = error as? StepFailure { return failure }
        if error is CancellationError || Task.isCancelled { return .cancelled }
        let server = shown(url)
        if let error = error as? HTTPClientError {
            switch error {
            case .cancelled: return .cancelled
            case .connectTimeout:
                return StepFailure(
                    "network", "\(server) does not answer: no connection within 10 s", retryable: true)
            case .readTimeout, .deadlineExceeded:
                return StepFailure("network", "\(server) stopped answering", retryable: true)
            case .remoteConnectionClosed:
                return StepFailure(
                    "network", "\(server) closed the connection before its answer was complete",
                    retryable: true)
            default: return StepFailure("network", "\(server): \(error.shortDescription)", retryable: true)
            }
        }
        if let error = error as? HTTPParserError, case .invalidEOFState = error {
            return StepFailure(
                "network", "\(server) closed the connection before its answer was complete", retryable: true)
        }
        if error is NIOConnectionError || error is IOError {
            return StepFailure(
                "network", "\(server) cannot be reached: the connection was refused or broke", retryable: true
            )
        }
        if "\(error)".contains("imit") {
            return StepFailure("too_large", "\(server) answers with more than 64 MB once it is unpacked")
        }
        return StepFailure(
            "network", "\(server) cannot be read: the answer is no valid HTTP or TLS failed", retryable: true)
    }

    /// A url for an error: without user, password and query, where secrets stand.
    private func shown(_ url: String) -> String {
        guard var parts = URLComponents(string: url) else { return "the url" }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        return parts.string ?? "the url"
    }
}

private func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
        true
    default: false
    }
}
