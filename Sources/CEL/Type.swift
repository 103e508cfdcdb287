import Values

/// The static type of an expression.
package indirect enum Type: Sendable, Hashable {
    /// Known only at run time.
    case dyn
    /// The type of an expression that has a finding already; it fits everywhere, so that one mistake is told once.
    case unknown
    case null
    case bool
    case int
    case uint
    case double
    case string
    case bytes
    case timestamp
    case duration
    case type
    case list(Type)
    case map(Type, Type)
    case optional(Type)
    case record(RecordType)
    /// Text that is one of these.
    case oneOf([String])
    /// A type variable of an overload.
    case parameter(String)
}

extension Type {
    /// Whether types stand within each other at most so deep.
    package func isNested(atMost depth: Int) -> Bool {
        switch self {
        case .list(let element), .optional(let element): depth > 0 && element.isNested(atMost: depth - 1)
        case .map(let key, let value):
            depth > 0 && key.isNested(atMost: depth - 1) && value.isNested(atMost: depth - 1)
        case .record(let record):
            depth > 0 && record.fields.allSatisfy { $0.type.isNested(atMost: depth - 1) }
        case .dyn, .unknown, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
            .type,
            .oneOf, .parameter:
            true
        }
    }
}

/// A record's fields in order.
package struct RecordType: Sendable, Hashable {
    /// What a record stands for, by which a wrong name in it is explained.
    package enum Role: Sendable, Hashable {
        case data
        /// Data that may hold more fields than these, whose names nobody knows before.
        case open
        case inputs
        case secrets
        case session
        case step
    }

    /// A field of a record, with its type.
    package struct Field: Sendable, Hashable {
        /// The field's name.
        package let name: String
        /// The type of its value where it is there.
        package let type: Type
        /// Whether it may be absent.
        package let isOptional: Bool

        package init(_ name: String, _ type: Type, isOptional: Bool = false) {
            self.name = name
            self.type = type
            self.isOptional = isOptional
        }
    }

    /// The name by which people know it; empty for one written in place.
    package let name: String
    /// What it stands for.
    package let role: Role
    /// Its fields, in the order in which they are declared.
    package let fields: [Field]

    /// Where each field stands; nil for so few that looking at all of them is as fast.
    private let places: [String: Int]?

    package init(name: String = "", role: Role = .data, fields: [Field]) {
        self.name = name
        self.role = role
        self.fields = fields
        places =
            fields.count < 32
            ? nil
            : Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The field by this name; nil for one that there is not.
    package subscript(name: String) -> Field? {
        guard let places else { return fields.first { $0.name == name } }
        return places[name].map { fields[$0] }
    }

    // Where the fields stand follows from the fields.

    package static func == (left: RecordType, right: RecordType) -> Bool {
        left.name == right.name && left.role == right.role && left.fields == right.fields
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(role)
        hasher.combine(fields)
    }
}

extension Type {
    /// The type in the language's words.
    package var text: String {
        switch self {
        case .dyn: "json"
        case .unknown: "unknown"
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "number"
        case .string: "text"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .type: "type"
        case .list(let element): "list<\(element.text)>"
        case .map(let key, let value):
            key == .string ? "map of \(value.text)" : "map<\(key.text), \(value.text)>"
        case .optional(let inner): "optional \(inner.text)"
        case .record(let record):
            record.name.isEmpty
                ? "{ "
                    + (record.fields.map { "\($0.name): \($0.type.text)\($0.isOptional ? "?" : "")" }
                    + (record.role == .open ? ["…"] : [])).joined(separator: ", ") + " }"
                : record.name
        case .oneOf(let values): "one_of(" + values.map { "\"\($0)\"" }.joined(separator: ", ") + ")"
        case .parameter(let name): name
        }
    }

    /// Whether any value may be of it.
    package var isOpen: Bool { self == .dyn || self == .unknown }
    /// Whether its values are numbers.
    package var isNumber: Bool { self == .int || self == .uint || self == .double }

    /// Whether its values are texts.
    package var isText: Bool {
        switch self {
        case .string, .oneOf: true
        case .dyn, .unknown, .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .list,
            .map,
            .optional, .record, .parameter:
            false
        }
    }

    var isList: Bool {
        if case .list = self { true } else { false }
    }

    /// `one_of` counts as text.
    package var widened: Type { isText ? .string : self }

    /// Whether a value of this static type may be used where another is wanted.
    package func fits(_ wanted: Type) -> Bool {
        if isOpen || wanted.isOpen { return true }
        switch (self, wanted) {
        case (.oneOf(let mine), .oneOf(let theirs)):
            // A written text is one word, for which a set of all the others would be too much.
            return mine.count == 1 ? theirs.contains(mine[0]) : Set(mine).isSubset(of: theirs)
        case (.oneOf, .string): return true
        case (.list(let mine), .list(let theirs)): return mine.fits(theirs)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return key.fits(otherKey) && value.fits(otherValue)
        // What else it holds is known only at run time.
        case (.record(let mine), .map) where mine.role == .open: return true
        case (.record(let mine), .record) where mine.role == .open: return true
        case (.record(let mine), .map(let key, let value)):
            return Type.string.fits(key) && mine.fields.allSatisfy { $0.type.fits(value) }
        case (.map(let key, let value), .record(let record)):
            return key.fits(.string) && record.fields.allSatisfy { value.fits($0.type) }
        case (.record(let mine), .record(let theirs)): return mine.fits(theirs)
        case (.optional(let mine), .optional(let theirs)): return mine.fits(theirs)
        case (_, .parameter): return true
        default: return self == wanted
        }
    }

    /// Whether two types can hold equal values at all.
    package func canEqual(_ other: Type) -> Bool {
        if isOpen || other.isOpen || (isNumber && other.isNumber) { return true }
        switch (self, other) {
        case (.oneOf(let mine), .oneOf(let theirs)): return shareWord(mine, theirs)
        case (.list(let mine), .list(let theirs)): return mine.canEqual(theirs)
        case (.map, .map), (.map, .record), (.record, .map), (.record, .record): return true
        case (.optional(let mine), .optional(let theirs)): return mine.canEqual(theirs)
        // A field that is optional may be null, and null may be asked for anywhere.
        case (.null, _), (_, .null): return true
        default: return widened == other.widened
        }
    }

    /// The type of a choice between two.
    package func joined(with other: Type) -> Type {
        if self == other { return self }
        if self == .unknown || other == .unknown { return .unknown }
        switch (self, other) {
        case (.oneOf(let mine), .oneOf(let theirs)):
            return .oneOf(mine + theirs.filter { !mine.contains($0) })
        case (.list(let mine), .list(let theirs)): return .list(mine.joined(with: theirs))
        case (.optional(let mine), .optional(let theirs)): return .optional(mine.joined(with: theirs))
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return .map(key.joined(with: otherKey), value.joined(with: otherValue))
        default: return widened == other.widened ? widened : .dyn
        }
    }
}

extension RecordType {
    func fits(_ wanted: RecordType) -> Bool {
        wanted.fields.allSatisfy { field in
            guard let mine = self[field.name] else { return field.isOptional }
            return mine.type.fits(field.type) && (field.isOptional || !mine.isOptional)
        } && fields.allSatisfy { wanted[$0.name] != nil }
    }
}

/// Whether two choices have a word in common. What is compared is mostly a written text, one word, for which a set of all
/// words of the other choice would be too much.
private func shareWord(_ some: [String], _ others: [String]) -> Bool {
    if some.count == 1 { return others.contains(some[0]) }
    if others.count == 1 { return some.contains(others[0]) }
    return !Set(some).isDisjoint(with: others)
}
