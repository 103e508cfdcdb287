package import Computing
package import Values

/// Every JSON value that stands in a text, the likeliest first; mended where people and models write it
/// loosely: fences, comments, trailing commas, single quotes, bare keys, Python's words, a cut-off end.
///
/// Looks at the limit as it goes; when that is over, what has been found so far is given.
///
/// - Throws: when all that is found would take more memory than a text may.
package func foundJSON(in text: String, _ limit: TimeLimit = TimeLimit()) throws(JSONError) -> [Value] {
    if let exact = try exactJSON(text, limit) { return [exact] }
    var found: [Value] = []
    var budget = ValueBudget()
    for block in fencedBlocks(text) {
        if let exact = try exactJSON(block, limit) {
            found.append(exact)
        } else {
            found += likeliestFirst(try values(in: Array(block.utf8), limit, &budget))
        }
    }
    found += likeliestFirst(try values(in: Array(text.utf8), limit, &budget))
    return found
}

/// In order of size, whole values before cut-off ones.
private func likeliestFirst(_ found: [ValueInText]) -> [Value] {
    found.sorted { ($0.isWhole ? 1 : 0, $0.length) > ($1.isWhole ? 1 : 0, $1.length) }.map(\.value)
}

/// The JSON values in a model's reply, the one that it means as its answer first: what stands in a fence before
/// what does not, and the last before the earlier ones, since models write examples and drafts first.
///
/// What was cut off is left out: nobody knows what is missing.
///
/// - Throws: when all that is found would take more memory than a text may.
func answers(in reply: String, _ limit: TimeLimit) throws(JSONError) -> [ValueInText] {
    if let exact = try exactJSON(reply, limit) {
        return [ValueInText(value: exact, length: reply.utf8.count, isWhole: true, standsAlone: true)]
    }
    var found: [ValueInText] = []
    var budget = ValueBudget()
    for block in fencedBlocks(reply).reversed() {
        if let exact = try exactJSON(block, limit) {
            found.append(
                ValueInText(value: exact, length: block.utf8.count, isWhole: true, standsAlone: true))
        } else {
            found += try values(in: Array(block.utf8), limit, &budget).reversed()
        }
    }
    found += try values(in: Array(reply.utf8), limit, &budget).reversed()
    return found.filter(\.isWhole)
}

/// A value that was found in a text.
struct ValueInText {
    let value: Value
    /// Bytes of the text that it takes.
    let length: Int
    /// Whether its end is there.
    let isWhole: Bool
    /// Whether it begins a line, as what is no part of a sentence does.
    let standsAlone: Bool
}

/// The value whose JSON a text is; nil when it is no JSON, or the limit is over.
private func exactJSON(_ text: String, _ limit: TimeLimit) throws(JSONError) -> Value? {
    do throws(JSONError) { return try JSON.parse(bytes: Array(text.utf8), limit) } catch {
        if error.kind == .tooLarge { throw error }
        return nil
    }
}

private func fencedBlocks(_ text: String) -> [String] {
    var blocks: [String] = []
    var current: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.drop(while: { $0 == " " }).hasPrefix("```") {
            if let lines = current { blocks.append(lines.joined(separator: "\n")) }
            current = current == nil ? [] : nil
        } else {
            current?.append(line)
        }
    }
    if let lines = current { blocks.append(lines.joined(separator: "\n")) }
    return blocks
}

/// The objects and lists of a text in their order.
///
/// A place that turns out to hold no value has been read in vain, perhaps to the end of the text. All such
/// reading together is limited to some times the text's length, so that a text of opening brackets costs no
/// more than others.
private func values(in bytes: [UInt8], _ limit: TimeLimit, _ budget: inout ValueBudget) throws(JSONError)
    -> [ValueInText]
{
    var found: [ValueInText] = []
    var lineIsBlank = true
    var index = 0
    var readInVain = 0
    while index < bytes.count, readInVain < 16 * bytes.count + 65_536, !limit.isOver {
        guard bytes[index] == UInt8(ascii: "{") || bytes[index] == UInt8(ascii: "[") else {
            lineIsBlank = bytes[index] == 0x0A || (lineIsBlank && bytes[index] <= 0x20)
            index += 1
            continue
        }
        defer { lineIsBlank = false }
        var reader = LooseReader(bytes: bytes, index: index, limit: limit, budget: budget)
        let value = reader.value(depth: 0)
        budget = reader.budget
        if reader.isTooLarge {
            throw JSONError(message: ValueBudget.refusal, offset: reader.index, kind: .tooLarge)
        }
        if let value {
            found.append(
                ValueInText(
                    value: value, length: reader.index - index, isWhole: !reader.wasCutOff,
                    standsAlone: lineIsBlank))
            index = max(reader.index, index + 1)
        } else {
            readInVain += reader.index - index
            index += 1
        }
    }
    return found
}

