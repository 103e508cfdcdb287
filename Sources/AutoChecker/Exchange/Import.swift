import AutoSyntax
import CEL
import Diagnostics
import OrderedCollections
import StepKinds
package import Values

/// Why the API's JSON is no automation: where in it, and what was expected.
package struct ImportError: Error, Sendable, Hashable {
    /// `current_version.steps[2].step_type`.
    package let path: String
    /// A sentence without a full stop.
    package let message: String

    /// The place and the sentence.
    package var text: String { path.isEmpty ? message : "`\(path)`: \(message)" }
}

/// An automation that came as the API's JSON.
package struct ImportedAutomation: Sendable, Hashable {
    /// The `.auto` text, in its canonical layout.
    package let text: String
    /// The ids that the JSON gives to the steps, by their names in the text: a name that the language does not take
    /// has become another one.
    package let stepIDs: [String: String]
}

/// The automation in the API's JSON.
///
/// - Parameter path: of the file of an automation that is called by its id; nil where the id stays.
/// - Throws: Where in the JSON something else stands than was expected.
package func imported(
    _ value: Value, path: (ID) -> String? = { _ in nil }
) throws(ImportError) -> ImportedAutomation {
    let importer = try Importer(value, path)
    return ImportedAutomation(
        text: canonicalText(of: try importer.tree()), stepIDs: importer.stepIDs)
}

/// The name that a step of the API's JSON gets in the text, where no other step has it: what the language does not
/// take in a name becomes `_`.
package func importedName(_ name: String) -> String {
    let letters = name.utf8.map { isIdentifierPart($0) ? $0 : UInt8(ascii: "_") }
    let text = String(decoding: letters, as: UTF8.self)
    return text.first?.isNumber == true ? "_" + text : text
}

private struct Importer {
    private struct ImportedStep {
        let id: String
        /// A name that the language takes.
        let name: String
        let type: StepType
        let template: MapValue
        let path: String
    }

    private struct Transition {
        let target: String?
        let label: String?
    }

    private let name: String
    private let description: String
    private var steps: [ImportedStep] = []
    /// By the id of the step that they leave.
    private var transitions: [String: [Transition]] = [:]
    private var names: [String: String] = [:]
    /// The names that no further step may have.
    private var takenNames = Set(reservedNames)
    /// The number that is tried next behind a name that several steps have.
    private var nextNumbers: [String: Int] = [:]
    /// Names in the JSON that the language allows as they are.
    private var keptNames: Set<String> = []

    init(_ value: Value, _ path: (ID) -> String?) throws(ImportError) {
        guard let map = value.asMap else {
            throw ImportError(path: "", message: "expected an object with name and current_version")
        }
        if let foreign = foreignAutomation(map) { throw foreign }
        guard let name = map["name"]?.asText else {
            throw ImportError(path: "name", message: "expected a text")
        }
        self.name = name
        description = try Importer.text(map["description"], "description") ?? ""
        guard let version = map["current_version"]?.asMap else {
            throw ImportError(
                path: "current_version", message: "expected an object with steps and step_transitions")
        }
        guard let list = version["steps"]?.asList else {
            throw ImportError(path: "current_version.steps", message: "expected a list")
        }
        keptNames = Set(list.compactMap { $0.asMap?["name"]?.asText }.filter { isIdentifier($0) })
        for (place, item) in list.enumerated() {
            try add(item, "current_version.steps[\(place)]", path)
        }
        // Without this field, or with a misspelt one, each step would lead to the end.
        guard let transitions = version["step_transitions"]?.asList else {
            throw ImportError(path: "current_version.step_transitions", message: "expected a list")
        }
        for (place, item) in transitions.enumerated() {
            try add(transition: item, "current_version.step_transitions[\(place)]")
        }
    }

