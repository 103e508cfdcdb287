import AutoChecker
import Testing
import Values
import WrittenJSON

/// What a careful person reads in replies that are no JSON to the letter, and what they would not read there.
@Suite(.timeLimit(.minutes(1))) struct CarefulReadingTests {
    @Test(arguments: [
        ("{\"a\": 1, <!-- one --> \"b\": 2}", #"{"a":1,"b":2}"#),
        (#"{"a": 1 <!-- c -->, "b": 2}"#, #"{"a":1,"b":2}"#),
        (#"{"a": "x" <!-- c -->, "b": 1}"#, #"{"a":"x","b":1}"#),
        (#"{"a": "see <!-- c --> here"}"#, #"{"a":"see <!-- c --> here"}"#),
        (#"{"a": f <!-- c -->", "b": 1}"#, #"{"a":"f <!-- c -->","b":1}"#),
        ("{\n  -- the name\n  \"a\": 1 -- one\n}", #"{"a":1}"#),
        (#"{"sql": "SELECT 1 -- one", "n": 1}"#, #"{"sql":"SELECT 1 -- one","n":1}"#),
        (#"["a", "b", ...more items...]"#, #"["a","b"]"#), ("[1, 2, ... (97 more), 100]", "[1,2,100]"),
        (#"["a", ... two three, 4]"#, #"["a","two three",4]"#),
        (#"["a"、"b"、"c"]"#, #"["a","b","c"]"#), ("｛＂a＂：1，＂b＂：［2］｝", #"{"a":1,"b":[2]}"#),
        ("{＂a＂： 1， \"b\": 2}", #"{"a":1,"b":2}"#), ("｛\"a\"：\"x，y\"｝", #"{"a":"x，y"}"#),
        (#"{"a": "<!-- x", "b": <!-- y}"#, #"{"a":"<!-- x","b":"<!-- y"}"#),
        ("[1, 2, -- 3]", #"[1,2,"-- 3"]"#),
        (#"{"a" -> 1, "b" -> "x"}"#, #"{"a":1,"b":"x"}"#), (#"{"a" := 1, "b":= "x"}"#, #"{"a":1,"b":"x"}"#),
        ("{\"a\": \"one \"\n \"two\", \"b\": 1}", #"{"a":"one two","b":1}"#),
        ("{\"a\": \"one \"\n \"two \"\n \"three\"}", #"{"a":"one two three"}"#),
        ("{\"a\": \"x\"\n \"b\": \"y\"}", #"{"a":"x","b":"y"}"#), (#"{"u": "\u{1F600}!"}"#, #"{"u":"😀!"}"#),
        ("dict(a=1, b='x')", #"{"a":1,"b":"x"}"#),
        (
            "[Person(name='Ann', age=3), Person(name='Bob', age=None)]",
            #"[{"name":"Ann","age":3},{"name":"Bob","age":null}]"#
        ),
        (
            "{'p': Person(name='Ann', home=Place(city='Rome'))}",
            #"{"p":{"name":"Ann","home":{"city":"Rome"}}}"#
        ),
        ("{a: datetime(year=2024)}", #"{"a":"datetime(year=2024)"}"#),
        ("{a: Max(1, b)}", #"{"a":"Max(1, b)"}"#),
    ])
    func looseFormsAreRead(text: String, expected: String) { #expect(read(text) == expected) }

    @Test(arguments: [
        (#"{"ok": Tru"#, #"{"ok":true}"#), ("{'a': Non", #"{"a":null}"#), (#"{"b": undef"#, #"{"b":null}"#),
        (#"{"a": 1, "price": -"#, #"{"a":1,"price":null}"#), (#"{"a": ["x" +"#, #"{"a":["x"]}"#),
    ])
    func wordsThatAreCutAreKnown(text: String, expected: String) { #expect(read(text) == expected) }

    /// A field without its value is no part of the text before it, and a sentence is no list.
    @Test(arguments: [
        #"{"a": "x", "b"}"#, #"{"a": "x", "b", "c": 1}"#, #"{"names": "Ann", "Bob", "n": 1}"#, "Hello, world",
        "apples, pears, plums", "Y｛es of two words",
    ])
    func noWrongValueIsRead(text: String) { #expect(read(text) == nil) }

    @Test(arguments: [
        ("```json\n{\"a\": 5}\n```\nUse it so:\n```python\nd = {\"b\": 1}\n```", #"{"a":5}"#),
        ("```python\nd = {\"b\": 1}\n```", #"{"b":1}"#),
        (#"[TOOL_CALLS][{"name": "f"}]"#, #"[{"name":"f"}]"#),
    ])
    func jsonOutranksPrograms(text: String, expected: String) { #expect(read(text) == expected) }

    private static let person = DataType.record(
        [DataField("name", .text), DataField("age", .int)], name: "P")
    private static let ann = #"{"name":"Ann","age":3}"#

    @Test(arguments: [
        ("name: Ann\nage: 3", ann), ("**Name:** Ann\n**Age:** 3", ann), ("- name: Ann\n- age: 3", ann),
        ("Name = Ann\nAge = 3", ann), ("Here is it:\n\nname: Ann\nage: 3\n", ann),
        ("```yaml\nname: Ann\nage: 3\n```", ann), ("name: \"Ann\",\nage: 3,", ann),
        ("- **name**: `Ann`\n- **age**: 3 years", ann), ("Person(name='Ann', age=3)", ann),
        ("name: Ann\nname: Bob\nage: 3", nil), ("name: Ann\nage: 3\nShe is nice.", nil), ("name: Ann", nil),
        ("name: Ann\nage: 3\ncomment: none", nil), ("name: Ann, age: 3", ann), ("name='Ann', age=3", ann),
        (#"{"result": "{\"name\": \"Ann\", \"age\": 3}"}"#, ann), ("name: Ann, Bob", nil),
    ])
    func fieldsInLinesAreARecord(text: String, expected: String?) {
        #expect(read(text, Self.person) == expected)
    }

    @Test func fieldsInLinesMayHoldMore() {
        let type = DataType.record([DataField("title", .text), DataField("tags", .list(.text))], name: "T")
        #expect(
            read("title: The end: a story\ntags: [\"a\", \"b\"]", type)
                == #"{"title":"The end: a story","tags":["a","b"]}"#)
        #expect(read("title: x\ntags: a, b", type) == nil)
        let optional = DataType.record(
            [DataField("first_name", .text), DataField("zip", .text, isOptional: true)], name: "")
        #expect(read("First name: Ann", optional) == #"{"first_name":"Ann"}"#)
        #expect(read("First name: Ann\nzip: null", optional) == #"{"first_name":"Ann"}"#)
    }

    @Test(arguments: [
        ("| name | age |\n|---|---|\n| Ann | 3 |\n| Bob | 4 |", "34"),
        ("Here:\n\n| Name | Age |\n| :-- | --: |\n| **Ann** | 3 |\n\nDone.", "3"),
        ("name: Ann\nage: 3\n\nname: Bob\nage: 4", "34"), ("| name | age |\n|---|---|\n| Ann | many |", nil),
        ("| name | age |\n|---|---|\n| Ann |", nil), ("| a | b |\n|---|---|\n| x | 3 |", nil),
    ])
    func tablesAndParagraphsAreLists(text: String, ages: String?) {
        let items = try? DataType.list(Self.person).read(text, cut: .refused).value.asList
        #expect(items?.compactMap { $0.asMap?["age"]?.asInt.map(String.init) }.joined() == ages)
    }

    @Test(arguments: [
        ("* **red**\n* **green**", #"["red","green"]"#), ("- [ ] red\n- [x] green", #"["red","green"]"#),
        ("– red\n– green", #"["red","green"]"#), ("apples, pears", #"["apples","pears"]"#),
        ("* **red** wine\n* green", #"["**red** wine","green"]"#),
    ])
    func itemsInLinesAreRead(text: String, expected: String) { #expect(read(text, .list(.text)) == expected) }

    @Test(arguments: [
        ("42\n\nExplanation: 6 times 7.", "42"), ("Answer: 42\nBecause 40 + 2 = 42.", "42"), ("0xFF", "255"),
        ("1’234", "1234"), ("1,234,567", "1234567"), ("-1,234", "-1234"), ("1,234.00", "1234"),
        ("0,123", nil),
        ("42\n\nOr 43.", nil), (">=5", nil), ("almost 5", nil),
        ("1,23", nil), ("1,234,5", nil), ("0x", nil),
    ])
    func wholeNumbersAreToldCarefully(text: String, expected: String?) {
        #expect(read(text, .int) == expected)
    }

    @Test func aLabelBeforeItsReasonIsTaken() {
        let type = DataType.oneOf(["REFUND", "ACCOUNT"])
        #expect(read("**Category**: REFUND\n**Reason**: the account was charged twice", type) == #""REFUND""#)
        #expect(read("Is it a REFUND?\nReason: the account is new", type) == nil)
        #expect(read("REFUND\nor ACCOUNT", type) == nil)
    }

    @Test func aListOfOneIsTheOnlyFieldOfARecord() {
        let type = DataType.record([DataField("tags", .list(.text))], name: "T")
        #expect(read(#"["a"]"#, type) == #"{"tags":["a"]}"#)
        #expect(read(#"["a"#, type) == #"{"tags":["a"]}"#)
        #expect(read(#"[{"tags": ["a"]}]"#, type) == #"{"tags":["a"]}"#)
    }

    @Test func whatSaysNothingIsNoValueOfAnOptionalField() {
        let type = DataType.record(
            [DataField("n", .int, isOptional: true), DataField("ok", .bool, isOptional: true)], name: "")
        #expect(read(#"{"n": "-", "ok": "unknown"}"#, type) == "{}")
        #expect(read(#"{"n": 1, "ok": "true."}"#, type) == #"{"n":1,"ok":true}"#)
        #expect(read(#"{"n": "soon"}"#, type) == nil)
    }

    /// Of a list that is cut off the last record may lack its fields; nothing is made up for it.
    @Test func theLastRecordOfAListThatIsCutIsLeftOut() {
        let text = #"[{"name": "Ann", "age": 3}, {"na"#
        #expect(read(text, .list(Self.person)) == "[" + Self.ann + "]")
        #expect(read(text, .list(Self.person), cut: .refused) == nil)
        #expect(read(#"[{"name": "Ann"}, {"name": "Bob", "age": 4"#, .list(Self.person)) == nil)
        #expect(read(#"[{"name": "Ann", "age": 3}"#, Self.person) == Self.ann)
        #expect(read(#"[{"name": "Ann", "age": 3}"#, Self.person, cut: .refused) == nil)
    }

    /// Where a value does not fit is told by its path.
    @Test(arguments: [
        (#"[{"p": [{"name": "Ann", "age": 3}, {"name": "Bob", "age": "x"}]}]"#, "[0].p[1].age"),
        (#"[{"p": [{"name": "Ann"}]}]"#, "[0].p[0].age"), (#"[{"p": []}, 5, 6]"#, "[1]"),
    ])
    func thePlaceOfAMisfitIsTold(text: String, path: String) {
        let type = DataType.list(
            .record([DataField("p", .list(Self.person)), DataField("q", .text, isOptional: true)], name: ""))
        guard case .misfit(let misfit)? = reason(text, type) else {
            Issue.record("it was read")
            return
        }
        #expect(misfit.path == path)
    }

    /// Whether a reply is told as mended: a value that stands there as JSON of its type is not.
    @Test(arguments: [
        (#"{"name": "Ann", "age": 3}"#, false), (#"{"age": 3, "name": "Ann", "more": 1}"#, false),
        (#"{"name": "Ann", "age": 3.0}"#, false), (#"{"name": "Ann", "age": "3"}"#, true),
        (#"{"Name": "Ann", "age": 3}"#, true), (#"[{"name": "Ann", "age": 3}]"#, true),
        (#"{"name": 5, "age": 3}"#, true), (#"{"p": {"name": "Ann", "age": 3}}"#, true),
        ("{name: 'Ann', age: 3}", true),
    ])
    func whatIsMendedIsTold(text: String, isMended: Bool) throws {
        #expect(try Self.person.read(text, cut: .refused).isMended == isMended)
    }
}
