import Pages
import Programs
import Testing
import Values

/// What comes in place of a page is told or read as what it is.
@Suite(.timeLimit(.minutes(1))) struct ServedPageTests {
    private func kind(_ text: String, _ type: String, _ url: String = "https://example.org/a")
        throws -> ServedPage.Kind
    {
        try ServedPage(Array(text.utf8), type: type, url: url).kind()
    }

    private func read(_ text: String, _ type: String, _ fields: MapValue = MapValue()) throws -> Value {
        try PageContent(ServedPage(Array(text.utf8), type: type, url: "https://example.org/a")).read(
            base: "", fields)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ([0x25, 0x50, 0x44, 0x46, 0x2D, 0x31], "a PDF"),
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "PNG"),
            ([0xFF, 0xD8, 0xFF, 0xE0], "JPEG"), (Array("GIF89a".utf8), "GIF"),
            (Array("RIFF0000WEBP".utf8), "WebP"),
            (Array("RIFF0000WAVE".utf8), "WAV"), ([0x1F, 0x8B, 0x08, 0x00], "gzip"),
            ([0x50, 0x4B, 0x03, 0x04], "zip"),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z"), (Array("BZh91AY&SY".utf8), "bzip2"),
            ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "office"),
            (Array("{\\rtf1\\ansi".utf8), "RTF"),
            (Array("\0\0\0\u{18}ftypmp42".utf8), "MP4"), (Array("\0\0\0\u{18}ftypavif".utf8), "AVIF"),
            (Array("ID3\u{03}".utf8), "MP3"), (Array("OggS\0".utf8), "Ogg"),
            (Array("wOF2\0\u{01}\0\0".utf8), "font"),
            ([0x7F, 0x45, 0x4C, 0x46], "Linux"), (Array("MZ\u{10}\0".utf8), "Windows"),
            (Array("SQLite format 3\0".utf8), "SQLite"),
            ([UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8), "tar"),
        ] as [([UInt8], String)])
    func filesAreToldByTheirBytes(bytes: [UInt8], name: String) {
        for type in [
            "", "text/html", "text/plain; charset=utf-8", "application/octet-stream", "application/json",
        ] {
            let error = #expect(throws: ProgramError.self) {
                try ServedPage(bytes, type: type, url: "https://example.org/a").kind()
            }
            #expect(error?.message.contains(name) == true, "\(type): \(String(describing: error))")
        }
    }

    @Test(.timeLimit(.minutes(1))) func theErrorNamesWhatCame() {
        let bytes = Array("%PDF-1.7".utf8) + [UInt8](repeating: 0, count: 1_234_567)
        let error = #expect(throws: ProgramError.self) {
            try ServedPage(bytes, type: "application/pdf", url: "https://example.org/a").kind()
        }
        #expect(
            error?.message.hasPrefix("the address gave a PDF (application/pdf, 1.2 MB), not a page") == true)
        let file = #expect(throws: ProgramError.self) {
            try ServedPage(Array("%PDF-1.7".utf8), type: "", url: "file:a.html").kind()
        }
        #expect(file?.message.hasPrefix("the file is a PDF (application/pdf, 8 bytes)") == true)
    }

    /// An image whose bytes are not known is one by its type; words in its place are a page.
    @Test(.timeLimit(.minutes(1))) func typesOfFilesCount() throws {
        for type in ["image/x-new", "audio/aac", "video/mp2t", "font/collection", "application/msword"] {
            #expect(throws: ProgramError.self) { try kind("words", type) }
        }
        #expect(try kind("<!DOCTYPE html><p>404", "image/png") == .html)
        #expect(throws: ProgramError.self) { try kind("a\u{01}\u{02}b", "application/octet-stream") }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("<p>a", "text/html", .html), ("a", "text/html", .html), ("BM is a word", "text/html", .html),
            ("<?xml version='1.0'?><!DOCTYPE html><html>", "text/html", .html),
            ("<?xml version='1.0'?><html xmlns='x'>", "application/xhtml+xml", .html),
            ("<html xmlns='http://www.w3.org/1999/xhtml'>", "application/xml", .html),
            ("<rss><channel/></rss>", "text/html", .xml), ("<!-- a --><feed/>", "text/html", .xml),
            ("<?xml version='1.0'?><rss/>", "text/html", .xml), ("<a/>", "text/xml", .xml),
            ("<a/>", "application/atom+xml; charset=utf-8", .xml), ("<svg/>", "image/svg+xml", .xml),
            ("{}", "application/json", .json), ("<p>", "application/ld+json", .json),
            ("[1]", "text/html", .json),
            ("[1] is a note", "text/html", .html), ("a < b <p>", "text/plain", .text),
            ("[1]", "text/plain", .text),
            ("<!DOCTYPE html><p>", "text/plain", .text), ("<?xml version='1.0'?><a/>", "text/plain", .xml),
            ("a,b", "text/csv", .text), ("a: 1", "application/yaml", .text), ("<p>", "", .html),
            ("{\"a\": 1}", "", .json), ("{a}", "", .text), ("words", "", .text),
            ("<p>", "application/octet-stream", .html), ("words", "application/x-new", .text),
        ] as [(String, String, ServedPage.Kind)])
    func kindsAreKnown(text: String, type: String, expected: ServedPage.Kind) throws {
        #expect(try kind(text, type) == expected)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("file:a.xml", .xml), ("file:b/a.RSS", .xml), ("https://x.org/a.xml?b=c.json#d", .xml),
            ("file:a.json", .json), ("file:a.txt", .text), ("file:a.md", .text), ("file:a.html", .html),
        ] as [(String, ServedPage.Kind)])
    func endingsCountWhereNothingElseDoes(url: String, expected: ServedPage.Kind) throws {
        #expect(try kind("words <b>", "", url) == expected)
    }

    @Test(.timeLimit(.minutes(1))) func jsonIsData() throws {
        let value = Value.record([("a", .list([.int(1), .null]))])
        #expect(try read("{\"a\": [1, null]}", "application/json") == value)
        #expect(
            try read(
                "{\"a\": [1, null]}", "application/json", MapValue(record: [("format", .string("text"))])
            ).asText != nil)
        for field in ["select", "links", "tables", "metadata"] {
            let error = #expect(throws: ProgramError.self) {
                try read(
                    "[]", "application/json",
                    MapValue(record: [(field, field == "select" ? .string("p") : .bool(true))]))
            }
            #expect(error?.message.contains("`\(field)`") == true)
        }
        let broken = #expect(throws: ProgramError.self) { try read("[1,\n 2", "application/json") }
        #expect(broken?.message.contains("line 2") == true)
    }

    @Test(.timeLimit(.minutes(1))) func plainTextKeepsItsLines() throws {
        #expect(try read("a < b\r\n  <p>c</p>\n", "text/plain") == .string("a < b\r\n  <p>c</p>\n"))
        #expect(throws: ProgramError.self) {
            try read("a", "text/plain", MapValue(record: [("select", .string("p"))]))
        }
    }
}
