package import Diagnostics
import OrderedCollections
import Values

/// Why an expression has no value, and where in it.
package struct EvaluationError: Error, Sendable, Hashable {
    /// What kind of error it is, in the words of CEL's own tests.
    package enum Kind: String, Sendable, Hashable {
        case noSuchKey = "no such key"
        case noSuchOverload = "no such overload"
        case divisionByZero = "division by zero"
        case overflow = "overflow"
        case outOfRange = "out of range"
        case invalidArgument = "invalid argument"
        case unknownName = "unknown name"
        case notAssigned = "not assigned"
        case costLimit = "cost limit"
        case tooLarge = "too large"
        case stopped
    }

    /// A part of the expression with the value that it had, cut to a few words.
    package struct Operand: Sendable, Hashable {
        /// Where the part stands.
        package let span: Span
        /// The value as it is written, cut.
        package let value: String
    }

    /// What kind of error it is.
    package let kind: Kind
    /// A sentence without a full stop.
    package private(set) var message: String
    /// Where in the source the error is; nil where that is not known.
    package var span: Span?
    /// What the values were that could not be computed with; none where one of them was made from a secret.
    package private(set) var operands: [Operand] = []

    /// Whether the evaluation as a whole has to end: no deciding side of `||` makes good for it.
    package var isFinal: Bool {
        switch kind {
        case .costLimit, .tooLarge, .stopped: true
        case .noSuchKey, .noSuchOverload, .divisionByZero, .overflow, .outOfRange, .invalidArgument,
            .unknownName,
            .notAssigned:
            false
        }
    }

    package init(_ kind: Kind, _ message: String, at span: Span? = nil) {
        self.kind = kind
        self.message = message
        self.span = span
    }

    /// `division by zero: …`, the kind first so that it can be told by a program.
    package var text: String { message.isEmpty ? kind.rawValue : "\(kind.rawValue): \(message)" }

    /// The same with the part of the expression that has no value, and with the values in it:
    /// ``division by zero in `inputs.n / inputs.m`, where `inputs.m` is 0``.
    ///
    /// - Parameter source: What the expression was read from.
    package func text(in source: SourceText) -> String {
        // What names itself already is not said again.
        guard let span, !isFinal, kind != .unknownName, let whole = written(span, source) else { return text }
        let values = operands.compactMap { operand -> String? in
            // What is written out shows itself.
            guard let part = written(operand.span, source), part.utf8.first.map(isIdentifierStart) ?? false,
                part != operand.value,
                operand.span == span || !message.contains(operand.value)
            else { return nil }
            return "`\(part)` is \(operand.value)"
        }
        let details = values.isEmpty ? "" : ", where " + inWords(values, quoted: "", joiner: "and")
        return "\(text) in `\(whole)`\(details)"
    }

    /// A part of the source on one line, cut where it is long.
    private func written(_ span: Span, _ source: SourceText) -> String? {
        guard span.start < span.end, span.end <= source.bytes.count else { return nil }
        let words = String(decoding: source.bytes[span.start..<span.end], as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count > 80 ? words.prefix(79) + "…" : words
    }

    /// The same error with its place and the values that it came from.
    ///
    /// - Parameter hidden: Whether one of the values was made from a secret, so that none is quoted: a part of a secret
    ///   would not be recognised any more.
    func placed(at place: Span, _ values: [(span: Span, value: Value)], hidden: Bool) -> EvaluationError {
        guard !isFinal else { return self }
        var error = self
        error.span = span ?? place
        if hidden {
            switch kind {
            case .noSuchKey, .outOfRange, .invalidArgument, .divisionByZero, .overflow:
                error.message = "a value was made from a secret and is not shown"
            case .noSuchOverload, .unknownName, .notAssigned, .costLimit, .tooLarge, .stopped: break
            }
            error.operands = []
        } else if operands.isEmpty, error.span == place {
            error.operands = values.prefix(3).map { Operand(span: $0.span, value: brief($0.value)) }
        }
        return error
    }
}

/// `an int`, `a list`.
func withArticle(_ type: String) -> String {
    type == "null" ? type : ("aeio".contains(type.prefix(1)) ? "an " : "a ") + type
}

/// A value in a few words, for a sentence that says what is wrong with it.
func brief(_ value: Value) -> String {
    switch value {
    case .null, .bool, .int, .uint, .double: JSON.text(value)
    case .string(let text): JSON.text(.string(cut(text, 40)))
    case .bytes(let bytes): bytes.count == 1 ? "1 byte" : "\(bytes.count) bytes"
    case .list(let list): list.isEmpty ? "an empty list" : "a list of \(list.count)"
    case .map(let map): map.count == 0 ? "an empty record" : "a record with \(keysInWords(map))"
    case .timestamp, .duration, .type: value.text.map { cut($0, 40) } ?? value.kindName
    case .optional(let inner): inner.map(brief) ?? "absent"
    }
}

/// The first keys of a map.
func keysInWords(_ map: MapValue) -> String {
    let keys = map.entries.keys.prefix(6).map { JSON.text(.string(cut(JSON.keyText($0), 30))) }
    let more = map.count > keys.count ? ["\(map.count - keys.count) more"] : []
    return inWords(Array(keys) + more, quoted: "", joiner: "and")
}

private func cut(_ text: String, _ length: Int) -> String {
    let start = text.unicodeScalars.prefix(length + 1)
    guard start.count > length else { return text }
    return String(String.UnicodeScalarView(start.dropLast())) + "…"
}
