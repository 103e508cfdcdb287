import AutoSyntax
import CEL
import Diagnostics
import Values

/// Where in a file, perhaps a broken one, the cursor stands.
struct CompletionContext {
    enum Place: Hashable {
        /// At the beginning of a line outside of all blocks.
        case declaration
        /// Behind `->`.
        case target
        /// Where a setting of a step begins.
        case setting(StepType?)
        /// Where a field of a prompt_template begins.
        case field(StepType?)
        /// Behind the colon of a field, setting or entry, by its name; in an expression.
        case value(StepType?, field: String)
        case type
        /// Where an entry of a test begins.
        case testEntry
        /// Inside a text without interpolation: what stands before its quote on the line.
        case text(StepType?, field: String, before: String)
        case nowhere
    }

    let place: Place
    /// The step that the cursor stands in, by name.
    let step: String?
    /// The word that is being written.
    let word: Span

    private struct Block {
        enum Kind {
            case step
            case template
            case test
            case other
        }

        let kind: Kind
        let bracket: UInt8
    }

    init(_ bytes: [UInt8], at offset: Int) {
        let offset = min(offset, bytes.count)
        var start = offset
        while start > 0, isIdentifierPart(bytes[start - 1]) { start -= 1 }
        word = Span(start, offset)
        var walk = Walk(bytes, until: start)
        walk.run()
        step = walk.stepName
        place = walk.place()
    }

    /// Reads the file up to the cursor.
    private struct Walk {
        let bytes: [UInt8]
        let end: Int
        private var index = 0
        private var blocks: [Block] = []
        /// The words and signs since the last entry began.
        private var entry: [String] = []
        private var header: [String] = []
        private(set) var stepType: StepType?
        private(set) var stepName: String?
        private var isInText = false
        private var textStart = 0

        init(_ bytes: [UInt8], until end: Int) {
            self.bytes = bytes
            self.end = end
        }

        mutating func run() {
            while index < end {
                let byte = bytes[index]
                switch byte {
                case 0x0A:
                    newline()
                    index += 1
                case UInt8(ascii: "#"): while index < end, bytes[index] != 0x0A { index += 1 }
                case 0x22, 0x27: if !skipText(byte) { return }
                case 0x7B, 0x5B, 0x28: open(byte)
                case 0x7D, 0x5D, 0x29: close()
                case UInt8(ascii: ","):
                    if blocks.last?.bracket == 0x7B { entry = [] } else { entry.append(",") }
                    index += 1
                default:
                    if isIdentifierPart(byte) { word() } else { sign(byte) }
                }
            }
        }

        private mutating func newline() {
            guard blocks.isEmpty || blocks.last?.bracket == 0x7B else { return }
            let continues = ["||", "&&", "==", "+", ":", "?", "->", "=", "<", ">"].contains(entry.last ?? "")
            if !continues { entry = [] }
        }

        private mutating func word() {
            let start = index
            while index < end, isIdentifierPart(bytes[index]) { index += 1 }
            let text = String(decoding: bytes[start..<index], as: UTF8.self)
            let isFirst = start == 0 || bytes[start - 1] == 0x0A
            // A declaration at a line's first column begins anew, whatever was left open before.
            if isFirst,
                StepType(rawValue: text) != nil || Words.declarations.contains(where: { $0.word == text })
            {
                blocks = []
                entry = []
                stepType = StepType(rawValue: text)
                stepName = nil
            }
            if entry.count == 1, StepType(rawValue: entry[0]) != nil, blocks.isEmpty { stepName = text }
            entry.append(text)
        }

        private mutating func sign(_ byte: UInt8) {
            index += 1
            guard byte != 0x20, byte != 0x09, byte != 0x0D else { return }
            if byte == UInt8(ascii: ">"), entry.last == "-" {
                entry[entry.count - 1] = "->"
            } else if (byte == UInt8(ascii: "=") && ["=", "!", "<", ">"].contains(entry.last ?? ""))
                || (byte == UInt8(ascii: "&") && entry.last == "&")
                || (byte == UInt8(ascii: "|") && entry.last == "|")
            {
                entry[entry.count - 1] += String(UnicodeScalar(byte))
            } else {
                entry.append(String(UnicodeScalar(byte)))
            }
        }

