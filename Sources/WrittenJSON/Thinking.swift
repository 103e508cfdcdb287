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
    let endsLine = end.upperBound == bytes.count || isLineBreak(bytes[end.upperBound])
    let beginsLine = end.lowerBound == 0 || isLineBreak(bytes[end.lowerBound - 1])
    return endsLine || beginsLine ? end.upperBound : 0
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