private struct LooseReader {
    let bytes: [UInt8]
    var index: Int
    /// When it is over, nothing more is read.
    let limit: TimeLimit
    var budget: ValueBudget
    /// Whether the budget did not suffice; then nothing more is read.
    var isTooLarge = false
    var wasCutOff = false
    private var values = 0

    init(bytes: [UInt8], index: Int, limit: TimeLimit, budget: ValueBudget) {
        self.bytes = bytes
        self.index = index
        self.limit = limit
        self.budget = budget
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte = current {
            if byte <= 0x20 {
                index += 1
            } else if byte == UInt8(ascii: "/"), index + 1 < bytes.count, bytes[index + 1] == byte {
                while let next = current, next != 0x0A { index += 1 }
            } else if byte == UInt8(ascii: "/"), index + 1 < bytes.count,
                bytes[index + 1] == UInt8(ascii: "*")
            {
                index += 2
                while index + 1 < bytes.count,
                    !(bytes[index] == UInt8(ascii: "*") && bytes[index + 1] == UInt8(ascii: "/"))
                { index += 1 }
                index = min(index + 2, bytes.count)
            } else if byte == UInt8(ascii: "#") {
                while let next = current, next != 0x0A { index += 1 }
            } else {
                return
            }
        }
    }

    private mutating func pays(for bytes: Int) -> Bool {
        if !budget.pays(for: bytes) { isTooLarge = true }
        return !isTooLarge
    }

    mutating func value(depth: Int) -> Value? {
        values += 1
        guard depth < 200, pays(for: ValueBudget.value), values & 0xFFF != 0 || !limit.isOver else {
            return nil
        }
        skipBlanks()
        guard let byte = current else {
            wasCutOff = true
            return nil
        }
        switch byte {
        case UInt8(ascii: "{"): return object(depth)
        case UInt8(ascii: "["): return array(depth)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(text(byte))
        default: return quotedByTypography() ?? word()
        }
    }

    private mutating func object(_ depth: Int) -> Value? {
        index += 1
        guard pays(for: ValueBudget.record) else { return nil }
        var map = MapValue()
        while true {
            skipBlanks()
            guard let byte = current else {
                wasCutOff = true
                return map.count > 0 ? .map(map) : nil
            }
            if byte == UInt8(ascii: "}") {
                index += 1
                return .map(map)
            }
            if byte == UInt8(ascii: ",") {
                index += 1
                continue
            }
            guard pays(for: ValueBudget.field) else { return nil }
            guard let key = key() else { return wasCutOff && map.count > 0 ? .map(map) : nil }
            skipBlanks()
            guard current == UInt8(ascii: ":") || current == UInt8(ascii: "=") else {
                wasCutOff = current == nil
                return wasCutOff && map.count > 0 ? .map(map) : nil
            }
            index += 1
            if current == UInt8(ascii: ">") { index += 1 }
            guard let inner = value(depth: depth + 1) else {
                if !wasCutOff { return nil }
                map[key] = map[key] ?? .null
                return .map(map)
            }
            map[key] = inner
            if wasCutOff { return .map(map) }
        }
    }

