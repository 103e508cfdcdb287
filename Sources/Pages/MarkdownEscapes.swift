import Encodings
import Values

/// Which letters of a text would mean something in Markdown where they stand, and are written behind a
/// backslash.
enum MarkdownEscapes {
    /// Where in a line a text stands.
    enum Context {
        case line
        /// In the brackets of a link or an image, where each bracket counts.
        case brackets
    }

    /// Writes text so that a reader gives it back. What it means at the beginning of a line is seen to later,
    /// by `lines`.
    static func append(_ text: ArraySlice<UInt8>, to output: inout [UInt8], in context: Context) {
        // Runs without any letter that could mean something are most of a page.
        var start = text.startIndex
        for index in text.indices where mayMean[Int(text[index])] {
            guard means(text, index, context, behind: output.last) else { continue }
            output += text[start..<index]
            output.append(UInt8(ascii: "\\"))
            start = index
        }
        output += text[start...]
    }

    private static let mayMean: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for letter in "\\`*_~<&[](".utf8 { table[Int(letter)] = true }
        return table
    }()

    private static func means(
        _ text: ArraySlice<UInt8>, _ index: Int, _ context: Context, behind written: UInt8?
    ) -> Bool {
        let before = index > text.startIndex ? text[index - 1] : nil
        let after = index + 1 < text.endIndex ? text[index + 1] : nil
        switch text[index] {
        case UInt8(ascii: "`"): return true
        case UInt8(ascii: "\\"): return after.map(isPunctuation) ?? true
        case UInt8(ascii: "*"): return !(before == 0x20 && after == 0x20)
        case UInt8(ascii: "_"):
            return !(before == 0x20 && after == 0x20) && !isInWord(text, index)
        case UInt8(ascii: "~"):
            // One that stands behind a blank ends nothing, and one that nothing ends means nothing.
            let isBehindBlank = (before ?? written).map(isBlank) ?? true
            return after == UInt8(ascii: "~") || !isBehindBlank || after == nil
        case UInt8(ascii: "<"):
            guard let after else { return true }
            return isLetter(after) || after == UInt8(ascii: "/") || after == UInt8(ascii: "!")
                || after == UInt8(ascii: "?")
        case UInt8(ascii: "&"): return isEntity(text[index...])
        case UInt8(ascii: "["), UInt8(ascii: "]"): return context == .brackets
        case UInt8(ascii: "("): return (before ?? written) == UInt8(ascii: "]")
        default: return false
        }
    }

    /// Whether `&` begins what a reader takes for a character.
    static func isEntity(_ text: ArraySlice<UInt8>) -> Bool {
        var index = text.startIndex + 1
        if index < text.endIndex, text[index] == UInt8(ascii: "#") { index += 1 }
        let start = index
        while index < text.endIndex, index - start < 34, isLetter(text[index]) || isDigit(text[index]) {
            index += 1
        }
        return index > start && index < text.endIndex && text[index] == UInt8(ascii: ";")
    }

    /// Whether letters or digits stand on both sides, where `_` means nothing.
    private static func isInWord(_ text: ArraySlice<UInt8>, _ index: Int) -> Bool {
        var before = index
        while before > text.startIndex, text[before - 1] == UInt8(ascii: "_"), index - before < 40 {
            before -= 1
        }
        var after = index + 1
        while after < text.endIndex, text[after] == UInt8(ascii: "_"), after - index < 40 { after += 1 }
        return CharacterClass(before: text[..<before]) == .word
            && CharacterClass(after: text[after...]) == .word
    }

    static func isPunctuation(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !isLetter(byte) && !isDigit(byte)
    }

    /// The lines of a paragraph, those that would begin a heading, a list, a quote and so on behind a
    /// backslash.
    ///
    /// - Parameters:
    ///   - text: Markdown without its lines' beginnings looked at.
    ///   - isAtItem: whether it is the first thing in an item, where `[x]` is a box that is ticked.
    static func lines(_ text: [UInt8], isAtItem: Bool) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count + 8)
        var isFirst = true
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if !isFirst { output.append(0x0A) }
            let place = meaning(line, isFirst: isFirst, isAtItem: isAtItem)
            output += line[..<(place ?? line.startIndex)]
            if place != nil { output.append(UInt8(ascii: "\\")) }
            output += line[(place ?? line.startIndex)...]
            isFirst = false
        }
        return output
    }

    /// The place of the sign by which a line would begin something; nil for a line of ordinary text.
    private static func meaning(_ line: ArraySlice<UInt8>, isFirst: Bool, isAtItem: Bool) -> Int? {
        guard let first = line.first else { return nil }
        let start = line.startIndex
        func isBlankOrEnd(_ place: Int) -> Bool { place >= line.endIndex || isBlank(line[place]) }
        switch first {
        case UInt8(ascii: ">"): return start
        case UInt8(ascii: "#"):
            let end = line.prefix { $0 == first }.endIndex
            return end - start <= 6 && isBlankOrEnd(end) ? start : nil
        case UInt8(ascii: "*"): return isBlankOrEnd(start + 1) ? start : nil
        case UInt8(ascii: "_"): return line.allSatisfy { $0 == first || isBlank($0) } ? start : nil
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "|"):
            let isMark = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
            return isMark && isBlankOrEnd(start + 1) || isUnderline(line) ? start : nil
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            let end = line.prefix { isDigit($0) }.endIndex
            guard end - start <= 9, end < line.endIndex else { return nil }
            let isMark = line[end] == UInt8(ascii: ".") || line[end] == UInt8(ascii: ")")
            return isMark && isBlankOrEnd(end + 1) ? end : nil
        case UInt8(ascii: "~"): return line.starts(with: "~~~".utf8) ? start : nil
        case UInt8(ascii: "["):
            return isFirst && (isDefinition(line) || isAtItem && isBox(line)) ? start : nil
        default: return nil
        }
    }

    /// Whether a line would make a heading or a table of what stands above it, or a rule.
    private static func isUnderline(_ line: ArraySlice<UInt8>) -> Bool {
        line.allSatisfy { isBlank($0) || $0 == UInt8(ascii: "=") }
            || line.allSatisfy {
                isBlank($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "|")
            }
    }

    /// Whether a line says where links of a name lead, as `[name]: url` does.
    private static func isDefinition(_ line: ArraySlice<UInt8>) -> Bool {
        var index = line.startIndex + 1
        while index < line.endIndex, line[index] != UInt8(ascii: "]") {
            if line[index] == UInt8(ascii: "[") { return false }
            if line[index] == UInt8(ascii: "\\") { index += 1 }
            index += 1
        }
        return index + 1 < line.endIndex && line[index + 1] == UInt8(ascii: ":")
    }

    private static func isBox(_ line: ArraySlice<UInt8>) -> Bool {
        let box = line.prefix(4)
        guard box.count >= 3, box[box.startIndex + 2] == UInt8(ascii: "]") else { return false }
        return box[box.startIndex + 1] == 0x20 || box[box.startIndex + 1] | 0x20 == UInt8(ascii: "x")
    }
}

/// What a character is to the rules of emphasis.
enum CharacterClass {
    case blank
    case punctuation
    case word

    init(_ scalar: Unicode.Scalar) {
        if scalar.value < 0x80 {
            let byte = UInt8(scalar.value)
            self = isBlank(byte) ? .blank : MarkdownEscapes.isPunctuation(byte) ? .punctuation : .word
            return
        }
        switch scalar.properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: self = .blank
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation,
            .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
            self = .punctuation
        default: self = .word
        }
    }

    /// The class of a text's last character; the end of a line counts as a blank.
    init(before text: ArraySlice<UInt8>) {
        guard let last = text.last else {
            self = .blank
            return
        }
        if last < 0x80 {
            self.init(Unicode.Scalar(last))
        } else {
            let scalars = String(decoding: text.suffix(4), as: UTF8.self).unicodeScalars
            self.init(scalars.last ?? " ")
        }
    }

    /// The class of a text's first character.
    init(after text: ArraySlice<UInt8>) {
        guard let first = text.first else {
            self = .blank
            return
        }
        if first < 0x80 {
            self.init(Unicode.Scalar(first))
        } else {
            self.init(String(decoding: text.prefix(4), as: UTF8.self).unicodeScalars.first ?? " ")
        }
    }
}
