import AutoChecker
import Diagnostics
import StepKinds
import Values

/// A tool that the model of a step may ask for.
struct UsableTool: Sendable {
    /// What is done when the model asks for it.
    enum Work: Sendable {
        /// Another automation is run.
        ///
        /// - Parameter path: of its file, from the folder of the file that names it.
        case automation(CheckedAutomation, path: String)
        /// A server of tools is asked.
        ///
        /// - Parameters:
        ///   - address: where the server is.
        ///   - name: what it calls the tool.
        case server(ToolServerAddress, name: String)
        /// Nothing: the step ends.
        case declared
    }

    /// The name by which the model knows the tool.
    let name: String
    /// What the model is told of it: `{ name, description, parameters }`, or a declared tool as the file has it.
    let offer: Value
    let work: Work
    /// Whether a person is asked before it is used.
    let asks: Bool
    /// Whether it may change something outside.
    let changesOutside: Bool
    /// Where its results hold text from outside, what brings it; nil where they hold none but what it is given.
    let origin: String?
}

extension UsableTool {
    init(_ automation: CheckedAutomation, path: String, asks: Bool) {
        name = toolName(of: automation.name)
        offer = .record([
            ("name", .string(name)), ("description", .string(automation.description)),
            ("parameters", automation.inputs.jsonSchema),
        ])
        work = .automation(automation, path: path)
        self.asks = asks
        changesOutside = automation.changesOutside
        origin = automation.bringsOutsideText ? "the automation `\(OtherFiles.shown(path))`" : nil
    }

    /// A server may give its tools names that providers do not take, such as `fs.read`.
    init(_ tool: OfferedTool, of server: ToolServerAddress, asks: Bool) {
        name = toolName(of: tool.name)
        offer = .record([
            ("name", .string(name)), ("description", .string(tool.description)),
            ("parameters", tool.parameters),
        ])
        work = .server(server, name: tool.name)
        self.asks = asks
        changesOutside = !tool.isReadOnly
        origin = "the tool `\(tool.name)` of \(server.name)"
    }

    /// The tool as the end of a sentence.
    var title: String {
        switch work {
        case .automation, .declared: "the tool `\(name)`"
        case .server(let server, let name): "the tool `\(name)` of \(server.name)"
        }
    }

    /// A tool that is only declared, in our form, or OpenAI's, or Anthropic's.
    init(declared tool: MapValue) {
        name =
            (tool[ToolField.name] ?? tool[ToolField.function]?.asMap?[ToolField.name])?.asText
            ?? tool[ToolField.type]?.asText ?? ""
        offer = .map(tool)
        work = .declared
        asks = false
        changesOutside = false
        origin = nil
    }
}

extension Run {
    /// The tools of a step, whose servers are asked what they offer.
    ///
    /// - Parameters:
    ///   - fields: the step's, rendered.
    ///   - end: until when the servers must have told what they offer, in nanoseconds since 1970.
    ///   - time: nanoseconds that they have together.
    /// - Throws: kind `tool` where a server cannot be reached, does not offer what `only` names, or two tools have one
    ///   name; `timeout` where one has not told in time.
    func tools(_ fields: MapValue, until end: Int64, of time: Int64) async throws(StepFailure) -> [UsableTool]
    {
        var tools: [UsableTool] = []
        for (place, entry) in (fields[LLMCall.tools] ?? []).enumerated() {
            tools += try await self.tools(entry, at: place, until: end, of: time)
        }
        var seen: Set<String> = []
        for tool in tools where !seen.insert(tool.name).inserted {
            throw StepFailure(
                .tool,
                "two tools have the name `\(tool.name)`: leave one of them out, of a server's by `only`")
        }
        return tools
    }

    private func tools(_ entry: Value, at place: Int, until end: Int64, of time: Int64)
        async throws(StepFailure) -> [UsableTool]
    {
        let map = entry.asMap ?? MapValue()
        let asks = map[ToolField.ask]?.asBool ?? false
        if let path = entry.asText ?? map[ToolField.automation]?.asText {
            let path = OtherFiles.plain(path)
            guard let automation = plan.automation.called(at: path) else {
                throw StepFailure(
                    .missing, "the automation \(OtherFiles.shown(path)) is not kept with this session")
            }
            return [UsableTool(automation, path: path, asks: asks)]
        }
        if map[ToolField.mcp] != nil {
            // In a test the step has a reply, so that no tool is used and no server is to be there.
            if request.isRehearsal { return [] }
            return try await toolsOfServer(map, asks: asks, until: end, of: time)
        }
        let tool = UsableTool(declared: map)
        guard !tool.name.isEmpty else {
            throw StepFailure(
                .field,
                "`tools[\(place)]` is the path of an automation, { mcp: … } or { name, description, parameters }, found \(describe(entry))"
            )
        }
        return [tool]
    }

    private func toolsOfServer(_ entry: MapValue, asks: Bool, until end: Int64, of time: Int64)
        async throws(StepFailure) -> [UsableTool]
    {
        let servers = interpreter.executors.toolServers
        let (address, only) = try servers.asked(by: entry)
        let offered: [OfferedTool]
        do throws(StepFailure) {
            offered = try await within(max(1, end - interpreter.clock.now()), interpreter.clock) {
                () async throws(StepFailure) in
                try await self.openServers.server(at: address, for: self.request.sessionID, servers)
                    .tools
            }
        } catch {
            // The connection has a limit of its own, which says who did not answer.
            guard error.kind == .timeout, !error.message.hasPrefix(address.name) else { throw error }
            throw .timeout(time).from(address.name + address.boxHint)
        }
        guard let only else {
            return offered.map { UsableTool($0, of: address, asks: asks) }
        }
        return try only.map { (name) throws(StepFailure) in
            guard let tool = offered.first(where: { $0.name == name }) else {
                let names = offered.map(\.name)
                let near = nearestName(to: name, in: names).map { ": did you mean `\($0)`?" }
                throw StepFailure(
                    .tool,
                    "\(address.name) offers no tool `\(name)`"
                        + (near ?? ", but \(names.isEmpty ? "none at all" : inWords(names, joiner: "and"))"))
            }
            return UsableTool(tool, of: address, asks: asks)
        }
    }
}
