import AutoChecker
import AutoRuntime
import Diagnostics
import MCP
import Values

/// The automations that are served, as tools: the same for whoever comes by standard input and by HTTP.
struct ServedTools: ToolHost {
    let api: API
    /// Whose token lets the client in, for the log and the trace; nil where none was needed.
    let client: String?
    /// How a person goes on with a session that waits, in words.
    let howToAnswer: HowToAnswer

    /// - Parameter question: the id of the step record that waits.
    typealias HowToAnswer = @Sendable (_ session: StoredSession, _ question: StepRecord) -> String

    var identity: ServerIdentity {
        ServerIdentity(
            name: "autorun", title: "autorun: automations as tools", version: toolVersion,
            instructions:
                "Each tool runs an automation to its end, which may take a while and ask a person. What happened in it is kept as a session: the resource autorun://session/ID."
        )
    }

    var resources: (any ResourceHost)? { SessionResources(api: api) }

    var hasChanges: Bool { true }

    func changes() -> AsyncStream<Void> { api.parts.served.changes.watch() }

    func notes() async -> [String] {
        api.versions.hide(api.parts.served.files.flatMap(\.secrets))
        let masker = api.versions.masker()
        return api.parts.served.files.compactMap { file in
            file.problem.map {
                masker.mask("\(file.name) is not offered, since it does not pass the checker: \($0)")
            }
        }
    }

    func tools() async throws(RPCError) -> [ServerTool] {
        var tools: [ServerTool] = []
        for (name, automation) in try await offered() {
            // One that cannot be read for now, say of a newer version, does not keep the others from being offered.
            guard let version = try? await api.versions.ready(automation) else { continue }
            tools.append(ServerTool(name, version))
        }
        return tools
    }

    func call(_ call: ServerCall) async throws(RPCError) -> ToolResult {
        let offered = try await offered()
        guard let automation = offered.first(where: { $0.name == call.name })?.automation else {
            throw .unknownTool(call.name, among: offered.map(\.name))
        }
        let version: ReadyVersion
        do { version = try await api.startable(automation) } catch {
            return .failed(sentence(of: error))
        }
        return try await ToolRun(tools: self, call: call, version: version).run()
    }

    /// Why an automation cannot be started, as a client may hear it.
    private func sentence(of error: any Error) -> String {
        switch error {
        case let refusal as Refusal: api.versions.masker().mask(refusal.sentence)
        case let error as PartsError: error.message
        case let error as StoreError: error.publicMessage
        default: "it cannot be started"
        }
    }

    /// What passes the checker as it is now: an earlier version of a file that is broken is not offered.
    private func offered() async throws(RPCError) -> [(name: String, automation: StoredAutomation)] {
        let served = api.parts.served
        var automations: [StoredAutomation] = []
        var after: ID?
        do throws(StoreError) {
            while true {
                let page = try await api.store.automations(limit: 200, after: after, files: served.now)
                automations += page.map(\.automation)
                guard page.count == 200, let last = page.last else { break }
                after = last.automation.id
            }
        } catch {
            throw RPCError(RPCError.internalErrorCode, error.publicMessage)
        }
        return ToolNames.named(
            automations.filter { served.problem(of: $0.id) == nil }, files: served.files)
    }
}

extension ServerTool {
    fileprivate init(_ name: String, _ version: ReadyVersion) {
        let automation = version.plan.automation
        self.init(
            name: name, title: automation.name,
            description: automation.description.isEmpty ? automation.name : automation.description,
            inputSchema: automation.inputs.jsonSchema, outputSchema: ToolOutput(automation).schema,
            isReadOnly: !automation.changesOutside, isOpenWorld: automation.leavesMachine)
    }
}
