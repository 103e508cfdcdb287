import AutoRuntime
package import MCP
package import Values

/// Serves automations as tools to one client, until it is gone or the task is cancelled; what runs then is left to be
/// resumed.
///
/// - Parameters:
///   - howToAnswer: how a person goes on with a session that waits, in words, by the session's id and the id of the step
///     record that waits.
///   - background: what is done beside, cancelled at the end.
package func serveTools(
    _ parts: ServerParts, _ limits: ServerLimits, over transport: any RPCTransport,
    howToAnswer: @escaping @Sendable (_ session: ID, _ question: ID) -> String,
    background: @escaping @Sendable () async -> Void
) async {
    // It lives as long as one client wants it, who waits for nothing then: schedules are a matter of servers that stay.
    var limits = limits
    limits.graceSeconds = 0
    let core = ServerCore(parts, limits, own: nil, isScheduling: false)
    let tools = ServedTools(api: core.api, client: nil) { session, question in
        howToAnswer(session.record.header.id, question.id)
    }
    let connection = ServerConnection(tools, over: transport)
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await core.runSessions() }
        group.addTask { await background() }
        await connection.run()
        core.stopTaking()
        group.cancelAll()
    }
    await core.close()
}
