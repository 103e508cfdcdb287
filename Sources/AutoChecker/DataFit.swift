import CEL
import OrderedCollections
import URLs
package import Values

/// Why a value is not of a type: where in it, what was wanted, what was found.
package struct Misfit: Error, Sendable, Hashable {
    /// `items[2].price`; empty for the whole.
    package let path: String
    /// What was wanted, behind the word "expected".
    package let expected: String
    /// What was found, behind the word "found".
    package let found: String

    package init(path: String, expected: String, found: String) {
        self.path = path
        self.expected = expected
        self.found = found
    }

    /// All of it in a sentence without a full stop.
    package var text: String {
        (path.isEmpty ? "" : "`\(path)`: ") + "expected \(expected), found \(found)"
    }
}

extension DataType {
    /// What to do with fields that the type has not.
    package enum ExtraFields: Sendable {
        case dropped
        case refused
    }

    /// The value as this type has it (`3.0` becomes the int 3, an int a number), or why it does not fit.
    package func fit(_ value: Value, extras: ExtraFields = .dropped, path: String = "") throws(Misfit)
        -> Value
    {
        func misfit(_ expected: String? = nil) -> Misfit {
            Misfit(path: path, expected: expected ?? text, found: describe(value))
        }
        switch self {
        case .json: return value
        case .text:
            guard case .string = value else { throw misfit() }
            return value
        case .url:
            guard let url = value.asText, isURL(url) else {
                throw misfit("a url such as https://example.org/page")
            }
            return value
        case .bool:
            guard case .bool = value else { throw misfit("true or false") }
            return value
        case .int:
            guard let int = value.asInt else { throw misfit("a whole number") }
            return .int(Int64(int))
        case .number:
            guard let double = value.asDouble else { throw misfit("a number") }
            return .double(double)
        case .bytes:
            if case .bytes = value { return value }
            guard let text = value.asText, let bytes = decodeBase64(text) else {
                throw misfit("bytes as base64 text")
            }
            return .bytes(bytes)
        case .oneOf(let values):
            // Swift compares texts by what they mean, not by their code points: what differs only in its normal form becomes
            // the label as it was declared, which expressions then find equal.
            guard let text = value.asText, let label = values.first(where: { $0 == text }) else {
                throw misfit()
            }
            return .string(label)
        case .list(let element):
            guard case .list(let items) = value else { throw misfit() }
            var fitted: [Value] = []
            fitted.reserveCapacity(items.count)
            for (index, item) in items.enumerated() {
                fitted.append(try element.fit(item, extras: extras, path: "\(path)[\(index)]"))
            }
            return .list(fitted)
        case .record(let fields, _):
            guard case .map(let map) = value else { throw misfit() }
            return .map(try fit(map, fields, extras, path))
        }
    }

    private func fit(_ map: MapValue, _ fields: [DataField], _ extras: ExtraFields, _ path: String)
        throws(Misfit) -> MapValue
    {
        var fitted = MapValue()
        let prefix = path.isEmpty ? "" : path + "."
        // Field order is the order received.
        for (key, value) in map.entries {
            let name = JSON.keyText(key)
            guard let field = fields.first(where: { $0.name == name }) else {
                if extras == .dropped { continue }
                throw Misfit(
                    path: prefix + name,
                    expected: "only the fields " + fields.map(\.name).joined(separator: ", "),
                    found: "`\(name)`")
            }
            if value.isNull, field.isOptional { continue }
            fitted[name] = try field.type.fit(value, extras: extras, path: prefix + name)
        }
        for field in fields where !field.isOptional && fitted[field.name] == nil {
            throw Misfit(path: prefix + field.name, expected: field.type.text, found: "nothing")
        }
        return fitted
    }
}

extension DataType {
    /// The value that a person means by a text: `yes` for a truth, JSON for what is no text.
    package func fit(typed text: String) throws(Misfit) -> Value {
        switch self {
        case .text, .url, .oneOf: return try fit(.string(text))
        case .bool:
            switch text.lowercased() {
            case "yes", "y", "true": return .bool(true)
            case "no", "n", "false": return .bool(false)
            default: throw Misfit(path: "", expected: "yes or no", found: describe(.string(text)))
            }
        case .int, .number, .json, .bytes, .list, .record:
            return try fit((try? JSON.parse(text)) ?? .string(text))
        }
    }

    /// The value of a choice as the file has it: it may be a text that stands for another value, `"yes"` for a truth.
    package func fit(choice written: Value) throws(Misfit) -> Value {
        do throws(Misfit) { return try fit(written) } catch {
            guard let text = written.asText, let value = try? fit(typed: text) else { throw error }
            return value
        }
    }
}

/// A value in an error: short, with its kind.
package func describe(_ value: Value) -> String {
    switch value {
    case .null: return "null"
    case .list(let list): return "a list of \(list.count)"
    case .map(let map):
        let keys = map.entries.keys.prefix(4).map(JSON.keyText).joined(separator: ", ")
        return map.count == 0 ? "an empty record" : "a record with \(keys)\(map.count > 4 ? ", …" : "")"
    case .string(let text):
        let shown = text.count > 60 ? text.prefix(57) + "…" : text[...]
        return "the text " + JSON.text(.string(String(shown)))
    case .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
        return "\(JSON.text(value)) (\(value.kindName))"
    }
}

/// Whether a text is an absolute url with a scheme and something behind it, without blanks.
package func isURL(_ text: String) -> Bool {
    // The parser also takes what people mistype; a value of the type `url` is written as one.
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), let url = try? WebURL(text) else { return false }
    let rest = text.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst()
    guard url.isSpecial, url.scheme != "file" else {
        return !rest.isEmpty && !(url.hostText.isEmpty && url.path.isEmpty)
    }
    return rest.starts(with: "//".utf8) && rest.dropFirst(2).first.map { !"/\\".utf8.contains($0) } == true
}
