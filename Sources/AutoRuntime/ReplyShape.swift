package import AutoChecker
import Values

extension DataType {
    /// The shape of a value as models understand it best: JSON with types in the place of values, and the
    /// fields' descriptions as comments before them.
    package var shapeForModels: String { shape(indent: "") }

    /// The sentence, and where the type has fields the shape, that asks a model for a value of this type.
    ///
    /// - Parameter asObject: whether the reply has to be a JSON object, as the JSON modes of most servers want;
    ///   any type but a record then stands in the field `value`.
    package func wishForModels(asObject: Bool) -> String {
        switch asObject ? asRecord : self {
        case .text: return "Answer with the text, and nothing else."
        case .json: return "Answer with JSON, and nothing else."
        case .oneOf(let labels):
            let listed = labels.map(quoted).joined(separator: ", ")
            return "Answer with exactly one of these labels, and nothing else: \(listed)"
        case .int, .number, .bool, .bytes, .url:
            return "Answer with one value, and nothing else: \(shapeForModels)"
        case .list, .record:
            let shape = (asObject ? asRecord : self).shapeForModels
            return "Answer with JSON of this shape, and nothing else:\n\(shape)"
        }
    }

    /// The type as an object holds it, since most servers give objects only: a record as it is, any other type
    /// in the field `value`.
    package var asRecord: DataType {
        switch self {
        case .record, .json: self
        case .text, .int, .number, .bool, .bytes, .url, .list, .oneOf:
            .record([DataField("value", self)], name: "")
        }
    }

    private func shape(indent: String) -> String {
        switch self {
        case .text: return "text in quotes"
        case .int: return "whole number"
        case .number: return "number"
        case .bool: return "true or false"
        case .json: return "any JSON"
        case .bytes: return "bytes as base64 in quotes"
        case .url: return "absolute url in quotes"
        case .oneOf(let labels): return labels.map(quoted).joined(separator: " or ")
        case .list(let element): return "[\(element.shape(indent: indent)), ...]"
        case .record(let fields, _):
            let inner = indent + "  "
            let lines = fields.map { field in
                let said = field.documentation.map { comment($0, inner) } ?? ""
                let rest = field.isOptional ? " or null" : ""
                return "\(said)\(inner)\(quoted(field.name)): \(field.type.shape(indent: inner))\(rest)"
            }
            return lines.isEmpty ? "{}" : "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        }
    }

    private func comment(_ words: String, _ indent: String) -> String {
        words.split(whereSeparator: \.isNewline).map { "\(indent)// \($0)\n" }.joined()
    }

    private func quoted(_ text: String) -> String { JSON.text(.string(text)) }
}
