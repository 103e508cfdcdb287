import Programs
import Testing

/// CSS selectors as XPath. What they select of a page is tested with the pages.
@Suite(.timeLimit(.minutes(1))) struct CSSSelectorTests {
    @Test(arguments: [
        ("h1", ".//h1"), ("H1", ".//h1"), ("*", ".//*"), ("ul > li", ".//ul/li"), ("> li", "./li"),
        ("h1, h2", ".//h1 | .//h2"), ("#a", ".//*[@id = 'a']"), ("[href]", ".//*[@href]"),
        ("h1 + p", ".//h1/following-sibling::*[1]/self::p"), ("h1 ~ p", ".//h1/following-sibling::p"),
        ("[data-x|=en]", ".//*[@data-x = 'en' or starts-with(@data-x, concat('en', '-'))]"),
        ("p:nth-child(2)", ".//*[position() = 2][self::p]"), ("#\\31 0-a", ".//*[@id = '10-a']"),
        ("#\\000031x", ".//*[@id = '1x']"), ("#a\\:b", ".//*[@id = 'a:b']"),
        ("#a\\0 b\\110000", ".//*[@id = 'a\u{FFFD}b\u{FFFD}']"),
    ])
    func isWrittenAsXPath(css: String, xpath: String) throws {
        #expect(try CSSSelector(css).xpath == xpath)
    }

    /// The attribute is behind the last `@` that is not within brackets or quotes.
    @Test(arguments: [
        ("a@href", "href"), ("a", nil), ("[title='@x']", nil), ("[title=\"a@b\"] img @ data-src", "data-src"),
        ("p:contains('a@b')@id", "id"),
    ])
    func attributeIsRead(css: String, attribute: String?) throws {
        #expect(try CSSSelector(css).attribute == attribute)
    }

    /// XPath knows no escapes: a text with both kinds of quotes is put together, and never ends its literal.
    @Test(arguments: [
        (#"[a="it's"]"#, #".//*[@a = "it's"]"#), (#"[a='say "x"']"#, #".//*[@a = 'say "x"']"#),
        (#"#\'\""#, #".//*[@id = concat('', "'", '"')]"#),
    ])
    func quotesStayWithinTheirText(css: String, xpath: String) throws {
        #expect(try CSSSelector(css).xpath == xpath)
    }

    @Test(arguments: [
        ("", "expected a selector such as `h1`, `.price` or `[href]`, found the end", 0),
        ("a[", "expected a name, found the end", 2),
        ("a[b", "expected `]`, `=`, `~=`, `|=`, `^=`, `$=` or `*=`, found the end", 3),
        ("a,,b", "expected a selector such as `h1`, `.price` or `[href]`, found `,`", 2),
        ("ä[b='x]", "expected the closing ', found the end", 8), (":nope", "`:nope` is not supported", 5),
        ("p:nth-child(x)", "expected a number, `odd`, `even` or `2n+1` before `)`, found the end", 14),
        ("a@", "expected an attribute's name after `@`", 2),
        ("a!b", "expected a blank, `>`, `+`, `~` or `,`, found `!`", 1),
    ])
    func whatIsNoSelectorIsToldWithItsPlace(css: String, words: String, offset: Int) {
        #expect(throws: ProgramError(words, offset: offset)) { try CSSSelector(css) }
    }

    @Test func depthHasAnEnd() {
        let deep = String(repeating: ":not(", count: 10_000) + "a" + String(repeating: ")", count: 10_000)
        let error = #expect(throws: ProgramError.self) { try CSSSelector(deep) }
        #expect(error?.message == "selectors stand within each other more than 20 deep")
        let allowed = String(repeating: ":not(", count: 20) + "a" + String(repeating: ")", count: 20)
        #expect(throws: Never.self) { try CSSSelector(allowed) }
    }

    /// Numbers beyond what a place can be are refused, or are a place that no element has.
    @Test(arguments: ["li:nth-child(99999999999999999999)", "li:nth-child(99999999999999999999n)"])
    func hugePlacesAreRefused(css: String) {
        #expect(throws: ProgramError.self) { try CSSSelector(css) }
    }

    /// What a random hand types is a selector or a sentence about it.
    @Test func anythingEnds() {
        let pieces = [
            "a", ".", "#", "[", "]", "(", ")", "'", "\"", ":", "nth-child", "not", "\\", "@", ",", " ", ">",
            "2n", "=", "é",
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3_000 {
            let text = (0..<8).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            do throws(ProgramError) { _ = try CSSSelector(text) } catch {
                #expect(
                    !error.message.isEmpty && (0...text.utf8.count).contains(error.offset ?? 0), "\(text)")
            }
        }
    }
}