        private mutating func open(_ byte: UInt8) {
            index += 1
            var kind = Block.Kind.other
            if byte == 0x7B {
                if blocks.isEmpty, entry.first == "test" { kind = .test }
                if blocks.isEmpty, stepName != nil { kind = .step }
                if blocks.last?.kind == .step, entry.last == "prompt_template" { kind = .template }
                header = entry
                entry = kind == .other ? entry + ["{"] : []
            } else {
                entry.append(String(UnicodeScalar(byte)))
            }
            blocks.append(Block(kind: kind, bracket: byte))
        }

        private mutating func close() {
            index += 1
            if blocks.popLast()?.bracket == 0x7B {
                entry = blocks.isEmpty ? [] : ["}"]
            } else {
                entry.append(")")
            }
        }

        /// Goes behind a text; false when the cursor stands in it, and not in an interpolation.
        private mutating func skipText(_ quote: UInt8) -> Bool {
            let isTriple = index + 2 < bytes.count && bytes[index + 1] == quote && bytes[index + 2] == quote
            let start = index
            index += isTriple ? 3 : 1
            while index < end {
                if bytes[index] == 0x5C {
                    index += 2
                    continue
                }
                if quote == 0x22, bytes[index] == 0x24, index + 1 < end, bytes[index + 1] == 0x7B {
                    let close = bytes[index...].prefix(4_000).firstIndex(of: 0x7D) ?? bytes.count
                    if close >= end {
                        index += 2
                        entry.append("${")
                        return true
                    }
                    index = close + 1
                    continue
                }
                let closes =
                    bytes[index] == quote
                    && (!isTriple
                        || (index + 2 < bytes.count && bytes[index + 1] == quote && bytes[index + 2] == quote))
                if closes {
                    index += isTriple ? 3 : 1
                    entry.append("\"\"")
                    return true
                }
                if bytes[index] == 0x0A, !isTriple {
                    entry.append("\"\"")
                    return true
                }
                index += 1
            }
            isInText = true
            textStart = start
            return false
        }

        func place() -> Place {
            let field = entry.firstIndex(of: ":").flatMap { $0 > 0 ? entry[$0 - 1] : nil } ?? ""
            if isInText {
                let line = bytes[..<textStart].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
                let before = String(decoding: bytes[line..<textStart], as: UTF8.self)
                return .text(stepType, field: field, before: before)
            }
            if entry.last == "->" || isFork { return .target }
            if entry.contains("${") { return .value(stepType, field: field) }
            switch blocks.last?.kind {
            case nil:
                if entry.isEmpty { return .declaration }
                let declares = entry[0] == "input" || entry[0] == "type"
                if declares, !entry.contains("=") || entry[0] == "type",
                    entry.contains(":") || entry.contains("=")
                {
                    return .type
                }
                return entry[0] == "input" && entry.contains("=") ? .value(nil, field: "") : .nowhere
            case .step:
                if entry.isEmpty || entry == ["}"] { return .setting(stepType) }
                if entry.first == "result" { return entry.contains(":") ? .type : .nowhere }
                return entry.contains(":") ? .value(stepType, field: field) : .nowhere
            case .template:
                if entry.isEmpty || entry == ["}"] { return .field(stepType) }
                return entry.contains(":") ? .value(stepType, field: field) : .nowhere
            case .test:
                if entry.isEmpty || entry == ["}"] { return .testEntry }
                return .value(nil, field: entry.first ?? "")
            case .other:
                if blocks.contains(where: { $0.kind == .template || $0.kind == .step || $0.kind == .test }) {
                    return header.first == "result" ? .type : .value(stepType, field: field)
                }
                return header.first == "type" || header.first == "input" ? .type : .nowhere
            }
        }

        /// `-> [a, b`.
        private var isFork: Bool {
            guard blocks.last?.bracket == 0x5B, let arrow = entry.lastIndex(of: "->") else { return false }
            return entry.indices.contains(arrow + 1) && entry[arrow + 1] == "["
        }
    }
}
