import AutoChecker
import AutoRuntime
import OrderedCollections
import StepKinds
import Synchronization
import Values

/// Anthropic's messages API.
struct AnthropicModels: ModelProvider {
    let server: ModelServer

    func identity(of model: String) -> String { "\(model) at \(server.base)" }

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        if let field = LLMCall.unknownToAnthropic.first(where: { request.options[$0.name] != nil }) {
            throw StepFailure(
                .field,
                "\(server.name) knows no `\(field.name)`: leave it out, or ask a model of another provider")
        }
        return try await server.asking(request) { (manner) async throws(StepFailure) in
            try await ask(request, manner)
        }
    }

    private func ask(_ request: ModelRequest, _ manner: Manner) async throws(StepFailure) -> ModelReply {
        let reply = try await server.reply(
            "/v1/messages", body(request, manner), to: request, notes: manner.findings, read: read)
        let limit = longest(request, manner)
        try reply.check(
            from: server,
            limit: request.options["max_tokens"] == nil
                ? "it is asked for with \(limit) tokens at the most where `max_tokens` is left out: write it, or ask for less"
                : "`max_tokens` is \(limit): write a larger one, or ask for less")
        if let type = request.resultType, type != .text,
            let result = reply.calls.first(where: { $0.name == AnthropicModels.resultTool })
        {
            return ModelReply(type.unwrapped(result.arguments))
        }
        return try reply.answer(from: server)
    }

    /// The tool by which a model gives a value of the step's type.
    private static let resultTool = "result"

    /// Takes an event of a streamed reply, or a whole reply of a server that does not stream.
    private func read(_ event: MapValue, _ name: String, into reply: inout CollectedReply) {
        switch event["type"]?.asText ?? name {
        case "message":
            reply.model = event["model"]?.asText
            // Some who speak Anthropic's language give a text instead of blocks.
            reply.say(event["content"]?.asText ?? "")
            for (index, block) in (event["content"]?.asList ?? []).enumerated() {
                reply.begin(block: block, index)
            }
            reply.use(event["usage"])
            reply.end(event)
        case "message_start":
            reply.model = event["message"]?.asMap?["model"]?.asText
            reply.use(event["message"]?.asMap?["usage"])
        case "content_block_start": reply.begin(block: event["content_block"], event["index"]?.asInt)
        case "content_block_delta":
            guard let delta = event["delta"]?.asMap else { return }
            if let text = delta["text"]?.asText { reply.say(text) }
            reply.think(delta, event["index"]?.asInt)
            if let part = delta["partial_json"]?.asText { reply.go(on: part, event["index"]?.asInt) }
        case "message_delta":
            reply.use(event["usage"])
            if let delta = event["delta"]?.asMap { reply.end(delta) }
        case "message_stop":
            reply.ending = reply.ending ?? .whole
            reply.isOver = true
        default: break
        }
    }

    private func body(_ request: ModelRequest, _ manner: Manner) -> Value {
        var system = AnthropicMessages.system(request.messages)
        let others = AnthropicMessages.others(request.messages)
        let type = request.resultType.flatMap { $0 == .text ? nil : $0 }
        if let type, manner.structured == .prompt { system.append(type.wishForModels(asObject: false)) }
        let (tokens, thinking) = tokens(request, manner)
        var body = MapValue(record: [
            ("model", .string(request.model)), ("max_tokens", .int(Int64(tokens))),
            ("stream", .bool(manner.streams)),
            ("messages", .list(others)),
        ])
        if !system.isEmpty { body["system"] = .string(system.joined(separator: "\n\n")) }
        for key in [LLMCall.temperature.name, LLMCall.topP.name] { body[key] = request.options[key] }
        if let stop = request.options["stop"] {
            body["stop_sequences"] = stop.asList == nil ? .list([stop]) : stop
        }
        if let word = request.options[LLMCall.reasoning.name]?.asText {
            addThinking(word, tokens: thinking, to: &body, manner)
        }
        var tools = (request.options["tools"]?.asList ?? []).map(ToolForm.anthropic)
        if let type, manner.structured != .prompt {
            let isFree = thinking > 0 || !manner.forcesTool
            body["tool_choice"] = toolChoice(besideOthers: !tools.isEmpty, isFree: isFree)
            tools.append(
                .record([
                    ("name", .string(AnthropicModels.resultTool)),
                    ("description", .string("Takes the answer.")), ("input_schema", type.replySchema),
                ]))
        }
        if !tools.isEmpty { body["tools"] = .list(tools) }
        server.addFields(to: &body, request)
        return .map(body)
    }

    /// - Parameter word: what the step's `reasoning` says.
    private func addThinking(_ word: String, tokens: Int, to body: inout MapValue, _ manner: Manner) {
        guard tokens > 0 else {
            // Newer models think where nothing is said.
            body["thinking"] = .record([("type", .string("disabled"))])
            return
        }
        guard !manner.boundsThinking else {
            body["thinking"] = .record([
                ("type", .string("enabled")), ("budget_tokens", .int(Int64(tokens))),
            ])
            return
        }
        body["thinking"] = .record([("type", .string("adaptive"))])
        // The least effort is called `low`.
        body["output_config"] = .record([("effort", .string(word == "minimal" ? "low" : word))])
    }

    /// Where there are other tools too, the model may use them before it gives the result. One that thinks
    /// cannot be made to use a tool.
    private func toolChoice(besideOthers: Bool, isFree: Bool) -> Value {
        if isFree { return .record([("type", .string("auto"))]) }
        if besideOthers { return .record([("type", .string("any"))]) }
        return .record([("type", .string("tool")), ("name", .string(AnthropicModels.resultTool))])
    }

    /// The tokens of reply and thinking together, which the model's longest reply bounds, and of the thinking
    /// alone, for which Anthropic wants 1,024 at least.
    private func tokens(_ request: ModelRequest, _ manner: Manner) -> (all: Int, thinking: Int) {
        let reply = longest(request, manner)
        let thinking = LLMCall.thinkingTokens(request.options[LLMCall.reasoning.name]?.asText)
        guard thinking > 0 else { return (reply, 0) }
        let given = request.options[LLMCall.maxTokens]
        let most =
            manner.mostTokens ?? knownModel(request.model)?.longestReply
            ?? (given == nil ? AnthropicModels.usualReply : .max)
        let all = min(reply + thinking, most)
        return (all, min(thinking, max(1_024, all - (given ?? all / 2))))
    }

    /// Anthropic wants to be told: what the model can give at the most, so that no reply is cut before its
    /// end.
    private func longest(_ request: ModelRequest, _ manner: Manner) -> Int {
        request.options[LLMCall.maxTokens] ?? manner.mostTokens ?? knownModel(request.model)?.longestReply
            ?? AnthropicModels.usualReply
    }

    /// Tokens that every model of Anthropic gives whose longest reply is not known: the old ones, which give
    /// less, are known.
    private static let usualReply = 32_000
}

