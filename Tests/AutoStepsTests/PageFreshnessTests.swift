import Testing

@testable import AutoSteps

/// How long a page may be shown without asking, by RFC 9111.
@Suite(.timeLimit(.minutes(1))) struct PageFreshnessTests {
    @Test(
        arguments: [
            ([:], 0), (["cache-control": "max-age=60"], 60), (["cache-control": "public, MAX-AGE = 5"], 5),
            (["cache-control": "max-age=60", "age": "50"], 10),
            (["cache-control": "max-age=60", "age": "70"], 0),
            (["cache-control": "no-cache, max-age=60"], 0),
            (["cache-control": "max-age=\"60\", max-age=30"], 30),
            (["cache-control": "max-age=x"], 0), (["cache-control": "max-age=-5"], 0),
            (["cache-control": "max-age=99999999999999999999"], 30 * 86_400),
            (["age": "99999999999999999999"], 0),
            // An age counts before a date, and a date from the server's own clock.
            (["cache-control": "max-age=0", "expires": "Thu, 01 Jan 2099 00:00:00 GMT"], 0),
            (["expires": "Thu, 01 Jan 1970 00:20:00 GMT", "date": "Thu, 01 Jan 1970 00:10:00 GMT"], 600),
            (["expires": "Thu, 01 Jan 1970 00:20:00 GMT"], 200), (["expires": "0"], 0),
            // Nothing is guessed from how old the page was.
            (["last-modified": "Thu, 01 Jan 1970 00:00:00 GMT"], 0),
        ] as [([String: String], Int64)])
    func lifetimes(_ headers: [String: String], _ seconds: Int64) {
        let freshness = PageFreshness(now: 1_000) { headers[$0] }
        #expect(freshness.lifetime == seconds && freshness.mayBeKept)
    }

    @Test(arguments: [["cache-control": "max-age=60, no-store"], ["vary": "*"], ["vary": "accept, *"]])
    func someAreNotKept(_ headers: [String: String]) {
        #expect(!PageFreshness(now: 1_000) { headers[$0] }.mayBeKept)
    }
}
