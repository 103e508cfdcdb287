/// Characters that an encoding writes as two bytes, in rows.
struct DoubleByteIndex: Sendable {
    /// How many characters a row may have.
    let width: Int
    /// The numbers of the characters, row by row; 0 where none stands.
    private let codes: [UInt32]

    /// - Parameter rows: a line for each row; a point where no character stands, nothing behind the last one.
    init(width: Int, rows: String) {
        self.width = width
        var codes: [UInt32] = []
        var count = 0
        for scalar in rows.unicodeScalars {
            if scalar == "\n" {
                codes.append(contentsOf: repeatElement(0, count: width - count))
                count = 0
            } else {
                codes.append(scalar == "." ? 0 : scalar.value)
                count += 1
            }
        }
        self.codes = codes
    }

    /// The number of the character at a place; nil where none stands.
    func code(row: Int, column: Int) -> UInt32? { code(row * width + column) }

    func code(_ pointer: Int) -> UInt32? {
        guard codes.indices.contains(pointer), codes[pointer] != 0 else { return nil }
        return codes[pointer]
    }
}

/// Decodes an encoding in which a byte from 0x80 on begins a character of two bytes.
///
/// - Parameters:
///   - single: the character that a byte from 0x80 on is alone; nil where it begins a longer one.
///   - pair: the characters that two bytes stand for; nil where they stand for nothing.
func decodePairs(
    _ bytes: [UInt8], single: (UInt8) -> DoubleByte, pair: (UInt8, UInt8) -> (UInt32, UInt32?)?
) -> Decoded {
    var output = DecodingOutput(size: bytes.count)
    var index = 0
    while index < bytes.count {
        let lead = bytes[index]
        if lead < 0x80 {
            index = output.appendASCII(bytes, at: index)
            continue
        }
        switch single(lead) {
        case .character(let code): output.append(code)
        case .nothing: output.appendFault(at: index)
        case .lead:
            guard index + 1 < bytes.count else {
                output.appendFault(at: index)
                break
            }
            let trail = bytes[index + 1]
            if let (first, second) = pair(lead, trail) {
                output.append(first)
                if let second { output.append(second) }
                index += 1
            } else {
                output.appendFault(at: index)
                // A letter of ASCII is never lost to a byte before it.
                if trail >= 0x80 { index += 1 }
            }
        }
        index += 1
    }
    return output.decoded
}

/// What a byte from 0x80 on is.
enum DoubleByte {
    case character(UInt32)
    /// The first byte of a longer character.
    case lead
    case nothing
}

/// Decodes an encoding in which a byte from 0x80 on is or begins a character beyond ASCII.
///
/// - Parameter character: the character at an offset, nil where there is none, and how many bytes are read with
///   it.
func decodeLong(_ bytes: [UInt8], character: ([UInt8], Int) -> (code: UInt32?, length: Int)) -> Decoded {
    var output = DecodingOutput(size: bytes.count)
    var index = 0
    while index < bytes.count {
        guard bytes[index] >= 0x80 else {
            index = output.appendASCII(bytes, at: index)
            continue
        }
        let (code, length) = character(bytes, index)
        if let code { output.append(code) } else { output.appendFault(at: index) }
        index += length
    }
    return output.decoded
}
