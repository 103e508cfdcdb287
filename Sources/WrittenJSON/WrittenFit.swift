import AutoChecker
import Values

/// What becomes of values whose end is missing.
package enum CutValues: Sendable {
    /// Nobody knows what is missing.
    case refused
    /// What is there is taken.
    case taken
}

/// The fitting of one value to a type: what holds for all of its parts.
struct Fitting {
    let cut: CutValues
    /// Labels of the choices in it.
    var labels = LabelTables()
    /// Whether a part was written otherwise than as JSON of its type.
    var isMended = false

    init(_ cut: CutValues) { self.cut = cut }
}

extension Misfit {
    /// The same, told from the value around: `name` and `[2]` before the path.
    func within(_ place: String) -> Misfit {
        let isDirect = path.isEmpty || path.hasPrefix("[")
        return Misfit(path: isDirect ? place + path : place + "." + path, expected: expected, found: found)
    }
}

extension DataType {
    /// The value of this type that was written, where it can mean only one: `"1,234"` for a number, `Bug` for
    /// the label `bug`, one value where a list of it is wanted.
    ///
    /// - Throws: what does not fit, or could mean several things.
    func fit(_ written: WrittenValue, cut: CutValues = .refused) throws(Misfit) -> Value {
        var fitting = Fitting(cut)
        return try fit(written, &fitting)
    }

    /// The same for a part of a value.
    ///
    /// - Parameter isInner: whether it stands in a record or list.
    func fit(_ written: WrittenValue, _ fitting: inout Fitting, isInner: Bool = false) throws(Misfit) -> Value
    {
        if !isList, let inner = only(of: written, fitting.cut) {
            fitting.isMended = true
            return try fit(inner, &fitting, isInner: isInner)
        }
        switch self {
        case .json: return try plain(written, fitting.cut)
        case .record(let fields, _): return try fit(written, fields, &fitting)
        case .list(let element): return try fit(written, element, &fitting)
        case .text, .int, .number, .bool, .bytes, .url, .oneOf:
            if let value = asWritten(written) { return value }
            switch written.content {
            case .list, .record: throw misfit(written)
            case .int, .text, .bare:
                let text = written.asName ?? ""
                if fitting.cut == .refused, written.isCut { throw misfit(written, "\(self.text) to its end") }
                if written.isNull, !accepts(word: text) { throw misfit(written) }
                if isInner, let number = wholeNumber(written) { return number }
                guard let value = value(of: text, &fitting.labels) ?? digitAsTruth(written) else {
                    throw Misfit(
                        path: "", expected: expectation, found: readings(of: text) ?? describe(written.plain))
                }
                if !fitting.isMended, value != written.plain {
                    fitting.isMended = (try? fit(written.plain)) != value
                }
                return value
            }
        }
    }

    /// The value where it is written as JSON has it, and whole; nil where it takes more to tell.
    private func asWritten(_ written: WrittenValue) -> Value? {
        if written.isCut { return nil }
        switch (self, written.content) {
        case (.text, .text(let text)): return .string(text)
        case (.int, .int(let int)): return .int(int)
        case (.number, .int(let int)): return .double(Double(int))
        case (.number, .bare(let word)): return plainDouble(word).map(Value.double)
        case (.bool, .bare("true")): return .bool(true)
        case (.bool, .bare("false")): return .bool(false)
        default: return nil
        }
    }

    private func plain(_ written: WrittenValue, _ cut: CutValues) throws(Misfit) -> Value {
        if let value = written.plainWhole(cut: cut) { return value }
        if cut == .refused, written.holdsCut { throw misfit(written, "JSON to its end") }
        if let number = written.numberTooLong {
            throw Misfit(
                path: "", expected: "a number whose digits JSON's readers keep",
                found: "\(number.prefix(60)), which only `text` holds")
        }
        return written.plain
    }

    var isList: Bool {
        switch self {
        case .list, .json: true
        case .text, .int, .number, .bool, .bytes, .url, .record, .oneOf: false
        }
    }

    /// The item of a list of one.
    private func only(of written: WrittenValue, _ cut: CutValues) -> WrittenValue? {
        guard case .list(let items) = written.content, items.count == 1, !written.isCut || cut == .taken
        else {
            return nil
        }
        // The only item of the list that is a record's only field.
        if case .record(let fields, _) = self, fields.count == 1, fields[0].type.isList, !items[0].isContainer
        {
            return nil
        }
        return items[0]
    }

