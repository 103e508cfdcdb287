import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Values

/// How a client counts columns.
enum ColumnUnit: String {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case utf32 = "utf-32"
}

/// An open file, with what is known of it.
struct Document {
    let uri: String
    let name: String
    private(set) var source: SourceText
    var version: Value
    let options: CheckOptions
    private(set) var draft: CheckDraft
    /// The last state that had a START and steps, for completion in a file that is broken just now.
    private(set) var model: SemanticModel?
    let unit: ColumnUnit

    init(uri: String, name: String, text: String, version: Value, options: CheckOptions, unit: ColumnUnit) {
        self.uri = uri
        self.name = name
        self.version = version
        self.options = options
        self.unit = unit
        source = SourceText(name: name, text: text)
        draft = CheckDraft(source, options)
        model = draft.model
    }

    /// Takes the changes of one notification in.
    mutating func change(_ changes: [Value]) {
        var bytes = source.bytes
        for change in changes {
            guard let map = change.asMap, let text = map["text"]?.asText else { continue }
            if let range = map["range"]?.asMap {
                let current = SourceText(name: name, bytes: bytes)
                let span = Document.span(range, in: current, unit)
                bytes.replaceSubrange(span.start..<span.end, with: Array(text.utf8))
            } else {
                bytes = Array(text.utf8)
            }
        }
        source = SourceText(name: name, bytes: bytes)
        draft = CheckDraft(source, options)
        model = draft.model ?? model
    }

    /// The text as it stands, broken or not, without loss.
    var tree: SyntaxTree { parseAutomation(source).tree }

    // Places.

    func offset(_ position: Value?) -> Int {
        guard let map = position?.asMap else { return 0 }
        return Document.offset(map, in: source, unit)
    }

    func span(_ range: Value?) -> Span {
        guard let map = range?.asMap else { return .none }
        return Document.span(map, in: source, unit)
    }

    private static func span(_ range: MapValue, in source: SourceText, _ unit: ColumnUnit) -> Span {
        let start = range["start"]?.asMap.map { offset($0, in: source, unit) } ?? 0
        return Span(start, range["end"]?.asMap.map { offset($0, in: source, unit) } ?? start)
    }

    private static func offset(_ position: MapValue, in source: SourceText, _ unit: ColumnUnit) -> Int {
        let line = position["line"]?.asInt ?? 0
        guard line >= 0, line < source.lineCount else { return line < 0 ? 0 : source.bytes.count }
        let wanted = max(0, position["character"]?.asInt ?? 0)
        let bytes = source.line(line)
        if unit == .utf8 { return min(bytes.startIndex + wanted, bytes.endIndex) }
        var units = 0
        var index = bytes.startIndex
        while index < bytes.endIndex, units < wanted {
            units += columns(of: bytes[index], unit)
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
        let offset = min(max(0, offset), source.bytes.count)
        let line = source.lineIndex(at: offset)
        var column = 0
        for byte in source.bytes[source.lineStart(line)..<offset] {
            if unit == .utf8 {
                column += 1
            } else if byte & 0xC0 != 0x80 {
                column += Document.columns(of: byte, unit)
            }
        }
        return .record([("line", .int(Int64(line))), ("character", .int(Int64(column)))])
    }

    func range(_ span: Span) -> Value {
        .record([("start", position(span.start)), ("end", position(span.end))])
    }

    func location(_ span: Span) -> Value {
        .record([("uri", .string(uri)), ("range", range(span))])
    }
}
