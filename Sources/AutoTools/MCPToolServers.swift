package import AutoChecker
package import AutoRuntime
import MCP
import StepKinds
import URLs
package import Values

/// Reaches servers of tools by the Model Context Protocol.
package struct MCPToolServers: ToolServers {
    let client: any HTTPClient
    let clock: any Clock
    /// What `[mcp.NAME]` of the settings says.
    let settings: [String: MCPSettings]
    /// The folder of the automation, from the root on, in which commands begin; nil where it has none.
    let folder: String?
    /// The variables of this process's environment.
    let variables: @Sendable (String) -> String?

    /// - Parameter client: the way out. Streams go through it, so that it is not one that records answers.
    /// - Parameter settings: the servers that the settings name.
    /// - Parameter folder: the automation's, from the root on; nil for one that came without a folder.
    /// - Parameter variables: the environment of this process.
    package init(
        client: any HTTPClient, clock: any Clock, settings: [String: MCPSettings] = [:], folder: String?,
        variables: @escaping @Sendable (String) -> String?
    ) {
        self.client = client
        self.clock = clock
        self.settings = settings
        self.folder = folder
        self.variables = variables
    }

    /// The server that an entry of `tools` names.
    ///
    /// - Throws: kind `field` for an entry that names none, or wants what `[mcp.NAME]` alone can say; kind `no_key`
    ///   where a variable is not set that the settings name.
    package func asked(by entry: MapValue) throws(StepFailure) -> (
        address: ToolServerAddress, only: [String]?
    ) {
        var asked = try ToolServerAddress.asked(by: entry, settings, variables: variables)
        if case .command = asked.address.place { asked.address.folder = folder }
        return asked
    }

    /// - Throws: when the server cannot be reached or started, speaks another protocol, or says nothing for long.
    package func connect(_ address: ToolServerAddress) async throws(StepFailure) -> any ToolServer {
        let words = ServerWords(address)
        switch address.place {
        case .command(let command):
            let isNamed = settings.values.contains { $0.place == .command(command) }
            let launch = CommandLaunch(
                address: address, folder: address.folder ?? folder, words: words,
                known: isNamed ? nil : settings.keys.sorted(), variables: variables)
            let transport = try await CommandTransport.start(command, launch)
            return try await ToolConnection.open(transport, words, clock)
        case .url(let url):
            return try await connect(HTTPPlace(url, address, words, client, clock))
        }
    }

    /// Servers of the first revision have another transport, and refuse the first request of the newer one.
    private func connect(_ place: HTTPPlace) async throws(StepFailure) -> any ToolServer {
        let transport = StreamableTransport(place)
        do throws(StepFailure) { return try await ToolConnection.open(transport, place.words, clock) } catch {
            guard transport.mayBeOlder else { throw error }
            let older = OlderTransport(place)
            do throws(StepFailure) {
                return try await ToolConnection.open(older, place.words, clock)
            } catch let again {
                // Where there is nothing of the older kind either, the first refusal says more.
                throw older.hasBegun || again.kind == .cancelled ? again : error
            }
        }
    }
}
