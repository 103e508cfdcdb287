import AutoChecker
import AutoRuntime
import OrderedCollections
import StepKinds
import Values

extension ModelServer {
    /// Adds the fields that the settings and the step want besides. The settings add what the question does not
    /// say yet; the `extra` of a step is nearer to it than all else.
    func addFields(to body: inout MapValue, _ request: ModelRequest) {
        for (name, value) in provider.settings.extra.sorted(by: { $0.key < $1.key })
        where body[name] == nil {
            body[name] = value
        }
        for (name, value) in request.options[LLMCall.extra]?.entries ?? [:] { body[key: name] = value }
    }

    /// - Throws: kind `field` where a step's `extra` names what it cannot say.
    func checkExtra(_ request: ModelRequest) throws(StepFailure) {
        let given = request.options[LLMCall.extra]
        guard let name = ProviderSettings.fixedFields.first(where: { given?[$0] != nil }) else { return }
        throw StepFailure(
            .field,
            "`extra` cannot say `\(name)`, which the step itself says: leave it out")
    }
}

/// A function that a model may ask for, in the form of its provider, whichever form the file has it in.
enum ToolForm {
    /// `{ type: "function", function: { name, description, parameters } }`
    static func openAI(_ tool: Value) -> Value {
        guard let map = tool.asMap, map["function"] == nil, let name = map["name"],
            map["type"].map({ $0.asText == "function" || $0.asText == "custom" }) ?? true
        else { return tool }
        var function = MapValue(record: [("name", name)])
        function["description"] = map["description"]
        function["parameters"] = map["parameters"] ?? map["input_schema"]
        function["strict"] = map["strict"]
        return .record([("type", .string("function")), ("function", .map(function))])
    }

    /// `{ name, description, input_schema }`
    static func anthropic(_ tool: Value) -> Value {
        guard let map = tool.asMap,
            let function = map["function"]?.asMap ?? (map["input_schema"] == nil ? map : nil),
            let name = function["name"], map["type"].map({ $0.asText == "function" }) ?? true
        else { return tool }
        var form = MapValue(record: [("name", name)])
        form["description"] = function["description"]
        form["input_schema"] =
            function["parameters"] ?? .record([("type", .string("object")), ("properties", .record([]))])
        return .map(form)
    }
}