extension CollectedReply {
    fileprivate mutating func begin(block: Value?, _ index: Int?) {
        guard let block = block?.asMap else { return }
        switch block["type"]?.asText {
        case "text": say(block["text"]?.asText ?? "")
        case "tool_use":
            // In a stream the input follows in pieces, and an empty one stands here.
            let input = block["input"]?.asMap.flatMap { $0.count == 0 ? nil : JSON.text(.map($0)) }
            calls.append(
                Call(
                    id: block["id"]?.asText ?? "", index: index, name: block["name"]?.asText ?? "",
                    arguments: input ?? "", areGiven: input != nil))
        case "thinking", "redacted_thinking":
            hasThought = true
            var kept = block
            kept["index"] = index.map { .int(Int64($0)) }
            carried[AnthropicMessages.thinking] = .list(thinking + [.map(kept)])
        default: break
        }
    }

    private var thinking: [Value] { carried[AnthropicMessages.thinking]?.asList ?? [] }

    /// Takes a piece of what the model thinks, or its signature, without which it may not be told again.
    fileprivate mutating func think(_ delta: MapValue, _ index: Int?) {
        for name in ["thinking", "signature"] {
            guard let piece = delta[name]?.asText else { continue }
            hasThought = true
            var blocks = thinking
            guard let place = blocks.lastIndex(where: { $0.asMap?["index"]?.asInt == index }),
                var block = blocks[place].asMap
            else { continue }
            block[name] = .string((block[name]?.asText ?? "") + piece)
            blocks[place] = .map(block)
            carried[AnthropicMessages.thinking] = .list(blocks)
        }
    }

    fileprivate mutating func go(on part: String, _ index: Int?) {
        let place = index == nil ? calls.indices.last : calls.lastIndex { $0.index == index }
        guard let place, !part.isEmpty else { return }
        if calls[place].areGiven { calls[place].arguments = "" }
        calls[place].areGiven = false
        calls[place].arguments += part
    }

    fileprivate mutating func use(_ usage: Value?) {
        guard let usage = usage?.asMap else { return }
        outputTokens = usage["output_tokens"]?.asInt ?? outputTokens
        guard let fresh = usage["input_tokens"]?.asInt else { return }
        // What comes out of the cache, or goes into it, is counted beside the rest.
        let known = usage["cache_read_input_tokens"]?.asInt
        inputTokens = fresh + (known ?? 0) + (usage["cache_creation_input_tokens"]?.asInt ?? 0)
        cachedTokens = known
    }

    fileprivate mutating func end(_ message: MapValue) {
        if let reason = message["stop_reason"]?.asText { end(reason) }
        guard case .refused? = ending else { return }
        refusal += message["stop_details"]?.asMap?["explanation"]?.asText ?? ""
    }
}

extension DataType {
    /// The value of a reply to `replySchema`, which wraps every type but a record.
    fileprivate func unwrapped(_ reply: String) -> String {
        if case .record = self { return reply }
        guard let map = (try? JSON.parse(reply))?.asMap, map.count == 1, let value = map["value"] else {
            return reply
        }
        return JSON.text(value)
    }
}
