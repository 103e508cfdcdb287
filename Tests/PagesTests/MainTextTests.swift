import Pages
import Programs
import Testing

@Suite(.timeLimit(.minutes(1))) struct MainTextTests {
    /// Sentences that read like an article's; each has its number, so that a test can tell them apart.
    private static func story(_ numbers: ClosedRange<Int>) -> String {
        numbers.map { "<p>\(sentence($0))</p>" }.joined()
    }

    private static func sentence(_ number: Int) -> String {
        "Paragraph \(number) tells of the river, which had risen for days, and of the people who watched it from the bridge."
    }

    private static func main(_ html: String) throws -> String {
        let document = try HTMLDocument(Array(html.utf8))
        return withExtendedLifetime(document) { PageWriter.write(mainPart(of: document.tree), as: .text) }
    }

    private static func expectStory(
        _ text: String, _ numbers: ClosedRange<Int>, without unwanted: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for number in numbers { #expect(text.contains(sentence(number)), sourceLocation: sourceLocation) }
        for words in unwanted { #expect(!text.contains(words), sourceLocation: sourceLocation) }
    }

    /// A class says little of what is nearly all that a page holds.
    @Test(arguments: ["profile", "info", "bio", "time", "meta", "author", "tags", "about"])
    func aShortPageKeepsItsText(name: String) throws {
        let text = try Self.main(
            "<h1>Anna</h1><div class=\(name)><p>Anna fishes in the north since 1990. She has two boats, and sells her catch.</p></div>"
        )
        #expect(text.contains("She has two boats"))
    }

    @Test func headingsStayWithWhatTheyHead() throws {
        let long = Self.story(1...4)
        let linked = try Self.main(
            "<main><h1>Array</h1>\(long)<h2 id=s><a href='#s'>Syntax</a></h2><pre>new Array(n)</pre>\(Self.story(5...6))</main>"
        )
        #expect(linked.contains("Syntax"))
        let last = try Self.main(
            "<main><h1>Install</h1>\(long)<h2>Options</h2><h3>Rare ones</h3><table><tr><td>--dry<td>does nothing</table><h2>More</h2></main>"
        )
        #expect(last.contains("Options") && last.contains("Rare ones") && last.contains("--dry"))
        #expect(!last.contains("More"))
    }

    /// Boxes of a page around its text, each with words that are no part of it.
    private static let chrome: [(name: String, html: String)] = [
        ("navigation", "<nav><ul><li><a href=/>UNWANTED home</a><li><a href=/b>Prices</a></ul></nav>"),
        (
            "a menu of divs",
            "<div class=top><a href=/>UNWANTED home</a> <a href=/b>Prices</a> <a href=/c>About us</a></div>"
        ),
        ("a breadcrumb", "<div class='bread-crumbs'>You are here: UNWANTED / News</div>"),
        ("a header", "<header><div>UNWANTED Daily, the paper for all</div></header>"),
        (
            "a footer",
            "<footer><p>UNWANTED Street 1, the town. All rights are reserved, as ever, by the paper.</p></footer>"
        ),
        (
            "a footer by its class",
            "<div class='site-footer'><p>UNWANTED Street 1. All rights are reserved, by us.</p></div>"
        ),
        (
            "a form",
            "<form><p>UNWANTED question: tell us who you are, where you live, and why.</p><input></form>"
        ),
        ("share buttons", "<div class='shareBar'><p>UNWANTED Tell your friends, now, of this.</p></div>"),
        (
            "related pages",
            "<div class='related-posts'><h3>More</h3><p>UNWANTED The lake is low, they say. Read on.</p></div>"
        ),
        (
            "teasers",
            "<div><div><h3><a href=/x>UNWANTED lake</a></h3><p>The lake is low, they say, and it sinks.</p></div></div>"
        ),
        (
            "comments",
            "<div id=comments><p>UNWANTED I was there, and it was not so. Nobody watched.</p></div>"
        ),
        (
            "comments in German",
            "<ol class=kommentarliste><li>UNWANTED Ich war dort, und es war nicht so.</li></ol>"
        ),
        (
            "a cookie notice",
            "<div class='cookieBanner'><p>UNWANTED We use cookies, and so do our partners. Agree?</p></div>"
        ),
        (
            "a nameless cookie notice",
            "<div><p>UNWANTED This site uses cookies, and so do our partners, to serve you.</p></div>"
        ),
        (
            "a newsletter",
            "<section class='newsletter-signup'><p>UNWANTED News in your mail, each day. It is free.</p></section>"
        ),
        (
            "an advert",
            "<div class='ad-slot'><p>UNWANTED Buy boots, before the river comes. They are cheap.</p></div>"
        ),
        ("a sidebar", "<aside><p>UNWANTED The weather, today: it rains, and it will rain.</p></aside>"),
        ("tags", "<div class='post-tags'>UNWANTED river, flood</div>"),
        (
            "words for readers of screens",
            "<div class='sr-only'><p>UNWANTED Here the page ends. Go back to its top.</p></div>"
        ),
        (
            "what is hidden",
            "<div style='display: none'><p>UNWANTED Only scripts show this. It waits for them.</p></div>"
        ),
    ]

    @Test(arguments: chrome.indices) func whatIsAroundATextIsLeftOut(_ index: Int) throws {
        let (_, box) = Self.chrome[index]
        let outside = "<body>\(box)<div><div class=x7>\(Self.story(1...6))</div></div>\(box)</body>"
        Self.expectStory(try Self.main(outside), 1...6, without: ["UNWANTED"])
    }

    /// The same boxes inside of the element that holds the text, whatever that is.
    @Test(
        arguments: ["article", "main", "div", "td"],
        Array(chrome.indices.filter { $0 != 3 && $0 != 12 && $0 != 13 }))
    func whatStandsInTheTextIsLeftOut(_ element: String, _ index: Int) throws {
        let (name, box) = Self.chrome[index]
        guard name != "teasers" else { return }
        let table = element == "td"
        let html =
            "<body>\(table ? "<table><tr>" : "")<\(element)>\(Self.story(1...4))\(box)\(Self.story(5...8))</\(element)>"
        Self.expectStory(try Self.main(html), 1...8, without: ["UNWANTED"])
    }

    @Test func anEmptyArticleIsNoAnswer() throws {
        for empty in ["<article></article>", "<main></main>", "<article><h2>Video</h2></article>"] {
            Self.expectStory(try Self.main("<body>\(empty)<div>\(Self.story(1...5))</div>"), 1...5)
        }
    }

    @Test func severalPartsOfOneArticleAreJoined() throws {
        let parts = [1...3, 4...6, 7...9].map { "<div class='chunk'><div>\(Self.story($0))</div></div>" }
        let html =
            "<body><div class=page>\(parts.joined(separator: "<div class='ad'>Boots!</div>"))</div><div>Imprint</div>"
        Self.expectStory(try Self.main(html), 1...9, without: ["Boots", "Imprint"])
        let first =
            "<body><div class=article-box><p>\(Self.sentence(1))</p><div class=rest>\(Self.story(2...7))</div></div>"
        Self.expectStory(try Self.main(first), 1...7)
    }

    @Test func textBetweenBreaksIsText() throws {
        let lines = (1...6).map(Self.sentence).joined(separator: "<br><br>")
        let html = "<body><table><tr><td><a href=/>Home</a><td><font>\(lines)</font></table>"
        Self.expectStory(try Self.main(html), 1...6, without: ["Home"])
    }

    @Test func namesDoNotDecide() throws {
        // The whole text stands in what is called a sidebar, a form, a share box, or is hidden until scripts run.
        for wrapper in [
            "<div class='with-sidebar'>", "<form id=aspnetForm>", "<article class='share-enabled'>",
            "<div style='visibility:hidden'>", "<div class='has-comments footer-sticky'>",
        ] {
            let html = "<body><ul><li><a href=/>Home</a></ul>\(wrapper)<div>\(Self.story(1...6))</div>"
            Self.expectStory(try Self.main(html), 1...6, without: ["Home"])
        }
        let paid =
            "<body><div>\(Self.story(1...3))<p class=paywall>\(Self.sentence(4))</p>\(Self.story(5...6))</div>"
        Self.expectStory(try Self.main(paid), 1...6)
    }

    @Test func aLinkInASentenceStays() throws {
        let html =
            "<body><article>\(Self.story(1...2))<p>\(Self.sentence(3)) <a class=searchLink href=/b>Bridges</a> stood.</p>"
        #expect(try Self.main(html).contains("bridge. Bridges stood."))
    }

    @Test func theTitleAndTheBylineAreNoText() throws {
        let html = """
            <html><head><title>The river rises | The Paper</title></head><body><article><h1>The river rises</h1>
            <div class=byline>By Ann Author</div><div>20 November 2019</div>\(Self.story(1...2))<h2>The bridge</h2>\(Self.story(3...4))
            <h3>Our best</h3></article>
            """
        let text = try Self.main(html)
        Self.expectStory(text, 1...4, without: ["rises", "Ann", "2019", "Our best"])
        #expect(text.contains("The bridge"))
        // A heading that the title does not tell stays.
        let other = "<title>T</title><body><article><h1>One</h1>\(Self.story(1...2))"
        #expect(try Self.main(other).hasPrefix("One"))
    }

    @Test(arguments: [
        "「川の水位は上がり続けている。人々は橋の上から、その流れを見ていた。」",
        "Река поднималась уже несколько дней, и люди смотрели на неё с моста. Никто не ушёл.",
        "ارتفع النهر منذ أيام، وكان الناس يراقبونه من الجسر. لم يغادر أحد؟",
    ])
    func textOfOtherScriptsIsText(_ sentence: String) throws {
        let story = (1...6).map { "<p>\($0) \(sentence)</p>" }.joined()
        let text = try Self.main(
            "<body><div><a href=/>Home</a> <a href=/2>News</a></div><div><div>\(story)</div></div>")
        for number in 1...6 { #expect(text.contains("\(number) \(sentence)")) }
        #expect(!text.contains("Home"))
    }

    @Test func aShortPageIsGivenWhole() throws {
        let html =
            "<body><nav><a href=/>Home</a></nav><div><h2>Hours</h2><p>We are open on Mondays, from nine.</p><p>Ring twice.</p></div>"
        let text = try Self.main(html)
        #expect(
            text.contains("We are open on Mondays") && text.contains("Ring twice") && !text.contains("Home"))
    }

    @Test func apageWithoutTextIsGivenWhole() throws {
        #expect(try Self.main("<body><p>Hi</p>") == "Hi")
        #expect(try Self.main("<p>") == "")
    }

    /// Trees that are made to take long: what is found is the same, and the suite's time limit is not reached.
    @Test(arguments: [
        String(repeating: "<div class='a b c related share'>", count: 240),
        String(repeating: "<h1>x</h1>", count: 5_000), String(repeating: "<i></i>", count: 20_000),
        String(repeating: "<div>a</div>", count: 10_000), String(repeating: "<a href=x>b</a>", count: 10_000),
        "<p class='" + String(repeating: "x-", count: 100_000) + "'>a</p>",
        "<p>" + String(repeating: "x<br>", count: 20_000) + "</p>",
    ])
    func hostileTreesAreReadToTheirEnd(_ html: String) throws {
        let page = "<body>\(html)</div><div><div>\(Self.story(1...40))</div></div>"
        let document = try HTMLDocument(Array(page.utf8))
        defer { withExtendedLifetime(document) {} }
        let tree = document.tree
        let part = mainPart(of: tree)
        #expect(!part.nodes.isEmpty && part.hidden.count <= tree.count)
        // Its nodes stand in the order of the page, none in another, as writers need them.
        #expect(zip(part.nodes, part.nodes.dropFirst()).allSatisfy { $0 < $1 && !tree.contains($0, $1) })
    }
}
