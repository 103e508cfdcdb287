/// The candidate that a misspelt name most likely means, or nil when none is near.
///
/// Near is a Damerau-Levenshtein distance of at most a third of the name's length (at least one, but for a single letter:
/// any other is as near), capitals and underscores not counted.
package func nearestName(to name: String, in candidates: some Sequence<String>) -> String? {
    let wanted = folded(name)
    // How far the next candidate may be: nearer than the best so far.
    var limit = wanted.count == 1 ? 0 : max(1, wanted.count / 3)
    var best: String?
    let letters = letterSet(name)
    for candidate in candidates where candidate != name {
        // Each edit changes at most two letters of the set, which tells most candidates apart at once.
        guard (letterSet(candidate) ^ letters).nonzeroBitCount <= 2 * limit else { continue }
        let other = folded(candidate)
        guard abs(other.count - wanted.count) <= limit else { continue }
        let distance = editDistance(wanted, other)
        guard distance <= limit else { continue }
        best = candidate
        limit = distance - 1
        if limit < 0 { break }
    }
    return best
}

/// Whether a name can only be another one with a slip of the fingers, so that it may be mended unseen.
///
/// Such a slip is, capitals and underscores not counted, two letters in each other's place, one missing or too many, or another
/// one inside a word. Another digit, another letter at the edge of a word and an `s` at the end tell names apart that people
/// have side by side: `price1` and `price2`, `read_a` and `read_b`, `item` and `items`.
package func isSlip(_ name: String, for other: String) -> Bool {
    let (left, right) = (folded(name), folded(other))
    if left == right { return true }
    let (short, long) = left.count < right.count ? (left, right) : (right, left)
    let start = zip(short, long).prefix { $0 == $1 }.count
    if long.count == short.count + 1 {
        let isLast = start == short.count
        return short[start...].elementsEqual(long[(start + 1)...]) && !isDigit(long[start])
            && !(isLast && long[start] == UInt8(ascii: "s")) && short.count > 2
    }
    guard left.count == right.count else { return false }
    let differing = left.indices.filter { left[$0] != right[$0] }
    guard differing.allSatisfy({ !isDigit(left[$0]) && !isDigit(right[$0]) }) else { return false }
    if differing.count == 2 {
        return differing[1] == start + 1 && left[start] == right[start + 1] && left[start + 1] == right[start]
    }
    return differing.count == 1 && left.count > 5 && isInsideWord(start, of: name)
        && isInsideWord(start, of: other)
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

/// Whether letters stand on both sides of a letter, counted without underscores.
private func isInsideWord(_ place: Int, of name: String) -> Bool {
    let letters = Array(name.utf8)
    let places = letters.indices.filter {
        letters[$0] != UInt8(ascii: "_") && letters[$0] != UInt8(ascii: "-")
    }
    guard places.indices.contains(place), place > 0, place + 1 < places.count else { return false }
    return places[place - 1] == places[place] - 1 && places[place + 1] == places[place] + 1
}

/// The letters and digits of a name as bits, capitals and underscores not counted.
private func letterSet(_ name: String) -> UInt64 {
    var set: UInt64 = 0
    for byte in name.utf8 where byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-") {
        let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
        set |= 1 << UInt64(lower & 63)
    }
    return set
}

private func folded(_ name: String) -> [UInt8] {
    name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
}

private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in 1...left.count {
        var row = [i] + Array(repeating: 0, count: right.count)
        for j in 1...right.count {
            let substitution = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
            row[j] = min(last[j] + 1, row[j - 1] + 1, substitution)
            if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                row[j] = min(row[j], beforeLast[j - 2] + 1)
            }
        }
        beforeLast = last
        last = row
    }
    return last[right.count]
}

/// `a`, `b` or `c`: names in words, each quoted.
package func inWords(_ names: [String], quoted quote: String = "`", joiner: String = "or") -> String {
    let quoted = names.map { quote + $0 + quote }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
    return quoted.dropLast().joined(separator: ", ") + " \(joiner) " + last
}

/// A number as people write it in a sentence: in letters up to twelve.
package func numberInWords(_ number: Int) -> String {
    let words = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ]
    return words.indices.contains(number) ? words[number] : String(number)
}

/// A table of words that have the same value in groups, by each word; of a word that stands in two groups the first counts.
package func byWord<Value>(_ groups: [(words: [String], value: Value)]) -> [String: Value] {
    Dictionary(
        groups.flatMap { group in group.words.map { ($0, group.value) } },
        uniquingKeysWith: { first, _ in first })
}
