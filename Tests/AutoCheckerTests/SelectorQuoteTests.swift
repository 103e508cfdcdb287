import AutoChecker
import Diagnostics
import Testing

/// A quote inside a selector ends it: the finding says which quotes to use.
@Suite(.timeLimit(.minutes(1))) struct SelectorQuoteTests {
    private func findings(_ select: String) -> [Diagnostic] {
        let text = """
            automation "Title"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> end {
              timeout: 30s
              prompt_template { url: inputs.page, select: \(select) }
            }

            """
        return check(SourceText(name: "t", text: text)).findings
    }

    @Test(arguments: [
        (#""a[href="x"]""#, "a[href='x']"), (#"{ a: "a[href^="/x"]", b: "p" }"#, "a[href^='/x']"),
        (#"xpath("//a[@b="c d"]")"#, "//a[@b='c d']"),
        (#""a[b=""]""#, "a[b='']"),
        (#"{ r: { each: "tr[x="1"] > td[y="2"]", a: "@b" } }"#, "tr[x='1'] > td[y='2']"),
    ])
    func theMendIsWritten(select: String, mended: String) {
        let found = findings(select)
        #expect(found.map(\.code) == [.expected], "\(found)")
        #expect(found.first?.message == "the selector ends at this quote, and more of it follows")
        #expect(found.first?.help == "write the quotes inside as `'`: `\"\(mended)\"`")
        #expect(found.first?.fix?.replacement == mended)
    }

    @Test(arguments: [
        #""a[href='x']""#, #"'a[href="x"]'"#, #"{ a: "h1", b: ["p"] }"#, "\"h1\"# the title\n",
        // Backslashes are the selector's own, wherever it stands.
        ##"["#a\.b\:c", '.\31 a']"##, ##"{ a: ["#a\.b"], b: xpath('a') }"##,
    ])
    func otherQuotesPass(select: String) { #expect(findings(select).isEmpty, "\(findings(select))") }
}
