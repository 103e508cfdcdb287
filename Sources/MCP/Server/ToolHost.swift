package import Values

/// What a server of the Model Context Protocol offers: the protocol itself is `ServerSession`'s.
package protocol ToolHost: Sendable {
    /// Who the server is.
    var identity: ServerIdentity { get }

    /// What can be read beside the tools; nil where there is nothing.
    var resources: (any ResourceHost)? { get }

    /// The tools of this moment, each name once, in an order that does not change by itself.
    func tools() async throws(RPCError) -> [ServerTool]

    /// Does what a tool does. Its task is cancelled when nobody wants the result any more.
    ///
    /// - Returns: the result; also a failure that the model at the client can do something about.
    /// - Throws: where the call itself is wrong: no such tool, arguments that do not fit.
    func call(_ call: ServerCall) async throws(RPCError) -> ToolResult

    /// Whether other tools may be there one day.
    var hasChanges: Bool { get }

    /// Yields each time that other tools may be there; ends where they are always the same.
    func changes() -> AsyncStream<Void>

    /// What the person at the client should know of the tools, in sentences, such as that a file has errors.
    func notes() async -> [String]
}

extension ToolHost {
    package var resources: (any ResourceHost)? { nil }

    package var hasChanges: Bool { false }

    package func changes() -> AsyncStream<Void> { AsyncStream { $0.finish() } }

    package func notes() async -> [String] { [] }
}

/// What can be read at a server beside its tools.
package protocol ResourceHost: Sendable {
    /// How the addresses are made, as the protocol's resource templates.
    var templates: [Value] { get }

    /// A page of what there is.
    ///
    /// - Parameter cursor: what the page before said of the next one; nil for the first.
    /// - Throws: for a cursor that no page has said.
    func list(after cursor: String?) async throws(RPCError) -> ResourcePage

    /// What stands at an address, as the protocol's contents.
    ///
    /// - Throws: where nothing does.
    func read(_ address: String) async throws(RPCError) -> [Value]
}

/// A page of resources, each as the protocol describes it.
package struct ResourcePage: Sendable {
    package let resources: [Value]
    /// What the next page is asked for by; nil for the last page.
    package let next: String?

    package init(_ resources: [Value], next: String?) {
        self.resources = resources
        self.next = next
    }
}

/// Who a server is, as it says to a client that begins.
package struct ServerIdentity: Sendable {
    /// The server's name for programs.
    package let name: String
    /// The server's name for people.
    package let title: String
    package let version: String
    /// What a model at the client should know before it calls a tool.
    package let instructions: String

    package init(name: String, title: String, version: String, instructions: String) {
        self.name = name
        self.title = title
        self.version = version
        self.instructions = instructions
    }
}
