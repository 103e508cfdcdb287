import Values

/// A JSON value as somebody wrote it in a text: what a type says decides later what it means, so that `1.10`
/// can still be a text, and a field that stands there twice is seen.
struct WrittenValue: Sendable {
    enum Content: Sendable {
        /// A text in quotes, without them.
        case text(String)
        /// A number, a word or several, without quotes.
        case bare(String)
        case list([WrittenValue])
        case record([(name: String, value: WrittenValue)])
    }

    let content: Content
    /// Whether its end is missing, or its writer left something out by an ellipsis.
    let isCut: Bool

    init(_ content: Content, isCut: Bool = false) {
        self.content = content
        self.isCut = isCut
    }
}

extension WrittenValue {
    /// Whether it or anything in it is cut.
    var holdsCut: Bool {
        if isCut { return true }
        switch content {
        case .text, .bare: return false
        case .list(let items): return items.contains { $0.holdsCut }
        case .record(let fields): return fields.contains { $0.value.holdsCut }
        }
    }

    /// The value that it is without a type: words of JSON, Python and JavaScript mean what they mean there, any
    /// other words are a text.
    var plain: Value {
        switch content {
        case .text(let text): .string(text)
        case .bare(let word): plainValue(word)
        case .list(let items): .list(items.map(\.plain))
        case .record(let fields): .record(fields.map { ($0.name, $0.value.plain) })
        }
    }

    /// Whether it is a list with words in it that are no JSON, as `[note]` in a sentence is.
    var isListOfWords: Bool {
        guard case .list(let items) = content else { return false }
        return items.contains { item in
            if case .bare(let word) = item.content { return plainValue(word) == .string(word) }
            return false
        }
    }

    /// Whether it says that there is nothing.
    var isNull: Bool {
        if case .bare(let word) = content { return ["null", "None", "nil", "undefined"].contains(word) }
        return false
    }
}

private func plainValue(_ word: String) -> Value {
    switch word {
    case "true", "True", "TRUE", "yes": return .bool(true)
    case "false", "False", "FALSE", "no": return .bool(false)
    case "null", "None", "nil", "undefined", "NaN": return .null
    default:
        let digits = word.hasPrefix("+") ? String(word.dropFirst()) : word
        // A number that begins with a zero is somebody's number of something, and its zero belongs to it.
        let first = digits.utf8.drop { $0 == UInt8(ascii: "-") }
        guard let head = first.first, isDigit(head) || head == UInt8(ascii: "."),
            !(head == UInt8(ascii: "0") && first.dropFirst().first.map(isDigit) == true)
        else { return .string(word) }
        if let int = Int64(digits) { return .int(int) }
        let isDecimal = digits.utf8.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) }
        if isDecimal, let double = Double(digits), double.isFinite { return .double(double) }
        return .string(word)
    }
}
