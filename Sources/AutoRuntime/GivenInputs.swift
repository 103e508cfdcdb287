package import AutoChecker
import Diagnostics
import OrderedCollections
package import Values

/// Why given inputs do not fit an automation.
package struct InputProblem: Error, Sendable {
    /// What is wrong with an input.
    package enum Kind: Sendable, Hashable {
        /// The automation has none of that name.
        case unknown
        /// It was not given, and has no default.
        case missing
        /// Its value is not of its type.
        case misfit
    }

    package let kind: Kind
    /// The input's name.
    package let input: String
    /// A sentence without a full stop.
    package let message: String
}

/// The inputs as given, each fitted to its type, defaults filled in, in the order of their declaration.
///
/// - Throws: the first that does not fit.
package func fittedInputs(_ declared: [CheckedInput], _ given: MapValue) throws(InputProblem) -> Value {
    let (inputs, problems) = fitInputs(declared, given)
    if let first = problems.first { throw first }
    return .map(inputs)
}

/// The inputs as given, those fitted that do fit, and what is wrong with each of the others.
///
/// A name that is near to that of an input which was not given is one slip, and so one problem.
package func fitInputs(_ declared: [CheckedInput], _ given: MapValue) -> (MapValue, [InputProblem]) {
    var problems: [InputProblem] = []
    var meant: Set<String> = []
    for key in given.entries.keys {
        let name = JSON.keyText(key)
        guard !declared.contains(where: { $0.name == name }) else { continue }
        let names = declared.map(\.name)
        let near = nearestName(to: name, in: names)
        if let near { meant.insert(near) }
        let known =
            names.isEmpty ? ": the automation takes none" : ": there are \(inWords(names, joiner: "and"))"
        let advice = near.map { ": did you mean `\($0)`?" } ?? known
        problems.append(
            InputProblem(kind: .unknown, input: name, message: "there is no input `\(name)`" + advice))
    }
    var inputs = MapValue()
    for input in declared {
        guard let found = given[input.name] ?? input.defaultValue else {
            if !meant.contains(input.name) { problems.append(.missing(input)) }
            continue
        }
        do throws(Misfit) {
            inputs[input.name] = try input.type.fit(found, extras: .refused)
        } catch {
            problems.append(
                InputProblem(
                    kind: .misfit, input: input.name,
                    message:
                        "the input `\(input.name)` does not fit its type \(input.type.text): \(error.text)"
                ))
        }
    }
    return (inputs, problems)
}

extension InputProblem {
    fileprivate static func missing(_ input: CheckedInput) -> InputProblem {
        let about = input.documentation.map { " (\($0))" } ?? ""
        return InputProblem(
            kind: .missing, input: input.name,
            message: "the input `\(input.name)`\(about) is missing, of type \(input.type.text)")
    }
}
