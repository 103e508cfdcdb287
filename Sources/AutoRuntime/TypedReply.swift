import AutoChecker
import Computing
import OrderedCollections
import Values

extension DataType {
    /// Reads a model's reply as a value of this type.
    ///
    /// - Parameter limit: when it is over, what has been found so far counts.
    /// - Throws: what does not fit, so that the model can be asked again.
    func value(ofReply text: String, _ limit: TimeLimit) throws(Misfit) -> Value {
        if case .text = self { return .string(text) }
        let bare = bareWords(text)
        if case .oneOf(let labels) = self, let label = labelAsReply(bare, labels) { return .string(label) }
        let found: [ValueInText]
        do throws(JSONError) { found = try answers(in: text, limit) } catch {
            throw Misfit(path: "", expected: self.text, found: "a text that is too large: \(error.message)")
        }
        switch self {
        case .json:
            // A list within a sentence is a footnote more often than an answer.
            if let answer = found.first(where: { $0.standsAlone || $0.value.asMap != nil }) {
                return answer.value
            }
            throw Misfit(path: "", expected: "JSON", found: describe(.string(bare)))
        case .oneOf(let labels):
            // The words of a record say nothing beyond its values.
            let answer = found.first?.value
            let label = answer?.asMap == nil ? labelMeant(by: text, labels) : nil
            if let label = answer.flatMap({ labelMeant(by: $0, labels) }) ?? label { return .string(label) }
            throw Misfit(path: "", expected: self.text, found: describe(.string(bare)))
        case .text, .int, .number, .bool, .bytes, .url, .list, .record:
            return try likeliest(of: found.map(\.value), bare)
        }
    }

    private func likeliest(of found: [Value], _ bare: String) throws(Misfit) -> Value {
        var candidates = found
        if case .record = self {
        } else {
            // Asked for a list or a plain value, models wrap it in an object, since some APIs take objects only.
            candidates += found.compactMap { $0.asMap?.count == 1 ? $0.asMap?.entries.values.first : nil }
        }
        if candidates.isEmpty { candidates = [(try? JSON.parse(bare)) ?? .string(bare), .string(bare)] }
        var first: Misfit?
        for candidate in candidates {
            do throws(Misfit) { return try fit(candidate) } catch { first = first ?? error }
            // What was meant as the answer and does not fit is asked for again: no example before it stands in.
            if isMeant(by: candidate) { break }
        }
        throw first ?? Misfit(path: "", expected: text, found: describe(.string(bare)))
    }

    /// Whether a value was meant as one of this record's, though it may not fit.
    private func isMeant(by value: Value) -> Bool {
        guard case .record(let fields, _) = self, let map = value.asMap else { return false }
        return fields.contains { map[$0.name] != nil }
    }
}

/// The label that is all of a reply.
private func labelAsReply(_ bare: String, _ labels: [String]) -> String? {
    labels.first { $0 == bare } ?? labels.first { $0.lowercased() == bare.lowercased() }
}

/// The label that stands as a value in a record, or as an item of its own.
private func labelMeant(by answer: Value, _ labels: [String]) -> String? {
    let values = answer.asMap.map { Array($0.entries.values) } ?? answer.asList ?? [answer]
    let named = Set(values.compactMap { $0.asText.flatMap { labelAsReply(bareWords($0), labels) } })
    return named.count == 1 ? named.first : nil
}

/// The label that a sentence gives as its answer: the only one that it names, at its beginning or end, behind a
/// colon, or in quotes or bold. A sentence that denies something gives none.
private func labelMeant(by text: String, _ labels: [String]) -> String? {
    let letters = Array(text.lowercased())
    // Whoever writes that much has not answered with a label.
    guard letters.count < 4_000 else { return nil }
    var isTaken = letters.map { _ in false }
    var named: [(label: String, range: Range<Int>)] = []
    // The longest first, so that `bug report` does not name `bug`.
    for label in labels.sorted(by: { $0.count > $1.count }) {
        for range in letters.words(Array(label.lowercased())) where !isTaken[range.lowerBound] {
            for place in range { isTaken[place] = true }
            named.append((label, range))
        }
    }
    guard let first = named.first, named.allSatisfy({ $0.label == first.label }) else { return nil }
    let others = String(zip(letters, isTaken).map { $1 ? " " : $0 })
    let words = others.split { !$0.isLetter && $0 != "'" && $0 != "’" }
    let denials: Set<Substring> = ["not", "no", "never", "cannot", "neither", "nor", "unsure", "unclear"]
    if words.contains(where: { denials.contains($0) || $0.hasSuffix("n't") || $0.hasSuffix("n’t") }) {
        return nil
    }
    return named.contains { letters.isAnswer($0.range) } ? first.label : nil
}

extension [Character] {
    /// Where some letters stand as words of their own.
    fileprivate func words(_ word: [Character]) -> [Range<Int>] {
        func isPart(_ place: Int) -> Bool {
            indices.contains(place) && (self[place].isLetter || self[place].isNumber || self[place] == "_")
        }
        guard !word.isEmpty, word.count <= count else { return [] }
        return (0...(count - word.count)).filter { start in
            self[start..<(start + word.count)].elementsEqual(word) && !isPart(start - 1)
                && !isPart(start + word.count)
        }.map { $0..<($0 + word.count) }
    }

    /// Whether what stands at a place is what a text gives as its answer.
    fileprivate func isAnswer(_ range: Range<Int>) -> Bool {
        let marks: Set<Character> = ["*", "\"", "'", "`", "“", "”", "‘", "’", "_", "(", ")", "[", "]"]
        let before = self[..<range.lowerBound].reversed().drop { $0 == " " }
        let after = self[range.upperBound...].drop { $0 == " " }
        if let opens = before.first, marks.contains(opens), let closes = after.first, marks.contains(closes) {
            return true
        }
        let isBehindColon = before.first == ":"
        let isFirst = before.isEmpty && after.first.map { ".,:;!\n".contains($0) } ?? true
        let isLast = after.allSatisfy { $0.isWhitespace || $0 == "." || $0 == "!" }
        return isBehindColon || isFirst || isLast
    }
}

/// A text without the blanks, quotes and marks around it.
private func bareWords(_ text: String) -> String {
    var rest = text[...]
    let skipped: Set<Character> = ["\"", "'", ".", "`", "*"]
    while let first = rest.first, first.isWhitespace || skipped.contains(first) { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace || skipped.contains(last) { rest.removeLast() }
    return String(rest)
}
