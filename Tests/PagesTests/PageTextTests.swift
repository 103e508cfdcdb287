import Encodings
import Pages
import Programs
import Testing
import Values

/// In which encoding a page is read, and what becomes of bytes that do not fit.
@Suite(.timeLimit(.minutes(1))) struct PageTextTests {
    private func decoded(_ bytes: [UInt8], _ said: String? = nil) throws -> DecodedText {
        try pageText(bytes, said: said)
    }

    @Test(.timeLimit(.minutes(1))) func aMarkIsTakenOff() throws {
        let text = try decoded([0xEF, 0xBB, 0xBF] + Array("ä".utf8) + [0xFF], "koi8-r")
        #expect(text.utf8 == Array("ä\u{FFFD}".utf8))
        #expect(text.encoding == .utf8 && text.evidence == .mark && text.firstFault == 5)
    }

    @Test(.timeLimit(.minutes(1))) func whatTheServerSaysComesBeforeThePage() throws {
        let page = Array("<meta charset=iso-8859-5>".utf8) + [0xCF]
        #expect(try decoded(page, "windows-1251").utf8.suffix(2) == Array("П".utf8)[...])
        #expect(try decoded(page).utf8.suffix(2) == Array("Я".utf8)[...])
        #expect(try decoded(page, "klingon").evidence == .text)
    }

    @Test(.timeLimit(.minutes(1))) func anUnknownEncodingIsNamed() throws {
        let error = #expect(throws: ProgramError.self) { try decoded(Array("<p>".utf8) + [0xE4], "klingon") }
        #expect(error?.message.contains("`klingon`") == true)
        let inside = Array("<meta charset=elvish><p>".utf8) + [0xE4]
        #expect(throws: ProgramError.self) { try decoded(inside) }
        // Bytes that are UTF-8 are read, whatever they are called.
        #expect(try decoded(Array("<p>ä".utf8), "utf8mb4").utf8 == Array("<p>ä".utf8))
    }

    @Test(.timeLimit(.minutes(1))) func utf8WithBrokenBytesStaysUTF8() throws {
        let page = Array("<p>Größe, здесь и сейчас".utf8) + [0xFF] + Array("</p>".utf8)
        let text = try decoded(page)
        #expect(text.encoding == .utf8 && text.evidence == .bytes)
        #expect(String(decoding: text.utf8, as: UTF8.self) == "<p>Größe, здесь и сейчас\u{FFFD}</p>")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func utf16WithoutAMarkIsSeen(isBig: Bool) throws {
        let bytes = "<html><p>Größe</p>".utf16.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBig ? [high, low] : [low, high]
        }
        #expect(try decoded(bytes).utf8 == Array("<html><p>Größe</p>".utf8))
    }

    /// Nobody says how these are written: Russian, Greek, Japanese, Korean, Chinese.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (
                [
                    0xD1, 0xE5, 0xE2, 0xE5, 0xF0, 0xED, 0xFB, 0xE9, 0x20, 0xE2, 0xE5, 0xF2, 0xE5, 0xF0, 0x20,
                    0xE4, 0xF3, 0xEB, 0x20, 0xE2, 0xF1, 0xFE, 0x20, 0xED, 0xEE, 0xF7, 0xFC,
                ], "Северный ветер дул всю ночь"
            ),
            (
                [
                    0x1B, 0x24, 0x42, 0x4B, 0x4C, 0x49, 0x77, 0x24, 0x48, 0x42, 0x40, 0x4D, 0x5B, 0x1B, 0x28,
                    0x42,
                ], "北風と太陽"
            ),
            (
                [
                    0x96, 0x6B, 0x95, 0x97, 0x82, 0xAA, 0x90, 0x81, 0x82, 0xA2, 0x82, 0xC4, 0x81, 0x41, 0x92,
                    0xA9,
                    0x82, 0xC9, 0x82, 0xCD, 0x90, 0xE1, 0x82, 0xAA, 0x8D, 0x7E, 0x82, 0xC1, 0x82, 0xBD,
                ], "北風が吹いて、朝には雪が降った"
            ),
        ] as [([UInt8], String)])
    func theRestIsGuessed(bytes: [UInt8], expected: String) throws {
        let text = try decoded(Array("<html><body><p>".utf8) + bytes)
        #expect(String(decoding: text.utf8, as: UTF8.self).hasSuffix(expected))
        #expect(text.evidence == .guess)
    }

    /// A language that the page names decides where the letters leave it open.
    @Test(
        .timeLimit(.minutes(1)), arguments: [("ja", "日"), ("zh-CN", "擔"), ("ko", nil)] as [(String, String?)])
    func theLanguageOfThePageCounts(language: String, expected: String?) throws {
        let page = Array("<html lang=\(language)><p>".utf8) + [0x93, 0xFA]
        let text = String(decoding: try decoded(page).utf8, as: UTF8.self)
        if let expected { #expect(text.hasSuffix(expected), "\(text)") }
    }

    @Test(.timeLimit(.minutes(1))) func anyBytesGiveText() throws {
        var state: UInt64 = 7
        for count in 0..<200 {
            let bytes = (0..<count).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            let text = try decoded(bytes)
            #expect(String(validating: text.utf8, as: UTF8.self) != nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aZeroCutsNothing() throws {
        let page = try PageContent(
            ServedPage(Array("<p>a\0b</p><i>end</i>".utf8), type: "text/html; charset=utf-8", url: ""))
        let read = try page.read(base: "", MapValue(record: [("select", .string("i"))]))
        #expect(read == .string("end"))
    }
}
