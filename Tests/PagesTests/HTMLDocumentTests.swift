import Pages
import Programs
import Testing

/// Pages as they come: broken, lying about themselves, or made to hurt.
@Suite(.timeLimit(.minutes(1))) struct HTMLDocumentTests {
    private func text(_ html: String, _ xpath: String = "//p") throws -> [String] {
        let document = try HTMLDocument(Array(html.utf8))
        // A node is valid as long as its document.
        return try withExtendedLifetime(document) {
            try document.select(xpath).map { selection in
                switch selection {
                case .text(let text): text
                case .node(let node): document.tree.text(node)
                case .attribute(_, let value): value
                }
            }
        }
    }

    @Test(arguments: [
        ("<p>a<p>b", ["a", "b"]), ("<P>a</P></div></b>", ["a"]),
        ("<p>a &amp; &lt;b&gt; &eacute; &#x1F600;</p>", ["a & <b> é 😀"]),
        ("<p>a<script>document.write('<p>b')</script></p>", ["adocument.write('<p>b')"]),
        ("<p a=1 a=2>x", ["x"]),
    ])
    func brokenPagesAreRead(html: String, expected: [String]) throws {
        #expect(try text(html) == expected)
    }

    /// A byte that C takes for the end of a text ends nothing.
    @Test func aZeroByteCutsNothingOff() throws {
        let found = try text("<p>a\u{0}b</p><p>c</p>")
        #expect(found.count == 2 && found.first?.hasPrefix("a") == true && found.last == "c", "\(found)")
    }

    /// No file is opened and no entity of the page's own is filled in: a few bytes would become gigabytes.
    @Test(arguments: [
        "<!DOCTYPE html [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><p>&x;</p>",
        "<!DOCTYPE html SYSTEM \"http://127.0.0.1:1/x.dtd\" [<!ENTITY a \"ha\"><!ENTITY x \"&a;&a;&a;&a;\">]><p>&x;</p>",
        "<?xml version='1.0'?><!DOCTYPE p [<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x;]><p>&x;</p>",
        "<html xmlns:xi='http://www.w3.org/2001/XInclude'><p>&x;<xi:include href='file:///etc/passwd' parse='text'/></p>",
    ])
    func entitiesStayWhatTheyAre(html: String) throws {
        let found = try text(html).joined()
        #expect(!found.contains("root:") && !found.contains("haha") && found.contains("&x"), "\(found)")
    }

    @Test func textAloneIsAPage() throws {
        #expect(try text("no element at all", "//body") == ["no element at all"])
    }

    /// However deep a page nests and however long its texts are: all of it is there.
    @Test(arguments: [
        (String(repeating: "<div>", count: 100_000) + "x", "count(//div)", "100000"),
        (String(repeating: "<b>", count: 1_000) + "x", "count(//b)", "1000"),
        ("<p>" + String(repeating: "x", count: 11_000_000) + "</p><p>y", "string-length(//p)", "11000000"),
    ])
    func nothingIsCutOff(html: String, xpath: String, expected: String) throws {
        #expect(try text(html, xpath) == [expected])
        #expect(try text(html, "//body")[0].last == (html.hasSuffix("y") ? "y" : "x"))
    }

    @Test(arguments: ["", " \n"]) func anEmptyPageHoldsNothing(html: String) throws {
        #expect(try text(html).joined().isEmpty && text(html, "//a").isEmpty)
    }

    /// A mark at the beginning goes before what the server says, and the server before the page itself.
    @Test func theCharacterSetIsFound() throws {
        func read(_ bytes: [UInt8], _ encoding: String?) throws -> String {
            let selection = try HTMLDocument(bytes, encoding: encoding).select("string(//p)").first
            guard case .text(let text) = selection else { return "" }
            return text
        }
        let utf8 = Array("<p>é</p>".utf8)
        let latin = Array("<p>".utf8) + [0xE9] + Array("</p>".utf8)
        #expect(try read(utf8, nil) == "é" && read(latin, "iso-8859-1") == "é")
        #expect(try read([0xEF, 0xBB, 0xBF] + utf8, "iso-8859-1") == "é")
        #expect(try read(Array("<meta charset=iso-8859-1>".utf8) + latin, nil) == "é")
        #expect(try read(Array("<meta charset=iso-8859-1>".utf8) + utf8, "utf-8") == "é")
        #expect(try read(utf8, "no-such-charset") == "é")
    }

    @Test(arguments: [
        ("count(//p)", ["2"]), ("string(//p[2])", ["b"]), ("//p/text()", ["a", "b"]), ("//p = 'b'", ["true"]),
        ("//nothing", []), ("//p/@id", ["x"]),
    ])
    func anXPathGivesNodesOrAValue(xpath: String, expected: [String]) throws {
        #expect(try text("<p id=x>a</p><p>b</p>", xpath) == expected)
    }

    @Test(arguments: ["", "//p[", "//p | ", "$x", "p[@a=]", "\u{1}"])
    func whatIsNoXPathIsRefused(xpath: String) throws {
        let error = #expect(throws: ProgramError.self) { try text("<p>a", xpath) }
        #expect(error?.message.isEmpty == false)
        #expect(throws: ProgramError.self) { try HTMLDocument.checkXPath(xpath) }
    }

    @Test func aGoodXPathPassesTheCheck() {
        #expect(throws: Never.self) { try HTMLDocument.checkXPath("//p[position() < 3]/@id") }
    }

    /// One query that takes too long says so, and the page can be asked again.
    @Test func endlessQueriesEnd() throws {
        let document = try HTMLDocument(Array(String(repeating: "<p>x</p>", count: 16_000).utf8))
        #expect(throws: ProgramError("the XPath takes too long on this page")) {
            try document.select("//p[count(preceding-sibling::p) > 1]")
        }
        #expect(try document.select("//p[3]").count == 1)
    }
}

/// What a WEB_SCRAPE step takes out of a page is tested in AutoStepsTests; here, what its parts do alone.
@Suite(.timeLimit(.minutes(1))) struct PagePartTests {
    @Test(
        arguments: [
            ("https://a.example/x/y?q", nil, "z", "https://a.example/x/z"),
            ("https://a.example/x/", "/base/", "z", "https://a.example/base/z"),
            ("https://a.example/", "https://b.example/c/", "../d", "https://b.example/d"),
            ("", nil, "z", "z"), ("", nil, "https://b.example", "https://b.example/"),
            ("https://a.example/", nil, "http://[", "http://["),
            ("file:pages/a.html", nil, "b.html", "file:pages/b.html"),
            ("https://a.example/", nil, "javascript:x", "javascript:x"),
        ] as [(String, String?, String, String)])
    func linksAreSeenFromTheirPage(url: String, declared: String?, link: String, expected: String) {
        #expect(PageBase(url: url, declared: declared).url(of: link) == expected)
    }
}