    /// A text; nil for none, or null.
    private static func text(_ value: Value?, _ path: String) throws(ImportError) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.asText else { throw ImportError(path: path, message: "expected a text") }
        return text
    }

    private mutating func add(
        _ item: Value, _ path: String, _ file: (ID) -> String?
    ) throws(ImportError) {
        guard let map = item.asMap else { throw ImportError(path: path, message: "expected an object") }
        guard let id = map["id"]?.asText else {
            throw ImportError(path: path + ".id", message: "expected a text")
        }
        guard names[id] == nil else {
            throw ImportError(path: path + ".id", message: "a step before has this id already")
        }
        guard let name = map["name"]?.asText, !name.isEmpty else {
            throw ImportError(path: path + ".name", message: "expected a text")
        }
        guard let word = map["step_type"]?.asText, let type = StepType(rawValue: word) else {
            let known = StepType.allCases.map(\.rawValue)
            throw ImportError(path: path + ".step_type", message: "expected \(inWords(known))")
        }
        guard let given = (map["prompt_template"] ?? .map(MapValue())).asMap else {
            throw ImportError(path: path + ".prompt_template", message: "expected an object")
        }
        let plain = freeName(for: name)
        names[id] = plain
        let template = AutoChecker.template(given, of: type) { ID($0).flatMap(file) }
        steps.append(ImportedStep(id: id, name: plain, type: type, template: template, path: path))
    }

    private mutating func add(transition item: Value, _ path: String) throws(ImportError) {
        guard let map = item.asMap, let source = map["source_step_id"]?.asText else {
            throw ImportError(path: path + ".source_step_id", message: "expected a step's id")
        }
        guard names[source] != nil else {
            throw ImportError(path: path + ".source_step_id", message: "there is no step `\(source)`")
        }
        // A field that is missing is perhaps one that is misspelt, and no word that the automation ends here.
        let given = map["target_step_id"]
        let target = given?.asText
        guard given?.isNull == true || target.map({ names[$0] != nil }) == true else {
            throw ImportError(
                path: path + ".target_step_id", message: "expected a step's id, or null for the end")
        }
        let label = try Importer.text(map["label"], path + ".label")
        transitions[source, default: []].append(
            Transition(target: target, label: label?.isEmpty == true ? nil : label))
    }

    /// The name that the language allows and that no other step has; what other steps read by its name stays readable, since
    /// a name that is one already is kept, wherever in the list it stands.
    private mutating func freeName(for given: String) -> String {
        let name = importedName(given)
        var free = name
        // Of a thousand steps with one name, none counts from the beginning.
        var number = nextNumbers[name] ?? 2
        while takenNames.contains(free) || name != given && keptNames.contains(free) {
            free = "\(name)_\(number)"
            number += 1
        }
        nextNumbers[name] = number
        takenNames.insert(free)
        return free
    }

    /// The id of each step by its name.
    var stepIDs: [String: String] {
        Dictionary(steps.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
    }

    // The tree.

    func tree() throws(ImportError) -> SyntaxTree {
        var builder = SyntaxBuilder()
        builder.node(.declaration(.automation)) { builder in
            builder.word(DeclarationWord.automation.rawValue)
            builder.text(name)
        }
        if !description.isEmpty {
            builder.newLine()
            builder.node(.declaration(.description)) { builder in
                builder.word(DeclarationWord.description.rawValue)
                builder.text(description)
            }
        }
        for step in steps {
            let place = step.path + ".prompt_template.declarations"
            guard let text = try Importer.text(step.template["declarations"], place) else { continue }
            try at(place) { () throws(Diagnostic) in
                try builder.declarations(text, allowed: [.input, .secret, .type, .result, .maxCost, .test])
            }
        }
        for (place, step) in steps.enumerated() {
            builder.newLine(blankBefore: place == 0)
            try builder.node(.step) { (builder) throws(ImportError) in try add(step, to: &builder) }
        }
        return builder.tree()
    }

    /// Runs a body, and says of what is wrong there where in the JSON it stands.
    private func at(_ path: String, _ body: () throws(Diagnostic) -> Void) throws(ImportError) {
        do throws(Diagnostic) { try body() } catch {
            throw ImportError(path: path, message: error.message + (error.help.map { ": " + $0 } ?? ""))
        }
    }

    private func add(_ step: ImportedStep, to builder: inout SyntaxBuilder) throws(ImportError) {
        let out = transitions[step.id] ?? []
        builder.word(step.type.rawValue)
        builder.word(step.name)
        if step.type != .logicDecision { builder.target(targets(out.filter { $0.label == nil })) }
        let parts = try parts(of: step, out)
        if step.type == .start, parts.settings.isEmpty, parts.fields.isEmpty { return }
        try builder.block { (builder) throws(ImportError) in
            for setting in parts.settings {
                builder.newLine()
                try setting(&builder)
            }
            builder.newLine()
            try builder.node(.template) { (builder) throws(ImportError) in
                builder.word("prompt_template")
                try builder.block { (builder) throws(ImportError) in
                    for field in parts.fields {
                        builder.newLine()
                        try field(&builder)
                    }
                }
            }
        }
    }

    private typealias Part = (inout SyntaxBuilder) throws(ImportError) -> Void

    /// What adds the settings and the fields of a step to its tree, one each.
    private func parts(
        of step: ImportedStep, _ out: [Transition]
    ) throws(ImportError) -> (settings: [Part], fields: [Part]) {
        let errors = out.filter { $0.label == "error" }
        var settings: [Part] = []
        var fields: [Part] = []
        for (entry, value) in step.template.entries {
            let name = JSON.keyText(entry)
            let path = step.path + ".prompt_template." + name
            if name == "type" || name == "declarations" { continue }
            if name == SettingName.onError.rawValue, !errors.isEmpty {
                settings.append(onError(errors))
            } else if let branch = branch(name, value, step, out, path) {
                fields.append(branch)
            } else if let setting = SettingName(rawValue: name) {
                settings.append(self.setting(setting, value, path))
            } else {
                fields.append(field(name, value, step.type, path))
            }
        }
        for label in labels(out) where step.type == .logicDecision && step.template[label] == nil {
            fields.append(branch(label, nil, targets(out.filter { $0.label == label }), ""))
        }
        if !errors.isEmpty, step.template[SettingName.onError.rawValue] == nil {
            settings.append(onError(errors))
        }
        return (settings, fields)
    }

    private func labels(_ out: [Transition]) -> [String] {
        var seen = Set<String>()
        return out.compactMap(\.label).filter { $0 != "error" && seen.insert($0).inserted }
    }

    /// The steps that transitions lead to, by name; without transitions the end.
    private func targets(_ transitions: [Transition]) -> [String] {
        transitions.isEmpty ? ["end"] : transitions.map { $0.target.flatMap { names[$0] } ?? "end" }
    }

    private func onError(_ errors: [Transition]) -> Part {
        { builder in
            builder.node(.setting) { builder in
                builder.word(SettingName.onError.rawValue)
                builder.target(targets(errors))
            }
        }
    }

    /// `label: when EXPR -> step`, by the condition in the template and the transition of that label.
    private func branch(
        _ name: String, _ value: Value, _ step: ImportedStep, _ out: [Transition], _ path: String
    ) -> Part? {
        guard step.type == .logicDecision, let text = value.asText else { return nil }
        let own = out.filter { $0.label == name }
        let isBranch =
            text.hasPrefix("when ") || text == "else" || text.hasPrefix("else ") || text.hasPrefix("->")
        guard isBranch || !own.isEmpty else { return nil }
        var condition = text
        var written = ["end"]
        if let arrow = lastArrow(text) {
            condition = trimmed(text[..<arrow.lowerBound])
            written = text[arrow.upperBound...].split { "[], \n\t".contains($0) }.map(String.init)
        }
        return branch(name, condition, own.isEmpty ? written : targets(own), path)
    }

    private func branch(
        _ label: String, _ condition: String?, _ targets: [String], _ path: String
    ) -> Part {
        { (builder) throws(ImportError) in
            if let wrong = targets.first(where: { !isIdentifier($0) }) {
                throw ImportError(path: path, message: "expected a step's name after `->`, found `\(wrong)`")
            }
            try builder.node(.branch) { (builder) throws(ImportError) in
                builder.key(label)
                if condition == "else" {
                    builder.word("else")
                } else if let condition, condition.hasPrefix("when ") {
                    builder.word("when")
                    try at(path) { () throws(Diagnostic) in
                        try builder.fragment(String(condition.dropFirst(5)), as: .expression)
                    }
                } else if let condition, !condition.isEmpty {
                    throw ImportError(
                        path: path, message: "expected `when` with a condition, or `else`, before `->`")
                }
                builder.target(targets)
            }
        }
    }

    private func lastArrow(_ text: String) -> Range<String.Index>? {
        var found: Range<String.Index>?
        var rest = text[...]
        while let next = rest.firstRange(ofText: "->") {
            found = next
            rest = rest[next.upperBound...]
        }
        return found
    }

    private func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    private func setting(_ name: SettingName, _ value: Value, _ path: String) -> Part {
        { (builder) throws(ImportError) in
            try builder.node(.setting) { (builder) throws(ImportError) in
                if name == .onError {
                    builder.word(name.rawValue)
                    let text = try Importer.text(value, path) ?? ""
                    let target = trimmed(text.hasPrefix("->") ? text.dropFirst(2) : text[...])
                    guard isIdentifier(target) else {
                        throw ImportError(path: path, message: "expected `-> step`, found `\(text)`")
                    }
                    builder.target([target])
                } else {
                    builder.key(name.rawValue)
                    let (text, fragment) = try written(name, value, path)
                    try at(path) { () throws(Diagnostic) in try builder.fragment(text, as: fragment) }
                }
            }
        }
    }

    private func written(
        _ setting: SettingName, _ value: Value, _ path: String
    ) throws(ImportError) -> (String, Fragment) {
        switch setting {
        case .result, .each, .onFailed:
            guard let text = value.asText else { throw ImportError(path: path, message: "expected a text") }
            if setting == .result { return (text, .type) }
            if setting == .each { return (text, .each) }
            // The export writes the text as it stands in the file, with or without its quotes.
            return (text.hasPrefix("\"") ? text : quotedText(text), .value)
        case .timeout, .retry, .maxVisits, .atOnce, .cache, .trust, .onError:
            return (WrittenValue.setting(value), .value)
        }
    }

    private func field(_ name: String, _ value: Value, _ type: StepType, _ path: String) -> Part {
        { (builder) throws(ImportError) in
            try builder.node(.field) { (builder) throws(ImportError) in
                builder.key(name)
                let (text, fragment) = WrittenValue.field(value, StepKind.of(type)[name]?.kind)
                guard let text else {
                    throw ImportError(
                        path: path,
                        message: "the text holds every kind of quotes, so none can stand around it")
                }
                try at(path) { () throws(Diagnostic) in try builder.fragment(text, as: fragment) }
            }
        }
    }
}
