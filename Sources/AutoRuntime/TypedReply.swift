import AutoChecker
import Computing
import OrderedCollections
import Values

/// A model's reply as a value.
struct ReadReply: Sendable {
    let value: Value
    /// Whether the reply was not just the value, as JSON or as it is.
    let isMended: Bool
}

extension DataType {
    /// Reads a model's reply as a value of this type.
    ///
    /// - Parameter limit: when it is over, what has been found so far counts.
    /// - Throws: what does not fit, so that the model can be asked again.
    func read(reply text: String, _ limit: TimeLimit) throws(Misfit) -> ReadReply {
        if case .text = self { return ReadReply(value: .string(text), isMended: false) }
        let value = try value(ofReply: text, limit)
        let exact = (try? JSON.parse(text)).flatMap { try? fit($0) }
        return ReadReply(value: value, isMended: exact != value && value.asText != text)
    }

    private func value(ofReply text: String, _ limit: TimeLimit) throws(Misfit) -> Value {
        // What is JSON as it stands means what it says, whatever its texts hold.
        if let whole = wholeJSON(text, limit) { return try fit(answer: whole, of: 1) }
        // Labels and numbers are often all of a reply.
        if isSingle, let value = valueAsWhole(bareWords(text)) { return value }
        let found: [ValueInText]
        do throws(JSONError) { found = try writtenValues(in: text, limit) } catch {
            throw Misfit(path: "", expected: self.text, found: "a text that is too large: \(error.message)")
        }
        if found.isEmpty, let whole = try? JSON.parse(text) { return try fit(WrittenValue(whole)) }
        let reply = Reply(text)
        if case .list = self, let row = reply.row(found) { return try fit(row) }
        if let value = try likeliest(of: found, in: reply, limit) { return value }
        guard let value = valueMeant(by: text) else {
            throw Misfit(path: "", expected: wanted, found: describe(.string(bareWords(text))))
        }
        return value
    }

    /// The value that is the answer: in a fence before outside, and the last before the earlier ones, since
    /// models write drafts first.
    ///
    /// - Returns: nil where nothing was found that could be one.
    /// - Throws: why the likeliest does not fit.
    private func likeliest(of found: [ValueInText], in reply: Reply, _ limit: TimeLimit) throws(Misfit)
        -> Value?
    {
        var first: Misfit?
        // Nobody drafts so often: whoever does has not answered.
        let found = found.suffix(1_000)
        let ordered = found.filter(\.isFenced).reversed() + found.filter { !$0.isFenced }.reversed()
        for candidate in ordered where !reply.isExample(candidate) && !reply.isAside(candidate) {
            if limit.isOver { break }
            guard let written = candidate.value else {
                throw first ?? Misfit(path: "", expected: wanted, found: "JSON with a mistake in it")
            }
            do throws(Misfit) { return try fit(answer: written, of: found.count) } catch {
                first = first ?? error
            }
            // What was meant as the answer and does not fit is asked for again: no draft before it stands in.
            if isMeant(by: written) { break }
        }
        if let first { throw first }
        return nil
    }

    /// - Parameter count: how many records and lists the reply has.
    private func fit(answer written: WrittenValue, of count: Int) throws(Misfit) -> Value {
        if case .record(let fields) = written.content, let value = inside(fields) {
            return try fit(value)
        }
        if case .list = self, case .record = written.content, count > 1 {
            throw Misfit(path: "", expected: text, found: "several records that are no list")
        }
        return try fit(written)
    }

    /// The value in a record that a model or the wish for JSON has put around it.
    private func inside(_ fields: [(name: String, value: WrittenValue)]) -> WrittenValue? {
        switch self {
        case .record, .json: return nil
        case .list(let element):
            guard fields.count == 1, !isOtherWrapper(fields[0].name) else { return nil }
            if case .list = fields[0].value.content { return fields[0].value }
            // A record alone may be an item of the list itself.
            if case .record = element { return fields[0].name == "value" ? fields[0].value : nil }
            return fields[0].value
        case .oneOf(let labels):
            // A sentence beside the label may name others.
            let values = fields.compactMap { field -> WrittenValue? in
                guard case .text(let text) = field.value.content else { return nil }
                return labelAsWhole(text, labels).map { WrittenValue(.text($0)) }
            }
            let named = Set(values.compactMap(\.plain.asText))
            return named.count == 1 ? values.first : nil
        case .text, .int, .number, .bool, .bytes, .url:
            if fields.count == 1 { return isOtherWrapper(fields[0].name) ? nil : fields[0].value }
            let words: Set<String> = ["value", "answer", "result", "output"]
            let named = fields.filter { words.contains(lettersOnly($0.name)) }
            return named.count == 1 ? named[0].value : nil
        }
    }

