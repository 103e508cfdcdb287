import AutoChecker
import Diagnostics
import Testing

/// What people write by habit, each told once with its mend.
@Suite(.timeLimit(.minutes(1))) struct OtherHabitTests {
    private func file(_ steps: String, inputs: String = "") -> String {
        "automation \"A\"\n\(inputs)START begin -> a\n\(steps)\n"
    }

    private let rest = "DATA_TRANSFORM a -> end { prompt_template { value: 1 } }"

    @Test(arguments: [
        ("secret K: text\n", "secret K\n", "a secret has no type: it is a text"),
        ("secret K: text \"The key\"\n", "secret K \"The key\"\n", "a secret has no type: it is a text"),
        (
            "input v?: text = \"\"\n", "input v: text = \"\"\n",
            "an input may be left out when it has a default, not by `?`"
        ),
    ])
    func declarations(wrong: String, right: String, message: String) {
        #expect(errors(file(rest, inputs: wrong)).map(\.message) == [message])
        #expect(mended(file(rest, inputs: wrong)) == file(rest, inputs: right))
    }

    @Test func anOptionalInputNeedsADefault() {
        let text = file(rest, inputs: "input v?: int\n")
        #expect(errors(text).map(\.help) == ["write the default behind the type, for example `= 0`"])
        #expect(mended(text) == text)
    }

    @Test(arguments: ["default", "otherwise"]) func theLastBranchHasALabel(word: String) {
        func decision(_ last: String) -> String {
            file(
                "LOGIC_DECISION a { prompt_template {\n  big: when inputs.n > 3 -> b\n  \(last) -> end\n} }\n"
                    + "DATA_TRANSFORM b -> end { prompt_template { value: 1 } }", inputs: "input n: int\n")
        }
        #expect(errors(decision(word)).map(\.help) == ["write `otherwise: else -> …`"])
        #expect(mended(decision(word)) == decision("otherwise: else"))
    }

    @Test(arguments: [
        ("\"//h1/text()\"", "xpath(\"//h1/text()\")"), ("{ t: '//h1' }", "{ t: xpath('//h1') }"),
        ("[\"./p\"]", "[xpath(\"./p\")]"),
    ])
    func anXPathIsNamed(wrong: String, right: String) {
        func scrape(_ select: String) -> String {
            file("WEB_SCRAPE a -> end { timeout: 5s, prompt_template { html: \"\", select: \(select) } }")
        }
        #expect(errors(scrape(wrong)).map(\.message) == ["an XPath stands in `xpath(…)`"])
        #expect(mended(scrape(wrong)) == scrape(right))
        #expect(errors(scrape(right)).isEmpty)
    }

    @Test(arguments: ["0 7 * * *", "*/15 9-17 * * 1-5", "0 0 1 1 *"]) func aScheduleStandsInQuotes(
        times: String
    ) {
        func started(_ schedule: String) -> String {
            "automation \"A\"\nSTART begin -> a { prompt_template { schedule: \(schedule) } }\n\(rest)\n"
        }
        #expect(errors(started(times)).map(\.help) == ["write \"\(times)\""])
        #expect(mended(started(times)) == started("\"\(times)\""))
    }

    @Test(arguments: ["2 * 3 * 4", "10 - 2 - 3", "8 / 2 / 2", "2 *3 *4 *5 *6"])
    func whatIsComputedIsNoSchedule(
        value: String
    ) {
        #expect(errors(file("DATA_TRANSFORM a -> end { prompt_template { value: \(value) } }")).isEmpty)
    }

    @Test(arguments: [
        ("/(\\d+)/", "r\"(\\d+)\""), ("/a+/i", "\"(?i)a+\""), ("/a{2}/", "r\"a{2}\""),
    ])
    func aPatternStandsInQuotes(wrong: String, right: String) {
        func matching(_ regex: String) -> String {
            file("DATA_TRANSFORM a -> end { prompt_template { input: \"a\", regex: \(regex) } }")
        }
        #expect(errors(matching(wrong)).map(\.help) == ["write \(right)"])
        #expect(mended(matching(wrong)) == matching(right))
    }

    /// All matches are wanted by a field, which `g` alone does not write.
    @Test func aPatternForAllMatchesIsOffered() throws {
        let text = file("DATA_TRANSFORM a -> end { prompt_template { input: \"a\", regex: /a+/g } }")
        let told = try #require(errors(text).first)
        #expect(told.help == "write \"a+\"" && told.fix?.isSafe == false)
    }

    @Test(arguments: [(".items[] | .name", " }"), (".a", "\n}"), (".items | map({ n: .n })", " }")])
    func aProgramOfJQStandsInQuotes(program: String, close: String) {
        func transformed(_ jq: String) -> String {
            file(
                "DATA_TRANSFORM a -> end { prompt_template { input: { items: [], a: 1 }, jq: \(jq)\(close) }")
        }
        #expect(errors(transformed(program)).map(\.message) == ["a jq program stands in quotes"])
        #expect(mended(transformed(program)) == transformed("'\(program)'"))
    }
}
