/// Puts a character together whose halves a server writes into two events.
///
/// Servers that count text by units of UTF-16 cut an emoji in two where a piece ends, and JSON then holds each half as
/// an escape (`\ud83c` and `\udf0d`), which means nothing by itself.
struct SplitCharacter: Sendable {
    /// The escape of the first half, as the last event had it at the end of a text.
    private var half: ArraySlice<UInt8> = []

    /// The JSON of an event, without a first half at the end of a text, and with the one that the event before it left.
    mutating func mended(_ json: String) -> String {
        guard !half.isEmpty || json.holdsEscape else { return json }
        var bytes = Array(json.utf8)
        if !half.isEmpty, let place = bytes.startOfSecondHalf {
            bytes.insert(contentsOf: half, at: place)
            half = []
        }
        if let place = bytes.endingFirstHalf {
            half = bytes[place..<(place + escapeLength)]
            bytes.removeSubrange(place..<(place + escapeLength))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The length of an escape such as `\ud83c`.
private let escapeLength = 6

extension String {
    /// Whether an escape by a number, `\u`, may stand in it. The search of the standard library takes many times as
    /// long, and every event of every reply is searched.
    fileprivate var holdsEscape: Bool {
        var isBehindBackslash = false
        for byte in utf8 {
            if isBehindBackslash, byte == UInt8(ascii: "u") { return true }
            isBehindBackslash = byte == UInt8(ascii: "\\")
        }
        return false
    }
}

extension [UInt8] {
    /// Where the escape of a first half stands right before a text's closing quote.
    fileprivate var endingFirstHalf: Int? {
        indices.first { isHalf(at: $0, "89ab") && self[safe: $0 + escapeLength] == UInt8(ascii: "\"") }
    }

    /// Where the escape of a second half stands right behind a text's opening quote.
    fileprivate var startOfSecondHalf: Int? {
        indices.first { $0 > 0 && self[$0 - 1] == UInt8(ascii: "\"") && isHalf(at: $0, "cdef") }
    }

    /// Whether an escape that begins with `\ud` and one of these digits stands at a place.
    private func isHalf(at place: Int, _ digits: StaticString) -> Bool {
        guard self[place] == UInt8(ascii: "\\"), place + escapeLength <= count,
            self[place + 1] == UInt8(ascii: "u"), self[place + 2] | 0x20 == UInt8(ascii: "d")
        else { return false }
        let digit = self[place + 3] | 0x20
        let isOfHalf = digits.withUTF8Buffer { $0.contains { $0 | 0x20 == digit } }
        // A backslash that is escaped itself begins no escape.
        return isOfHalf && self[..<place].reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 0
    }

    private subscript(safe place: Int) -> UInt8? { indices.contains(place) ? self[place] : nil }
}
