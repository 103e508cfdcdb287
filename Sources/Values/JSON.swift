package import Computing
import Diagnostics
import OrderedCollections

/// Why a text is not JSON, with the byte offset.
package struct JSONError: Error, Sendable, Hashable {
    /// What kind of mistake it is.
    package enum Kind: Sendable, Hashable {
        case malformed
        /// The text ends too early.
        case cutShort
        /// Its values would take more memory than a text from outside may.
        case tooLarge
        /// The limit was over before the end came.
        case stopped
    }

    /// A sentence without a full stop.
    package let message: String
    /// The message without the letters that stand at the offset, which may be a secret.
    package let reason: String
    /// The byte at which the mistake is.
    package let offset: Int
    /// What kind of mistake it is.
    package let kind: Kind

    package init(message: String, reason: String? = nil, offset: Int, kind: Kind = .malformed) {
        self.message = message
        self.reason = reason ?? message
        self.offset = offset
        self.kind = kind
    }
}

/// JSON text <-> values, keeping the order of fields and telling whole numbers from others, which no library
/// here does.
package enum JSON {
    /// The value that a text holds.
    ///
    /// - Throws: when it is no JSON, or holds too much.
    package static func parse(_ text: String) throws(JSONError) -> Value {
        var parser = JSONParser(bytes: Array(text.utf8))
        return try parser.document()
    }

    /// - Parameter refusesRepeatedKeys: whether an object that has a key twice is an error. Else the last of
    ///   them counts, as most readers have it; where two readers may take different ones, none should.
    /// - Throws: `JSONError` also when the limit is over before the end has come.
    package static func parse(
        bytes: [UInt8], _ limit: TimeLimit? = nil, refusesRepeatedKeys: Bool = false
    ) throws(JSONError) -> Value {
        var parser = JSONParser(bytes: bytes)
        parser.limit = limit
        parser.refusesRepeatedKeys = refusesRepeatedKeys
        return try parser.document()
    }

    /// Compact JSON text.
    package static func text(_ value: Value) -> String {
        var output: [UInt8] = []
        append(value, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Compact JSON text; nil when the limit is over before the end.
    package static func text(_ value: Value, _ limit: TimeLimit) -> String? {
        var output: [UInt8] = []
        append(value, to: &output, limit: limit)
        return limit.isOver ? nil : String(decoding: output, as: UTF8.self)
    }

    /// JSON text with two blanks of indentation a level.
    package static func pretty(_ value: Value) -> String {
        var output: [UInt8] = []
        append(value, to: &output, indent: 0)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends a value; with `indent` (a level from 0) over several lines. When the limit is over, the rest
    /// is left out.
    package static func append(
        _ value: Value, to output: inout [UInt8], indent: Int? = nil, limit: TimeLimit? = nil
    ) {
        if let limit, limit.isOver { return }
        switch value {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let bool): output.append(contentsOf: (bool ? "true" : "false").utf8)
        case .int(let int): output.append(contentsOf: String(int).utf8)
        case .uint(let uint): output.append(contentsOf: String(uint).utf8)
        case .double(let double): output.append(contentsOf: number(double).utf8)
        case .string(let text):
            appendJSONString(text, to: &output) { limit?.isOver ?? false }
        case .bytes(let bytes): appendJSONString(base64(bytes), to: &output)
        case .timestamp(let time): appendJSONString(time.text, to: &output)
        case .duration(let duration): appendJSONString(duration.text, to: &output)
        case .type(let name): appendJSONString(name, to: &output)
        case .optional(let inner): append(inner ?? .null, to: &output, indent: indent, limit: limit)
        case .list(let list):
            appendItems(list, "[", "]", to: &output, indent: indent) { item, output, indent in
                append(item, to: &output, indent: indent, limit: limit)
            }
        case .map(let map):
            appendItems(map.entries.elements, "{", "}", to: &output, indent: indent) {
                entry, output, indent in
                appendJSONString(keyText(entry.key), to: &output)
                output.append(contentsOf: (indent == nil ? ":" : ": ").utf8)
                append(entry.value, to: &output, indent: indent, limit: limit)
            }
        }
    }

    private static func appendItems<Items: Collection>(
        _ items: Items, _ open: String, _ close: String, to output: inout [UInt8], indent: Int?,
        _ each: (Items.Element, inout [UInt8], Int?) -> Void
    ) {
        output.append(contentsOf: open.utf8)
        let inner = indent.map { $0 + 1 }
        var first = true
        for item in items {
            if !first { output.append(UInt8(ascii: ",")) }
            first = false
            newline(inner, &output)
            each(item, &output, inner)
        }
        if !items.isEmpty { newline(indent, &output) }
        output.append(contentsOf: close.utf8)
    }

    private static func newline(_ level: Int?, _ output: inout [UInt8]) {
        guard let level else { return }
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: level * 2))
    }

    /// The control character that a letter behind `\` stands for; nil for other letters.
    package static func control(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: nil
        }
    }

    /// A map's key as text, as JSON objects need it.
    package static func keyText(_ key: Value) -> String {
        key.text ?? ""
    }

    /// A double as JSON: with a point or exponent, so that it is read as a double again.
    private static func number(_ double: Double) -> String {
        if double.isNaN { return "\"NaN\"" }
        if double.isInfinite { return double > 0 ? "\"Infinity\"" : "\"-Infinity\"" }
        return "\(double)"
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    var index = 0
    var limit: TimeLimit?
    var refusesRepeatedKeys = false
    private var values = 0
    private var budget = ValueBudget()

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> Value {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        let value = try value(depth: 0)
        skipBlanks()
        guard index == bytes.count else { throw error("expected the end") }
        return value
    }

    private func error(_ expected: String) -> JSONError {
        // A message is one line, whatever stands in the text.
        let next = bytes.dropFirst(index).prefix(12).map { byte -> UInt8 in
            byte < 0x20 || byte == 0x7F ? 0x20 : byte
        }
        let found = next.isEmpty ? "the end" : "`" + String(decoding: next, as: UTF8.self) + "`"
        return JSONError(
            message: "\(expected), found \(found)", reason: expected, offset: index,
            kind: index < bytes.count ? .malformed : .cutShort)
    }

    private mutating func pay(_ bytes: Int) throws(JSONError) {
        guard budget.pays(for: bytes) else {
            throw JSONError(message: ValueBudget.refusal, offset: index, kind: .tooLarge)
        }
    }

    private mutating func skipBlanks() {
        while index < bytes.count,
            bytes[index] == 0x20
                || (bytes[index] >= 0x09 && bytes[index] <= 0x0D && bytes[index] != 0x0B
                    && bytes[index] != 0x0C)
        {
            index += 1
        }
    }

    private mutating func value(depth: Int) throws(JSONError) -> Value {
        values += 1
        if values & 0xFFF == 0, limit?.isOver == true {
            throw JSONError(message: "it was stopped", offset: index, kind: .stopped)
        }
        try pay(ValueBudget.value)
        guard depth < 500 else { throw JSONError(message: "nested more than 500 deep", offset: index) }
        skipBlanks()
        guard index < bytes.count else { throw error("expected a value") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: Value) throws(JSONError) -> Value {
        guard bytes[index...].starts(with: word.utf8) else { throw error("expected a value") }
        index += word.utf8.count
        return value
    }

    private mutating func object(_ depth: Int) throws(JSONError) -> Value {
        index += 1
        var map = MapValue()
        skipBlanks()
        if take("}") { return .map(map) }
        try pay(ValueBudget.record)
        repeat {
            try pay(ValueBudget.field)
            skipBlanks()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw error("expected a key in quotes")
            }
            let key = try string()
            skipBlanks()
            guard take(":") else { throw error("expected `:` after a key") }
            if refusesRepeatedKeys, map[key] != nil {
                throw JSONError(message: "a key stands twice in an object", offset: index)
            }
            map[key] = try value(depth: depth + 1)
            skipBlanks()
        } while take(",")
        guard take("}") else { throw error("expected `,` or `}`") }
        return .map(map)
    }

    private mutating func array(_ depth: Int) throws(JSONError) -> Value {
        index += 1
        var list: [Value] = []
        skipBlanks()
        if take("]") { return .list(list) }
        try pay(ValueBudget.list)
        repeat {
            list.append(try value(depth: depth + 1))
            skipBlanks()
        } while take(",")
        guard take("]") else { throw error("expected `,` or `]`") }
        return .list(list)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\"),
            bytes[index] >= 0x20
        {
            index += 1
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
            index += 1
            return try decoded(bytes[start..<(index - 1)], from: start)
        }
        var output = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return try decoded(output[...], from: start)
            }
            guard byte >= 0x20 else { throw error("expected no control character in a text") }
            index += 1
            if byte == UInt8(ascii: "\\") { try escape(into: &output) } else { output.append(byte) }
        }
        let reason = "expected the closing quote of a text"
        throw JSONError(
            message: reason + ", found the end", reason: reason, offset: start - 1, kind: .cutShort)
    }

    private mutating func decoded(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
        try pay(ValueBudget.text(slice.count))
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw JSONError(message: "a text is not UTF-8", offset: start)
        }
        return text
    }

    private mutating func escape(into output: inout [UInt8]) throws(JSONError) {
        guard index < bytes.count else { throw error("expected an escape") }
        let letter = bytes[index]
        index += 1
        if let control = JSON.control(letter) { return output.append(control) }
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(letter)
        case UInt8(ascii: "u"):
            var unit = try hex4()
            if unit & 0xFC00 == 0xD800, bytes[index...].starts(with: [0x5C, 0x75]) {
                let mark = index
                index += 2
                let low = try hex4()
                if low & 0xFC00 == 0xDC00 {
                    unit = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
                } else {
                    index = mark
                }
            }
            // A lone surrogate is no character; U+FFFD stands for it, as most readers do.
            let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
            output.append(contentsOf: String(Character(scalar)).utf8)
        default:
            index -= 1
            throw error("expected an escape")
        }
    }

    private mutating func hex4() throws(JSONError) -> UInt32 {
        guard index + 4 <= bytes.count else { throw error("expected four hexadecimal digits") }
        var value: UInt32 = 0
        for byte in bytes[index..<(index + 4)] {
            guard let digit = hexValue(byte) else { throw error("expected four hexadecimal digits") }
            value = value << 4 | digit
        }
        index += 4
        return value
    }

    private mutating func number() throws(JSONError) -> Value {
        let start = index
        var whole = true
        if take("-") {}
        guard digits() else {
            index = start
            throw error("expected a value")
        }
        let first = bytes[start] == UInt8(ascii: "-") ? start + 1 : start
        if bytes[first] == UInt8(ascii: "0"), index > first + 1 {
            index = start
            throw error("expected a number without leading zeros")
        }
        if take(".") {
            whole = false
            guard digits() else { throw error("expected digits after the point") }
        }
        if take("e") || take("E") {
            whole = false
            if !take("+") { _ = take("-") }
            guard digits() else { throw error("expected digits in the exponent") }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if whole, let int = Int64(text) { return .int(int) }
        guard let double = Double(text), double.isFinite else {
            index = start
            throw error("expected a number of at most 1.8e308")
        }
        return .double(double)
    }

    private mutating func digits() -> Bool {
        let start = index
        while index < bytes.count, isDigit(bytes[index]) { index += 1 }
        return index > start
    }
}
