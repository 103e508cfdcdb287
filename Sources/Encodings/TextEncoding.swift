/// A character set that the Encoding Standard knows, by the name that the Standard gives it; besides two that
/// it has retired.
///
/// The Standard drops HZ and ISO-2022-KR because scripts could hide in them. No script of a page is run here,
/// so a text that says it is written in one of them is read.
package enum TextEncoding: String, Sendable, Hashable, CaseIterable {
    case utf8 = "UTF-8"
    case utf16LittleEndian = "UTF-16LE"
    case utf16BigEndian = "UTF-16BE"
    case ibm866 = "IBM866"
    case iso8859Part2 = "ISO-8859-2"
    case iso8859Part3 = "ISO-8859-3"
    case iso8859Part4 = "ISO-8859-4"
    case iso8859Part5 = "ISO-8859-5"
    case iso8859Part6 = "ISO-8859-6"
    case iso8859Part7 = "ISO-8859-7"
    case iso8859Part8 = "ISO-8859-8"
    case iso8859Part8Logical = "ISO-8859-8-I"
    case iso8859Part10 = "ISO-8859-10"
    case iso8859Part13 = "ISO-8859-13"
    case iso8859Part14 = "ISO-8859-14"
    case iso8859Part15 = "ISO-8859-15"
    case iso8859Part16 = "ISO-8859-16"
    case koi8r = "KOI8-R"
    case koi8u = "KOI8-U"
    case macintosh = "macintosh"
    case windows874 = "windows-874"
    case windows1250 = "windows-1250"
    case windows1251 = "windows-1251"
    case windows1252 = "windows-1252"
    case windows1253 = "windows-1253"
    case windows1254 = "windows-1254"
    case windows1255 = "windows-1255"
    case windows1256 = "windows-1256"
    case windows1257 = "windows-1257"
    case windows1258 = "windows-1258"
    case macCyrillic = "x-mac-cyrillic"
    case gbk = "GBK"
    case gb18030 = "gb18030"
    case hz = "HZ-GB-2312"
    case big5 = "Big5"
    case eucJP = "EUC-JP"
    case iso2022JP = "ISO-2022-JP"
    case shiftJIS = "Shift_JIS"
    case eucKR = "EUC-KR"
    case iso2022KR = "ISO-2022-KR"
    case userDefined = "x-user-defined"

    /// The encoding that a server or a page means by a label, such as `latin1` or ` UTF8`.
    ///
    /// A label of the Standard counts in any case and with blanks around it. One that differs from a label
    /// only in its punctuation, or says `win` or `cp` for `windows`, is taken for it: `windows1251`,
    /// `win-1251`, `ISO 8859-2`.
    ///
    /// - Returns: nil for a label that no encoding has.
    package init?(label: String) {
        let exact = String(decoding: label.asciiTrimmed.utf8.map(smallLetter), as: UTF8.self)
        guard exact.utf8.count <= 64 else { return nil }
        guard let found = EncodingLabels.exact[exact] ?? EncodingLabels.loose[EncodingLabels.bare(exact)]
        else {
            return nil
        }
        self = found
    }

    /// The encoding whose byte-order mark stands at the beginning, and how many bytes the mark takes.
    package static func marked(_ bytes: [UInt8]) -> (encoding: TextEncoding, length: Int)? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
        if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, 2) }
        if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, 2) }
        return nil
    }

    var isUTF16: Bool { self == .utf16BigEndian || self == .utf16LittleEndian }

    /// What a label means that the text itself holds in letters of one byte: it cannot be UTF-16, and the
    /// Standard reads `x-user-defined` in a page as windows-1252.
    package var asNamedInside: TextEncoding {
        if isUTF16 { return .utf8 }
        return self == .userDefined ? .windows1252 : self
    }
}

extension String {
    /// The text without the blanks of ASCII around it.
    var asciiTrimmed: String {
        let start = utf8.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(Substring(start[...last]))
    }
}
