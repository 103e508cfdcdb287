import CEL
import Diagnostics
import Values

/// Texts that other formats let stand without quotes, and that are no expression, or one that means something else: a url,
/// a content type, a time of day. Each is told by what it is, and read as the text that is meant.
extension Parser {
    /// Takes such a text behind the `:` or `=` that was taken last; nil where none stands on its line.
    mutating func unquotedShape() throws(Diagnostic) -> FieldValue? {
        guard let span = unquotedSpan(behind: tokens.lastEnd),
            let kind = shapeWithoutQuotes(bytes(of: span))
        else { return nil }
        // What begins with `#` is a comment, unless the value is missing without it.
        if kind == .colour, try !isMissing() { return nil }
        tellUnquoted(kind, span)
        tokens.take(upTo: span.end)
        return .expression(Expression(.literal(.string(written(span))), at: span))
    }

    private mutating func tellUnquoted(_ kind: Shape, _ span: Span) {
        let mend = quotedText(written(span))
        tokens.tell(
            .expected, "\(kind.rawValue) is a text, and a text stands in quotes", at: span,
            help: "write \(mend)", by: mend)
    }

    /// Tells of such texts in a list and in the records in it, before they are read.
    mutating func tellUnquoted(inListAt open: Span) {
        let bytes = automation.source.bytes
        // No list of them is longer; one that is never closed must not be looked through to the end of a long file.
        let reach = min(bytes.count, open.start + 16_384)
        var place = open.start
        var brackets: [UInt8] = []
        reading: while place < reach {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "("): brackets.append(byte)
            case UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ")"):
                _ = brackets.popLast()
                if brackets.isEmpty { break reading }
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
                place = endOfText(at: place, reach)
                continue reading
            case UInt8(ascii: "#"):
                while place < reach, bytes[place] != 0x0A { place += 1 }
            default: break
            }
            place += 1
            let innermost = brackets.last
            let beginsItem =
                innermost == UInt8(ascii: "[") && (byte == UInt8(ascii: "[") || ",\n".utf8.contains(byte))
                || innermost == UInt8(ascii: "{") && byte == UInt8(ascii: ":")
            guard beginsItem, let span = unquotedSpan(behind: place),
                let kind = shapeWithoutQuotes(self.bytes(of: span)), kind != .colour
            else { continue }
            tellUnquoted(kind, span)
            tokens.readAsText(span)
            place = span.end
        }
    }

    /// Where a text ends that begins with a quote, or its line where it does not end there.
    private func endOfText(at start: Int, _ reach: Int) -> Int {
        let bytes = automation.source.bytes
        let quote = bytes[start]
        let isLong = start + 2 < reach && bytes[start + 1] == quote && bytes[start + 2] == quote
        var place = start + (isLong ? 3 : 1)
        while place < reach {
            if bytes[place] == quote {
                if !isLong { return place + 1 }
                if place + 2 < reach, bytes[place + 1] == quote, bytes[place + 2] == quote {
                    return place + 3
                }
            }
            if bytes[place] == 0x0A, !isLong { return place }
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return reach
    }

    private func bytes(of span: Span) -> ArraySlice<UInt8> { automation.source.bytes[span.start..<span.end] }

    /// What stands between the last sign and the end of the entry or of its line.
    private func unquotedSpan(behind place: Int) -> Span? {
        let bytes = automation.source.bytes
        var start = place
        while start < bytes.count, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        guard start < bytes.count, mayBeginShape(bytes[start]) else { return nil }
        // No such text is longer.
        let reach = min(bytes.count, start + 300)
        var end = start
        var isFirstWord = true
        var hasSign = !isLetter(bytes[start])
        reading: while end < reach {
            switch bytes[end] {
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: ","), UInt8(ascii: "}"),
                UInt8(ascii: "]"):
                break reading
            // No such text holds quotes or brackets.
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "("),
                UInt8(ascii: ")"),
                UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "|"), UInt8(ascii: "<"):
                return nil
            case UInt8(ascii: "#") where end > start && bytes[end - 1] == 0x20: break reading
            case 0x20, 0x09:
                // A word without any of these signs is a name.
                guard hasSign || !isFirstWord else { return nil }
                isFirstWord = false
            case UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "-"), UInt8(ascii: ":"): hasSign = true
            default:
                // `v1.2.3`.
                if end == start + 1, bytes[start] == UInt8(ascii: "v"), isDigit(bytes[end]) { hasSign = true }
            }
            end += 1
        }
        guard end < reach || end == bytes.count else { return nil }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return end > start ? Span(start, end) : nil
    }

    /// Whether no value follows, but what ends an entry or begins the next one.
    private func isMissing() throws(Diagnostic) -> Bool {
        var probe = tokens.probe()
        let next = try probe.peek()
        if next.kind == .endOfText || next.isSymbol(.closeBrace) || next.isSymbol(.comma) { return true }
        guard case .identifier(let word) = next.kind else { return false }
        try probe.take()
        if DeclarationWord(rawValue: word) != nil || StepType(rawValue: word) != nil { return true }
        return try probe.peek().isSymbol(.colon)
    }
}

