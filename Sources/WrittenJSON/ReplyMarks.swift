/// What a reply marks as its answer, in the element that ends it, `<answer>7</answer>`, or in TeX's box, `\boxed{7}`.
///
/// - Returns: nil where it marks nothing.
func answerInMarks(_ text: String) -> String? {
    guard text.utf8.count < 64_000 else { return nil }
    return answerInElement(trimmed(text)) ?? answerInBox(text)
}

/// What stands behind the last "the answer is" or "Answer:" of a text, where that sentence denies nothing and little follows.
func answerInSentence(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    let start = max(0, bytes.count - 160)
    let lower = bytes[start...].map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    let marks = ["answer is", "answer:", "answer:**", "answer**:", "result is", "result:"]
    // Of two answers nobody knows which one is meant.
    var isOne = true
    let ends = marks.compactMap { mark -> Int? in
        let word = Array(mark.utf8)
        let found = lower.ranges(of: word)
        isOne = isOne && found.count < 2
        return found.last?.upperBound
    }
    guard isOne, let end = ends.max() else { return nil }
    let sentence = lower[..<end].split { ".!?\n".utf8.contains($0) }.last ?? []
    let words = String(decoding: sentence, as: UTF8.self).split { !$0.isLetter && $0 != "'" && $0 != "’" }
    let doubts: Set<Substring> = [
        "not", "no", "never", "if", "whether", "unless", "previous", "wrong", "first",
    ]
    let isDenied = words.contains { doubts.contains($0) || $0.hasSuffix("n't") || $0.hasSuffix("n’t") }
    if isDenied { return nil }
    let answer = trimmed(String(decoding: bytes[(start + end)...], as: UTF8.self))
    return answer.isEmpty || answer.utf8.count > 80 ? nil : answer
}

/// The text of the element that a text is, or that ends it and is called the answer.
private func answerInElement(_ text: String) -> String? {
    guard text.hasSuffix(">"), let end = text.ranges(of: "</").last else { return nil }
    let name = text[end.upperBound...].dropLast()
    guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || "_-".contains($0) }),
        let start = text.ranges(of: "<" + name + ">").last, start.upperBound <= end.lowerBound
    else { return nil }
    let names: Set<String> = ["answer", "finalanswer", "final", "result", "output", "response"]
    guard start.lowerBound == text.startIndex || names.contains(lettersOnly(String(name))) else { return nil }
    let inner = trimmed(String(text[start.upperBound..<end.lowerBound]))
    return inner.isEmpty || inner.contains("<") ? nil : inner
}

/// What stands in the last box of a text.
private func answerInBox(_ text: String) -> String? {
    guard let start = text.ranges(of: "\\boxed{").last else { return nil }
    var rest = text[start.upperBound...]
    if rest.hasPrefix("\\text{") { rest = rest.dropFirst(6) }
    let inner = rest.prefix { $0 != "{" && $0 != "}" }
    guard inner.endIndex < rest.endIndex, text[inner.endIndex] == "}" else { return nil }
    return inner.isEmpty ? nil : String(inner)
}