    /// Whether a word that says that there is nothing is a label here.
    private func accepts(word: String) -> Bool {
        if case .oneOf(let labels) = self { return labels.contains(word) }
        return false
    }

    func misfit(_ written: WrittenValue, _ expected: String? = nil) -> Misfit {
        let expected = expected ?? expectation
        let end = written.isCut ? " that is cut off" : ""
        return Misfit(path: "", expected: expected, found: describe(written.plain) + end)
    }

    /// True or false where 1 or 0 was written without quotes.
    private func digitAsTruth(_ written: WrittenValue) -> Value? {
        guard self == .bool, case .int(let int) = written.content, int == 1 || int == 0 else { return nil }
        return .bool(int == 1)
    }

    /// The int that a number of JSON is by its letters, `1.000` for one, where it stands in a record or list.
    private func wholeNumber(_ written: WrittenValue) -> Value? {
        guard self == .int, case .bare(let word) = written.content,
            case .double(let double)? = meaning(ofWord: word), double.magnitude < 9_007_199_254_740_992
        else { return nil }
        return Int64(exactly: double).map(Value.int)
    }

    /// A number that may mean two, with both; nil for any other text.
    private func readings(of text: String) -> String? {
        guard self == .int || self == .number, let readings = WrittenNumber.readings(of: text) else {
            return nil
        }
        return describe(.string(text)) + ", which may mean " + readings
    }

    /// What `fit` says that this type expects.
    private var expectation: String {
        do throws(Misfit) { _ = try fit(Value.null) } catch { return error.expected }
        return text
    }

    /// The value of this type, which is no list or record, that a text means.
    ///
    /// - Returns: nil where it means none, or perhaps several.
    func value(of written: String) -> Value? {
        var labels = LabelTables()
        return value(of: written, &labels)
    }

    /// The same for one of many texts.
    func value(of written: String, _ tables: inout LabelTables) -> Value? {
        switch self {
        case .text: return .string(written)
        case .int: return (plainInt(written) ?? WrittenNumber(written)?.int).map(Value.int)
        case .number:
            return (plainDouble(written) ?? WrittenNumber(written)?.double).map(Value.double)
        case .bool: return (truth(written) ?? truth(bareWords(written))).map(Value.bool)
        case .url: return try? fit(.string(bareURL(written)))
        case .bytes: return try? fit(.string(trimmed(written)))
        case .oneOf(let labels): return tables.label(written, labels).map(Value.string)
        case .json, .list, .record: return nil
        }
    }
}

// Single values.

/// True or false, where a text says so and nothing else.
private func truth(_ text: String) -> Bool? {
    switch trimmed(text).lowercased() {
    case "true", "yes", "y", "ja", "wahr", "oui", "vrai", "sí", "si", "sim", "verdadero", "vero", "tak", "да",
        "是", "はい":
        true
    case "false", "no", "n", "nein", "falsch", "non", "faux", "não", "falso", "nie", "нет", "否", "いいえ":
        false
    default: nil
    }
}

/// A url without the signs of Markdown around it.
private func bareURL(_ text: String) -> String {
    let bare = trimmed(text)
    if bare.hasPrefix("<"), bare.hasSuffix(">") { return String(bare.dropFirst().dropLast()) }
    guard bare.hasPrefix("["), bare.hasSuffix(")"), let middle = bare.utf8.firstRange(of: "](".utf8) else {
        return bare
    }
    return String(bare[middle.upperBound...].dropLast())
}

/// A text without the blanks around it.
package func trimmed(_ text: String) -> String {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
        let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
}

/// The letters and digits of a text in lower case.
func lettersOnly(_ text: String) -> String {
    // Most are of ASCII's letters, which need no tables of Unicode.
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
        return text.lowercased().filter { $0.isLetter || $0.isNumber }
    }
    return String(unsafeUninitializedCapacity: text.utf8.count) { buffer in
        var count = 0
        for byte in text.utf8 where byte.isLetter || byte.isDigit {
            buffer[count] = byte.isLetter ? byte | 0x20 : byte
            count += 1
        }
        return count
    }
}
