import Computing
import Values

/// Finds the end of a value that is JSON to the letter, and keeps nothing of it.
///
/// What is JSON means what it says, whatever its texts hold, so it is looked for before anything is mended.
struct ExactScanner {
    let bytes: [UInt8]
    let limit: TimeLimit
    var index: Int
    private var values = 0

    init(_ bytes: [UInt8], from start: Int, _ limit: TimeLimit) {
        self.bytes = bytes
        self.limit = limit
        index = start
    }

    /// Goes over the value that begins here.
    ///
    /// - Returns: false where no JSON begins here, with `index` at what is wrong.
    mutating func takeValue(depth: Int = 0) -> Bool {
        values += 1
        guard depth < WrittenReader.mostOpen, values & 0xFFF != 0 || !limit.isOver else { return false }
        skipBlanks()
        guard index < bytes.count else { return false }
        switch bytes[index] {
        case .openBrace: return takeRecord(depth)
        case .openBracket: return takeList(depth)
        case .quote: return takeText()
        default: return takeWord()
        }
    }

    private mutating func skipBlanks() {
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            index += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func takeRecord(_ depth: Int) -> Bool {
        index += 1
        if take(.closeBrace) { return true }
        repeat {
            skipBlanks()
            guard index < bytes.count, bytes[index] == .quote, takeText(), take(.colon),
                takeValue(depth: depth + 1)
            else { return false }
        } while take(.comma)
        return take(.closeBrace)
    }

    private mutating func takeList(_ depth: Int) -> Bool {
        index += 1
        if take(.closeBracket) { return true }
        repeat {
            guard takeValue(depth: depth + 1) else { return false }
        } while take(.comma)
        return take(.closeBracket)
    }

    private mutating func takeText() -> Bool {
        var place = index + 1
        while place < bytes.count, bytes[place] != .quote {
            if bytes[place] < 0x20 { return false }
            place += 1
            guard bytes[place - 1] == .backslash else { continue }
            guard let next = Escape.end(bytes, place) else { return false }
            place = next
        }
        guard place < bytes.count else { return false }
        index = place + 1
        return true
    }

    private mutating func takeWord() -> Bool {
        switch bytes[index] {
        case UInt8(ascii: "t"): takeWord("true")
        case UInt8(ascii: "f"): takeWord("false")
        case UInt8(ascii: "n"): takeWord("null")
        default: takeNumber()
        }
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[index + offset] != word.utf8Start[offset] { return false }
        return endsWord(index + count)
    }

    private mutating func takeNumber() -> Bool {
        var place = index
        if bytes[place] == UInt8(ascii: "-") { place += 1 }
        let first = place
        guard skipDigits(&place), bytes[first] != 0x30 || place == first + 1 else { return false }
        if place < bytes.count, bytes[place] == .point {
            place += 1
            guard skipDigits(&place) else { return false }
        }
        if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < bytes.count, bytes[place] == .plus || bytes[place] == UInt8(ascii: "-") { place += 1 }
            guard skipDigits(&place) else { return false }
        }
        return endsWord(place)
    }

    private func skipDigits(_ place: inout Int) -> Bool {
        let start = place
        while place < bytes.count, bytes[place].isDigit { place += 1 }
        return place > start
    }

    private mutating func endsWord(_ place: Int) -> Bool {
        if place < bytes.count, bytes[place].isPartOfName { return false }
        index = place
        return true
    }
}
