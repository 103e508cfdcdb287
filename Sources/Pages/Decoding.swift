internal import CLibXML2
package import Programs

/// Bytes in a character set, by the name that a server gave it, as UTF-8. A byte that does not fit becomes
/// U+FFFD.
///
/// - Throws: `ProgramError` when the character set is not known.
package func decoded(_ bytes: [UInt8], _ charset: String) throws(ProgramError) -> [UInt8] {
    if let encoding = SingleByteEncoding(label: charset) { return encoding.decode(bytes) }
    guard let handler = xmlFindCharEncodingHandler(charsetMeant(by: charset)) else {
        throw ProgramError("the character set `\(charset.prefix(40))` is not known")
    }
    defer { xmlCharEncCloseFunc(handler) }
    guard let input = xmlBufferCreate(), let output = xmlBufferCreate() else {
        throw ProgramError("out of memory")
    }
    defer {
        xmlBufferFree(input)
        xmlBufferFree(output)
    }
    guard xmlBufferAdd(input, bytes, Int32(clamping: bytes.count)) == 0 else {
        throw ProgramError("out of memory")
    }
    var left = xmlBufferLength(input)
    while left > 0 {
        let outcome = xmlCharEncInFunc(handler, output, input)
        let now = xmlBufferLength(input)
        if now == 0 { break }
        if outcome < 0 || now == left {
            xmlBufferAdd(output, [0xEF, 0xBF, 0xBD], 3)
            xmlBufferShrink(input, 1)
        }
        left = xmlBufferLength(input)
    }
    guard let content = xmlBufferContent(output) else { return [] }
    return Array(UnsafeBufferPointer(start: content, count: Int(xmlBufferLength(output))))
}

/// By the Encoding Standard some names of sets with longer characters mean more than they say, because
/// servers use them so.
func charsetMeant(by label: String) -> String {
    switch label.lowercased() {
    case "gb2312", "gbk", "x-gbk", "gb_2312-80", "chinese": "GB18030"
    case "shift_jis", "shift-jis", "sjis", "ms_kanji", "windows-31j", "x-sjis": "windows-31j"
    case "euc-kr", "ks_c_5601-1987", "korean", "ksc5601", "windows-949": "UHC"
    case "utf8", "unicode-1-1-utf-8": "UTF-8"
    default: label
    }
}
