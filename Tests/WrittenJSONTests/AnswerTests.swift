import AutoChecker
import Testing
import Values
import WrittenJSON

/// Which value of a text is its answer, and how it is fitted to a type.
@Suite(.timeLimit(.minutes(1))) struct AnswerTests {
    private static let verdict = DataType.record(
        [DataField("kind", .oneOf(["a", "b"])), DataField("n", .int, isOptional: true)], name: "Verdict")

    @Test(arguments: [
        ("{\"a\": 2} ... Explanation: I used {}", #"{"a":2}"#),
        ("<think>{\"a\": 1}</think>{\"a\": 2}", #"{"a":2}"#),
        ("For example {\"a\": 100000000}. The answer: {\"a\": 2}", #"{"a":2}"#),
        (
            "First:\n```json\n{\"a\": 1, \"b\": 2}\n```\nThat was wrong. Corrected:\n```json\n{\"a\": 2}\n```",
            #"{"a":2}"#
        ),
        (
            "Answer:\n```json\n{\"a\": 2}\n```\nThe schema was:\n```json\n{\"type\": \"object\"}\n```",
            #"{"a":2}"#
        ),
        ("Sure, {a: 1}", #"{"a":1}"#),
        ("see [note] then {\"x\": 1.5}", #"{"x":1.5}"#), ("I fill {player_name} in: {\"x\": 1}", #"{"x":1}"#),
        ("The list is [1, 2], as in [3].", "[1,2]"), ("{\"a\": 1} {\"b\": 2}", #"[{"a":1},{"b":2}]"#),
        ("{\"a\": 1}\n{\"a\": 2}\n", #"[{"a":1},{"a":2}]"#), ("[]{}", "[]"),
        ("{\"code\": \"```js\\nx\\n```\"}", #"{"code":"```js\nx\n```"}"#),
        ("```json\n{\"a\": \"\n```\nx\n```\n\"}\n```", #"{"a":"\n```\nx\n```"}"#),
        ("Sure! [true]]", "[true]"), ("Result: [many words, {\"a\": 1}]", #"["many words",{"a":1}]"#),
        ("```json\n{\"a\": 0.5```", #"{"a":0.5}"#),
        ("{\"a\": 1, \"b\": \"x\n\nOnce more:\n```json\n{\"a\": 2}\n```", #"{"a":2}"#),
        ("{\"a\":\n\nSorry, once more.\n\n```json\n{\"a\": 2}\n```\nDone.", #"{"a":2}"#),
    ])
    func theLastThatIsPresentedIsTaken(text: String, expected: String) { #expect(read(text) == expected) }

    @Test(arguments: [
        (#"{"m": 1000000} {"KIND": "A"}"#, #"{"kind":"a"}"#),
        (#"For example {"kind": "a", "n": 1}. The answer: {"kind": "b"}"#, #"{"kind":"b"}"#),
        (
            "Draft:\n```json\n{\"kind\": \"a\"}\n```\nFinal:\n```json\n{\"kind\": \"b\"}\n```\n",
            #"{"kind":"b"}"#
        ),
        ("```json\n{\"kind\": \"b\"}\n```\nSee {x: 1}.", #"{"kind":"b"}"#),
        ("It is {kind: 'b', n: 2.0,} as in [1].", #"{"kind":"b","n":2}"#),
        (#"[{"kind": "a", "more": 1}]"#, #"{"kind":"a"}"#), (#"{"result": {"kind": "a"}}"#, #"{"kind":"a"}"#),
        (#""{\"kind\": \"a\"}""#, #"{"kind":"a"}"#), (#"{"kind": "a", "n": null}"#, #"{"kind":"a"}"#),
    ])
    func recordsAreFitted(text: String, expected: String) { #expect(read(text, Self.verdict) == expected) }

    @Test func severalInARowAreAListWhereOneIsWanted() {
        let text = #"{"kind": "a"} {"kind": "b"}"#
        #expect(read(text, .list(Self.verdict)) == #"[{"kind":"a"},{"kind":"b"}]"#)
        #expect(read(text, Self.verdict) == #"{"kind":"a"}"#)
        #expect(read(#"{"kind": "a"}"#, .list(Self.verdict)) == #"[{"kind":"a"}]"#)
    }

    @Test(arguments: [
        ("12,111", "12111"), ("$12", "12"), ("It is **3**.", "3"), ("1,234.50", nil), ("12%", nil),
        (#"{"value": "7"}"#, "7"), ("Between 3 and 4.", nil),
    ])
    func wholeNumbersAreRead(text: String, expected: String?) { #expect(read(text, .int) == expected) }

    @Test(arguments: [
        ("1,234.50", "1234.5"), ("12.11.", "12.11"), ("1/5", "0.2"), ("1.234,50", "1234.5"), ("−3", "-3.0"),
        ("1,5", nil), ("[2.5]", "2.5"), (".5", "0.5"), ("1 000,5", "1000.5"), ("Well.\n\n.25", "0.25"),
    ])
    func numbersAreRead(text: String, expected: String?) { #expect(read(text, .number) == expected) }

    @Test(arguments: [
        ("True", "true"), ("yes", "true"), ("The answer is true", "true"), ("Answer: **False**", "false"),
        (#"{"value": 1}"#, "true"), ("I would not say true", nil), ("maybe", nil),
        ("No, it is not.", "false"), ("Yes. It is true", "true"), ("No, that is true", nil),
        ("Yes, because false claims are rare", nil),
    ])
    func truthsAreRead(text: String, expected: String?) { #expect(read(text, .bool) == expected) }

    @Test func aRecordOfOneFieldTakesItsValue() {
        #expect(read("1214.123", .record([DataField("foo", .number)], name: "F")) == #"{"foo":1214.123}"#)
    }

    private static let labels = ["bug", "bug report", "billing", "other"]

    @Test(arguments: [
        ("bug", "bug"), ("Bug", "bug"), (#""Bug""#, "bug"), ("**bug**", "bug"), ("`bug`.", "bug"),
        ("The label is **Bug**, since it crashes.", "bug"), ("bug\n\nIt crashes.", "bug"),
        (#"{"label": "Bug", "confidence": 0.9, "reason": "It crashes."}"#, "bug"),
        ("It is a bug report.", "bug report"), ("bug or billing", nil), ("It is not a bug.", nil),
        ("Debugging", nil), ("nothing", nil), (#"{"first": "bug", "second": "billing"}"#, nil),
        ("A bug makes an application misbehave, as here", nil),
    ])
    func labelsAreTold(text: String, expected: String?) {
        #expect(read(text, .oneOf(Self.labels)) == expected.map { JSON.text(.string($0)) })
    }

    @Test func aLabelMaySpeakItsOwnNot() {
        let type = DataType.oneOf(["IN_PROGRESS", "not-started"])
        #expect(read("Status: not started yet.", type) == #""not-started""#)
        #expect(read("It is not in progress.", type) == nil)
        #expect(read("Answer:\n\nin progress\n\nSomebody works on it.", type) == #""IN_PROGRESS""#)
    }

    @Test func numberedItemsAreAList() {
        let text = "1. {\"kind\": \"a\"}\n2. {\"kind\": \"b\"}"
        #expect(read(text, .list(Self.verdict)) == #"[{"kind":"a"},{"kind":"b"}]"#)
    }

    @Test func labelsThatAreNoWordsAreFoundAnywhere() {
        let type = DataType.oneOf(["k1", "k-2-3.1_1", "NUMBER THREE", "TWO"])
        #expect(read("I would think k-2-3.1_1 is the best", type) == #""k-2-3.1_1""#)
        #expect(read("TWO is the answer", type) == #""TWO""#)
    }

    /// What could mean two things is told with both.
    @Test(arguments: [
        ("1,5", DataType.number, "1.5 or 1 and 5"), ("3 or 4", .int, "3 or 4"),
        ("bug or billing", .oneOf(labels), #""bug" or "billing""#),
    ])
    func bothReadingsAreNamed(text: String, type: DataType, readings: String) {
        guard case .misfit(let misfit)? = reason(text, type) else {
            Issue.record("it was read")
            return
        }
        #expect(misfit.found.contains(readings))
    }

    @Test(arguments: [#"{"kind": "a", "n": 1"#, #"{"kind": "c"}"#, #"{"kind": "a" and then words"#])
    func whatIsCutOrDoesNotFitIsRefusedInReplies(text: String) {
        #expect(reason(text, Self.verdict, cut: .refused) != nil)
    }
}
