import AutoChecker
package import AutoRuntime
import CEL
import OrderedCollections
import StepKinds
import URLs
import Values

/// REST_API: one request, its answer's body read as its server says what it is.
package struct RestStep: StepExecutor {
    private let client: any HTTPClient
    private let clock: any Clock

    package init(client: any HTTPClient, clock: any Clock = SystemClock()) {
        self.client = client
        self.clock = clock
    }

    /// Asks the API.
    ///
    /// - Returns: a record of `status`, `headers` and `body`.
    /// - Throws: what is wrong with a field, what kept an answer from coming, or an answer that is no success.
    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let request = try request(work)
        let response = try await client.send(request, for: work)
        let body = AnswerBody()
        try await check(response, work, body)
        var headers = MapValue()
        for (name, value) in response.headers {
            headers[name] = .string((headers[name]?.asText).map { $0 + ", " + value } ?? value)
        }
        let value = try await body.value(of: response)
        return .value(
            .record([
                (RestAPI.Answer.status, .int(Int64(response.status))),
                (RestAPI.Answer.headers, .map(headers)),
                (RestAPI.Answer.body, value),
            ]))
    }

    private func request(_ work: StepWork) throws(StepFailure) -> HTTPRequest {
        let fields = work.fields
        var request = HTTPRequest(url: try url(fields))
        request.step = work.step.name
        request.allowPrivate = fields[RestAPI.allowPrivate] ?? false
        request.servers = work.servers
        try request.addHeaders(of: work, RestAPI.headers)
        try setBody(&request, fields)
        request.method = fields[RestAPI.method] ?? (request.body == nil ? "GET" : "POST")
        if let auth = fields[RestAPI.auth] {
            guard let header = authorization(auth) else {
                throw StepFailure(.auth, "`auth` takes \(RestAPI.AuthPart.shape)")
            }
            request.headers.append(("authorization", header))
            request.secretHeaders.insert("authorization")
        }
        if RestAPI.carriesKey(request.method), !request.has(RestAPI.keyHeader) {
            request.headers.append((RestAPI.keyHeader.lowercased(), work.idempotencyKey))
        }
        if !request.has("accept") { request.headers.append(("accept", "application/json, */*;q=0.5")) }
        request.bodyIsSecret =
            request.body != nil
            && (work.holdsSecret(in: RestAPI.body.name) || work.holdsSecret(in: RestAPI.form.name))
        return request
    }

    private func url(_ fields: MapValue) throws(StepFailure) -> String {
        var url = try parsedURL(fields, RestAPI.url, expected: "https://…")
        if let query = fields[RestAPI.query] {
            url.appendQuery(
                try pairs(query, RestAPI.query.name).map {
                    percentEncoded(value: $0) + "=" + percentEncoded(value: $1)
                }
                .joined(separator: "&"))
        }
        return url.text
    }

    /// Names and values; a list is one pair for each of its elements.
    private func pairs(_ map: MapValue, _ field: String) throws(StepFailure) -> [(
        name: String, value: String
    )] {
        var pairs: [(name: String, value: String)] = []
        for (name, value) in map.entries where !value.isNull {
            for item in value.asList ?? [value] {
                pairs.append((JSON.keyText(name), try fieldText(item, field)))
            }
        }
        return pairs
    }

    private func setBody(_ request: inout HTTPRequest, _ fields: MapValue) throws(StepFailure) {
        if let form = fields[RestAPI.form] {
            request.body = Array(formEncoded(try pairs(form, RestAPI.form.name)).utf8)
            if !request.has("content-type") {
                request.headers.append(("content-type", RestAPI.formType))
            }
            return
        }
        guard let body = fields[RestAPI.body] else { return }
        let type: String
        switch body {
        case .string(let text): (request.body, type) = (Array(text.utf8), "text/plain; charset=utf-8")
        case .bytes(let bytes): (request.body, type) = (bytes, "application/octet-stream")
        case .null, .bool, .int, .uint, .double, .list, .map, .timestamp, .duration, .type, .optional:
            (request.body, type) = (Array(JSON.text(body).utf8), "application/json")
        }
        if !request.has("content-type") { request.headers.append(("content-type", type)) }
    }

    /// Without `expect`, 2xx is a success.
    private func check(_ response: HTTPResponse, _ work: StepWork, _ body: AnswerBody)
        async throws(StepFailure)
    {
        let expected = work[RestAPI.expect]
        let wanted = expected.flatMap { $0.isNull ? nil : $0.asList ?? [$0] } ?? [.string("2xx")]
        let isFine = wanted.contains { value in
            if let number = value.asInt { return number == response.status }
            guard let pattern = value.asText?.lowercased() else { return false }
            return pattern == String(response.status)
                || (pattern.hasSuffix("xx") && pattern.first == String(response.status).first)
        }
        guard !isFine else { return }
        // A secret that is cut in the middle could not be found any more.
        let shown = work.masked(await body.shown(response)).prefix(200).split(whereSeparator: \.isNewline)
            .joined(separator: " ")
        let words = wanted.map { $0.asText ?? JSON.text($0) }.joined(separator: " or ")
        throw StepFailure(
            "the server answered \(response.status), expected \(words)" + (shown.isEmpty ? "" : ": \(shown)"),
            answer: response, now: clock.now())
    }
}
