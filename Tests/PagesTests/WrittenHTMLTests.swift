import Pages
import Testing
import Values

/// A page, or its main part, read with some fields.
private func read(_ html: String, _ fields: [(String, Value)]) throws -> Value {
    let document = try HTMLDocument(Array(html.utf8))
    // The reader's tree is valid as long as its document.
    return try withExtendedLifetime(document) {
        try PageReader(document: document, base: "").read(MapValue(record: fields))
    }
}

private func html(_ page: String, main: Bool = false) throws -> String {
    try #require(try read(page, [("format", .string("html")), ("main", .bool(main))]).asText)
}

@Suite(.timeLimit(.minutes(1))) struct WrittenHTMLTests {
    /// What is written reads back as the tree that it was written from.
    @Test(arguments: [
        "<p class='a&quot;b' id=x>a &lt; b &amp;amp; c<br>d<img src=x alt='&gt;'></p>", "a&nbsp;b\u{A0}c",
        "<iframe><b>x</b> & y</iframe><xmp><i>a</i></xmp><noembed><p></noembed>",
        "<script>if (a < b && c > d) { x = '<p>' }</script><style>a > b { }</style>",
        "<video><source src=a><source src=b><track></video><p>c",
        "<pre>\n\na\n</pre><textarea>\n\n&lt;b></textarea>",
        "<pre><b>\n</b>a</pre>", "<listing>\n</listing>", "a&#13;b<i title='&#13;\n'></i>",
        "<svg viewBox='0 0 1 1'><style>a &lt; b</style><source></source><a xlink:href=x></a><path /></svg>b",
        "<svg><foreignObject><style>a<b</style><br>x</foreignObject><title><img></title><script>1&lt;2</script></svg>",
        "<math><mi>a<br></mi><annotation-xml encoding=text/html><img></annotation-xml><mtext><style><</style></mtext>",
        "<math><annotation-xml><source>x</source></annotation-xml></math>",
        "<svg><mi><source>x</source></mi></svg>",
        "<!-- a -- b --><p><!-->x<!-- --!><?php echo 1 ?>", "<plaintext>a</plaintext><p>b",
        "<p><plaintext><b>&amp;",
        "<noscript><img src=x></noscript><title>a &amp;lt; b</title>", "<table><tr><td>a<td>b</table>c",
        "<a\"b c'd=e =f>x</a\"b>", "<select><option>a<option>b</select>",
        "<html lang=de><head><base href=x></head>",
        "<frameset><frame src=a></frameset>", "",
    ])
    func whatIsWrittenReadsBack(page: String) throws {
        let tree = try HTMLTree(reading: Array(page.utf8))
        let written = try html(page)
        let again = try HTMLTree(reading: Array(written.utf8))
        // Comments and the doctype before the outermost element are not written.
        let root = try #require(tree.children(of: HTMLTree.document).first { tree[$0].kind == .element })
        #expect(outline(again) == outline(of: root, in: tree), "\(written)")
    }

    @Test(arguments: [
        ("<xmp><b></xmp>", "<xmp><b></xmp>"), ("<source>", "<source>"),
        ("<iframe>a<b</iframe>", "<iframe>a<b</iframe>"),
        ("<template><p>a</p></template>", "<template></template>"),
        ("<p>a&nbsp;&lt;</p>", "<p>a&nbsp;&lt;</p>"),
        ("a\u{AD}b", "a\u{AD}b"),
    ])
    func elementsAsBrowsersWriteThem(page: String, expected: String) throws {
        #expect(
            try html("<!DOCTYPE html><body>" + page) == "<html><head></head><body>\(expected)</body></html>")
    }

    /// What the main part leaves out is left out of its HTML, and of what is selected of it.
    private static let article =
        "<nav><a href=/n>Menu</a><p>Menu</p></nav><article><h2>Rivers</h2>"
        + (1...4).map {
            "<p>The river, number \($0), flows far through the land, and it reaches the sea.</p>"
        }.joined()
        + "<div class=share><a href=/s>Share this</a> <a href=/t>Tweet this</a> <p>Share</p></div>"
        + "<p>The end of the story is that all the water, in time, comes back as rain again.</p></article>"

    @Test func mainPartsLeaveOut() throws {
        let written = try html(Self.article, main: true)
        #expect(written.contains("number 4") && written.contains("as rain again"))
        #expect(!written.contains("Share") && !written.contains("Menu"))
    }

    @Test func selectorsTakeOfTheMainPart() throws {
        let fields: [(String, Value)] = [
            ("p", .list([.string("p")])), ("links", .list([.string("a@href")])),
            ("paths", .list([.record([("xpath", .string("//a/@href"))])])), ("share", .string(".share")),
            ("count", .record([("xpath", .string("string(1 + 1)"))])),
        ]
        let found = try read(Self.article, [("main", .bool(true)), ("select", .record(fields))]).asMap
        guard case .list(let paragraphs)? = found?["p"] else { return #expect(Bool(false), "no list") }
        #expect(paragraphs.count == 5)
        #expect(found?["links"] == .list([]) && found?["paths"] == .list([]) && found?["share"] == .null)
        #expect(found?["count"] == .string("2"))
    }

    /// XML, too, is written without what is left out, and is whole again when it has been written.
    @Test func xmlIsWrittenWithoutWhatIsLeftOut() throws {
        let article = Self.article.replacing("href=/n", with: "href='/n'").replacing(
            "href=/s", with: "href='/s'"
        )
        .replacing("href=/t", with: "href='/t'").replacing("class=share", with: "class='share'")
        let document = try HTMLDocument(xml: Array("<html><body>\(article)</body></html>".utf8))
        let reader = PageReader(document: document, base: "")
        let format = ("format", Value.string("html"))
        let whole = try #require(try reader.read(MapValue(record: [format])).asText)
        #expect(whole.contains("Share") && whole.contains("Menu"))
        let main = try #require(try reader.read(MapValue(record: [format, ("main", .bool(true))])).asText)
        #expect(main.contains("number 4") && !main.contains("Share") && !main.contains("Menu"))
        #expect(try reader.read(MapValue(record: [format])) == .string(whole))
        let text = try #require(try reader.read(MapValue(record: [("main", .bool(true))])).asText)
        #expect(text.contains("number 4") && !text.contains("Share"))
    }

    /// The outermost element is one of the page.
    @Test func theRootIsSelected() throws {
        #expect(try read("<html lang=de>", [("select", .string("html@lang"))]) == .string("de"))
    }

    @Test(arguments: [
        ("<p>Donau\u{AD}dampf\u{AD}schiff</p>", "Donaudampfschiff"), ("a \u{AD} b", "a b"), ("\u{AD}", ""),
        ("<pre>a\u{AD}b</pre>", "ab"), ("Â\u{AD}é", "Âé"),
    ])
    func softHyphensAreNotShown(page: String, expected: String) throws {
        #expect(try read(page, [("format", .string("text"))]) == .string(expected))
        let markdown = page.contains("<pre>") ? "```\nab\n```" : expected
        #expect(try read(page, [("format", .string("markdown"))]) == .string(markdown))
    }
}
