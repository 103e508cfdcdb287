import Synchronization

/// The servers of tools that one run uses, each connected once however many steps and elements ask it.
final class OpenToolServers: Sendable {
    private typealias Connection = Task<Result<any ToolServer, StepFailure>, Never>

    private let open = Mutex<[ToolServerAddress: Connection]>([:])

    /// The server at an address, connected by the first who asks.
    ///
    /// - Throws: why it cannot be connected; the next who asks tries again.
    func server(at address: ToolServerAddress, _ servers: any ToolServers) async throws(StepFailure)
        -> any ToolServer
    {
        let connection = open.withLock { open in
            if let known = open[address] { return known }
            // A task of its own: the one who asks first may be cancelled while others wait for the same server.
            let task = Connection {
                do throws(StepFailure) { return .success(try await servers.connect(address)) } catch {
                    return .failure(error)
                }
            }
            open[address] = task
            return task
        }
        switch await connection.value {
        case .success(let server): return server
        case .failure(let failure):
            open.withLock { $0[address] = nil }
            throw failure
        }
    }

    /// Where the connection to an address has ended, the next who asks gets another one. One that still stands is kept:
    /// other calls may be under way by it.
    func forgetEnded(_ address: ToolServerAddress) async {
        guard let connection = open.withLock({ $0[address] }),
            case .success(let server) = await connection.value,
            server.isGone
        else { return }
        open.withLock { open in
            // Somebody else may have connected anew meanwhile.
            if open[address] == connection { open[address] = nil }
        }
        await server.close()
    }

    /// Ends all connections.
    func close() async {
        let connections = open.withLock { open in
            defer { open = [:] }
            return open.values
        }
        for connection in connections {
            if case .success(let server) = await connection.value { await server.close() }
        }
    }
}
