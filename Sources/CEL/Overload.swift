package import Values

/// One form of a function: what it takes, what it gives, and how it works.
package struct Overload: Sendable {
    /// The function's name, with its namespace where it has one.
    package let name: String
    /// `target.name(…)`; the target is the first parameter.
    package let isMethod: Bool
    /// The types of what it takes, in order.
    package let parameters: [Type]
    /// More arguments of the last parameter's type may follow.
    package let isVariadic: Bool
    /// The type of what it gives.
    package let result: Type
    /// Pays the frame for what it makes beyond the size of its arguments.
    let apply: @Sendable ([Value], inout Frame) throws(EvaluationError) -> Value

    func takes(_ count: Int) -> Bool {
        isVariadic ? count >= parameters.count : count == parameters.count
    }

    func parameter(_ index: Int) -> Type { parameters[min(index, parameters.count - 1)] }

    func accepts(_ arguments: [Value]) -> Bool {
        for (index, argument) in arguments.enumerated() where !parameter(index).holds(argument) {
            return false
        }
        return true
    }
}

extension Type {
    /// Whether a value is of this type, looking no deeper than its outermost kind.
    func holds(_ value: Value) -> Bool {
        switch (self, value) {
        case (.dyn, _), (.unknown, _), (.parameter, _): true
        case (.null, .null), (.bool, .bool), (.int, .int), (.uint, .uint), (.double, .double): true
        case (.string, .string), (.oneOf, .string), (.bytes, .bytes), (.type, .type): true
        case (.timestamp, .timestamp), (.duration, .duration), (.list, .list): true
        case (.map, .map), (.record, .map), (.optional, .optional): true
        default: false
        }
    }
}

func function(
    _ name: String, _ parameters: [Type], _ result: Type, variadic: Bool = false,
    _ apply: @escaping @Sendable ([Value]) throws(EvaluationError) -> Value
) -> Overload {
    Overload(
        name: name, isMethod: false, parameters: parameters, isVariadic: variadic, result: result,
        apply: { (values, _) throws(EvaluationError) in try apply(values) })
}

func method(
    _ name: String, _ parameters: [Type], _ result: Type,
    _ apply: @escaping @Sendable ([Value]) throws(EvaluationError) -> Value
) -> Overload {
    Overload(
        name: name, isMethod: true, parameters: parameters, isVariadic: false, result: result,
        apply: { (values, _) throws(EvaluationError) in try apply(values) })
}

/// A function or method that may make much more than it is given, or take long, and therefore pays as it goes.
func paying(
    _ name: String, isMethod: Bool, _ parameters: [Type], _ result: Type,
    _ apply: @escaping @Sendable ([Value], inout Frame) throws(EvaluationError) -> Value
) -> Overload {
    Overload(
        name: name, isMethod: isMethod, parameters: parameters, isVariadic: false, result: result,
        apply: apply)
}

/// Every function of the language by name, the standard's and the extensions'.
package struct FunctionTable: Sendable {
    private let functions: [String: [Overload]]
    private let methods: [String: [Overload]]

    /// All functions that an expression may call.
    package static let standard = FunctionTable(
        conversionFunctions + standardFunctions + timeFunctions + textFunctions + mathFunctions
            + optionalFunctions
            + encoderFunctions + listFunctions + setFunctions + regexFunctions + webFunctions + csvFunctions
            + timeTextFunctions
            + additions)

    init(_ overloads: [Overload]) {
        functions = Dictionary(grouping: overloads.filter { !$0.isMethod }, by: \.name)
        methods = Dictionary(grouping: overloads.filter(\.isMethod), by: \.name)
    }

    /// The forms of a function, or of a method; empty for a name that there is not.
    package func overloads(_ name: String, isMethod: Bool) -> [Overload] {
        (isMethod ? methods[name] : functions[name]) ?? []
    }

    /// The names of all functions, or of all methods, in the order of the alphabet.
    package func names(isMethod: Bool) -> [String] { (isMethod ? methods : functions).keys.sorted() }
}

/// A value's text as `string()` gives it, a list or a map as compact JSON, null as `null`.
///
/// - Throws: `invalidArgument` for bytes that are not UTF-8.
package func textOf(_ value: Value) throws(EvaluationError) -> String {
    guard let text = value.text else {
        throw EvaluationError(.invalidArgument, "these bytes are not UTF-8")
    }
    return text
}
