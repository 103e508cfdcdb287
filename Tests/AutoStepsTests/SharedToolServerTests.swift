import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A server of tools serves a session and all that it calls.
@Suite(.timeLimit(.minutes(1))) struct SharedToolServerTests {
    /// Calls `agent.auto` for each of some words, and one more for itself.
    ///
    /// - Parameter server: the fields of its entry in `tools`.
    private func folder(
        _ elements: Int, server: String, atOnce: Int = 4, _ script: @escaping ScriptedTools.Script
    ) throws -> ToolFolder {
        try ToolFolder(
            [
                "main.auto": """
                automation "Main"
                START begin -> all
                REST_API all -> own {
                  each: i in lists.range(\(elements))
                  at_once: \(atOnce)
                  prompt_template { automation: "agent.auto", inputs: { number: i } }
                }
                LLM_CALL own -> end { timeout: 20s, prompt_template { user: "own", tools: [{ mcp: "s" }] } }
                """,
                "agent.auto": """
                automation "Agent"
                input number: int
                START begin -> agent
                LLM_CALL agent -> end {
                  timeout: 20s
                  prompt_template { user: "go on", tools: [{ \(server) }] }
                }
                """,
            ], script)
    }

    private static let searches: ScriptedTools.Script = { request, _ throws(StepFailure) in
        request.messages.contains { $0.asMap?["role"] == .string("tool") }
            ? ModelReply("done")
            : ModelReply("", calls: [ToolCall(id: "1", name: "search", arguments: "{}")])
    }

    @Test func calledSessionsShareIt() async throws {
        let folder = try folder(12, server: #"mcp: "s""#, Self.searches)
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(try await folder.called().count == 12)
        #expect(folder.server.used.withLock { $0.count } == 13)
        #expect(folder.server.connections.withLock { $0 } == 1)
        #expect(folder.server.closed.withLock { $0 } == 1)
    }

    /// Of servers that only one session each uses, no more than a few are kept until the outermost one's end.
    @Test func thoseThatNobodyUsesAreEnded() async throws {
        let folder = try folder(
            20, server: #"mcp: "s", auth: { bearer: "letter-${inputs.number}" }"#, atOnce: 1, Self.searches)
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(folder.server.connections.withLock { $0 } == 21)
        #expect(folder.server.closed.withLock { $0 } == 21)
        #expect((8...10).contains(folder.server.mostOpen.withLock { $0 }))
    }

    /// What one session is cancelled for, here its step's timeout, leaves the others their server.
    @Test func aStepThatGivesUpLeavesTheOthersTheirServer() async throws {
        let folder = try ToolFolder(
            [
                "main.auto": """
                automation "Main"
                START begin -> [slow, other]
                REST_API slow -> after { on_error -> after, prompt_template { automation: "hang.auto" } }
                REST_API other -> after { prompt_template { automation: "quick.auto" } }
                LLM_CALL after -> end { timeout: 20s, prompt_template { user: "quick", tools: [{ mcp: "s" }] } }
                """,
                "hang.auto": """
                automation "Hang"
                START begin -> agent
                LLM_CALL agent -> end { timeout: 300ms, prompt_template { user: "hang", tools: [{ mcp: "s" }] } }
                """,
                "quick.auto": """
                automation "Quick"
                START begin -> agent
                LLM_CALL agent -> end { timeout: 20s, prompt_template { user: "quick", tools: [{ mcp: "s" }] } }
                """,
            ]
        ) { request, _ throws(StepFailure) in
            let isTold = request.messages.contains { $0.asMap?["role"] == .string("tool") }
            let hangs = request.messages.contains { $0.asMap?["content"] == .string("hang") }
            return isTold
                ? ModelReply("done")
                : ModelReply(
                    "", calls: [ToolCall(id: "1", name: "search", arguments: hangs ? #"{"hang": 1}"# : "{}")])
        }
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(record.results(folder.plan).first?.value == .string("done"))
        let called = try await folder.called().map(\.header.status)
        #expect(called.count == 2 && Set(called) == [.failed, .finished])
        #expect(folder.server.connections.withLock { $0 } == 1)
        #expect(folder.server.closed.withLock { $0 } == 1)
    }

    /// A server that a call has left stuck is given up: the next try, also of another session, gets another one.
    @Test func aServerThatIsStuckIsConnectedAnew() async throws {
        let folder = try ToolFolder(
            [
                "main.auto": """
                automation "Main"
                START begin -> first
                REST_API first -> after { on_error -> after, prompt_template { automation: "stick.auto" } }
                LLM_CALL after -> end {
                  timeout: 300ms
                  retry: { attempts: 50, first_delay: 1ms, max_delay: 10ms }
                  prompt_template { user: "quick", tools: [{ mcp: "s" }] }
                }
                """,
                "stick.auto": """
                automation "Stick"
                START begin -> agent
                LLM_CALL agent -> end { timeout: 300ms, prompt_template { user: "stick", tools: [{ mcp: "s" }] } }
                """,
            ]
        ) { request, _ throws(StepFailure) in
            let isTold = request.messages.contains { $0.asMap?["role"] == .string("tool") }
            let sticks = request.messages.contains { $0.asMap?["content"] == .string("stick") }
            return isTold
                ? ModelReply("done")
                : ModelReply(
                    "",
                    calls: [ToolCall(id: "1", name: "search", arguments: sticks ? #"{"stick": 1}"# : "{}")])
        }
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(record.results(folder.plan).first?.value == .string("done"))
        let connections = folder.server.connections.withLock { $0 }
        #expect(connections >= 2)
        #expect(folder.server.closed.withLock { $0 } == connections)
    }
}
