import AutoRuntime

/// Puts a character together whose halves a server writes into two events.
///
/// Servers that count text by units of UTF-16 cut an emoji in two where a piece ends, and JSON then holds each
/// half as an escape (`\ud83c` and `\udf0d`), which means nothing by itself. Servers that count bytes cut between
/// those of a character.
struct SplitCharacter: Sendable {
    /// The bytes of a character of which more are to come, as the last event had them at the end of a text.
    private var beginning: ArraySlice<UInt8> = []

    /// The data of an event, without the beginning of a character at the end of a text, and with the one that the event
    /// before it left; and whether it is a text then, and not bytes that are no UTF-8.
    mutating func joined(_ event: ServerSentEvents.Event) -> (text: String, isText: Bool) {
        guard var bytes = event.bytes else { return (event.data, true) }
        if !beginning.isEmpty, let place = bytes.startOfRest {
            bytes.insert(contentsOf: beginning, at: place)
            beginning = []
        }
        if let cut = bytes.endingBeginning {
            beginning = bytes[cut]
            bytes.removeSubrange(cut)
        }
        if let text = String(validating: bytes, as: UTF8.self) { return (text, true) }
        return (String(decoding: bytes, as: UTF8.self), false)
    }

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
    /// Where the rest of a character stands right behind a text's opening quote.
    fileprivate var startOfRest: Int? {
        indices.first { $0 > 0 && self[$0] & 0xC0 == 0x80 && self[$0 - 1] == UInt8(ascii: "\"") }
    }

    /// Where the beginning of a character stands right before a text's closing quote.
    fileprivate var endingBeginning: Range<Int>? {
        for place in indices where self[place] >= 0xC2 && self[place] <= 0xF4 {
            let length = self[place] < 0xE0 ? 2 : self[place] < 0xF0 ? 3 : 4
            let rest = self[(place + 1)...].prefix(length - 1).prefix { $0 & 0xC0 == 0x80 }
            if rest.count < length - 1, self[safe: rest.endIndex] == UInt8(ascii: "\"") {
                return place..<rest.endIndex
            }
        }
        return nil
    }

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
