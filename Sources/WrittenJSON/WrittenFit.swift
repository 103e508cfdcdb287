import AutoChecker
import Values

/// What becomes of values whose end is missing.
package enum CutValues: Sendable {
    /// Nobody knows what is missing.
    case refused
    /// What is there is taken.
    case taken
}

extension DataType {
    /// The value of this type that was written, where it can mean only one: `"1,234"` for a number, `Bug` for
    /// the label `bug`, one value where a list of it is wanted.
    ///
    /// - Throws: what does not fit, or could mean several things.
    func fit(_ written: WrittenValue, cut: CutValues = .refused, path: String = "") throws(Misfit) -> Value {
        if let inner = only(of: written), !isList {
            return try fit(inner, cut: cut, path: path)
        }
        switch self {
        case .json:
            if cut == .refused, written.holdsCut { throw misfit(written, path, "JSON to its end") }
            if let number = written.numberTooLong {
                throw Misfit(
                    path: path, expected: "a number whose digits JSON's readers keep",
                    found: "\(number.prefix(60)), which only `text` holds")
            }
            return written.plain
        case .record(let fields, _): return try fit(written, fields, cut, path)
        case .list(let element): return try fit(written, element, cut, path)
        case .text, .int, .number, .bool, .bytes, .url, .oneOf:
            switch written.content {
            case .list, .record: throw misfit(written, path)
            case .text(let text), .bare(let text):
                if cut == .refused, written.isCut { throw misfit(written, path, "\(self.text) to its end") }
                if written.isNull, !accepts(word: text) { throw misfit(written, path) }
                guard let value = value(of: text) ?? digitAsTruth(written) else {
                    throw Misfit(
                        path: path, expected: expectation,
                        found: readings(of: text) ?? describe(written.plain))
                }
                return value
            }
        }
    }

    var isList: Bool {
        switch self {
        case .list, .json: true
        case .text, .int, .number, .bool, .bytes, .url, .record, .oneOf: false
        }
    }

    /// The item of a list of one.
    private func only(of written: WrittenValue) -> WrittenValue? {
        guard case .list(let items) = written.content, items.count == 1, !written.isCut else { return nil }
        return items[0]
    }

    /// Whether a word that says that there is nothing is a label here.
    private func accepts(word: String) -> Bool {
        if case .oneOf(let labels) = self { return labels.contains(word) }
        return false
    }

    private func misfit(_ written: WrittenValue, _ path: String, _ expected: String? = nil) -> Misfit {
        let expected = expected ?? expectation
        let end = written.isCut ? " that is cut off" : ""
        return Misfit(path: path, expected: expected, found: describe(written.plain) + end)
    }

    /// True or false where 1 or 0 was written without quotes.
    private func digitAsTruth(_ written: WrittenValue) -> Value? {
        guard self == .bool, case .bare(let word) = written.content, word == "1" || word == "0" else {
            return nil
        }
        return .bool(word == "1")
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
        switch self {
        case .text: return .string(written)
        case .int: return (plainInt(written) ?? WrittenNumber(written)?.int).map(Value.int)
        case .number:
            return (plainInt(written).map(Double.init) ?? WrittenNumber(written)?.double).map(Value.double)
        case .bool: return truth(written).map(Value.bool)
        case .url: return try? fit(.string(bareURL(written)))
        case .bytes: return try? fit(.string(trimmed(written)))
        case .oneOf(let labels): return label(written, labels).map(Value.string)
        case .json, .list, .record: return nil
        }
    }
}

// Records.

extension DataType {
    private func fit(_ written: WrittenValue, _ fields: [DataField], _ cut: CutValues, _ path: String)
        throws(Misfit) -> Value
    {
        let entries: [(name: String, value: WrittenValue)]
        switch written.content {
        case .record(let given): entries = given
        case .text(let text):
            if let inner = writtenWithin(text) { return try fit(inner, cut: cut, path: path) }
            return try fit(only: fields, written, cut, path)
        case .bare:
            if written.isNull { throw misfit(written, path) }
            return try fit(only: fields, written, cut, path)
        case .list: throw misfit(written, path)
        }
        let names = FieldNames(fields, given: entries.map(\.name))
        if isSchema(written), !fields.contains(where: { $0.name == "properties" || $0.name == "items" }) {
            throw Misfit(path: path, expected: "a value", found: "a JSON Schema")
        }
        if !entries.isEmpty, entries.allSatisfy({ names.field($0.name) == nil }) {
            // Models like to put the answer into a record of their own.
            guard !fields.isEmpty, entries.count == 1, case .record = entries[0].value.content else {
                if fields.isEmpty { return .record([]) }
                throw misfit(written, path)
            }
            return try fit(entries[0].value, cut: cut, path: path)
        }
        return try fit(entries, names, fields, cut, isCut: written.isCut, path)
    }

