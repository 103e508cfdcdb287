/// Text of comma-separated values that cannot be read, with its line.
package struct CSVError: Error, Sendable, Hashable {
    /// The line of the text, from 1.
    package let line: Int
    /// What is wrong there, a sentence without a full stop.
    package let message: String
}

/// Comma-separated values (RFC 4180), as spreadsheets write and read them.
package enum CSV {
    /// The rows of a text, each a list of fields; empty lines are none.
    ///
    /// Lines end with CR LF, LF or CR; a byte order mark is left out.
    ///
    /// - Parameter separator: The character in ASCII between two fields, for example a comma, a semicolon or a tab.
    /// - Throws: for a quoted field that does not end, and for text between a closing quote and the next separator.
    package static func rows(
        _ text: String, separator: UInt8 = UInt8(ascii: ",")
    ) throws(CSVError) -> [(line: Int, fields: [String])] {
        var reader = CSVReader(text, separator)
        var rows: [(line: Int, fields: [String])] = []
        while let row = try reader.row() { rows.append(row) }
        return rows
    }

    /// The rows behind the first as records of texts, named by the first one; with the line of each.
    ///
    /// - Parameter separator: The character in ASCII between two fields.
    /// - Throws: as `rows` does, for two columns of one name, and for a row with more or fewer fields than the first.
    package static func records(
        _ text: String, separator: UInt8 = UInt8(ascii: ",")
    ) throws(CSVError) -> [(line: Int, record: Value)] {
        let rows = try rows(text, separator: separator)
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
    private var index = 0
    private var line = 1

    private static let quote = UInt8(ascii: "\"")

    init(_ text: String, _ separator: UInt8) {
        bytes = Array(text.utf8)
        self.separator = separator
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// The next row that is no empty line; nil at the end.
    mutating func row() throws(CSVError) -> (line: Int, fields: [String])? {
        while endOfLine() {}
        guard index < bytes.count else { return nil }
        let first = line
        var fields = [try field()]
        while index < bytes.count, !endOfLine() {
            // What ends a field and no line is a separator.
            index += 1
            fields.append(try field())
        }
        return (first, fields)
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
        while index < bytes.count, bytes[index] != separator, !isLineBreak(bytes[index]) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func quotedField() throws(CSVError) -> String {
        let first = line
        var content: [UInt8] = []
        index += 1
        while index < bytes.count {
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
