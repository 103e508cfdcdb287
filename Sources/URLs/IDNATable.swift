/// The facts of UTS #46 and of Unicode that domains outside ASCII need, read once from two texts.
///
/// The texts hold numbers as digits of five bits each, the highest first, with 32 added to all digits
/// but the last; a difference that may be negative is doubled, and a negative one is odd.
/// `make-idna-table.py` beside the tests writes them.
struct IDNATable: Sendable {
    static let shared = IDNATable()

    /// Code points from `start` up to `end`, `step` apart, and what they are mapped to.
    private struct Run: Sendable {
        let start: UInt32
        let end: UInt32
        let step: UInt32
        /// What the first code point is mapped to, and each further one to the code point as far away;
        /// nil when all of them are mapped to the same text.
        let target: UInt32?
        let text: [UInt32]
    }

    private let mappings: [Run]
    private let starts: [UInt32]
    private let records: [CodePointProperties]
    private let parts: [UInt32: (UInt32, UInt32)]
    private let composites: [UInt64: UInt32]

    private init() {
        mappings = Self.readMappings()
        (starts, records) = Self.readProperties()
        var parts: [UInt32: (UInt32, UInt32)] = [:]
        var composites: [UInt64: UInt32] = [:]
        var numbers = PackedNumbers(IDNAPropertyData.compositions)
        var code = 0
        while let step = numbers.next() {
            code += step
            let first = code - numbers.nextSigned()
            let second = numbers.next() ?? 0
            parts[UInt32(code)] = (UInt32(first), UInt32(second))
            composites[UInt64(first) << 32 | UInt64(second)] = UInt32(code)
        }
        self.parts = parts
        self.composites = composites
    }

    /// A run is its distance from the end of the one before and a header of a number and a kind: so many
    /// code points side by side (0) or two apart (1) that are mapped to others side by side or two apart,
    /// one code point that is mapped to a text of that length (2), so many that are left out (3).
    private static func readMappings() -> [Run] {
        var runs: [Run] = []
        var numbers = PackedNumbers(IDNAMappingData.mappings)
        var code = 0x80
        var previous = 0
        while let gap = numbers.next(), let header = numbers.next() {
            let start = code + gap
            let count = header >> 2
            let kind = header & 3
            let step = kind == 1 ? 2 : 1
            var text: [UInt32] = []
            for _ in 0..<(kind == 3 ? 0 : kind == 2 ? count : 1) {
                previous += numbers.nextSigned()
                text.append(UInt32(previous))
            }
            code = kind == 2 ? start + 1 : start + (count - 1) * step + 1
            runs.append(
                Run(
                    start: UInt32(start), end: UInt32(code), step: UInt32(step),
                    target: kind < 2 ? text.first : nil, text: text))
        }
        return runs
    }

    /// The different records, and then the runs of code points as the record's number and a length.
    private static func readProperties() -> ([UInt32], [CodePointProperties]) {
        var different: [CodePointProperties] = []
        var numbers = PackedNumbers(IDNAPropertyData.records)
        while let bits = numbers.next() { different.append(CodePointProperties(bits: UInt32(bits))) }
        var starts: [UInt32] = []
        var records: [CodePointProperties] = []
        numbers = PackedNumbers(IDNAPropertyData.runs)
        var code = 0x80
        while let record = numbers.next(), let length = numbers.next() {
            starts.append(UInt32(code))
            records.append(different[record])
            code += length
        }
        return (starts, records)
    }

    /// Adds what the code point is mapped to: itself, others, or nothing.
    func appendMapped(_ code: UInt32, to output: inout [UInt32]) {
        if code < 0x80 {
            output.append(code >= 0x41 && code <= 0x5A ? code | 0x20 : code)
            return
        }
        let index = count(of: mappings) { $0.start <= code } - 1
        guard index >= 0, code < mappings[index].end else { return output.append(code) }
        let run = mappings[index]
        let distance = code - run.start
        if let target = run.target {
            output.append(distance % run.step == 0 ? target + distance : code)
        } else {
            output += run.text
        }
    }

    func properties(of code: UInt32) -> CodePointProperties {
        if code < 0x80 { return .ascii(UInt8(code)) }
        let index = count(of: starts) { $0 <= code } - 1
        return index >= 0 ? records[index] : .invalid
    }

    /// The two code points that a composed one is made of; nil when it is not composed. Hangul is not here.
    func parts(of code: UInt32) -> (UInt32, UInt32)? { parts[code] }

    func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        composites[UInt64(first) << 32 | UInt64(second)]
    }

    /// How many elements at the front the condition holds for; it holds for none behind them.
    private func count<Element>(of elements: [Element], where holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if holds(elements[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// What the rules for labels ask about a code point.
struct CodePointProperties: Sendable {
    /// The direction in which it is written, as far as the rule for labels from right to left asks.
    enum Direction: UInt32, Sendable {
        case leftToRight, rightToLeft, arabicNumber, europeanNumber, nonspacingMark, neutral
    }

    /// How it joins its neighbours in scripts such as Arabic.
    enum Joining: UInt32, Sendable {
        case none, left, right, dual, transparent
    }

    let isValid: Bool
    let isMark: Bool
    let direction: Direction
    let joining: Joining
    let combiningClass: UInt32

    static let invalid = CodePointProperties(bits: 0)

    init(bits: UInt32) {
        isValid = bits & 1 == 1
        isMark = bits & 2 == 2
        direction = Direction(rawValue: bits >> 2 & 7) ?? .neutral
        joining = Joining(rawValue: bits >> 5 & 7) ?? .none
        combiningClass = bits >> 8
    }

    static func ascii(_ byte: UInt8) -> CodePointProperties {
        let direction: Direction = isLetter(byte) ? .leftToRight : isDigit(byte) ? .europeanNumber : .neutral
        return CodePointProperties(bits: 1 | direction.rawValue << 2)
    }
}

/// The numbers of a text of the tables, one after the other.
private struct PackedNumbers {
    private let text: StaticString
    private var position = 0

    init(_ text: StaticString) {
        self.text = text
    }

    mutating func next() -> Int? {
        guard position < text.utf8CodeUnitCount else { return nil }
        var number = 0
        while position < text.utf8CodeUnitCount {
            let digit = value(of: text.utf8Start[position])
            position += 1
            number = number << 5 | digit & 31
            if digit < 32 { break }
        }
        return number
    }

    mutating func nextSigned() -> Int {
        let number = next() ?? 0
        return number & 1 == 0 ? number >> 1 : -(number + 1) >> 1
    }

    private func value(of digit: UInt8) -> Int {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(digit - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit - UInt8(ascii: "a")) + 36
        case UInt8(ascii: "-"): 62
        default: 63
        }
    }
}
