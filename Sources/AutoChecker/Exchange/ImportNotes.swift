import AutoSyntax
import Diagnostics
import OrderedCollections
package import Values

/// What of the API's JSON is not in the text that was made of it, a line each, with its place in the JSON.
///
/// - Parameter value: the JSON, which has been imported.
package func importNotes(_ value: Value, _ imported: ImportedAutomation) -> [String] {
    guard let map = value.asMap, let version = map["current_version"]?.asMap else { return [] }
    let steps = (version["steps"]?.asList ?? []).compactMap(\.asMap)
    let transitions = (version["step_transitions"]?.asList ?? []).compactMap(\.asMap)
    var notes = ImportNotes()
    notes.unknown(map, APIKeys.automation, "")
    notes.unknown(version, APIKeys.version, "current_version")
    if let sessions = map["sessions"]?.asList, !sessions.isEmpty {
        notes.add("sessions", "a file has none: \(sessions.count) of them are left out")
    }
    notes.foreignIDs(steps, "current_version.steps")
    notes.foreignIDs(transitions, "current_version.step_transitions")
    let names = Dictionary(
        imported.stepIDs.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    let types = stepTypes(steps)
    for (place, step) in steps.enumerated() {
        let path = "current_version.steps[\(place)]"
        notes.unknown(step, APIKeys.step, path)
        guard let id = step["id"]?.asText, let given = step["name"]?.asText else { continue }
        if let name = names[id], name != given {
            notes.add(path + ".name", "\"\(given)\" can be no step's name here, so it is `\(name)`")
        }
    }
    for (place, transition) in transitions.enumerated() {
        let path = "current_version.step_transitions[\(place)]"
        notes.unknown(transition, APIKeys.transition, path)
        let type = transition["source_step_id"]?.asText.flatMap { types[$0] }
        notes.lost(transition["label"]?.asText ?? "", from: type, path)
    }
    return notes.lines
}

/// The first transition of the API's JSON that its step does not lead on by, so that the text goes on without it.
///
/// - Returns: its place in the JSON, and what is wrong with it.
package func lostTransition(_ value: Value) -> (path: String, words: String)? {
    let version = value.asMap?["current_version"]?.asMap
    let types = stepTypes((version?["steps"]?.asList ?? []).compactMap(\.asMap))
    for (place, transition) in (version?["step_transitions"]?.asList ?? []).enumerated() {
        guard let map = transition.asMap, let source = map["source_step_id"]?.asText,
            let words = ImportNotes.loss(map["label"]?.asText ?? "", from: types[source])
        else { continue }
        return ("current_version.step_transitions[\(place)].label", words)
    }
    return nil
}

/// The types of steps, by the ids that they have in the JSON.
private func stepTypes(_ steps: [MapValue]) -> [String: StepType] {
    Dictionary(
        steps.compactMap { step in
            guard let id = step["id"]?.asText, let word = step["step_type"]?.asText else { return nil }
            return StepType(rawValue: word).map { (id, $0) }
        }, uniquingKeysWith: { _, last in last })
}

/// The keys that the API's JSON has, and that a file either holds or makes anew.
private enum APIKeys {
    static let automation: Set = [
        "id", "name", "description", "organisation_id", "current_version", "created_at", "updated_at",
        "sessions",
    ]
    static let version: Set = [
        "id", "automation_id", "steps", "step_transitions", "created_at", "updated_at",
    ]
    static let step: Set = ["id", "name", "step_type", "prompt_template", "created_at", "updated_at"]
    static let transition: Set = [
        "id", "source_step_id", "target_step_id", "label", "created_at", "updated_at",
    ]
}

private struct ImportNotes {
    private(set) var lines: [String] = []

    mutating func add(_ path: String, _ text: String) { lines.append("`\(path)`: \(text)") }

    mutating func unknown(_ map: MapValue, _ known: Set<String>, _ path: String) {
        for key in map.entries.keys.map(JSON.keyText) where !known.contains(key) {
            add(path.isEmpty ? key : path + "." + key, "the language has no place for it, so it is left out")
        }
    }

    /// Ids of a client's own making. Those that are UUIDs a server makes anew for every text, too, and nobody
    /// looks for them in a file.
    mutating func foreignIDs(_ items: [MapValue], _ path: String) {
        let foreign = items.compactMap { $0["id"]?.asText }.filter { ID($0) == nil }
        guard let first = foreign.first else { return }
        let others = foreign.count > 1 ? " and \(foreign.count - 1) more" : ""
        add(
            path,
            "ids that are no UUIDs are left out (\"\(first)\"\(others)): a file's ids are made of its path")
    }

    /// A transition that a step of this type does not lead out by.
    mutating func lost(_ label: String, from type: StepType?, _ path: String) {
        if let words = ImportNotes.loss(label, from: type) { add(path, words + ": it is left out") }
    }

    /// Why a step of a type does not lead on by a label, which is empty for none; nil where it does.
    fileprivate static func loss(_ label: String, from type: StepType?) -> String? {
        let isBranch = type == .logicDecision
        if label.isEmpty, isBranch { return "it has no label, and a LOGIC_DECISION leads on by labels only" }
        guard !label.isEmpty, label != "error", !isBranch else { return nil }
        return "only a LOGIC_DECISION leads on by a label such as \"\(label)\""
    }
}
