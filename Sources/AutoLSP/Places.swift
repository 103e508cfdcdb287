import Diagnostics
import Values

/// How a client counts columns.
enum ColumnUnit: String {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case utf32 = "utf-32"
}

/// The places of a text as byte offsets, and as the lines and columns of a client.
struct Places {
    let source: SourceText
    let unit: ColumnUnit

    func offset(_ position: Value?) -> Int {
        guard let map = position?.asMap else { return 0 }
        return offset(map)
    }

    func span(_ range: Value?) -> Span {
        guard let map = range?.asMap else { return .none }
        let start = map["start"]?.asMap.map { offset($0) } ?? 0
        // A range that ends before it begins is an empty one.
        return Span(start, max(start, map["end"]?.asMap.map { offset($0) } ?? start))
    }

    private func offset(_ position: MapValue) -> Int {
        let line = position["line"]?.asInt ?? 0
        guard line >= 0, line < source.lineCount else { return line < 0 ? 0 : source.bytes.count }
        let wanted = max(0, position["character"]?.asInt ?? 0)
        let bytes = source.line(line)
        if unit == .utf8 { return min(bytes.startIndex + wanted, bytes.endIndex) }
        var units = 0
        var index = bytes.startIndex
        while index < bytes.endIndex, units < wanted {
            units += Places.columns(of: bytes[index], unit)
            index += 1
            while index < bytes.endIndex, bytes[index] & 0xC0 == 0x80 { index += 1 }
        }
        return index
    }

    /// The units of a character by its first byte: four bytes are a pair in UTF-16.
    private static func columns(of first: UInt8, _ unit: ColumnUnit) -> Int {
        unit == .utf16 && first >= 0xF0 ? 2 : 1
    }

    func position(_ offset: Int) -> Value {
        let (line, column) = lineAndColumn(offset)
        return .record([("line", .int(Int64(line))), ("character", .int(Int64(column)))])
    }

    /// The line of a place and the column in it, both from 0, the column as the client counts.
    func lineAndColumn(_ offset: Int) -> (line: Int, column: Int) {
        let offset = min(max(0, offset), source.bytes.count)
        let line = source.lineIndex(at: offset)
        var column = 0
        for byte in source.bytes[source.lineStart(line)..<offset] {
            if unit == .utf8 {
                column += 1
            } else if byte & 0xC0 != 0x80 {
                column += Places.columns(of: byte, unit)
            }
        }
        return (line, column)
    }

    func range(_ span: Span) -> Value {
        .record([("start", position(span.start)), ("end", position(span.end))])
    }
}
