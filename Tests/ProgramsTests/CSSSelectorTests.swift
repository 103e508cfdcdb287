import Programs
import Testing

/// CSS selectors read into their parts. What they select of a page is tested with the pages.
@Suite(.timeLimit(.minutes(1))) struct CSSSelectorTests {
    private typealias Condition = CompoundSelector.Condition

    private func conditions(_ css: String) throws -> [Condition] {
        let selector = try #require(try CSSSelector(css).alternatives.first).selector
        #expect(selector.rest.isEmpty, "\(css)")
        return selector.first.conditions
    }

    @Test func compoundsAreConditions() throws {
        #expect(try conditions("h1.a#b") == [.type(.unsaid, "h1"), .hasClass("a"), .id("b")])
        #expect(try conditions("*").isEmpty)
        #expect(try conditions("dc|date") == [.type(.named("dc"), "date")])
        #expect(try conditions("*|*") == [.type(.any, nil)] && conditions("|a") == [.type(.none, "a")])
        #expect(
            try conditions("[ a = 'b' i ]")
                == [
                    .attribute(
                        AttributeCondition(name: "a", comparison: .equal, value: "b", capitals: .doNotCount))
                ])
        #expect(try conditions("li/* x */.y") == [.type(.unsaid, "li"), .hasClass("y")])
        #expect(try conditions(":first-child") == [.place(PlaceCondition(step: 0, offset: 1))])
        #expect(try conditions(":hover") == [.state(.never)] && conditions("&") == [.state(.scope)])
    }

    @Test func combinatorsAreSteps() throws {
        let selector = try #require(try CSSSelector("> a b+c~d > e").alternatives.first).selector
        #expect(selector.leading == .child)
        #expect(selector.rest.map(\.combinator) == [.descendant, .nextSibling, .laterSibling, .child])
    }

    /// What XML documents write with a colon is a name, unless HTML has an element of the first half.
    @Test func aColonBelongsToNamesOfXML() throws {
        #expect(try conditions("dc:date") == [.type(.unsaid, "dc:date")])
        #expect(try conditions("media:content[url]").first == .type(.unsaid, "media:content"))
        #expect(try conditions("a:first-child").count == 2)
        // Both readings, because no document has an element for each.
        guard case .any(let readings)? = try conditions("atom:link").first else {
            Issue.record("one reading only")
            return
        }
        #expect(readings.first?.first.conditions == [.type(.unsaid, "atom:link")] && readings.count == 2)
        #expect(throws: ProgramError.self) { try CSSSelector("a:nope") }
        #expect(throws: ProgramError.self) { try CSSSelector("item:frist-child") }
    }

    @Test(arguments: [
        ("#\\31 0-a", "10-a"), ("#\\000031x", "1x"), ("#a\\:b", "a:b"),
        ("#a\\0 b\\110000", "a\u{FFFD}b\u{FFFD}"),
        ("#\\e9", "é"), ("#é", "é"), ("#\\é", "é"), ("#a\\\\b", "a\\b"), ("#1a", "1a"),
        ("#\\D800 x", "\u{FFFD}x"),
        ("#a\u{0}b", "a\u{FFFD}b"), ("#\\31\r\nx", "1x"),
    ])
    func escapesAreRead(css: String, id: String) throws { #expect(try conditions(css) == [.id(id)]) }

    @Test(arguments: [
        (#"[a="it's"]"#, "it's"), (#"[a='say "x"']"#, #"say "x""#), (#"[a="\"\26\""]"#, "\"&\""),
        ("[a=5]", "5"),
        ("[a='x\\\ny']", "xy"), ("[a=']']", "]"), ("[a=\"\"]", ""),
    ])
    func valuesAreRead(css: String, value: String) throws {
        #expect(
            try conditions(css) == [
                .attribute(AttributeCondition(name: "a", comparison: .equal, value: value))
            ])
    }

    @Test(arguments: [
        ("odd", 2, 1), ("EVEN", 2, 0), ("3", 0, 3), ("+3", 0, 3), ("-3", 0, -3), ("n", 1, 0), ("-n+2", -1, 2),
        (" 2n + 1 ", 2, 1), ("2n- 1", 2, -1), ("+n", 1, 0), ("n-3", 1, -3), ("0n+0", 0, 0), ("2N+1", 2, 1),
    ])
    func formulasAreRead(formula: String, step: Int, offset: Int) throws {
        #expect(
            try conditions(":nth-child(\(formula))") == [.place(PlaceCondition(step: step, offset: offset))])
    }

    @Test func placesFollowTheirFormula() {
        func places(_ step: Int, _ offset: Int) -> [Int] {
            (1...9).filter(PlaceCondition(step: step, offset: offset).holds)
        }
        #expect(places(2, 1) == [1, 3, 5, 7, 9] && places(-1, 2) == [1, 2] && places(0, 4) == [4])
        #expect(places(3, -1) == [2, 5, 8] && places(0, -1) == [] && places(-2, 6) == [2, 4, 6])
        #expect(places(.max, .min) == [])
    }

    /// What is taken stands behind the last compound of each alternative.
    @Test(
        arguments: [
            ("a@href", [.attribute("href")]), ("a", [.element]), ("[title='@x']", [.element]),
            ("[title=\"a@b\"] img @ data-src", [.attribute("data-src")]),
            ("p:contains('a@b')@id", [.attribute("id")]),
            ("@href", [.attribute("href")]),
            ("a::attr(href), img::attr('src')", [.attribute("href"), .attribute("src")]),
            ("p::text", [.texts]), ("::text", [.texts]), ("a@xlink:href", [.attribute("xlink:href")]),
            ("a@href, b::text, i", [.attribute("href"), .texts, .element]),
            // One at the end of a list belongs to all of it.
            ("a, area@href", [.attribute("href"), .attribute("href")]),
            // The texts of the heading itself, and of what is in it.
            ("h1 ::text", [.texts, .texts]), ("h1 *::text", [.texts, .texts]), ("h1 > ::text", [.texts]),
        ] as [(String, [CSSSelector.Taken])])
    func whatIsTakenIsRead(css: String, taken: [CSSSelector.Taken]) throws {
        #expect(try CSSSelector(css).alternatives.map(\.taken) == taken)
    }

    @Test(arguments: [
        ("", "expected a selector such as `h1`, `.price` or `[href]`, found the end", 0),
        ("a[", "expected a name of an attribute, found the end", 2),
        ("a[b", "expected `]`, `=`, `~=`, `|=`, `^=`, `$=` or `*=`, found the end", 3),
        ("a,,b", "expected a selector such as `h1`, `.price` or `[href]`, found `,`", 2),
        ("a >", "expected a selector such as `h1`, `.price` or `[href]` after `>`, found the end", 3),
        ("ä[b='x]", "expected the closing ', found the end", 8), (":nope", "`:nope` is not known", 0),
        ("li:frist-child", "`:frist-child` is not known; did you mean `:first-child`?", 2),
        ("p:hass(a)", "`:hass()` is not known; did you mean `:has()`?", 1),
        ("p:not", "`:not` wants parentheses, as in `:not(…)`", 1),
        ("p:empty(a)", "`:empty` takes nothing in parentheses", 1),
        ("p:nth-child(x)", "expected a number, `odd`, `even` or `2n+1`, found `x`", 12),
        (":nth-child(1 2)", "expected `)` or `of`, found `2`", 13),
        ("a@", "expected an attribute's name after `@`, found the end", 2),
        ("a!b", "expected a blank, `>`, `+`, `~` or `,`, found `!`", 1),
        (".1a", "a class does not begin with a digit as it stands: write `.\\31 a`", 1),
        ("a[b=c d]", "expected `]`; a value with a blank needs quotes, found `d`", 6),
        (
            "p::nope",
            "`::nope` is nothing that a page holds: `::text` takes texts, `::attr(href)` an attribute", 1
        ),
        ("p:before", "`:before` is nothing that a page holds", 1),
        ("p:has(::text)", "expected no `::` inside parentheses, found `:`", 6),
        ("p /* x", "the comment that begins here has no `*/`", 2),
        ("p:contains(Read more)", "expected `)`; a text with a blank needs quotes, found `m`", 16),
    ])
    func whatIsNoSelectorIsToldWithItsPlace(css: String, words: String, offset: Int) {
        #expect(throws: ProgramError(words, offset: offset)) { try CSSSelector(css) }
    }

    /// `:is()` and `:where()` leave out what they cannot read, and say so; no other list does.
    @Test func onlySomeListsForgive() throws {
        let selector = try CSSSelector("p:is(:nope, .a, a[) , 'x)'])")
        #expect(selector.leftOut.map(\.offset).first == 5)
        #expect(
            try conditions(":is(:nope, .a)") == [.any([ComplexSelector(CompoundSelector([.hasClass("a")]))])])
        #expect(try conditions(":where()") == [.any([])] && CSSSelector(":is(,a)").leftOut.isEmpty)
        for css in [":not(:nope, a)", ":has(:nope)", ":nth-child(1 of :nope)", "a, :nope", ":not()", ":is(a"]
        {
            #expect(throws: ProgramError.self, "\(css)") { try CSSSelector(css) }
        }
    }

    @Test func depthHasAnEnd() {
        for name in [":not(", ":is("] {
            let deep = String(repeating: name, count: 10_000) + "a" + String(repeating: ")", count: 10_000)
            let error = #expect(throws: ProgramError.self) { try CSSSelector(deep) }
            #expect(error?.message == "selectors stand within each other more than 20 deep")
            let allowed = String(repeating: name, count: 20) + "a" + String(repeating: ")", count: 20)
            #expect(throws: Never.self) { try CSSSelector(allowed) }
        }
    }

    /// Numbers beyond what a place can be are refused.
    @Test(arguments: [
        "li:nth-child(99999999999999999999)", "li:nth-child(99999999999999999999n)",
        "li:nth-child(n - 9223372036854775808)",
    ])
    func hugePlacesAreRefused(css: String) {
        #expect(throws: ProgramError.self) { try CSSSelector(css) }
    }

    /// Each pseudo-class that is offered as a near name can be read.
    @Test(arguments: [
        "link", "any-link", "checked", "disabled", "enabled", "required", "optional", "read-only",
        "read-write",
        "placeholder-shown", "default", "indeterminate", "in-range", "out-of-range", "open", "muted", "root",
        "scope",
        "empty", "blank", "defined", "only-child", "only-of-type", "focus-within", "visited", "target",
    ])
    func definitionsAreSelectors(name: String) throws {
        let selector = try CSSSelector(":" + name)
        #expect(selector.leftOut.isEmpty && selector.alternatives.count == 1)
    }

    /// What jQuery adds to CSS is told with what CSS has.
    @Test(arguments: [
        ("li:first", "write `:first-child`"), ("li:last", "write `:last-child`"),
        ("li:eq(1)", "write `:nth-child(2)`"),
        ("tr:odd", "write `:nth-child(odd)`"),
    ])
    func wordsOfOtherToolsAreTold(text: String, words: String) throws {
        let error = #expect(throws: ProgramError.self) { try CSSSelector(text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    /// What a random hand types is a selector or a sentence about it.
    @Test func anythingEnds() {
        let pieces = [
            "a", ".", "#", "[", "]", "(", ")", "'", "\"", ":", "nth-child", "not", "is", "\\", "@", ",", " ",
            ">",
            "2n", "=", "é", "::text", "|", "/*", "*/", "*", "&", "\n", "i", "of",
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            let text = (0..<8).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            do throws(ProgramError) { _ = try CSSSelector(text) } catch {
                #expect(
                    !error.message.isEmpty && (0...text.utf8.count).contains(error.offset ?? 0), "\(text)")
            }
        }
    }
}
