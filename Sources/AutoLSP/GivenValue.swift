import AutoChecker
import AutoSyntax
import Diagnostics
import StepKinds
import Values

/// What can stand at a place among the values that a test gives: its inputs, replies and answers.
struct GivenValue {
    /// The keys that the record at the place may have, each with a word about its value.
    let keys: [(name: String, detail: String)]
    /// The texts to choose from at the place.
    let texts: [String]
    /// The values to choose from as they are written, those texts among them.
    let values: [String]

    /// Nil where the place is in none of these values.
    init?(_ context: CompletionContext, _ model: SemanticModel) {
        guard let word = context.testWord else { return nil }
        switch word {
        case .expect: return nil
        case .now: self.init(nil, keys: [])
        case .inputs where context.path.count == 1:
            let inputs = model.automation.inputs
            self.init(
                nil,
                keys: inputs.compactMap { input in
                    model.inputType(input.name.text).map { (input.name.text, $0.text) }
                })
        case .inputs, .replies, .answers:
            guard context.path.count > 1 else {
                self.init(nil, keys: [])
                return
            }
            let parts = context.path.dropFirst(2)
            let whole = model.testedType(context.path[1], in: word)
            let canFail = word == .replies && parts.first == TestReply.errorKey
            if canFail, parts.count <= 2 {
                self.init(failing: parts)
                return
            }
            var type = parts.reduce(whole) { type, name in type?.field(name) }
            if context.before.beginElement, case .list(let element) = type { type = element }
            // A step that is asked for can fail instead of giving its value.
            let failure = word == .replies && parts.isEmpty ? [(TestReply.errorKey, "the step fails")] : []
            self.init(type, keys: failure)
        }
    }

    private init(_ type: DataType?, keys: [(name: String, detail: String)]) {
        var fields: [(name: String, detail: String)] = []
        texts = if case .oneOf(let values) = type { values } else { [] }
        if case .record(let own, _) = type {
            fields = own.map { ($0.name, $0.type.text + ($0.isOptional ? "?" : "")) }
        }
        self.keys = fields + keys
        values = type == .bool ? ["true", "false"] : texts.map(jsonString)
    }

    /// Inside `error: …`, the failure of a step.
    private init(failing parts: ArraySlice<String>) {
        keys = parts.count == 1 ? [("kind", "text"), ("message", "text")] : []
        texts = parts.last == "kind" ? FailureKind.words : []
        values = texts.map(jsonString)
    }
}

extension DataType {
    /// The type of a record's field; nil where it has none of that name.
    fileprivate func field(_ name: String) -> DataType? {
        guard case .record(let fields, _) = self else { return nil }
        return fields.first { $0.name == name }?.type
    }
}
