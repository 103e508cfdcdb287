import AutoChecker
import OrderedCollections
import StepKinds
import Synchronization
import Values

// The seams with a tape in them.

/// Language models whose replies a tape keeps, or gives itself.
package struct TapedModels: ModelProvider {
    private let inner: any ModelProvider
    private let tape: any Tape

    package init(_ inner: any ModelProvider, _ tape: any Tape) {
        self.inner = inner
        self.tape = tape
    }

    /// - Throws: what the tape throws, which stands for the model.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        let asked = Value.record([
            ("model", TapedModels.names(request)), ("messages", .list(request.messages)),
            ("result", request.resultType?.jsonSchema ?? .null), ("options", .map(request.options)),
        ])
        let value = try await tape.answer(.model, step: request.step, request: asked) {
            [inner] () async throws(StepFailure) in try await inner.reply(to: request).taped
        }
        return ModelReply(taped: value)
    }

    /// The model, or the models of which one stands in for the other.
    private static func names(_ request: ModelRequest) -> Value {
        request.otherModels.isEmpty
            ? .string(request.model) : .list(([request.model] + request.otherModels).map(Value.string))
    }

    /// A tape that is recorded does not change who is asked; where one is replayed nobody is.
    package func firstQuestion(_ request: ModelRequest) -> ModelQuestion? {
        tape.isReplay ? nil : inner.firstQuestion(request)
    }

    /// A tape does not change which model it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}

/// A client of HTTP whose answers a tape keeps, or gives itself.
package struct TapedClient: HTTPClient {
    private let inner: any HTTPClient
    private let tape: any Tape

    package init(_ inner: any HTTPClient, _ tape: any Tape) {
        self.inner = inner
        self.tape = tape
    }

    /// - Throws: what the tape throws, which stands for the server.
    package func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?)
        async throws(StepFailure)
        -> HTTPResponse
    {
        // Headers hold keys, and say little of what is asked.
        let asked = Value.record([
            ("method", .string(request.method)), ("url", .string(request.url)),
            ("body", request.body.map(written) ?? .null),
        ])
        let value = try await tape.answer(.http, step: request.step, request: asked) {
            [inner] () async throws(StepFailure) in
            let response = try await inner.send(request, onBytes: onBytes)
            let headers = response.headers.filter { $0.0 != "set-cookie" }
            return .record([
                ("status", .int(Int64(response.status))), ("url", .string(response.url)),
                ("redirects", .int(Int64(response.redirects))),
                ("headers", .list(headers.map { .list([.string($0.0), .string($0.1)]) })),
                ("body", written(response.body)),
            ])
        }
        let map = value.asMap ?? MapValue()
        let headers = (map["headers"]?.asList ?? []).compactMap { pair -> (String, String)? in
            guard let parts = pair.asList?.compactMap(\.asText), parts.count == 2 else { return nil }
            return (parts[0], parts[1])
        }
        var response = HTTPResponse(
            status: map["status"]?.asInt ?? 0, headers: headers, body: read(map["body"]),
            url: map["url"]?.asText ?? request.url)
        response.redirects = map["redirects"]?.asInt ?? 0
        response.isRecorded = tape.isReplay
        return response
    }

    /// Text as it is, other bytes as base64.
    private func written(_ bytes: [UInt8]) -> Value {
        if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
        return .record([("base64", .string(base64(bytes)))])
    }

    private func read(_ value: Value?) -> [UInt8] {
        if let text = value?.asText { return Array(text.utf8) }
        return value?.asMap?["base64"]?.asText.flatMap(decodeBase64) ?? []
    }
}

/// An embedding model whose vectors a tape keeps, or gives itself.
package struct TapedEmbedder: Embedder {
    private let inner: any Embedder
    private let model: String
    private let tape: any Tape

    package init(_ inner: any Embedder, model: String, _ tape: any Tape) {
        self.inner = inner
        self.model = model
        self.tape = tape
    }

    /// - Throws: what the tape throws, which stands for the model.
    package func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        let asked = Value.record([
            ("model", .string(model)), ("texts", .list(request.texts.map(Value.string))),
            ("queries", .bool(request.areQueries)),
        ])
        let value = try await tape.answer(.embedding, step: "", request: asked) {
            [inner] () async throws(StepFailure) in
            .list(
                try await inner.embed(request).map {
                    .list($0.map { .double(Double($0)) })
                })
        }
        return (value.asList ?? []).map { ($0.asList ?? []).map { Float($0.asDouble ?? 0) } }
    }

    package var identity: String { inner.identity }
}
