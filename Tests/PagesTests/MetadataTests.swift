import CEL
import Pages
import StepKinds
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct MetadataTests {
    private static func read(_ html: String, url: String = "https://paper.example/a/b.html") throws
        -> MapValue
    {
        let document = try HTMLDocument(Array(html.utf8))
        return withExtendedLifetime(document) { metadata(of: document.tree, base: PageBase(url: url)) }
    }

    private static func text(_ metadata: MapValue, _ name: String) -> String? { metadata[name]?.asText }

    private static func texts(_ value: Value?) -> [String]? { value?.asList?.compactMap(\.asText) }

    @Test func everyPropertyIsKeptWithAllItsValues() throws {
        let found = try Self.read(
            """
            <html lang=de><head><title>T</title><meta name=author content=A><meta property=og:image content=/1.png>
            <meta property=og:image content=/2.png><meta name=DC.Date content=2020-02-03><meta name=keywords content="a, b">
            <meta property=og:title content=O><div itemprop=sku>X1</div>
            """)
        #expect(Self.text(found, "title") == "T" && Self.text(found, "og:title") == "O")
        #expect(Self.text(found, "keywords") == "a, b" && Self.texts(found["tags"]) == ["a", "b"])
        let all = found["properties"]?.asMap
        #expect(Self.texts(all?["og:image"]) == ["/1.png", "/2.png"] && Self.texts(all?["sku"]) == ["X1"])
        #expect(Self.text(found, "image") == "https://paper.example/1.png")
        #expect(Self.text(found, "published") == "2020-02-03" && Self.text(found, "language") == "de")
        // What the page does not say is not there.
        #expect(found["modified"] == nil && found["feeds"] == nil && found["favicon"] == nil)
    }

    /// The checker knows the well-known fields by the same names and kinds.
    @Test func theCheckerKnowsAllWellKnownFields() throws {
        let found = try Self.read(
            """
            <html lang=de><title>T</title><meta name=author content=A><meta name=description content=D>
            <meta property=og:image content=/1.png><meta property=og:site_name content=S>
            <meta property=article:published_time content=2020-02-03><meta name=keywords content=k>
            <meta property=article:modified_time content=2020-02-04><link rel=canonical href=/c>
            <link rel=icon href=/i.png><link rel=alternate type=application/rss+xml href=/feed>
            <script type="application/ld+json">{"@type": "Article"}</script>
            """)
        let known = WebScrape.pageMetadata.fields
        let own = try #require(found["properties"]?.asMap).entries.map(\.key).compactMap(\.asText)
        let names = found.entries.map(\.key).compactMap(\.asText).filter {
            !own.contains($0) || $0 == "author" || $0 == "description"
        }
        #expect(Set(names) == Set(known.map(\.name)))
        for field in known {
            let value = try #require(found[field.name], "\(field.name)")
            #expect((value.asText != nil) == (field.type == .string), "\(field.name)")
            if case .list = field.type { #expect(value.asList != nil, "\(field.name)") }
        }
    }

    /// A heading is the page's name only where the title goes on with that of the site.
    @Test(arguments: [
        ("Berliner protestieren gegen den Hafen", "Berlin", "Berliner protestieren gegen den Hafen"),
        ("The Harbour view on the new pier", "The Harbour", "The Harbour view on the new pier"),
        ("The Harbour | Daily", "The Harbour", "The Harbour"),
        ("The Harbour: Daily", "The Harbour", "The Harbour"),
    ])
    func aHeadingIsNoPartOfASentence(title: String, heading: String, expected: String) throws {
        let found = try Self.read("<title>\(title)</title><h1>\(heading)</h1>")
        #expect(Self.text(found, "headline") == expected)
    }

    @Test(arguments: [
        "<p class=author>By EVA MÜLLER | Staff Writer</p>",
        "<div class=byline>By <span>EVA MÜLLER</span>, Correspondent</div>",
        "<a class=author-name href=/author/eva>EVA MÜLLER</a>",
        "<address class='post author'>von EVA MÜLLER</address>",
        "<meta name=author content='By EVA MÜLLER'>",
    ])
    func aBylineNamesTheAuthor(html: String) throws {
        let story =
            "<article><h1>Harbour</h1>\(html)<p>The harbour is full of ships, and they wait.</p></article>"
        #expect(Self.texts(try Self.read(story)["authors"]) == ["EVA MÜLLER"])
    }

    @Test(arguments: [
        "<p class=author-bio>By EVA MÜLLER</p>", "<div class=comment-author>Joe Troll</div>",
        "<div class=comments><p class=author>Joe Troll</p></div>", "<p class=author>The Newsroom Staff</p>",
        "<p class=author>eva writes about ships and the sea, and lives near the harbour with her cat</p>",
    ])
    func whatNamesNobodyIsNoByline(html: String) throws {
        #expect(try Self.read("<article><h1>Harbour</h1>\(html)</article>")["authors"] == nil)
    }

    @Test(arguments: [
        ("By Eva Müller and Jan Novak", ["Eva Müller", "Jan Novak"]),
        ("Eva Müller, Jan Novak & Ann Lee", ["Eva Müller", "Jan Novak", "Ann Lee"]),
        ("Müller, Eva", ["Müller, Eva"]),
        ("Simon and Garfunkel", ["Simon and Garfunkel"]), ("Von Trier", ["Von Trier"]),
        ("von der Leyen", ["von der Leyen"]), ("Par Eva Müller et Jan Novak", ["Eva Müller", "Jan Novak"]),
    ])
    func severalAuthorsAreToldApart(content: String, expected: [String]) throws {
        let found = try Self.read("<meta name=author content='\(content)'>")
        #expect(Self.texts(found["authors"]) == expected)
    }

    /// What is said of a comment or a review is not said of the page; it stays among the properties.
    @Test func microdataOfOtherThingsIsNotThePages() throws {
        let found = try Self.read(
            """
            <div itemscope itemtype=BlogPosting><h1 itemprop=headline>Harbour</h1>
            <span itemprop=author itemscope><span itemprop=name>Eva Müller</span></span>
            <time itemprop=datePublished datetime=2026-02-01></time>
            <div itemprop=comment itemscope><span itemprop=author itemscope><span itemprop=name>Joe Troll</span></span>
            <meta itemprop=datePublished content=2011-03-25></div></div>
            """)
        #expect(
            Self.texts(found["authors"]) == ["Eva Müller"] && Self.text(found, "published") == "2026-02-01")
        #expect(Self.texts(found["properties"]?.asMap?["author"]) == ["Eva Müller", "Joe Troll"])
    }

    @Test(arguments: [
        (#"[{"@type":"Person","@id":"x:p","name":"Eva"},{"@type":"Article","author":{"@id":"x:p"}}]"#, "Eva"),
        (
            #"[{"@type":"Article","author":[{"name":"Eva"},{"@id":"x:j"}]},{"@id":"x:j","name":"Jan"}]"#,
            "Eva, Jan"
        ),
        (#"{"@type":"Article","author":"Eva&#8217;s &amp; Jan"}"#, "Eva’s & Jan"),
        (#"/*<![CDATA[*/{"@type":"Article","author":"Eva"}/*]]>*/"#, "Eva"),
        ("<!--\n{\"@type\":\"Article\",\"author\":\"Eva\"}\n//-->", "Eva"),
        (#"// <![CDATA[ {"@type":"Article","author":"Eva"} // ]]>"#, "Eva"),
    ])
    func linkedDataIsReadWhole(json: String, author: String) throws {
        let found = try Self.read(#"<script type="application/ld+json">"# + json + "</script>")
        #expect(Self.text(found, "author") == author && found["json_ld"] != nil)
    }

    @Test(arguments: [
        ("Sat Jan 31 2026 10:00:00 GMT+0100 (CET)", "2026-01-31T10:00:00+01:00"),
        ("Sat Jan 31 2026 10:00:00 GMT-0500", "2026-01-31T10:00:00-05:00"),
        ("Sat, 31 Jan 2026 10:00:00 GMT", "2026-01-31T10:00:00Z"),
    ])
    func datesOfJavaScriptHaveTheirZone(content: String, expected: String) throws {
        let found = try Self.read("<meta property=article:published_time content='\(content)'>")
        #expect(Self.text(found, "published") == expected)
    }

    @Test func linksOfTheHeadAreAbsolute() throws {
        let found = try Self.read(
            """
            <link rel=canonical href=../c><link rel="shortcut icon" href=/i.png><link rel=apple-touch-icon href=/t.png>
            <link rel=alternate type=application/rss+xml title=News href=/feed><link rel=alternate hreflang=fr href=/fr>
            """)
        #expect(Self.text(found, "canonical") == "https://paper.example/c")
        #expect(Self.text(found, "favicon") == "https://paper.example/i.png")
        let feeds = found["feeds"]?.asList ?? []
        #expect(feeds.count == 1 && feeds.first?.asMap?["url"]?.asText == "https://paper.example/feed")
        #expect(feeds.first?.asMap?["title"]?.asText == "News")
    }

    /// Templates write line breaks into its texts, commas before its brackets and a semicolon behind it.
    @Test(arguments: [
        #"{"@type": "Article", "datePublished": "2020-05-06", }"#,
        #"{"@type": "Article", "keywords": ["a",], "datePublished": "2020-05-06"};"#,
        "{\"@type\": \"Article\", \"headline\": \"a,]\nb\", \"datePublished\": \"2020-05-06\"}",
    ])
    func looseLinkedDataIsRead(block: String) throws {
        let found = try Self.read("<script type='application/ld+json'>" + block + "</script>")
        #expect(Self.text(found, "published") == "2020-05-06")
    }

    @Test func datesOfCommentsAreNotThePages() throws {
        let comment = "<div id=comments><p class=comment><time datetime=2022-01-01>x</time></div>"
        #expect(Self.text(try Self.read("<article><p>x</article>" + comment), "published") == nil)
        let page = comment + "<article><time datetime=2021-02-03>x</time></article>"
        #expect(Self.text(try Self.read(page), "published") == "2021-02-03")
    }

    @Test func linkedDataIsReadFromItsArticle() throws {
        let found = try Self.read(
            """
            <script type="application/ld+json">{"@type": "Organization", "name": "Other"</script>
            <script type="application/ld+json">[{"@context": "x", "@graph": [
              {"@type": "WebPage", "name": "Page", "datePublished": "2001-01-01"},
              {"@type": ["NewsArticle"], "headline": "Head", "author": [{"name": "Ann"}, "Bob"], "publisher": {"name": "Paper"},
               "image": [{"url": "/p.png"}], "datePublished": "2019-11-20T10:00:00+01:00", "dateModified": "2019-11-21",
               "keywords": ["x", "y, z"], "inLanguage": "en_GB"}]}]</script>
            """)
        #expect(Self.text(found, "headline") == "Head" && Self.texts(found["authors"]) == ["Ann", "Bob"])
        #expect(Self.text(found, "author") == "Ann, Bob" && Self.text(found, "site") == "Paper")
        #expect(Self.text(found, "published") == "2019-11-20T10:00:00+01:00")
        #expect(Self.text(found, "modified") == "2019-11-21" && Self.texts(found["tags"]) == ["x", "y", "z"])
        #expect(
            Self.text(found, "image") == "https://paper.example/p.png"
                && Self.text(found, "language") == "en-GB")
        #expect(found["json_ld"]?.asList?.count == 1)
    }

    @Test func theHeadlineHasNoNameOfTheSite() throws {
        func headline(_ html: String) throws -> String? { Self.text(try Self.read(html), "headline") }
        #expect(
            try headline("<title>A - b | The Paper</title><meta property=og:site_name content='The Paper'>")
                == "A - b")
        #expect(try headline("<title>The river | Paper</title><h1>The river</h1>") == "The river")
        #expect(try headline("<title>T</title><meta property=og:title content='Better'>") == "Better")
        #expect(try headline("<p>x") == nil)
    }

    /// What pages write, and the date that it is; where no zone is told, there is no time.
    @Test(arguments: [
        ("2019-11-20T10:05:06Z", "2019-11-20T10:05:06Z"),
        ("2019-11-20T10:05:06.123+0100", "2019-11-20T10:05:06+01:00"),
        ("2019-11-20 10:05", "2019-11-20"), ("20191120", "2019-11-20"), ("2019/11/20", "2019-11-20"),
        ("1574240706", "2019-11-20T09:05:06Z"), ("1574240706000", "2019-11-20T09:05:06Z"),
        ("Wed, 20 Nov 2019 10:05:06 GMT", "2019-11-20T10:05:06Z"),
        ("November 20th, 2019 at 5:30 PM EST", "2019-11-20T17:30:00-05:00"),
        ("20.11.2019", "2019-11-20"), ("20/11/2019", "2019-11-20"), ("11/20/2019", "2019-11-20"),
        ("20. November 2019, 10:05 Uhr", "2019-11-20"), ("20 de noviembre de 2019", "2019-11-20"),
        ("le 1er août 2019", "2019-08-01"), ("20 listopada 2019", "2019-11-20"),
        ("20 ноября 2019", "2019-11-20"),
        ("2019年11月20日", "2019-11-20"), ("2019년 11월 20일", "2019-11-20"), ("2016-02-29", "2016-02-29"),
    ])
    func datesOfManyKindsAreRead(_ written: String, _ expected: String) throws {
        let found = try Self.read("<html lang=de><meta property=article:published_time content='\(written)'>")
        #expect(Self.text(found, "published") == expected)
    }

    @Test(arguments: [
        "2019-13-20", "2019-02-29", "soon", "1.2.3", "", "99999999999999999999", "31 June 2019", "12:30",
    ])
    func whatIsNoDateIsNone(_ written: String) throws {
        let found = try Self.read("<meta property=article:published_time content='\(written)'>")
        #expect(Self.text(found, "published") == nil)
    }

    @Test func datesAreFoundInElementsTheAddressAndTheText() throws {
        #expect(
            Self.text(try Self.read("<p>x<time datetime=2019-11-20>yesterday</time>"), "published")
                == "2019-11-20")
        #expect(
            Self.text(try Self.read("<span class=post-date>Posted on May 4, 2020</span>"), "published")
                == "2020-05-04")
        #expect(
            Self.text(try Self.read("<p>x", url: "https://p.example/2019/11/20/x"), "published")
                == "2019-11-20")
        #expect(Self.text(try Self.read("<p>Stand: 4. Mai 2020"), "published") == "2020-05-04")
        // The order of day and month is the language's.
        let date = "<span class=date>3/4/2020</span>"
        #expect(Self.text(try Self.read("<html lang=en-US>\(date)"), "published") == "2020-03-04")
        #expect(Self.text(try Self.read("<html lang=en-GB>\(date)"), "published") == "2020-04-03")
    }

    @Test func hostilePagesAreReadToTheirEnd() throws {
        for html in [
            (0..<5_000).map { "<meta name=n\($0) content=v>" }.joined(),
            String(repeating: "<time>1</time>", count: 10_000),
            "<p itemprop='" + String(repeating: "a ", count: 50_000) + "'>x</p>",
            "<meta property=article:published_time content='" + String(repeating: "1.", count: 200_000)
                + "'>",
            "<script type='application/ld+json'>" + String(repeating: "[", count: 100_000) + "</script>",
            "<title>" + String(repeating: "a | ", count: 50_000) + "</title>",
        ] {
            #expect(Self.text(try Self.read("<html lang=en>" + html), "language") == "en")
        }
    }
}
