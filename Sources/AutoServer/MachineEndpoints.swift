import AutoRuntime
import HTTPTypes
import Hummingbird
import Values

let machineEndpoints: [Endpoint] = [
    Endpoint(
        method: .get, path: [.word("healthz")], scope: nil, operation: "health",
        summary: "Whether the server lives",
        answers: [Endpoint.Answer(status: 200, about: "It does.", content: stateContent)]
    ) { _, _ in .json(.record([("status", .string("ok"))])) },
    Endpoint(
        method: .get, path: [.word("readyz")], scope: nil, operation: "ready",
        summary: "Whether the server can do its work",
        answers: [Endpoint.Answer(status: 200, about: "It can: the store answers.", content: stateContent)]
    ) { api, _ in
        guard !api.engine.isClosing else {
            throw Refusal(.serviceUnavailable, "the server ends, and takes no work any more")
        }
        _ = try await api.engine.queueLength()
        return .json(.record([("status", .string("ready"))]))
    },
    Endpoint(
        method: .get, path: [.word("metrics")], scope: .read, operation: "metrics",
        summary: "Counts for Prometheus",
        answers: [
            Endpoint.Answer(
                status: 200, about: "Prometheus' text format.",
                content: [Endpoint.Content(type: "text/plain", schema: #"{"type":"string"}"#)])
        ]
    ) { api, _ in
        let text = api.metrics.text(
            try await api.store.counts(), running: api.engine.runningCount,
            queued: try await api.engine.queueLength())
        return .bytes(Array(text.utf8), "text/plain; version=0.0.4; charset=utf-8")
    },
    Endpoint(
        method: .get, path: [.word("openapi.json")], scope: .read, operation: "openapi",
        summary: "This description",
        answers: [
            Endpoint.Answer(
                status: 200, about: "OpenAPI 3.1.",
                content: [Endpoint.Content(type: "application/json", schema: #"{"type":"object"}"#)])
        ]
    ) { _, _ in .bytes(openAPIText, "application/json") },
]

private let stateContent = [
    Endpoint.Content(
        type: "application/json",
        schema: #"{"type":"object","properties":{"status":{"type":"string"}},"required":["status"]}"#)
]
