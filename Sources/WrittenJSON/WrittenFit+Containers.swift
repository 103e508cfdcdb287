import AutoChecker
import Values

// Records.

extension DataType {
    func fit(_ written: WrittenValue, _ fields: [DataField], _ fitting: inout Fitting) throws(Misfit) -> Value
    {
        let entries: [(name: String, value: WrittenValue)]
        switch written.content {
        case .record(let given): entries = given
        case .text(let text):
            if let inner = writtenWithin(text) {
                fitting.isMended = true
                return try fit(inner, &fitting, isInner: true)
            }
            return try fit(only: fields, written, &fitting)
        case .int, .bare:
            if written.isNull { throw misfit(written) }
            return try fit(only: fields, written, &fitting)
        case .list:
            guard fields.count == 1, case .list = fields[0].type,
                let value = try? fields[0].type.fit(written, &fitting, isInner: true)
            else { throw misfit(written) }
            fitting.isMended = true
            return .record([(fields[0].name, value)])
        }
        if entries.count == fields.count, zip(entries, fields).allSatisfy({ $0.name == $1.name }) {
            return try fit(inOrder: entries, fields, &fitting)
        }
        let names = FieldNames(fields, given: entries)
        if isSchema(written), !fields.contains(where: { $0.name == "properties" || $0.name == "items" }) {
            throw Misfit(path: "", expected: "a value", found: "a JSON Schema")
        }
        if !entries.isEmpty, entries.allSatisfy({ names.field($0.name) == nil }) {
            // Models like to put the answer into a record of their own.
            guard !fields.isEmpty, entries.count == 1, let inner = recordWithin(entries[0].value),
                !["example", "examples", "schema"].contains(lettersOnly(entries[0].name))
            else {
                if fields.isEmpty { return .record([]) }
                throw misfit(written)
            }
            fitting.isMended = true
            return try fit(inner, &fitting, isInner: true)
        }
        return try fit(entries, names, fields, &fitting, isCut: written.isCut)
    }

    /// The record of which each field stands in its place, as nearly all do.
    private func fit(
        inOrder entries: [(name: String, value: WrittenValue)], _ fields: [DataField],
        _ fitting: inout Fitting
    ) throws(Misfit) -> Value {
        var given: [(String, Value)] = []
        given.reserveCapacity(fields.count)
        for (field, entry) in zip(fields, entries) {
            if let value = try field.fit(entry.value, &fitting) { given.append((field.name, value)) }
        }
        return .record(given)
    }

    private func fit(
        _ entries: [(name: String, value: WrittenValue)], _ names: FieldNames, _ fields: [DataField],
        _ fitting: inout Fitting, isCut: Bool
    ) throws(Misfit) -> Value {
        var map = MapValue()
        var absent: Set<String> = []
        for (name, written) in entries {
            guard let field = names.field(name) else { continue }
            if field.name != name { fitting.isMended = true }
            let value = try field.fit(written, &fitting)
            let known = map[field.name]
            if known != nil || absent.contains(field.name), known != value {
                throw Misfit(
                    path: field.name, expected: "one value",
                    found: "two: \(describe(known ?? .null)) and \(describe(value ?? .null))")
            }
            if let value { map[field.name] = value } else { absent.insert(field.name) }
        }
        for field in fields where map[field.name] == nil && !absent.contains(field.name) {
            // Perhaps it stood in what is missing.
            if isCut, fitting.cut == .refused {
                throw Misfit(path: "", expected: "\(text) to its end", found: "a record that is cut off")
            }
            if !field.isOptional {
                throw Misfit(path: field.name, expected: field.type.text, found: "nothing")
            }
        }
        return .map(map)
    }

