package import Diagnostics
import Values

/// A piece of a text literal: characters, or the place of an expression between `${` and `}`.
package enum TextPiece: Sendable, Hashable {
    case characters(String)
    case expression(Span)
}

/// What a token is, with its value.
package enum TokenKind: Sendable, Hashable {
    case identifier(String)
    case int(Int64)
    /// A whole number of 2^63, which only a minus before it makes an int.
    case intMinimum
    case uint(UInt64)
    case double(Double)
    /// A duration in nanoseconds; only in automations.
    case duration(Int64)
    case text([TextPiece])
    case bytes([UInt8])
    case symbol(Symbol)
    case endOfText
}

/// A sign, by the characters that are written.
package enum Symbol: String, Sendable, Hashable, CaseIterable {
    case orOr = "||"
    case andAnd = "&&"
    case equal = "=="
    case notEqual = "!="
    case lessEqual = "<="
    case greaterEqual = ">="
    case arrow = "->"
    case less = "<"
    case greater = ">"
    case plus = "+"
    case minus = "-"
    case star = "*"
    case slash = "/"
    case percent = "%"
    case not = "!"
    case question = "?"
    case colon = ":"
    case comma = ","
    case dot = "."
    case openParen = "("
    case closeParen = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"
    case assign = "="
}

/// A word, a sign, a number or a text of the source.
package struct Token: Sendable, Hashable {
    /// What it is.
    package let kind: TokenKind
    /// Where it stands.
    package let span: Span
    /// Whether a new line begins between it and the token before it.
    package let newlineBefore: Bool

    package init(kind: TokenKind, span: Span, newlineBefore: Bool) {
        self.kind = kind
        self.span = span
        self.newlineBefore = newlineBefore
    }

    /// Whether it is this sign.
    package func isSymbol(_ symbol: Symbol) -> Bool { kind == .symbol(symbol) }

    /// The token in words, for "found …".
    package var inWords: String {
        switch kind {
        case .identifier(let name): "`\(name)`"
        case .int(let value): "the number \(value)"
        case .intMinimum: "the number 9223372036854775808"
        case .uint(let value): "the number \(value)u"
        case .double(let value): "the number \(value)"
        case .duration: "a duration"
        case .text: "a text"
        case .bytes: "bytes"
        case .symbol(let symbol): "`\(symbol.rawValue)`"
        case .endOfText: "the end"
        }
    }
}

/// What a token is to those beside it, which only the parser knows: what layout goes by.
package enum TokenRole: Sendable, Hashable {
    case plain
    /// A sign or mark that belongs to what follows: `-x`, `!x`, `.?field`, `[?key]`.
    case prefix
    /// A sign that belongs to what stands before it: the `:` of a key, the `(` of a call, the `[` of a subscript.
    case suffix
    /// A text that is taken letter for letter.
    case program
}

/// A token as the parser took it.
package struct TakenToken: Sendable, Hashable {
    /// The token itself.
    package let token: Token
    /// What it is to those beside it.
    package let role: TokenRole

    package init(token: Token, role: TokenRole) {
        self.token = token
        self.role = role
    }
}
