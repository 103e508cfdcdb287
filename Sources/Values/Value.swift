package import OrderedCollections

/// Every value that an expression can have; also what steps take and give.
package enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([Value])
    case map(MapValue)
    case timestamp(Timestamp)
    case duration(Duration)
    /// The name of a type, as `type(x)` gives it.
    case type(String)
    indirect case optional(Value?)
}

/// Keys and values in the order in which they were written or received.
package struct MapValue: Sendable {
    /// The entries, in their order.
    package var entries: OrderedDictionary<Value, Value>

    package init(_ entries: OrderedDictionary<Value, Value> = [:]) {
        self.entries = entries
    }

    /// A record: text keys in the order given.
    package init(record: [(String, Value)]) {
        entries = OrderedDictionary(minimumCapacity: record.count)
        for (name, value) in record { entries[.string(name)] = value }
    }

    /// How many entries there are.
    package var count: Int { entries.count }

    /// The value of a key; nil where it is not there. Setting nil takes the entry away.
    package subscript(key key: Value) -> Value? {
        get { entries[key] }
        set { entries[key] = newValue }
    }

    /// The value of a text key; nil where it is not there. Setting nil takes the entry away.
    package subscript(name: String) -> Value? {
        get { entries[.string(name)] }
        set { entries[.string(name)] = newValue }
    }
}

extension Value {
    /// A map with text keys in the order given; of a key that stands twice the last value counts.
    package static func record(_ fields: [(String, Value)]) -> Value { .map(MapValue(record: fields)) }

    /// The text, if it is one.
    package var asText: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The elements, if it is a list.
    package var asList: [Value]? {
        if case .list(let list) = self { list } else { nil }
    }

    /// The entries, if it is a map.
    package var asMap: MapValue? {
        if case .map(let map) = self { map } else { nil }
    }

    /// The truth value, if it is one.
    package var asBool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// Whether it is null.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// A whole number, from an int, a uint, or a double without fraction.
    package var asInt: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .uint(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        case .null, .bool, .string, .bytes, .list, .map, .timestamp, .duration, .type, .optional: nil
        }
    }

    /// A number of any type, as a double.
    package var asDouble: Double? {
        switch self {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .double(let value): value
        case .null, .bool, .string, .bytes, .list, .map, .timestamp, .duration, .type, .optional: nil
        }
    }

    /// The name of the value's type as messages have it: CEL's own name where that says what it is.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .optional: "optional value"
        case .bool, .int, .uint, .double, .string, .bytes, .list, .map, .type: typeName
        }
    }

    /// The name of the value's type in CEL's words.
    package var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .type: "type"
        case .optional: "optional_type"
        }
    }
}

/// Equality as data: two values are equal when nothing tells them apart, so an int is never equal to a
/// double, and texts are compared by their code points. The order of a map's keys does not count. CEL's own
/// `==`, for which 2 is 2.0, stands in CEL.
extension Value: Hashable {
    package static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.double(let a), .double(let b)): a == b || a.isNaN && b.isNaN
        case (.string(let a), .string(let b)): sameText(a, b)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.duration(let a), .duration(let b)): a == b
        case (.type(let a), .type(let b)): sameText(a, b)
        case (.optional(let a), .optional(let b)): a == b
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .uint(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.isNaN ? 0 : value)
        case .string(let value): hasher.combine(value)
        case .bytes(let value): hasher.combine(value)
        case .list(let value): hasher.combine(value)
        case .map(let value): hasher.combine(value.count)
        case .timestamp(let value): hasher.combine(value)
        case .duration(let value): hasher.combine(value)
        case .type(let value): hasher.combine(value)
        case .optional(let value): hasher.combine(value)
        }
    }
}

extension MapValue: Hashable {
    package static func == (left: MapValue, right: MapValue) -> Bool {
        left.count == right.count && left.entries.allSatisfy { key, value in right[key: key] == value }
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

/// Whether two texts have the same code points; Swift's `==` takes canonical equivalents for equal.
package func sameText(_ left: String, _ right: String) -> Bool {
    left == right && left.utf8.elementsEqual(right.utf8)
}
