/// What models write around their thinking.
private let marks = [
    ("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>"),
    ("<thought>", "</thought>"), ("<seed:think>", "</seed:think>"), ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"), ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
]

/// Where the text begins that stands behind what a model has thought, which it writes between `<think>` and `</think>`
/// first, or between other marks; the text's end for thinking that does not end.
///
/// Some servers put `<think>` into the prompt, so that the reply has only the end. It counts where it ends or begins a
/// line; elsewhere a text may just speak of it.
package func endOfThinking(_ bytes: [UInt8]) -> Int {
    var start = 0
    while true {
        let begun = bytes[start...].firstIndex { $0 > 0x20 } ?? bytes.count
        guard let mark = marks.first(where: { bytes[begun...].starts(with: $0.0.utf8) }) else { break }
        guard let end = range(of: mark.1, in: bytes, from: begun) else { return bytes.count }
        start = end.upperBound
    }
    guard start == 0, let end = range(of: "</think>", in: bytes, from: 0) else { return start }
    if let begin = range(of: "<think>", in: Array(bytes[..<end.lowerBound]), from: 0) {
        // A text that speaks of the marks, or shows them in a fence, has thought nothing.
        let line = bytes[..<begin.lowerBound].lastIndex(where: isLineBreak).map { $0 + 1 } ?? 0
        let isSpokenOf = bytes[line..<begin.lowerBound].contains { $0 > 0x20 }
        if isSpokenOf || isInFence(bytes[..<line]) { return 0 }
    }
    let endsLine = end.upperBound == bytes.count || isLineBreak(bytes[end.upperBound])
    let beginsLine = end.lowerBound == 0 || isLineBreak(bytes[end.lowerBound - 1])
    return endsLine || beginsLine ? end.upperBound : 0
}

/// Whether a fence that begins in a text has not ended at its end.
private func isInFence(_ text: ArraySlice<UInt8>) -> Bool {
    text.split(whereSeparator: isLineBreak).count { line in
        line.drop { $0 == 0x20 }.starts(with: "```".utf8)
    } % 2 == 1
}

private func isLineBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

private func range(of tag: String, in bytes: [UInt8], from start: Int) -> Range<Int>? {
    let word = Array(tag.utf8)
    var place = start
    while place + word.count <= bytes.count {
        if bytes[place] == word[0], bytes[place..<(place + word.count)].elementsEqual(word) {
            return place..<(place + word.count)
        }
        place += 1
    }
    return nil
}
