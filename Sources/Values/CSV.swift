package import Computing

/// Text of comma-separated values that cannot be read, with its line.
package struct CSVError: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case malformed
        /// It holds more values than `ValueBudget` has room for.
        case tooLarge
        /// The time was over, or the caller wants the values no more.
        case stopped
    }

    /// The line of the text, from 1.
    package let line: Int
    /// What is wrong there, a sentence without a full stop.
    package let message: String
    package let kind: Kind

    init(line: Int, message: String, kind: Kind = .malformed) {
        self.line = line
        self.message = message
        self.kind = kind
    }

    fileprivate static func stopped(at line: Int) -> CSVError {
        CSVError(line: line, message: "it was stopped", kind: .stopped)
    }
}

/// Comma-separated values (RFC 4180), as spreadsheets write and read them.
package enum CSV {
    /// The rows of a text, each a list of fields; empty lines are none.
    ///
    /// Lines end with CR LF, LF or CR; a byte order mark is left out.
    ///
    /// - Parameter separator: The character in ASCII between two fields, for example a comma, a semicolon or a tab.
    /// - Parameter limit: looked at while it reads.
    /// - Throws: for a quoted field that does not end, for text between a closing quote and the next separator, for
    ///   more values than there is room for, and when the limit is over.
    package static func rows(
        _ text: String, separator: UInt8 = UInt8(ascii: ","), _ limit: TimeLimit = TimeLimit()
    ) throws(CSVError) -> [(line: Int, fields: [String])] {
        var reader = CSVReader(text, separator, limit)
        var rows: [(line: Int, fields: [String])] = []
        while let row = try reader.row() { rows.append(row) }
        return rows
    }

    /// The rows behind the first as records of texts, named by the first one; with the line of each.
    ///
    /// - Parameter separator: The character in ASCII between two fields.
    /// - Throws: as `rows` does, for two columns of one name, and for a row with more or fewer fields than the first.
    package static func records(
        _ text: String, separator: UInt8 = UInt8(ascii: ","), _ limit: TimeLimit = TimeLimit()
    ) throws(CSVError) -> [(line: Int, record: Value)] {
        let rows = try rows(text, separator: separator, limit)
        guard let first = rows.first else { return [] }
        let names = first.fields
        var seen: Set<Value> = []
        for name in names where !seen.insert(.string(name)).inserted {
            throw CSVError(
                line: first.line,
                message:
                    "the first line names two columns \(JSON.text(.string(String(name.prefix(60))))), so they cannot be told apart"
            )
        }
        var records: [(line: Int, record: Value)] = []
        records.reserveCapacity(rows.count)
        for row in rows.dropFirst() {
            if limit.isOver { throw .stopped(at: row.line) }
            guard row.fields.count == names.count else {
                throw CSVError(
                    line: row.line,
                    message: "the line has \(row.fields.count) fields, the first line \(names.count)")
            }
            records.append((row.line, .record(zip(names, row.fields).map { ($0, .string($1)) })))
        }
        return records
    }

    /// A row as one line of text, with the line's end.
    ///
    /// - Parameter separator: The character in ASCII between two fields.
    package static func line(_ fields: [String], separator: UInt8 = UInt8(ascii: ",")) -> String {
        // An empty line would be no row.
        if fields == [""] { return "\"\"\n" }
        return fields.map { quoted($0, separator) }.joined(separator: String(Unicode.Scalar(separator)))
            + "\n"
    }

    /// The field in quotes where it would be read as something else without them.
    private static func quoted(_ field: String, _ separator: UInt8) -> String {
        let blank: Set<UInt8?> = [0x20, 0x09]
        let isPlain =
            !field.utf8.contains { [0x22, separator, 0x0A, 0x0D].contains($0) }
            && !blank.contains(field.utf8.first) && !blank.contains(field.utf8.last)
        return isPlain ? field : "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}

private struct CSVReader {
    private let bytes: [UInt8]
    private let separator: UInt8
    private let limit: TimeLimit
    private var budget = ValueBudget()
    private var index = 0
    private var line = 1
    private var nextLook = 0

    private static let quote = UInt8(ascii: "\"")
    /// Bytes that are read between two looks at the limit.
    private static let stretch = 4_096

    init(_ text: String, _ separator: UInt8, _ limit: TimeLimit) {
        bytes = Array(text.utf8)
        self.separator = separator
        self.limit = limit
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// The next row that is no empty line; nil at the end.
    mutating func row() throws(CSVError) -> (line: Int, fields: [String])? {
        while endOfLine() {}
        guard index < bytes.count else { return nil }
        let first = line
        try pay(for: ValueBudget.record)
        var fields = [try paidField()]
        while index < bytes.count, !endOfLine() {
            // What ends a field and no line is a separator.
            index += 1
            fields.append(try paidField())
        }
        return (first, fields)
    }

    private mutating func paidField() throws(CSVError) -> String {
        let field = try field()
        try pay(for: ValueBudget.field + ValueBudget.text(field.utf8.count))
        try look()
        return field
    }

    private mutating func pay(for bytes: Int) throws(CSVError) {
        guard budget.pays(for: bytes) else {
            throw CSVError(line: line, message: ValueBudget.refusal, kind: .tooLarge)
        }
    }

    private mutating func look() throws(CSVError) {
        guard index >= nextLook else { return }
        nextLook = index + CSVReader.stretch
        if limit.isOver { throw .stopped(at: line) }
    }

    /// Goes over the end of a line; false where none is.
    private mutating func endOfLine() -> Bool {
        guard index < bytes.count, isLineBreak(bytes[index]) else { return false }
        let isPair = bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
        index += isPair ? 2 : 1
        line += 1
        return true
    }

    private func isLineBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private mutating func field() throws(CSVError) -> String {
        if index < bytes.count, bytes[index] == CSVReader.quote { return try quotedField() }
        let start = index
        while index < bytes.count, bytes[index] != separator, !isLineBreak(bytes[index]) {
            index += 1
            try look()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func quotedField() throws(CSVError) -> String {
        let first = line
        var content: [UInt8] = []
        index += 1
        while index < bytes.count {
            try look()
            if bytes[index] == CSVReader.quote {
                index += 1
                guard index < bytes.count, bytes[index] == CSVReader.quote else {
                    try expectEnd()
                    return String(decoding: content, as: UTF8.self)
                }
            } else if bytes[index] == 0x0A || bytes[index] == 0x0D && !isPair {
                line += 1
            }
            content.append(bytes[index])
            index += 1
        }
        throw CSVError(line: first, message: "the quotes that open a field are never closed")
    }

    /// Whether a CR here is followed by the LF that ends the same line.
    private var isPair: Bool { index + 1 < bytes.count && bytes[index + 1] == 0x0A }

    private func expectEnd() throws(CSVError) {
        guard index < bytes.count, bytes[index] != separator, !isLineBreak(bytes[index]) else { return }
        throw CSVError(
            line: line,
            message: "text stands behind a field's closing quotes; quotes within a field are written twice")
    }
}
