import OrderedCollections
import Testing
import Values

/// What is kept comes back as it was.
@Suite(.timeLimit(.minutes(1))) struct KeptJSONTests {
    private func back(_ value: Value) throws -> Value { try KeptJSON.value(KeptJSON.text(value)) }

    private func exactly(_ value: Value) -> String { JSON.text(TypedJSON.encode(value)) }

    @Test func whatJSONHasIsJSON() throws {
        let value = Value.record([
            ("a", .int(1)), ("b", .double(1)), ("c", .list([.null, .bool(false), .string("é\u{0}\"")])),
            ("$a", .int(1)), ("$b", .int(2)),
        ])
        #expect(KeptJSON.text(value) == JSON.text(value))
        #expect(exactly(try back(value)) == exactly(value))
        #expect(exactly(try back(.record([]))) == exactly(.record([])))
    }

    @Test func whatJSONHasNotSaysWhatItIs() throws {
        let time = try #require(Timestamp(text: "2024-01-01T00:00:00.5Z"))
        let duration = try #require(Duration(text: "-1.5s"))
        let written: [(Value, String)] = [
            (.bytes([104, 105]), #"{"$bytes":"aGk="}"#), (.uint(7), #"{"$uint":"7"}"#),
            (.duration(duration), #"{"$duration":"-1.500s"}"#), (.type("int"), #"{"$type":"int"}"#),
            (.double(.nan), #"{"$double":"NaN"}"#), (.double(-.infinity), #"{"$double":"-Infinity"}"#),
            (.optional(nil), #"{"$optional":[]}"#), (.optional(.uint(1)), #"{"$optional":[{"$uint":"1"}]}"#),
            (.record([("$uint", .int(1))]), #"{"$map":[["$uint",1]]}"#),
            (.map(MapValue([.int(1): .bytes([])])), #"{"$map":[[1,{"$bytes":""}]]}"#),
        ]
        for (value, text) in written {
            if case .duration = value {} else { #expect(KeptJSON.text(value) == text) }
            #expect(exactly(try back(value)) == exactly(value))
            let inside = Value.list([.record([("k", value), ("l", .null)])])
            #expect(exactly(try back(inside)) == exactly(inside))
        }
        #expect(exactly(try back(.timestamp(time))) == exactly(.timestamp(time)))
    }

    @Test func deepValuesComeBack() throws {
        var value = Value.bytes([1])
        for _ in 0..<400 { value = .list([value]) }
        #expect(exactly(try back(value)) == exactly(value))
    }

    @Test(arguments: [
        #"{"$uint":"-1"}"#, #"{"$unknown":"1"}"#, #"{"$map":[[1]]}"#, #"{"$optional":[1,2]}"#, "{",
    ])
    func whatNobodyWroteIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try KeptJSON.value(text) }
    }
}
