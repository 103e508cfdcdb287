import Testing
import URLs

/// A text of so many bytes that repeats a piece, and what stands before and behind the repetition.
private struct LongText: Sendable, CustomTestStringConvertible {
    let piece: String
    let start: String
    let end: String

    init(_ piece: String, from start: String = "", to end: String = "") {
        self.piece = piece
        self.start = start
        self.end = end
    }

    func text(of size: Int) -> String {
        start + String(repeating: piece, count: size / piece.utf8.count) + end
    }

    var testDescription: String { "\(start)\(piece)…\(end)" }
}

/// Different ideographs, the last ones of the first block first.
private func ideographs(_ count: Int) -> String {
    var letters = String.UnicodeScalarView()
    for value in (UInt32(0x4E00)...0x9FFF).reversed() { letters.append(Unicode.Scalar(value) ?? "x") }
    for value in UInt32(0x20000)...0x2A6DF { letters.append(Unicode.Scalar(value) ?? "x") }
    return String(letters.prefix(count))
}

/// Texts that would keep a quadratic reader busy for hours; one after the other, so that each has its time.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RobustnessTests {
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            LongText("a"), LongText(":"), LongText("/"), LongText(" "), LongText("\t"), LongText("%"),
            LongText("a", to: ":"), LongText("@", from: "https://"), LongText(":", from: "https://"),
            LongText("a:", from: "https://", to: "@h"), LongText("1", from: "https://h:"),
            LongText("0", from: "https://h:"), LongText("[", from: "https://"),
            LongText(":", from: "https://[", to: "]"), LongText("0", from: "https://[", to: "]"),
            LongText("1.", from: "https://"), LongText("9", from: "https://"),
            LongText("0x", from: "https://"),
            LongText("a.", from: "https://"), LongText("%41", from: "https://"),
            LongText("/..", from: "https://h"), LongText("/a/..", from: "https://h"),
            LongText("a/", from: "https://h/"), LongText("../", from: "tree:/"),
            LongText("C:/", from: "file:///"), LongText("\\", from: "https:"),
            LongText("?", from: "https://h"),
            LongText("#", from: "https://h"), LongText("é", from: "https://h/"),
            LongText(" ", from: "data:", to: "#"), LongText("blob:"), LongText("\"", from: "tree://h/?"),
            LongText("é", from: "https://"), LongText("\u{AD}", from: "https://"),
        ])
    private func longTextsAreRead(long: LongText) {
        _ = try? WebURL(long.text(of: 250_000))
        check(long.text(of: 10_000), base: nil)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            LongText("a/../", from: "https://h/"), LongText("@", from: "https://"),
            LongText("é", from: "https://"),
            LongText("1.", from: "https://"), LongText(" ", from: "data:", to: "#"), LongText("blob:"),
        ])
    private func aMillionBytesAreRead(long: LongText) {
        _ = try? WebURL(long.text(of: 1_000_000))
    }

    @Test(.timeLimit(.minutes(1)))
    func aMillionBytesAreResolved() throws {
        let base = try WebURL(LongText("a/", from: "https://h/").text(of: 1_000_000))
        for long in [LongText("../"), LongText("x/"), LongText("/"), LongText("?")] {
            _ = try? WebURL(long.text(of: 1_000_000), base: base)
        }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            LongText("é."), LongText("é", to: ".\u{5D0}"), LongText("\u{307}\u{323}", from: "a"),
            LongText("\u{FDFA}"), LongText("가"), LongText("a\u{301}\u{323}"), LongText("ب\u{200C}", to: "ب"),
            LongText("\u{650}\u{200C}", from: "ب"), LongText("a", from: "é.xn--", to: "-zca"),
            LongText("a", from: "é.xn--"), LongText("9", from: "é.xn--"), LongText("b", from: "é.xn--"),
            LongText("-", from: "é.xn--"), LongText("é.xn--"),
        ])
    private func longDomainsAreRead(long: LongText) {
        _ = try? WebURL("https://" + long.text(of: 50_000))
        check("https://" + long.text(of: 2_000), base: nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func longPunycodeIsReadBack() throws {
        let written = try WebURL("https://" + ideographs(60_000)).hostText
        #expect(try WebURL("https://é." + written).hostText == "xn--9ca." + written)
    }

    @Test(.timeLimit(.minutes(1)))
    func randomTextsDoNotCrash() {
        let pieces: [String] = [
            "http:", "https:", "file:", "tree:", "blob:", "data:", "/", "//", "\\", "?", "#", "@", ":", "[",
            "]",
            "::", ".", "..", "%2e", "%", "%41", "%C3", "C:", "C|", "0x", "1", "255", "256", "a", "é", "ß",
            "xn--",
            "\u{200D}", "\u{5D0}", "\u{307}", " ", "\t", "\u{0}", "|", "^", "é.xn--", "plum.example",
            "\u{FFFD}",
        ]
        let bases = ["https://u:p@h:8/a/b?q#f", "tree:/a/b", "tree://h", "file:///C:/a", "mailto:a"]
            .map { try? WebURL($0) }
        for round in 0..<20_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...12) { text += pieces.randomElement() ?? "" }
            check(text, base: round.isMultiple(of: 2) ? nil : bases.randomElement() ?? nil)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func randomBytesDoNotCrash() {
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...40)).map { _ in UInt8.random(in: 0...255) }
            let text = String(decoding: bytes, as: UTF8.self)
            check(text, base: nil)
            check("https://" + text, base: nil)
            check("tree:/" + text, base: nil)
            #expect(percentDecodedBytes(percentEncoded(value: text)) == Array(text.utf8))
            _ = formDecoded(text)
        }
    }

    /// What is read is written as a text that reads as the same url, and that is all in ASCII.
    private func check(_ text: String, base: WebURL?) {
        guard let url = try? WebURL(text, base: base) else { return }
        let written = url.text
        let isSame = (try? WebURL(written)) == url
        #expect(isSame, "\(text.prefix(100))")
        #expect(written.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        _ = url.origin
    }
}
