import StepKinds
package import Values

/// A tool that a server offers.
package struct OfferedTool: Sendable, Hashable {
    package let name: String
    /// What it does, in the server's words: text from outside.
    package let description: String
    /// The JSON Schema of its arguments.
    package let parameters: Value
    /// The JSON Schema of what it gives; nil where the server does not say.
    package let result: Value?
    /// Whether the server says that the tool changes nothing.
    package let isReadOnly: Bool

    package init(name: String, description: String, parameters: Value, result: Value?, isReadOnly: Bool) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.result = result
        self.isReadOnly = isReadOnly
    }
}

/// Where a server of tools is and how it is reached.
package struct ToolServerAddress: Sendable, Hashable {
    /// What leads to a server.
    package enum Place: Sendable, Hashable {
        /// A program with its arguments, which is started and spoken to by its standard input and output.
        case command([String])
        /// An http or https url.
        case url(String)
    }

    /// What people know it by, for messages.
    package let name: String
    package let place: Place
    /// Whether a command runs in the box. It says nothing of a url.
    package let isBoxed: Bool
    /// What a command finds in its environment besides the usual; may hold secrets.
    package let environment: [String: String]
    /// What goes with each request to a url; may hold secrets.
    package let headers: [String: String]
    /// Whether a url may lead into the own network.
    package let allowsPrivate: Bool
    /// The folder in which a command begins, from the root on; nil for none, and for a url. The same command in another
    /// folder is another server.
    package var folder: String?

    package init(
        name: String, place: Place, isBoxed: Bool = true, environment: [String: String] = [:],
        headers: [String: String] = [:], allowsPrivate: Bool = false, folder: String? = nil
    ) {
        self.name = name
        self.place = place
        self.isBoxed = isBoxed
        self.environment = environment
        self.headers = headers
        self.allowsPrivate = allowsPrivate
        self.folder = folder
    }

    /// What the box may have to do with a failure: what it keeps from a server shows in the server's own words only. The
    /// end of a sentence; empty for a server that runs in none.
    package var boxHint: String {
        guard isBoxed, case .command = place else { return "" }
        return
            "; it runs in the box, without network and with no folder but the automation's: `unsafe = true` in [mcp.NAME] of autorun.toml runs it outside"
    }
}

/// What a tool gave.
package struct ToolAnswer: Sendable, Hashable {
    /// The structured content where the server gives one; else the text of all parts of the content, in which
    /// images and the like are told in words.
    package let value: Value
    /// Whether the server says that the tool failed; the value says why then.
    package let isError: Bool

    package init(value: Value, isError: Bool) {
        self.value = value
        self.isError = isError
    }
}

/// A server of tools to which there is a connection.
package protocol ToolServer: Sendable {
    /// What it offers now; another list once the server has said that it changed.
    var tools: [OfferedTool] { get }
    /// Whether the connection has ended, so that no call can be made by it any more.
    var isGone: Bool { get }

    /// Calls a tool. Cancelling the task takes the call back, and ends the wait at once.
    ///
    /// - Parameter onProgress: hears what the server says of the call while it lasts.
    /// - Throws: when no answer comes. A tool that failed is an answer.
    func call(
        _ name: String, _ arguments: MapValue, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(StepFailure) -> ToolAnswer

    /// Whether the server still answers, within a few seconds; false as well once the connection has ended.
    func answers() async -> Bool

    /// Ends the connection, and what was started for it. Doing it twice does nothing.
    func close() async
}

/// The way to servers of tools.
package protocol ToolServers: Sendable {
    /// The server that an entry of `tools` names: by a command, a url, or the name under which the settings have it.
    ///
    /// - Parameter entry: `{ mcp, only, auth, ask }`, rendered.
    /// - Returns: where it is, and the names of the tools that are wanted; nil for all of them.
    /// - Throws: kind `field` for an entry that names none.
    func asked(by entry: MapValue) throws(StepFailure) -> (address: ToolServerAddress, only: [String]?)

    /// Connects to a server and reads what it offers. Whoever connects closes.
    ///
    /// - Throws: when the server cannot be reached or started, or is no such server.
    func connect(_ address: ToolServerAddress) async throws(StepFailure) -> any ToolServer
}

/// Reaches no server of tools: for places where nothing leaves the machine.
package struct NoToolServers: ToolServers {
    package init() {}

    /// - Throws: always.
    package func asked(by entry: MapValue) throws(StepFailure) -> (
        address: ToolServerAddress, only: [String]?
    ) {
        throw StepFailure(.unsupported, "servers of tools are not reached here")
    }

    /// - Throws: always.
    package func connect(_ address: ToolServerAddress) async throws(StepFailure) -> any ToolServer {
        throw StepFailure(.unsupported, "\(address.name): servers of tools are not reached here")
    }
}
