import AutoChecker
package import AutoRuntime
import AutoSyntax
import OrderedCollections
import Values

/// LLM_CALL, and LOGIC_DECISION with a question.
package struct ModelStep: StepExecutor {
    private let provider: any ModelProvider

    package init(provider: any ModelProvider) { self.provider = provider }

    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let model = work.fields["model"]?.asText ?? "default"
        if work.step.type == .logicDecision { return .value(try await decide(work, model)) }
        var options = MapValue()
        for (name, value) in work.fields.entries {
            guard let name = name.asText,
                ["temperature", "max_tokens", "seed", "stop", "tools"].contains(name), !value.isNull
            else { continue }
            options[name] = value
        }
        var request = ModelRequest(
            model: model, messages: try messages(work.fields), resultType: work.step.resultType,
            options: options, onText: work.onText)
        request.step = work.step.name
        return .value(try await structuredReply(provider, request))
    }

    private func decide(_ work: StepWork, _ model: String) async throws(StepFailure) -> Value {
        let labels = work.step.branches.map(\.label)
        let question = (work.fields["question"]?.asText ?? "")
        var request = ModelRequest(
            model: model,
            messages: [
                message(
                    "system",
                    .string(
                        "Decide. Answer with exactly one of these labels and nothing else: \(labels.joined(separator: ", "))"
                    )),
                message("user", .string(question)),
            ], resultType: .oneOf(labels), onText: work.onText)
        request.step = work.step.name
        return try await structuredReply(provider, request)
    }

    private func message(_ role: String, _ content: Value) -> Value {
        .record([("role", .string(role)), ("content", content)])
    }

    private func messages(_ fields: MapValue) throws(StepFailure) -> [Value] {
        var messages: [Value] = []
        if let system = fields["system"]?.asText { messages.append(message("system", .string(system))) }
        if let given = fields["messages"]?.asList {
            for (place, entry) in given.enumerated() {
                guard let map = entry.asMap, let role = map["role"]?.asText,
                    ["system", "user", "assistant"].contains(role), map["content"]?.asText != nil
                else {
                    throw StepFailure(
                        "field",
                        "`messages[\(place)]` is a record { role, content } with the role system, user or assistant, found \(describe(entry))"
                    )
                }
                messages.append(entry)
            }
            guard !messages.isEmpty else { throw StepFailure("field", "`messages` is empty") }
            return messages
        }
        let images = (fields["images"]?.asList ?? []).compactMap(\.asText)
        let user = Value.string(fields["user"]?.asText ?? "")
        guard !images.isEmpty else { return messages + [message("user", user)] }
        let parts =
            [Value.record([("type", .string("text")), ("text", user)])]
            + images.map {
                .record([("type", .string("image_url")), ("image_url", .record([("url", .string($0))]))])
            }
        return messages + [message("user", .list(parts))]
    }
}
