import Pages
import Programs
import Testing
import Values

/// A page read once, on which selectors are tried.
struct SelectedPage {
    let document: HTMLDocument
    let selectors: PageSelectors

    init(_ html: String, mostSteps: Int = 200_000_000) throws {
        document = try HTMLDocument(Array(html.utf8))
        selectors = PageSelectors(document.tree, mostSteps: mostSteps)
    }

    /// What a selector takes: ids of elements (their names where they have none), texts and values of attributes.
    func take(_ css: String, from node: PageTree.Node? = nil) throws -> [String] {
        let tree = document.tree
        return try selectors.select(css, from: node).map { part in
            if let attribute = part.attribute { return attribute.value }
            guard tree.kind(part.node) == .element else { return tree.text(part.node) }
            return tree.attribute("id", part.node) ?? tree.name(part.node)
        }
    }
}

/// Selectors of all kinds on one page. The values are those of browsers, lexbor, soupsieve or parsel.
@Suite(.timeLimit(.minutes(1))) struct SelectorPageTests {
    private let page = """
        <!DOCTYPE html><html lang="en"><head><title>T</title></head><body id="B">
        <div id="1a" class="x 1a"><p class="X y" id="p1">One <!--c--></p><p id="p2"> </p><p id="p3"><!-- c --></p>\
        <p id="p4"></p><a id="a1" href="/x" rel="NoFollow" lang="en-GB">l</a><a id="a2">no</a></div>
        <ul id="u"><li id="l1" class="x">1</li><li id="l2">2</li><li id="l3" class="x">3</li>\
        <li id="l4" class="x">4 <b id="b1">Bold</b> end</li></ul>
        <form id="f"><fieldset id="fs" disabled><legend id="lg"><input id="i1"></legend><input id="i2" type="TEXT">\
        <legend id="lg2"><input id="i3"></legend><div id="d"><button id="bt">x</button></div></fieldset>
        <input id="i4" type="checkbox" checked><input id="i6" required placeholder="x">
        <select id="s"><option id="o1" selected>1</option><option id="o2" disabled>2</option></select>
        <textarea id="ta" readonly></textarea><input id="i7" type="number" min="1" max="5" value="7">
        <input id="r1" type="radio" name="r"><input id="r2" type="radio" name="q" checked></form>
        <p id="r" dir="rtl" lang="de-Latn-CH">x<b id="rb">y</b></p><details id="de" open></details></body></html>
        """

    @Test(
        arguments: [
            (":root", ["html"]), ("html", ["html"]), ("BODY", ["B"]), (":root > body", ["B"]),
            ("> body", ["B"]),
            (":scope > body", ["B"]), ("#\\31 a", ["1a"]), ("#1a", ["1a"]), (".\\31 a", ["1a"]),
            (".X", ["p1"]),
            ("p:empty", ["p3", "p4"]), ("p:blank", ["p2", "p3", "p4"]), ("[rel=nofollow]", ["a1"]),
            ("[rel=nofollow s]", []), ("[type=text]", ["i2"]), ("[ID=p1]", ["p1"]), ("[id=P1]", []),
            ("[id=P1 i]", ["p1"]), ("[id^=\"\"]", []), ("[id$='']", []), ("[id*='']", []),
            ("[class~='']", []),
            ("a[id!=a1]", ["a2"]), ("[lang|=en]", ["html", "a1"]), ("[class~=y]", ["p1"]),
            ("[id^=lg]", ["lg", "lg2"]),
            ("li:nth-child(2 of .x)", ["l3"]), ("li:nth-last-child(1 of .x)", ["l4"]),
            ("#u :nth-child(2n of li)", ["l2", "l4"]),
            ("ul > *:first-of-type", ["l1"]), ("#1a :nth-of-type(2)", ["p2", "a2"]),
            ("#1a > :last-of-type", ["p4", "a2"]),
            ("b:only-child", ["b1", "rb"]), ("#1a > :only-of-type", []), ("ul:only-of-type", ["u"]),
            ("p:has(+ a)", ["p4"]), ("p:has(~ a)", ["p1", "p2", "p3", "p4"]), ("div:has(> a)", ["1a"]),
            ("body:has(ul li b)", ["B"]), ("div:has(body p)", []), ("ul:has(> li > b)", ["u"]),
            (":has(> b)", ["l4", "r"]),
            ("li:not(ul > :first-child)", ["l2", "l3", "l4"]), ("p:not(p + p)", ["p1", "r"]),
            (":not(body *):not(head *)", ["html", "head", "B"]),
            (":is(ul, ol) > li:nth-last-of-type(2)", ["l3"]), (":is(:nope, #a1)", ["a1"]),
            ("p:is(div p, ul p):first-child", ["p1"]),
            (":where(#u) > .x", ["l1", "l3", "l4"]), ("p:matches(#p1, #p2)", ["p1", "p2"]), ("p:is()", []),
            ("#u>li+li~li", ["l3", "l4"]), ("li/**/#l1", ["l1"]),
            ("p, #p1, p", ["p1", "p2", "p3", "p4", "r"]),
            ("li:last-child, li:first-child", ["l1", "l4"]), ("*|b", ["b1", "rb"]), ("|b", ["b1", "rb"]),
            ("svg|b", []),
            (":disabled", ["fs", "i2", "i3", "bt", "o2"]),
            (":enabled", ["i1", "i4", "i6", "s", "o1", "ta", "i7", "r1", "r2"]),
            (":checked", ["i4", "o1", "r2"]), (":required", ["i6"]), ("select:optional", ["s"]),
            (":placeholder-shown", ["i6"]),
            (":read-write", ["i1", "i6", "i7"]), ("form > :read-only", ["fs", "i4", "s", "ta", "r1", "r2"]),
            (":indeterminate", ["r1"]), (":default", ["bt", "i4", "o1", "r2"]), (":out-of-range", ["i7"]),
            (":in-range", []),
            ("body :lang(en-GB)", ["a1"]), (":lang('*-CH')", ["r", "rb"]), (":lang(de-CH) > b", ["rb"]),
            (":lang(fr)", []),
            (":dir(rtl)", ["r", "rb"]), ("ul:dir(ltr)", ["u"]), (":any-link", ["a1"]),
            ("a:link:not(:hover)", ["a1"]),
            (":focus, :visited, :target", []), (":open", ["de"]), ("body > :defined:nth-child(1)", ["1a"]),
            ("p:contains('One')", ["p1"]), ("li:-soup-contains('Bold end')", ["l4"]),
            ("li:-soup-contains-own('Bold')", []),
            ("b:lexbor-contains('bold' i)", ["b1"]), ("li:contains('1', '2')", ["l1", "l2"]),
            ("li:contains('')", ["l1", "l2", "l3", "l4"]),
            ("li::text", ["1", "2", "3", "4 ", " end"]), ("#l4 ::text", ["4 ", "Bold", " end"]),
            ("#l4 *::text", ["4 ", "Bold", " end"]),
            ("a::attr(href)", ["/x"]),
            ("a::attr(href), li::attr(id), a@rel", ["/x", "NoFollow", "l1", "l2", "l3", "l4"]),
            ("a@HREF", ["/x"]), ("@lang", ["en"]), ("b::text, p#p1@class", ["X y", "Bold", "y"]),
        ] as [(String, [String])])
    func takes(css: String, expected: [String]) throws {
        let page = try SelectedPage(page)
        #expect(try page.take(css) == expected, "\(css)")
    }

    /// Attributes of SVG keep their capitals, and are found by any.
    @Test(
        arguments: [
            ("[viewBox]", ["s"]), ("[viewbox='0 0 1 1']", ["s"]), ("svg@viewBox", ["0 0 1 1"]),
            ("svg::attr(viewbox)", ["0 0 1 1"]), ("svg:not([VIEWBOX])", []),
        ] as [(String, [String])])
    func capitalsOfForeignAttributesDoNotCount(css: String, expected: [String]) throws {
        let page = try SelectedPage("<svg id=s viewBox='0 0 1 1'><g id=g /></svg>")
        #expect(try page.take(css) == expected, "\(css)")
    }

    /// Within a row, selectors see the row and what is in it, and nothing around it.
    @Test(
        arguments: [
            ("li", ["l2", "l3"]), ("> li", ["l2"]), ("ul", ["u2"]), ("li li", ["l3"]), ("div li", []),
            (":scope > li", ["l2"]),
            ("@id", ["u1"]), (":scope", ["u1"]), ("&@class", ["c"]), ("::text", ["t", "a", "b"]),
            ("+ p", ["p1"]), ("~ p", ["p1", "p2"]),
            ("+ p b", ["b1"]), ("li:not(div li)", []), ("li:first-child", ["l2", "l3"]), ("p", []),
            ("::attr(id)", ["u1", "l2", "u2", "l3"]),
        ] as [(String, [String])])
    func takesFromRows(css: String, expected: [String]) throws {
        let page = try SelectedPage(
            "<div><ul id=u1 class=c>t<li id=l2>a<ul id=u2><li id=l3>b</li></ul></li></ul><p id=p1><b id=b1></b></p><p id=p2></p></div>"
        )
        let row = try #require(try page.selectors.select("#u1").first?.node)
        #expect(try page.take(css, from: row) == expected, "\(css)")
    }

    /// What is learnt for one row holds for the others, but for what depends on the row.
    @Test func rowsDoNotMixUp() throws {
        let page = try SelectedPage("<ul id=a><li id=b><i id=c></i></li></ul><ul id=d><li id=e></li></ul>")
        let rows = try page.selectors.select("ul").map(\.node)
        #expect(try page.take("li:not(:has(i))", from: rows[0]) == [])
        #expect(try page.take("li:not(:has(i))", from: rows[1]) == ["e"])
        #expect(try rows.map { try page.take("li:is(:scope > *)", from: $0) } == [["b"], ["e"]])
        #expect(try rows.map { try page.take("li:nth-child(1 of :scope > li)", from: $0) } == [["b"], ["e"]])
    }

    /// The reader's own shapes: texts, lists, records and rows.
    @Test func readersTakeFields() throws {
        let document = try HTMLDocument(
            Array("<table><tr><th>k<td><a href=x>1</a></tr><tr><th>l<td>2</tr></table><p>a<p>b".utf8))
        let fields = MapValue(record: [
            (
                "select",
                .record([
                    (
                        "rows",
                        .record([("each", .string("tr")), ("k", .string("th")), ("u", .string("a@href"))])
                    ),
                    ("all", .list([.string("p::text")])), ("none", .string("h1")),
                    ("test", .record([("xpath", .string("//p[re:test(., 'B', 'i')]"))])),
                ])
            )
        ])
        let read = try PageReader(document: document, base: "").read(fields)
        let rows: [Value] = [
            .record([("k", .string("k")), ("u", .string("x"))]),
            .record([("k", .string("l")), ("u", .null)]),
        ]
        #expect(
            read
                == .record([
                    ("rows", .list(rows)), ("all", .list([.string("a"), .string("b")])), ("none", .null),
                    ("test", .string("b")),
                ]))
    }
}