private func mayBeginShape(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "#"), UInt8(ascii: "/"), UInt8(ascii: "~"), UInt8(ascii: "."), UInt8(ascii: "+"),
        UInt8(ascii: "$"), UInt8(ascii: "*"):
        true
    default: isLetter(byte) || isDigit(byte)
    }
}

/// What a text is that stands without quotes, in words.
private enum Shape: String {
    case url = "a url"
    case contentType = "a content type"
    case timeOfDay = "a time of day"
    case date = "a date"
    case address = "an e-mail address"
    case version = "a version or an address of numbers"
    case colour = "a colour"
    case percentage = "a percentage"
    case amount = "an amount with its unit"
    case price = "a price"
    case path = "a path"
    case id = "an id"
    case model = "a model's name"
    case telephone = "a telephone number"
    case schedule = "a schedule"
}

private func shapeWithoutQuotes(_ bytes: ArraySlice<UInt8>) -> Shape? {
    guard let first = bytes.first else { return nil }
    switch first {
    case UInt8(ascii: "#"): return isColour(bytes.dropFirst()) ? .colour : nil
    case UInt8(ascii: "/"), UInt8(ascii: "~"), UInt8(ascii: "."): return isPath(bytes) ? .path : nil
    case UInt8(ascii: "+"): return isTelephone(bytes.dropFirst()) ? .telephone : nil
    case UInt8(ascii: "$"): return isNumber(bytes.dropFirst()) ? .price : nil
    case UInt8(ascii: "*"):
        return bytes.elementsEqual("*/*".utf8) ? .contentType : isSchedule(bytes) ? .schedule : nil
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return shapeOfDigits(bytes)
    default: return shapeOfWords(bytes)
    }
}

private func shapeOfDigits(_ bytes: ArraySlice<UInt8>) -> Shape? {
    if isID(bytes) { return .id }
    if isTime(bytes) { return .timeOfDay }
    if bytes.count >= 10, isDate(bytes.prefix(10)) {
        let rest = bytes.dropFirst(10)
        guard let sign = rest.first else { return .date }
        return (sign == UInt8(ascii: "T") || sign == 0x20) && isClock(rest.dropFirst()) ? .date : nil
    }
    if isVersion(bytes) { return .version }
    if isSchedule(bytes) { return .schedule }
    if bytes.last == UInt8(ascii: "%") { return isNumber(bytes.dropLast()) ? .percentage : nil }
    let digits = bytes.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
    var unit = bytes.dropFirst(digits.count)
    if unit.first == 0x20 { unit = unit.dropFirst() }
    return isNumber(digits) && units.contains(String(decoding: unit, as: UTF8.self)) ? .amount : nil
}

private func shapeOfWords(_ bytes: ArraySlice<UInt8>) -> Shape? {
    if isID(bytes) { return .id }
    if bytes.first == UInt8(ascii: "v"), isVersion(bytes.dropFirst()) { return .version }
    let text = String(decoding: bytes, as: UTF8.self)
    if let range = text.firstRange(of: "://") {
        let scheme = text[..<range.lowerBound]
        let isScheme = !scheme.isEmpty && scheme.utf8.allSatisfy { isLetter($0) || isDigit($0) }
        return isScheme && !text.utf8.contains(0x20) ? .url : nil
    }
    if isAddress(bytes) { return .address }
    if isModel(text) { return .model }
    if text.hasSuffix(".auto"), isPath(ArraySlice(Array("./".utf8) + bytes)) { return .path }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, mediaTypes.contains(String(parts[0])) else { return nil }
    let subtype = parts[1].prefix { $0 != ";" && $0 != " " && $0 != "+" }
    let rest = parts[1].dropFirst(subtype.count)
    let isEnd = rest.isEmpty || rest.first == ";" || rest.first == "+"
    return isEnd && (mediaSubtypes.contains(String(subtype)) || subtype.hasPrefix("vnd."))
        ? .contentType : nil
}

