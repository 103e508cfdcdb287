import CEL
import Diagnostics
import StepKinds
import Values

/// The types that JSON Schema has.
package enum SchemaType: String, Sendable, Hashable, CaseIterable {
    case string
    case integer
    case number
    case boolean
    case array
    case object
    case null
}

/// What `parameters` of a declared tool says, or `input_schema` as Anthropic calls it, looked at as providers do before they
/// take it; what is computed is left.
struct ParameterSchema {
    private(set) var findings: [Diagnostic] = []

    /// What a keyword's value has to be.
    private enum Shape {
        case type, names, text, schema, schemas, namedSchemas, list, anything
    }

    /// The keywords of JSON Schema (draft 2020-12 and those before it), and those that OpenAPI adds.
    private static let keywords: [String: Shape] = {
        let names: [(Shape, [String])] = [
            (.type, ["type"]), (.names, ["required"]), (.list, ["enum"]),
            (.text, ["description", "title", "format", "pattern", "$ref"]),
            (
                .schema,
                ["items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else"]
            ),
            (.schemas, ["anyOf", "oneOf", "allOf", "prefixItems"]),
            (.namedSchemas, ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]),
            (
                .anything,
                [
                    "const", "default", "examples", "example", "nullable", "deprecated", "readOnly",
                    "writeOnly",
                    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
                    "maxLength", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains",
                    "minProperties", "maxProperties", "dependentRequired", "dependencies", "additionalItems",
                    "unevaluatedItems", "unevaluatedProperties", "contentEncoding", "contentMediaType",
                    "contentSchema", "discriminator", "$schema", "$id", "$anchor", "$dynamicRef",
                    "$dynamicAnchor", "$comment", "$vocabulary",
                ]
            ),
        ]
        return Dictionary(uniqueKeysWithValues: names.flatMap { shape, words in words.map { ($0, shape) } })
    }()

    private static let form =
        #"write { type: "object", properties: { city: { type: "string" } }, required: ["city"] }"#

    /// - Parameters:
    ///   - parameters: what stands behind `parameters:`.
    ///   - name: the field's name.
    init(_ parameters: Expression, called name: String) {
        guard let entries = entries(parameters, "`\(name)` is the JSON Schema of an object", Self.form)
        else {
            return
        }
        if let type = entries.value(of: "type"), let word = type.plainText, SchemaType(rawValue: word) != nil,
            word != SchemaType.object.rawValue
        {
            tell("a tool's parameters are an object, found the type `\(word)`", type, Self.form)
        }
        look(at: entries, parameters, name)
        required(entries)
    }

    /// The entries of what has to be an object; nil where it is none, or computed.
    private mutating func entries(_ value: Expression, _ expected: String, _ help: String) -> [MapEntry]? {
        if case .map(let entries) = value.kind { return entries }
        if let found = value.found { tell("\(expected), found \(found)", value, help) }
        return nil
    }

    private mutating func schema(_ value: Expression, _ place: String) {
        // `true` takes everything, `false` nothing.
        if case .literal(.bool) = value.kind { return }
        let type = value.plainText.flatMap { Self.type(for: $0) } ?? .string
        let help = "write { type: \(jsonString(type.rawValue)) }"
        guard let entries = entries(value, "`\(place)` is a JSON Schema, an object", help) else { return }
        look(at: entries, value, place)
    }

    /// The schema of a value by itself, and not one of several that hold for it together.
    private mutating func wholeSchema(_ value: Expression, _ place: String) {
        schema(value, place)
        if case .map(let entries) = value.kind { required(entries) }
    }

    private mutating func look(at entries: [MapEntry], _ whole: Expression, _ place: String) {
        let known = entries.filter { $0.key.plainText.map { Self.keywords[$0] != nil } ?? true }
        for entry in entries {
            guard let name = entry.key.plainText else { continue }
            if let shape = Self.keywords[name] {
                look(at: entry.value, shape, place + "." + name)
            } else {
                unknown(name, entry, isAlone: known.isEmpty)
            }
        }
    }

    /// A word of its author's own is left where others say that it is a schema.
    private mutating func unknown(_ name: String, _ entry: MapEntry, isAlone: Bool) {
        let type = entry.value.plainText.flatMap { Self.type(for: $0) }
        // `{ id: "text" }` are parameters with their types, whatever keyword `id` resembles.
        let isParameter = isAlone && type != nil
        guard isAlone, !name.hasPrefix("x-"), !name.hasPrefix("$") else { return }
        let near = isParameter ? nil : nearestName(to: name, in: Self.keywords.keys.sorted())
        let mend = "properties: { \(name): { type: \(jsonString((type ?? .string).rawValue)) } }"
        findings.append(
            Diagnostic(
                .unknownField, "JSON Schema has no keyword `\(name.prefix(60))`", at: entry.key.span,
                help: near.map { "did you mean `\($0)`?" }
                    ?? "what is asked for stands in `properties`: \(mend)"))
    }

    private mutating func look(at value: Expression, _ shape: Shape, _ place: String) {
        switch shape {
        case .anything: break
        case .type: type(value, place)
        case .text:
            if let found = value.found, value.plainText == nil, !value.isText {
                tell("`\(place)` is a text, found \(found)", value, "write it in quotes")
            }
        case .schema:
            // Before 2020 `items` could be a list of schemas, one for each element.
            if case .list = value.kind { look(at: value, .schemas, place) } else { schema(value, place) }
        case .schemas:
            for (number, item) in (elements(value, place, "schemas") ?? []).enumerated() {
                schema(item.value, "\(place)[\(number)]")
            }
        case .namedSchemas:
            let help = #"write for example { city: { type: "string" } }"#
            for entry in entries(value, "`\(place)` is an object of schemas by their names", help) ?? [] {
                wholeSchema(entry.value, place + "." + (entry.key.plainText ?? "…"))
            }
        case .list: _ = elements(value, place, "values")
        case .names:
            for item in elements(value, place, "names") ?? [] where item.value.plainText == nil {
                guard let found = item.value.found else { continue }
                tell(
                    "`\(place)` is a list of names, found \(found) in it", item.value, "write names in quotes"
                )
            }
        }
    }

    private mutating func elements(_ value: Expression, _ place: String, _ what: String) -> [ListElement]? {
        if case .list(let elements) = value.kind { return elements }
        if let found = value.found {
            let help =
                what == "names" ? #"write for example ["city"], beside `properties`"# : "write a list, [ … ]"
            tell("`\(place)` is a list of \(what), found \(found)", value, help)
        }
        return nil
    }

    private mutating func type(_ value: Expression, _ place: String) {
        if case .list(let items) = value.kind {
            for item in items { type(item.value, place) }
            return
        }
        let all = SchemaType.allCases.map(\.rawValue)
        guard let name = value.plainText else {
            if let found = value.found {
                tell(
                    "`\(place)` is the name of a type, found \(found)", value,
                    "there are \(inWords(all, joiner: "and"))")
            }
            return
        }
        guard SchemaType(rawValue: name) == nil else { return }
        let near = Self.type(for: name)?.rawValue
        findings.append(
            Diagnostic(
                .badSetting, "JSON Schema has no type `\(name)`", at: value.span,
                help: near.map { "did you mean `\($0)`?" } ?? "there are \(inWords(all, joiner: "and"))",
                fix: near.map { FixIt(span: value.span, replacement: jsonString($0)) }))
    }

    /// What is required has to be among what there is, unless that stands elsewhere.
    private mutating func required(_ entries: [MapEntry]) {
        let elsewhere = ["$ref", "additionalProperties", "allOf", "anyOf", "oneOf", "patternProperties"]
        guard case .list(let names) = entries.value(of: "required")?.kind,
            !elsewhere.contains(where: { entries.value(of: $0) != nil })
        else { return }
        var known: [String] = []
        switch entries.value(of: "properties")?.kind {
        case .map(let properties):
            known = properties.compactMap(\.key.plainText)
            guard known.count == properties.count else { return }
        case nil, .some: return
        }
        for item in names {
            guard let name = item.value.plainText, !known.contains(name) else { continue }
            let near = nearestName(to: name, in: known)
            findings.append(
                Diagnostic(
                    .badSetting, "`required` names `\(name)`, which is not among `properties`",
                    at: item.value.span,
                    help: near.map { "did you mean `\($0)`?" } ?? "declare it there, or leave it out",
                    fix: near.map { FixIt(span: item.value.span, replacement: jsonString($0)) }))
        }
    }

    /// The type that is meant by another word: one of this language, or a misspelt one.
    private static func type(for word: String) -> SchemaType? {
        let types: [DataType] = [.text, .int, .bool, .url, .bytes]
        if let own = types.first(where: { $0.text == word }) {
            return own.jsonSchema.asMap?["type"]?.asText.flatMap(SchemaType.init)
        }
        if word == "list" { return .array }
        if let same = SchemaType(rawValue: word) { return same }
        return nearestName(to: word, in: SchemaType.allCases.map(\.rawValue)).flatMap(SchemaType.init)
    }

    private mutating func tell(_ message: String, _ value: Expression, _ help: String) {
        findings.append(Diagnostic(.wrongType, message, at: value.span, help: help))
    }
}

extension [MapEntry] {
    fileprivate func value(of name: String) -> Expression? { first { $0.key.plainText == name }?.value }
}

extension Expression {
    /// A text without anything computed in it.
    fileprivate var plainText: String? {
        if case .literal(.string(let text)) = kind { text } else { nil }
    }

    fileprivate var isText: Bool { if case .text = kind { true } else { false } }

    /// What is written, in words for a person; nil for what only a run knows.
    var found: String? {
        switch kind {
        case .literal(let value): describe(value)
        case .text: "a text"
        case .list(let elements): "a list of \(elements.count)"
        case .map: "an object"
        case .name, .select, .has, .index, .call, .unary, .binary, .conditional, .macro: nil
        }
    }
}
