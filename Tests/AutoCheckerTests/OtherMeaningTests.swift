import AutoChecker
import Diagnostics
import Testing

/// Mends that would make something else of a text are not made.
@Suite(.timeLimit(.minutes(1))) struct OtherMeaningTests {
    private func giving(_ value: String, each: String = "") -> String {
        """
        automation "A"
        input n: int = 3
        input xs: list<int> = []
        START begin -> a
        DATA_TRANSFORM a -> end { \(each)prompt_template { value: \(value) } }

        """
    }

    /// As a comment it would take the divisor away.
    @Test(arguments: [
        "inputs.n // 2", "inputs.n // inputs.n", "(inputs.n + 1) // 2", "inputs.n // (2 + 1)",
        "{ half: inputs.n // 2, n: 1 }", "\"${inputs.n // 2}\"", "[inputs.n // 2]",
        "inputs.n // 4 // 2",
    ])
    func twoSlashesBehindAnOperandAreNoComment(value: String) {
        let text = giving(value)
        let told = errors(text)
        #expect(!told.isEmpty && told.allSatisfy { $0.message == "`//` is no operator here" }, "\(told)")
        #expect(told.first?.help?.contains("write `/`") == true && told.first?.fix?.isSafe == false)
        #expect(mended(text) == text)
    }

    @Test(arguments: [
        ("input n: int = 3\n", "input n: int = 3 // three\n"),
        ("input n: int = 3\n", "input n: int = 3 // 1 to 9\n"),
        ("begin -> a\n", "begin -> a // first\n"),
        ("value: inputs.n }", "value: inputs.n // how many they are\n}"),
        ("value: inputs.n }", "value: inputs.n // 2 of them\n}"),
    ])
    func commentsAreMended(place: String, comment: String) {
        let text = giving("inputs.n").replacing(place, with: comment)
        #expect(errors(text).map(\.message) == ["a comment begins with `#`, not with `//`"])
        #expect(mended(text) == text.replacing("//", with: "#"))
    }

    @Test func whatEachGoesOverStandsWithoutQuotes() {
        let text = giving("s", each: "each: \"s in inputs.xs\", ")
        #expect(errors(text).map(\.message) == ["what `each` goes over stands without quotes"])
        #expect(mended(text) == giving("s", each: "each: s in inputs.xs, "))
    }

    @Test(arguments: ["each: \"s in inputs.xs[\", ", "each: \"inputs.xs\", "])
    func otherTextsAreNoNames(each: String) {
        let text = giving("s", each: each)
        #expect(errors(text).first?.message.hasPrefix("expected a variable") == true, "\(errors(text))")
        #expect(mended(text) == text)
    }

    /// The sign is told where it stands, and not as an operator once more.
    @Test(arguments: [
        ("inputs.n × 2", "inputs.n * 2"), ("inputs.n – 2", "inputs.n - 2"), ("inputs.n ≥ 2", "inputs.n >= 2"),
        ("inputs.n ≠ 2", "inputs.n != 2"), ("inputs.n ÷ 2", "inputs.n / 2"),
        ("true & false", "true && false"),
    ])
    func aSignOfAnotherAlphabetIsToldOnce(wrong: String, right: String) {
        let told = errors(giving(wrong))
        #expect(told.count == 1 && told.first?.code == .badCharacter, "\(told)")
        #expect(mended(giving(wrong)) == giving(right))
    }

    /// Between two values that are no conditions `||` gives the other value in other languages.
    @Test func anotherValueIsNoCondition() {
        let told = errors(giving("inputs.t || \"d\"").replacing("input n:", with: "input t: text\ninput n:"))
        #expect(told.map(\.message) == ["`||` joins conditions, and gives no other value"], "\(told)")
        #expect(told.first?.help?.contains("`inputs.t != \"\" ? inputs.t : \"d\"`") == true, "\(told)")
        #expect(errors(giving("inputs.n || 4")).count == 1)
        #expect(
            errors(giving("inputs.n > 2 || 4")).map(\.message) == [
                "each side of `||` must be a bool, found int"
            ])
    }

    /// The quotes around lines below are told once, and mended.
    @Test func aProgramOverSeveralLinesIsToldOnce() {
        func python(_ quotes: String) -> String {
            "automation \"A\"\nSTART begin -> a\nPYTHON a -> end { prompt_template {\n code: \(quotes)\nresult = 1\n\(quotes)\n} }\n"
        }
        #expect(errors(python("\"")).map(\.code) == [.unclosedText], "\(errors(python("\"")))")
        #expect(errors(mended(python("\""))).isEmpty, "\(mended(python("\"")))")
    }

    /// What fails in every run is told before one.
    @Test(arguments: [
        ("inputs.n / 0", "this divides by 0, and fails in every run"),
        ("inputs.n % 0", "this divides by 0, and fails in every run"),
        ("inputs.xs[-1]", "a list has no element -1: its first one is 0"),
    ])
    func whatAlwaysFailsIsTold(value: String, message: String) {
        #expect(errors(giving(value)).map(\.message) == [message])
    }

    @Test(arguments: ["1.0 / 0.0", "0 / inputs.n + 1", "inputs.xs[?-1].orValue(1)"])
    func whatHasAValueIsLeft(value: String) {
        #expect(errors(giving(value)).isEmpty, "\(errors(giving(value)))")
    }

    @Test func aComparisonOfThreeIsTwo() {
        let told = errors(giving("1 < inputs.n <= 5"))
        #expect(told.map(\.message) == ["a comparison has two sides, and this one three"], "\(told)")
        #expect(mended(giving("1 < inputs.n <= 5")) == giving("1 < inputs.n && inputs.n <= 5"))
        #expect(errors(giving("(1 < inputs.n) < 5")).first?.message == "`<` cannot compare bool with int")
    }
}
