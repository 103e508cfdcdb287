import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct JSONTests {
    @Test(arguments: [
        "null", "[1,2.5,-3]", "{\"b\":1,\"a\":[true,false]}", "\"\\\"\\\\\\n\\u0001é😀\"", "[]", "{}",
    ])
    func roundTrip(text: String) throws {
        let value = try JSON.parse(text)
        #expect(try JSON.parse(JSON.text(value)) == value)
        #expect(try JSON.parse(JSON.pretty(value)) == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\" 1}", "01", "1.", "+1", "nul", "\"a", "\"\u{01}\"", "[1] 2", "'a'", "1e400",
        "-1e999",
    ])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(text) }
    }

    @Test func depthIsLimited() {
        #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "[", count: 100_000)) }
    }

    @Test func orderAndNumbersAreKept() throws {
        #expect(
            JSON.text(try JSON.parse("{\"z\":1,\"a\":2.0,\"m\":9007199254740993}"))
                == "{\"z\":1,\"a\":2.0,\"m\":9007199254740993}")
    }

    @Test func typedRoundTrip() throws {
        let values: [Value] = [
            .null, .int(3), .uint(3), .double(3), .string("a"), .bytes([1, 255]), .list([.int(1)]),
            .record([("k", .uint(1))]),
            .timestamp(try #require(Timestamp(text: "2024-01-01T00:00:00.5Z"))),
            .duration(Duration(nanoseconds: 1_500_000_000)), .optional(.int(1)), .optional(nil),
        ]
        for value in values {
            let text = JSON.text(TypedJSON.encode(value))
            let back = try TypedJSON.decode(try JSON.parse(text))
            #expect(back == value && back.typeName == value.typeName, "\(text)")
        }
    }

    /// What was found is shown on the message's line, whatever stands in the text.
    @Test func aMessageIsOneLine() {
        let error = #expect(throws: JSONError.self) { try JSON.parse("app:\n\tx: 1") }
        #expect(error?.message == "expected a value, found `app:  x: 1`")
    }
}