/// Time grows with the page: the steps are counted.
@Suite(.timeLimit(.minutes(1))) struct SelectorWorkTests {
    @Test(arguments: [
        "li:first-child", "li:last-child", "li ~ li", "li:nth-last-of-type(3)", "li:has(~ li)",
        "li:has(+ li)",
        "li + li:not(li ~ li ~ li)", ":nth-child(2n of li)", "li:not(:nth-child(3)) ~ li",
        "ul:has(li:last-child)",
        "li:only-of-type", "li:contains('x')", ":is(ul > li):has(~ li ~ li ~ li)", "li:lang(en)", ":dir(rtl)",
    ])
    func siblingsAreGoneThroughAFewTimes(css: String) throws {
        func steps(_ count: Int) throws -> Int {
            let page = try SelectedPage("<ul>" + String(repeating: "<li>x</li>", count: count) + "</ul>")
            _ = try page.take(css)
            return page.selectors.steps
        }
        let (few, many) = (try steps(1_000), try steps(16_000))
        #expect(many < 17 * few && many < 40 * 2 * 16_000, "\(few) \(many)")
    }

    @Test(arguments: [100, 200]) func nestedElementsAreGoneThroughOnceForEachStep(depth: Int) throws {
        let page = try SelectedPage(String(repeating: "<div>", count: depth) + "x")
        let forty = Array(repeating: "div", count: 40).joined(separator: " ")
        #expect(try page.take(forty).count == depth - 39)
        #expect(try page.take("div:has(\(forty))").count == depth - 40)
        #expect(page.selectors.steps < 5 * 40 * 2 * (depth + 10), "\(page.selectors.steps)")
    }

    @Test func theBudgetEndsInWords() throws {
        let page = try SelectedPage(String(repeating: "<p>x</p>", count: 1_000), mostSteps: 5_000)
        #expect(try page.take("p:last-child").count == 1)
        #expect(throws: ProgramError("the selector `p p p p p p` takes too long on this page")) {
            _ = try page.take("p p p p p p")
        }
    }
}

