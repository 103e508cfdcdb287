import AutoChecker
import CEL
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct TypeTests {
    private let order = DataType.record(
        [
            DataField("customer", .text),
            DataField(
                "items", .list(.record([DataField("count", .int), DataField("price", .number)], name: ""))),
            DataField("note", .text, isOptional: true), DataField("kind", .oneOf(["a", "b"])),
        ], name: "Order")

    @Test func fits() throws {
        let value = try JSON.parse(
            "{\"kind\":\"a\",\"customer\":\"x\",\"items\":[{\"count\":3.0,\"price\":2}],\"note\":null,\"extra\":1}"
        )
        let fitted = try order.fit(value)
        #expect(
            JSON.text(fitted) == "{\"kind\":\"a\",\"customer\":\"x\",\"items\":[{\"count\":3,\"price\":2.0}]}"
        )
    }

    @Test(arguments: [
        ("{\"kind\":\"a\",\"items\":[]}", "`customer`: expected text, found nothing"),
        (
            "{\"kind\":\"c\",\"customer\":\"x\",\"items\":[]}",
            "`kind`: expected one_of(\"a\", \"b\"), found the text \"c\""
        ),
        (
            "{\"kind\":\"a\",\"customer\":\"x\",\"items\":[{\"count\":1.5,\"price\":2}]}",
            "`items[0].count`: expected a whole number, found 1.5 (double)"
        ),
        ("[]", "expected Order, found a list of 0"),
    ])
    func misfits(text: String, expected: String) throws {
        let value = try JSON.parse(text)
        let misfit = #expect(throws: Misfit.self) { try order.fit(value) }
        #expect(misfit?.text == expected)
    }

    @Test func schema() {
        let schema = JSON.text(order.jsonSchema)
        #expect(schema.hasPrefix("{\"type\":\"object\",\"properties\":{\"customer\":{\"type\":\"string\"}"))
        #expect(
            schema.contains("\"required\":[\"customer\",\"items\",\"kind\"],\"additionalProperties\":false"))
        #expect(schema.contains("\"note\":{\"type\":[\"string\",\"null\"]}"))
    }

    @Test(arguments: [
        ("https://example.org/a?b=c", true), ("file:pages/a.html", true), ("example.org", false),
        ("https://", false), ("http:/x", false), ("https://a b", false),
    ])
    func urls(text: String, isOne: Bool) { #expect(isURL(text) == isOne) }
}
