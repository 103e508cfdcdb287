package import AutoSyntax
package import CEL
package import Values

/// Everything that is known of a step type but its work.
///
/// The checker, `autorun plan`, `autorun test`, the editors and the reference read it; each type has a file of its own.
package struct StepKind: Sendable {
    package let type: StepType
    /// A sentence about what the step does, for hover and completion.
    package let summary: String
    package let fields: [StepField]
    /// Fields that stand for one another.
    package var groups: [FieldGroup] = []
    /// Fields that only mean something beside another.
    package var companions: [Companion] = []
    /// Headers, in small letters, that a request of the step sets itself, so that nobody may write them.
    package var ownHeaders: Set<String> = []
    /// The branches of a decision as the reference writes them; nil for types that have none.
    package var branches: String?

    /// Whether `result: TYPE` may be set.
    package var takesResult = true
    /// What the step gives, for the reference and for findings.
    package let gives: String
    /// The type of what a step gives where no `result` is set; the closure gives the type of an expression.
    package let result: @Sendable (Step, (Expression) -> Type) -> Type
    /// The type of a test's reply where no `result` is set.
    package var reply: @Sendable (Step) -> Type = { _ in .dyn }
    /// A reply to paste into a test where no `result` is set.
    package var sampleReply = Value.string("…")

    /// How a step leaves the machine; nil when it stays.
    package var wayOut: @Sendable (GivenFields, DefaultModels) -> WayOut? = { _, _ in nil }
    /// Whether a step changes something outside, so that it is not done twice for nothing.
    package var changesOutside: @Sendable (GivenFields) -> Bool = { _ in false }
    /// Whether its result holds text from outside.
    package var outsideText: @Sendable (GivenFields) -> OutsideText = { _ in .passedOn }

    /// Whether a step asks a model for a reply, which is paid for.
    package var asksModel: @Sendable (GivenFields) -> Bool = { _ in false }
    /// How long a result is taken to be, in bytes, where nothing is known of it.
    package let assumedResult: @Sendable (Step) -> Int

    /// Whether the step's result is made of its fields alone, so that even a test lets it run.
    package var isPure: @Sendable (GivenFields) -> Bool = { _ in false }
    /// Whether the interpreter does the step itself, without an executor.
    package var isInPlace: @Sendable (GivenFields) -> Bool = { _ in false }
    /// What the step does only for its result, as the end of a sentence; nil when it has another effect.
    package let work: @Sendable (Step, GivenFields) -> String?

    /// A step of the type as a file has it, which goes to `end` and needs nothing around it but START.
    package let sample: String

    package subscript(name: String) -> StepField? { fields.first { $0.name == name } }

    /// Whether a step of the type needs a field, as it stands behind the field's name in a list of fields.
    package func need(of field: StepField) -> FieldNeed {
        if field.isRequired { return .required }
        guard let group = groups.first(where: { $0.needsOne && $0.names.contains(field.name) }) else {
            return .optional
        }
        return .oneOf(group.names)
    }

    /// The names of the fields that have a role.
    package func names(of role: FieldRole) -> [String] {
        fields.filter { $0.roles.contains(role) }.map(\.name)
    }

    /// What a step type is, as its file in `Kinds` says.
    package static func of(_ type: StepType) -> StepKind {
        switch type {
        case .start: Start.kind
        case .llmCall: LLMCall.kind
        case .getUserInput: GetUserInput.kind
        case .logicDecision: LogicDecision.kind
        case .embeddingSearch: EmbeddingSearch.kind
        case .restAPI: RestAPI.kind
        case .webScrape: WebScrape.kind
        case .python: Python.kind
        case .textToJSON: TextToJSON.kind
        case .dataTransform: DataTransform.kind
        }
    }

    /// All ten, in the order in which the reference lists them.
    package static var all: [StepKind] { StepType.allCases.map(of) }
}

/// Whether a step needs a field.
package enum FieldNeed: Sendable, Hashable {
    case required
    /// One of these fields is needed, and this is one of them.
    case oneOf([String])
    case optional

    /// In words, for example ``one of `url` and `html` is needed``; nil where nothing is needed.
    package var words: String? {
        switch self {
        case .required: "needed"
        case .oneOf(let names): "one of \(names.map { "`\($0)`" }.joined(separator: " and ")) is needed"
        case .optional: nil
        }
    }
}

/// Fields that stand for one another.
package struct FieldGroup: Sendable, Hashable {
    package let names: [String]
    /// Whether one of them must be there.
    package let needsOne: Bool
    /// Whether at most one of them may be written.
    package var excludes = true
}

/// A field that goes with another one.
package struct Companion: Sendable, Hashable {
    package enum Bond: Sendable, Hashable {
        /// Without the other, the field means nothing.
        case meaningless
        /// Without the other, the field cannot do its work.
        case unable
    }

    package let name: String
    package let other: String
    package let bond: Bond
    /// A field that does as well as the other; nil for none.
    package var instead: String?
}

/// Whether a step's result holds text that others than the author wrote.
package enum OutsideText: Sendable, Hashable {
    /// The result holds no free text.
    case none
    /// The result may hold whatever stands in the step's own fields.
    case passedOn
    /// The step itself brings text in; the words say from where, for example `a page`.
    case brought(from: String)
}

extension Step {
    /// The fields as they stand in the file.
    package var given: GivenFields { GivenFields(self) }

    /// What is known of the step's type; nil where the type written is none of the ten.
    package var kind: StepKind? { type.map(StepKind.of) }

    /// How the step leaves the machine; nil when it stays.
    package func wayOut(_ defaults: DefaultModels) -> WayOut? { kind?.wayOut(given, defaults) }

    /// Whether the step asks a model for a reply.
    package var asksModel: Bool { kind?.asksModel(given) ?? false }

    /// The value of a field.
    package func field<Content>(_ key: Key<Content>) -> FieldValue? { field(key.name) }
}
