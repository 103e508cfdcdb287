import Pages
import Programs
import Testing

@Suite(.timeLimit(.minutes(1))) struct SelectorTests {
    private func select(_ css: String, _ html: String) throws -> [String] {
        let document = try HTMLDocument(Array(html.utf8))
        return try withExtendedLifetime(document) {
            try PageSelectors(document.tree).select(css).map { part in
                part.attribute?.value ?? PageWriter.write(PagePart(document.tree, [part.node]), as: .text)
            }
        }
    }

    private let page = """
        <div id="top"><h1 class="a b">One</h1><p>Two <a href="x.html" data-k="v">three</a></p><ul><li>1<li>2<li class="b">3</ul></div><p>Four</p>
        """

    @Test(arguments: [
        ("h1", ["One"]), (".b", ["One", "3"]), ("#top > p", ["Two three"]), ("a@href", ["x.html"]),
        ("li:first-child", ["1"]), ("li:nth-child(2n+1)", ["1", "3"]),
        ("li:not(.b)", ["1", "2"]), ("[data-k=v]", ["three"]), ("[href$='.html']", ["three"]),
        ("h1 + p", ["Two three"]), ("h1 ~ ul li:last-child", ["3"]),
        ("p:contains('Four'), h1", ["One", "Four"]), ("div:has(h1) li.b", ["3"]),
        ("p:last-of-type", ["Two three", "Four"]),
        ("li:nth-child(even)", ["2"]), ("li.b:nth-child(3)", ["3"]), ("li.b:nth-child(2)", []),
        ("li:nth-last-child(1)", ["3"]), ("li:nth-last-child(-n+2)", ["2", "3"]),
        ("p:nth-child(2)", ["Two three", "Four"]), ("p:nth-of-type(1)", ["Two three", "Four"]),
        ("p:nth-last-of-type(1)", ["Two three", "Four"]), ("li:nth-child(n+2):nth-child(odd)", ["3"]),
        ("li:not(:nth-child(2))", ["1", "3"]), ("li + li:nth-of-type(2)", ["2"]),
        ("li ~ li:nth-last-of-type(1)", ["3"]), ("ul > li:nth-of-type(3n)", ["3"]),
        ("ul:has(> li:nth-child(3)) li:first-child", ["1"]), (":nth-child(2) > a", ["three"]),
    ])
    func selects(css: String, expected: [String]) throws { #expect(try select(css, page) == expected) }

    @Test(arguments: ["", ">", "a[", "a[b", ":nope", "li:nth-child(x)", "a@", "..a", "a,,b"])
    func refuses(css: String) { #expect(throws: ProgramError.self) { try CSSSelector(css) } }

    @Test func brokenPagesEndWell() throws {
        let deep = String(repeating: "<div>", count: 200) + "x"
        let document = try HTMLDocument(Array(deep.utf8))
        _ = PageWriter.write(PagePart(document.tree), as: .markdown)
        _ = try? document.select("//div[.//div[.//div[.//div]]]")
        for html in [
            "<", "<a href=", "\u{0}", "<p>a<b>c", "<!DOCTYPE html [<!ENTITY a \"b\">]><p>&a;&#xFFFFFFFF;</p>",
        ] {
            _ = try? HTMLDocument(Array(html.utf8)).select("//*")
        }
        #expect(throws: ProgramError.self) { try HTMLDocument(Array("<p>a".utf8)).select("//p[") }
    }

    @Test func markdown() throws {
        let html =
            "<h2>A</h2><p>b <b>c</b> <a href='d.html'>e</a></p><ul><li>f</li><li>g</li></ul><table><tr><th>h</th></tr><tr><td>i</td></tr></table><pre>j\n  k</pre>"
        let document = try HTMLDocument(Array(html.utf8))
        let text = PageWriter.write(
            PagePart(document.tree), as: .markdown, base: PageBase(url: "https://example.org/x/"))
        #expect(
            text
                == "## A\n\nb **c** [e](https://example.org/x/d.html)\n\n- f\n- g\n\n| h |\n| --- |\n| i |\n\n```\nj\n  k\n```"
        )
    }
}
