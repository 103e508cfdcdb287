import AutoChecker
package import AutoRuntime
import AutoSyntax
import Diagnostics
import OrderedCollections
import StepKinds
import Values

/// Reads a file of the automation's folder.
///
/// - Parameter url: a `file:` url.
package typealias ImageFile = @Sendable (_ url: String) async throws(StepFailure) -> [UInt8]

/// Where an automation has no folder.
package let noImageFile: ImageFile = { url throws(StepFailure) in
    throw StepFailure(.file, "`\(url)` cannot be read: there are no files here")
}

/// LLM_CALL, and LOGIC_DECISION with a question.
package struct ModelStep: StepExecutor {
    private let provider: any ModelProvider
    private let imageFile: ImageFile

    /// - Parameter imageFile: reads the images that are given as `file:` urls; left out, there are no files.
    package init(provider: any ModelProvider, imageFile: @escaping ImageFile = noImageFile) {
        self.provider = provider
        self.imageFile = imageFile
    }

    /// Asks the model: for the reply of LLM_CALL, a value of the step's result type, or for the way of LOGIC_DECISION.
    ///
    /// - Throws: what the model's server says, or that the reply does not fit after it has been asked for again.
    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        if work.step.type == .logicDecision { return .value(try await decide(work)) }
        let request = request(of: work, try await messages(work.fields))
        guard let bench = work.tools else { return .value(try await structuredReply(provider, request)) }
        return try await reply(to: request, with: bench)
    }

    private func request(of work: StepWork, _ messages: [Value]) -> ModelRequest {
        var options = MapValue()
        for (name, value) in work.fields.entries {
            guard let name = name.asText, LLMCall.options.contains(where: { $0.name == name }),
                !value.isNull
            else { continue }
            options[name] = value
        }
        var request = ModelRequest(
            model: "", messages: messages, resultType: work.step.resultType, options: options,
            onText: work.onText)
        request.ask(models: models(of: work))
        request.ask(for: work)
        return request
    }

    /// The question with which the step begins; images are counted, and not looked at.
    package func firstQuestion(for work: StepWork) -> ModelQuestion? {
        if work.step.type == .logicDecision { return provider.firstQuestion(decision(work)) }
        let images = (work.fields[LLMCall.images] ?? []).map { (_: Value) in
            Value.record([("image_url", .record([]))])
        }
        let written = [LLMCall.system.name, LLMCall.messages.name, LLMCall.user.name]
        let said = written.compactMap { work.fields[$0] } + [.record([("content", .list(images))])]
        return provider.firstQuestion(request(of: work, said))
    }

    /// Asks the model, has done what it asks for and tells it what came of it, until its reply asks for nothing.
    private func reply(to request: ModelRequest, with bench: ToolBench) async throws(StepFailure)
        -> StepOutcome
    {
        var request = request
        request.options[LLMCall.tools.name] = .list(bench.offers)
        // What runs before this one were told is not asked for again.
        for (place, reply) in bench.replies.enumerated() {
            guard let results = try await bench.results(of: reply, number: place + 1) else { return .waiting }
            request.messages += [reply.message] + results
        }
        var round = bench.replies.count
        while round < bench.maxRounds {
            round += 1
            // The first question of a step stands in the trace already.
            if round > 1 { try await provider.announce(request) }
            var reply: ModelReply
            switch try await modelAnswer(provider, request) {
            case .value(let value):
                return .value(bench.isDeclared ? asking(ModelReply(value.asText ?? ""), bench) : value)
            case .calls(let calls): reply = calls
            }
            reply.distinguishCalls(round: round)
            if bench.isForOthers(reply) { return .value(asking(reply, bench)) }
            // Nobody would hear what they give, and some of them change something outside.
            if round == bench.maxRounds { throw tooManyRounds(bench, asking: reply.calls.map(\.name)) }
            guard let results = try await bench.results(of: reply, number: round) else { return .waiting }
            request.messages += [reply.message] + results
        }
        throw tooManyRounds(bench, asking: bench.replies.last?.calls.map(\.name) ?? [])
    }

    private func tooManyRounds(_ bench: ToolBench, asking tools: [String]) -> StepFailure {
        let times = bench.maxRounds == 1 ? "once" : "\(bench.maxRounds) times"
        var names: [String] = []
        for tool in tools where !names.contains(tool) { names.append(tool) }
        return StepFailure(
            .maxRounds,
            "the model was asked \(times) and still asks for \(inWords(names, joiner: "and")): write a larger `max_rounds`, or ask for less"
        )
    }

    /// What the step gives where others carry out what the model asks for.
    private func asking(_ reply: ModelReply, _ bench: ToolBench) -> Value {
        .record([
            ("text", .string(reply.text)),
            (
                "calls",
                .list(
                    reply.calls.map { call in
                        .record([
                            ("id", .string(call.id)), ("name", .string(call.name)),
                            ("arguments", bench.arguments(of: call)),
                        ])
                    })
            ),
        ])
    }

    /// - Returns: the model that the step means, told apart from models of the same name elsewhere.
    package func model(for work: StepWork) -> String { provider.identity(of: models(of: work)) }

    /// The models as the step names them; none where it leaves that to the settings.
    private func models(of work: StepWork) -> [String] {
        (work.step.type == .logicDecision ? work[LogicDecision.model] : work[LLMCall.model]) ?? []
    }

    private func decide(_ work: StepWork) async throws(StepFailure) -> Value {
        try await structuredReply(provider, decision(work))
    }

    private func decision(_ work: StepWork) -> ModelRequest {
        let labels = work.step.branches.map(\.label)
        let question = work[LogicDecision.question] ?? ""
        var request = ModelRequest(
            model: "",
            messages: [
                message(
                    "system",
                    .string(
                        "Decide. Answer with exactly one of these labels and nothing else: \(labels.joined(separator: ", "))"
                    )),
                message("user", .string(question)),
            ], resultType: .oneOf(labels), onText: work.onText)
        request.ask(models: models(of: work))
        request.ask(for: work)
        return request
    }

    private func message(_ role: String, _ content: Value) -> Value {
        .record([("role", .string(role)), ("content", content)])
    }

    private func messages(_ fields: MapValue) async throws(StepFailure) -> [Value] {
        var messages: [Value] = []
        if let system = fields[LLMCall.system] { messages.append(message("system", .string(system))) }
        if let given = fields[LLMCall.messages] {
            for (place, entry) in given.enumerated() {
                guard let map = entry.asMap, let role = map["role"]?.asText,
                    LLMCall.roles.contains(role), MessageContent.isGiven(map["content"])
                else {
                    throw StepFailure(
                        .field,
                        "`messages[\(place)]` is a record { role, content } with the role system, user or assistant and a content that is a text or a list of parts { type: \"text\", text }, found \(describe(entry))"
                    )
                }
                messages.append(entry)
            }
            guard !messages.isEmpty else { throw StepFailure(.field, "`messages` is empty") }
        } else {
            messages.append(message("user", .string(fields[LLMCall.user] ?? "")))
        }
        let images = try await images(fields)
        guard !images.isEmpty else { return messages }
        guard let last = messages.lastIndex(where: { $0.asMap?["role"]?.asText == "user" }) else {
            throw StepFailure(
                .field, "`images` belong to what the user says, and `messages` has no such entry")
        }
        var shown = messages[last].asMap ?? MapValue()
        let said = shown["content"]?.asList ?? [MessageContent.part(shown["content"]?.asText ?? "")]
        shown["content"] = .list(said + images)
        messages[last] = .map(shown)
        return messages
    }

    /// The field `images` as parts of a message, in OpenAI's form.
    private func images(_ fields: MapValue) async throws(StepFailure) -> [Value] {
        var parts: [Value] = []
        for (place, image) in (fields[LLMCall.images] ?? []).enumerated() {
            let url = try await imageAddress(image, "images[\(place)]", imageFile)
            parts.append(
                .record([("type", .string("image_url")), ("image_url", .record([("url", .string(url))]))]))
        }
        return parts
    }
}

extension ModelReply {
    /// Gives each call an id of its own where a server gives none, or the same to several: what tools give is told by it.
    fileprivate mutating func distinguishCalls(round: Int) {
        var known: Set<String> = []
        for place in calls.indices where calls[place].id.isEmpty || !known.insert(calls[place].id).inserted {
            calls[place].id = "call_\(round)_\(place + 1)"
        }
    }
}
