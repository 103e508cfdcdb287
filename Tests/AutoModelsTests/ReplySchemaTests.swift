import AutoChecker
import AutoRuntime
import OrderedCollections
import Testing
import Values

@testable import AutoModels

/// The schemas that are sent, held against what OpenAI publishes of its strict mode ("Structured Outputs",
/// section "Supported schemas").
@Suite(.timeLimit(.minutes(1))) struct ReplySchemaTests {
    /// The keywords that strict mode supports, by the type that they belong to.
    private static let keywords: [String: Set<String>] = [
        "string": ["enum", "const", "pattern", "format"],
        "integer": [
            "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "enum", "const",
        ],
        "number": [
            "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "enum", "const",
        ],
        "boolean": ["enum", "const"],
        "array": ["items", "minItems", "maxItems"],
        "object": ["properties", "required", "additionalProperties"],
        "null": [],
    ]
    private static let everywhere: Set<String> = ["type", "description", "anyOf", "$ref", "$defs"]
    /// The formats of a string that strict mode supports.
    private static let formats: Set<String> = [
        "date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid",
    ]

    /// What a schema breaks of the rules, with its place.
    private func problems(_ schema: Value, _ place: String) -> [String] {
        guard let map = schema.asMap else { return ["\(place) is no schema"] }
        let types = map["type"]?.asList?.compactMap(\.asText) ?? map["type"]?.asText.map { [$0] } ?? []
        if types.isEmpty { return ["\(place) has no type"] }
        let allowed = types.reduce(Self.everywhere) { $0.union(Self.keywords[$1] ?? []) }
        var problems = map.entries.keys.compactMap(\.asText).filter { !allowed.contains($0) }.map {
            "\(place) has the keyword \($0)"
        }
        if let format = map["format"]?.asText, !Self.formats.contains(format) {
            problems.append("\(place) has the format \(format)")
        }
        if types.contains("object") {
            let properties = map["properties"]?.asMap ?? MapValue()
            let names = properties.entries.keys.compactMap(\.asText)
            if map["additionalProperties"] != .bool(false) { problems.append("\(place) is open") }
            if map["required"] != .list(names.map(Value.string)) {
                problems.append("\(place) has optional fields")
            }
            for name in names { problems += self.problems(properties[name] ?? .null, "\(place).\(name)") }
        }
        if let items = map["items"] { problems += self.problems(items, "\(place)[]") }
        return problems
    }

    private static let plain: [DataType] = [.text, .int, .number, .bool, .bytes, .url, .oneOf(["a", "b"])]

    /// Each type by itself, in a list, and as a field that is needed, optional, described.
    static let types: [DataType] = plain.flatMap { type -> [DataType] in
        let record = DataType.record(
            [
                DataField("needed", type), DataField("left", type, isOptional: true),
                DataField("said", type, documentation: "What it is"),
            ], name: "R")
        return [
            type, .list(type), .list(.list(type)), record, .list(record),
            .record(
                [
                    DataField("inner", record, isOptional: true),
                    DataField("all", .list(record), isOptional: true),
                ], name: "O"),
        ]
    }

    @Test func eachSchemaKeepsTheRulesOfStrictMode() {
        for type in Self.types {
            #expect(type.isStrict)
            #expect(type.replySchema.asMap?["type"] == .string("object"))
            #expect(problems(type.replySchema, type.text) == [])
        }
    }

    @Test func theRulesFindWhatBreaksThem() {
        let broken = DataType.record(
            [DataField("u", .url), DataField("o", .text, isOptional: true)], name: "B")
        #expect(problems(broken.jsonSchema, "B") == ["B has optional fields", "B.u has the format uri"])
    }

    @Test func dataOfAnyShapeIsNotAskedForStrictly() {
        #expect(!DataType.record([DataField("any", .list(.json))], name: "J").isStrict)
    }

    @Test func whatIsSentIsStrict() async throws {
        let type = DataType.record(
            [DataField("link", .url), DataField("note", .text, isOptional: true)], name: "L")
        let client = SaidClient(
            stream([
                #"{"choices":[{"delta":{"content":"{\"link\":\"https://example.org/\",\"note\":null}"},"finish_reason":"stop"}]}"#
            ]))
        let request = ModelRequest(model: "openai/gpt-x", messages: [], resultType: type)
        let value = try await structuredReply(client.models(), request)
        #expect(value == .record([("link", .string("https://example.org/"))]))
        let format = client.seen.first?.asMap?["response_format"]?.asMap?["json_schema"]?.asMap
        #expect(format?["strict"] == .bool(true) && format?["schema"] == type.replySchema)
        let link = type.replySchema.asMap?["properties"]?.asMap?["link"]?.asMap
        #expect(link?["format"] == nil && link?["description"]?.asText?.contains("url") == true)
    }
}
