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
        var reply = try await server.reply(
            "/v1/messages", body(request, manner), to: request, notes: manner.findings, read: read)
        let limit = longest(request, manner)
        try reply.check(
            from: server,
            limit: request.options["max_tokens"] == nil
                ? "it is asked for with \(limit) tokens at the most where `max_tokens` is left out: write it, or ask for less"
                : "`max_tokens` is \(limit): write a larger one, or ask for less")
        if let type = request.resultType, type != .text {
            let results = reply.calls.filter { $0.name == AnthropicModels.resultTool }
            let values = results.map { type.unwrapped($0.arguments) }
            if let first = values.first { return ModelReply(try oneOf(values, first, type)) }
        }
        reply.forgetBlocksWithoutThinking()
        return try reply.answer(from: server)
    }

    /// The value of a tool's calls that all give the same one. Nobody knows which of several is meant: their list, which is
    /// no value of the type, has the model asked again.
    ///
    /// - Throws: where the list would be a value of the type, too.
    private func oneOf(_ values: [String], _ first: String, _ type: DataType) throws(StepFailure) -> String {
        let parsed = values.map { try? JSON.parse(bytes: Array($0.utf8)) }
        let areAlike = parsed[0] != nil && parsed.allSatisfy { $0 == parsed[0] }
        guard !areAlike, values.contains(where: { $0 != first }) else { return first }
        let list = "[" + values.joined(separator: ", ") + "]"
        switch type {
        case .json, .list:
            throw StepFailure(
                .result, "the model gave \(values.count) different values in one reply: \(list)",
                retryable: true)
        case .text, .bool, .int, .number, .bytes, .url, .oneOf, .record: return list
        }
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
            reply.use(anthropic: event["usage"])
            reply.end(event)
        case "message_start":
            reply.model = event["message"]?.asMap?["model"]?.asText
            reply.use(anthropic: event["message"]?.asMap?["usage"])
        case "content_block_start": reply.begin(block: event["content_block"], event["index"]?.asInt)
        case "content_block_delta":
            guard let delta = event["delta"]?.asMap else { return }
            if let text = delta["text"]?.asText {
                reply.say(text)
                reply.add(text, to: "text", ofBlock: event["index"]?.asInt)
            }
            reply.think(delta, event["index"]?.asInt)
            if let part = delta["partial_json"]?.asText { reply.go(on: part, event["index"]?.asInt) }
        case "message_delta":
            reply.use(anthropic: event["usage"])
            if let delta = event["delta"]?.asMap { reply.end(delta) }
        case "message_stop":
            reply.ending = reply.ending ?? .whole
            reply.isOver = true
        default: break
        }
    }

    private func body(_ request: ModelRequest, _ manner: Manner) -> Value {
        let others = AnthropicMessages.others(request.messages)
        let type = request.resultType.flatMap { $0 == .text ? nil : $0 }
        let wish = manner.structured == .prompt ? type?.wishForModels(asObject: false) : nil
        let (tokens, thinking) = tokens(request, manner)
        var body = MapValue(record: [
            ("model", .string(request.model)), ("max_tokens", .int(Int64(tokens))),
            ("stream", .bool(manner.streams)),
            ("messages", .list(others)),
        ])
        body["system"] = AnthropicMessages.system(request.messages, besides: wish)
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
        case "text":
            let text = block["text"]?.asText ?? ""
            say(text)
            keep(MapValue(record: [("type", .string("text")), ("text", .string(text))]), index)
        case "tool_use":
            // In a stream the input follows in pieces, and an empty one stands here.
            let given = block["input"] ?? .null
            let isEmpty = given.isNull || given.asMap?.count == 0
            let input = given.asText ?? (isEmpty ? "" : JSON.text(given))
            calls.append(
                Call(
                    id: block["id"]?.asText ?? "", index: index, name: block["name"]?.asText ?? "",
                    arguments: input, areGiven: !input.isEmpty))
            keep(MapValue(record: [("type", .string("tool_use"))]), index)
        case "thinking", "redacted_thinking":
            hasThought = true
            keep(block, index)
        default: break
        }
    }

    private var blocks: [Value] { carried[AnthropicMessages.thinking]?.asList ?? [] }

    /// Keeps a block in its place: what is thought between others has to be told again between them.
    private mutating func keep(_ block: MapValue, _ index: Int?) {
        var kept = block
        kept["index"] = index.map { .int(Int64($0)) }
        carried[AnthropicMessages.thinking] = .list(blocks + [.map(kept)])
    }

    /// Where nothing was thought, text and calls say all.
    fileprivate mutating func forgetBlocksWithoutThinking() {
        let others = ["text", "tool_use"]
        let isThinking = blocks.contains { block in
            block.asMap?["type"]?.asText.map { !others.contains($0) } ?? false
        }
        if !isThinking { carried[AnthropicMessages.thinking] = nil }
    }

    /// Adds a piece to a field of a block that is kept. Each part is taken out of what holds it meanwhile, so that it is
    /// made longer where it stands: copied for each of a long reply's pieces, it would take ever longer.
    fileprivate mutating func add(_ piece: String, to name: String, ofBlock index: Int?) {
        guard let place = blocks.lastIndex(where: { $0.asMap?["index"]?.asInt == index }),
            var block = blocks[place].asMap
        else { return }
        var blocks = blocks
        carried[AnthropicMessages.thinking] = .null
        blocks[place] = .null
        var text = block[name]?.asText ?? ""
        block[name] = .null
        text += piece
        block[name] = .string(text)
        blocks[place] = .map(block)
        carried[AnthropicMessages.thinking] = .list(blocks)
    }

    /// Takes a piece of what the model thinks, or its signature, without which it may not be told again.
    fileprivate mutating func think(_ delta: MapValue, _ index: Int?) {
        for name in ["thinking", "signature"] {
            guard let piece = delta[name]?.asText else { continue }
            hasThought = true
            add(piece, to: name, ofBlock: index)
        }
    }

    fileprivate mutating func go(on part: String, _ index: Int?) {
        let place = index == nil ? calls.indices.last : calls.lastIndex { $0.index == index }
        guard let place, !part.isEmpty else { return }
        if calls[place].areGiven { calls[place].arguments = "" }
        calls[place].areGiven = false
        calls[place].arguments += part
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
        // A tool that is called with nothing is given an empty record, of which a stream says no piece.
        if case .record = self { return reply.isEmpty ? "{}" : reply }
        guard let map = (try? JSON.parse(reply))?.asMap, map.count == 1, let value = map["value"] else {
            return reply
        }
        return JSON.text(value)
    }
}
