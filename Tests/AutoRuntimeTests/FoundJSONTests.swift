import AutoChecker
import AutoRuntime
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct FoundJSONTests {
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("Sure! ```json\n{\"a\": 1}\n``` done", "{\"a\":1}"),
            ("{a: 'x', b: [1, 2,],}", "{\"a\":\"x\",\"b\":[1,2]}"),
            ("{\"a\": 1, // one\n \"b\": /* two */ 2}", "{\"a\":1,\"b\":2}"),
            ("It is {'ok': True, 'none': None}.", "{\"ok\":true,\"none\":null}"),
            ("{\"a\": \"cut of", "{\"a\":\"cut of\"}"), ("[{\"a\": 1}, {\"a\":", "[{\"a\":1},{\"a\":null}]"),
            ("see [note] then {\"x\": 1.5}", "{\"x\":1.5}"),
            ("{\"say\": \"he said \"hi\" to me\"}", "{\"say\":\"he said \\\"hi\\\" to me\"}"), ("“{}”", "{}"),
            ("{“a”: “b”}", "{\"a\":\"b\"}"),
        ])
    func found(text: String, expected: String) throws {
        #expect(try foundJSON(in: text).first.map(JSON.text) == expected)
    }

    /// What stands in something that cannot be read is no value of its own.
    @Test(arguments: [
        #"{"first": {"kind": "a"}, "c" oops, "second": {"kind": "b"}}"#, "{ color: red; }", "see [note]",
    ])
    func noPieceIsFound(text: String) throws { #expect(try foundJSON(in: text).isEmpty) }

    @Test func theTypeTellsWhichValueIsMeant() throws {
        let type = DataType.record([DataField("n", .int)], name: "N")
        let value = try #require(try type.found(in: #"{"m": 1000000} {"N": "1,234"}"#))
        #expect(try value.get() == .record([("n", .int(1_234))]))
        #expect(try type.found(in: "nothing") == nil)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["", "nothing here", "{", "[", "{}{", String(repeating: "[", count: 50_000)])
    func nothingCrashes(text: String) throws { #expect(try foundJSON(in: text).count < 3) }

    /// Small records take a hundred times the memory of their text.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            String(repeating: #"{"a":1}"#, count: 3_000_000),
            "[" + String(repeating: #"{"a":1},"#, count: 3_000_000) + "0]",
        ])
    func tooManyValuesAreRefused(text: String) {
        let error = #expect(throws: JSONError.self) { try foundJSON(in: text) }
        #expect(error?.kind == .tooLarge && error?.message.contains("256 MB") == true)
    }

    @Test(.timeLimit(.minutes(1)))
    func openingBracketsEndSoon() throws {
        let text = String(repeating: "[\"", count: 500_000)
        _ = try foundJSON(in: text)
        _ = try foundJSON(in: String(repeating: "{", count: 300_000) + "{\"a\": 1}")
        for piece in ["{\"a\": 1 x ", "```{\"a\": [", "\n```json\n{\"a\": \"\n", "\" ", "['a", "[1, {a"] {
            _ = try foundJSON(in: "{\"a\": \"" + String(repeating: piece, count: 100_000))
            _ = try foundJSON(in: "```\n" + String(repeating: piece, count: 100_000))
        }
    }
}
