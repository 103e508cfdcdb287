import Testing
import URLs

private func message(_ text: String, base: String? = nil) -> String {
    do {
        let base = try base.map { try WebURL($0) }
        return "read as " + (try WebURL(text, base: base)).text
    } catch {
        return (error as? URLError)?.message ?? "another error"
    }
}

@Suite(.timeLimit(.minutes(1))) struct URLErrorTests {
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("", "the url is empty"),
            ("plum.example/tart", "`plum.example/tart` has no scheme such as `https:` in front"),
            ("https://", "the host is missing"),
            ("https://:80/", "the host is missing before the port"),
            ("https://ann@/", "the host is missing behind the `@`"),
            ("https://plum:99999/", "the port `99999` is larger than 65535"),
            ("https://plum:8a/", "the port `8a` is not a number"),
            ("https://exa mple.com/", "the host `exa mple.com` holds a blank"),
            ("https://exa%20mple.com/", "the host `exa%20mple.com` holds a blank"),
            ("https://a%00b/", "the host `a%00b` holds a control character"),
            ("https://a\u{7}b/", "the host `a%07b` holds a control character"),
            ("https://a<b/", "the host `a<b` holds a `<`, which no host can hold"),
            ("tree://a^b/", "the host `a^b` holds a `^`, which no host can hold"),
            ("https://%C2%AD/", "the host `%C2%AD` holds only characters that a domain leaves out"),
            (
                "https://a\u{E000}/",
                "the host `a%EE%80%80` holds the character U+E000, which no domain can hold"
            ),
            (
                "https://1.2.3.256/",
                "the host `1.2.3.256` has the number `256`, which is too large for an IPv4 address"
            ),
            (
                "https://1.2.3.4.5/",
                "the host `1.2.3.4.5` ends in a number, but has more than the four of an IPv4 address"
            ),
            ("https://a.1/", "the host `a.1` ends in a number, but `a` is no number of an IPv4 address"),
            ("https://[::1/", "the host `[::1` has no `]` for its `[`"),
            (
                "https://[1:2]/",
                "the host `[1:2]` is no IPv6 address: it has fewer than eight pieces and no `::`"
            ),
            (
                "https://[::1%1]/",
                "the host `[::1%1]` is no IPv6 address: a piece is not made of one to four hexadecimal digits"
            ),
        ])
    func messagesSayWhatIsWrongAndWhere(text: String, expected: String) {
        #expect(message(text) == expected)
    }

    @Test(.timeLimit(.minutes(1)))
    func aPlainTextHasNothingToResolveAgainst() {
        #expect(
            message("x", base: "mailto:ann@plum.example")
                == "the base has the scheme `mailto` and no path of segments, so that only a reference that "
                + "begins with `#` can be resolved against it")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "https://ann:secret/1@plum.example/", "//ann:secret@plum.example", "ann:secret@plum.example:x//",
            "https://ann:secret@pl um/", "https://ann:secret@plum:99999/", "https://ann:secret@",
            "https://ann:1secret?@plum.example", "plum.example?token=secret", "#secret", "?secret",
        ])
    func passwordsAreNotShown(text: String) {
        #expect(!message(text).replacing("read as ann:secret", with: "").contains("secret"))
    }

    @Test(.timeLimit(.minutes(1)))
    func quotesAreShort() {
        let long = String(repeating: "a", count: 500)
        for text in ["https://plum:" + long, "https://" + long + " /", long, "https://[" + long + "]"] {
            #expect(message(text).contains("`"))
            let quotes = message(text).split(separator: "`").map(\.count)
            #expect(quotes.max() ?? 0 <= 80)
            #expect(message(text).contains("aaa…`"))
        }
        let sixty = String(repeating: "é", count: 60)
        #expect(message(sixty).hasPrefix("`\(sixty)` "))
        #expect(message(sixty + "é").hasPrefix("`\(sixty.dropLast())…` "))
        #expect(message("\u{202E}`é").hasPrefix("`%E2%80%AE%60é` "))
    }
}
