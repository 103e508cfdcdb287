package import AutoChecker
package import CEL
import Diagnostics
import OrderedCollections
import StepKinds
package import Values

/// Why something that changes the world outside may not be done with what it is given; nil where it may.
///
/// It takes text from outside only in the fields that the author names: whoever wrote the text could otherwise say what
/// is changed. Numbers, truths and choices have no marks, so they are never held back.
///
/// - Parameters:
///   - marks: what went into the fields, by their paths, such as `body.note`.
///   - trusted: the paths that the author names; each stands for all that is under it.
///   - mend: what helps besides trusting the field.
///   - what: the step or the tool, as the message names it: "`post`", "the tool `send_money`".
package func untrusted(
    _ marks: [String: Marks], trusted: [String], by what: String,
    otherwise mend: String = "give it a type that has no room for instructions (int, number, bool, one_of)"
) -> StepFailure? {
    let refused = marks.filter { path, marks in
        !marks.origins.isEmpty && !trusted.contains { covers($0, path) }
    }
    guard !refused.isEmpty else { return nil }
    let paths = refused.keys.sorted()
    let origins = Marks(all: refused.values).origins
    let names = inWords(paths, joiner: "and")
    let written = paths.map(jsonString).joined(separator: ", ")
    var failure = StepFailure(
        .untrusted,
        "\(what) changes something outside, and \(names) \(paths.count == 1 ? "holds" : "hold") text from "
            + "\(inWords(origins)): name what may hold such text in the step's settings, trust: [\(written)], "
            + "or \(mend)")
    failure.origins = origins
    return failure
}

/// What goes with the parts of a value that as a whole was made from outside text: with its texts everything, with
/// numbers, truths and choices nothing.
///
/// - Parameters:
///   - path: where the value stands, such as the name of an argument.
///   - type: what is known of the value; nil where nothing is. Its choices must have been checked against it.
/// - Returns: the marks by the paths of the parts; elements of a list have the path of the list.
package func marks(of value: Value, at path: String, _ type: DataType?, _ marks: Marks) -> [String: Marks] {
    if let type, type.expressionType.hasNoRoomForText { return [:] }
    if value.hasNoRoomForText { return [:] }
    guard case .map(let map) = value else { return [path: marks] }
    var fields: [DataField]?
    if case .record(let declared, _)? = type { fields = declared }
    var found: [String: Marks] = [:]
    for (key, part) in map.entries {
        let name = JSON.keyText(key)
        let declared = fields?.first { $0.name == name }
        // The name of a part is a text, too, where no type says which there are.
        guard declared != nil else { return [path: marks] }
        found.merge(AutoRuntime.marks(of: part, at: path + "." + name, declared?.type, marks)) { one, _ in one
        }
    }
    return found
}

/// The steps that brought text in, with what they are, in their order.
func inWords(_ origins: Set<Origin>) -> String {
    inWords(origins.sorted().map { "\($0.words) (\($0.source))" }, quoted: "", joiner: "and")
}

extension Origin {
    /// The step in words, with the automation that it is of where that is another one.
    package var words: String {
        var name = Substring(step)
        var levels = 0
        while name.hasPrefix(Origin.caller) {
            name = name.dropFirst(Origin.caller.count)
            levels += 1
        }
        switch levels {
        case 0: return "`\(name)`"
        case 1: return "`\(name)` of the calling automation"
        default: return "`\(name)` of an automation that called the calling one"
        }
    }

    /// What stands before the name of a step of the automation that calls.
    static let caller = "../"

    /// The same as the automation sees it that this one calls.
    var enteringCall: Origin { Origin(step: Origin.caller + step, source: source) }

    /// The same as the automation sees it that has called this one, by a step.
    func leavingCall(of call: String) -> Origin {
        let name =
            step.hasPrefix(Origin.caller) ? String(step.dropFirst(Origin.caller.count)) : call + "." + step
        return Origin(step: name, source: source)
    }
}
