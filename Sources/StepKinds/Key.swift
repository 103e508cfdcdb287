import CEL
import Values

/// A field's name together with the Swift type of its value: `work[WebScrape.url]` is a `String?`.
package struct Key<Content: Sendable>: Sendable {
    package let field: StepField
    fileprivate let read: @Sendable (Value) -> Content?

    package var name: String { field.name }

    fileprivate init(
        _ name: String, _ kind: FieldKind, _ roles: Set<FieldRole>, _ usual: String?, _ documentation: String,
        read: @escaping @Sendable (Value) -> Content?
    ) {
        field = StepField(name: name, kind: kind, roles: roles, usual: usual, documentation: documentation)
        self.read = read
    }
}

extension MapValue {
    /// The rendered value of a field; nil where the field is left out, null, or of another type.
    package subscript<Content>(key: Key<Content>) -> Content? {
        self[key.name].flatMap { $0.isNull ? nil : key.read($0) }
    }
}

extension Key where Content == String {
    static func text(
        _ name: String, as roles: Set<FieldRole> = [], usual: String? = nil, _ documentation: String
    ) -> Key {
        Key(name, .text, roles, usual, documentation) { $0.asText }
    }

    static func choice(_ name: String, of values: [String], usual: String? = nil, _ documentation: String)
        -> Key
    {
        Key(name, .choice(values), [], usual, documentation) { $0.asText }
    }

    /// A program, taken letter for letter.
    static func program(_ name: String, as roles: Set<FieldRole> = [], _ documentation: String) -> Key {
        Key(name, .program, roles, nil, documentation) { $0.asText }
    }
}

extension Key where Content == Int {
    static func int(_ name: String, usual: String? = nil, _ documentation: String) -> Key {
        Key(name, .int, [], usual, documentation) { $0.asInt }
    }
}

extension Key where Content == Double {
    static func number(_ name: String, usual: String? = nil, _ documentation: String) -> Key {
        Key(name, .number, [], usual, documentation) { $0.asDouble }
    }
}

extension Key where Content == Bool {
    static func bool(_ name: String, _ documentation: String) -> Key {
        Key(name, .bool, [], nil, documentation) { $0.asBool }
    }
}

extension Key where Content == MapValue {
    static func record(_ name: String, as roles: Set<FieldRole> = [], _ documentation: String) -> Key {
        Key(name, .record, roles, nil, documentation) { $0.asMap }
    }
}

extension Key where Content == [String] {
    /// A name, or names of which the next stands in for the one before.
    static func names(_ name: String, _ documentation: String) -> Key {
        Key(name, .textOrList, [], nil, documentation) { value in
            value.asText.map { [$0] } ?? value.asList.map { $0.compactMap(\.asText) }
        }
    }
}

extension Key where Content == [Value] {
    static func list(_ name: String, as roles: Set<FieldRole> = [], _ documentation: String) -> Key {
        Key(name, .list, roles, nil, documentation) { $0.asList }
    }
}

/// Fields that take values of several types are read as they come.
extension Key where Content == Value {
    static func any(
        _ name: String, as roles: Set<FieldRole> = [], usual: String? = nil, _ documentation: String
    ) -> Key {
        Key(name, .any, roles, usual, documentation) { $0 }
    }

    static func textOrList(_ name: String, as roles: Set<FieldRole> = [], _ documentation: String) -> Key {
        Key(name, .textOrList, roles, nil, documentation) { $0 }
    }

    static func numberOrText(_ name: String, usual: String? = nil, _ documentation: String) -> Key {
        Key(name, .numberOrText, [], usual, documentation) { $0 }
    }

    static func boolOrRecord(_ name: String, as roles: Set<FieldRole> = [], _ documentation: String) -> Key {
        Key(name, .boolOrRecord, roles, nil, documentation) { $0 }
    }

    static func duration(_ name: String, usual: String? = nil, _ documentation: String) -> Key {
        Key(name, .duration, [], usual, documentation) { $0 }
    }

    static func selector(_ name: String, _ documentation: String) -> Key {
        Key(name, .selector, [], nil, documentation) { $0 }
    }
}
