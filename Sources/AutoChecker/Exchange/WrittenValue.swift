import AutoSyntax
import CEL
import Diagnostics
import OrderedCollections
import StepKinds
import Values

/// Values of the API's JSON as they are written in a file, each to be read back as one part of it.
enum WrittenValue {
    /// A field's value, and as what it is read; nil for a program that no quotes can hold.
    static func field(_ value: Value, _ kind: FieldKind?) -> (text: String?, fragment: Fragment) {
        switch kind {
        case .program:
            guard let text = value.asText else { return (JSON.text(value), .value) }
            return (quotedProgram(text), .program)
        case .selector: return (selector(value), .selector)
        // In a text field an expression and a text of it alone are the same.
        case .text: return (value.asText.map { template($0, isText: true) } ?? self.value(value), .value)
        case .int, .number, .bool, .any, .record, .list, .textOrList, .numberOrText, .boolOrRecord, .duration,
            .choice, nil:
            return (self.value(value), .value)
        }
    }

    /// A setting's value: its texts are durations and such, and stand without quotes.
    static func setting(_ value: Value) -> String {
        switch value {
        case .string(let text): text
        case .map(let map): record(map) { setting($0) } ?? "{}"
        case .null, .bool, .int, .uint, .double, .bytes, .list, .timestamp, .duration, .type, .optional:
            JSON.text(value)
        }
    }

    private static func value(_ value: Value) -> String {
        switch value {
        case .string(let text): return template(text)
        case .list(let items): return "[" + items.map { self.value($0) }.joined(separator: ", ") + "]"
        case .map(let map): return record(map) { self.value($0) } ?? "{}"
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
            return JSON.text(value)
        }
    }

    private static func selector(_ value: Value) -> String? {
        switch value {
        case .string(let text):
            if text.hasPrefix("xpath("), text.hasSuffix(")"),
                let inner = (try? JSON.parse(String(text.dropFirst(6).dropLast())))?.asText
            {
                return quotedProgram(inner).map { "xpath(\($0))" }
            }
            return quotedProgram(text)
        case .list(let items):
            let written = items.compactMap(selector)
            return written.count < items.count ? nil : "[" + written.joined(separator: ", ") + "]"
        case .map(let map): return record(map, selector)
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
            return JSON.text(value)
        }
    }

    private static func record(_ map: MapValue, _ written: (Value) -> String?) -> String? {
        var entries: [String] = []
        for (entry, value) in map.entries {
            guard let text = written(value) else { return nil }
            let name = JSON.keyText(entry)
            entries.append("\(isIdentifier(name) ? name : quotedText(name)): \(text)")
        }
        return "{ " + entries.joined(separator: ", ") + " }"
    }

    /// Text with `${…}` in it, in quotes; one that is a single `${…}` is that expression.
    private static func template(_ template: String, isText: Bool = false) -> String {
        let bytes = Array(template.utf8)
        if !isText, let end = interpolationEnd(bytes, 0), end == bytes.count {
            return String(decoding: bytes[2..<(end - 1)], as: UTF8.self)
        }
        let isBlock = template.contains("\n") && !template.contains("\r")
        var out = ""
        var index = 0
        while index < bytes.count {
            var end = index
            if bytes[index...].starts(with: "$${".utf8) {
                end = index + 3
            } else if let close = interpolationEnd(bytes, index) {
                end = close
            }
            if end > index {
                out += String(decoding: bytes[index..<end], as: UTF8.self)
            } else {
                end = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "$")) ?? bytes.count
                out += escapedText(bytes[index..<end], inBlock: isBlock)
            }
            index = end
        }
        return isBlock ? "\"\"\"\n\(out)\n\"\"\"" : "\"\(out)\""
    }

    /// Where the `${…}` that begins at an offset ends; nil when none begins, or it is never closed.
    private static func interpolationEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard bytes[start...].starts(with: "${".utf8) else { return nil }
        var lexer = Lexer(bytes: bytes, range: (start + 2)..<bytes.count, dialect: .automation)
        var depth = 0
        while let token = try? lexer.next(), token.kind != .endOfText {
            if token.isSymbol(.openBrace) { depth += 1 }
            if token.isSymbol(.closeBrace) {
                if depth == 0 { return token.span.end }
                depth -= 1
            }
        }
        return nil
    }
}
