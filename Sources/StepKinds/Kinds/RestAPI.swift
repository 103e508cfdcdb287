import AutoSyntax
import CEL
package import Values

/// REST_API: one HTTP request.
package enum RestAPI {
    package static let url = Key.text("url", as: [.required, .host], "where the request goes")
    package static let method = Key.choice(
        "method", of: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        "GET unless said; POST with a body")
    package static let headers = Key.record("headers", as: [.header, .secrets], "names and values")
    package static let query = Key.record("query", "what is added behind `?`")
    package static let body = Key.any("body", as: [.secrets], "text as it is, anything else as JSON")
    package static let form = Key.record("form", as: [.secrets], "fields of a form")
    package static let auth = Key.record("auth", as: [.secrets], "{ bearer: … } or { user: …, password: … }")
    package static let expect = Key.any(
        "expect", "the statuses that are a success: 200, [200, 404] or \"2xx\"")
    package static let allowPrivate = Key.bool(
        "allow_private", "whether addresses of the own network may be reached")

    /// The header that tells a server which requests are tries of the same one.
    package static let keyHeader = "Idempotency-Key"

    /// The method of a request, as far as it can be told; nil where it is computed.
    package static func method(of given: GivenFields) -> String? {
        switch given[method] {
        case .absent: given.has(body) || given.has(form) ? "POST" : "GET"
        case .text(let method): method
        case .value: nil
        }
    }

    /// Whether a request of a method carries the step's own key where the author writes none.
    package static func carriesKey(_ method: String) -> Bool {
        ["POST", "PUT", "PATCH", "DELETE"].contains(method)
    }

    package static let kind = StepKind(
        type: .restAPI, summary: "Sends one HTTP request; the body of the answer is parsed when it is JSON.",
        fields: [
            url.field, method.field, headers.field, query.field, body.field, form.field, auth.field,
            expect.field, allowPrivate.field,
        ],
        groups: [FieldGroup(names: [body.name, form.name], needsOne: false)],
        gives: "{ status, headers, body }",
        result: { _, _ in
            .record(
                RecordType(fields: [
                    .init("status", .int), .init("headers", .map(.string, .string)), .init("body", .dyn),
                ]))
        },
        reply: { _ in
            .record(
                RecordType(fields: [
                    .init("status", .int, isOptional: true), .init("headers", .dyn, isOptional: true),
                    .init("body", .dyn),
                ]))
        },
        sampleReply: .record([("status", .int(200)), ("body", .record([]))]),
        wayOut: { _, _ in .server },
        changesOutside: { given in method(of: given).map { !["GET", "HEAD", "OPTIONS"].contains($0) } ?? true
        },
        outsideText: { _ in .brought(from: "an API") },
        assumedResult: { _ in WebScrape.assumedBytes },
        work: { _, given in method(of: given) == "GET" ? "asks an API" : nil },
        sample: """
            REST_API order -> end {
              timeout: 30s
              prompt_template { url: "https://shop.example.org/orders", body: { article: "desk lamp" } }
            }
            """)
}
