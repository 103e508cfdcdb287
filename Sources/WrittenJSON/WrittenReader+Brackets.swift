import Values

// Closing brackets: forgotten, too many, or of the wrong kind.

extension WrittenReader {
    /// What a bracket does to the innermost value that is open.
    enum Closing {
        /// It is the value's own, or a slip for it.
        case taken
        /// It belongs to a value around, so the value's own was forgotten.
        case left
        /// It closes nothing: the text has one too many of them. It was gone over.
        case skipped
        case none
    }

    /// Takes a bracket that closes the innermost value.
    mutating func closes(_ byte: UInt8) -> Closing {
        guard byte.isCloser, let own = open.last else { return .none }
        if byte != own, index != placeOfSwapped {
            if isSwapped(byte, own) {
                index += 1
                placeOfSwapped = nextLetter(index)
                return .taken
            }
            if isOneTooMany(byte, own) {
                index += 1
                return .skipped
            }
            if open.contains(byte), !standsForAnother(byte) { return .left }
        }
        index += 1
        return .taken
    }

    /// Whether a bracket within a list or record of the other kind closes nothing: none of its kind is open, or a comma
    /// and more follow; and the text closes more of its kind than it opens, and all of the other.
    private mutating func isOneTooMany(_ byte: UInt8, _ own: UInt8) -> Bool {
        guard byte != .closeParenthesis, own != .closeParenthesis else { return false }
        let next = nextLetter(index + 1)
        charge(next - index)
        let closesNothing = !open.contains(byte)
        guard closesNothing || next < end && bytes[next] == .comma else { return false }
        let surplus = surplus ?? countBrackets()
        self.surplus = surplus
        let (same, other) =
            byte == .closeBrace ? (surplus.braces, surplus.brackets) : (surplus.brackets, surplus.braces)
        guard same > 0, other >= 0 else { return false }
        if closesNothing { return true }
        return own == .closeBracket
            ? goesOn(next + 1, .item, behindComma: true) : isQuotedKey(nextLetter(next + 1))
    }

    /// Whether a bracket and the next one stand in each other's place, `}]` for `]}`: the text has as many of each kind as
    /// it opens.
    private mutating func isSwapped(_ byte: UInt8, _ own: UInt8) -> Bool {
        guard open.count > 1, open[open.count - 2] == byte, byte != .closeParenthesis,
            own != .closeParenthesis
        else { return false }
        let next = nextLetter(index + 1)
        charge(next - index)
        guard next < end, bytes[next] == own else { return false }
        let surplus = surplus ?? countBrackets()
        self.surplus = surplus
        return surplus == (0, 0)
    }

    /// Whether a record in a list was closed twice before its next field: the text closes more of them than it opens.
    mutating func goesOnBehindOneTooMany() -> Bool {
        guard open.count > 1, open[open.count - 2] == .closeBracket else { return false }
        let second = nextLetter(index)
        charge(second - index)
        guard second < end, bytes[second] == .closeBrace else { return false }
        let comma = nextLetter(second + 1)
        guard comma < end, bytes[comma] == .comma, isField(nextLetter(comma + 1)) else { return false }
        let surplus = surplus ?? countBrackets()
        self.surplus = surplus
        guard surplus.braces > 0, surplus.brackets >= 0 else { return false }
        index = comma
        return true
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
