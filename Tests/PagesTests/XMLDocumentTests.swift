import Pages
import Programs
import Testing
import Values

/// XML and feeds: whole, by their own names, and nothing from outside.
@Suite(.timeLimit(.minutes(1))) struct XMLDocumentTests {
    private func read(_ bytes: [UInt8], _ xpath: String? = nil, type: String = "application/xml") throws
        -> Value
    {
        let select: Value? = xpath.map { .list([.record([("xpath", .string($0))])]) }
        let fields = select.map { MapValue(record: [("select", $0)]) } ?? MapValue()
        return try PageContent(ServedPage(bytes, type: type, url: "https://example.org/a")).read(
            base: "", fields)
    }

    private func texts(_ xml: String, _ xpath: String, type: String = "application/xml") throws -> [String] {
        try read(Array(xml.utf8), xpath, type: type).asList?.compactMap(\.asText) ?? []
    }

    private static let feed = """
        <?xml version="1.0"?>
        <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>A &amp; B</title>
        <link>https://example.org/</link>
        <item><title><![CDATA[<b>One</b> & more]]></title><link>https://example.org/1</link>
        <pubDate>Mon</pubDate><dc:date>2024-01-02</dc:date><object>kept</object></item>
        <item><title>Two</title><link>https://example.org/2</link></item></channel></rss>
        """

    @Test(.timeLimit(.minutes(1)), arguments: ["application/rss+xml", "text/html", "text/plain", ""])
    func feedsAreReadByTheirNames(type: String) throws {
        #expect(try texts(XMLDocumentTests.feed, "//item/title", type: type) == ["<b>One</b> & more", "Two"])
        #expect(
            try texts(XMLDocumentTests.feed, "//item/link", type: type)
                == ["https://example.org/1", "https://example.org/2"])
        #expect(try texts(XMLDocumentTests.feed, "//dc:date", type: type) == ["2024-01-02"])
        #expect(try texts(XMLDocumentTests.feed, "//pubDate", type: type) == ["Mon"])
        #expect(try texts(XMLDocumentTests.feed, "//pubdate", type: type) == [])
    }

    @Test(.timeLimit(.minutes(1))) func theTextIsALineForEachElement() throws {
        let text = try read(Array(XMLDocumentTests.feed.utf8)).asText
        #expect(
            text == """
                A & B
                https://example.org/
                <b>One</b> & more
                https://example.org/1
                Mon
                2024-01-02
                kept
                Two
                https://example.org/2
                """)
    }

    @Test(.timeLimit(.minutes(1))) func aDefaultNamespaceIsNoPartOfAName() throws {
        let feed =
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title><link href='h'/></entry></feed>"
        #expect(try texts(feed, "//entry/title") == ["T"])
        #expect(try texts(feed, "//entry/link/@href") == ["h"])
    }

    @Test(.timeLimit(.minutes(1))) func encodingsAreReadAsTheyAreDeclared() throws {
        let head = Array("<?xml version=\"1.0\" encoding=\"windows-1251\"?><a>".utf8)
        let tail = Array("</a>".utf8)
        #expect(try read(head + [0xCF, 0xF0] + tail, "//a") == .list([.string("Пр")]))
        // The server knows better, and so do the bytes.
        let said = try read(head + Array("ж".utf8) + tail, "//a", type: "text/xml; charset=utf-8")
        #expect(said == .list([.string("ж")]))
        let letters = "<?xml version='1.0' encoding='UTF-16'?><a>ж</a>".utf16.flatMap { unit -> [UInt8] in
            [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        }
        let wide: [UInt8] = [0xFF, 0xFE] + letters
        #expect(try read(wide, "//a") == .list([.string("ж")]))
        #expect(try read(Array(wide.dropFirst(2)), "//a") == .list([.string("ж")]))
    }

    /// What people write by hand is mended, and nothing of it is lost.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("<a>AT&T &nbsp;&eacute;</a>", "AT&T \u{A0}é"), ("<a>&unknown; & &#x41;</a>", "&unknown; & A"),
            ("<a>1\u{01}2&#1;3&#0;</a>", "1\u{FFFD}2\u{FFFD}3\u{FFFD}"), ("\n \u{FEFF}<a>x</a>", nil),
            (" \n<?xml version='1.0'?><a>x</a>", "x"),
            ("<!DOCTYPE a [<!ENTITY co 'ACME'>]><a>by &co;!</a>", "by ACME!"),
            ("<!DOCTYPE a PUBLIC 'p' 'http://localhost/x.dtd'><a>1&nbsp;2</a>", "1\u{A0}2"),
            ("<a>x<!-- & \u{02} -->y<![CDATA[&amp;]]></a>", "xy&amp;"),
        ] as [(String, String?)])
    func slightlyBrokenOnesAreWhole(xml: String, expected: String?) throws {
        guard let expected else {
            _ = try? texts(xml, "//a")
            return
        }
        #expect(try texts(xml, "//a") == [expected])
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("<rss>\n<item><title>x</item></rss>", "line 2"), ("<rss>\n<item>", "line 2"),
            ("<rss/>\n<b>", "line 2"), ("<rss a=1/>", "line 1"), ("words", "no element"), ("", "no element"),
        ])
    func brokenOnesAreRefusedWithTheLine(xml: String, words: String) {
        let error = #expect(throws: ProgramError.self) { try texts(xml, "//a") }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test(.timeLimit(.minutes(1))) func hostileOnesAreRefused() {
        let names = (0..<10).map { "e\($0)" }
        let nested = zip(names.dropFirst(), names).map { name, inner in
            "<!ENTITY \(name) '\(String(repeating: "&\(inner);", count: 10))'>"
        }
        let bombs = [
            "<!DOCTYPE a [<!ENTITY e0 'aaaaaaaaaa'>\(nested.joined())]><a>&e9;</a>",
            "<!DOCTYPE a [<!ENTITY b '&c;'><!ENTITY c '&b;'>]><a>&b;</a>",
            "<!DOCTYPE a [<!ENTITY b '\(String(repeating: "x", count: 50_000))'>]><a>"
                + String(repeating: "&b;", count: 20_000) + "</a>",
        ]
        for bomb in bombs {
            let error = #expect(throws: ProgramError.self) { try texts(bomb, "//a") }
            #expect(error?.message.contains("entities") == true, "\(String(describing: error))")
        }
        let deep = String(repeating: "<a>", count: 50_000) + String(repeating: "</a>", count: 50_000)
        let error = #expect(throws: ProgramError.self) { try texts(deep, "//a") }
        #expect(error?.message.contains("256") == true)
    }

    /// What stands outside is not opened: its name stays in the text as it is written.
    @Test(.timeLimit(.minutes(1))) func nothingOutsideIsOpened() throws {
        let file = "<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/hostname'>]><a>x&f;y</a>"
        #expect(try texts(file, "//a") == ["x&f;y"])
        let parameters = "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://localhost:1/x.dtd'> %p;]><a>xy</a>"
        #expect(try texts(parameters, "//a") == ["xy"])
    }
}
