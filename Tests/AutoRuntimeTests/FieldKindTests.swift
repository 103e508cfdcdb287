import AutoRuntime
import StepKinds
import Testing
import Values

/// A value that is known only when a step runs and is of another type than its field takes must not pass for a field that
/// was left out.
@Suite(.timeLimit(.minutes(1))) struct FieldKindTests {
    private func failure(of field: String, _ type: String, _ value: Value) async throws -> SessionRecord {
        let stage = try Stage(
            """
            input d: json
            START begin -> a
            \(type) a -> end { timeout: 60s
              prompt_template { \(field) } }
            """
        ) { _, _ throws(StepFailure) in .value(.string("worked")) }
        return try await stage.run(.record([("d", value)])).1
    }

    @Test(arguments: [
        (
            "LLM_CALL", "user: inputs.d", Value.record([("total", .int(5))]),
            "`user` takes a text, found a record with "
        ),
        (
            "LLM_CALL", "messages: inputs.d", .int(5),
            "`messages` takes a list, found 5 (int)"
        ),
        (
            "LLM_CALL", "user: \"x\", model: inputs.d", .int(5),
            "`model` takes a text or a list, found 5 (int)"
        ),
        (
            "LLM_CALL", "user: \"x\", max_tokens: inputs.d", .string("x"),
            "`max_tokens` takes a whole number, found the text \"x\""
        ),
        (
            "REST_API", "url: \"https://example.com\", form: inputs.d", .list([.int(1)]),
            "`form` takes a record, found a list"
        ),
        ("REST_API", "url: \"https://example.com\", auth: inputs.d", .string("x"), "`auth` takes a record"),
        (
            "REST_API", "url: \"https://example.com\", headers: inputs.d", .string("x"),
            "`headers` takes a record"
        ),
        ("REST_API", "url: \"https://example.com\", method: inputs.d", .int(5), "`method` takes "),
        ("TEXT_TO_JSON", "text: inputs.d", .record([("a", .int(1))]), "`text` takes a text, found a record"),
        ("TEXT_TO_JSON", "text: inputs.d", .null, "`text` is needed, and is null"),
        ("EMBEDDING_SEARCH", "query: inputs.d, documents: [\"a\"]", .int(5), "`query` takes a text"),
        (
            "EMBEDDING_SEARCH", "query: \"a\", documents: [\"a\"], top_k: inputs.d", .string("x"),
            "`top_k` takes a whole number"
        ),
        ("DATA_TRANSFORM", "value: 1, write: inputs.d", .int(5), "`write` takes a text, found 5 (int)"),
        (
            "PYTHON", "code: \"result = 1\", requirements: inputs.d", .string("x"),
            "`requirements` takes a list"
        ),
    ]) func aValueOfAnotherTypeFails(type: String, field: String, value: Value, words: String) async throws {
        let record = try await failure(of: field, type, value)
        #expect(record.header.status == .failed)
        #expect(record.steps.last?.errorKind == "field")
        let error = record.steps.last?.error ?? ""
        #expect(error.hasPrefix(words), "\(error)")
    }

    /// What is null is left out, where the step can do without it.
    @Test(arguments: [
        ("LLM_CALL", "user: \"x\", model: inputs.d"),
        ("REST_API", "url: \"https://example.com\", headers: inputs.d"),
        ("EMBEDDING_SEARCH", "query: \"a\", documents: [\"a\"], top_k: inputs.d"),
    ]) func nullIsLeftOut(type: String, field: String) async throws {
        #expect(try await failure(of: field, type, .null).header.status == .finished)
    }

    /// Whole numbers may come as fractions, as JavaScript writes them.
    @Test func aWholeFractionIsAWholeNumber() async throws {
        let record = try await failure(
            of: "query: \"a\", documents: [\"a\"], top_k: inputs.d", "EMBEDDING_SEARCH", .double(3))
        #expect(record.header.status == .finished)
    }
}
