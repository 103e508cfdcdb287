import AutoRuntime
import MCP
import Synchronization

/// The clients of the Model Context Protocol that have come by HTTP, each known by the id that it was given.
final class WebClients: Sendable {
    /// A client.
    struct Client: Sendable {
        let transport: WebTransport
        let connection: ServerConnection
        /// The hash of the token that it began with; no other one may go on.
        fileprivate let owner: String
        /// Nanoseconds since 1970.
        fileprivate var usedAt: Int64
    }

    private struct State {
        var clients: [String: Client] = [:]
        var isClosed = false

        /// Forgets those who have long asked nothing, and where that is not enough, who has asked nothing for longest.
        mutating func makeRoom(_ now: Int64) -> [Client] {
            let idle = clients.filter { !$0.value.transport.isInUse }.sorted {
                $0.value.usedAt < $1.value.usedAt
            }
            var forgotten: [Client] = []
            for (id, client) in idle
            where now - client.usedAt > WebClients.rest || clients.count >= WebClients.most {
                clients[id] = nil
                forgotten.append(client)
            }
            return forgotten
        }
    }

    /// So many clients are remembered.
    static let most = 1_000
    /// One that has asked nothing for so long, in nanoseconds, and listens to nothing, is forgotten.
    private static let rest: Int64 = 3_600 * 1_000_000_000

    private let state = Mutex(State())

    /// Begins to serve a client.
    ///
    /// - Parameter now: nanoseconds since 1970.
    /// - Returns: nil where so many are there already that are in use.
    func begin(_ host: any ToolHost, owner: String, now: Int64) -> (id: String, client: Client)? {
        let transport = WebTransport()
        let connection = ServerConnection(host, over: transport)
        // The digits of a token are as hard to guess, and mean nothing but this client.
        let id = "mcp_" + Token.make().drop { $0 != "_" }.dropFirst()
        let (client, forgotten) = state.withLock { state -> (Client?, [Client]) in
            var forgotten = state.makeRoom(now)
            guard !state.isClosed, state.clients.count < WebClients.most else { return (nil, forgotten) }
            let client = Client(transport: transport, connection: connection, owner: owner, usedAt: now)
            if let before = state.clients.updateValue(client, forKey: id) { forgotten.append(before) }
            return (client, forgotten)
        }
        for client in forgotten { WebClients.end(client) }
        // It runs until the transport ends.
        if client != nil { Task { await connection.run() } }
        return client.map { (id, $0) }
    }

    /// The client by its id; nil where there is none whose token this is.
    func client(_ id: String, owner: String, now: Int64) -> Client? {
        state.withLock { state in
            guard let client = state.clients[id], client.owner == owner else { return nil }
            state.clients[id]?.usedAt = now
            return client
        }
    }

    /// Forgets a client. Sessions that it has started go on.
    ///
    /// - Returns: false where there is none whose token this is.
    func end(_ id: String, owner: String) -> Bool {
        let client = state.withLock { state in
            state.clients[id]?.owner == owner ? state.clients.removeValue(forKey: id) : nil
        }
        if let client { WebClients.end(client) }
        return client != nil
    }

    /// Lets all of them go.
    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.clients = [:] }
            return Array(state.clients.values)
        }
        for client in all { WebClients.end(client) }
    }

    private static func end(_ client: Client) { client.transport.end() }
}
