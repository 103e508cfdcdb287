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
package func fittedInputs(_ declared: [CheckedInput], _ given: MapValue) throws(InputProblem) -> Value {
    for key in given.entries.keys {
        let name = JSON.keyText(key)
        guard !declared.contains(where: { $0.name == name }) else { continue }
        let names = declared.map(\.name)
        let near = nearestName(to: name, in: names).map { ": did you mean `\($0)`?" }
        let known =
            names.isEmpty ? ": the automation takes none" : ": there are \(inWords(names, joiner: "and"))"
        throw InputProblem(
            kind: .unknown, input: name, message: "there is no input `\(name)`" + (near ?? known))
    }
    var inputs = MapValue()
    for input in declared {
        guard let found = given[input.name] ?? input.defaultValue else {
            let about = input.documentation.map { " (\($0))" } ?? ""
            throw InputProblem(
                kind: .missing, input: input.name,
                message: "the input `\(input.name)`\(about) is missing, of type \(input.type.text)")
        }
        do throws(Misfit) {
            inputs[input.name] = try input.type.fit(found, extras: .refused)
        } catch {
            throw InputProblem(
                kind: .misfit, input: input.name,
                message: "the input `\(input.name)` does not fit its type \(input.type.text): \(error.text)")
        }
    }
    return .map(inputs)
}
