import AutoSyntax
import CEL
package import Values

/// REST_API: one HTTP request, or a call of another automation.
package enum RestAPI {
    package static let url = Key.text("url", as: [.host], "where the request goes")
    package static let method = Key.choice(
        "method", of: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        "GET unless said; POST with a body")
    package static let headers = Key.record("headers", as: [.header, .secrets], "names and values")
    package static let query = Key.record("query", "what is added behind `?`")
    package static let body = Key.any("body", as: [.secrets], "text as it is, anything else as JSON")
    package static let form = Key.record("form", as: [.secrets], "fields of a form")
    package static let auth = Key.record("auth", as: [.secrets], AuthPart.shape)

    /// What `auth` may have.
    package enum AuthPart: String, CaseIterable, Sendable {
        case bearer
        case user
        case password

        package static let shape =
            "{ \(bearer.rawValue): … } or { \(user.rawValue): …, \(password.rawValue): … }"
    }

    /// What the body of a `form` is.
    package static let formType = "application/x-www-form-urlencoded"

    package static let expect = Key.any(
        "expect", "the statuses that are a success: 200, [200, 404] or \"2xx\"")
    package static let allowPrivate = Key.bool(
        "allow_private", "whether addresses of the own network may be reached")

    package static let automation = Key.text(
        "automation",
        "in place of a request, another automation: the path of its file in this folder or below")
    package static let inputs = Key.record("inputs", "what the called automation is given")

    /// Whether a value in `expect` names statuses that an answer can have: `200`, `"404"` or `"2xx"`.
    package static func isStatus(_ value: Value) -> Bool {
        if value.isNull { return true }
        if let number = value.asInt { return (100...599).contains(number) }
        guard let text = value.asText?.lowercased() else { return false }
        if let number = Int(text) { return (100...599).contains(number) }
        return ["1xx", "2xx", "3xx", "4xx", "5xx"].contains(text)
    }

    /// The header that tells a server which requests are tries of the same one.
    package static let keyHeader = "Idempotency-Key"

    /// Fields that say how a request is sent.
    private static let ofRequest = [
        method.field, headers.field, query.field, body.field, form.field, auth.field, expect.field,
        allowPrivate.field,
    ]

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

    /// The names in what a request gives.
    package enum Answer {
        package static let status = "status"
        package static let headers = "headers"
        package static let body = "body"
        package static let all = [status, headers, body]
        package static let shape = "{ \(all.joined(separator: ", ")) }"
    }

    package static let kind = StepKind(
        type: .restAPI,
        summary:
            "Sends one HTTP request; the body of the answer is parsed when it is JSON. Or calls another automation.",
        fields: [url.field] + ofRequest + [automation.field, inputs.field],
        groups: [
            FieldGroup(names: [url.name, automation.name], needsOne: true),
            FieldGroup(names: [body.name, form.name], needsOne: false),
        ],
        companions: ofRequest.map { Companion(name: $0.name, other: url.name, bond: .meaningless) }
            + [Companion(name: inputs.name, other: automation.name, bond: .meaningless)],
        gives: "\(Answer.shape); of an automation its result",
        result: { step, _ in
            // What a called automation gives is known to who has its file.
            if step.given.has(automation) { return .dyn }
            return .record(
                RecordType(fields: [
                    .init(Answer.status, .int), .init(Answer.headers, .map(.string, .string)),
                    .init(Answer.body, .dyn),
                ]))
        },
        reply: { step in
            if step.given.has(automation) { return .dyn }
            return .record(
                RecordType(fields: [
                    .init(Answer.status, .int, isOptional: true),
                    .init(Answer.headers, .dyn, isOptional: true),
                    .init(Answer.body, .dyn),
                ]))
        },
        sampleReply: .record([(Answer.status, .int(200)), (Answer.body, .record([]))]),
        wayOut: { given, _ in given.has(automation) ? nil : .server },
        changesOutside: { given in
            !given.has(automation)
                && method(of: given).map { !["GET", "HEAD", "OPTIONS"].contains($0) } ?? true
        },
        outsideText: { given in given.has(automation) ? .passedOn : .brought(from: "an API") },
        assumedResult: { _ in WebScrape.assumedBytes },
        work: { _, given in
            if given.has(automation) { return "calls an automation" }
            return method(of: given) == "GET" ? "asks an API" : nil
        },
        sample: """
            REST_API order -> end {
              timeout: 30s
              prompt_template { url: "https://shop.example.org/orders", body: { article: "desk lamp" } }
            }
            """)
}