/// Random selectors on random trees give what a matcher gives that knows no shortcuts.
@Suite(.timeLimit(.minutes(1))) struct RandomSelectorTests {
    private struct Dice {
        var generator = SystemRandomNumberGenerator()

        mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &generator) }

        mutating func tree(_ depth: Int) -> String {
            (0..<roll(4)).map { _ in
                let name = ["div", "span", "b"][roll(3)]
                let classes = roll(2) == 0 ? "" : " class='\(["x", "y", "x y"][roll(3)])'"
                return (roll(4) == 0 ? "t" : "")
                    + "<\(name)\(classes)>\(depth > 0 ? tree(depth - 1) : "")</\(name)>"
            }.joined()
        }

        mutating func compound(_ depth: Int) -> String {
            let names = [
                "*", "div", "span", "b", ".x", ".y", "[class]", ":first-child", ":last-of-type", ":empty",
            ]
            guard depth > 0, roll(3) == 0 else { return names[roll(names.count)] }
            let inner = complex(depth - 1)
            switch roll(5) {
            case 0: return ":not(\(inner))"
            case 1: return "span:is(\(inner), b)"
            case 2: return ":has(\(["", "> ", "+ ", "~ "][roll(4)])\(inner))"
            case 3: return "b:nth-child(2n+1 of \(inner))"
            default: return ":nth-last-child(-n+2):not(.y)"
            }
        }

        mutating func complex(_ depth: Int) -> String {
            (0...roll(3)).map {
                $0 == 0 ? compound(depth) : [" ", " > ", " + ", " ~ "][roll(4)] + compound(depth)
            }
            .joined()
        }
    }

    @Test func shortcutsLeadToTheSamePlaces() throws {
        var dice = Dice()
        for _ in 0..<60 {
            let html = "<body>" + dice.tree(3) + "</body>"
            let page = try SelectedPage(html)
            let naive = NaiveMatcher(tree: page.document.tree)
            for _ in 0..<20 {
                let css = dice.complex(2)
                let selector = try #require(try CSSSelector(css).alternatives.first).selector
                let expected = page.document.tree.nodes.filter { naive.matches($0, selector) }
                #expect(try page.selectors.select(css).map(\.node) == expected, "\(css) in \(html)")
            }
        }
    }
}

