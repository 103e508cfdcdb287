import Pages
import Testing
import Values

/// A page, or a part of it, as it is written out.
private func written(_ html: String, _ style: PageWriter.Style, base: String = "") throws -> String {
    let document = try HTMLDocument(Array(html.utf8))
    // A tree is valid as long as its document.
    return withExtendedLifetime(document) {
        PageWriter.write(PagePart(document.tree), as: style, base: PageBase(url: base))
    }
}

@Suite(.timeLimit(.minutes(1))) struct MarkdownTests {
    @Test(arguments: [
        ("<p>a<br>b</p>", "a  \nb"), ("<h2>a<br>b</h2>", "## a<br>b"), ("<h1>a #</h1>", "# a \\#"),
        ("<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"), ("<h2>C#</h2>", "## C#"),
        ("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol start=9><li>a</li><li>b<ul><li>c</li></ul></li></ol>", "9. a\n10. b\n    - c"),
        ("<ul><li><p>a</p></li><li><p>b</p><pre>c</pre></li></ul>", "- a\n\n- b\n\n  ```\n  c\n  ```"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
        ("<ol><li>a</li></ol><ol><li>b</li></ol>", "1. a\n\n1) b"),
        ("<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ul><li>a<ol start=2><li>b</li></ol></li></ul>", "- a\n\n  2. b"),
        ("<ul><li>a<ul><li></li></ul></li></ul>", "- a\n\n  -"),
        (
            "<ul><li><input type=checkbox> a</li><li><input type=checkbox checked>b</li></ul>",
            "- [ ] a\n- [x] b"
        ),
        ("<ul><li><a href=/x><i></i></a></li><li>a</li></ul>", "- a"), ("<ul><li><hr></li></ul>", "- ___"),
        ("<dl><dt>T</dt><dd>D</dd><dt>U</dt><dd>E</dd></dl>", "T\n: D\n\nU\n: E"),
    ])
    func blocks(html: String, expected: String) throws { #expect(try written(html, .markdown) == expected) }

    @Test(arguments: [
        ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
        ("<pre><code class=language-c++>x</code></pre>", "```c++\nx\n```"),
        ("<div class='highlight highlight-source-shell'><pre>ls</pre></div>", "```shell\nls\n```"),
        ("<pre class='lang-`x`'>a</pre>", "```\na\n```"), ("<pre>````</pre>", "`````\n````\n`````"),
        ("<p><code>a`b</code></p>", "``a`b``"), ("<p><code>`</code></p>", "`` ` ``"),
        ("<ul><li>a</ul><ul><li><hr></ul>", "- a\n\n* ___"),
        ("<a href=/x><code>a]: b</code></a>", "[<code>a\\]: b</code>](/x)"),
        ("<p><code><a href='/x'>a</a></code></p>", "[`a`](/x)"),
    ])
    func code(html: String, expected: String) throws { #expect(try written(html, .markdown) == expected) }

    /// Blanks stand outside the marks, and where a reader would not pair the marks the element is kept.
    @Test(arguments: [
        ("<p>a<b> b </b>c</p>", "a **b** c"), ("<p><b>a</b><b>b</b></p>", "**ab**"),
        ("<p><strong><em>a</em></strong></p>", "**_a_**"), ("<p><em><b>a</b></em></p>", "***a***"),
        ("<p>a<b>(b)</b>c</p>", "a<strong>(b)</strong>c"), ("<p>a<i>b</i>c</p>", "a*b*c"),
        ("<p><b>a&nbsp;</b>b</p>", "**a**\u{A0}b"), ("<p><del>a</del></p>", "~~a~~"),
        ("<p>H<sub>2</sub>O</p>", "H<sub>2</sub>O"),
    ])
    func emphasis(html: String, expected: String) throws { #expect(try written(html, .markdown) == expected) }

    @Test(arguments: [
        ("<a href='b_(c)' title='t'>a</a>", "[a](http://x.example/b_(c) \"t\")"),
        ("<a href='http://y.example/a)b'>a</a>", "[a](http://y.example/a\\)b)"),
        ("<a href='http://y.example/'>http://y.example/</a>", "<http://y.example/>"),
        ("<a href='JavaScript:x()'>a</a> <a href='data:text/html,x'>b</a>", "a b"),
        ("<a href='/'><h2>a</h2><p>b</p></a>", "## [a](http://x.example/)\n\n[b](http://x.example/)"),
        ("<a href='/'>[1]</a>", "[\\[1\\]](http://x.example/)"), ("<a href='/'></a>", ""),
        ("<a href='/' aria-label='Home'><svg></svg></a>", "[Home](http://x.example/)"),
        ("<a href='/'><img src=i.png alt=I></a>", "[![I](http://x.example/i.png)](http://x.example/)"),
        ("<p>!<a href='/'>a</a></p>", "\\![a](http://x.example/)"), ("<img src=i.png alt=''>", ""),
        ("<img src='data:image/gif,x' data-src='/i.png' alt='a]b'>", "![a\\]b](http://x.example/i.png)"),
    ])
    func linksAndImages(html: String, expected: String) throws {
        #expect(try written(html, .markdown, base: "http://x.example/") == expected)
    }

    /// What a page says forges nothing, and what means nothing stays as it is.
    @Test(arguments: [
        ("# a", "\\# a"), ("#a", "#a"), ("- a", "\\- a"), ("-a", "-a"), ("1. a", "1\\. a"),
        ("1.5 a", "1.5 a"),
        ("&gt; a", "\\> a"), ("---", "\\---"), ("a<br>===", "a  \n\\==="), ("```", "\\`\\`\\`"),
        ("*a*", "\\*a\\*"), ("2 * 3", "2 * 3"), ("snake_case", "snake_case"), ("_a_", "\\_a\\_"),
        ("[a](b)", "[a]\\(b)"), ("![a](b)", "![a]\\(b)"), ("[a] b", "[a] b"), ("[a]: b", "\\[a]: b"),
        ("]<span>(a)</span>", "]\\(a)"), ("&lt;b&gt;", "\\<b>"), ("a &lt; b", "a < b"),
        ("&amp;amp;", "\\&amp;"),
        ("R&amp;D", "R&D"), ("C:\\Users", "C:\\Users"), ("\\*", "\\\\\\*"), ("a\\", "a\\\\"),
        ("~~a~~", "\\~\\~a\\~\\~"),
        ("~5", "~5"), ("a|b<br>-|-", "a|b  \n\\-|-"), ("<span>1</span>. a", "1\\. a"),
    ])
    func lettersThatWouldMeanSomething(text: String, expected: String) throws {
        #expect(try written("<p>\(text)</p>", .markdown) == expected)
    }

    @Test func aBoxThatIsOnlyTextIsNone() throws {
        #expect(try written("<ul><li>[x] a</li></ul>", .markdown) == "- \\[x] a")
    }

    @Test(arguments: [
        (
            "<table><tr><th>a<th>b<tr><td>1|2<td><code>|</code></table>",
            "| a | b |\n| --- | --- |\n| 1\\|2 | `\\|` |"
        ),
        ("<table><tr><td>a<td>b<tr><td>c<br>d<td></table>", "| | |\n| --- | --- |\n| a | b |\n| c<br>d | |"),
        (
            "<table><tr><th>a<th>b<tr><td rowspan=2>1<td>2<tr><td>3</table>",
            "| a | b |\n| --- | --- |\n| 1 | 2 |\n| | 3 |"
        ),
        ("<table><tr><td><p>a</p><p>b</p></table>", "a\n\nb"),
        (
            "<table><caption>C</caption><tr><th>a<th>b<tr><td>1<td>2</table>",
            "C\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"
        ),
    ])
    func tables(html: String, expected: String) throws { #expect(try written(html, .markdown) == expected) }

    /// Nesting deeper than readers follow costs no more than its text.
    @Test func nestingIsBounded() throws {
        let deep = String(repeating: "<blockquote>", count: 200) + "a"
        #expect(try written(deep, .markdown) == String(repeating: "> ", count: 24) + "a")
    }
}

@Suite(.timeLimit(.minutes(1))) struct PageTextTests {
    @Test(arguments: [
        ("<p>a</p><p>b<br>c</p>", "a\n\nb\nc"), ("a<br><br>b", "a\n\nb"), ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"), ("<ul><li><p>a</p></li></ul>", "- a"),
        ("<ul><li><svg></svg></li><li>a</li></ul>", "- a"),
        ("<table><tr><td></td><td>a</td></tr><tr><td><p>b</p></td><td>c</td></tr></table>", "a\nb\tc"),
        ("<table><tr><td>a</td><td></td><td>b</td></tr></table>", "a\t\tb"), ("<pre>a\n  b</pre>", "a\n  b"),
        (
            "<div>a<script>x</script><template>y</template><i hidden>h</i><i style='Display : none'>n</i>b</div>",
            "ab"
        ),
        ("<dialog>a</dialog><dialog open>b</dialog>", "b"), ("a <!-- x -->\n b", "a b"),
    ])
    func blocksAndCells(html: String, expected: String) throws {
        #expect(try written(html, .text) == expected)
    }
}

@Suite(.timeLimit(.minutes(1))) struct PageValueTests {
    private func read(_ html: String, _ field: String, base: String = "") throws -> String {
        let document = try HTMLDocument(Array(html.utf8))
        let fields = MapValue(record: [(field, .bool(true))])
        let value = try PageReader(document: document, base: base).read(fields)
        var output: [UInt8] = []
        JSON.append(value.asMap?[field] ?? .null, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(arguments: [
        ("<tr><th>a<th>b<tr><td>1<td>2", #"[[{"a":"1","b":"2"}]]"#), ("<tr><td>a<td>b", #"[[["a","b"]]]"#),
        ("<tr><th>x<td>1<tr><th>y<td>2", #"[[["x","1"],["y","2"]]]"#),
        ("<tr><th>a<th>b<tr><td rowspan=2>1<td>2<tr><td>3", #"[[{"a":"1","b":"2"},{"a":"1","b":"3"}]]"#),
        ("<tr><th>a<th>b<tr><td colspan=2>1", #"[[{"a":"1","b":"1"}]]"#),
        ("<tr><th>a<th>a<th>a<tr><td>1<td>2<td>3", #"[[{"a":"1","a.1":"2","a.2":"3"}]]"#),
        (
            "<tr><th rowspan=2>n<th colspan=2>g<tr><th>a<th>b<tr><td>1<td>2<td>3",
            #"[[{"n":"1","g / a":"2","g / b":"3"}]]"#
        ),
        ("<thead><tr><td>a<tbody><tr><td>1<tfoot><tr><td>s", #"[[{"a":"1"},{"a":"s"}]]"#),
        ("<tr><th>a<tr style='display:none'><td>0<tr><td>1<br>2", #"[[{"a":"1 2"}]]"#),
        ("<tr><th>a<tr><td rowspan=0>1<tr><tr>", #"[[{"a":"1"},{"a":"1"},{"a":"1"}]]"#),
        (
            "<tr><td>o<td><table><tr><td>i<td>j</table><tr><td>p<td>q",
            #"[[["o","i j"],["p","q"]],[["i","j"]]]"#
        ),
        ("<tr><th>a<th>b<tr><td>1", #"[[{"a":"1","b":""}]]"#), ("<tr><th>a<th>b", #"[[["a","b"]]]"#),
    ])
    func tablesAreGrids(rows: String, expected: String) throws {
        #expect(try read("<table>\(rows)</table>", "tables") == expected)
    }

    /// Cells that claim to span over more than a page can show are an error, not gigabytes.
    @Test(arguments: [
        String(repeating: "<tr><td colspan=100000000>a</td></tr>", count: 1_000),
        "<tr>" + String(repeating: "<td colspan=1000>a</td>", count: 1_000) + "</tr>",
        "<tr>" + String(repeating: "<td rowspan=0>a</td>", count: 1_000) + "</tr>"
            + String(repeating: "<tr></tr>", count: 1_000),
        "<tr><td colspan=1000>" + String(repeating: "word ", count: 20_000) + "</td><td>b</td></tr>",
    ])
    func spansAreBounded(rows: String) throws {
        let error = #expect(throws: (any Error).self) { try read("<table>\(rows)</table>", "tables") }
        #expect("\(error.map { "\($0)" } ?? "")".contains("span so far"))
        // Written out, each cell stands once.
        #expect(try written("<table>\(rows)</table>", .markdown).utf8.count < 3_000_000)
    }

    @Test(arguments: [
        ("<a href=b title=t>a</a>", #"[{"text":"a","href":"http://x.example/b","title":"t"}]"#),
        ("<a href=b><img alt=p></a>", #"[{"text":"p","href":"http://x.example/b"}]"#),
        ("<map><area href=b alt=p></map>", #"[{"text":"p","href":"http://x.example/b"}]"#),
        (
            "<a href=b>a</a><a href=b>a</a><a name=c>c</a>",
            #"[{"text":"a","href":"http://x.example/b"},{"text":"a","href":"http://x.example/b"}]"#
        ),
    ])
    func links(html: String, expected: String) throws {
        #expect(try read(html, "links", base: "http://x.example/") == expected)
    }
}
