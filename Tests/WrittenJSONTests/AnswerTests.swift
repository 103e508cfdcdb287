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
        ("````json\n{\"a\": \"Use ``` here\"}\n````", #"{"a":"Use ``` here"}"#),
        ("```bash\nls {a,b}\n```\nThen:\n```json\n{\"a\": 1}\n```", #"{"a":1}"#),
        ("data: {\"a\": 1}\n\ndata: {\"a\": 2}\n\n", #"[{"a":1},{"a":2}]"#),
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
        (#"I say [{"kind": "b", "n": 2}] please"#, #"{"kind":"b","n":2}"#),
        (#"I say [{"kind": "b", "n": 2}]."#, #"{"kind":"b","n":2}"#),
        (#"[{"kind": "a", "more": 1}]"#, #"{"kind":"a"}"#), (#"{"result": {"kind": "a"}}"#, #"{"kind":"a"}"#),
        (#""{\"kind\": \"a\"}""#, #"{"kind":"a"}"#), (#"{"kind": "a", "n": null}"#, #"{"kind":"a"}"#),
    ])
    func recordsAreFitted(text: String, expected: String) { #expect(read(text, Self.verdict) == expected) }

    /// What is called an example, denied, expected or another's is not what is answered.
    @Test(arguments: [
        "Example output: {\"a\": 9}\n\n{\"a\": 2}",
        "```json\n{\"a\": 2}\n```\nExpected output format: {\"a\": 0}",
        "```json\n{\"a\": 2}\n```\nFor example, if it were a bug I would have answered {\"a\": 9}.",
        "The tool result was {\"a\": 9}.\n```json\n{\"a\": 2}\n```",
        "A wrong answer would be {\"a\": 9}.\n{\"a\": 2}",
        "{\"a\": 2}\n\nNote: I did not answer {\"a\": 9} because it is wrong.",
        "{\"a\": 2}\n\n(not {\"a\": 9})",
        "{\"a\": 2}\n\nBeispiel: {\"a\": 9}", "{\"a\": 2}\n\nz.B. {\"a\": 9}",
        "{\"a\": 2}\n\nPar exemple : {\"a\": 9}",
        "{\"a\": 2}\n\n例如：{\"a\": 9}", "{\"a\": 2}\n\nSample: {\"a\": 9}",
        "{\"a\": 2}\n\nAn alternative would be {\"a\": 9}",
    ]) func noOtherValueIsTakenForTheAnswer(text: String) {
        #expect(read(text, .record([DataField("a", .int)], name: "V")) == #"{"a":2}"#)
    }

    /// Words that stand near the call, and do not take it back.
    @Test(arguments: [
        "{\"a\": 9}\nHere is the final answer in the expected format: {\"a\": 2}",
        "{\"a\": 9}\nI could not find more, so the result is {\"a\": 2}",
        "Example: {\"a\": 9}. Output: {\"a\": 2}", "A draft: {\"a\": 9}. I would answer: {\"a\": 2}",
        "Finally: {\"a\": 2}\nA note: {\"a\": 9}",
    ]) func theAnswerIsStillKnown(text: String) {
        #expect(read(text, .record([DataField("a", .int)], name: "V")) == #"{"a":2}"#)
    }

    @Test func aSignBeforeANumberIsNoArrow() {
        let type = DataType.record([DataField("a", .int)], name: "V")
        #expect(read(#"{"a": >2}"#, type) == nil)
        #expect(read(#"{"a" => 2}"#, type) == #"{"a":2}"#)
    }

    /// What a record of another name holds as an example is not the answer.
    @Test func noExampleIsUnwrapped() {
        let text = #"{"example": {"kind": "a"}}"# + "\n" + #"{"kind": "b"}"#
        #expect(read(text, Self.verdict) == #"{"kind":"b"}"#)
        #expect(read(#"{"example": {"kind": "a"}}"#, Self.verdict) == nil)
    }

    @Test(arguments: [
        ("<answer>42</answer>", "42"), ("It has 3 parts.\n<answer>\n42\n</answer>", "42"),
        (#"Thus $\boxed{42}$."#, "42"), (#"\[ \boxed{\text{42}} \]"#, "42"), ("It has <b>3</b>", nil),
        ("<answer>3 or 4</answer>", nil),
    ])
    func whatIsMarkedAsTheAnswerIsTaken(text: String, expected: String?) {
        #expect(read(text, .int) == expected)
        #expect(read("Not billing.\n<answer>bug</answer>", .oneOf(Self.labels)) == #""bug""#)
    }

    @Test func severalInARowAreAListWhereOneIsWanted() {
        let text = #"{"kind": "a"} {"kind": "b"}"#
        #expect(read(text, .list(Self.verdict)) == #"[{"kind":"a"},{"kind":"b"}]"#)
        #expect(read(text, Self.verdict) == #"{"kind":"a"}"#)
        #expect(read(#"{"kind": "a"}"#, .list(Self.verdict)) == #"[{"kind":"a"}]"#)
    }

    @Test(arguments: [
        ("12,111", "12111"), ("$12", "12"), ("It is **3**.", "3"), ("1,234.50", nil), ("12%", nil),
        (#"{"value": "7"}"#, "7"), ("Between 3 and 4.", nil), ("42 items", "42"), ("30 years old", "30"),
        ("5 million", nil), ("5m", nil), ("£5m", nil), ("3rd", nil), ("1,00,000", "100000"), ("1980s", nil),
        ("5 of 7", nil), ("It has 5 million users", nil), ("12 percent", nil),
    ])
    func wholeNumbersAreRead(text: String, expected: String?) { #expect(read(text, .int) == expected) }

    /// `1.000` is one or a thousand; where it is a number of JSON in a record, it is one.
    @Test(arguments: [
        ("1.000", nil), ("\"1.000\"", nil), ("12.000", nil), ("€1.000", nil), ("-1.000 km", nil),
        ("1.234", nil),
        ("There are 1.000 people.", nil), ("1.000.000", "1000000"), ("1,000.000", "1000"), ("12.00", "12"),
        ("0.000", "0"),
    ])
    func thousandsWithOnePointAreAmbiguous(text: String, expected: String?) {
        #expect(read(text, .int) == expected)
    }

    @Test func bothReadingsOfANumberWithOnePointAreNamed() {
        guard case .misfit(let misfit)? = reason("1.000", .int) else {
            Issue.record("1.000 gives an int")
            return
        }
        #expect(misfit.found.hasSuffix("which may mean 1 or 1000"))
        guard case .misfit(let told)? = reason("There are 1.000 people.", .int) else {
            Issue.record("the sentence gives an int")
            return
        }
        #expect(told.found.hasSuffix("which may mean 1 or 1000"))
        let record = DataType.record([DataField("n", .int)], name: "N")
        #expect(read(#"{"n": 1.000}"#, record) == #"{"n":1}"#)
        #expect(read(#"{"n": "1.000"}"#, record) == nil)
        #expect(read("1.000", .number) == "1.0")
    }

    private static let person = DataType.record(
        [DataField("name", .text), DataField("age", .int)], name: "P")

    @Test(arguments: [
        (#"First: {"name": "a", "age": 1} Second: {"name": "b", "age": 2}"#, "12"),
        (
            "### Person 1\n```json\n{\"name\": \"a\", \"age\": 1}\n```\n### Person 2\n```json\n{\"name\": \"b\", \"age\": 2}\n```",
            "12"
        ),
        ("1) {\"name\": \"a\", \"age\": 1}\n2) {\"name\": \"b\", \"age\": 2}", "12"),
        ("Draft: {\"name\": \"a\", \"age\": 1}\nFinal: {\"name\": \"a\", \"age\": 2}", "2"),
        ("Attempt 1: {\"name\": \"a\", \"age\": 1}\nAttempt 2: {\"name\": \"a\", \"age\": 2}", "2"),
        ("Current: {\"name\": \"a\", \"age\": 1}\nNew: {\"name\": \"a\", \"age\": 2}", "2"),
        ("Old text: {\"name\": \"a\", \"age\": 1}\nCleaned: {\"name\": \"a\", \"age\": 2}", "2"),
        (#"{"name": "a", "age": 1} {"name": "b", "age": "x"}"#, nil),
    ])
    func recordsWithLabelsBeforeEachAreAList(text: String, ages: String?) {
        let items = try? DataType.list(Self.person).read(text, cut: .taken).value.asList
        let found = items?.compactMap { $0.asMap?["age"]?.asInt.map(String.init) }.joined()
        #expect(found == ages)
    }

    @Test(arguments: [
        ("We have 10 - 4 = 6 apples. Answer: 6", "6"), ("I counted 3, then 4.\n\nAnswer: **7**", "7"),
        ("3 + 4 = 7, so the answer is 42.", "42"), ("I do not think that the answer is 5.", nil),
        (">5", nil), ("> 5", nil), ("The answer is > 5", nil), ("Q1 answer is 4 and Q2 answer is 9", nil),
        ("The answer is 5. Or 6.", nil), ("If x is 2 the answer is 5, else 6.", nil),
    ])
    func theAnswerAfterReasoningIsTaken(text: String, expected: String?) {
        #expect(read(text, .int) == expected)
        #expect(read("Bug or feature? The answer is feature.", .oneOf(["bug", "feature"])) == #""feature""#)
        #expect(read("C) Paris", .oneOf(["A", "B", "C"])) == #""C""#)
    }

    @Test func aCorrectionIsTheAnswer() {
        #expect(read("So:\n{\"a\": 1}\nThat is wrong. Correct:\n{\"a\": 2}") == #"{"a":2}"#)
    }

    @Test(arguments: [
        ("1,234.50", "1234.5"), ("12.11.", "12.11"), ("1/5", "0.2"), ("1.234,50", "1234.5"), ("−3", "-3.0"),
        ("12.5 kg", "12.5"), ("EUR 10,50", "10.5"), ("3.50 USD", "3.5"), ("−5 °C", "-5.0"),
        ("10,505 €", "10505.0"),
        ("5 k", nil), ("2 dozen", nil), ("1,5", nil), ("[2.5]", "2.5"), (".5", "0.5"), ("1 000,5", "1000.5"),
        ("Well.\n\n.25", "0.25"),
    ])
    func numbersAreRead(text: String, expected: String?) { #expect(read(text, .number) == expected) }

    @Test(arguments: [
        ("True", "true"), ("yes", "true"), ("The answer is true", "true"), ("Answer: **False**", "false"),
        (#"{"value": 1}"#, "true"), ("I would not say true", nil), ("maybe", nil),
        ("Ja", "true"), ("non", "false"), ("y", "true"), ("是", "true"), ("vielleicht", nil),
        ("No, it is not.", "false"), ("Yes. It is true", "true"), ("No, that is true", nil),
        ("Yes, because false claims are rare", nil),
    ])
    func truthsAreRead(text: String, expected: String?) { #expect(read(text, .bool) == expected) }

    @Test func aRecordOfOneFieldTakesItsValue() {
        #expect(read("1214.123", .record([DataField("foo", .number)], name: "F")) == #"{"foo":1214.123}"#)
        #expect(read("The answer is 42.", .record([DataField("n", .int)], name: "N")) == #"{"n":42}"#)
        #expect(read("Yes", .record([DataField("ok", .bool)], name: "O")) == #"{"ok":true}"#)
        let names = DataType.record([DataField("names", .list(.text))], name: "N")
        #expect(read(#"["x", "y"]"#, names) == #"{"names":["x","y"]}"#)
        #expect(read("I cannot say.", names) == nil)
    }

    @Test(arguments: [
        ("- red\n- green\n", #"["red","green"]"#),
        ("The colours:\n\n1. red\n2. \"green\"", #"["red","green"]"#),
        ("- red\nand more", nil), ("red\ngreen", nil),
    ])
    func linesWithMarksAreAList(text: String, expected: String?) {
        #expect(read(text, .list(.text)) == expected)
        #expect(read("* A\n* b", .list(.oneOf(["a", "b"]))) == #"["a","b"]"#)
        #expect(read("- 1\n- two", .list(.int)) == nil)
        // Lines without marks are a list where each can be nothing else.
        #expect(read("1\n2\n30\n", .list(.int)) == "[1,2,30]")
        #expect(read("```\nA\nb\n```", .list(.oneOf(["a", "b"]))) == #"["a","b"]"#)
        #expect(read("1\ntwo", .list(.int)) == nil)
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
        #expect(read("status: inProgress", type) == #""IN_PROGRESS""#)
        #expect(read("Answer:\n\nin progress\n\nSomebody works on it.", type) == #""IN_PROGRESS""#)
    }

    @Test func numberedItemsAreAList() {
        let text = "1. {\"kind\": \"a\"}\n2. {\"kind\": \"b\"}"
        #expect(read(text, .list(Self.verdict)) == #"[{"kind":"a"},{"kind":"b"}]"#)
    }

    /// What is denied, in whichever language, or is part of another word, is not the answer.
    @Test(arguments: [
        "non-spam", "It is a spam-filter", "Das ist kein spam.", "Ce n'est pas du spam.",
        "Ce n’est guère du spam",
        "No es spam", "Non è spam.", "Это не spam", "これは「spam」ではありません", "这不是 spam。", "anything but spam",
        "spam: false",
        "spam (false positive)", "I rule out spam",
    ])
    func whatIsDeniedIsNoAnswer(text: String) {
        #expect(throws: NoAnswer.self) { try DataType.oneOf(["bug", "spam"]).read(text, cut: .refused) }
    }

    @Test(arguments: [
        ("L'étiquette est « bug ».", "bug"), ("ラベルは「bug」です。", "bug"), ("Das ist „bug“, leider.", "bug"),
    ])
    func quotesOfOtherLanguagesAreQuotes(text: String, label: String) throws {
        #expect(try DataType.oneOf(["bug", "spam"]).read(text, cut: .refused).value == .string(label))
    }

    @Test(arguments: ["less than 42", "at least 42", "It is minus 42.", "mindestens 42", "keine 42"])
    func aBoundIsNoNumber(text: String) {
        #expect(throws: NoAnswer.self) { try DataType.int.read(text, cut: .refused) }
    }

    @Test func aTruthAtOnceIsALabelToo() throws {
        let type = DataType.oneOf(["Yes", "No"])
        #expect(try type.read("No, it is not.", cut: .refused).value == .string("No"))
        #expect(throws: NoAnswer.self) { try type.read("Yes, and no.", cut: .refused) }
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
