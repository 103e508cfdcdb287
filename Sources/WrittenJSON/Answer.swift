package import AutoChecker
package import Computing
package import Values

/// A value that was read from a text.
package struct ReadAnswer: Sendable {
    /// The value, of the type that was asked for.
    package let value: Value
    /// Whether the text was not just the value, as JSON or as it is.
    package let isMended: Bool
}

/// Why a text gives no value of a type.
package enum NoAnswer: Error, Sendable, Hashable {
    /// Nothing that could be one stands in it.
    case nothing
    /// What is meant as the answer does not fit, or could mean several things.
    case misfit(Misfit)
    /// The text could not be read to its end.
    case unread(UnreadText)
}

extension DataType {
    /// Reads the value of this type that a text gives as its answer: a model's reply, a page, a file.
    ///
    /// - Parameters:
    ///   - cut: what becomes of a value whose end is missing.
    ///   - limit: how long it may take.
    /// - Throws: why there is none, so that a model can be asked again.
    package func read(_ text: String, cut: CutValues, _ limit: TimeLimit = TimeLimit()) throws(NoAnswer)
        -> ReadAnswer
    {
        if case .text = self { return ReadAnswer(value: .string(text), isMended: false) }
        let written: WrittenText
        do throws(UnreadText) { written = try WrittenText(text, limit) } catch { throw .unread(error) }
        let answer = try Answer(type: self, cut: cut, written: written).value()
        guard written.isExact, let whole = written.whole else {
            return ReadAnswer(value: answer, isMended: answer.asText != text)
        }
        return ReadAnswer(value: answer, isMended: self != .json && (try? fit(whole.plain)) != answer)
    }
}

/// Chooses the value of a text that is its answer, and fits it to the type.
private struct Answer {
    let type: DataType
    let cut: CutValues
    let written: WrittenText
    let surroundings: Surroundings

    init(type: DataType, cut: CutValues, written: WrittenText) {
        self.type = type
        self.cut = cut
        self.written = written
        surroundings = Surroundings(written)
    }

    func value() throws(NoAnswer) -> Value {
        if let whole = written.whole, written.isExact || !type.isSingle { return try fit(answer: whole) }
        let text = String(decoding: written.bytes[endOfThinking(written.bytes)...], as: UTF8.self)
        // Labels and numbers are often all of a text.
        if type.isSingle, let value = type.valueAsWhole(bareWords(text)) { return value }
        if let whole = written.whole, whole.isContainer, !type.isSingle || text.first?.isNumber != true {
            return try fit(answer: whole)
        }
        if let value = try likeliest() { return value }
        if let value = type.valueMeant(by: text) { return value }
        if type.isSingle {
            throw .misfit(Misfit(path: "", expected: type.text, found: type.found(in: text)))
        }
        if case .record(let fields, _) = type, fields.count == 1, fields[0].type.isNumber,
            let value = fields[0].type.value(of: bareWords(text))
        {
            return .record([(fields[0].name, value)])
        }
        throw .nothing
    }

    private func fit(answer written: WrittenValue) throws(NoAnswer) -> Value {
        do throws(Misfit) { return try type.fit(answer: written, of: 1, cut: cut) } catch {
            throw .misfit(error)
        }
    }

    /// The last value that the text presents as its answer: what stands before a value tells, and after that
    /// whether it stands in a fence.
    ///
    /// - Returns: nil where nothing was found that could be one.
    private func likeliest() throws(NoAnswer) -> Value? {
        // Nobody drafts so often: whoever does has not answered.
        let rows = surroundings.rows(Array(written.values.suffix(10_000_000)))
        var first: Misfit?
        for row in ordered(rows) {
            do throws(Misfit) {
                if let value = try value(of: row) { return value }
            } catch {
                first = first ?? error
            }
            // What was meant as the answer and does not fit fails: no draft before it stands in.
            if row.contains(where: { found in found.value.map { type.isMeant(by: $0) } ?? true }) { break }
        }
        if let first { throw .misfit(first) }
        return nil
    }

    private func ordered(_ rows: [[ValueInText]]) -> [[ValueInText]] {
        var rated: [(row: [ValueInText], rank: Int)] = rows.suffix(1_000).compactMap { row in
            guard let first = row.first else { return nil }
            let role = surroundings.role(of: first)
            switch role {
            case .none: return nil
            case .beside: return (row, 0)
            case .open: return (row, first.isFenced ? 2 : 1)
            case .answer: return (row, first.isFenced ? 4 : 3)
            }
        }
        rated.reverse()
        return [4, 3, 2, 1, 0].flatMap { rank in rated.filter { $0.rank == rank }.map(\.row) }
    }

    /// The value of this type that one value or several in a row give: all of them where a list is wanted, else the
    /// first that fits.
    private func value(of row: [ValueInText]) throws(Misfit) -> Value? {
        var first: Misfit?
        if row.count > 1, type.isList {
            let values = row.compactMap(\.value)
            guard values.count == row.count else { throw unreadable }
            if type == .json { return try rowAsJSON(values, isLines: surroundings.isLines(row)) }
            do throws(Misfit) { return try type.fit(WrittenValue(.list(values)), cut: cut) } catch {
                first = error
            }
        }
        // Of several the last is the latest word: where that is broken off or cannot be read, so is the answer.
        if row.count > 1, cut == .refused, row.last?.value.map(\.isCut) ?? true { throw first ?? unreadable }
        for found in row {
            guard let value = found.value else {
                throw first ?? unreadable
            }
            do throws(Misfit) { return try type.fit(answer: value, of: row.count, cut: cut) } catch {
                first = first ?? error
            }
        }
        if let first { throw first }
        return nil
    }