    private mutating func array(_ depth: Int) -> Value? {
        index += 1
        guard pays(for: ValueBudget.list) else { return nil }
        var list: [Value] = []
        while true {
            skipBlanks()
            guard let byte = current else {
                wasCutOff = true
                return list.isEmpty ? nil : .list(list)
            }
            if byte == UInt8(ascii: "]") {
                index += 1
                return .list(list)
            }
            if byte == UInt8(ascii: ",") {
                index += 1
                continue
            }
            guard let item = value(depth: depth + 1) else { return wasCutOff ? .list(list) : nil }
            list.append(item)
            if wasCutOff { return .list(list) }
        }
    }

    private mutating func key() -> String? {
        guard let byte = current else { return nil }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return text(byte) }
        if case .string(let text)? = quotedByTypography() { return text }
        let start = index
        while let byte = current, isBare(byte) { index += 1 }
        wasCutOff = wasCutOff || current == nil
        return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
    }

    private func isBare(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == 0x5F
            || byte == 0x2D || byte == 0x24 || byte == 0x2E
    }

    /// A text in “curly” quotes, which word processors make.
    private mutating func quotedByTypography() -> Value? {
        let open: [[UInt8]] = [[0xE2, 0x80, 0x9C], [0xE2, 0x80, 0x98]]
        guard let mark = open.first(where: { bytes[index...].starts(with: $0) }) else { return nil }
        let close = [mark[0], mark[1], mark[2] + 1]
        index += 3
        let start = index
        while index < bytes.count, !bytes[index...].starts(with: close) { index += 1 }
        let text = String(decoding: bytes[start..<min(index, bytes.count)], as: UTF8.self)
        wasCutOff = wasCutOff || index >= bytes.count
        index = min(index + 3, bytes.count)
        return .string(text)
    }

    private mutating func text(_ quote: UInt8) -> String {
        index += 1
        var output: [UInt8] = []
        while let byte = current {
            index += 1
            if byte == quote {
                if closes(quote) { return String(decoding: output, as: UTF8.self) }
                // A quote in the middle of a text that its writer forgot to escape.
                output.append(byte)
            } else if byte == UInt8(ascii: "\\"), let escaped = current {
                index += 1
                escape(escaped, &output)
            } else {
                output.append(byte)
            }
        }
        wasCutOff = true
        return String(decoding: output, as: UTF8.self)
    }

    /// Whether a quote ends its text: what follows must be what can follow a text.
    private func closes(_ quote: UInt8) -> Bool {
        var next = index
        while next < bytes.count, bytes[next] <= 0x20 { next += 1 }
        guard next < bytes.count else { return true }
        return [
            UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: "/"),
            UInt8(ascii: "#"), UInt8(ascii: "="),
        ].contains(bytes[next])
            || bytes[index..<next].contains(0x0A)
    }

    private mutating func escape(_ letter: UInt8, _ output: inout [UInt8]) {
        if let control = JSON.control(letter) { return output.append(control) }
        switch letter {
        case UInt8(ascii: "u"):
            // JSON's own reader knows surrogates; a text of just this escape is handed to it.
            var end = min(index + 4, bytes.count)
            if bytes[index..<end].starts(with: [0x64]) || bytes[index..<end].starts(with: [0x44]) {
                end = min(index + 10, bytes.count)
            }
            let code = "\"\\u" + String(decoding: bytes[index..<end], as: UTF8.self) + "\""
            if case .string(let text)? = try? JSON.parse(code) {
                output += Array(text.utf8)
                index = end
            }
        default: output.append(letter)
        }
    }

    private mutating func word() -> Value? {
        let start = index
        while let byte = current, isBare(byte) || byte == UInt8(ascii: "+") { index += 1 }
        let word = String(decoding: bytes[start..<index], as: UTF8.self)
        switch word {
        case "true", "True", "TRUE", "yes": return .bool(true)
        case "false", "False", "FALSE", "no": return .bool(false)
        case "null", "None", "nil", "undefined", "NaN": return .null
        case "": return nil
        default:
            if let int = Int64(word.hasPrefix("+") ? String(word.dropFirst()) : word) { return .int(int) }
            if let double = Double(word), double.isFinite { return .double(double) }
            if current == nil, "true".hasPrefix(word) || "false".hasPrefix(word) || "null".hasPrefix(word) {
                wasCutOff = true
            }
            return nil
        }
    }
}
