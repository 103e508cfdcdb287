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
        if let asking = reply.askingInHarmony(for: tools) { return asking }
        return try reply.answer(from: server).withCalls(inTextOf: tools).naming(tools)
    }

    /// Takes a piece of a streamed reply, or a whole reply of a server that does not stream.
    private func read(_ event: MapValue, _ name: String, into reply: inout CollectedReply) {
        let groq = event["x_groq"]?.asMap
        let usages = [event["usage"], event["choices"]?.asList?.first?.asMap?["usage"], groq?["usage"]]
        if let usage = usages.lazy.compactMap({ $0?.asMap }).first { reply.use(openAI: usage) }
        reply.endsWithUsage =
            event["choices"]?.asList?.isEmpty == true
            && (event["usage"]?.asMap?["completion_tokens"]?.asInt ?? 0) > 0
        reply.model = event["model"]?.asText ?? reply.model
        // Groq tells here why it has stopped a reply before its end.
        if let error = groq?["error"].flatMap({ ServerError(in: .record([("error", $0)])) }) {
            reply.broken = .brokeOff(message: error.words)
        }
        for choice in choices(of: event, &reply) { read(choice: choice, into: &reply) }
    }

    private func read(choice: MapValue, into reply: inout CollectedReply) {
        // Google wrote the name in its own way.
        if let reason = choice["finish_reason"]?.asText ?? choice["finishReason"]?.asText {
            reply.end(reason)
        }
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
        let given = said["tool_calls"]
        let calls = (given?.asList ?? given?.asMap.map { [.map($0)] } ?? []).map { $0.asMap ?? MapValue() }
        if delta == nil { reply.add(whole: calls) } else { for call in calls { reply.add(call: call) } }
        if let call = said["function_call"]?.asMap {
            reply.add(call: MapValue(record: [("function", .map(call))]))
        }
    }

    /// The parts of an event that belong to the reply: always the same choice, where a server gives several; some give its
    /// pieces in two parts of one event.
    private func choices(of event: MapValue, _ reply: inout CollectedReply) -> [MapValue] {
        let choices = (event["choices"]?.asList ?? []).compactMap(\.asMap).map {
            (number: $0["index"]?.asInt ?? 0, choice: $0)
        }
        reply.choice = reply.choice ?? choices.map(\.number).min()
        reply.counted.take(choices, hasEnded: reply.ending != nil)
        return choices.filter { $0.number == reply.choice }.map(\.choice)
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
        messages.wishing(type.wishForModels(asObject: asObject))
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
