import Synchronization
import Values

/// A client and what a server offers it, for as long as the connection lives.
package struct ServerConnection: Sendable {
    private let host: any ToolHost
    private let session: ServerSession
    private let peer: RPCPeer

    package init(
        _ host: any ToolHost, over transport: any RPCTransport, limits: RPCLimits = RPCLimits()
    ) {
        self.host = host
        session = ServerSession(host)
        peer = RPCPeer(transport, session, limits: limits)
    }

    /// What was agreed on with the client; nil before it has begun.
    package var revision: ProtocolRevision? { session.revision }

    /// Serves the client until it is gone, or until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await peer.run()
                return true
            }
            group.addTask {
                await tellNews()
                return false
            }
            for await isOver in group where isOver { group.cancelAll() }
        }
    }

    /// Tells the client what it should know, first once it is ready, then whenever the tools have changed.
    private func tellNews() async {
        for await _ in session.ready { break }
        guard !Task.isCancelled else { return }
        // Watched from before the first look, so that no change falls between them.
        let changes = host.changes()
        var told = await tell(await host.notes(), besides: [])
        for await _ in changes {
            try? await peer.notify(MCPNotification.toolsChanged)
            told = await tell(await host.notes(), besides: told)
        }
    }

    /// - Returns: what the client has been told of what holds now.
    private func tell(_ notes: [String], besides told: Set<String>) async -> Set<String> {
        for note in notes where !told.contains(note) {
            guard let message = session.message(note) else { continue }
            try? await peer.notify(MCPNotification.message, message)
        }
        return Set(notes)
    }
}
