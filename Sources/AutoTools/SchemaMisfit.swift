import AutoChecker
import Diagnostics
import OrderedCollections
import Values

/// Why a value is not what a JSON Schema (draft 2020-12, and what servers write of those before it) asks for.
///
/// Keywords that only describe, and those that are not known here, ask for nothing.
struct SchemaMisfit: Error, Sendable {
    /// A clause with its place: "`days[0].high`: expected number, found text".
    let words: String

    /// Looks whether a value fits.
    ///
    /// - Throws: the first thing that does not.
    static func look(at value: Value, by schema: Value) throws(SchemaMisfit) {
        var look = SchemaLook(whole: schema)
        try look.look(at: value, by: schema, "")
    }
}

private struct SchemaLook {
    /// So many comparisons of a value with a schema are made; a schema that wants more says nothing.
    private static let most = 100_000
    /// References that lead round end here.
    private static let deepest = 128

    let whole: Value
    private var made = 0
    private var depth = 0

    init(whole: Value) { self.whole = whole }

    mutating func look(at value: Value, by schema: Value, _ place: String) throws(SchemaMisfit) {
        if case .bool(false) = schema { throw misfit(place, "is a value where the schema wants none") }
        guard let keywords = schema.asMap, made < SchemaLook.most, depth < SchemaLook.deepest else { return }
        made += 1
        depth += 1
        defer { depth -= 1 }
        if let reference = keywords["$ref"]?.asText, let target = target(of: reference) {
            try look(at: value, by: target, place)
        }
        try kind(value, keywords, place)
        try choices(value, keywords, place)
        try combined(value, keywords, place)
        switch value {
        case .map(let map): try fields(map, keywords, place)
        case .list(let items): try elements(items, keywords, place)
        case .string(let text):
            try size(
                text.unicodeScalars.count, "characters", keywords["minLength"], keywords["maxLength"], place)
        case .int, .uint, .double: try range(value, keywords, place)
        case .null, .bool, .bytes, .timestamp, .duration, .type, .optional: break
        }
    }

    private func misfit(_ place: String, _ words: String) -> SchemaMisfit {
        SchemaMisfit(words: place.isEmpty ? words : "`\(place)`: \(words)")
    }

    /// What a reference within the schema leads to; nil for one that leads elsewhere, which is not fetched.
    private func target(of reference: String) -> Value? {
        guard reference.first == "#" else { return nil }
        var found: Value? = whole
        for part in reference.dropFirst().split(separator: "/") {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            found =
                found?.asMap?[name]
                ?? Int(name).flatMap { number in
                    let items = found?.asList ?? []
                    return items.indices.contains(number) ? items[number] : nil
                }
        }
        return found
    }

    private func kind(_ value: Value, _ keywords: MapValue, _ place: String) throws(SchemaMisfit) {
        let wanted = keywords["type"]?.asText.map { [$0] } ?? keywords["type"]?.asList?.compactMap(\.asText)
        guard let wanted, !wanted.isEmpty, !wanted.contains(where: { isOf(value, $0) }) else { return }
        throw misfit(place, "expected \(inWords(wanted)), found \(describe(value))")
    }

    private func isOf(_ value: Value, _ type: String) -> Bool {
        switch SchemaType(rawValue: type) {
        case .null: value.isNull
        case .boolean: value.asBool != nil
        case .string: value.asText != nil
        case .array: value.asList != nil
        case .object: value.asMap != nil
        case .number: value.asDouble != nil
        // A whole number beyond 64 bits is read as a double.
        case .integer: value.asDouble.map { $0 == $0.rounded() } ?? false
        case nil: true
        }
    }

    private func choices(_ value: Value, _ keywords: MapValue, _ place: String) throws(SchemaMisfit) {
        let wanted = keywords["enum"]?.asList ?? keywords["const"].map { [$0] }
        guard let wanted, !wanted.contains(where: { isSame($0, value) }) else { return }
        throw misfit(
            place, "expected \(inWords(wanted.prefix(20).map { JSON.text($0) })), found \(describe(value))")
    }

    /// In JSON Schema 1 and 1.0 are the same.
    private func isSame(_ left: Value, _ right: Value) -> Bool {
        if let left = left.asDouble, let right = right.asDouble { return left == right }
        return left == right
    }

    private mutating func combined(_ value: Value, _ keywords: MapValue, _ place: String) throws(SchemaMisfit)
    {
        for part in keywords["allOf"]?.asList ?? [] { try look(at: value, by: part, place) }
        for name in ["anyOf", "oneOf"] {
            guard let parts = keywords[name]?.asList, !parts.isEmpty else { continue }
            var first: SchemaMisfit?
            var fitting = 0
            for part in parts {
                do throws(SchemaMisfit) {
                    try look(at: value, by: part, place)
                    fitting += 1
                } catch {
                    first = first ?? error
                }
            }
            if fitting == 0, let first {
                throw parts.count == 1
                    ? first : misfit(place, "fits none of the \(parts.count) forms that it may have")
            }
            if name == "oneOf", fitting > 1 {
                throw misfit(place, "fits \(fitting) forms of which it may have one")
            }
        }
    }

    private mutating func fields(_ map: MapValue, _ keywords: MapValue, _ place: String) throws(SchemaMisfit)
    {
        for name in keywords["required"]?.asList?.compactMap(\.asText) ?? [] where map[name] == nil {
            throw misfit(place, "the field `\(name)` is missing")
        }
        let known = keywords["properties"]?.asMap ?? MapValue()
        let others = keywords["patternProperties"] == nil ? keywords["additionalProperties"] : nil
        for (key, value) in map.entries {
            let name = JSON.keyText(key)
            let inner = place.isEmpty ? name : place + "." + name
            if let schema = known[name] {
                try look(at: value, by: schema, inner)
            } else if case .bool(false)? = others {
                throw misfit(place, "the field `\(name)` has no place there")
            } else if let others {
                try look(at: value, by: others, inner)
            }
        }
    }

    private mutating func elements(_ items: [Value], _ keywords: MapValue, _ place: String)
        throws(SchemaMisfit)
    {
        try size(items.count, "elements", keywords["minItems"], keywords["maxItems"], place)
        let first = keywords["prefixItems"]?.asList ?? []
        for (number, item) in items.enumerated() {
            guard let schema = number < first.count ? first[number] : keywords["items"] else { return }
            try look(at: item, by: schema, "\(place)[\(number)]")
        }
    }

    private func size(_ count: Int, _ things: String, _ least: Value?, _ most: Value?, _ place: String)
        throws(SchemaMisfit)
    {
        if let least = least?.asInt, count < least {
            throw misfit(place, "expected at least \(least) \(things), found \(count)")
        }
        if let most = most?.asInt, count > most {
            throw misfit(place, "expected at most \(most) \(things), found \(count)")
        }
    }

    private func range(_ value: Value, _ keywords: MapValue, _ place: String) throws(SchemaMisfit) {
        guard let number = value.asDouble else { return }
        let limits: [(keyword: String, words: String, holds: (Double) -> Bool)] = [
            ("minimum", "at least", { number >= $0 }), ("maximum", "at most", { number <= $0 }),
            ("exclusiveMinimum", "more than", { number > $0 }),
            ("exclusiveMaximum", "less than", { number < $0 }),
        ]
        for limit in limits {
            guard let bound = keywords[limit.keyword], let wanted = bound.asDouble, !limit.holds(wanted)
            else {
                continue
            }
            throw misfit(place, "expected \(limit.words) \(JSON.text(bound)), found \(describe(value))")
        }
    }
}
