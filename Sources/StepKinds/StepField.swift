package import Values

/// What a field of a prompt_template takes.
package enum FieldKind: Sendable, Hashable {
    case text
    case int
    case number
    case bool
    case any
    case record
    case list
    case textOrList
    case numberOrText
    case boolOrRecord
    case duration
    case choice([String])
    case program
    case selector

    /// What a field of this kind takes, in words, for example `a whole number`.
    ///
    /// - Parameter inWords: writes the values that can be chosen as a list.
    package func words(_ inWords: ([String]) -> String) -> String {
        switch self {
        case .text: "a text"
        case .int: "a whole number"
        case .number: "a number"
        case .bool: "true or false"
        case .any: "any value"
        case .record: "a record"
        case .list: "a list"
        case .textOrList: "a text or a list"
        case .numberOrText: "a number or a text"
        case .boolOrRecord: "true, or a record"
        case .duration: "a duration"
        case .choice(let values): inWords(values)
        case .program: "a program in quotes"
        case .selector: "selectors"
        }
    }

    /// Whether a field of this kind can do something with a value that is known only when it runs.
    package func takes(_ value: Value) -> Bool {
        switch self {
        case .text, .program, .choice: value.asText != nil
        case .int: value.asInt != nil
        case .number: value.asDouble != nil
        case .bool: value.asBool != nil
        case .any, .selector: true
        case .record: value.asMap != nil
        case .list: value.asList != nil
        case .textOrList: value.asText != nil || value.asList != nil
        case .numberOrText: value.asText != nil || value.asDouble != nil
        case .boolOrRecord: value.asBool != nil || value.asMap != nil
        case .duration:
            if case .duration = value { true } else { value.asText != nil || value.asDouble != nil }
        }
    }
}

/// What is special about a field, for the checks that look at more than its kind.
package enum FieldRole: Sendable, Hashable {
    /// The step needs it.
    case required
    /// A model reads it, so its length is paid for.
    case prompt
    /// A secret may stand in it.
    case secrets
    /// A url: text from outside at its beginning would choose the server.
    case host
    /// A record of headers: text from outside in a header would be obeyed by the server.
    case header
    /// Text from outside in it would run as Python.
    case code
    /// Text from outside in it would run as a jq program or a regular expression.
    case program
    /// The model obeys it, so no text from outside belongs there.
    case system
    /// The name of a file: text from outside in it would choose which one.
    case path
    /// A list of { role, content }, of which the `system` ones are obeyed.
    case conversation
}

/// A field of a step type, as the checker, the editors and the reference know it.
package struct StepField: Sendable, Hashable {
    package let name: String
    package let kind: FieldKind
    package let roles: Set<FieldRole>
    /// What counts where the field is left out, for the reference; nil where the documentation says it or nothing does.
    package let usual: String?
    /// A clause for help, hover and completion.
    package let documentation: String

    package var isRequired: Bool { roles.contains(.required) }
}
