import Diagnostics

/// A key that a person pressed.
package enum Key: Sendable, Hashable {
    case character(Character)
    case enter
    case backspace
    case delete
    case left
    case right
    case up
    case down
    case home
    case end
    case escape
    /// Ctrl-U.
    case eraseLine
    /// Ctrl-W.
    case eraseWord
    /// Ctrl-D.
    case endOfInput
    /// Ctrl-C.
    case interrupt
    /// Ctrl-Z.
    case suspend
    /// A text that was pasted, on one line: where lines end it has a space.
    case pasted(String)
}

/// Reads keys from the bytes that a terminal sends, which may come in pieces.
package struct KeyDecoder: Sendable {
    /// Bytes of a key that is not complete yet.
    private var pending: [UInt8] = []
    /// The bytes of a paste whose end has not come yet; nil outside of one.
    private var paste: [UInt8]?

    package init() {}

    /// Whether more bytes are needed to tell which key it is.
    package var isWithin: Bool { !pending.isEmpty }

    /// - Returns: the key that this byte completes; nil when it completes none.
    package mutating func take(_ byte: UInt8) -> Key? {
        if paste != nil { return takePasted(byte) }
        // What was begun and not completed is no key: this byte begins another.
        if let first = pending.first, !goesOn(byte, after: first) { pending = [] }
        pending.append(byte)
        return pending[0] == 0x1B ? sequence() : character()
    }

    /// No more bytes came for a while: an escape that stands alone was the key itself.
    ///
    /// Of anything else the rest still comes: a slow line parts a letter or a sequence anywhere.
    package mutating func pause() -> Key? {
        guard pending == [0x1B] else { return nil }
        pending = []
        return .escape
    }

    /// Whether a byte can be one of the key that another byte began.
    private func goesOn(_ byte: UInt8, after first: UInt8) -> Bool {
        first == 0x1B ? byte >= 0x20 && byte != 0x7F : (0x80...0xBF).contains(byte)
    }

    private mutating func takePasted(_ byte: UInt8) -> Key? {
        paste?.append(byte)
        let end = Array("\u{1B}[201~".utf8)
        guard byte == end.last, let pasted = paste, pasted.suffix(end.count) == end[...] else { return nil }
        paste = nil
        let text = String(decoding: pasted.dropLast(end.count), as: UTF8.self)
        let lines = withPlainSpace(text.replacing("\r\n", with: "\n").replacing("\r", with: "\n"))
            .split(separator: "\n")
        return .pasted(
            String(
                String.UnicodeScalarView(
                    lines.joined(separator: " ").unicodeScalars.filter {
                        $0.properties.generalCategory != .control
                    })))
    }

    private mutating func character() -> Key? {
        let first = pending[0]
        if first < 0x80 {
            pending = []
            return control(first) ?? (first < 0x20 ? nil : .character(Character(Unicode.Scalar(first))))
        }
        guard (0xC2...0xF4).contains(first) else {
            pending = []
            return nil
        }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard pending.count >= length else { return nil }
        defer { pending = [] }
        guard let text = String(validating: pending, as: UTF8.self), let character = text.first,
            // Controls of the upper half have two bytes.
            let scalar = text.unicodeScalars.first, scalar.value >= 0xA0
        else { return nil }
        return .character(character)
    }

    private func control(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x01: .home
        case 0x02: .left
        case 0x03: .interrupt
        case 0x04: .endOfInput
        case 0x05: .end
        case 0x06: .right
        case 0x08, 0x7F: .backspace
        case 0x0A, 0x0D: .enter
        case 0x0E: .down
        case 0x10: .up
        case 0x15: .eraseLine
        case 0x17: .eraseWord
        case 0x1A: .suspend
        default: nil
        }
    }

    /// What begins with an escape: `ESC [ … letter`, `ESC O letter`.
    private mutating func sequence() -> Key? {
        guard pending.count > 1 else { return nil }
        guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
            // Alt with a key.
            pending = []
            return nil
        }
        guard pending.count > 2, let last = pending.last, (0x40...0x7E).contains(last) else {
            // No terminal sends one so long.
            if pending.count > 16 { pending = [] }
            return nil
        }
        defer { pending = [] }
        switch last {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return .right
        case UInt8(ascii: "D"): return .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "~"):
            switch String(decoding: pending.dropFirst(2).dropLast(), as: UTF8.self) {
            case "1", "7": return .home
            case "3": return .delete
            case "4", "8": return .end
            case "200":
                paste = []
                return nil
            default: return nil
            }
        default: return nil
        }
    }
}
