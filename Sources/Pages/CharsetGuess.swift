internal import CUchardet
import Encodings

/// Finds out in which encoding bytes are written of which nobody says it.
enum CharsetGuess {
    /// So many bytes of text are enough.
    private static let limit = 128 << 10

    /// UTF-16 without a byte-order mark, told by the zeros: in most scripts the blanks and marks have one
    /// each.
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

    /// Whether a text that was decoded as UTF-8 is, but for some broken bytes: in other encodings hardly any
    /// bytes are a character of UTF-8 by chance.
    static func isMostlyUTF8(_ decoded: [UInt8]) -> Bool {
        var (whole, broken) = (0, 0)
        for (index, byte) in decoded.enumerated() where byte >= 0xC2 {
            let isFault =
                byte == 0xEF && index + 2 < decoded.count && decoded[index + 1] == 0xBF
                && decoded[index + 2] == 0xBD
            if isFault { broken += 1 } else { whole += 1 }
        }
        return whole >= broken * 4
    }

    /// The encoding that the text's letters look most like, among those in which its language is written
    /// where the page names one; nil where none does.
    static func guess(_ bytes: [UInt8]) -> TextEncoding? {
        // In sets of seven bits a tag's brackets can be halves of characters.
        let text = bytes.contains(0x1B) ? Array(bytes.prefix(limit)) : readable(bytes)
        let detected = detected(text)
        func fits(_ encoding: TextEncoding) -> Bool { encoding.decode(text).firstFault == nil }
        let usual = encodings(ofLanguage: language(bytes))
        if !usual.isEmpty {
            if let detected, usual.contains(detected) { return detected }
            if let first = usual.first(where: fits) { return first }
        }
        // The detector does not know all Korean characters.
        if detected.map(fits) != true, isKorean(text) { return .eucKR }
        // The letters of Ukrainian stand where Russian has lines for boxes, which pages do not hold.
        return detected == .koi8r ? .koi8u : detected
    }

    private static func detected(_ text: [UInt8]) -> TextEncoding? {
        guard let detector = uchardet_new() else { return nil }
        defer { uchardet_delete(detector) }
        let failed = text.withUnsafeBytes { buffer in
            uchardet_handle_data(detector, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
        }
        guard failed == 0 else { return nil }
        uchardet_data_end(detector)
        return uchardet_get_charset(detector).flatMap { TextEncoding(label: String(cString: $0)) }
    }

    /// Whether bytes are Korean: read as such, nearly all that is no ASCII is Hangul.
    private static func isKorean(_ text: [UInt8]) -> Bool {
        let decoded = TextEncoding.eucKR.decode(text)
        guard decoded.firstFault == nil else { return false }
        let other = String(decoding: decoded.utf8, as: UTF8.self).unicodeScalars.filter { !$0.isASCII }
        let hangul = other.count { (0xAC00...0xD7A3).contains($0.value) }
        return hangul > 4 && hangul * 10 >= other.count * 9
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

    /// What the page's first element says of its language, in small letters; empty where it says nothing.
    private static func language(_ bytes: [UInt8]) -> String {
        var scan = MarkupScan(bytes.prefix(4_096))
        guard scan.nextTag() != nil else { return "" }
        let attributes = scan.attributes()
        return (attributes["lang"] ?? attributes["xml:lang"] ?? "").lowercased()
    }

    /// The encodings in which pages of a language are written, the most frequent first. English is not among
    /// them, since many pages say that they are English and are not.
    private static func encodings(ofLanguage tag: String) -> [TextEncoding] {
        let parts = tag.split { $0 == "-" || $0 == "_" }
        switch parts.first {
        case "ja": return [.shiftJIS, .eucJP, .iso2022JP]
        case "ko": return [.eucKR, .iso2022KR]
        case "zh":
            let isTraditional = parts.dropFirst().contains { ["tw", "hk", "mo", "hant"].contains($0) }
            return isTraditional ? [.big5] : [.gb18030, .gbk]
        case "ru", "be", "bg", "mk", "sr":
            return [.windows1251, .koi8r, .iso8859Part5, .ibm866, .macCyrillic]
        case "uk": return [.windows1251, .koi8u, .iso8859Part5, .macCyrillic]
        case "el": return [.windows1253, .iso8859Part7]
        case "he", "iw", "yi": return [.windows1255, .iso8859Part8, .iso8859Part8Logical]
        case "ar", "fa", "ur": return [.windows1256, .iso8859Part6]
        case "th": return [.windows874]
        case "tr", "az": return [.windows1254]
        case "vi": return [.windows1258]
        case "pl", "cs", "sk", "hu", "sl", "hr", "ro", "bs", "sq":
            return [.windows1250, .iso8859Part2, .iso8859Part16]
        case "lt", "lv", "et": return [.windows1257, .iso8859Part13, .iso8859Part4]
        case "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "no", "fi", "is", "ca", "ga":
            return [.windows1252, .iso8859Part15, .macintosh]
        default: return []
        }
    }
}
