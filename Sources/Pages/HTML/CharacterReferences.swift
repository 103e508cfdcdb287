internal import Values

/// The characters that HTML gives names, as in `&eacute;`, read once from one text.
///
/// The text holds records in the order of their names' bytes: the name, then `.` where older pages may
/// leave the semicolon out and `;` where it is needed, then one or two code points in hexadecimal with `_`
/// between them. A blank stands between two records. `make-character-references.py` beside the tests
/// writes it.
struct CharacterReferences: Sendable {
    static let shared = CharacterReferences()

    /// What a name stands for.
    struct Named: Sendable, Hashable {
        let first: UInt32
        /// The second code point, or 0 where there is none.
        let second: UInt32
        /// How many bytes of the name were matched, without a semicolon.
        let length: Int
    }

    /// Where each record starts in the text.
    private let starts: [UInt16]
    private let longestName: Int
    /// No name that may stand without its semicolon is longer; the standard adds none any more.
    private static let longestBareName = 6

    private static var text: UnsafeBufferPointer<UInt8> {
        let text = CharacterReferenceData.names
        return UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private init() {
        var starts: [UInt16] = [0]
        var longest = 0
        for (index, byte) in Self.text.enumerated() {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: ";"): longest = max(longest, index - Int(starts.last ?? 0))
            case UInt8(ascii: " "): starts.append(UInt16(index + 1))
            default: break
            }
        }
        self.starts = starts
        longestName = longest
    }

    /// The longest name that stands at the beginning of some bytes: with its semicolon, or bare where it may.
    ///
    /// - Parameter name: the letters and digits after `&`, all of them or at least the first 40.
    /// - Parameter closed: whether a semicolon follows them.
    func longest(in name: ArraySlice<UInt8>, closed: Bool) -> Named? {
        if closed, name.count <= longestName, let found = find(name, bare: false) { return found }
        var length = min(name.count, Self.longestBareName)
        while length >= 2 {
            if let found = find(name.prefix(length), bare: true) { return found }
            length -= 1
        }
        return nil
    }

    private func find(_ name: ArraySlice<UInt8>, bare: Bool) -> Named? {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            switch order(of: Int(starts[middle]), against: name) {
            case 0: return record(at: Int(starts[middle]) + name.count, length: name.count, bare: bare)
            case ..<0: low = middle + 1
            default: high = middle
            }
        }
        return nil
    }

    /// Below 0 when the record's name comes before the wanted one, 0 when it is the same.
    private func order(of start: Int, against name: ArraySlice<UInt8>) -> Int {
        let text = Self.text
        var index = start
        for byte in name {
            let other = text[index]
            // The marks after a name, `.` and `;`, end it here: a shorter name comes first.
            if other == UInt8(ascii: ".") || other == UInt8(ascii: ";") { return -1 }
            if other != byte { return other < byte ? -1 : 1 }
            index += 1
        }
        let mark = text[index]
        return mark == UInt8(ascii: ".") || mark == UInt8(ascii: ";") ? 0 : 1
    }

    private func record(at mark: Int, length: Int, bare: Bool) -> Named? {
        let text = Self.text
        if bare && text[mark] == UInt8(ascii: ";") { return nil }
        var codes: (UInt32, UInt32) = (0, 0)
        var index = mark + 1
        while index < text.count && text[index] != UInt8(ascii: " ") {
            if text[index] == UInt8(ascii: "_") {
                codes = (0, codes.0)
            } else if let digit = hexValue(text[index]) {
                codes.0 = codes.0 << 4 | digit
            }
            index += 1
        }
        return codes.1 == 0
            ? Named(first: codes.0, second: 0, length: length)
            : Named(first: codes.1, second: codes.0, length: length)
    }

    /// The character that a number in a reference stands for, as browsers show it: the numbers of C1
    /// controls are those of windows-1252, and a number of no character is U+FFFD.
    static func character(numbered number: UInt32) -> UInt32 {
        if (0x80...0x9F).contains(number) { return windows1252[Int(number - 0x80)] }
        return number == 0 || Unicode.Scalar(number) == nil ? 0xFFFD : number
    }

    private static let windows1252: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
        0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
        0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ]
}
