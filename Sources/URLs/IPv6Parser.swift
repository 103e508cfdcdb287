extension HostParser {
    /// Eight pieces of up to four hexadecimal digits; `::` once for zeros, and an IPv4 address at the end.
    func ipv6(_ text: ArraySlice<UInt8>) throws(URLError) -> [UInt16] {
        var reader = IPv6Reader(text: text)
        guard let pieces = reader.read() else { throw fail("is no IPv6 address: " + reader.problem) }
        return pieces
    }
}

private struct IPv6Reader {
    var rest: ArraySlice<UInt8>
    var pieces: [UInt16] = []
    /// Where `::` stands among the pieces.
    var gap: Int?
    var problem = ""

    init(text: ArraySlice<UInt8>) {
        rest = text
    }

    mutating func read() -> [UInt16]? {
        if rest.first == UInt8(ascii: ":") {
            guard rest.dropFirst().first == UInt8(ascii: ":") else {
                return failure("it begins with one `:`")
            }
            rest = rest.dropFirst(2)
            gap = 0
        }
        while !rest.isEmpty {
            guard taken < 8 else { return failure("it has more than eight pieces") }
            guard readPiece() else { return nil }
        }
        return filled()
    }

    /// How many of the eight pieces are read; `::` stands for at least one.
    private var taken: Int { pieces.count + (gap == nil ? 0 : 1) }

    private mutating func failure(_ problem: String) -> [UInt16]? {
        self.problem = problem
        return nil
    }

    private mutating func fails(_ problem: String) -> Bool {
        self.problem = problem
        return false
    }

    /// Reads a piece with the colon behind it, the second colon of `::`, or an IPv4 address.
    private mutating func readPiece() -> Bool {
        if rest.first == UInt8(ascii: ":") {
            guard gap == nil else { return fails("it has `::` twice") }
            rest = rest.dropFirst()
            gap = pieces.count
            return true
        }
        let start = rest
        var value: UInt16 = 0
        var length = 0
        while length < 4, let digit = rest.first.flatMap(hexadecimalValue) {
            value = value << 4 | UInt16(digit)
            rest = rest.dropFirst()
            length += 1
        }
        switch rest.first {
        case nil:
            break
        case UInt8(ascii: "."):
            guard length > 0 else { return fails("a number is missing before a `.`") }
            rest = start
            return readIPv4()
        case UInt8(ascii: ":"):
            rest = rest.dropFirst()
            guard !rest.isEmpty else { return fails("it ends with one `:`") }
        default:
            return fails("a piece is not made of one to four hexadecimal digits")
        }
        pieces.append(value)
        return true
    }

    private mutating func readIPv4() -> Bool {
        guard taken <= 6 else { return fails("it has no room for the IPv4 address at its end") }
        let numbers = rest.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard numbers.count == 4 else { return fails("the IPv4 address at its end has not four numbers") }
        var bytes: [UInt16] = []
        for number in numbers {
            guard let byte = decimalByte(number) else {
                return fails("\(quoted(number)) is no number of an IPv4 address")
            }
            bytes.append(byte)
        }
        pieces.append(bytes[0] << 8 | bytes[1])
        pieces.append(bytes[2] << 8 | bytes[3])
        rest = rest.suffix(0)
        return true
    }

    /// A number up to 255 without zeros in front.
    private func decimalByte(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...3).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        let value = digits.reduce(UInt16(0)) { $0 * 10 + UInt16($1 - UInt8(ascii: "0")) }
        return value <= 255 ? value : nil
    }

    private mutating func filled() -> [UInt16]? {
        guard let gap else {
            return pieces.count == 8 ? pieces : failure("it has fewer than eight pieces and no `::`")
        }
        let zeros = Array(repeating: UInt16(0), count: max(0, 8 - pieces.count))
        return pieces[..<gap] + zeros + pieces[gap...]
    }
}
