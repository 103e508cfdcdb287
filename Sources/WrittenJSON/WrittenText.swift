package import Computing
import Values

/// Why nothing could be read in a text, though something may stand there.
package enum UnreadText: Error, Sendable, Hashable {
    /// All that is found would take more memory than a text may.
    case tooLarge
    /// The limit was over before the end.
    case stopped
    /// It would take more work than a text of its length is worth.
    case tooTangled

    /// A sentence without a full stop, about the text.
    package var message: String {
        switch self {
        case .tooLarge: ValueBudget.refusal
        case .stopped: "reading it was stopped"
        case .tooTangled: "its brackets and quotes are so tangled that no value can be made out"
        }
    }
}

/// A record or list that was found in a text.
package struct ValueInText: Sendable {
    /// Nil where it was meant as JSON and cannot be read.
    package let value: WrittenValue?
    /// The bytes of the text that it takes.
    package let range: Range<Int>
    /// Whether it stands between ``` and ```.
    package let isFenced: Bool
    /// Whether it stands in a fence whose language is no place for JSON, as `bash` is none.
    package let isCode: Bool
    /// Whether it stands in a fence with a program, which may give it or use it.
    package let isProgram: Bool
    /// Whether it stands in a fence that is called JSON.
    package let isFencedJSON: Bool
    /// Whether it begins a line, as what is no part of a sentence does.
    package let beginsLine: Bool

    var isRecord: Bool {
        if case .record = value?.content { return true }
        return false
    }
}

/// What was found in a text that may hold JSON, mended where people and models write it loosely.
package struct WrittenText: Sendable {
    /// The text in UTF-8, without the `>` before each of its lines where all have one.
    package let bytes: [UInt8]
    /// Where the text begins that stands behind what a model has thought.
    let start: Int
    /// The value that the text is, where nothing but blanks, comments and a fence stands around it.
    package let whole: WrittenValue?
    /// Whether the whole is JSON to the letter.
    package let isExact: Bool
    /// The records and lists in the text in their order, where it is not one value as a whole.
    package let values: [ValueInText]
    /// How many looks at its bytes the reading took besides the first at each.
    package let steps: Int

    /// Reads a text.
    ///
    /// - Parameter limit: how long it may take.
    /// - Throws: when the text holds too much, or the limit is over.
    package init(_ text: String, _ limit: TimeLimit = TimeLimit()) throws(UnreadText) {
        let bytes = withPlainBrackets(withoutMarksOfQuotation(Array(text.utf8)))
        self.bytes = bytes
        start = endOfThinking(bytes)
        var search = Search(bytes, start, limit)
        if let value = try search.exactValue() {
            (whole, isExact, values, steps) = (value, true, [], 0)
            return
        }
        isExact = false
        if let value = try search.wholeValue() {
            (whole, values, steps) = (value, [], search.work.steps)
            return
        }
        whole = nil
        values = try search.values()
        steps = search.work.steps
    }
}

/// A text without the `>` that Markdown has before each line of a quotation; as it is where not all lines have one, and
/// where it may be a sign of something else, as in `>5`.
private func withoutMarksOfQuotation(_ bytes: [UInt8]) -> [UInt8] {
    let mark = UInt8(ascii: ">")
    guard bytes.first == mark else { return bytes }
    var lines = bytes.split(separator: .newline, omittingEmptySubsequences: false)
    let isJSON = bytes.first { $0 != mark && $0 > 0x20 }.map { $0 == .quote || $0.isOpener } ?? false
    guard isJSON || lines.count(where: { !isBlank($0) }) > 1 else { return bytes }
    for place in lines.indices where !lines[place].isEmpty {
        guard lines[place].first == mark else { return bytes }
        lines[place] = lines[place].dropFirst(lines[place].dropFirst().first == 0x20 ? 2 : 1)
    }
    return Array(lines.joined(separator: [.newline]))
}

func isBlank(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.allSatisfy { $0 <= 0x20 } }
