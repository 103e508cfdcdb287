import Pages
import Programs
import Testing

/// Pages become the trees that browsers make of them. The kinds are those of the HTML standard.
@Suite(.timeLimit(.minutes(1))) struct HTMLTreeTests {
    @Test(arguments: [
        ("", "html{head body}"), ("a", "html{head body{'a'}}"),
        ("<!DOCTYPE html><title>t</title>b", "<!doctype html> html{head{title{'t'}} body{'b'}}"),
        ("<p>a<head><title>t", "html{head body{p{'a' title{'t'}}}}"),
        (
            "<!--a--><html lang=de><!--b--><body class=c>d</body><!--e--></html><!--f-->",
            "<!a> html[lang=de]{<!b> head body[class=c]{'d'} <!e>} <!f>"
        ),
        ("</br a=1><body b=2>c", "html{head body[b=2]{br 'c'}}"),
        ("<html a=1><html a=2 b=3><body c=4><body c=5 d=6>", "html[a=1][b=3]{head body[c=4][d=6]}"),
        ("<link><p><meta>", "html{head{link} body{p{meta}}}"),
        ("</head><link>a", "html{head{link} body{'a'}}"),
        ("<body>a</body>b", "html{head body{'ab'}}"),
        (
            "<frameset><frame>a</frameset><noframes>b</noframes>",
            "html{head frameset{frame} noframes{'b'}}"
        ),
        ("<head><noscript><link></noscript><p>a", "html{head{noscript{link}} body{p{'a'}}}"),
        ("<head><noscript><p>a</noscript>", "html{head{noscript} body{p{'a'}}}"),
    ])
    func headAndBodyAreImplied(page: String, expected: String) throws {
        #expect(outline(try HTMLTree(reading: Array(page.utf8))) == expected)
    }

    @Test(arguments: [
        ("<p>a<p>b", "p{'a'} p{'b'}"), ("<p>a<section>b", "p{'a'} section{'b'}"),
        ("<p><span>a<div>b</div>c", "p{span{'a'}} div{'b'} 'c'"), ("a</p>b", "'a' p 'b'"),
        ("<h1>a<h2>b</h3>c", "h1{'a'} h2{'b'} 'c'"),
        ("<ul><li>a<li>b<ul><li>c</ul>d</ul>", "ul{li{'a'} li{'b' ul{li{'c'}} 'd'}}"),
        ("<li><div><li>a", "li{div} li{'a'}"), ("<dl><dt>a<dd>b<dt>c", "dl{dt{'a'} dd{'b'} dt{'c'}}"),
        ("<ruby>a<rt>b<rp>c<rtc>d<rt>e", "ruby{'a' rt{'b'} rp{'c'} rtc{'d' rt{'e'}}}"),
        ("<button>a<button>b", "button{'a'} button{'b'}"),
        ("<p><button><p>a</button>b", "p{button{p{'a'}} 'b'}"),
        (
            "<select><option>a<option>b<optgroup><option>c</select>d",
            "select{option{'a'} option{'b'} optgroup{option{'c'}}} 'd'"
        ),
        (
            "<select><button>a</button><option><b>c</b><select>d",
            "select{button{'a'} option{b{'c'}}} 'd'"
        ),
        ("<select><option>a<input>b", "select{option{'a'}} input 'b'"),
        ("<option>a<option>b", "option{'a'} option{'b'}"),
        ("<my-card>a<br/>b<my-card/>c", "my-card{'a' br 'b' my-card{'c'}}"),
        ("<form>a<form>b<div></form>c", "form{'ab' div{'c'}}"), ("<image src=a>", "img[src=a]"),
        ("a</br>b", "'a' br 'b'"), ("<hr>a</hr><p>b<hr>c", "hr 'a' p{'b'} hr 'c'"),
        ("<main>a<p>b</main>c<nav>d<search>e", "main{'a' p{'b'}} 'c' nav{'d' search{'e'}}"),
    ])
    func elementsEndWhereBrowsersEndThem(page: String, expected: String) throws {
        #expect(try bodyOutline(page) == expected)
    }

    @Test(arguments: [
        ("<b>a<p>b</b>c", "b{'a'} p{b{'b'} 'c'}"), ("<b>a<i>b</b>c</i>d", "b{'a' i{'b'}} i{'c'} 'd'"),
        ("<p><b>a<p>c", "p{b{'a'}} p{b{'c'}}"), ("<a>b<a>c", "a{'b'} a{'c'}"),
        ("<a>b<div>c<a>d", "a{'b'} div{a{'c'} a{'d'}}"),
        ("<b><b><b><b>a<p>c", "b{b{b{b{'a' p{'c'}}}}}"),
        ("<p><b><b><b><b>a</p>c", "p{b{b{b{b{'a'}}}}} b{b{b{'c'}}}"),
        (
            "<p><b x=1 y=2><b y=2 x=1><b x=1 y=2><b y=2 x=1>a</p>c",
            "p{b[x=1][y=2]{b[y=2][x=1]{b[x=1][y=2]{b[y=2][x=1]{'a'}}}}} "
                + "b[y=2][x=1]{b[x=1][y=2]{b[y=2][x=1]{'c'}}}"
        ),
        ("<nobr>a<nobr>b", "nobr{'a'} nobr{'b'}"), ("a</b></p>c", "'a' p 'c'"),
        ("<b><object>a</b>c</object>d", "b{object{'ac'} 'd'}"),
        ("<i><span><div>a</i>b", "i{span} div{i{'a'} 'b'}"),
    ])
    func formattingGoesOn(page: String, expected: String) throws {
        #expect(try bodyOutline(page) == expected)
    }

    @Test(arguments: [
        ("<table><tr><td>a", "table{tbody{tr{td{'a'}}}}"),
        ("<table><td>a<th>b<tr><td>c", "table{tbody{tr{td{'a'} th{'b'}} tr{td{'c'}}}}"),
        ("<table>a<tr>b<td>c</table>d", "'ab' table{tbody{tr{td{'c'}}}} 'd'"),
        ("<table> <tr> <td>a", "table{' ' tbody{tr{' ' td{'a'}}}}"),
        ("<table><b><tr><td>a</td></tr>c</table>", "b b{'c'} table{tbody{tr{td{'a'}}}}"),
        ("<table><col><tr><td>a", "table{colgroup{col} tbody{tr{td{'a'}}}}"),
        ("<table><caption>a<p>b<tr><td>c", "table{caption{'a' p{'b'}} tbody{tr{td{'c'}}}}"),
        ("<table><td><table><td>a</table>b", "table{tbody{tr{td{table{tbody{tr{td{'a'}}}} 'b'}}}}"),
        ("<table><table>a", "table 'a' table"),
        ("<table><form><td>a</form>b", "table{form tbody{tr{td{'ab'}}}}"),
        ("<table><input type=hidden><input>", "input table{input[type=hidden]}"),
        ("<p>a<table></table>b", "p{'a' table 'b'}"),
        ("<!DOCTYPE html><p>a<table></table>b", "p{'a'} table 'b'"),
        ("<tr><td>a", "'a'"),
        ("<table><tbody><p>a</p><thead><td>b", "p{'a'} table{tbody thead{tr{td{'b'}}}}"),
        ("<table><select><option>a<tr><td>b", "select{option{'a'}} table{tbody{tr{td{'b'}}}}"),
    ])
    func tablesAreWhole(page: String, expected: String) throws {
        #expect(try bodyOutline(page) == expected)
    }

    @Test(arguments: [
        ("<textarea>\n<b>a</textarea>c", "textarea{'<b>a'} 'c'"),
        ("<iframe><p>a</iframe>b", "iframe{'<p>a'} 'b'"),
        ("<p><script>a<!--<script>b</script>c--></script>d", "p{script{'a<!--<script>b</script>c-->'} 'd'}"),
        ("<p><script>a<!--b</script>c", "p{script{'a<!--b'} 'c'}"),
        ("<xmp>&amp;<b></xmp>", "xmp{'&amp;<b>'}"),
        ("<p><title>a&amp;<b></TITLE >c", "p{title{'a&<b>'} 'c'}"),
        ("<p><style>a</stylex></style>b", "p{style{'a</stylex>'} 'b'}"),
        ("<plaintext>a</plaintext><p>", "plaintext{'a</plaintext><p>'}"),
        ("a<noscript><p>b</noscript>", "'a' noscript{p{'b'}}"),
        ("<pre>\na\n</pre><pre>\n\nb</pre>", "pre{'a\\n'} pre{'\\nb'}"),
        ("<div><template><p>a<tr></template>b", "div{template#{p{'a'}} 'b'}"),
        ("<p><template><td>a</template>", "p{template#{td{'a'}}}"),
    ])
    func someElementsHoldNoElements(page: String, expected: String) throws {
        #expect(try bodyOutline(page) == expected)
    }

    @Test(arguments: [
        ("<svg viewbox=0><path/><CIRCLE/>a</svg>b", "svg:svg[viewBox=0]{svg:path svg:circle 'a'} 'b'"),
        ("<svg><foreignobject><p>a<p>b", "svg:svg{svg:foreignObject{p{'a'} p{'b'}}}"),
        ("<svg><title><b>a</b></title>c", "svg:svg{svg:title{b{'a'}} 'c'}"),
        ("<svg><g><p>a", "svg:svg{svg:g} p{'a'}"), ("<svg><![CDATA[a<b]]>c", "svg:svg{'a<bc'}"),
        ("<p><![CDATA[a]]>", "p{<![CDATA[a]]>}"),
        ("<math><mi>a<b>c</b></mi><mo/>", "math:math{math:mi{'a' b{'c'}} math:mo}"),
        (
            "<math><annotation-xml encoding=text/html><p>a",
            "math:math{math:annotation-xml[encoding=text/html]{p{'a'}}}"
        ),
        ("<math><annotation-xml><p>a", "math:math{math:annotation-xml} p{'a'}"),
        ("<svg><font>a</font><font color=b>c", "svg:svg{svg:font{'a'}} font[color=b]{'c'}"),
        ("<svg></p>a", "svg:svg p 'a'"), ("<svg><a xlink:href=b>c", "svg:svg{svg:a[xlink:href=b]{'c'}}"),
        ("<svg><script/>a", "svg:svg{svg:script 'a'}"), ("<svg>\0a", "svg:svg{'\u{FFFD}a'}"),
    ])
    func svgAndMathMLAreRead(page: String, expected: String) throws {
        #expect(try bodyOutline(page) == expected)
    }
}
