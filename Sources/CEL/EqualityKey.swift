import OrderedCollections
import Values

/// Bytes that are the same for two values exactly where CEL's `==` holds for them, so that many values are compared in a
/// time that grows with their size and not with the square of their count.
struct EqualityKey: Hashable {
    private var bytes: [UInt8] = []

    /// Nil for a value that holds NaN, which equals nothing.
    init?(_ value: Value, _ frame: inout Frame) throws(EvaluationError) {
        try frame.read(value.size(atMost: Program.largest))
        guard add(value) else { return nil }
    }

    /// Each part begins with its kind and says how long it is, so that no two values have the same bytes by chance.
    private enum Part: UInt8 {
        case null, bool, negative, whole, double, string, bytes, list, map, timestamp, duration, type,
            optional
    }

    private mutating func add(_ value: Value) -> Bool {
        switch value {
        case .null: begin(.null)
        case .bool(let bool): add(.bool, bool ? 1 : 0)
        case .int(let int): add(int < 0 ? .negative : .whole, UInt64(bitPattern: int))
        case .uint(let uint): add(.whole, uint)
        case .double(let double): return add(double)
        case .string(let text): add(.string, Array(text.utf8))
        case .bytes(let bytes): add(.bytes, bytes)
        case .list(let list):
            add(.list, UInt64(list.count))
            return list.allSatisfy { add($0) }
        case .map(let map): return add(map)
        case .timestamp(let time):
            add(.timestamp, UInt64(bitPattern: time.seconds))
            add(UInt64(bitPattern: time.nanoseconds))
        case .duration(let span):
            add(.duration, UInt64(bitPattern: span.seconds))
            add(UInt64(bitPattern: span.nanoseconds))
        case .type(let name): add(.type, Array(name.utf8))
        case .optional(let inner):
            add(.optional, inner == nil ? 0 : 1)
            return inner.map { add($0) } ?? true
        }
        return true
    }

    /// A double that is a whole number equals the int or uint of its value.
    private mutating func add(_ double: Double) -> Bool {
        if double.isNaN { return false }
        if let int = Int64(exactly: double) { return add(Value.int(int)) }
        if let uint = UInt64(exactly: double) { return add(Value.uint(uint)) }
        add(.double, double.bitPattern)
        return true
    }

    /// A map's entries have no order, so they stand in the order of their own bytes.
    private mutating func add(_ map: MapValue) -> Bool {
        var entries: [[UInt8]] = []
        for (key, value) in map.entries {
            var entry = EqualityKey()
            guard entry.add(key), entry.add(value) else { return false }
            entries.append(entry.bytes)
        }
        add(.map, UInt64(entries.count))
        for entry in entries.sorted(by: { $0.lexicographicallyPrecedes($1) }) { bytes += entry }
        return true
    }

    private init() {}

    private mutating func begin(_ part: Part) { bytes.append(part.rawValue) }

    private mutating func add(_ part: Part, _ number: UInt64) {
        begin(part)
        add(number)
    }

    private mutating func add(_ part: Part, _ content: [UInt8]) {
        add(part, UInt64(content.count))
        bytes += content
    }

    private mutating func add(_ number: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }
}
