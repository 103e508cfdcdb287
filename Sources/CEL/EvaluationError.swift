package import Diagnostics

/// Why an expression has no value, and where in it.
package struct EvaluationError: Error, Sendable, Hashable {
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

    package let kind: Kind
    package let message: String
    package var span: Span?

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
}
