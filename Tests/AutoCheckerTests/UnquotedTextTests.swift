import AutoChecker
import Diagnostics
import Testing

/// Values that other formats take without quotes: each is told once, by what it is, and mended.
@Suite(.timeLimit(.minutes(1))) struct UnquotedTextTests {
    private func sending(_ entry: String) -> String {
        """
        automation "A"
        START begin -> a
        REST_API a -> end {
          timeout: 30s
          prompt_template {
            url: "https://example.org"
            method: "POST"
            body: { \(entry) }
          }
        }

        """
    }

    @Test(arguments: [
        ("application/json", "a content type"), ("text/html; charset=utf-8", "a content type"),
        ("application/ld+json", "a content type"), ("*/*", "a content type"),
        ("https://example.org/x?y=1", "a url"), ("09:30", "a time of day"), ("9:30:15", "a time of day"),
        ("2026-01-31", "a date"), ("2026-01-31T09:30:00Z", "a date"), ("2026-01-31 09:30", "a date"),
        ("ada@example.org", "an e-mail address"), ("1.2.3", "a version or an address of numbers"),
        ("v1.2.3", "a version or an address of numbers"), ("10.0.0.1", "a version or an address of numbers"),
        ("#ff8800", "a colour"), ("#fff", "a colour"), ("50%", "a percentage"), ("2.5%", "a percentage"),
        ("5MB", "an amount with its unit"), ("2.5 kg", "an amount with its unit"), ("$5", "a price"),
        ("/tmp/a.txt", "a path"), ("./pages/digest.auto", "a path"), ("pages/digest.auto", "a path"),
        ("+49 30 12345", "a telephone number"), ("gpt-4o", "a model's name"),
        ("3c90c3cc-0d44-4b50-8888-8dd25736052a", "an id"),
    ])
    func isToldByWhatItIs(value: String, kind: String) {
        for (before, after) in [("", ""), ("a: 1, ", ""), ("", ", z: 2"), ("", "\n      z: 2\n    ")] {
            let text = sending(before + "at: \(value)" + after)
            #expect(
                errors(text).map(\.message) == ["\(kind) is a text, and a text stands in quotes"], "\(text)")
            let mend = sending(before + "at: \"\(value)\"" + after)
            #expect(mended(text) == mend)
            #expect(errors(mend).isEmpty)
        }
    }

    @Test(arguments: [
        ("https://a.example/x, https://b.example", #""https://a.example/x", "https://b.example""#),
        ("\n  https://a.example/x,\n  \"b\", 5\n", "\n  \"https://a.example/x\",\n  \"b\", 5\n"),
        ("09:30, 10:15", #""09:30", "10:15""#), ("ada@example.org", #""ada@example.org""#),
        (
            "{ url: https://a.example, n: 1 }, { url: ./b.csv }",
            #"{ url: "https://a.example", n: 1 }, { url: "./b.csv" }"#
        ),
        (#""it's", [2026-01-31, "a]"], 5%"#, #""it's", ["2026-01-31", "a]"], "5%""#),
    ])
    func inAListToo(items: String, mend: String) {
        #expect(mended(sending("at: [\(items)]")) == sending("at: [\(mend)]"))
        #expect(errors(sending("at: [\(items)]")).allSatisfy { $0.message.hasSuffix("stands in quotes") })
        #expect(errors(sending("at: [\(mend)]")).isEmpty)
    }

    /// What looks like one at other places, or is one in quotes.
    @Test(arguments: [
        "{1: 2, 3: 4}", "[1, 2][1 > 0 ? 0 : 1]", "[3 - 1, 6 / 2]", #"["a, https://b.example", 'x:09:30']"#,
        "[1 > 0 ? 2 : 3]",
        "[{\"a\": 1 > 0 ? 9 : 30}]", "[[1, 2], [3]]", "[\"\"\"\nhttps://a.example, 09:30\n\"\"\"]",
    ])
    func andNothingElse(value: String) {
        let told = errors(sending("at: \(value)")).map(\.message)
        #expect(!told.contains { $0.hasSuffix("stands in quotes") }, "\(told)")
    }

    /// Several words in a record are a text as they are in a field of their own.
    @Test(arguments: ["Bearer abc", "Ada Lovelace"]) func wordsInARecordAreOneText(value: String) {
        let text = sending("name: \(value)")
        #expect(errors(text).map(\.message) == ["a text stands in quotes"])
        #expect(mended(text) == sending("name: \"\(value)\""))
    }

    @Test func anInputsDefaultIsSuchAText() {
        func file(_ value: String) -> String {
            """
            automation "A"
            input day: text = \(value)
            START begin -> a
            DATA_TRANSFORM a -> end { prompt_template { value: inputs.day } }

            """
        }
        for value in ["2026-01-31", "#ff0000", "50%", "ada@example.org"] {
            #expect(errors(file(value)).count == 1, "\(errors(file(value)).map(\.message))")
            #expect(mended(file(value)) == file("\"\(value)\""))
        }
    }

    /// Inside an expression a date would be two subtractions, and so a number.
    @Test(arguments: [
        "[DATE]", "[1, DATE]", "{ day: [DATE, DATE] }", "inputs.n > 1 ? DATE : \"\"", "timestamp(DATE)",
    ])
    func aDateInsideAnExpressionIsSuchAText(value: String) {
        func file(_ date: String) -> String {
            sending("at: " + value.replacing("DATE", with: date)).replacing(
                "START", with: "input n: int = 4\nSTART")
        }
        let found = errors(file("2026-01-31")).map(\.message)
        #expect(Set(found) == ["a date is a text, and a text stands in quotes"], "\(found)")
        #expect(mended(file("2026-01-31")) == file("\"2026-01-31\""))
    }

    /// What is an expression stays one, however near it comes.
    @Test(arguments: [
        "1 - 5", "10-5", "2026 - 1 - 31", "inputs.n / 2", "inputs.n/inputs.m", "7 % 3", "1.5", "30s", "1h30m",
        "inputs.n > 1 ? 2 : 3", "-inputs.n", "[1, 2]", "1e3", "inputs.n-1", "inputs.n # 2026-01-31\n",
        "# 09:30\n 1", "#fff is a comment\n 1", "inputs.n * 2 # 50%\n",
    ]) func expressionsStayExpressions(value: String) {
        let text = sending("at: \(value)").replacing(
            "START", with: "input n: int = 4\ninput m: int = 2\nSTART")
        #expect(errors(text).isEmpty, "\(errors(text).map(\.message))")
    }

    private func each(_ names: String, in list: String = "inputs.rows") -> String {
        """
        automation "A"
        input rows: list<text> = ["a"]
        START begin -> a
        DATA_TRANSFORM a -> end {
          each: \(names) in \(list)
          prompt_template { value: row + string(i) }
        }

        """
    }

    @Test(arguments: [
        ("row, i", "inputs.rows", "the index comes first in `each`, and here `row` does"),
        (
            "i, row", "enumerate(inputs.rows)",
            "the first of two names of `each` is the index, with no `enumerate`"
        ),
        (
            "i, row", "inputs.rows.entries()",
            "the first of two names of `each` is the index, with no `entries`"
        ),
        ("(i, row)", "inputs.rows", "the names of `each` stand without brackets"),
    ]) func theIndexOfEachIsMended(names: String, list: String, message: String) {
        #expect(errors(each(names, in: list)).map(\.message) == [message])
        #expect(mended(each(names, in: list)) == each("i, row"))
        #expect(errors(each("i, row")).isEmpty)
    }

    @Test func namesOfWhichNoneIsAnIndexStay() {
        for names in ["row, other", "i, j", "n, i"] {
            let text = each(names).replacing("row + string(i)", with: "1")
            #expect(errors(text).isEmpty, "\(errors(text).map(\.message))")
        }
    }
}