private let mediaTypes: Set<String> = [
    "application", "text", "image", "audio", "video", "multipart", "font", "message",
]
private let mediaSubtypes: Set<String> = [
    "*", "json", "x-ndjson", "ndjson", "jsonl", "ld", "problem", "xml", "rss", "atom", "xhtml", "html",
    "plain", "csv",
    "markdown", "css", "javascript", "yaml", "x-yaml", "toml", "pdf", "zip", "gzip", "octet-stream",
    "x-www-form-urlencoded", "form-data", "mixed", "alternative", "event-stream", "calendar", "png", "jpeg",
    "jpg",
    "gif", "svg", "webp", "mpeg", "mp4", "ogg", "wav", "webm", "rfc822", "graphql", "sql", "rtf", "msword",
]
private let units: Set<String> = [
    "B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "px", "em", "rem", "pt", "km", "cm", "mm",
    "kg",
    "mg", "lb", "lbs", "oz", "EUR", "USD", "GBP", "CHF", "kW", "kWh", "Hz", "kHz", "MHz", "GHz",
]

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
private func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
private func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
}

private func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
}

/// `#fff`, `#ff8800` or `#ff8800cc`.
private func isColour(_ digits: ArraySlice<UInt8>) -> Bool {
    [3, 6, 8].contains(digits.count) && digits.allSatisfy(isHexadecimal)
}

private func isPath(_ bytes: ArraySlice<UInt8>) -> Bool {
    let isBegun = ["/", "~/", "./", "../"].contains { bytes.starts(with: $0.utf8) }
    return isBegun
        && bytes.allSatisfy { isLetter($0) || isDigit($0) || "/._-~".utf8.contains($0) }
        && bytes.contains(where: isLetter)
}

private func isTelephone(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.first.map(isDigit) == true && bytes.count(where: isDigit) >= 5
        && bytes.allSatisfy { isDigit($0) || " -/".utf8.contains($0) }
}

/// `0 7 * * 1-5`; in `2 * 3 * 4`, which is multiplied, numbers and signs take turns.
private func isSchedule(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: 0x20)
    let isAny = parts.map { $0.first == UInt8(ascii: "*") }
    return parts.count == 5 && parts.allSatisfy(isTimes)
        && zip(isAny, isAny.dropFirst()).contains { $0 == $1 }
}

/// `*`, `*/15`, `9-17` or `5`.
private func isTimes(_ part: ArraySlice<UInt8>) -> Bool {
    let rest = part.first == UInt8(ascii: "*") ? part.dropFirst() : part
    let isBegun =
        rest.count < part.count
        ? rest.isEmpty || rest.first == UInt8(ascii: "/") : rest.first.map(isDigit) == true
    return isBegun && rest.allSatisfy { isDigit($0) || "/-".utf8.contains($0) }
}

/// `3c90c3cc-0d44-4b50-8888-8dd25736052a`.
private func isID(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.joined().allSatisfy(isHexadecimal)
}

/// `9:30`, `09:30` or `09:30:15`.
private func isTime(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    return (2...3).contains(parts.count) && (1...2).contains(parts[0].count)
        && parts.allSatisfy { $0.allSatisfy(isDigit) } && parts.dropFirst().allSatisfy { $0.count == 2 }
}

/// What follows a date: `09:30`, `09:30:15.5`, with `Z` or `+01:00` behind it.
private func isClock(_ bytes: ArraySlice<UInt8>) -> Bool {
    isTime(bytes.prefix(5)) && bytes.allSatisfy { isDigit($0) || ":.+-Z".utf8.contains($0) }
}

/// Whether bytes are a date as in `2026-01-31`. Months and days of one digit are left alone: they may be meant to be
/// subtracted.
package func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], parts.joined().allSatisfy(isDigit) else { return false }
    let numbers = parts.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    return numbers.count == 3 && (1...12).contains(numbers[1]) && (1...31).contains(numbers[2])
}

/// `1.2.3`, `10.0.0.1`, `1.2.3-beta.1`.
private func isVersion(_ bytes: ArraySlice<UInt8>) -> Bool {
    let numbers = bytes.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
    let parts = numbers.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let rest = bytes.dropFirst(numbers.count)
    let isEnd =
        rest.isEmpty
        || "-+:/".utf8.contains(rest[rest.startIndex])
            && rest.allSatisfy { isLetter($0) || isDigit($0) || ".-+:/".utf8.contains($0) }
    return parts.count >= 3 && parts.allSatisfy { !$0.isEmpty } && isEnd
}

private func isAddress(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    return parts.count == 2
        && parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { isLetter($0) || isDigit($0) || "._+-".utf8.contains($0) }
        } && parts[1].contains(UInt8(ascii: "."))
}

/// `gpt-4o`, `openai/gpt-4o-mini`, `claude-3-5-sonnet-latest`.
private func isModel(_ text: String) -> Bool {
    let name = text.split(separator: "/").last.map(String.init) ?? text
    let makers = ["gpt-", "claude-", "gemini-", "llama-", "mistral-", "deepseek-", "qwen"]
    return makers.contains(where: name.hasPrefix) && text.utf8.contains(where: isDigit)
        && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "-./:".utf8.contains($0) }
}
