import MCP

/// What a connection to a server of tools needs of its transport besides.
protocol ToolTransport: RPCTransport {
    /// Does what has to be done before the first message.
    ///
    /// - Throws: when there is nobody to whom messages could be sent.
    func open() async throws(RPCLoss)

    /// How many lines that are no JSON may come in a row.
    var mostGreetings: Int { get }

    /// The handshake is over: from now on both sides speak this revision.
    func begin(_ revision: ProtocolRevision)

    /// Forgets a session that the server does not know any more, so that a new one can begin.
    func forgetSession()
}

extension ToolTransport {
    var mostGreetings: Int { 0 }
    func open() async throws(RPCLoss) {}
    func begin(_ revision: ProtocolRevision) {}
    func forgetSession() {}
}

/// The server does not know the session any more.
struct SessionExpired: Error {}
