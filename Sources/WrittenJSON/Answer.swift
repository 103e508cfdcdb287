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
        guard written.isExact, let whole = written.whole else {
            let answer = try Answer(type: self, cut: cut, written: written).value()
            return ReadAnswer(value: answer, isMended: answer.asText != text)
        }
        var fitting = Fitting(cut)
        do throws(Misfit) {
            let answer = try fit(answer: whole, &fitting)
            return ReadAnswer(value: answer, isMended: fitting.isMended)
        } catch {
            throw .misfit(error)
        }
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
        if let whole = written.whole, !type.isSingle {
            // Nothing but words with commas between them is a sentence where no list is wanted: `Hello, world`.
            if type == .json, whole.isWordsOnly { throw .nothing }
            return try fit(answer: whole)
        }
        let reply = String(decoding: written.bytes[written.start...], as: UTF8.self)
        let text = type.isSingle ? answerInMarks(reply) ?? reply : reply
        // Labels and numbers are often all of a text.
        if type.isSingle, let value = type.valueAsWhole(bareWords(text)) ?? type.valueBeforeReason(text) {
            return value
        }
        // In a list of boxes, `[ ]` is no value.
        if type.isList, isListOfBoxes(text), let value = type.valueOfLines(text, cut: cut) { return value }
        if let whole = written.whole, whole.isContainer, !type.isSingle || text.first?.isNumber != true {
            return try fit(answer: whole)
        }
        if case .record = type, beginsField(text), let value = type.valueOfLines(text, cut: cut) {
            return value
        }
        if let value = try likeliest() { return value }
        if let value = type.valueMeant(by: text) { return value }
        if type.isSingle {
            throw .misfit(Misfit(path: "", expected: type.text, found: type.found(in: text)))
        }
        if case .record(let fields, _) = type, fields.count == 1,
            let value = fields[0].type.valueTold(by: text)
        {
            return .record([(fields[0].name, value)])
        }
        if let value = type.valueOfLines(text, cut: cut) { return value }
        throw .nothing
    }

    private func fit(answer written: WrittenValue) throws(NoAnswer) -> Value {
        var fitting = Fitting(cut)
        do throws(Misfit) { return try type.fit(answer: written, &fitting) } catch {
            throw .misfit(error)
        }
    }

    /// The last value that the text presents as its answer: what stands before a value tells, and after that
    /// whether it stands in a fence.
    ///
    /// - Returns: nil where nothing was found that could be one.
    private func likeliest() throws(NoAnswer) -> Value? {
        let rows = surroundings.rows(written.values, joinsLabelled: type.isList && type != .json)
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

    private func ordered(_ rows: [ArraySlice<ValueInText>]) -> [ArraySlice<ValueInText>] {
        // Nobody drafts so often: whoever does has not answered.
        var rated: [(row: ArraySlice<ValueInText>, rank: Int)] = rows.suffix(1_000).compactMap { row in
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
    private func value(of row: ArraySlice<ValueInText>) throws(Misfit) -> Value? {
        var first: Misfit?
        if row.count > 1, type.isList {
            if type == .json, let values = plainList(of: row) { return values }
            guard row.allSatisfy({ $0.value != nil }) else { throw unreadable }
            if type == .json { return try rowAsJSON(row) }
            do throws(Misfit) { return try listFitted(of: row) } catch {
                // Where all are meant as items none is left out.
                if row.allSatisfy({ type.isItemMeant(by: $0.value) }) { throw error }
                first = error
            }
        }
        // Of several the last is the latest word: where that is broken off or cannot be read, so is the answer.
        if row.count > 1, cut == .refused, row.last?.value.map(\.isCut) ?? true { throw first ?? unreadable }
        // Where so many are none, none is.
        for found in row.prefix(1_000) {
            guard let value = found.value else {
                throw first ?? unreadable
            }
            var fitting = Fitting(cut)
            do throws(Misfit) { return try type.fit(answer: value, &fitting) } catch {
                first = first ?? error
            }
        }
        if let first { throw first }
        return nil
    }

    /// The values of a row as the list of this type that they are, without a copy of them in between.
    private func listFitted(of row: ArraySlice<ValueInText>) throws(Misfit) -> Value {
        guard case .list(let element) = type else { return try type.fit(list(of: row), cut: cut) }
        var fitting = Fitting(cut)
        var values: [Value] = []
        values.reserveCapacity(row.count)
        for (place, found) in row.enumerated() {
            guard let value = found.value else { continue }
            do throws(Misfit) { values.append(try element.fit(value, &fitting, isInner: true)) } catch {
                throw error.within("[\(place)]")
            }
        }
        return .list(values)
    }

    /// The values of a row as a list without a type; nil where one is empty, cut or cannot be kept.
    private func plainList(of row: ArraySlice<ValueInText>) -> Value? {
        var values: [Value] = []
        values.reserveCapacity(row.count)
        for found in row {
            guard let value = found.value?.plainWhole(cut: cut), !value.isEmptyContainer else { return nil }
            values.append(value)
        }
        return .list(values)
    }

    /// Empty records and lists beside others are none of the values, unless each stands on a line of its own.
    private func rowAsJSON(_ row: ArraySlice<ValueInText>) throws(Misfit) -> Value {
        guard row.contains(where: { $0.value?.isEmpty == true }), !surroundings.isLines(row) else {
            return try type.fit(list(of: row), cut: cut)
        }
        let full = row.filter { $0.value?.isEmpty == false }
        return try type.fit(list(of: full.isEmpty ? row.prefix(1) : full[...]), cut: cut)
    }

    /// The values of a row as a list; of one, it itself.
    private func list(of row: ArraySlice<ValueInText>) -> WrittenValue {
        if row.count == 1, let value = row.first?.value { return value }
        var values: [WrittenValue] = []
        values.reserveCapacity(row.count)
        for found in row { if let value = found.value { values.append(value) } }
        return WrittenValue(.list(values))
    }

    private var unreadable: Misfit {
        Misfit(path: "", expected: type == .json ? "JSON" : type.text, found: "JSON with a mistake in it")
    }
}

extension Value {
    fileprivate var isEmptyContainer: Bool {
        switch self {
        case .list(let items): items.isEmpty
        case .map(let map): map.count == 0
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .optional:
            false
        }
    }
}

extension DataType {
    fileprivate func fit(answer written: WrittenValue, _ fitting: inout Fitting) throws(Misfit) -> Value {
        if case .record(let fields) = written.content, let value = inside(fields) {
            fitting.isMended = true
            return try fit(value, &fitting)
        }
        return try fit(written, &fitting)
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
            var tables = LabelTables()
            let values = fields.compactMap { field -> WrittenValue? in
                guard case .text(let text) = field.value.content else { return nil }
                return tables.labelAsWhole(text, labels).map { WrittenValue(.text($0)) }
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
    func valueAsWhole(_ text: String) -> Value? {
        var tables = LabelTables()
        return valueAsWhole(text, &tables)
    }

    /// The same for one of many texts.
    func valueAsWhole(_ text: String, _ tables: inout LabelTables) -> Value? {
        if case .oneOf(let labels) = self { return tables.labelAsWhole(text, labels).map(Value.string) }
        return value(of: text)
    }

    /// The value that stands on the first line of a text, where the lines behind it are called its reason.
    fileprivate func valueBeforeReason(_ text: String) -> Value? {
        guard text.utf8.count < 16_000, let end = text.firstIndex(where: \.isNewline) else { return nil }
        let rest = text[end...]
        let word = rest.drop { !$0.isLetter }.prefix { $0.isLetter }.lowercased()
        let reasons: Set<String> = [
            "explanation", "reason", "reasoning", "rationale", "justification", "because", "note",
        ]
        guard reasons.contains(word), answerInSentence(String(rest)) == nil else { return nil }
        let head = String(text[..<end])
        return valueAsWhole(bareWords(head)) ?? valueMeant(by: head)
    }

    /// The number, truth or label that a text is, or that it gives in a sentence.
    fileprivate func valueTold(by text: String) -> Value? {
        switch self {
        case .int, .number, .bool, .oneOf: valueAsWhole(bareWords(text)) ?? valueMeant(by: text)
        case .text, .json, .bytes, .url, .list, .record: nil
        }
    }

    /// Whether a value was meant as an item of this list.
    fileprivate func isItemMeant(by written: WrittenValue?) -> Bool {
        guard case .list(let element) = self, case .record = element else { return false }
        return written.map { element.isMeant(by: $0) } ?? true
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
        if let told = answerInSentence(text), let value = valueTold(by: told) { return value }
        switch self {
        case .oneOf(let labels):
            let first = truthAtOnce(text, labels.map { $0.lowercased() })
            let atOnce = labels.first { $0.lowercased() == first }
            return (atOnce ?? labelMeant(by: text, labels)).map(Value.string)
        case .bool:
            let words = ["true", "false", "yes", "no"]
            return (truthAtOnce(text, words) ?? labelMeant(by: text, words)).flatMap { value(of: $0) }
        case .int, .number:
            let numbers = numbersNamed(in: text)
            guard Set(numbers).count == 1, let number = numbers.first, !isMultiplied(number, in: text),
                !isBound(number, in: text)
            else {
                return nil
            }
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
            if named.count == 1, let readings = WrittenNumber.readings(of: named[0]) {
                return words + ", which may mean \(readings)"
            }
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