/// Selectors by their definition, however long it takes.
private struct NaiveMatcher {
    let tree: PageTree

    func matches(_ node: PageTree.Node, _ selector: ComplexSelector) -> Bool {
        let compounds = [selector.first] + selector.rest.map(\.compound)
        let combinators = selector.rest.map(\.combinator)
        func ends(_ node: PageTree.Node, _ index: Int) -> Bool {
            guard fulfils(node, compounds[index]) else { return false }
            return index == 0 || origins(node, combinators[index - 1]).contains { ends($0, index - 1) }
        }
        return ends(node, compounds.count - 1)
    }

    private func origins(_ node: PageTree.Node, _ combinator: Combinator) -> [PageTree.Node] {
        func chain(_ next: @escaping (PageTree.Node) -> PageTree.Node?) -> [PageTree.Node] {
            Array(sequence(first: node, next: next).dropFirst()).filter { tree.kind($0) == .element }
        }
        switch combinator {
        case .descendant: return chain(tree.parent)
        case .child: return Array(chain(tree.parent).prefix(1))
        case .laterSibling: return chain(tree.previous)
        case .nextSibling: return Array(chain(tree.previous).prefix(1))
        }
    }

    private func fulfils(_ node: PageTree.Node, _ compound: CompoundSelector) -> Bool {
        tree.kind(node) == .element && compound.conditions.allSatisfy { fulfils(node, $0) }
    }

    private func fulfils(_ node: PageTree.Node, _ condition: CompoundSelector.Condition) -> Bool {
        let classes = tree.attribute("class", node)?.split(separator: " ").map(String.init) ?? []
        switch condition {
        case .type(_, let name): return name == nil || tree.name(node) == name
        case .hasClass(let name): return classes.contains(name)
        case .attribute(let attribute): return tree.attribute(attribute.name, node) != nil
        case .any(let selectors): return selectors.contains { matches(node, $0) }
        case .not(let selectors): return !selectors.contains { matches(node, $0) }
        case .has(let selectors): return selectors.contains { has(node, $0) }
        case .place(let place): return stands(node, place)
        case .state(.empty): return tree.children(node).allSatisfy { tree.kind($0) == .comment }
        case .id, .state, .contains, .language, .direction: return false
        }
    }

    /// `:has(> a b)` holds for what `a b` ends in, seen from the element: each way back from there is tried.
    private func has(_ node: PageTree.Node, _ selector: ComplexSelector) -> Bool {
        let compounds = [selector.first] + selector.rest.map(\.compound)
        let combinators = [selector.leading ?? .descendant] + selector.rest.map(\.combinator)
        func leadsBack(_ end: PageTree.Node, _ index: Int) -> Bool {
            guard fulfils(end, compounds[index]) else { return false }
            let before = origins(end, combinators[index])
            return index == 0 ? before.contains(node) : before.contains { leadsBack($0, index - 1) }
        }
        return tree.nodes.contains { leadsBack($0, compounds.count - 1) }
    }

    private func stands(_ node: PageTree.Node, _ place: PlaceCondition) -> Bool {
        let start = tree.parent(node).map { Array(tree.children($0)) } ?? [node]
        let siblings = start.filter { sibling in
            tree.kind(sibling) == .element && (!place.isOfType || tree.name(sibling) == tree.name(node))
                && (place.among.isEmpty || place.among.contains { matches(sibling, $0) })
        }
        let ordered = place.isFromEnd ? siblings.reversed() : siblings
        guard let index = ordered.firstIndex(of: node) else { return false }
        return (0...ordered.count).contains { place.step * $0 + place.offset == index + 1 }
    }
}
