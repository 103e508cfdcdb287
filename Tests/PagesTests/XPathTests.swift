import Pages
import Programs
import Testing

/// XPath with the functions that Scrapy's users know, and what is said of names that mean nothing.
@Suite(.timeLimit(.minutes(1))) struct XPathTests {
    private func texts(_ xpath: String) throws -> [String] {
        let document = try HTMLDocument(
            Array("<p class='a b' id=x>Price: 12 EUR</p><p class='bc'>none</p><p>No 7</p>".utf8))
        return try withExtendedLifetime(document) {
            try document.select(xpath).map { selection in
                switch selection {
                case .text(let text): text
                case .attribute(_, let value): value
                case .node(let node): document.tree.text(node)
                }
            }
        }
    }

    @Test(
        arguments: [
            ("//p[re:test(., '\\d+')]/@class", ["a b"]), ("//p[re:test(., '^no', 'i')]", ["none", "No 7"]),
            ("re:test('abc', 'B')", ["false"]), ("re:match(//p, '(\\d+) (\\w+)')", ["12 EUR", "12", "EUR"]),
            ("re:match('a1b22', '\\d+', 'g')", ["1", "22"]), ("re:match('a', 'b')", []),
            ("re:replace('a1b2', '\\d', '', '-')", ["a-b2"]),
            ("re:replace('a1b2', '([a-z])\\d', 'g', '$1')", ["ab"]),
            ("//p[has-class('b')]", ["Price: 12 EUR"]), ("//p[has-class('b', 'a')]/@id", ["x"]),
            ("//p[has-class('a', 'c')]", []), ("count(re:match('a1b22', '\\d', 'g'))", ["3"]),
            ("re:match('a<&b', '.+')", ["a<&b"]),
        ] as [(String, [String])])
    func functionsOfScrapyAreThere(xpath: String, expected: [String]) throws {
        #expect(try texts(xpath) == expected)
        #expect(throws: Never.self) { try HTMLDocument.checkXPath(xpath) }
    }

    @Test(arguments: [
        ("re:test('a', '(')", "the regular expression `(` does not compile: missing closing parenthesis"),
        ("re:test('a', 'a', 'q')", "`q` is no flag of a regular expression: `g`, `i`, `m`, `s` and `x` are"),
        (
            "re:test('\(String(repeating: "a", count: 40))b', '(a+)+$')",
            "the pattern takes too long on this text: it backtracks without end (possessive `++` or `(?>…)` help)"
        ),
    ])
    func expressionsHaveTheirLimits(xpath: String, words: String) {
        let error = #expect(throws: ProgramError.self) { try texts(xpath) }
        #expect(error?.message == words)
    }

    @Test(arguments: [
        ("//p[ends-with(@id, 'x')]", "XPath 1.0 has no `ends-with()`: write `substring(", 4),
        ("lower-case(//p)", "XPath 1.0 has no `lower-case()`: write `translate(", 0),
        ("//p[contians(., 'a')]", "the function `contians()` is not known; did you mean `contains()`?", 4),
        ("//p[. = $x]", "`$x` is not known: an XPath has no variables here", 8),
        ("//foo:bar", "the prefix `foo` is not known: write `*[name() = 'foo:bar']`", 2),
        ("re:tset('a', 'b')", "the function `re:tset()` is not known; did you mean `re:test()`?", 0),
    ])
    func unknownNamesAreTold(xpath: String, words: String, offset: Int) {
        let error = #expect(throws: ProgramError.self) { try HTMLDocument.checkXPath(xpath) }
        #expect(error?.message.hasPrefix(words) == true && error?.offset == offset, "\(error?.message ?? "")")
    }

    /// Names of elements, axes, operators and texts are no functions.
    @Test(arguments: [
        "//div[text() and (p or not(a))]", "//div/and/or", "child::text()", "//p[. = 'foo(bar) $x y:z']",
        "//*[a mod (2)]",
        "//dc:date | //media:content/@url", "self::node()", "ancestor::div[1]/@*", "(//a)[last()] div 2",
        "//a[3 * 2 = 6]",
        "//processing-instruction('x')", "@xml:lang", "//svg:*", "number(//a) - 1",
    ])
    func knownNamesPass(xpath: String) {
        #expect(throws: Never.self) { try HTMLDocument.checkXPath(xpath) }
    }

    @Test func aPrefixOnAPageOfHTMLIsTold() {
        let error = #expect(throws: ProgramError.self) { try texts("//dc:date") }
        #expect(error?.message.hasPrefix("the XPath names a prefix, and this page is HTML") == true)
    }
}