    /// Whether a record of this one field holds what is no answer.
    private func isOtherWrapper(_ name: String) -> Bool {
        ["error", "errors", "message", "detail", "example", "schema", "input"].contains(lettersOnly(name))
    }

    /// The value that a text is, where it is no sentence.
    private func valueAsWhole(_ text: String) -> Value? {
        if case .oneOf(let labels) = self { return labelAsWhole(text, labels).map(Value.string) }
        return value(of: text)
    }

    /// Whether a value was meant as one of this type, though it may not fit.
    private func isMeant(by written: WrittenValue) -> Bool {
        if written.isCut { return true }
        switch (self, written.content) {
        case (.record(let fields, _), .record(let given)):
            return fields.contains { field in
                given.contains { lettersOnly($0.name) == lettersOnly(field.name) }
            }
        case (.oneOf, .record), (.list, .list), (.json, _): return true
        default: return false
        }
    }

    /// The only number, word or label that a sentence gives as its answer.
    private func valueMeant(by text: String) -> Value? {
        switch self {
        case .oneOf(let labels): return labelMeant(by: text, labels).map(Value.string)
        case .bool:
            return labelMeant(by: text, ["true", "false", "yes", "no"]).flatMap { value(of: $0) }
        case .int, .number:
            let numbers = text.split(whereSeparator: { $0.isWhitespace || "*`\"()[]=:;!?".contains($0) })
                .map { String($0.last.map { ".,".contains($0) } == true ? $0.dropLast() : $0) }
                .filter { $0.utf8.contains(where: isDigit) }
            guard Set(numbers).count == 1, let number = numbers.first else { return nil }
            return labelMeant(by: text, [number]).flatMap { value(of: $0) }
        case .text, .json, .bytes, .url, .list, .record: return nil
        }
    }

    private var isSingle: Bool {
        switch self {
        case .text, .int, .number, .bool, .bytes, .url, .oneOf: true
        case .json, .list, .record: false
        }
    }

    private var wanted: String { self == .json ? "JSON" : text }
}

/// What stands around the values of a reply.
private struct Reply {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    /// Whether the words before a value say that it is an example.
    func isExample(_ found: ValueInText) -> Bool {
        let words = wordsBefore(found, 40)
        return ["example", "e.g.", "for instance", "such as"].contains { words.contains($0) }
            && !["answer", "result", "output"].contains { words.contains($0) }
    }

    /// Whether a list is part of a sentence, as a footnote `[1]` is, and not what the sentence gives.
    func isAside(_ found: ValueInText) -> Bool {
        guard let value = found.value, case .list = value.content, !found.isFenced else { return false }
        let words = wordsBefore(found, 40)
        let isWhole = words.isEmpty && !bytes[found.range.upperBound...].contains { $0 > 0x20 }
        if value.isListOfWords || words.hasSuffix("!") { return !isWhole }
        if found.beginsLine { return false }
        return ![":", "=", " is", " are"].contains { words.hasSuffix($0) }
    }

    /// The words before a value in lower case, back to the value or empty line before it, at most so many bytes.
    private func wordsBefore(_ found: ValueInText, _ most: Int) -> String {
        var place = found.range.lowerBound
        // A fence and its language's name are no words.
        if found.isFenced,
            let mark = bytes[max(0, place - 24)..<place].lastIndex(where: { $0 == 0x60 || $0 == 0x7E })
        {
            place = mark
            while place > 0, bytes[place - 1] == 0x60 || bytes[place - 1] == 0x7E { place -= 1 }
        }
        while place > 0, bytes[place - 1] <= 0x20 { place -= 1 }
        let start = max(0, place - most)
        let words = String(decoding: bytes[start..<place], as: UTF8.self).lowercased()
        let paragraph = words.split(separator: "\n\n").last ?? ""
        return trimmed(String(paragraph.split(whereSeparator: { "{}".contains($0) }).last ?? ""))
    }

    /// Records that follow one another with nothing between them, as one list; nil where there is no such row
    /// or anything else beside it.
    func row(_ found: [ValueInText]) -> WrittenValue? {
        guard found.count > 1 else { return nil }
        for (before, after) in zip(found, found.dropFirst()) {
            let between = bytes[before.range.upperBound..<after.range.lowerBound]
            guard between.allSatisfy({ $0 <= 0x20 || $0 == UInt8(ascii: ",") }) else { return nil }
        }
        let items = found.compactMap { found -> WrittenValue? in
            guard let value = found.value, case .record = value.content else { return nil }
            return value
        }
        return items.count == found.count ? WrittenValue(.list(items)) : nil
    }
}
