/// A domain as it was written, which UTS #46 turns into ASCII as the URL Standard asks: without the
/// old mappings of letters such as `ß`, and hyphens and ASCII signs are not looked at.
struct DomainName {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The domain in small letters and ASCII, each label outside ASCII as `xn--` and its punycode.
    ///
    /// - Throws: why it is no domain, as the end of a sentence that begins with the host. Signs in
    ///   ASCII that a host cannot hold are let through.
    func ascii() throws(URLError) -> [UInt8] {
        let bytes = Array(text.utf8)
        // Domains in ASCII are taken as they are, even with labels that are wrong punycode: the standard
        // asks for it since June 2026, because there are sites with such names.
        if bytes.allSatisfy({ $0 < 0x80 }) { return bytes.map(lowered) }
        var mapped: [UInt32] = []
        for scalar in text.unicodeScalars {
            IDNATable.shared.appendMapped(scalar.value, to: &mapped)
        }
        var labels: [DomainLabel] = []
        for part in composed(mapped).split(separator: 0x2E, omittingEmptySubsequences: false) {
            labels.append(try DomainLabel(Array(part)))
        }
        if labels.contains(where: \.isRightToLeft) {
            for label in labels { try label.checkDirections() }
        }
        return Array(labels.map { $0.ascii() }.joined(separator: [UInt8(ascii: ".")]))
    }
}

/// A label of a domain in Unicode, its punycode decoded.
private struct DomainLabel {
    let codes: [UInt32]
    let properties: [CodePointProperties]

    init(_ codes: [UInt32]) throws(URLError) {
        if codes.starts(with: DomainLabel.prefix) {
            let decoded = try DomainLabel.decoded(codes)
            self.codes = decoded
            properties = decoded.map(IDNATable.shared.properties)
            try check()
            guard composed(decoded) == decoded else {
                throw URLError("holds punycode that is not in its one form")
            }
        } else {
            self.codes = codes
            properties = codes.map(IDNATable.shared.properties)
            try check()
        }
    }

    private static let prefix = "xn--".unicodeScalars.map(\.value)

    private static func decoded(_ codes: [UInt32]) throws(URLError) -> [UInt32] {
        let digits = codes.dropFirst(prefix.count)
        guard let decoded = Punycode.decoded(digits), decoded.contains(where: { $0 >= 0x80 }),
            !decoded.starts(with: prefix)
        else {
            throw URLError("has a label that begins with `xn--`, but is not punycode")
        }
        return decoded
    }

    func ascii() -> [UInt8] {
        if codes.allSatisfy({ $0 < 0x80 }) { return codes.map { UInt8(truncatingIfNeeded: $0) } }
        return "xn--".utf8 + Punycode.encoded(codes)
    }

    private func check() throws(URLError) {
        if properties.first?.isMark == true { throw URLError("has a label that begins with a mark") }
        if let index = properties.firstIndex(where: { !$0.isValid }) {
            let number = String(codes[index], radix: 16, uppercase: true)
            let zeros = String(repeating: "0", count: max(0, 4 - number.utf8.count))
            throw URLError("holds the character U+\(zeros + number), which no domain can hold")
        }
        for (index, code) in codes.enumerated() where code == 0x200C || code == 0x200D {
            guard mayJoin(at: index) else {
                throw URLError("holds an invisible joiner where it joins nothing")
            }
        }
    }

    /// RFC 5892, appendices A.1 and A.2: a joiner stands behind a virama, and one that keeps letters
    /// apart stands between two that would be joined.
    private func mayJoin(at index: Int) -> Bool {
        guard index > 0 else { return false }
        if properties[index - 1].combiningClass == 9 { return true }
        guard codes[index] == 0x200C else { return false }
        let before = properties[..<index].last { $0.joining != .transparent }?.joining
        let after = properties[(index + 1)...].first { $0.joining != .transparent }?.joining
        return (before == .left || before == .dual) && (after == .right || after == .dual)
    }

    var isRightToLeft: Bool {
        properties.contains { $0.direction == .rightToLeft || $0.direction == .arabicNumber }
    }

    /// The rule of RFC 5893 for each label of a domain with letters that are written from right to left.
    func checkDirections() throws(URLError) {
        guard let first = properties.first else { return }
        let directions = Set(properties.map(\.direction))
        let last = properties.last { $0.direction != .nonspacingMark }?.direction
        let isRight: Bool
        switch first.direction {
        case .rightToLeft:
            let mixesNumbers = directions.contains(.arabicNumber) && directions.contains(.europeanNumber)
            isRight =
                !directions.contains(.leftToRight) && !mixesNumbers
                && (last == .rightToLeft || last == .arabicNumber || last == .europeanNumber)
        case .leftToRight:
            isRight =
                directions.isDisjoint(with: [.rightToLeft, .arabicNumber])
                && (last == .leftToRight || last == .europeanNumber)
        case .arabicNumber, .europeanNumber, .nonspacingMark, .neutral:
            isRight = false
        }
        guard isRight else { throw URLError("mixes letters of both writing directions in a wrong way") }
    }
}