    /// Empty records and lists beside others are none of the values, unless each stands on a line of its own.
    private func rowAsJSON(_ values: [WrittenValue], isLines: Bool) throws(Misfit) -> Value {
        let full = values.filter { !$0.isEmpty }
        let meant = isLines ? values : full.isEmpty ? [values[0]] : full
        return try type.fit(meant.count == 1 ? meant[0] : WrittenValue(.list(meant)), cut: cut)
    }

    private var unreadable: Misfit {
        Misfit(path: "", expected: type == .json ? "JSON" : type.text, found: "JSON with a mistake in it")
    }
}

extension WrittenValue {
    var isContainer: Bool {
        switch content {
        case .list, .record: true
        case .text, .bare: false
        }
    }

    var isEmpty: Bool {
        switch content {
        case .list(let items): items.isEmpty
        case .record(let fields): fields.isEmpty
        case .text, .bare: false
        }
    }
}

extension DataType {
    /// - Parameter count: how many records and lists stand in a row.
    fileprivate func fit(answer written: WrittenValue, of count: Int, cut: CutValues) throws(Misfit) -> Value
    {
        if case .record(let fields) = written.content, let value = inside(fields) {
            return try fit(value, cut: cut)
        }
        return try fit(written, cut: cut)
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
    fileprivate func valueAsWhole(_ text: String) -> Value? {
        if case .oneOf(let labels) = self { return labelAsWhole(text, labels).map(Value.string) }
        return value(of: text)
    }

    /// Whether a value was meant as one of this type, though it may not fit.
    fileprivate func isMeant(by written: WrittenValue) -> Bool {
        if written.isCut { return true }
        switch self {
        case .json: return true
        case .list:
            if case .list = written.content { return true }
            return false
        case .oneOf:
            if case .record = written.content { return true }
            return false
        case .record(let fields, _):
            guard case .record(let given) = written.content else { return false }
            return fields.contains { field in
                given.contains { lettersOnly($0.name) == lettersOnly(field.name) }
            }
        case .text, .int, .number, .bool, .bytes, .url: return false
        }
    }

    /// The only number, word or label that a sentence gives as its answer.
    fileprivate func valueMeant(by text: String) -> Value? {
        switch self {
        case .oneOf(let labels): return labelMeant(by: text, labels).map(Value.string)
        case .bool:
            let words = ["true", "false", "yes", "no"]
            return (truthAtOnce(text, words) ?? labelMeant(by: text, words)).flatMap { value(of: $0) }
        case .int, .number:
            let numbers = numbersNamed(in: text)
            guard Set(numbers).count == 1, let number = numbers.first else { return nil }
            return labelMeant(by: text, [number]).flatMap { value(of: $0) }
        case .text, .json, .bytes, .url, .list, .record: return nil
        }
    }

    /// What stands in a text that gives no value of this type: both readings, where there are two.
    fileprivate func found(in text: String) -> String {
        let words = describe(.string(bareWords(text)))
        switch self {
        case .oneOf(let labels):
            let named = labelsNamed(in: text, labels)
            guard named.count > 1 else { return words }
            return words + ", which may mean " + named.map { "\"\($0)\"" }.joined(separator: " or ")
        case .int, .number:
            if let readings = WrittenNumber.readings(of: bareWords(text)) {
                return words + ", which may mean \(readings)"
            }
            let numbers = numbersNamed(in: text)
            let named = numbers.enumerated().filter { place, number in !numbers[..<place].contains(number) }
                .map(\.element)
            guard named.count > 1, named.count < 5 else { return words }
            return words + ", which may mean " + named.joined(separator: " or ")
        case .text, .json, .bool, .bytes, .url, .list, .record: return words
        }
    }

    var isSingle: Bool {
        switch self {
        case .text, .int, .number, .bool, .bytes, .url, .oneOf: true
        case .json, .list, .record: false
        }
    }

    fileprivate var isNumber: Bool { self == .int || self == .number }
}

/// The `yes` or `no` with which a sentence begins, where nothing behind it says the other: "No, it is not."
private func truthAtOnce(_ text: String, _ words: [String]) -> String? {
    let bare = bareWords(text)
    let first = bare.prefix { $0.isLetter }.lowercased()
    guard first == "yes" || first == "no", ",.;:!".contains(bare.dropFirst(first.count).first ?? " ") else {
        return nil
    }
    let named = labelsNamed(in: text, words).map { $0 == "true" ? "yes" : $0 == "false" ? "no" : $0 }
    return named.allSatisfy { $0 == first } ? first : nil
}

/// The words of a text that have digits, without the marks around them.
private func numbersNamed(in text: String) -> [String] {
    guard text.utf8.count < 16_000 else { return [] }
    return text.split(whereSeparator: { $0.isWhitespace || "*`\"()[]=:;!?".contains($0) })
        .map { String($0.last.map { ".,".contains($0) } == true ? $0.dropLast() : $0) }
        .filter { $0.utf8.contains(where: \.isDigit) }
}
