import Values

// Closing brackets: forgotten, too many, or of the wrong kind.

extension WrittenReader {
    /// What a bracket does to the innermost value that is open.
    enum Closing {
        /// It is the value's own, or a slip for it.
        case taken
        /// It belongs to a value around, so the value's own was forgotten.
        case left
        case none
    }

    /// Takes a bracket that closes the innermost value.
    mutating func closes(_ byte: UInt8) -> Closing {
        guard byte.isCloser, let own = open.last else { return .none }
        if byte != own, open.contains(byte), !standsForAnother(byte) { return .left }
        index += 1
        return .taken
    }

    /// Whether a bracket was written for one of another kind: the text has more of it than it opens, and fewer of the
    /// other.
    private mutating func standsForAnother(_ byte: UInt8) -> Bool {
        guard byte == .closeBrace || byte == .closeBracket, open.last != .closeParenthesis else {
            return false
        }
        let surplus = surplus ?? countBrackets()
        self.surplus = surplus
        let (own, other) =
            byte == .closeBrace ? (surplus.braces, surplus.brackets) : (surplus.brackets, surplus.braces)
        return own > 0 && other < 0
    }

    /// How many brackets of each kind are closed and not opened.
    private mutating func countBrackets() -> (braces: Int, brackets: Int) {
        var (braces, brackets) = (0, 0)
        for byte in bytes[..<end] {
            switch byte {
            case .openBrace: braces -= 1
            case .closeBrace: braces += 1
            case .openBracket: brackets -= 1
            case .closeBracket: brackets += 1
            default: break
            }
        }
        charge(end)
        return (braces, brackets)
    }
}
