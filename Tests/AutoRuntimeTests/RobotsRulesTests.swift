import AutoRuntime
import Testing

/// What a robots.txt lets us fetch, by RFC 9309.
@Suite(.timeLimit(.minutes(1))) struct RobotsRulesTests {
    private static let file = """
        # Everybody.
        User-agent: *
        Disallow: /private
        Allow: /private/open
        Disallow: /*.pdf$

        User-Agent: AutoRun
        user-agent: other
        Disallow: /a*b/c
        Allow: /
        Crawl-delay: 3
        """

    private func refusal(_ file: String, _ target: String, _ agent: String = "autorun") -> Int? {
        RobotsRules(Array(file.utf8), for: agent).refusal(of: target)?.line
    }

    @Test(arguments: [
        ("bot", "/private", 3), ("bot", "/privately", 3), ("bot", "/private/x?y", 3), ("bot", "/", nil),
        ("bot", "/private/open/x", nil), ("bot", "/x.pdf", 5), ("bot", "/x.pdf?y", nil),
        ("autorun", "/private", nil), ("autorun", "/axxb/c/d", 9), ("autorun", "/ab/c", 9),
        ("autorun", "/b/c", nil), ("other", "/ab/c", 9), ("AUTORUN", "/ab/c", 9),
        ("autorunner", "/private", 3), ("bot", "/robots.txt", nil),
    ])
    func theGroupThatNamesUsCounts(_ agent: String, _ target: String, _ line: Int?) {
        #expect(refusal(Self.file, target, agent) == line)
    }

    @Test(arguments: [
        ("user-agent: *\ndisallow: /", "/x", 2), ("user-agent: *\ndisallow:", "/x", nil), ("", "/x", nil),
        // Rules before any robot is named are for nobody.
        ("disallow: /", "/x", nil),
        // The longest counts, and of equals the one that lets us in.
        ("user-agent: *\ndisallow: /a/b\nallow: /a", "/a/b", 2),
        ("user-agent: *\ndisallow: /a\nallow: /a", "/a", nil),
        ("user-agent: *\ndisallow: /*\nallow: /$", "/", nil),
        ("user-agent: *\ndisallow: /*\nallow: /$", "/x", 2),
        ("user-agent: *\ndisallow: /a$b", "/a$b", 2), ("user-agent: *\ndisallow: /a%24", "/a$b", 2),
        ("user-agent: *\ndisallow: /a%2A", "/ab", nil), ("user-agent: *\ndisallow: /a%2A", "/a*b", 2),
        // Escapes.
        ("user-agent: *\ndisallow: /ü", "/%C3%BC/x", 2), ("user-agent: *\ndisallow: /%c3%bc", "/%C3%BC", 2),
        ("user-agent: *\ndisallow: /%7Ejoe", "/~joe/x", 2), ("user-agent: *\ndisallow: /a%2Fb", "/a/b", nil),
        // Line ends, marks, comments, blanks.
        ("\u{FEFF}user-agent:*\r\ndisallow : /x # not this\r\n", "/x", 2),
        ("user-agent: *\rdisallow: /x\r", "/x", 2), ("USER-AGENT: *\n\n\nDISALLOW: /x", "/x", 4),
        ("user-agent: *\nnonsense\nsitemap: x\ndisallow: /x", "/x", 4),
        // Groups of the same robot are one.
        ("user-agent: *\ndisallow: /a\nuser-agent: b\ndisallow: /b\nuser-agent: *\ndisallow: /c", "/c", 6),
        ("user-agent: autorun/1.0 (bot)\ndisallow: /", "/x", 2),
        // Blank lines end no group: both names stand before the rule.
        ("user-agent: autorun\n\nuser-agent: *\ndisallow: /", "/x", 4),
    ])
    func patternsAreMatched(_ file: String, _ target: String, _ line: Int?) {
        #expect(refusal(file, target) == line)
    }

    @Test(arguments: [
        ("3", 3.0), ("0.5", 0.5), ("soon", nil), ("-1", nil), ("inf", nil), ("nan", nil),
    ])
    func theDelayIsRead(_ text: String, _ seconds: Double?) {
        let file = "user-agent: *\ncrawl-delay: \(text)\ndisallow: /x"
        #expect(RobotsRules(Array(file.utf8), for: "autorun").delay == seconds)
    }

    @Test func whatIsBehindTheLimitDoesNotCount() {
        let rest = String(repeating: "#", count: RobotsRules.limit)
        #expect(refusal("user-agent: *\ndisallow: /a\n\(rest)\ndisallow: /b", "/b") == nil)
        #expect(refusal("user-agent: *\ndisallow: /a\n\(rest)\ndisallow: /b", "/a") == 2)
    }

    /// The worst that both sides can bring is looked at in time that grows with both lengths added.
    @Test func hostilePatternsEnd() {
        let pattern = "disallow: *" + String(repeating: "a", count: 2_000) + "b\n"
        let file = "user-agent: *\n" + String(repeating: pattern, count: 250)
        #expect(refusal(file, "/" + String(repeating: "a", count: 8_000)) == nil)
    }

    @Test func statusesSayWhetherThereIsAFile() {
        func file(_ status: Int) -> RobotsFile {
            RobotsFile(
                HTTPResponse(
                    status: status, headers: [], body: Array("user-agent: *\ndisallow: /".utf8), url: ""),
                for: "autorun", now: 0)
        }
        for status in [401, 403, 404, 410, 429] {
            if case .none = file(status) { continue }
            Issue.record("\(status)")
        }
        for status in [500, 503] {
            if case .unknown(let words, _) = file(status), words.contains(String(status)) { continue }
            Issue.record("\(status)")
        }
        if case .rules(let rules) = file(200), rules.refusal(of: "/x") != nil { return }
        Issue.record("200")
    }
}
