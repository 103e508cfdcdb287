extension HostParser {
    /// Whether the last label is a number, so that the domain must be an IPv4 address.
    func endsInNumber(_ domain: [UInt8]) -> Bool {
        var labels = domain[...]
        if labels.last == UInt8(ascii: ".") { labels = labels.dropLast() }
        let start = labels.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? labels.startIndex
        let last = labels[start...]
        if !last.isEmpty, last.allSatisfy(isDigit) { return true }
        return ipv4Number(last) != nil
    }

    /// An address of one to four numbers, the last of which fills the bytes that are left, as in `127.1`.
    func ipv4(_ domain: [UInt8]) throws(URLError) -> UInt32 {
        var parts = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count <= 4 else {
            throw fail("ends in a number, but has more than the four of an IPv4 address")
        }
        var address: UInt64 = 0
        for (index, part) in parts.enumerated() {
            guard let number = ipv4Number(part) else {
                throw fail("ends in a number, but \(quoted(part)) is no number of an IPv4 address")
            }
            let isLast = index == parts.count - 1
            let bytes = UInt64(isLast ? 5 - parts.count : 1)
            guard number < 1 << (8 * bytes) else {
                throw fail("has the number \(quoted(part)), which is too large for an IPv4 address")
            }
            address = address << (8 * bytes) | number
        }
        return UInt32(truncatingIfNeeded: address)
    }

    /// A decimal number, an octal one as in `017` or a hexadecimal one as in `0xF`; nil when it is none.
    ///
    /// Numbers that no address can hold become one that is too large for all.
    private func ipv4Number(_ text: ArraySlice<UInt8>) -> UInt64? {
        if text.isEmpty { return nil }
        var digits = text
        var radix: UInt64 = 10
        if digits.count >= 2, digits.first == UInt8(ascii: "0") {
            digits = digits.dropFirst()
            radix = 8
            if let letter = digits.first, lowered(letter) == UInt8(ascii: "x") {
                digits = digits.dropFirst()
                radix = 16
            }
        }
        var number: UInt64 = 0
        for digit in digits {
            guard let value = hexadecimalValue(digit), value < radix else { return nil }
            number = min(number * radix + UInt64(value), 1 << 40)
        }
        return number
    }
}
