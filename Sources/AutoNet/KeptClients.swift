import AsyncHTTPClient
import NIOCore
import NIOHTTPCompression
import NIOPosix

/// What a client is made for: a host at the address that was checked for it, so that no name is looked up a
/// second time.
struct ClientKey: Hashable {
    /// The host as the url has it; an IPv6 address has brackets.
    let host: String
    /// The address that is connected to, without brackets; empty where a proxy looks the host up.
    let address: String
    /// Whether its requests bring their target in a header (`RequestTarget`).
    let writesTargets: Bool
    /// Whether answers packed by gzip or deflate are unpacked while they come; else they are left as they are.
    let unpacksItself: Bool
    /// The proxy by which it is reached; nil for none.
    var proxy: ProxyAddress?
}

/// An HTTP proxy, at an address that was checked.
struct ProxyAddress: Hashable {
    /// Without brackets.
    let address: String
    let port: Int
    /// What lets us use it; nil where its url has no name.
    let login: Login?

    struct Login: Hashable {
        let name: String
        let password: String
    }
}

/// The clients of hosts that were asked lately, with their open connections.
struct KeptClients {
    private struct Kept {
        let client: HTTPClient
        /// Requests under way.
        var uses: Int
        var lastTurn: Int
    }

    private static let most = 128
    private var kept: [ClientKey: Kept] = [:]
    private var turn = 0

    /// The client for a key, in use until it is given back; and one that has been idle for longest and was
    /// let go for it, which is to be shut down, so that a server that asks many hosts keeps few.
    mutating func take(_ key: ClientKey) -> (client: HTTPClient, idle: HTTPClient?) {
        turn += 1
        if let known = kept[key] {
            kept[key] = Kept(client: known.client, uses: known.uses + 1, lastTurn: turn)
            return (known.client, nil)
        }
        let idle = letGo()
        let client = KeptClients.client(for: key)
        kept[key] = Kept(client: client, uses: 1, lastTurn: turn)
        return (client, idle)
    }

    mutating func giveBack(_ key: ClientKey) { kept[key]?.uses -= 1 }

    /// Lets all clients go; they are to be shut down.
    mutating func takeAll() -> [HTTPClient] {
        defer { kept = [:] }
        return kept.values.map(\.client)
    }

    private mutating func letGo() -> HTTPClient? {
        guard kept.count >= KeptClients.most,
            let oldest = kept.filter({ $0.value.uses == 0 }).min(by: {
                $0.value.lastTurn < $1.value.lastTurn
            })
        else { return nil }
        kept[oldest.key] = nil
        return oldest.value.client
    }

    private static func client(for key: ClientKey) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .minutes(10)),
            decompression: key.unpacksItself ? .enabled(limit: .size(OutsideClient.mostUnpacked)) : .disabled)
        if let proxy = key.proxy {
            configuration.proxy = .server(
                host: proxy.address, port: proxy.port,
                authorization: proxy.login.map { .basic(username: $0.name, password: $0.password) })
        } else {
            configuration.dnsOverride = [key.host: key.address]
        }
        // A refused connection is an answer; trying again is for the step's `retry` to say.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Sessions wait for models, not for each other.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4_096
        // Over HTTP/2 the libraries trust the server: a `:status` that is empty, negative or below 100 stops the program,
        // and endless frames without content are kept in memory as fast as they come. All servers speak HTTP/1.1.
        configuration.httpVersion = .http1Only
        let writesTargets = key.writesTargets
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                try StatusGuard.install(in: channel)
                try SendingGuard.install(in: channel)
                if writesTargets { try TargetWriter.install(in: channel) }
            }
        }
        return HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration)
    }
}
