package import AutoSyntax
import CEL
import OrderedCollections
package import Values

/// What is known of a step's fields: before a run from the file, in a run from the rendered values.
///
/// Both are looked at by the same rules, so that the checker, `autorun plan` and `autorun test` say the same.
package struct GivenFields: Sendable {
    package enum Glimpse: Sendable, Hashable {
        /// Left out, null, or an empty list.
        case absent
        /// A text that is known from end to end.
        case text(String)
        /// Any other value; of a text that is put together at run time its fixed beginning, else nothing.
        case value(beginning: String)
    }

    private let glimpses: [String: Glimpse]

    /// The fields as the file has them.
    package init(_ step: Step) { self.init(step.fields) }

    /// The fields as the file has them.
    package init(_ fields: [Field]) {
        glimpses = Dictionary(
            fields.map { ($0.name.text, GivenFields.glimpse($0.value)) }, uniquingKeysWith: { $1 })
    }

    /// The fields as they were rendered for a visit.
    package init(_ fields: MapValue) {
        var glimpses: [String: Glimpse] = [:]
        for (name, value) in fields.entries {
            guard let name = name.asText else { continue }
            if let text = value.asText {
                glimpses[name] = .text(text)
            } else if !value.isNull, value.asList?.isEmpty != true {
                glimpses[name] = .value(beginning: "")
            }
        }
        self.glimpses = glimpses
    }

    package subscript<Content>(key: Key<Content>) -> Glimpse { self[key.name] }

    package subscript(name: String) -> Glimpse { glimpses[name] ?? .absent }

    package func has<Content>(_ key: Key<Content>) -> Bool { self[key] != .absent }

    private static func glimpse(_ value: FieldValue) -> Glimpse {
        switch value {
        case .program(let program): return .text(program.text)
        case .record, .list, .xpath: return .value(beginning: "")
        case .expression(let expression):
            switch expression.kind {
            case .literal(.string(let text)): return .text(text)
            case .literal(.null): return .absent
            case .list(let elements): return elements.isEmpty ? .absent : .value(beginning: "")
            case .text(let parts):
                guard case .characters(let beginning) = parts.first else { return .value(beginning: "") }
                return parts.count == 1 ? .text(beginning) : .value(beginning: beginning)
            case .literal, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .map, .macro:
                return .value(beginning: "")
            }
        }
    }
}

extension GivenFields.Glimpse {
    /// Whether the value is surely a `file:` url.
    var isFileURL: Bool {
        switch self {
        case .absent: false
        case .text(let text), .value(beginning: let text): text.lowercased().hasPrefix("file:")
        }
    }
}
