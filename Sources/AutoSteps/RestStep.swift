import AutoChecker
package import AutoRuntime
import CEL
import Diagnostics
import OrderedCollections

/// REST_API: one request, its answer's body parsed when it is JSON.
package struct RestStep: StepExecutor {
    private let client: any HTTPClient

    package init(client: any HTTPClient) { self.client = client }

    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let fields = work.fields
        var request = HTTPRequest(url: try url(fields))
        request.step = work.step.name
        request.allowPrivate = fields["allow_private"]?.asBool ?? false
        if let headers = fields["headers"]?.asMap {
            for (name, value) in headers.entries where !value.isNull {
                request.headers.append((JSON.keyText(name), try text(value, "headers")))
            }
        }
        try setBody(&request, fields)
        request.method = fields["method"]?.asText ?? (request.body == nil ? "GET" : "POST")
        if let auth = fields["auth"]?.asMap {
            request.headers.append(("authorization", try authorization(auth)))
        }
        if ["POST", "PUT", "PATCH", "DELETE"].contains(request.method), !has("idempotency-key", request) {
            request.headers.append(("idempotency-key", work.idempotencyKey))
        }
        if !has("accept", request) { request.headers.append(("accept", "application/json, */*;q=0.5")) }
        let response = try await client.send(request)
        try check(response, fields["expect"])
        return .value(value(of: response))
    }

    private func has(_ header: String, _ request: HTTPRequest) -> Bool {
        request.headers.contains { $0.0.lowercased() == header }
    }

    private func text(_ value: Value, _ field: String) throws(StepFailure) -> String {
        do throws(EvaluationError) { return try textOf(value) } catch {
            throw StepFailure("field", "`\(field)`: \(error.text)")
        }
    }

    private func url(_ fields: MapValue) throws(StepFailure) -> String {
        var url = fields["url"]?.asText ?? ""
        guard isURL(url) else {
            throw StepFailure("url", "`url` is no url: \(describe(.string(url))), expected https://…")
        }
        guard let query = fields["query"]?.asMap, query.count > 0 else { return url }
        var fragment = ""
        if let hash = url.firstIndex(of: "#") {
            fragment = String(url[hash...])
            url = String(url[..<hash])
        }
        let pairs = try pairs(query, "query")
        return url + (url.contains("?") ? "&" : "?") + pairs + fragment
    }

    private func pairs(_ map: MapValue, _ field: String) throws(StepFailure) -> String {
        var parts: [String] = []
        for (name, value) in map.entries where !value.isNull {
            for item in value.asList ?? [value] {
                parts.append(percentEncoded(JSON.keyText(name)) + "=" + percentEncoded(try text(item, field)))
            }
        }
        return parts.joined(separator: "&")
    }

    private func setBody(_ request: inout HTTPRequest, _ fields: MapValue) throws(StepFailure) {
        if let form = fields["form"]?.asMap {
            request.body = Array(try pairs(form, "form").utf8)
            if !has("content-type", request) {
                request.headers.append(("content-type", "application/x-www-form-urlencoded"))
            }
            return
        }
        guard let body = fields["body"], !body.isNull else { return }
        let type: String
        switch body {
        case .string(let text): (request.body, type) = (Array(text.utf8), "text/plain; charset=utf-8")
        case .bytes(let bytes): (request.body, type) = (bytes, "application/octet-stream")
        case .null, .bool, .int, .uint, .double, .list, .map, .timestamp, .duration, .type, .optional:
            (request.body, type) = (Array(JSON.text(body).utf8), "application/json")
        }
        if !has("content-type", request) { request.headers.append(("content-type", type)) }
    }

    private func authorization(_ auth: MapValue) throws(StepFailure) -> String {
        if let token = auth["bearer"]?.asText { return "Bearer " + token }
        if let user = auth["user"]?.asText, let password = auth["password"]?.asText {
            return "Basic " + base64(Array((user + ":" + password).utf8))
        }
        throw StepFailure("auth", "`auth` takes { bearer: … } or { user: …, password: … }")
    }

    /// Without `expect`, 2xx is a success.
    private func check(_ response: HTTPResponse, _ expected: Value?) throws(StepFailure) {
        let wanted = expected.flatMap { $0.isNull ? nil : $0.asList ?? [$0] } ?? [.string("2xx")]
        let isFine = wanted.contains { value in
            if let number = value.asInt { return number == response.status }
            guard let pattern = value.asText?.lowercased() else { return false }
            return pattern == String(response.status)
                || (pattern.hasSuffix("xx") && pattern.first == String(response.status).first)
        }
        guard !isFine else { return }
        let shown = String(decoding: response.body.prefix(200), as: UTF8.self).split(
            whereSeparator: \.isNewline
        ).joined(separator: " ")
        let isRetryable =
            response.status == 408 || response.status == 425 || response.status == 429
            || response.status >= 500
        throw StepFailure(
            response.status == 429 ? "rate_limited" : "status",
            "the server answered \(response.status), expected \(wanted.map { $0.asText ?? JSON.text($0) }.joined(separator: " or "))"
                + (shown.isEmpty ? "" : ": \(shown)"),
            retryable: isRetryable, retryAfter: isRetryable ? retryAfter(response) : nil)
    }

    private func value(of response: HTTPResponse) -> Value {
        var headers = MapValue()
        for (name, value) in response.headers {
            headers[name] = .string((headers[name]?.asText).map { $0 + ", " + value } ?? value)
        }
        let type = response[header: "content-type"]?.lowercased() ?? ""
        var body = String(validating: response.body, as: UTF8.self).map(Value.string) ?? .bytes(response.body)
        if type.contains("json") || type.isEmpty, !response.body.isEmpty,
            let parsed = try? JSON.parse(bytes: response.body)
        {
            body = parsed
        }
        return .record([("status", .int(Int64(response.status))), ("headers", .map(headers)), ("body", body)])
    }
}

/// The seconds that `Retry-After` asks for.
package func retryAfter(_ response: HTTPResponse) -> Double? {
    guard let text = response[header: "retry-after"] else { return nil }
    if let seconds = Double(text.filter { !$0.isWhitespace }), seconds.isFinite { return max(0, seconds) }
    return nil
}
