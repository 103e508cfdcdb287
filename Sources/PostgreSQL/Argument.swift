/// A value of a statement's parameter.
package enum Argument: Sendable {
    case null
    case text(String)
    case number(Int64)
    case flag(Bool)
    case bytes([UInt8])
    /// An array of one dimension, in the form in which PostgreSQL reads arrays.
    case array(String)

    package static func optional(_ text: String?) -> Argument { text.map(Argument.text) ?? .null }
    package static func optional(_ number: Int64?) -> Argument { number.map(Argument.number) ?? .null }

    package static func texts(_ texts: some Sequence<String?>) -> Argument {
        var list = ArrayText()
        for text in texts { list.add(text) }
        return .array(list.end())
    }

    package static func numbers(_ numbers: some Sequence<Int64?>) -> Argument {
        var list = ArrayText()
        for number in numbers { list.add(number) }
        return .array(list.end())
    }

    /// Whether `bytes` are the value itself, and not its text.
    var isBinary: Bool {
        switch self {
        case .bytes: true
        case .null, .text, .number, .flag, .array: false
        }
    }

    /// What is sent: its text with a zero at the end, or the bytes themselves; nil for null. Text that PostgreSQL cannot keep, a zero character, becomes U+2400.
    var bytes: [UInt8]? {
        switch self {
        case .null: nil
        case .text(let text): Argument.kept(text) + [0]
        case .number(let number): Array(String(number).utf8) + [0]
        case .flag(let flag): [flag ? UInt8(ascii: "t") : UInt8(ascii: "f"), 0]
        case .bytes(let bytes): bytes
        case .array(let text): Array(text.utf8) + [0]
        }
    }

    static func kept(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.contains(0) else { return bytes }
        return bytes.flatMap { $0 == 0 ? [0xE2, 0x90, 0x80] : [$0] }
    }
}

/// Writes an array as PostgreSQL reads it.
private struct ArrayText {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    private mutating func next() {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    }

    mutating func add(_ text: String?) {
        next()
        guard let text else { return bytes.append(contentsOf: "NULL".utf8) }
        bytes.append(UInt8(ascii: "\""))
        for byte in Argument.kept(text) {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func add(_ number: Int64?) {
        next()
        bytes.append(contentsOf: (number.map(String.init) ?? "NULL").utf8)
    }

    mutating func end() -> String {
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}
