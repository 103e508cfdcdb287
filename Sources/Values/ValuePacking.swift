import OrderedCollections

/// Every value comes back as it was: an int is no double, a map keeps its order, a text its code points.
extension Value: Packable {
    private enum Case: UInt8, Packable {
        case null = 0
        case bool = 1
        case int = 2
        case uint = 3
        case double = 4
        case string = 5
        case bytes = 6
        case list = 7
        case map = 8
        case timestamp = 9
        case duration = 10
        case type = 11
        case optional = 12
    }

    package func pack(into writer: inout PackedWriter) {
        switch self {
        case .null: writer.write(Case.null)
        case .bool(let bool): writer.write(Case.bool, bool)
        case .int(let int): writer.write(Case.int, int)
        case .uint(let uint): writer.write(Case.uint, uint)
        case .double(let double): writer.write(Case.double, double)
        case .string(let text): writer.write(Case.string, text)
        case .bytes(let bytes): writer.write(Case.bytes, bytes)
        case .list(let list): writer.write(Case.list, list)
        case .map(let map): writer.write(Case.map, map)
        case .timestamp(let time): writer.write(Case.timestamp, time)
        case .duration(let duration): writer.write(Case.duration, duration)
        case .type(let name): writer.write(Case.type, name)
        case .optional(let inner): writer.write(Case.optional, inner)
        }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self = try reader.nested { (reader) throws(UnpackingError) in try Value.unpacked(&reader) }
    }

    private static func unpacked(_ reader: inout PackedReader) throws(UnpackingError) -> Value {
        switch try reader.read(Case.self) {
        case .null: .null
        case .bool: .bool(try reader.read())
        case .int: .int(try reader.read())
        case .uint: .uint(try reader.read())
        case .double: .double(try reader.read())
        case .string: .string(try reader.read())
        case .bytes: .bytes(try reader.read())
        case .list: .list(try reader.read())
        case .map: .map(try reader.read())
        case .timestamp: .timestamp(try reader.read())
        case .duration: .duration(try reader.read())
        case .type: .type(try reader.read())
        case .optional: .optional(try reader.read())
        }
    }
}

extension MapValue: Packable {
    package func pack(into writer: inout PackedWriter) {
        writer.write(UInt64(count))
        for (key, value) in entries { writer.write(key, value) }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init()
        for _ in 0..<(try reader.count()) {
            let key = try reader.read(Value.self)
            self[key: key] = try reader.read(Value.self)
        }
    }
}

extension Timestamp: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(seconds, nanoseconds) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        let seconds = try reader.read(Int64.self)
        let nanoseconds = try reader.read(Int64.self)
        guard (0..<1_000_000_000).contains(nanoseconds),
            let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        else { throw UnpackingError("a timestamp is not within the years 1 to 9999") }
        self = time
    }
}

extension Duration: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(seconds, nanoseconds) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        let seconds = try reader.read(Int64.self)
        let nanoseconds = try reader.read(Int64.self)
        guard nanoseconds.magnitude < 1_000_000_000,
            let duration = Duration(seconds: seconds, nanoseconds: nanoseconds)
        else { throw UnpackingError("a duration is longer than 10,000 years") }
        self = duration
    }
}
