package import AutoChecker
package import Values

extension DataType {
    /// A value that a model gives, with its parts made to be of this type where they can mean only one value of it: `"7"`
    /// for an int, `"true"` for a bool, one value where a list of it is wanted.
    ///
    /// - Returns: the value, which may still not be of the type: what cannot be made so stands as it was given, and so does
    ///   what a record has besides its fields.
    package func mended(_ value: Value) -> Value {
        // Most are as they should be.
        if (try? fit(value, extras: .refused)) != nil { return value }
        switch self {
        case .json: return value
        case .record(let fields, _):
            guard var map = value.asMap ?? whole(value)?.plain.asMap else { return value }
            for field in fields {
                guard let given = map[field.name] else { continue }
                map[field.name] = field.type.mended(given)
            }
            return .map(map)
        case .list(let element):
            if let items = value.asList ?? whole(value)?.plain.asList {
                return .list(items.map(element.mended))
            }
            return (try? fit(WrittenValue(given: value))) ?? value
        case .text, .int, .number, .bool, .bytes, .url, .oneOf:
            return (try? fit(WrittenValue(given: value))) ?? value
        }
    }

    /// The record or the list that a text is.
    private func whole(_ value: Value) -> WrittenValue? {
        guard let text = value.asText, let whole = (try? WrittenText(text))?.whole, whole.isContainer,
            !whole.holdsCut
        else { return nil }
        return whole
    }
}

/// The JSON object that a model has written as the arguments of a tool, mended where it is written loosely.
///
/// - Returns: nil where the text is none, or is cut off.
package func writtenArguments(_ text: String) -> MapValue? {
    (try? DataType.json.read(text, cut: .refused))?.value.asMap
}

extension WrittenValue {
    /// A value of JSON as it would be written.
    fileprivate init(given value: Value) {
        switch value {
        case .string(let text): self.init(.text(text))
        case .list(let items): self.init(.list(items.map(WrittenValue.init(given:))))
        case .map(let map):
            self.init(
                .record(
                    map.entries.map { (name: JSON.keyText($0.key), value: WrittenValue(given: $0.value)) }))
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
            self.init(.bare(JSON.text(value)))
        }
    }
}
