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
    /// Lines end with CR LF, LF or CR; a byte order mark is left out, and a first line that only says the separator.
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
                    message:
                        "the line has \(row.fields.count) field\(row.fields.count == 1 ? "" : "s"), the first line \(names.count)"
                )
            }
            records.append((row.line, .record(zip(names, row.fields).map { ($0, .string($1)) })))
        }
        return records
    }

    /// What separates the fields of a table whose name does not say it: what a line `sep=;` before its rows says; else a
    /// semicolon where the first line has some, and no comma, outside of quotes, as programs write it in countries whose
    /// decimals have a comma; else a comma.
    package static func separator(in text: String) -> UInt8 {
        if let announced = announced(in: text.utf8) { return announced.separator }
        let (comma, semicolon) = (UInt8(ascii: ","), UInt8(ascii: ";"))
        var isQuoted = false
        var hasBegun = false
        var found = comma
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard !isQuoted else { continue }
            if byte == comma { return comma }
            if byte == semicolon { found = semicolon }
            let endsLine = byte == 0x0A || byte == 0x0D
            // Empty lines before the first row are none.
            if endsLine, hasBegun { return found }
            if !endsLine { hasBegun = true }
        }
        return found
    }

    /// A number as a table has it: as JSON writes it, without blanks or thousands. Where semicolons separate the fields, one
    /// comma may stand in the place of the point, as spreadsheets write it in countries with decimal commas; `1.500` is no
    /// number there, since it may be one and a half or fifteen hundred.
    ///
    /// - Parameter isWhole: whether only a whole number is wanted, in which a comma could only part thousands.
    /// - Returns: nil for any other text.
    package static func number(_ cell: String, separator: UInt8, isWhole: Bool) -> Value? {
        let comma = UInt8(ascii: ",")
        let hasPoint = cell.utf8.contains(UInt8(ascii: "."))
        let isDecimal =
            separator == UInt8(ascii: ";") && !isWhole && !hasPoint && cell.utf8.count { $0 == comma } == 1
        if separator == UInt8(ascii: ";"), partsThousands(cell) { return nil }
        let number = try? JSON.parse(isDecimal ? cell.replacing(",", with: ".") : cell)
        return number?.asDouble == nil ? nil : number
    }

    /// Whether each point of a number has three digits behind it: `1.500`, `-12.000.000`. Nobody writes a zero in front of
    /// thousands, so that `0.500` is a half.
    private static func partsThousands(_ cell: String) -> Bool {
        let digits = cell.utf8.first == UInt8(ascii: "-") ? cell.utf8.dropFirst() : cell.utf8[...]
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count > 1 && (1...3).contains(parts[0].count) && parts[0].first != UInt8(ascii: "0")
            && parts.dropFirst().allSatisfy { $0.count == 3 }
            && parts.joined().allSatisfy { (0x30...0x39).contains($0) }
    }

    /// What spreadsheets read before the first row as what separates the fields: `sep=;`, without quotes.
    ///
    /// - Returns: nil where no such line is the first; else the separator, and the offset of the line's end in bytes.
    fileprivate static func announced(in text: some Collection<UInt8>) -> (separator: UInt8, end: Int)? {
        let start = Array(text.prefix(16))
        let mark = start.starts(with: byteOrderMark) ? byteOrderMark.count : 0
        let end = start.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? start.count
        let line = start[mark..<max(mark, end)]
        guard line.count == announcement.count + 1, line.starts(with: announcement),
            let separator = line.last,
            separator == 0x09 || (0x20..<0x7F).contains(separator), separator != 0x22,
            !isLetterOrDigit(separator)
        else { return nil }
        return (separator, end)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }

    private static let announcement = Array("sep=".utf8)
    fileprivate static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// A row as one line of text, with the line's end.
    ///
    /// - Parameter separator: The character in ASCII between two fields.
    package static func line(_ fields: [String], separator: UInt8 = UInt8(ascii: ",")) -> String {
        // An empty line would be no row.
        if fields == [""] { return "\"\"\n" }
        // A first line with semicolons and no comma would be taken for several fields.
        if fields.count == 1, separator == UInt8(ascii: ","), fields[0].utf8.contains(UInt8(ascii: ";")) {
            return inQuotes(fields[0]) + "\n"
        }
        return fields.map { quoted($0, separator) }.joined(separator: String(Unicode.Scalar(separator)))
            + "\n"
    }

    /// The field in quotes where it would be read as something else without them.
    private static func quoted(_ field: String, _ separator: UInt8) -> String {
        let blank: Set<UInt8?> = [0x20, 0x09]
        let isPlain =
            !field.utf8.contains { [0x22, separator, 0x0A, 0x0D].contains($0) }
            && !blank.contains(field.utf8.first) && !blank.contains(field.utf8.last)
            && !field.utf8.starts(with: announcement)
        return isPlain ? field : inQuotes(field)
    }

    private static func inQuotes(_ field: String) -> String {
        "\"" + field.replacing("\"", with: "\"\"") + "\""
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
        if let announced = CSV.announced(in: bytes), announced.separator == separator {
            index = announced.end
        } else if bytes.starts(with: CSV.byteOrderMark) {
            index = CSV.byteOrderMark.count
        }
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