    /// The record of one field whose value alone was written.
    private func fit(only fields: [DataField], _ written: WrittenValue, _ fitting: inout Fitting)
        throws(Misfit)
        -> Value
    {
        guard fields.count == 1, let field = fields.first, !field.type.isList,
            let value = try? field.type.fit(written, &fitting)
        else { throw misfit(written) }
        fitting.isMended = true
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
    /// By which people say that they have no value.
    private static let nothings: Set<String> = [
        "", "null", "none", "nil", "undefined", "n/a", "na", "-", "--", "–", "—", "unknown", "not available",
        "not applicable", "not given", "not specified", "not provided", "not stated", "not mentioned",
    ]

    /// - Returns: nil where the field may be left out and was.
    /// - Throws: what does not fit, with the field's name.
    fileprivate func fit(_ written: WrittenValue, _ fitting: inout Fitting) throws(Misfit) -> Value? {
        if isOptional, written.isNull, !written.isCut || fitting.cut == .taken { return nil }
        do throws(Misfit) { return try type.fit(written, &fitting, isInner: true) } catch {
            // A text of an optional field may be anything, but a number is not called `n/a`.
            guard isOptional, case .text(let text) = written.content, !written.isCut,
                Self.nothings.contains(trimmed(text).lowercased())
            else { throw error.within(name) }
            fitting.isMended = true
            return nil
        }
    }
}

/// Which field a name in a reply means: the one of that name, else the only one that is called alike but for
/// case, blanks and signs, where the name itself is not there, too.
private struct FieldNames {
    private let fields: [DataField]
    /// Which of the fields stand there by their own name.
    private var isGiven: [Bool]

    init(_ fields: [DataField], given: [(name: String, value: WrittenValue)]) {
        self.fields = fields
        isGiven = fields.map { _ in false }
        for entry in given {
            if let place = fields.firstIndex(where: { $0.name == entry.name }) { isGiven[place] = true }
        }
    }

    func field(_ name: String) -> DataField? {
        if let field = fields.first(where: { $0.name == name }) { return field }
        let letters = lettersOnly(name)
        guard !letters.isEmpty else { return nil }
        let alike = fields.indices.filter { lettersOnly(fields[$0].name) == letters }
        return alike.count == 1 && !isGiven[alike[0]] ? fields[alike[0]] : nil
    }
}

// Lists.

extension DataType {
    func fit(_ written: WrittenValue, _ element: DataType, _ fitting: inout Fitting) throws(Misfit) -> Value {
        switch written.content {
        case .list(let items):
            if fitting.cut == .refused, written.isCut { throw misfit(written, "\(text) to its end") }
            return .list(try values(of: items, element, &fitting, isCut: written.isCut))
        case .record(let fields):
            // Asked for a list, models wrap it in a record, since some servers give records only.
            if fields.count == 1, case .list = fields[0].value.content {
                fitting.isMended = true
                return try fit(fields[0].value, &fitting, isInner: true)
            }
        case .text(let text):
            if let inner = writtenWithin(text) {
                fitting.isMended = true
                return try fit(inner, &fitting, isInner: true)
            }
            // What has commas or lines may be several values.
            if text.contains(where: { $0.isNewline || ",;".contains($0) }) { throw misfit(written) }
        case .int, .bare:
            if written.isNull { throw misfit(written) }
        }
        guard !element.isList, let value = try? element.fit(written, &fitting) else {
            throw misfit(written)
        }
        fitting.isMended = true
        return .list([value])
    }

    private func values(of items: [WrittenValue], _ element: DataType, _ fitting: inout Fitting, isCut: Bool)
        throws(Misfit) -> [Value]
    {
        var values: [Value] = []
        values.reserveCapacity(items.count)
        for (place, item) in items.enumerated() {
            do throws(Misfit) { values.append(try element.fit(item, &fitting, isInner: true)) } catch {
                // Of the last record too little is there to be one.
                if isCut, place > 0, place == items.count - 1, item.isCut, item.isContainer { break }
                throw error.within("[\(place)]")
            }
        }
        return values
    }
}

/// The record that a value is, or whose JSON it is as a text; nil for any other.
private func recordWithin(_ written: WrittenValue) -> WrittenValue? {
    switch written.content {
    case .record: return written
    case .text(let text):
        guard let inner = writtenWithin(text), case .record = inner.content else { return nil }
        return inner
    case .int, .bare, .list: return nil
    }
}

/// The record or list whose JSON a text is, as some models write it: JSON in a text in JSON.
private func writtenWithin(_ text: String) -> WrittenValue? {
    let bare = trimmed(text)
    guard bare.hasPrefix("{") || bare.hasPrefix("["), let read = try? WrittenText(bare) else { return nil }
    return read.whole ?? (read.values.count == 1 ? read.values[0].value : nil)
}
