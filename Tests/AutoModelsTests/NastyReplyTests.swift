import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Testing
import Values

/// What models write instead of a value, and what is made of it: the value, where it can be only one, else a
/// question asked again.
@Suite(.timeLimit(.minutes(1))) struct NastyReplyTests {
    private static let verdict = DataType.record(
        [DataField("kind", .oneOf(["a", "b"])), DataField("n", .int, isOptional: true)], name: "Verdict")
    private static let note = DataType.record(
        [
            DataField("title", .text), DataField("score", .number), DataField("tags", .list(.text)),
            DataField("done", .bool, isOptional: true),
        ], name: "Note")

    /// The value as JSON; nil where the model was asked again for it.
    private func read(_ reply: String, _ type: DataType) async throws -> String? {
        let model = ScriptedModel([reply, "?", "?"])
        let request = ModelRequest(model: "m", messages: [], resultType: type)
        do throws(StepFailure) {
            let value = try await structuredReply(model, request)
            #expect(model.asked == 1)
            return JSON.text(value)
        } catch {
            #expect(error.kind == .result && model.asked == 3)
            return nil
        }
    }

    @Test(arguments: [
        // What was cut: only where nothing can be missing it is taken.
        (#"{"kind": "a", "n": 1, "#, #"{"kind":"a","n":1}"#), (#"{"kind": "a""#, nil),
        (#"{"kind": "a", "n": 1"#, nil),
        (#"{"n": 1, "kind": "a""#, #"{"n":1,"kind":"a"}"#),
        ("```json\n{\"kind\": \"a\"}", #"{"kind":"a"}"#),
        // Examples, drafts, and pieces of what cannot be read are no answers.
        ("I cannot tell. For example, {\"kind\": \"a\"} would fit.", nil),
        ("Example:\n```json\n{\"kind\": \"a\"}\n```\nMine:\n{\"kind\": \"b\"}", #"{"kind":"b"}"#),
        ("{\"kind\": \"a\"}\n{\"kind\": \"b\", \"n\": ", nil),
        ("{\"kind\": \"a\"}\n{\"kind\": \"b\", \"n\": 1 oops \"3}", #"{"kind":"a"}"#),
        (#"{"first": {"kind": "a"}, "c" oops, "second": {"kind": "b"}}"#, nil),
        (#"[{"kind": "a"}, {"kind": "b"}]"#, nil), (#"{"kind": "a", "kind": "b"}"#, nil),
        (#"{"kind": "a", "kind": "a"}"#, #"{"kind":"a"}"#),
        // No value at all.
        ("I'm sorry, I cannot help with that.", nil), ("| kind | n |\n|---|---|\n| a | 1 |", nil),
        (#"{"type":"object","properties":{"kind":{"type":"string"}},"required":["kind"]}"#, nil),
        // Around the value.
        (#"[{"kind": "a"}]"#, #"{"kind":"a"}"#), (#"{"Verdict": {"kind": "a"}}"#, #"{"kind":"a"}"#),
        (#"{"Kind": "A", "extra": [1]}"#, #"{"kind":"a"}"#), (#""{\"kind\": \"a\"}""#, #"{"kind":"a"}"#),
        ("```json\n```json\n{\"kind\": \"a\"}\n```\n```", #"{"kind":"a"}"#),
        // Numbers.
        (#"{"kind": "a", "n": 9007199254740993}"#, #"{"kind":"a","n":9007199254740993}"#),
        (#"{"kind": "a", "n": 9007199254740993.0}"#, nil),
        (#"{"kind": "a", "n": 12345678901234567890}"#, nil), (#"{"kind": "a", "n": NaN}"#, #"{"kind":"a"}"#),
        (#"{"kind": "a", "n": null}"#, #"{"kind":"a"}"#), (#"{"kind": "a", "n": "n/a"}"#, #"{"kind":"a"}"#),
        (#"{"kind": "a", "n": "1,234"}"#, #"{"kind":"a","n":1234}"#),
        (#"{"kind": "a", "n": 1,234}"#, #"{"kind":"a","n":1234}"#), (#"{"kind": "a", "n": "1,5"}"#, nil),
        (#"{"kind": "a", "n": "about 5"}"#, nil),
    ])
    func aRecord(reply: String, expected: String?) async throws {
        let found = try await read(reply, Self.verdict)
        #expect(found == expected, "\(found ?? "nil")")
    }

    @Test(arguments: [
        (
            #"{"title": "A \"b\" c", "score": "$1,234.50", "tags": "x"}"#,
            #"{"title":"A \"b\" c","score":1234.5,"tags":["x"]}"#
        ),
        (
            #"{"title": "A "b", c", "score": 3, "tags": ["x", "y"], "done": "true"}"#,
            #"{"title":"A \"b\", c","score":3.0,"tags":["x","y"],"done":true}"#
        ),
        (
            "{\"title\": \"line\nline\", \"score\": 1.0, \"tags\": [], \"done\": no}",
            #"{"title":"line\nline","score":1.0,"tags":[],"done":false}"#
        ),
        (
            #"{"title": 1.10, "score": 1, "tags": ["a"]}"#,
            #"{"title":"1.10","score":1.0,"tags":["a"]}"#
        ),
        (
            #"{"title": "\u00e9\ud83d\ude00", "score": 1, "tags": ["a"]}"#,
            #"{"title":"é😀","score":1.0,"tags":["a"]}"#
        ),
        (
            #"{"title": "C:\Users\d", "score": 1, "tags": ["a"]}"#,
            #"{"title":"C:\\Users\\d","score":1.0,"tags":["a"]}"#
        ),
        (
            "```json\n{\"title\": \"```py\nx = {}\n```\", \"score\": 1, \"tags\": []}\n```",
            #"{"title":"```py\nx = {}\n```","score":1.0,"tags":[]}"#
        ),
        (
            "Use {\"title\": \"…} as format.\n```json\n{\"title\": \"t\", \"score\": 1, \"tags\": []}\n```",
            #"{"title":"t","score":1.0,"tags":[]}"#
        ),
        (
            "{title: My day, score: 2, tags: [a, b c]}",
            #"{"title":"My day","score":2.0,"tags":["a","b c"]}"#
        ),
        (#"{"title": "t", "score": 1, "tags": ["a", ...]}"#, nil),
        (#"{"title": "t", "score": 1, "tags": "a, b"}"#, nil),
        (#"{"title": null, "score": 1, "tags": []}"#, nil),
    ])
    func aRecordOfManyKinds(reply: String, expected: String?) async throws {
        let found = try await read(reply, Self.note)
        #expect(found == expected, "\(found ?? "nil")")
    }

    /// What is JSON as it stands means what it says, also where its texts look like fences or answers.
    @Test(
        arguments: [
            (#"{"s":"```[1]```"}"#, #"{"s":"```[1]```"}"#),
            (#"{"s":"Run:\n```{\"s\": \"inner\"}```\nok"}"#, #"{"s":"Run:\n```{\"s\": \"inner\"}```\nok"}"#),
            (#"Sure! {"s":"Use:\n```[options]```\nDone"}"#, #"{"s":"Use:\n```[options]```\nDone"}"#),
            // What stands behind an end that came too early is not lost without a word.
            (#"{"s": "the "]" sign", "n": 1}"#, #"{"s":"the \"]\" sign","n":1}"#),
            (#"{"a": {"s": "b"], "c": 2}"#, #"{"a":{"s":"b"},"c":2}"#),
            (#"{"a": {"s": "b"}}, "c": 2}"#, #"{"a":{"s":"b"},"c":2}"#),
            (#"["a","b"} , "c"]"#, #"["a","b","c"]"#),
        ] as [(String, String?)])
    func textsThatLookLikeMore(reply: String, expected: String?) async throws {
        let found = try await read(reply, .json)
        #expect(found == expected, "\(found ?? "nil")")
    }

    /// What a server or a model says of a failure is no answer.
    @Test(arguments: [
        #"{"bug": false}"#, #"{"label": null, "considered": ["bug"]}"#, "It is hardly a bug", "Sorry: bug",
        "Unable to tell: \"bug\"?",
    ])
    func noLabel(reply: String) async throws {
        #expect(try await read(reply, .oneOf(["bug", "feature"])) == nil)
    }

    @Test(arguments: [
        "Sorry, I can only count to 100", "HTTP error: 500", "Rate limit: 60", #"{"error": 404}"#, "12/04",
    ])
    func noWholeNumber(reply: String) async throws { #expect(try await read(reply, .int) == nil) }

    @Test(
        arguments: [
            ("[1, 2, 3]", "[1,2,3]"), (#"{"value": [1, 2]}"#, "[1,2]"), ("[1, 2", nil), ("7", "[7]"),
            ("They are [3, 4], as in [1].", "[3,4]"), ("As the source says [1], no.", nil),
        ] as [(String, String?)])
    func aListOfNumbers(reply: String, expected: String?) async throws {
        let found = try await read(reply, .list(.int))
        #expect(found == expected, "\(found ?? "nil")")
    }

    @Test(arguments: [
        ("{\"kind\": \"a\"}\n{\"kind\": \"b\"}", #"[{"kind":"a"},{"kind":"b"}]"#),
        ("```json\n{\"kind\": \"a\"},\n{\"kind\": \"b\"}\n```", #"[{"kind":"a"},{"kind":"b"}]"#),
        ("{\"kind\": \"a\"} and {\"kind\": \"b\"}", #"[{"kind":"a"},{"kind":"b"}]"#),
        (#"{"kind": "a"}"#, #"[{"kind":"a"}]"#),
        (#"{"verdicts": [{"kind": "a"}]}"#, #"[{"kind":"a"}]"#),
    ])
    func aListOfRecords(reply: String, expected: String?) async throws {
        let found = try await read(reply, .list(Self.verdict))
        #expect(found == expected, "\(found ?? "nil")")
    }

    @Test(
        arguments: [
            (.int, "42", "42"), (.int, "The answer is 42.", "42"), (.int, "**42**", "42"),
            (.int, #"{"value": 42}"#, "42"), (.int, #"{"answer": 42, "reason": "so"}"#, "42"),
            (.int, "I cannot count more than 3", nil), (.int, "3 or 4", nil), (.int, "1,234", "1234"),
            (.number, "1/4", "0.25"), (.number, "1e400", nil), (.number, "12%", nil),
            (.number, "-0.5", "-0.5"),
            (.number, "1.234,50", "1234.5"), (.bool, "The answer is True.", "true"),
            (.bool, "Yes, it is.", "true"),
            (.bool, "true or false", nil), (.bool, "It is not true", nil),
            (.bool, #"{"value": false}"#, "false"),
            (.url, "<https://a.example/c>", #""https://a.example/c""#),
            (.url, "[x](https://a.example/c)", #""https://a.example/c""#),
            (.json, #"{"a": 1} and {"a": 2"#, nil), (.json, "null", "null"),
            (.list(.text), "See [note] for it.", nil), (.list(.text), "- a\n- b", #"["a","b"]"#),
        ] as [(DataType, String, String?)])
    func aSingleValue(type: DataType, reply: String, expected: String?) async throws {
        let found = try await read(reply, type)
        #expect(found == expected, "\(found ?? "nil")")
    }

    @Test func aSchemaIsNoValueOfATypeThatHasSuchAField() async throws {
        let type = DataType.record([DataField("type", .text)], name: "T")
        let schema = #"{"type":"object","properties":{"type":{"type":"string"}}}"#
        #expect(try await read(schema, type) == nil)
        let optional = DataType.record([DataField("note", .text, isOptional: true)], name: "T")
        #expect(try await read(#"{"other": 1}"#, optional) == nil)
    }
}
