/// The code points in normalisation form C: marks in their order, and composed where they can be.
func composed(_ codes: [UInt32]) -> [UInt32] {
    var output: [UInt32] = []
    output.reserveCapacity(codes.count)
    for code in codes { appendDecomposed(code, to: &output) }
    sortMarks(&output)
    return joined(output)
}

/// Where the syllables of Hangul and the letters that they are computed from begin, and their numbers.
private enum Hangul {
    static let syllables: UInt32 = 0xAC00
    static let initials: UInt32 = 0x1100
    static let vowels: UInt32 = 0x1161
    /// One before the first final consonant: a syllable may have none.
    static let finals: UInt32 = 0x11A7
    static let initialCount: UInt32 = 19
    static let vowelCount: UInt32 = 21
    static let finalCount: UInt32 = 28
    static let syllableCount = initialCount * vowelCount * finalCount
}

private func appendDecomposed(_ code: UInt32, to output: inout [UInt32]) {
    if code >= Hangul.syllables, code < Hangul.syllables + Hangul.syllableCount {
        let index = code - Hangul.syllables
        output.append(Hangul.initials + index / (Hangul.vowelCount * Hangul.finalCount))
        output.append(Hangul.vowels + index / Hangul.finalCount % Hangul.vowelCount)
        let final = index % Hangul.finalCount
        if final > 0 { output.append(Hangul.finals + final) }
    } else if code >= 0x80, let (first, second) = IDNATable.shared.parts(of: code) {
        appendDecomposed(first, to: &output)
        appendDecomposed(second, to: &output)
    } else {
        output.append(code)
    }
}

/// Sorts each run of marks by their combining class; marks of one class keep their order.
private func sortMarks(_ codes: inout [UInt32]) {
    let classes = codes.map { $0 < 0x80 ? 0 : IDNATable.shared.properties(of: $0).combiningClass }
    var start = 0
    while start < codes.count {
        var end = start
        while end < codes.count, classes[end] != 0 { end += 1 }
        if end - start > 1 {
            let order = (start..<end).sorted { (classes[$0], $0) < (classes[$1], $1) }
            codes.replaceSubrange(start..<end, with: order.map { [codes] in codes[$0] })
        }
        start = end + 1
    }
}

private func joined(_ codes: [UInt32]) -> [UInt32] {
    var output: [UInt32] = []
    output.reserveCapacity(codes.count)
    var starter: Int?
    var lastClass: UInt32 = 0
    for code in codes {
        let combiningClass = code < 0x80 ? 0 : IDNATable.shared.properties(of: code).combiningClass
        if let starter, starter == output.count - 1 || lastClass < combiningClass,
            let composite = composite(output[starter], code)
        {
            output[starter] = composite
            continue
        }
        if combiningClass == 0 { starter = output.count }
        lastClass = combiningClass
        output.append(code)
    }
    return output
}

private func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    guard second >= 0x80 else { return nil }
    let initial = first &- Hangul.initials
    let vowel = second &- Hangul.vowels
    if initial < Hangul.initialCount, vowel < Hangul.vowelCount {
        return Hangul.syllables + (initial * Hangul.vowelCount + vowel) * Hangul.finalCount
    }
    let syllable = first &- Hangul.syllables
    let final = second &- Hangul.finals
    if syllable < Hangul.syllableCount, syllable % Hangul.finalCount == 0, final > 0,
        final < Hangul.finalCount
    {
        return first + final
    }
    return IDNATable.shared.composite(first, second)
}
