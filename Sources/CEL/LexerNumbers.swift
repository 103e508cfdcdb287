import Diagnostics
import Values

extension Lexer {
    mutating func number() throws(Diagnostic) -> TokenKind {
        let start = offset
        if starts(with: "0x", at: offset) || starts(with: "0X", at: offset) { return try hexadecimal() }
        skipDigits()
        var isDouble = false
        if byte(at: offset) == UInt8(ascii: "."), byte(at: offset + 1).map(isDigit) == true {
            isDouble = true
            offset += 1
            skipDigits()
        }
        if let byte = byte(at: offset), byte | 0x20 == UInt8(ascii: "e"), exponentFollows() {
            isDouble = true
            offset += 1
            if self.byte(at: offset).map({ !isDigit($0) }) == true { offset += 1 }
            skipDigits()
        }
        let digits = String(decoding: bytes[start..<offset], as: UTF8.self)
        if dialect == .automation, let unit = durationUnit() {
            offset = start
            return try duration(first: unit)
        }
        if isDouble {
            try rejectTrailingLetters(from: start)
            guard let value = Double(digits), value.isFinite else { throw badNumber(from: start, "a double") }
            return .double(value)
        }
        if byte(at: offset).map({ $0 | 0x20 == UInt8(ascii: "u") }) == true {
            offset += 1
            try rejectTrailingLetters(from: start)
            guard let value = UInt64(digits) else { throw badNumber(from: start, "a uint") }
            return .uint(value)
        }
        try rejectTrailingLetters(from: start)
        if let value = Int64(digits) { return .int(value) }
        if digits == "9223372036854775808" { return .intMinimum }
        throw badNumber(from: start, "an int")
    }

    /// `$` and a number; nil where none stands.
    mutating func dollars() throws(Diagnostic) -> (amount: Double, span: Span)? {
        let start = offset
        let second = byte(at: offset + 1)
        guard byte(at: offset) == UInt8(ascii: "$"),
            second.map(isDigit) == true || second == UInt8(ascii: ".")
        else { return nil }
        offset += 1
        let amount: Double? =
            switch try number() {
            case .int(let value): Double(value)
            case .double(let value): value
            case .intMinimum, .uint, .duration, .identifier, .text, .bytes, .symbol, .endOfText: nil
            }
        guard let amount else { throw badNumber(from: start, "an amount of dollars") }
        return (amount, Span(start, offset))
    }

    private mutating func hexadecimal() throws(Diagnostic) -> TokenKind {
        let start = offset
        offset += 2
        while let byte = byte(at: offset), hexValue(byte) != nil { offset += 1 }
        let digits = String(decoding: bytes[(start + 2)..<offset], as: UTF8.self)
        if byte(at: offset).map({ $0 | 0x20 == UInt8(ascii: "u") }) == true {
            offset += 1
            try rejectTrailingLetters(from: start)
            guard let value = UInt64(digits, radix: 16) else { throw badNumber(from: start, "a uint") }
            return .uint(value)
        }
        try rejectTrailingLetters(from: start)
        if let value = Int64(digits, radix: 16) { return .int(value) }
        if UInt64(digits, radix: 16) == 1 << 63 { return .intMinimum }
        throw badNumber(from: start, "an int")
    }

    private mutating func skipDigits() {
        while let byte = byte(at: offset), isDigit(byte) { offset += 1 }
    }

    private func exponentFollows() -> Bool {
        guard let sign = byte(at: offset + 1) else { return false }
        if isDigit(sign) { return true }
        return (sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"))
            && byte(at: offset + 2).map(isDigit) == true
    }

    private func durationUnit() -> (length: Int, nanoseconds: Double)? {
        let units: [(StaticString, Double)] = [
            ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12), ("d", 8.64e13),
        ]
        for (name, size) in units where starts(with: name, at: offset) {
            let after = byte(at: offset + name.utf8CodeUnitCount)
            if after.map({ !isIdentifierStart($0) }) ?? true { return (name.utf8CodeUnitCount, size) }
        }
        return nil
    }

    /// `90s`, `1.5h` and sums such as `1h30m`.
    private mutating func duration(first: (length: Int, nanoseconds: Double)) throws(Diagnostic) -> TokenKind
    {
        let start = offset
        var total = 0.0
        repeat {
            let from = offset
            skipDigits()
            if byte(at: offset) == UInt8(ascii: ".") {
                offset += 1
                skipDigits()
            }
            let amount = Double(String(decoding: bytes[from..<offset], as: UTF8.self)) ?? 0
            guard let unit = durationUnit() else { throw badNumber(from: start, "a duration") }
            offset += unit.length
            total += amount * unit.nanoseconds
        } while byte(at: offset).map(isDigit) == true
        guard total < 9e18 else { throw badNumber(from: start, "a duration") }
        return .duration(Int64(total))
    }

    private mutating func rejectTrailingLetters(from start: Int) throws(Diagnostic) {
        guard let byte = byte(at: offset), isIdentifierPart(byte) else { return }
        while let next = self.byte(at: offset), isIdentifierPart(next) { offset += 1 }
        let found = String(decoding: bytes[start..<offset], as: UTF8.self)
        let digits = found.prefix { $0.isASCII && $0.isNumber }
        // Reading goes on with the duration that it stands for.
        if dialect == .automation, let number = Int64(digits),
            let (text, _) = durationInWords(number, String(found.dropFirst(digits.count)))
        {
            throw Diagnostic(
                .badLiteral, "the units of a duration are `ms`, `s`, `m`, `h` and `d`, found `\(found)`",
                at: Span(start, offset), help: "write `\(text)`",
                fix: FixIt(span: Span(start, offset), replacement: text))
        }
        let plain = found.replacing("_", with: "")
        if dialect == .automation, plain != found, plain.allSatisfy({ $0.isASCII && $0.isNumber }) {
            throw Diagnostic(
                .badLiteral, "digits are not parted by `_`", at: Span(start, offset), help: "write \(plain)",
                fix: FixIt(span: Span(start, offset), replacement: plain))
        }
        throw Diagnostic(
            .badLiteral, "`\(found)` is no number", at: Span(start, offset),
            help: dialect == .automation
                ? "write digits (42, 0.5, 1e3, 0x2A) or a duration (500ms, 30s, 2m, 1h, 7d)"
                : "write digits: 42, 42u, 0.5, 1e3, 0x2A")
    }

    private func badNumber(from start: Int, _ kind: String) -> Diagnostic {
        let found = String(decoding: bytes[start..<offset], as: UTF8.self)
        return Diagnostic(
            .badLiteral, "`\(found)` does not fit \(kind)", at: Span(start, offset),
            help: kind == "an int" ? "an int goes from -9223372036854775808 to 9223372036854775807" : nil)
    }
}
