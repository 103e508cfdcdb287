import AutoRuntime
import Testing
import URLs

/// Which cookies go where, by RFC 6265.
@Suite(.timeLimit(.minutes(1))) struct CookieJarTests {
    /// 2001-09-09T01:46:40Z.
    private static let now: Int64 = 1_000_000_000

    /// What a request carries after some answers have set their cookies.
    private func carried(_ answers: [(url: String, cookie: String)], to url: String, after seconds: Int64 = 0)
        throws -> String?
    {
        var jar = CookieJar()
        for (url, cookie) in answers {
            jar.take([("set-cookie", cookie)], from: try WebURL(url), now: Self.now)
        }
        return jar.header(for: try WebURL(url), now: Self.now + seconds)
    }

    @Test(arguments: [
        // The host alone, unless a domain is named.
        ("https://a.example.com/", "k=v", "https://a.example.com/x", "k=v"),
        ("https://a.example.com/", "k=v", "https://b.example.com/", nil),
        ("https://a.example.com/", "k=v", "https://x.a.example.com/", nil),
        ("https://a.example.com/", "k=v; Domain=.Example.COM", "https://b.example.com/", "k=v"),
        ("https://a.example.com/", "k=v; domain=example.com", "https://example.com/", "k=v"),
        ("https://a.example.com/", "k=v; Domain=other.com", "https://other.com/", nil),
        ("https://a.example.com/", "k=v; Domain=ample.com", "https://a.example.com/", nil),
        ("https://example.com/", "k=v; Domain=a.example.com", "https://a.example.com/", nil),
        // Never for names below which everyone can have one.
        ("https://a.example.com/", "k=v; Domain=com", "https://b.com/", nil),
        ("https://a.example.co.uk/", "k=v; Domain=co.uk", "https://b.co.uk/", nil),
        ("https://a.github.io/", "k=v; Domain=github.io", "https://b.github.io/", nil),
        ("https://a.police.uk/", "k=v; Domain=police.uk", "https://b.police.uk/", nil),
        ("https://a.x.ck/", "k=v; Domain=x.ck", "https://b.x.ck/", nil),
        ("https://a.x.com.br/", "k=v; Domain=com.br", "https://b.com.br/", nil),
        (
            "https://a.s3.eu-west-1.amazonaws.com/", "k=v; Domain=eu-west-1.amazonaws.com",
            "https://eu-west-1.amazonaws.com/", nil
        ),
        // A second level of one country is a site in another.
        ("https://www.web.de/", "k=v; Domain=web.de", "https://mail.web.de/", "k=v"),
        ("https://www.info.cz/", "k=v; Domain=info.cz", "https://info.cz/", "k=v"),
        ("http://localhost:1/", "k=v; Domain=localhost", "http://localhost:2/", "k=v"),
        // An address has nothing below it.
        ("http://127.0.0.1/", "k=v; Domain=0.0.1", "http://9.0.0.1/", nil),
        ("http://127.0.0.1:1/", "k=v; Domain=127.0.0.1", "http://127.0.0.1:2/", "k=v"),
        // Paths.
        ("https://a.com/x/y", "k=v", "https://a.com/x/z", "k=v"),
        ("https://a.com/x/y", "k=v", "https://a.com/", nil),
        ("https://a.com/", "k=v; Path=/x", "https://a.com/xy", nil),
        ("https://a.com/", "k=v; Path=/x", "https://a.com/x", "k=v"),
        ("https://a.com/", "k=v; Path=/x", "https://a.com/x/y?q", "k=v"),
        ("https://a.com/q/r", "k=v; Path=x", "https://a.com/q/s", "k=v"),
        // https.
        ("https://a.com/", "k=v; Secure", "http://a.com/", nil),
        ("https://a.com/", "k=v; Secure", "https://a.com/", "k=v"),
        ("http://a.com/", "k=v; Secure", "https://a.com/", nil),
        ("https://a.com/", "__Host-k=v; Secure; Path=/", "https://a.com/x", "__Host-k=v"),
        ("https://a.com/", "__Host-k=v; Secure", "https://a.com/x", nil),
        ("https://a.com/", "__Secure-k=v", "https://a.com/x", nil),
        // What is no cookie.
        ("https://a.com/", "bare", "https://a.com/", nil), ("https://a.com/", "=v", "https://a.com/", nil),
        ("https://a.com/", "k=a\u{1}b", "https://a.com/", nil),
        ("https://a.com/", " k = \"a b\" ; x", "https://a.com/", "k=\"a b\""),
    ])
    func cookiesGoWhereTheyMay(_ from: String, _ cookie: String, _ to: String, _ header: String?) throws {
        #expect(try carried([(from, cookie)], to: to) == header)
    }

    @Test(arguments: [
        ("k=v", 1_000_000, true), ("k=v; Max-Age=60", 59, true), ("k=v; Max-Age=60", 60, false),
        ("k=v; Max-Age=0", 0, false), ("k=v; Max-Age=-5", 0, false), ("k=v; Max-Age=soon", 5, true),
        ("k=v; Max-Age=99999999999999999999999", 1_000, true),
        ("k=v; Expires=Sun, 09 Sep 2001 01:47:40 GMT", 59, true),
        ("k=v; Expires=Sun, 09 Sep 2001 01:47:40 GMT", 60, false),
        ("k=v; Expires=Sunday, 09-Sep-01 01:47:40 GMT", 60, false),
        ("k=v; Expires=Sun Sep  9 01:47:40 2001", 60, false), ("k=v; Expires=9 sep 2001 1:47:40", 60, false),
        ("k=v; Expires=whenever", 60, true), ("k=v; Expires=Wed, 31 Feb 2001 00:00:00 GMT", 60, true),
        // The age counts before the date.
        ("k=v; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 30, true),
    ])
    func cookiesEnd(_ cookie: String, _ after: Int64, _ isThere: Bool) throws {
        let header = try carried([("https://a.com/", cookie)], to: "https://a.com/", after: after)
        #expect(header == (isThere ? "k=v" : nil))
    }

    @Test func longerPathsStandFirst() throws {
        let answers = [
            ("https://a.com/", "a=1"), ("https://a.com/", "b=2; Path=/x"), ("https://a.com/", "c=3"),
            ("https://a.com/", "a=4"),
        ]
        #expect(try carried(answers, to: "https://a.com/x/y") == "b=2; a=4; c=3")
    }

    @Test func whatEndsIsTakenAway() throws {
        let answers = [("https://a.com/", "k=v"), ("https://a.com/", "k=; Max-Age=0")]
        #expect(try carried(answers, to: "https://a.com/") == nil)
    }

    /// Over http, where anybody on the way may write, none that was set over https is changed.
    @Test func secureOnesStay() throws {
        let answers = [("https://a.com/", "k=1; Secure; Path=/"), ("http://a.com/", "k=2; Path=/x")]
        #expect(try carried(answers, to: "https://a.com/x") == "k=1")
    }

    @Test func whatTheAuthorWroteGoesFirst() throws {
        var jar = CookieJar()
        let url = try WebURL("https://a.com/")
        jar.take([("set-cookie", "a=1"), ("set-cookie", "b=2"), ("etag", "c=3")], from: url, now: 0)
        #expect(jar.header(for: url, besides: "a=mine; d=4", now: 0) == "a=mine; d=4; b=2")
        #expect(jar.header(for: try WebURL("https://b.com/"), besides: "a=mine", now: 0) == "a=mine")
    }

    @Test func aServerCannotFillTheJar() throws {
        var jar = CookieJar()
        let url = try WebURL("https://a.com/")
        for number in 0..<2_000 { jar.take([("set-cookie", "k\(number)=v")], from: url, now: 0) }
        let cookies = try #require(jar.header(for: url, now: 0)).split(separator: ";")
        #expect(cookies.count == 50 && cookies.last == " k1999=v")
        let long = String(repeating: "v", count: 5_000)
        jar.take([("set-cookie", "long=\(long)")], from: url, now: 0)
        #expect(jar.header(for: url, now: 0)?.contains("long") == false)
    }
}
