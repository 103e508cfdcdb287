import AutoSyntax
import CEL
import Diagnostics
import OrderedCollections
package import Values

/// Why the API's JSON is no automation: where in it, and what was expected.
package struct ImportError: Error, Sendable, Hashable {
    /// `current_version.steps[2].step_type`.
    package let path: String
    package let message: String

    package var text: String { path.isEmpty ? message : "`\(path)`: \(message)" }
}

/// The `.auto` text of an automation in the API's JSON, in its canonical layout.
package func imported(_ value: Value) throws(ImportError) -> String {
    let importer = try Importer(value)
    let text = try importer.text()
    let source = SourceText(name: "imported.auto", text: text)
    return format(source).text ?? text
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
        let source: String
        let target: String?
        let label: String?
    }

    private let name: String
    private let description: String
    private var steps: [ImportedStep] = []
    private var transitions: [Transition] = []
    private var names: [String: String] = [:]

    init(_ value: Value) throws(ImportError) {
        guard let map = value.asMap else {
            throw ImportError(path: "", message: "expected an object with name and current_version")
        }
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
        for (place, item) in list.enumerated() {
            try add(item, "current_version.steps[\(place)]")
        }
        let transitions = version["step_transitions"] ?? .list([])
        guard let transitions = transitions.asList else {
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

    private mutating func add(_ item: Value, _ path: String) throws(ImportError) {
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
        guard let template = (map["prompt_template"] ?? .map(MapValue())).asMap else {
            throw ImportError(path: path + ".prompt_template", message: "expected an object")
        }
        let plain = freeName(identifier(name))
        names[id] = plain
        steps.append(ImportedStep(id: id, name: plain, type: type, template: template, path: path))
    }

    private mutating func add(transition item: Value, _ path: String) throws(ImportError) {
        guard let map = item.asMap, let source = map["source_step_id"]?.asText else {
            throw ImportError(path: path + ".source_step_id", message: "expected a step's id")
        }
        guard names[source] != nil else {
            throw ImportError(path: path + ".source_step_id", message: "there is no step `\(source)`")
        }
        var target: String?
        switch map["target_step_id"] {
        case nil, .null: target = nil
        case let value?:
            guard let id = value.asText, names[id] != nil else {
                throw ImportError(
                    path: path + ".target_step_id", message: "expected a step's id, or null for the end")
            }
            target = id
        }
        let label = try Importer.text(map["label"], path + ".label")
        transitions.append(
            Transition(source: source, target: target, label: label?.isEmpty == true ? nil : label))
    }

    private func identifier(_ name: String) -> String {
        let letters = name.utf8.map { isIdentifierPart($0) ? $0 : UInt8(ascii: "_") }
        let text = String(decoding: letters, as: UTF8.self)
        return text.first?.isNumber == true ? "_" + text : text
    }

    private func freeName(_ name: String) -> String {
        let taken = Set(names.values).union(reservedNames)
        var free = name
        var number = 2
        while taken.contains(free) {
            free = "\(name)_\(number)"
            number += 1
        }
        return free
    }

    // Writing.

    func text() throws(ImportError) -> String {
        var lines = ["automation \(quoted(name))"]
        if !description.isEmpty { lines.append("description \(quoted(description))") }
        var tests = ""
        for step in steps {
            if let declarations = step.template["declarations"]?.asText { tests += declarations + "\n" }
        }
        lines.append(tests)
        for step in steps { lines.append(try text(of: step)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func text(of step: ImportedStep) throws(ImportError) -> String {
        let out = transitions.filter { $0.source == step.id }
        let errors = out.filter { $0.label == "error" }
        var settings: [String] = []
        var fields: [String] = []
        for (entry, value) in step.template.entries {
            let name = JSON.keyText(entry)
            if name == "type" || name == "declarations" { continue }
            if name == "on_error", !errors.isEmpty {
                settings.append("on_error -> \(target(errors))")
                continue
            }
            if let branch = branch(name, value, step, out) {
                fields.append(branch)
            } else if let setting = SettingName(rawValue: name) {
                settings.append(try text(setting, value, step.path + ".prompt_template." + name))
            } else {
                fields.append("\(key(name)): \(field(name, value, step.type))")
            }
        }
        for label in labels(out) where step.type == .logicDecision && step.template[label] == nil {
            fields.append("\(key(label)): -> \(target(out.filter { $0.label == label }))")
        }
        if !errors.isEmpty, step.template["on_error"] == nil {
            settings.append("on_error -> \(target(errors))")
        }
        let plain = out.filter { $0.label == nil }
        let arrow = step.type == .logicDecision ? "" : " -> \(target(plain))"
        let head = "\(step.type.rawValue) \(step.name)\(arrow)"
        if step.type == .start, settings.isEmpty, fields.isEmpty { return head }
        let template = "prompt_template {\n\(fields.joined(separator: "\n"))\n}"
        return head + " {\n" + (settings + [template]).joined(separator: "\n") + "\n}"
    }

    private func labels(_ out: [Transition]) -> [String] {
        var seen = Set<String>()
        return out.compactMap(\.label).filter { $0 != "error" && seen.insert($0).inserted }
    }

    private func target(_ transitions: [Transition]) -> String {
        let targets = transitions.map { $0.target.flatMap { names[$0] } ?? "end" }
        return targets.count > 1 ? "[\(targets.joined(separator: ", "))]" : targets.first ?? "end"
    }

    /// `label: when EXPR -> step`, by the condition in the template and the transition of that label.
    private func branch(_ name: String, _ value: Value, _ step: ImportedStep, _ out: [Transition]) -> String?
    {
        guard step.type == .logicDecision, let text = value.asText else { return nil }
        let own = out.filter { $0.label == name }
        let isBranch =
            text.hasPrefix("when ") || text == "else" || text.hasPrefix("else ") || text.hasPrefix("->")
        guard isBranch || !own.isEmpty else { return nil }
        var condition = text
        var written = "end"
        if let arrow = lastArrow(text) {
            condition = trimmed(text[..<arrow.lowerBound])
            written = trimmed(text[arrow.upperBound...])
        }
        let place = own.isEmpty ? written : target(own)
        return "\(key(name)): \(condition.isEmpty ? "" : condition + " ")-> \(place)"
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

    private func text(_ setting: SettingName, _ value: Value, _ path: String) throws(ImportError) -> String {
        switch setting {
        case .result, .each:
            guard let text = value.asText else { throw ImportError(path: path, message: "expected a text") }
            return "\(setting.rawValue): \(text)"
        case .onFailed:
            guard let word = value.asText else { throw ImportError(path: path, message: "expected a text") }
            // The export writes the text as it stands in the file, with or without its quotes.
            return "\(setting.rawValue): \(word.hasPrefix("\"") ? word : JSON.text(.string(word)))"
        case .timeout, .retry, .maxVisits, .atOnce, .cache, .onError:
            return "\(setting.rawValue): \(settingValue(value))"
        }
    }

    private func settingValue(_ value: Value) -> String {
        switch value {
        case .string(let text): text
        case .map(let map):
            "{ "
                + map.entries.map { "\(key(JSON.keyText($0.key))): \(settingValue($0.value))" }.joined(
                    separator: ", ") + " }"
        case .null, .bool, .int, .uint, .double, .bytes, .list, .timestamp, .duration, .type, .optional:
            JSON.text(value)
        }
    }

    private func field(_ name: String, _ value: Value, _ type: StepType) -> String {
        switch StepSchema.of(type)[name]?.kind {
        case .program: value.asText.map(program) ?? JSON.text(value)
        case .selector: selector(value)
        // In a text field an expression and a text of it alone are the same.
        case .text: value.asText.map { templateText($0, isText: true) } ?? text(value)
        case .int, .number, .bool, .any, .record, .list, .textOrList, .numberOrText, .duration,
            .choice,
            nil:
            text(value)
        }
    }

    private func selector(_ value: Value) -> String {
        switch value {
        case .string(let text):
            if text.hasPrefix("xpath("), text.hasSuffix(")"),
                let inner = (try? JSON.parse(String(text.dropFirst(6).dropLast())))?.asText
            {
                return "xpath(\(program(inner)))"
            }
            return program(text)
        case .list(let items): return "[" + items.map(selector).joined(separator: ", ") + "]"
        case .map(let map):
            return "{ "
                + map.entries.map { "\(key(JSON.keyText($0.key))): \(selector($0.value))" }.joined(
                    separator: ", ")
                + " }"
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
            return JSON.text(value)
        }
    }

    private func text(_ value: Value) -> String {
        switch value {
        case .string(let template): return templateText(template)
        case .list(let items): return "[" + items.map { text($0) }.joined(separator: ", ") + "]"
        case .map(let map):
            return "{ "
                + map.entries.map { "\(key(JSON.keyText($0.key))): \(text($0.value))" }.joined(
                    separator: ", ") + " }"
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
            return JSON.text(value)
        }
    }

    private func key(_ name: String) -> String {
        let isPlain =
            !name.isEmpty && identifier(name) == name && name.first?.isNumber == false
        return isPlain ? name : quoted(name)
    }

    private func quoted(_ text: String) -> String {
        templateText(text.replacing("${", with: "$${"), isText: true, block: false)
    }

    /// Text with `${…}` in it, in quotes; one that is a single `${…}` is that expression.
    private func templateText(_ template: String, isText: Bool = false, block: Bool = true) -> String {
        let bytes = Array(template.utf8)
        if !isText, let end = interpolationEnd(bytes, 0), end == bytes.count {
            return String(decoding: bytes[2..<(end - 1)], as: UTF8.self)
        }
        let isBlock = block && template.contains("\n") && !template.contains("\r")
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: "$${".utf8) {
                out += Array("$${".utf8)
                index += 3
            } else if let end = interpolationEnd(bytes, index) {
                out += bytes[index..<end]
                index = end
            } else {
                out += escaped(bytes[index], inBlock: isBlock)
                index += 1
            }
        }
        let text = String(decoding: out, as: UTF8.self)
        return isBlock ? "\"\"\"\n\(text)\n\"\"\"" : "\"\(text)\""
    }

    private func escaped(_ byte: UInt8, inBlock: Bool) -> [UInt8] {
        switch byte {
        case 0x0A: inBlock ? [0x0A] : Array("\\n".utf8)
        case 0x0D: Array("\\r".utf8)
        case 0x09: Array("\\t".utf8)
        case 0x22: Array("\\\"".utf8)
        case 0x5C: Array("\\\\".utf8)
        case 0..<0x20, 0x7F: Array("\\x\(String(byte, radix: 16).leftPadded(to: 2))".utf8)
        default: [byte]
        }
    }

    /// Where the `${…}` that begins at an offset ends; nil when none begins, or it is never closed.
    private func interpolationEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard bytes[start...].starts(with: "${".utf8) else { return nil }
        var lexer = Lexer(bytes: bytes, range: (start + 2)..<bytes.count, dialect: .automation)
        var depth = 0
        while let token = try? lexer.next(), token.kind != .endOfText {
            if token.isSymbol(.openBrace) { depth += 1 }
            if token.isSymbol(.closeBrace) {
                if depth == 0 { return token.span.end }
                depth -= 1
            }
        }
        return nil
    }

    /// A program in the quotes that it does not hold.
    private func program(_ text: String) -> String {
        if text.contains("\n") || (text.contains("\"") && text.contains("'")) {
            let quotes = text.contains("'''") ? "\"\"\"" : "'''"
            return "\(quotes)\n\(text)\n\(quotes)"
        }
        return text.contains("\"") ? "'\(text)'" : "\"\(text)\""
    }
}

extension String {
    /// The text with a part replaced wherever it stands.
    fileprivate func replacing(_ part: String, with other: String) -> String {
        var output = ""
        var rest = self[...]
        while let found = rest.firstRange(ofText: part) {
            output += rest[..<found.lowerBound] + other
            rest = rest[found.upperBound...]
        }
        return output + rest
    }
}
