import AutoRuntime
import AutoSyntax
import Diagnostics
import HTTPTypes
import Values

/// `/openapi.json`, made of the endpoints that are served and the schemas of what they take and give.
let openAPIText: [UInt8] = {
    var bytes: [UInt8] = []
    JSON.append(openAPI(endpoints), to: &bytes, indent: 0)
    return bytes
}()

private func openAPI(_ endpoints: [Endpoint]) -> Value {
    var paths = MapValue()
    for endpoint in endpoints where endpoint.isDescribed {
        var item = paths[endpoint.pathText]?.asMap ?? MapValue()
        if item.count == 0, !endpoint.ids.isEmpty {
            item["parameters"] = .list(endpoint.ids.map(idParameter))
        }
        item[endpoint.method.rawValue.lowercased()] = operation(endpoint)
        paths[endpoint.pathText] = .map(item)
    }
    return .record([
        ("openapi", .string("3.1.0")),
        (
            "info",
            .record([
                ("title", .string("autorun")), ("version", .string(toolVersion)),
                (
                    "description",
                    .string(
                        "Automations, their sessions, and the records of every step. Times are RFC 3339, UTC."
                    )
                ),
            ])
        ),
        ("servers", .list([.record([("url", .string("/"))])])),
        (
            "tags",
            .list(
                Endpoint.Tag.allCases.map { tag in
                    .record([("name", .string(tag.rawValue)), ("description", .string(tag.about))])
                })
        ),
        ("paths", .map(paths)),
        ("components", components()),
    ])
}

/// The schemas of the file, with the words that the program's own types know.
private func components() -> Value {
    let file = json(String(decoding: pageFiles["schemas.json"] ?? [], as: UTF8.self))
    var components = file.asMap?["components"]?.asMap ?? MapValue()
    var schemas = components["schemas"]?.asMap ?? MapValue()
    func set(_ path: [String], _ words: [String], in map: inout MapValue) {
        guard let key = path.first else {
            map["enum"] = .list(words.map(Value.string))
            return
        }
        var inner = map[key]?.asMap ?? MapValue()
        set(Array(path.dropFirst()), words, in: &inner)
        map[key] = .map(inner)
    }
    set(["Status"], Status.allCases.map(\.rawValue), in: &schemas)
    set(["StepType"], StepType.allCases.map(\.rawValue), in: &schemas)
    set(["Me", "properties", "scope"], TokenScope.allCases.map(\.rawValue), in: &schemas)
    set(["Finding", "properties", "severity"], Severity.allCases.map(\.rawValue), in: &schemas)
    set(["TraceEvent", "properties", "event"], TraceEvent.Word.allCases.map(\.rawValue), in: &schemas)
    set(["ServedFile", "properties", "state"], ServedFile.State.allCases.map(\.rawValue), in: &schemas)
    components["schemas"] = .map(schemas)
    return .map(components)
}

private func json(_ text: String) -> Value { (try? JSON.parse(text)) ?? .null }

private func idParameter(_ name: String) -> Value {
    .record([
        ("name", .string(name)), ("in", .string("path")), ("required", .bool(true)),
        ("schema", .record([("type", .string("string")), ("format", .string("uuid"))])),
    ])
}

private func operation(_ endpoint: Endpoint) -> Value {
    var operation = MapValue(record: [
        ("operationId", .string(endpoint.operation)), ("summary", .string(endpoint.summary)),
        ("tags", .list([.string(endpoint.tag.rawValue)])),
    ])
    if !endpoint.about.isEmpty { operation["description"] = .string(endpoint.about) }
    if let scope = endpoint.scope {
        let guest: [Value] = endpoint.admitsGuest == nil ? [] : [.record([])]
        operation["security"] = .list([.record([("bearer", .list([]))])] + guest)
        operation["x-scope"] = .string(scope.rawValue)
    }
    let parameters = endpoint.parameters + (hasTag(endpoint) ? [ifNoneMatch] : [])
    if !parameters.isEmpty { operation["parameters"] = .list(parameters.map(parameter)) }
    if !endpoint.body.isEmpty {
        operation["requestBody"] = .record([
            ("required", .bool(endpoint.isBodyRequired)), ("content", content(endpoint.body)),
        ])
    }
    var responses = MapValue()
    for answer in (endpoint.answers + commonAnswers(endpoint)).sorted(by: { $0.status < $1.status }) {
        responses[String(answer.status)] = response(answer, endpoint)
    }
    operation["responses"] = .map(responses)
    return .map(operation)
}

