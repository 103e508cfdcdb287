/// Why bytes are not what was packed.
package struct UnpackingError: Error, Sendable, Hashable {
    /// What is wrong, to go on from "it is damaged: ".
    package let message: String

    package init(_ message: String) { self.message = message }
}

/// What can be kept as bytes, so that a later process, or a later version of this program, reads the same
/// again.
///
/// The bytes do not say what they are: who reads them must know what was written, and in which order.
/// Whatever is kept for long therefore begins with the number of its format. A cased type is written as a
/// number or a word for the case; neither is ever given to another case.
package protocol Packable {
    /// Appends the bytes from which the same value is read again.
    func pack(into writer: inout PackedWriter)
    /// - Throws: when the bytes are nothing that `pack` writes; no bytes whatever make it crash.
    init(from reader: inout PackedReader) throws(UnpackingError)
}

/// Collects packed bytes.
package struct PackedWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Writes one part behind the other: a case and what it holds, or the parts of a whole.
    package mutating func write<each Part: Packable>(_ part: repeat each Part) {
        repeat (each part).pack(into: &self)
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(contentsOf new: some Collection<UInt8>) { bytes.append(contentsOf: new) }
}

/// Reads packed bytes from the first on.
package struct PackedReader: Sendable {
    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    /// The number of the format that the bytes are in, set by who has read it: what a later format added is
    /// not in them.
    package var format: UInt64 = 0

    /// Deeper than anything that the parser takes: an expression is at most 1,000 high, within 200 records.
    private static let deepest = 1_500

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether all has been read.
    package var isAtEnd: Bool { index == bytes.count }

    /// Reads a value.
    ///
    /// - Throws: when the bytes are not what such a value is packed as.
    package mutating func read<Result: Packable>(_ type: Result.Type = Result.self) throws(UnpackingError)
        -> Result
    {
        try Result(from: &self)
    }

    mutating func byte() throws(UnpackingError) -> UInt8 {
        guard index < bytes.count else { throw UnpackingError("it ends too early") }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func bytes(_ count: Int) throws(UnpackingError) -> ArraySlice<UInt8> {
        guard count <= bytes.count - index else { throw UnpackingError("it ends too early") }
        defer { index += count }
        return bytes[index..<(index + count)]
    }

    /// Reads what may hold more of its own kind: bytes that nest without an end must not use up the stack.
    ///
    /// - Throws: when the bytes nest too deep, and what the body throws.
    package mutating func nested<Result>(
        _ body: (inout PackedReader) throws(UnpackingError) -> Result
    ) throws(UnpackingError) -> Result {
        guard depth < PackedReader.deepest else {
            throw UnpackingError("it nests more than \(PackedReader.deepest) deep")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }
}

// Whole numbers are written in groups of seven bits, the lowest first, so that small ones take one byte.

extension UInt64: Packable {
    package func pack(into writer: inout PackedWriter) {
        var rest = self
        while rest >= 0x80 {
            writer.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writer.append(UInt8(rest))
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            let byte = try reader.byte()
            let group = UInt64(byte & 0x7F)
            guard (group << shift) >> shift == group else { break }
            self |= group << shift
            if byte & 0x80 == 0 { return }
        }
        throw UnpackingError("a number has more than 64 bits")
    }
}

extension Int64: Packable {
    /// The sign stands in the lowest bit, so that small negative numbers are short, too.
    package func pack(into writer: inout PackedWriter) {
        writer.write(UInt64(bitPattern: (self << 1) ^ (self >> 63)))
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        let bits = try reader.read(UInt64.self)
        self = Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
    }
}

extension Int: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(Int64(self)) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        guard let int = Int(exactly: try reader.read(Int64.self)) else {
            throw UnpackingError("a number is larger than this machine counts")
        }
        self = int
    }
}

extension UInt8: Packable {
    package func pack(into writer: inout PackedWriter) { writer.append(self) }

    package init(from reader: inout PackedReader) throws(UnpackingError) { self = try reader.byte() }
}

extension Bool: Packable {
    package func pack(into writer: inout PackedWriter) { writer.append(self ? 1 : 0) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        switch try reader.byte() {
        case 0: self = false
        case 1: self = true
        default: throw UnpackingError("a bool is neither 0 nor 1")
        }
    }
}

extension Double: Packable {
    /// All of its 64 bits, the lowest byte first.
    package func pack(into writer: inout PackedWriter) {
        for shift in stride(from: 0, to: 64, by: 8) {
            writer.append(UInt8(truncatingIfNeeded: bitPattern >> shift))
        }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        var bits: UInt64 = 0
        for byte in try reader.bytes(8).reversed() { bits = bits << 8 | UInt64(byte) }
        self.init(bitPattern: bits)
    }
}

extension String: Packable {
    /// Its length in bytes, then its UTF-8.
    package func pack(into writer: inout PackedWriter) {
        writer.write(UInt64(utf8.count))
        writer.append(contentsOf: utf8)
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        let count = try reader.count()
        guard let text = String(validating: try reader.bytes(count), as: UTF8.self) else {
            throw UnpackingError("a text is not UTF-8")
        }
        self = text
    }
}

extension Optional: Packable where Wrapped: Packable {
    package func pack(into writer: inout PackedWriter) {
        writer.write(self != nil)
        if let self { writer.write(self) }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self = try reader.read(Bool.self) ? try reader.read(Wrapped.self) : nil
    }
}

extension Array: Packable where Element: Packable {
    /// How many, then each.
    package func pack(into writer: inout PackedWriter) {
        writer.write(UInt64(count))
        for element in self { writer.write(element) }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self = []
        // Whatever count damaged bytes name, the list grows only as its elements are read.
        for _ in 0..<(try reader.count()) { append(try reader.read()) }
    }
}

extension PackedReader {
    /// How many bytes or elements follow.
    mutating func count() throws(UnpackingError) -> Int {
        guard let count = Int(exactly: try read(UInt64.self)) else {
            throw UnpackingError("a length is larger than this machine counts")
        }
        return count
    }
}

/// Cases that have a number or a word are written as that.
extension Packable where Self: RawRepresentable, RawValue: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(rawValue) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        let raw = try reader.read(RawValue.self)
        guard let known = Self(rawValue: raw) else {
            throw UnpackingError("`\(raw)` stands for nothing that is known here")
        }
        self = known
    }
}
