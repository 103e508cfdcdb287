import Pages
import Programs
import Testing

/// What a page's bytes mean before they are a tree: references, tags, comments, doctypes.
@Suite(.timeLimit(.minutes(1))) struct HTMLTokenTests {
    @Test(arguments: [
        ("&amp;&lt;&eacute;&nbsp;", "&<é\u{A0}"), ("&copy &copyb &notit; &notin;", "© ©b ¬it; ∉"),
        ("&eacute&Eacute&AMP", "éÉ&"),
        ("&alpha &nosuch; &; & &#; &#x; &#xg", "&alpha &nosuch; &; & &#; &#x; &#xg"),
        ("&#146;&#x80;&#129;", "’€\u{81}"),
        ("&#65&#x42;&#X43 &#0;&#xD800;&#x110000;&#99999999999;", "ABC \u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("&nGt;&NotEqualTilde;", "≫⃒≂̸"),
        ("&CounterClockwiseContourIntegral;&zwnj;&Aacute;&zeta;", "∳\u{200C}Áζ"),
        ("&ampersand &amp", "&ersand &"), ("a\0b", "ab"), ("1 < 2 <3 <", "1 < 2 <3 <"), ("</", "</"),
        ("a\r\nb\rc", "a\nb\nc"), ("\u{FEFF}a", "a"), ("😀 é", "😀 é"), ("</>a", "a"),
    ])
    func textIsDecoded(page: String, expected: String) throws {
        let tree = try HTMLTree(reading: Array(page.utf8))
        let text = tree.nodes.indices.map { tree.text(of: HTMLTree.NodeID($0)) }.joined()
        #expect(String(decoding: Array(text), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("<a href=?a=b&copy=c&lt;d>x", "a[href=?a=b&copy=c<d]{'x'}"),
        ("<a title='&quot;&amp' b=\"'\">x", "a[title=\"&][b=']{'x'}"),
        ("<A HREF=B href=c>x", "a[href=B]{'x'}"),
        ("<a b c= d e = 'f'g>x", "a[b=][c=d][e=f][g=]{'x'}"), ("<a \"b'=<c =d=e>x", "a[\"b'=<c][=d=e]{'x'}"),
        ("<a b=c/>x", "a[b=c/]{'x'}"), ("<a/b / c>x", "a[b=][c=]{'x'}"), ("<br/a>x", "br[a=] 'x'"),
        ("<a b='c\nd\r\n'>x", "a[b=c\\nd\\n]{'x'}"), ("<x-é>x", "x-é{'x'}"),
        ("<a b=\0c d\0>x", "a[b=\u{FFFD}c][d\u{FFFD}=]{'x'}"), ("<a b='c>x", ""), ("x<a b", "'x'"),
        ("<a b=>x", "a[b=]{'x'}"), ("</a b=c>x", "'x'"),
    ])
    func attributesAreRead(page: String, expected: String) throws {
        #expect(try bodyOutline(page).replacing("\n", with: "\\n") == expected)
    }

    @Test(arguments: [
        ("x<!--a--b-->y", "'x' <!a--b> 'y'"), ("x<!-->y", "'x' <!> 'y'"), ("x<!--->y", "'x' <!> 'y'"),
        ("x<!--a--!>y", "'x' <!a> 'y'"), ("x<!--a", "'x' <!a>"), ("x<!--a--", "'x' <!a>"),
        ("x<!a>y", "'x' <!a> 'y'"), ("x<?a b?>y", "'x' <!?a b?> 'y'"), ("x</ a>y", "'x' <! a> 'y'"),
        ("x<!--<!--a-->y", "'x' <!<!--a> 'y'"), ("x<!--\0-->", "'x' <!\u{FFFD}>"),
        ("x<![CDATA[a]]>", "'x' <![CDATA[a]]>"),
        ("x<!doctype a>y", "'xy'"),
    ])
    func commentsAreRead(page: String, expected: String) throws {
        #expect(try bodyOutline(page) == expected)
    }

    @Test(
        arguments: [
            ("<!DOCTYPE html>", "html", nil, nil, false), ("<!doctype HTML >", "html", nil, nil, false),
            ("<!doctype>", nil, nil, nil, true), ("<!doctype html", "html", nil, nil, true),
            ("<!doctype html system 'about:legacy-compat'>", "html", nil, "about:legacy-compat", false),
            (
                "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"u\">", "html",
                "-//W3C//DTD XHTML 1.0 Strict//EN", "u", false
            ),
            (
                "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">", "html",
                "-//W3C//DTD HTML 4.01 Transitional//EN", nil, true
            ),
            (
                "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" 'u'>", "html",
                "-//W3C//DTD HTML 4.01 Transitional//EN", "u", false
            ),
            ("<!DOCTYPE html PUBLIC>", "html", nil, nil, true),
            ("<!DOCTYPE html bogus 'a'>", "html", nil, nil, true),
            ("<!DOCTYPE html SYSTEM 'a' bogus>", "html", nil, "a", false),
            ("<!DOCTYPE html PUBLIC 'a>b'>", "html", "a", nil, true), ("a", nil, nil, nil, true),
        ] as [(String, String?, String?, String?, Bool)])
    func doctypesAreRead(
        _ page: String, _ name: String?, _ publicID: String?, _ systemID: String?, _ isQuirky: Bool
    )
        throws
    {
        let tree = try HTMLTree(reading: Array(page.utf8))
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        #expect(text(tree.doctype?.name) == name)
        #expect(text(tree.doctype?.publicID) == publicID)
        #expect(text(tree.doctype?.systemID) == systemID)
        #expect(tree.isQuirky == isQuirky)
    }
}
