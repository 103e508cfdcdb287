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
    page([], "page", "The page for people", "text/html", PackageResources.index_html),
    page([.word("docs")], "docs", "This description for people", "text/html", PackageResources.docs_html),
    page([.word("page.css")], "page_style", "The page's style", "text/css", PackageResources.page_css),
    page([.word("page.js")], "page_script", "The page's script", "text/javascript", PackageResources.page_js),
    page(
        [.word("client.js")], "client_script", "What both scripts need", "text/javascript",
        PackageResources.client_js),
    page(
        [.word("forms.js")], "forms_script", "The page's forms", "text/javascript", PackageResources.forms_js),
    page(
        [.word("graph.js")], "graph_script", "The page's drawing", "text/javascript",
        PackageResources.graph_js),
    page(
        [.word("session.js")], "session_script", "The page's view of a session", "text/javascript",
        PackageResources.session_js),
    page(
        [.word("words.js")], "words_script", "The page's words", "text/javascript",
        PackageResources.words_js),
    page(
        [.word("docs.js")], "docs_script", "The description's script", "text/javascript",
        PackageResources.docs_js),
]

private let stateContent = [
    Endpoint.Content(
        type: "application/json",
        schema: #"{"type":"object","properties":{"status":{"type":"string"}},"required":["status"]}"#)
]

/// A part of the page, which holds no data and so needs no token.
private func page(
    _ path: [Endpoint.Segment], _ operation: String, _ summary: String, _ type: String, _ content: [UInt8]
) -> Endpoint {
    Endpoint(
        method: .get, path: path, scope: nil, operation: operation, summary: summary,
        answers: [
            Endpoint.Answer(
                status: 200, about: summary + ".",
                content: [Endpoint.Content(type: type, schema: #"{"type":"string"}"#)])
        ]
    ) { _, _ in
        var headers = HTTPFields()
        headers[.contentSecurityPolicy] =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        headers[.cacheControl] = "no-cache"
        return .bytes(content, type + "; charset=utf-8", headers: headers)
    }
}