    private func fit(
        _ entries: [(name: String, value: WrittenValue)], _ names: FieldNames, _ fields: [DataField],
        _ cut: CutValues, isCut: Bool, _ path: String
    ) throws(Misfit) -> Value {
        var map = MapValue()
        var absent: Set<String> = []
        let prefix = path.isEmpty ? "" : path + "."
        for (name, written) in entries {
            guard let field = names.field(name) else { continue }
            let place = prefix + field.name
            let value = try field.fit(written, cut, place)
            let isAgain = map[field.name] != nil || absent.contains(field.name)
            if isAgain, map[field.name] != value {
                throw Misfit(
                    path: place, expected: "one value",
                    found: "two: \(describe(map[field.name] ?? .null)) and \(describe(value ?? .null))")
            }
            if let value { map[field.name] = value } else { absent.insert(field.name) }
        }
        for field in fields where map[field.name] == nil && !absent.contains(field.name) {
            // Perhaps it stood in what is missing.
            if isCut, cut == .refused {
                throw Misfit(path: path, expected: "\(text) to its end", found: "a record that is cut off")
            }
            if !field.isOptional {
                throw Misfit(path: prefix + field.name, expected: field.type.text, found: "nothing")
            }
        }
        return .map(map)
    }

    /// The record of one field whose value alone was written.
    private func fit(only fields: [DataField], _ written: WrittenValue, _ cut: CutValues, _ path: String)
        throws(Misfit) -> Value
    {
        guard fields.count == 1, let field = fields.first, !field.type.isList,
            let value = try? field.type.fit(written, cut: cut, path: path)
        else { throw misfit(written, path) }
        return .record([(field.name, value)])
    }

    /// Whether a record is a JSON Schema, which some models give back instead of a value.
    private func isSchema(_ written: WrittenValue) -> Bool {
        guard case .record(let fields) = written.content else { return false }
        func holdsRecord(_ name: String) -> Bool {
            guard let field = fields.first(where: { $0.name == name }) else { return false }
            if case .record = field.value.content { return true }
            return false
        }
        if fields.contains(where: { $0.name == "$schema" }) { return true }
        guard case .text(let type)? = fields.first(where: { $0.name == "type" })?.value.content else {
            return false
        }
        return type == "object" && holdsRecord("properties") || type == "array" && holdsRecord("items")
    }
}

extension DataField {
    /// - Returns: nil where the field may be left out and was.
    fileprivate func fit(_ written: WrittenValue, _ cut: CutValues, _ path: String) throws(Misfit) -> Value? {
        if isOptional, written.isNull, !written.isCut || cut == .taken { return nil }
        do throws(Misfit) { return try type.fit(written, cut: cut, path: path) } catch {
            // A text of an optional field may be anything, but a number is not called `n/a`.
            guard isOptional, case .text(let text) = written.content, !written.isCut else { throw error }
            let words = ["", "null", "none", "n/a"]
            guard words.contains(trimmed(text).lowercased()) else { throw error }
            return nil
        }
    }
}

/// Which field a name in a reply means: the one of that name, else the only one that is called alike but for
/// case, blanks and signs, where the name itself is not there, too.
private struct FieldNames {
    private let fields: [DataField]
    private let given: Set<String>

    init(_ fields: [DataField], given: [String]) {
        self.fields = fields
        self.given = Set(given)
    }

    func field(_ name: String) -> DataField? {
        if let field = fields.first(where: { $0.name == name }) { return field }
        let letters = lettersOnly(name)
        let alike = fields.filter { lettersOnly($0.name) == letters }
        guard !letters.isEmpty, alike.count == 1, !given.contains(alike[0].name) else { return nil }
        return alike[0]
    }
}

// Lists.

extension DataType {
    private func fit(_ written: WrittenValue, _ element: DataType, _ cut: CutValues, _ path: String)
        throws(Misfit) -> Value
    {
        switch written.content {
        case .list(let items):
            if cut == .refused, written.isCut { throw misfit(written, path, "\(text) to its end") }
            var values: [Value] = []
            values.reserveCapacity(items.count)
            for (place, item) in items.enumerated() {
                values.append(try element.fit(item, cut: cut, path: "\(path)[\(place)]"))
            }
            return .list(values)
        case .record(let fields):
            // Asked for a list, models wrap it in a record, since some servers give records only.
            if fields.count == 1, case .list = fields[0].value.content {
                return try fit(fields[0].value, cut: cut, path: path)
            }
        case .text(let text):
            if let inner = writtenWithin(text) { return try fit(inner, cut: cut, path: path) }
            // What has commas or lines may be several values.
            if text.contains(where: { $0.isNewline || ",;".contains($0) }) { throw misfit(written, path) }
        case .bare:
            if written.isNull { throw misfit(written, path) }
        }
        guard !element.isList, let value = try? element.fit(written, cut: cut, path: path) else {
            throw misfit(written, path)
        }
        return .list([value])
    }
}

/// The record or list whose JSON a text is, as some models write it: JSON in a text in JSON.
private func writtenWithin(_ text: String) -> WrittenValue? {
    let bare = trimmed(text)
    guard bare.hasPrefix("{") || bare.hasPrefix("["), let read = try? WrittenText(bare) else { return nil }
    return read.whole ?? (read.values.count == 1 ? read.values[0].value : nil)
}

// Single values.

/// True or false, where a text says so and nothing else.
private func truth(_ text: String) -> Bool? {
    switch trimmed(text).lowercased() {
    case "true", "yes": true
    case "false", "no": false
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
func trimmed(_ text: String) -> String {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
        let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
}

/// The letters and digits of a text in lower case.
func lettersOnly(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
