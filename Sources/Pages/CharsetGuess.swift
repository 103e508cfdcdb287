internal import CUchardet
import Encodings

/// Finds out in which character set bytes are written of which nobody says it.
enum CharsetGuess {
    /// So many bytes of text are enough.
    private static let limit = 128 << 10

    /// UTF-16 without a byte-order mark, told by the zeros: in most scripts every other byte of its blanks and marks is one.
    static func utf16(_ bytes: [UInt8]) -> TextEncoding? {
        let head = bytes.prefix(4_096)
        guard head.count >= 4 else { return nil }
        var zeros = (even: 0, odd: 0)
        for (offset, byte) in head.enumerated() where byte == 0 {
            if offset.isMultiple(of: 2) { zeros.even += 1 } else { zeros.odd += 1 }
        }
        let many = max(2, head.count / 20)
        if zeros.odd >= many, zeros.even * 8 <= zeros.odd { return .utf16LittleEndian }
        if zeros.even >= many, zeros.odd * 8 <= zeros.even { return .utf16BigEndian }
        return nil
    }

    /// The encoding that the text's letters look most like; nil where none does.
    static func guess(_ bytes: [UInt8]) -> TextEncoding? {
        guard let detector = uchardet_new() else { return nil }
        defer { uchardet_delete(detector) }
        // In sets of seven bits a tag's brackets can be halves of characters.
        let text = bytes.contains(0x1B) ? Array(bytes.prefix(limit)) : readable(bytes)
        let failed = text.withUnsafeBytes { buffer in
            uchardet_handle_data(detector, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
        }
        guard failed == 0 else { return nil }
        uchardet_data_end(detector)
        guard let name = uchardet_get_charset(detector) else { return nil }
        return TextEncoding(label: String(cString: name))
    }

    /// The text without tags, scripts and styles, which say nothing of its language.
    private static func readable(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var scan = MarkupScan(bytes[...])
        while text.count < limit, let piece = scan.nextText() {
            text += piece.prefix(limit - text.count)
            text.append(0x20)
        }
        return text
    }
}
