import AutoChecker
import AutoRuntime
import OrderedCollections
import StepKinds
import Synchronization
import Values

/// Any server that speaks OpenAI's chat completions.
struct OpenAIModels: ModelProvider {
    let server: ModelServer

    func identity(of model: String) -> String { "\(model) at \(server.base)" }

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        try await server.asking(request) { (manner) async throws(StepFailure) in
            try await ask(request, manner)
        }
    }

    private func ask(_ request: ModelRequest, _ manner: Manner) async throws(StepFailure) -> ModelReply {
        var (request, manner) = (request, manner)
        let tools = request.toolNames
        if !manner.hasTools, !tools.isEmpty {
            request.tellToolsInWords()
            // A schema would let no call through.
            manner.structured = .prompt
        }
        let reply = try await server.reply(
            "/chat/completions", body(request, manner), to: request, notes: manner.findings, read: read)
        let given = request.options["max_tokens"].map {
            "`max_tokens` is \(JSON.text($0)): write a larger one"
        }
        try reply.check(
            from: server,
            limit: (given ?? "the server gives no longer one unless `max_tokens` says so: write it")
                + ", or ask for less")
        return try reply.answer(from: server).withCalls(inTextOf: tools)
    }

    /// Takes a piece of a streamed reply, or a whole reply of a server that does not stream.
    private func read(_ event: MapValue, _ name: String, into reply: inout CollectedReply) {
        if let usage = event["usage"]?.asMap, let input = usage["prompt_tokens"]?.asInt {
            (reply.inputTokens, reply.outputTokens) = (input, usage["completion_tokens"]?.asInt ?? 0)
            // DeepSeek has a name of its own.
            reply.cachedTokens =
                usage["prompt_tokens_details"]?.asMap?["cached_tokens"]?.asInt
                ?? usage["prompt_cache_hit_tokens"]?.asInt
            reply.reasoningTokens = usage["completion_tokens_details"]?.asMap?["reasoning_tokens"]?.asInt
        }
        reply.model = event["model"]?.asText ?? reply.model
        // Groq tells here why it has stopped a reply before its end.
        if let error = event["x_groq"]?.asMap?["error"].flatMap({ ServerError(in: .record([("error", $0)])) })
        {
            reply.broken = .brokeOff(message: error.words)
        }
        guard let choice = choice(of: event, &reply) else { return }
        if let reason = choice["finish_reason"]?.asText { reply.end(reason) }
        // OpenRouter tells here what went wrong at the model's own provider.
        if let error = choice["error"].flatMap({ ServerError(in: .record([("error", $0)])) }) {
            reply.broken = .brokeOff(message: error.words)
        }
        let delta = choice["delta"]?.asMap
        guard let said = delta ?? choice["message"]?.asMap else {
            return reply.say(content: choice["text"])
        }
        if delta == nil { reply.say(whole: said["content"]) } else { reply.say(content: said["content"]) }
        reply.refusal += said["refusal"]?.asText ?? ""
        if ["reasoning_content", "reasoning", "thinking"].contains(where: {
            said[$0]?.asText?.isEmpty == false
        }) {
            reply.hasThought = true
        }
        reply.carry(thinking: said)
        let calls = said["tool_calls"]
        for call in calls?.asList ?? calls?.asMap.map({ [.map($0)] }) ?? [] {
            reply.add(call: call.asMap ?? MapValue())
        }
        if let call = said["function_call"]?.asMap {
            reply.add(call: MapValue(record: [("function", .map(call))]))
        }
    }

    /// The part of an event that belongs to the reply: always the same choice, where a server gives several.
    private func choice(of event: MapValue, _ reply: inout CollectedReply) -> MapValue? {
        let choices = (event["choices"]?.asList ?? []).compactMap(\.asMap)
        func index(_ choice: MapValue) -> Int { choice["index"]?.asInt ?? 0 }
        reply.choice = reply.choice ?? choices.map(index).min()
        return choices.first { index($0) == reply.choice }
    }

    private func body(_ request: ModelRequest, _ manner: Manner) -> Value {
        var body = MapValue(record: [
            ("model", .string(request.model)),
            ("messages", .list(request.messages.map(AnthropicMessages.withoutThinking))),
            ("stream", .bool(manner.streams)),
        ])
        if manner.streamOptions { body["stream_options"] = .record([("include_usage", .bool(true))]) }
        for (name, value) in request.options.entries {
            switch name.asText {
            case LLMCall.maxTokens.name: body[manner.tokensField.rawValue] = value
            case LLMCall.seed.name: body[server.provider.seedField] = value
            case LLMCall.reasoning.name: body["reasoning_effort"] = value
            case LLMCall.tools.name: body[key: name] = .list((value.asList ?? []).map(ToolForm.openAI))
            case LLMCall.extra.name: break
            default: body[key: name] = value
            }
        }
        if let type = request.resultType, type != .text { ask(for: type, in: &body, request, manner) }
        if !manner.hasSystemRole, let messages = body["messages"]?.asList {
            body["messages"] = .list(messages.withoutSystemRole)
        }
        server.addFields(to: &body, request)
        return .map(body)
    }

    private func ask(
        for type: DataType, in body: inout MapValue, _ request: ModelRequest, _ manner: Manner
    ) {
        switch manner.structured {
        case .schema where type != .json:
            body["response_format"] = responseFormat(type)
        case .schema:
            body["response_format"] = responseFormat(.json)
            body["messages"] = .list(askingForJSON(request.messages))
        case .json:
            body["response_format"] = responseFormat(.json)
            body["messages"] = .list(wishing(type, asObject: true, request.messages))
        case .prompt: body["messages"] = .list(wishing(type, asObject: false, request.messages))
        }
    }

    /// The messages with the wish for a value of a type before them.
    private func wishing(_ type: DataType, asObject: Bool, _ messages: [Value]) -> [Value] {
        let wish = type.wishForModels(asObject: asObject)
        // Some models take one system message only, at the beginning.
        if var first = messages.first?.asMap, first["role"]?.asText == "system",
            let text = first["content"]?.asText
        {
            first["content"] = .string(text + "\n\n" + wish)
            return [.map(first)] + messages.dropFirst()
        }
        return [.record([("role", .string("system")), ("content", .string(wish))])] + messages
    }

    /// OpenAI refuses its JSON mode where no message speaks of JSON.
    private func askingForJSON(_ messages: [Value]) -> [Value] {
        if messages.contains(where: { JSON.text($0).lowercased().contains("json") }) { return messages }
        return wishing(.json, asObject: true, messages)
    }

    private func responseFormat(_ type: DataType) -> Value {
        if type == .json { return .record([("type", .string("json_object"))]) }
        return .record([
            ("type", .string("json_schema")),
            (
                "json_schema",
                .record([
                    ("name", .string("result")), ("schema", type.replySchema),
                    ("strict", .bool(type.isStrict)),
                ])
            ),
        ])
    }
}

