import Diagnostics
import Testing

/// What a misspelt name is taken to mean.
@Suite(.timeLimit(.minutes(1))) struct NearestNameTests {
    private static let fields = ["url", "method", "headers", "body", "max_retries", "größe", "a"]

    @Test(arguments: [
        ("ulr", "url"), ("URL", "url"), ("Headers", "headers"), ("header", "headers"), ("metod", "method"),
        // Letters that changed their places count as one mistake.
        ("mehtod", "method"),
        // Capitals, `_` and `-` are ways of writing, and no mistakes.
        ("A", "a"), ("maxRetries", "max_retries"), ("max-retries", "max_retries"), ("grösse", "größe"),
    ])
    func isFound(written: String, meant: String) {
        #expect(nearestName(to: written, in: NearestNameTests.fields) == meant)
    }

    /// A guess that is far off would send the reader the wrong way.
    @Test(arguments: ["timeout", "mood", "he", "url_of_the_page", "日本", "m", "b"])
    func farNamesAreNotOffered(written: String) {
        #expect(nearestName(to: written, in: NearestNameTests.fields) == nil)
    }

    @Test func theNearestWins() {
        #expect(nearestName(to: "inputs", in: ["output", "outputs", "input"]) == "input")
        #expect(nearestName(to: "cat", in: ["car", "cut"]) == "car", "of two that are as near, the first")
    }

    @Test func aNameIsNotOfferedForItself() {
        #expect(nearestName(to: "url", in: ["url"]) == nil)
        #expect(nearestName(to: "url", in: [String]()) == nil)
    }

    /// Thousands of names and one that is far too long: most are told apart without comparing them.
    @Test func longNamesEndSoon() {
        let candidates = (0..<5_000).map { "step\($0)" }
        #expect(nearestName(to: String(repeating: "step", count: 25_000), in: candidates) == nil)
    }
}

/// How lists and numbers stand in a sentence.
@Suite(.timeLimit(.minutes(1))) struct SentenceTests {
    @Test(arguments: [
        ([], "nothing"), (["a"], "`a`"), (["a", "b"], "`a` or `b`"), (["a", "b", "c"], "`a`, `b` or `c`"),
    ])
    func namesInWords(names: [String], words: String) { #expect(inWords(names) == words) }

    @Test func quotesAndJoinersAreChosen() {
        #expect(inWords(["a", "b"], quoted: "\"", joiner: "and") == "\"a\" and \"b\"")
    }

    @Test(arguments: [(0, "no"), (1, "one"), (12, "twelve"), (13, "13"), (-1, "-1")])
    func numbersInWords(number: Int, words: String) { #expect(numberInWords(number) == words) }
}