/// Whether a client may ask by the tag of what it knows.
private func hasTag(_ endpoint: Endpoint) -> Bool { endpoint.method == .get && endpoint.scope != nil }

private let ifNoneMatch = Endpoint.Parameter(
    name: "If-None-Match", place: .header, schema: #"{"type":"string"}"#,
    about: "The ETag of what is known already.")

private func parameter(_ parameter: Endpoint.Parameter) -> Value {
    .record([
        ("name", .string(parameter.name)), ("in", .string(parameter.place.rawValue)),
        ("required", .bool(false)),
        ("description", .string(parameter.about)), ("schema", json(parameter.schema)),
    ])
}

private func response(_ answer: Endpoint.Answer, _ endpoint: Endpoint) -> Value {
    var response = MapValue(record: [("description", .string(answer.about))])
    let headers: [(String, String)] =
        switch answer.status {
        case 201: [("Location", "Where it is.")]
        case 401: [("WWW-Authenticate", "Bearer.")]
        case 429: [("Retry-After", "Seconds.")]
        default: []
        }
    if !headers.isEmpty {
        response["headers"] = .record(
            headers.map { name, about in
                (
                    name,
                    .record([
                        ("description", .string(about)), ("required", .bool(true)),
                        ("schema", .record([("type", .string("string"))])),
                    ])
                )
            })
    }
    if !answer.content.isEmpty { response["content"] = content(answer.content) }
    let links = links(answer, endpoint)
    if links.count > 0 { response["links"] = .map(links) }
    return .map(response)
}

/// What a client may do next with what it was given.
private func links(_ answer: Endpoint.Answer, _ endpoint: Endpoint) -> MapValue {
    var links = MapValue()
    guard answer.status == 201 else { return links }
    // By which name the path of what can be done with it has the id of what was made.
    let made =
        endpoint.path.last == .word("batches")
        ? "batch_id" : endpoint.ids.contains("automation_id") ? "session_id" : "automation_id"
    for other in endpoints where other.ids.last == made {
        var parameters = MapValue()
        for id in other.ids {
            parameters[id] = .string(id == made ? "$response.body#/id" : "$request.path.\(id)")
        }
        links[other.operation] = .record([
            ("operationId", .string(other.operation)), ("parameters", .map(parameters)),
        ])
    }
    return links
}

private func content(_ contents: [Endpoint.Content]) -> Value {
    .record(
        contents.map { content in
            let schema =
                content.schema.hasPrefix("{")
                ? json(content.schema)
                : .record([("$ref", .string("#/components/schemas/" + content.schema))])
            return (content.type, .record([("schema", schema)]))
        })
}

/// What any endpoint of this kind may answer besides.
private func commonAnswers(_ endpoint: Endpoint) -> [Endpoint.Answer] {
    var answers: [Endpoint.Answer] = []
    func add(_ status: Int, _ about: String) {
        guard !endpoint.answers.contains(where: { $0.status == status }) else { return }
        answers.append(Endpoint.Answer(status: status, about: about, content: problemContent))
    }
    if let scope = endpoint.scope {
        add(401, "No token, or one that is not known.")
        if scope > .read { add(403, "The token's scope is too small.") }
        add(429, "Too many requests, or sessions that wait for their turn.")
    }
    if hasTag(endpoint) {
        answers.append(
            Endpoint.Answer(status: 304, about: "It is still as If-None-Match names it.", content: []))
    }
    if !endpoint.ids.isEmpty { add(404, "There is none of these ids.") }
    if !endpoint.body.isEmpty {
        add(413, "The body is too large.")
        add(415, "The body is of another media type.")
    }
    // Any endpoint refuses what it does not know in the query.
    answers.append(
        Endpoint.Answer(
            status: 422, about: "Something in the request does not fit.",
            content: [Endpoint.Content(type: "application/json", schema: "ValidationProblem")]))
    if endpoint.scope != nil || endpoint.operation == "ready" {
        add(503, "The store cannot be read or written now.")
    }
    return answers
}
