/// The pattern of a rule in a robots.txt: `*` stands for any characters, `$` at its end for the end.
struct PathPattern: Sendable, Hashable {
    /// What stands between the `*`.
    private let parts: [[UInt8]]
    private let isWhole: Bool
    /// How many bytes it has: the longest pattern that fits counts.
    let length: Int

    init(_ text: String) {
        var bytes = normalised(Array(text.utf8), isPattern: true)
        length = bytes.count
        isWhole = bytes.last == UInt8(ascii: "$")
        if isWhole { bytes.removeLast() }
        // Anywhere else it stands for itself.
        bytes = bytes.flatMap { $0 == UInt8(ascii: "$") ? Array("%24".utf8) : [$0] }
        parts = bytes.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// Whether a path begins as the pattern says.
    ///
    /// - Parameter path: normalised.
    func fits(_ path: [UInt8]) -> Bool {
        guard let first = parts.first, path.starts(with: first) else { return false }
        var place = first.count
        guard parts.count > 1 else { return !isWhole || place == path.count }
        for part in parts.dropFirst().dropLast() {
            guard let end = firstEnd(of: part, in: path, from: place) else { return false }
            place = end
        }
        let last = parts[parts.count - 1]
        guard isWhole else { return firstEnd(of: last, in: path, from: place) != nil }
        return path.count - place >= last.count && path.suffix(last.count).elementsEqual(last)
    }
}

/// Where the first place ends at which a part stands, from a place on; nil where it stands nowhere.
///
/// The time grows with both lengths added, not multiplied (Knuth, Morris and Pratt): both come from outside.
private func firstEnd(of part: [UInt8], in path: [UInt8], from start: Int) -> Int? {
    guard !part.isEmpty else { return start }
    guard path.count - start >= part.count else { return nil }
    // For each place in the part, how much of its beginning stands there again.
    var again = [Int](repeating: 0, count: part.count)
    var matched = 0
    for place in part.indices.dropFirst() {
        while matched > 0, part[place] != part[matched] { matched = again[matched - 1] }
        if part[place] == part[matched] { matched += 1 }
        again[place] = matched
    }
    matched = 0
    for place in start..<path.count {
        while matched > 0, path[place] != part[matched] { matched = again[matched - 1] }
        if path[place] == part[matched] { matched += 1 }
        if matched == part.count { return place + 1 }
    }
    return nil
}

/// A path so that equal ones are the same bytes: characters that need no escape have none, all others have one
/// in capitals.
///
/// - Parameter isPattern: whether `*` and `$` have a meaning, so that escaped ones stay so.
func normalised(_ bytes: [UInt8], isPattern: Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var place = 0
    while place < bytes.count {
        let byte = bytes[place]
        if byte == UInt8(ascii: "%"), place + 2 < bytes.count, let high = hexadecimal(bytes[place + 1]),
            let low = hexadecimal(bytes[place + 2])
        {
            append(high << 4 | low, escaped: true, &result)
            place += 3
        } else {
            // In a path these two mean themselves, and in a pattern such a character is written escaped.
            let isSpecial = byte == UInt8(ascii: "*") || byte == UInt8(ascii: "$")
            append(byte, escaped: isSpecial && !isPattern, &result)
            place += 1
        }
    }
    return result
}

private func append(_ byte: UInt8, escaped: Bool, _ result: inout [UInt8]) {
    let isPlain =
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    guard !isPlain, escaped || byte <= 0x20 || byte >= 0x7F else { return result.append(byte) }
    result.append(UInt8(ascii: "%"))
    for digit in [byte >> 4, byte & 0x0F] { result.append(Array("0123456789ABCDEF".utf8)[Int(digit)]) }
}

private func hexadecimal(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