extension CollectedReply {
    /// Keeps what a model thinks, which several providers want to be told again with the results of tools: DeepSeek and
    /// Moonshot as text, OpenRouter as a list of parts.
    fileprivate mutating func carry(thinking said: MapValue) {
        if let piece = said[CollectedReply.thinkingText]?.asText, !piece.isEmpty {
            let before = carried[CollectedReply.thinkingText]?.asText ?? ""
            carried[CollectedReply.thinkingText] = .string(before + piece)
        }
        if let parts = said[CollectedReply.thinkingParts]?.asList, !parts.isEmpty {
            let before = carried[CollectedReply.thinkingParts]?.asList ?? []
            carried[CollectedReply.thinkingParts] = .list(before + parts)
        }
    }

    private static let thinkingText = "reasoning_content"
    private static let thinkingParts = "reasoning_details"
    /// Where Gemini signs a call of a model that has thought.
    private static let callSignature = "extra_content"

    /// Takes a piece of a call, or a whole call.
    ///
    /// Servers tell the pieces of different calls apart by `index`, by `id`, or only by a name that begins a new
    /// call; some repeat id and name in every piece.
    fileprivate mutating func add(call: MapValue) {
        // Some servers leave the record `function` out, or call the arguments `parameters`.
        let function = call["function"]?.asMap ?? call
        let name = function["name"]?.asText ?? ""
        let id = call["id"]?.asText ?? ""
        let given = function["arguments"] ?? function["parameters"] ?? .null
        let arguments = given.asText ?? (given.isNull ? "" : JSON.text(given))
        let index = call["index"].flatMap { $0.asInt ?? $0.asText.flatMap { Int($0) } }
        guard let place = placeOfCall(id, index, name) else {
            var begun = Call(id: id, index: index, name: name, arguments: arguments)
            begun.carried[CollectedReply.callSignature] = call[CollectedReply.callSignature]
            return calls.append(begun)
        }
        if let signature = call[CollectedReply.callSignature] {
            calls[place].carried[CollectedReply.callSignature] = signature
        }
        if calls[place].name != name { calls[place].name += name }
        // Some say the whole call again at the end.
        let known = (try? JSON.parse(calls[place].arguments))?.asMap
        guard known == nil || known != (try? JSON.parse(arguments))?.asMap else { return }
        calls[place].arguments += arguments
    }

    /// Which of the calls a piece goes on with; nil when it begins one.
    private func placeOfCall(_ id: String, _ index: Int?, _ name: String) -> Int? {
        if index == nil, !id.isEmpty, let known = calls.lastIndex(where: { $0.id == id }) { return known }
        let place =
            index == nil ? calls.indices.last : calls.lastIndex { $0.index == index }
        guard let place, !name.isEmpty else { return place }
        let call = calls[place]
        if !id.isEmpty, !call.id.isEmpty, id != call.id { return nil }
        if index != nil || !id.isEmpty && id == call.id { return place }
        // Only the name is left: arguments that are whole, or another name, say that a new call begins.
        let isWhole = !call.arguments.isEmpty && (try? JSON.parse(call.arguments)) != nil
        return isWhole || (name != call.name && !call.name.isEmpty) ? nil : place
    }
}
