import StepKinds
package import Values

/// Servers of tools whose lists and answers a tape keeps, or gives itself.
package struct TapedToolServers: ToolServers {
    private let inner: any ToolServers
    private let tape: any Tape

    package init(_ inner: any ToolServers, _ tape: any Tape) {
        self.inner = inner
        self.tape = tape
    }

    /// A tape does not change which server it is.
    ///
    /// - Throws: for an entry that names none.
    package func asked(by entry: MapValue) throws(StepFailure) -> (
        address: ToolServerAddress, only: [String]?
    ) {
        try inner.asked(by: entry)
    }

    /// - Throws: what the tape throws, which stands for the server.
    package func connect(_ address: ToolServerAddress) async throws(StepFailure) -> any ToolServer {
        let asked = Value.record([("server", .string(address.name)), ("tools", .null)])
        guard !tape.isReplay else {
            let list = try await tape.answer(.tool, step: "", request: asked) { () throws(StepFailure) in
                throw StepFailure(.replay, "a replay asks nobody")
            }
            return TapedToolServer(name: address.name, server: nil, tape: tape, tools: OfferedTool.read(list))
        }
        let server = try await inner.connect(address)
        _ = try await tape.answer(.tool, step: "", request: asked) { .list(server.tools.map(\.taped)) }
        return TapedToolServer(name: address.name, server: server, tape: tape, tools: server.tools)
    }
}

private struct TapedToolServer: ToolServer {
    let name: String
    /// Nil where a recording answers.
    let server: (any ToolServer)?
    let tape: any Tape
    let tools: [OfferedTool]

    var isGone: Bool { server?.isGone ?? false }

    func call(
        _ tool: String, _ arguments: MapValue, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(StepFailure) -> ToolAnswer {
        let asked = Value.record([
            ("server", .string(name)), ("tool", .string(tool)), ("arguments", .map(arguments)),
        ])
        let given = try await tape.answer(.tool, step: "", request: asked) {
            [server] () async throws(StepFailure) in
            guard let answer = try await server?.call(tool, arguments, onProgress: onProgress) else {
                throw StepFailure(.replay, "a replay asks nobody")
            }
            return .record([("value", answer.value), ("error", .bool(answer.isError))])
        }
        return ToolAnswer(
            value: given.asMap?["value"] ?? .null, isError: given.asMap?["error"]?.asBool ?? false)
    }

    func answers() async -> Bool { await server?.answers() ?? true }

    func close() async { await server?.close() }
}

extension OfferedTool {
    fileprivate var taped: Value {
        .record([
            ("name", .string(name)), ("description", .string(description)), ("parameters", parameters),
            ("result", result ?? .null), ("read_only", .bool(isReadOnly)),
        ])
    }

    /// Reads a list of what `taped` gave.
    fileprivate static func read(_ list: Value) -> [OfferedTool] {
        (list.asList ?? []).compactMap { tool in
            guard let map = tool.asMap, let name = map["name"]?.asText else { return nil }
            return OfferedTool(
                name: name, description: map["description"]?.asText ?? "",
                parameters: map["parameters"] ?? .record([]),
                result: map["result"].flatMap { $0.isNull ? nil : $0 },
                isReadOnly: map["read_only"]?.asBool ?? false)
        }
    }
}
