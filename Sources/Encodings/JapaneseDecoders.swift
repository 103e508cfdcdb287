/// The text of bytes in Shift_JIS with what windows-31J adds; 0x5C and 0x7E are what they are in ASCII.
func decodeShiftJIS(_ bytes: [UInt8]) -> Decoded {
    let index = DoubleByteIndex.jis0208
    return decodePairs(bytes) { byte in
        switch byte {
        case 0x80: .character(0x80)
        case 0xA1...0xDF: .character(halfWidthKatakana(byte))
        case 0x81...0x9F, 0xE0...0xFC: .lead
        default: .nothing
        }
    } pair: { lead, trail in
        let column: Int
        switch trail {
        case 0x40...0x7E: column = Int(trail) - 0x40
        case 0x80...0xFC: column = Int(trail) - 0x41
        default: return nil
        }
        let pointer = (Int(lead) - (lead < 0xA0 ? 0x81 : 0xC1)) * 188 + column
        // Characters of the user's own.
        if (8_836...10_715).contains(pointer) { return (UInt32(0xE000 - 8_836 + pointer), nil) }
        return index.code(pointer).map { ($0, nil) }
    }
}

private func halfWidthKatakana(_ byte: UInt8) -> UInt32 { 0xFF61 - 0xA1 + UInt32(byte) }

/// The text of bytes in EUC-JP: characters of one to three bytes.
func decodeEUCJP(_ bytes: [UInt8]) -> Decoded { decodeLong(bytes, character: longEUCJP) }

/// The character of two or three bytes at an offset, nil where there is none, and how many bytes are read
/// with it.
private func longEUCJP(_ bytes: [UInt8], at start: Int) -> (code: UInt32?, length: Int) {
    let high: ClosedRange<UInt8> = 0xA1...0xFE
    let (lead, left) = (bytes[start], bytes.count - start)
    guard lead == 0x8E || lead == 0x8F || high.contains(lead), left > 1 else { return (nil, 1) }
    func pair(_ index: DoubleByteIndex, _ row: UInt8, _ column: UInt8) -> UInt32? {
        guard high.contains(row), high.contains(column) else { return nil }
        return index.code(row: Int(row) - 0xA1, column: Int(column) - 0xA1)
    }
    let second = bytes[start + 1]
    if lead == 0x8F, high.contains(second) {
        guard left > 2 else { return (nil, 2) }
        let third = bytes[start + 2]
        let code = pair(.jis0212, second, third)
        return (code, code == nil && third < 0x80 ? 2 : 3)
    }
    let code =
        lead == 0x8E
        ? (0xA1...0xDF).contains(second) ? halfWidthKatakana(second) : nil
        : pair(.jis0208, lead, second)
    return (code, code == nil && second < 0x80 ? 1 : 2)
}

/// Decodes ISO-2022-JP: seven bits, and escapes that say in which set what follows is written.
struct ISO2022JPDecoder {
    private enum Alphabet {
        case ascii
        /// ASCII with a yen sign and an overline.
        case roman
        case katakana
        case jis0208
    }

    private let bytes: [UInt8]
    private var output: DecodingOutput
    private var alphabet = Alphabet.ascii
    /// Whether nothing stands behind the last escape yet: two escapes in a row are a fault.
    private var hasJustSwitched = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        output = DecodingOutput(size: bytes.count)
    }

    mutating func decode() -> Decoded {
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x1B {
                index += escape(at: index)
                continue
            }
            hasJustSwitched = false
            index += character(at: index)
        }
        return output.decoded
    }

    /// - Returns: how many bytes are read.
    private mutating func escape(at index: Int) -> Int {
        let next: Alphabet? =
            switch Array(bytes[index...].dropFirst().prefix(2)) {
            case [0x28, 0x42]: .ascii
            case [0x28, 0x4A]: .roman
            case [0x28, 0x49]: .katakana
            case [0x24, 0x40], [0x24, 0x42]: .jis0208
            default: nil
            }
        guard let next else {
            hasJustSwitched = false
            output.appendFault(at: index)
            return 1
        }
        if hasJustSwitched { output.appendFault(at: index) }
        (alphabet, hasJustSwitched) = (next, true)
        return 3
    }

    /// - Returns: how many bytes are read.
    private mutating func character(at index: Int) -> Int {
        let byte = bytes[index]
        switch (alphabet, byte) {
        case (.ascii, 0x0E...0x0F), (.roman, 0x0E...0x0F): output.appendFault(at: index)
        case (.roman, 0x5C): output.append(0xA5)
        case (.roman, 0x7E): output.append(0x203E)
        case (.ascii, ..<0x80), (.roman, ..<0x80): output.append(ascii: byte)
        case (.katakana, 0x21...0x5F): output.append(halfWidthKatakana(byte + 0x80))
        case (.jis0208, 0x21...0x7E): return pair(at: index)
        case (.ascii, _), (.roman, _), (.katakana, _), (.jis0208, _): output.appendFault(at: index)
        }
        return 1
    }

    /// - Returns: how many bytes are read.
    private mutating func pair(at index: Int) -> Int {
        guard index + 1 < bytes.count, bytes[index + 1] != 0x1B else {
            output.appendFault(at: index)
            return 1
        }
        let (lead, trail) = (Int(bytes[index]) - 0x21, bytes[index + 1])
        if (0x21...0x7E).contains(trail),
            let code = DoubleByteIndex.jis0208.code(row: lead, column: Int(trail) - 0x21)
        {
            output.append(code)
        } else {
            output.appendFault(at: index)
        }
        return 2
    }
}
