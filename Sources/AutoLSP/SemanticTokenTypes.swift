import Values

/// What a token of a file is to who reads it, in the order of the legend that the client is told.
enum SemanticTokenType: String, CaseIterable {
    case keyword
    case type
    /// A step's name.
    case step = "class"
    /// The name of a field, a setting or a branch.
    case field = "property"
    /// An input or a secret.
    case input = "parameter"
    case variable
    case function
    case text = "string"
    case number
    case comment
    case sign = "operator"
    /// A program that is taken letter for letter.
    case program = "regexp"

    static var legend: Value {
        .record([
            ("tokenTypes", .list(allCases.map { .string($0.rawValue) })),
            ("tokenModifiers", .list([.string("declaration")])),
        ])
    }

    /// Its place in the legend.
    var number: Int { SemanticTokenType.allCases.firstIndex(of: self) ?? 0 }
}
