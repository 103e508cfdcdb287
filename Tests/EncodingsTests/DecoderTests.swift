import Encodings
import Testing

/// Bytes as text, by the Encoding Standard.
@Suite(.timeLimit(.minutes(1))) struct DecoderTests {
    private func text(_ bytes: [UInt8], _ label: String) throws -> String {
        let encoding = try #require(TextEncoding(label: label), "\(label)")
        return String(decoding: encoding.decode(bytes).utf8, as: UTF8.self)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("latin1", [0x80, 0x93, 0xE9], "€“é"), ("ascii", [0x99, 0x41], "™A"), ("l9", [0xA4], "€"),
            ("iso-8859-2", [0xB3, 0xF3, 0x64, 0xBC], "łódź"), ("cp1250", [0x9C, 0xB9], "śą"),
            ("iso-8859-3", [0xB1, 0xE5], "ħċ"), ("latin4", [0xB9, 0xE0], "šā"),
            ("iso-8859-5", [0xBF, 0xE0], "Пр"), ("arabic", [0xC7, 0xE4], "ال"),
            ("greek", [0xC1, 0xE1], "Αα"),
            ("hebrew", [0xF9, 0xEC], "של"), ("iso-8859-8-i", [0xF9], "ש"), ("latin6", [0xBD], "―"),
            ("iso-8859-13", [0xE6, 0xF0], "ęš"), ("iso-8859-14", [0xA1], "Ḃ"), ("iso-8859-16", [0xAA], "Ș"),
            ("koi8-r", [0xD0, 0xD2], "пр"), ("koi8-u", [0xA4, 0xC1], "єа"), ("866", [0xAF, 0xE0], "пр"),
            ("mac", [0x8E, 0xD2], "é“"), ("x-mac-cyrillic", [0xEF, 0xF0], "пр"),
            ("windows-1251", [0xEF, 0xF0], "пр"), ("windows-1253", [0xC1], "Α"),
            ("latin5", [0xFD, 0xF0], "ığ"), ("windows-1255", [0xF9], "ש"), ("windows-1256", [0xC7], "ا"),
            ("windows-1257", [0xE6], "ę"), ("windows-1258", [0xD0, 0xFE], "Đ₫"),
            ("tis-620", [0xA1, 0x80], "ก€"), ("x-user-defined", [0x41, 0xFF], "A\u{F7FF}"),
            ("gb2312", [0xC4, 0xE3, 0xBA, 0xC3], "你好"), ("gbk", [0x80, 0x81, 0x40], "€丂"),
            ("gb18030", [0x81, 0x30, 0x81, 0x30, 0x94, 0x39, 0xDA, 0x33], "\u{80}💩"),
            ("hz-gb-2312", Array("a~{VPND~}b~~".utf8), "a中文b~"),
            ("big5", [0xA7, 0x41, 0xA6, 0x6E], "你好"), ("big5-hkscs", [0x88, 0x62, 0xFA, 0x40], "Ê̄𠕇"),
            ("euc-jp", [0xC6, 0xFC, 0x8E, 0xB1, 0x8F, 0xB0, 0xA1], "日ｱ丂"),
            ("shift_jis", [0x93, 0xFA, 0xB1, 0x5C, 0x7E, 0x87, 0x40, 0xFA, 0x40], "日ｱ\\~①ⅰ"),
            ("sjis", [0xF0, 0x40], "\u{E000}"),
            ("iso-2022-jp", Array("\u{1B}$BF|K\\\u{1B}(Bx\u{1B}(J\\~\u{1B}(I1".utf8), "日本x¥‾ｱ"),
            ("ks_c_5601-1987", [0xB0, 0xA1, 0x8C, 0x63, 0x41], "가똠A"),
            ("iso-2022-kr", Array("\u{1B}$)Ca\u{0E}0!\u{0F}b".utf8), "a가b"),
            ("utf-16", [0xE4, 0x00, 0x3D, 0xD8, 0x00, 0xDE], "ä😀"),
            ("utf-16be", [0x00, 0xE4, 0xD8, 0x3D, 0xDE, 0x00], "ä😀"),
        ] as [(String, [UInt8], String)])
    func charactersAreRight(label: String, bytes: [UInt8], expected: String) throws {
        let encoding = try #require(TextEncoding(label: label))
        #expect(try text(bytes, label) == expected)
        #expect(encoding.decode(bytes).firstFault == nil)
    }

    /// What stands for nothing is U+FFFD, and what stands behind it is kept.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("utf-8", [0x61, 0xFF, 0x62], "a\u{FFFD}b"), ("utf-8", [0xE2, 0x82, 0x41], "\u{FFFD}A"),
            ("utf-8", [0xF0, 0x9F, 0x98, 0xF0, 0x9F, 0x98, 0x80], "\u{FFFD}😀"),
            ("utf-8", [0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ("utf-8", [0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
            ("utf-8", [0xF4, 0x90, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ("utf-8", [0x41, 0xC3], "A\u{FFFD}"),
            ("utf-16le", [0x3D, 0xD8, 0x41, 0x00], "\u{FFFD}A"),
            ("utf-16le", [0x00, 0xDE, 0x41], "\u{FFFD}\u{FFFD}"),
            ("utf-16be", [0xD8, 0x3D, 0x00], "\u{FFFD}"), ("iso-8859-7", [0xE1, 0xAE, 0xE2], "α\u{FFFD}β"),
            ("iso-8859-6", [0xC7, 0xA1, 0xC8], "\u{0627}\u{FFFD}\u{0628}"),
            ("windows-874", [0xDB, 0xA1], "\u{FFFD}ก"),
            ("gbk", [0xC4, 0x3C, 0x62], "\u{FFFD}<b"), ("gbk", [0xFF, 0x41, 0xC4], "\u{FFFD}A\u{FFFD}"),
            ("gb18030", [0x81, 0x30, 0x41], "\u{FFFD}0A"),
            ("gb18030", [0x84, 0x32, 0xA4, 0x39, 0x41], "\u{FFFD}A"),
            ("gb18030", [0x81, 0x30, 0x81, 0x41], "\u{FFFD}0丄"), ("gb18030", [0x81, 0x30, 0x81], "\u{FFFD}"),
            ("hz-gb-2312", Array("~{V\n<p>".utf8), "\u{FFFD}\n<p>"),
            ("big5", [0xA7, 0x3C, 0x80], "\u{FFFD}<\u{FFFD}"), ("big5", [0x81, 0x40, 0x41], "\u{FFFD}@A"),
            ("euc-jp", [0xC6, 0x3C], "\u{FFFD}<"), ("euc-jp", [0x8F, 0xB0, 0x3C], "\u{FFFD}<"),
            ("euc-jp", [0x8E, 0xFF, 0x41], "\u{FFFD}A"),
            ("shift_jis", [0x82, 0x22, 0xA0, 0x41], "\u{FFFD}\"\u{FFFD}A"),
            ("iso-2022-jp", Array("\u{1B}$B!\u{1B}(B<".utf8), "\u{FFFD}<"),
            ("iso-2022-jp", Array("\u{1B}(X<".utf8), "\u{FFFD}(X<"),
            ("iso-2022-jp", [0x80, 0x41], "\u{FFFD}A"),
            ("euc-kr", [0xB0, 0x3C, 0xFF, 0x41], "\u{FFFD}<\u{FFFD}A"),
            ("iso-2022-kr", [0x0E, 0x30, 0x0A], "\u{FFFD}\n"),
        ] as [(String, [UInt8], String)])
    func whatStandsForNothingIsMarked(label: String, bytes: [UInt8], expected: String) throws {
        let encoding = try #require(TextEncoding(label: label))
        #expect(try text(bytes, label) == expected)
        #expect(encoding.decode(bytes).firstFault != nil)
        let framed = try text([0x61] + bytes, label)
        #expect(encoding == .utf16LittleEndian || encoding == .utf16BigEndian || framed.hasPrefix("a"))
    }

    @Test(.timeLimit(.minutes(1))) func theFirstFaultIsNamed() {
        #expect(TextEncoding.utf8.decode(Array("äö".utf8) + [0xC3]).firstFault == 4)
        #expect(TextEncoding.gbk.decode([0xC4, 0xE3, 0x41, 0xFF, 0xFF]).firstFault == 3)
        #expect(TextEncoding.shiftJIS.decode([0x82]).firstFault == 0)
        #expect(TextEncoding.windows1252.decode(Array(0x80...0xFF)).firstFault == nil)
    }

    /// Numbers from a fixed seed, so that a failure comes again.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TextEncoding.allCases)
    func anyBytesGiveText(encoding: TextEncoding) {
        var numbers = Numbers(state: 42)
        for round in 0..<300 {
            let bytes = (0..<(round % 40)).map { _ -> UInt8 in
                // Leads, escapes and digits more often than by chance.
                let usual: [UInt8] = [0x1B, 0x24, 0x28, 0x42, 0x30, 0x8E, 0x8F, 0x81, 0xFE]
                return Bool.random(using: &numbers)
                    ? UInt8.random(in: 0...255, using: &numbers)
                    : usual[Int.random(in: 0..<usual.count, using: &numbers)]
            }
            let decoded = encoding.decode(bytes)
            #expect(String(validating: decoded.utf8, as: UTF8.self) != nil, "\(bytes)")
            if let fault = decoded.firstFault { #expect(bytes.indices.contains(fault)) }
            // Broken bytes never reach into a text of ASCII behind them, but for a letter that they may take.
            let isASCIIBased = ![.utf16LittleEndian, .utf16BigEndian, .iso2022JP].contains(encoding)
            if isASCIIBased {
                let end = Array("\n<p>end".utf8)
                #expect(encoding.decode(bytes + [0x78] + end).utf8.suffix(end.count) == end[...], "\(bytes)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TextEncoding.allCases)
    func asciiIsASCII(encoding: TextEncoding) {
        guard encoding != .utf16LittleEndian, encoding != .utf16BigEndian else { return }
        // Without the escapes of the sets of seven bits, and without HZ's tilde.
        let bytes = (UInt8(0)...0x7F).filter { ![0x0E, 0x0F, 0x1B, 0x7E].contains($0) }
        let decoded = encoding.decode(bytes)
        #expect(decoded.utf8 == bytes && decoded.firstFault == nil)
    }

    /// The tables as they were taken from the Standard: how many characters of two bytes each encoding has.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (.gb18030, 23_940), (.big5, 18_594), (.eucKR, 17_048), (.eucJP, 7_336 + 63),
            (.shiftJIS, 7_724 + 1_880),
        ] as [(TextEncoding, Int)])
    func tablesAreWhole(encoding: TextEncoding, count: Int) {
        var found = 0
        for lead in UInt8(0x80)...0xFF {
            guard encoding.decode([lead]).firstFault != nil else { continue }
            for trail in UInt8(0x40)...0xFE where encoding.decode([lead, trail]).firstFault == nil {
                found += 1
            }
        }
        #expect(found == count)
    }
}
