import AutoChecker
import AutoRuntime
import Diagnostics
import HTTPTypes
import Hummingbird
import Values

let automationEndpoints: [Endpoint] = [
    Endpoint(
        method: .post, path: [.word("automations")], scope: .admin, operation: "create_automation",
        summary: "Create an automation",
        about:
            "From the API's JSON, or from .auto text. It is checked first; what is wrong comes back as 422, each finding with its line and column.",
        body: automationBody,
        answers: [Endpoint.Answer(status: 201, about: "The automation.", content: automationContent)]
    ) { api, call in
        let entry = try await api.put(call, id: ID.ofNow(api.parts.clock))
        var headers = HTTPFields()
        headers[.location] = "/automations/\(entry.automation.id.text)"
        return try await api.show(entry, call, .created, headers: headers)
    },
    Endpoint(
        method: .get, path: [.word("automations")], scope: .read, operation: "list_automations",
        summary: "List the automations",
        about:
            "With `view=summary`, without their steps, and of the sessions only how the newest one stands and how many wait for a person.",
        parameters: [
            summaryView,
            Endpoint.Parameter(
                name: "sort", place: .query, schema: #"{"type":"string","enum":["used"]}"#,
                about: "`used`: by when they were used last, those that never were last; else by id."),
        ] + paging,
        answers: [
            Endpoint.Answer(
                status: 200, about: "The automations. A Link header leads to the next page.",
                content: [
                    Endpoint.Content(
                        type: "application/json", schema: listOf("Automation", "AutomationSummary"))
                ])
        ]
    ) { api, call in
        let entries = try await api.entries(call)
        let next = entries.count == (try call.limit()) ? entries.last?.automation.id : nil
        guard try call.isSummary() else {
            var shown: [Value] = []
            for entry in entries { shown.append(try await api.json(entry)) }
            return .json(.list(shown), headers: call.link(to: next))
        }
        return .json(.list(try await api.summaries(entries)), headers: call.link(to: next))
    },
    Endpoint(
        method: .get, path: [.word("automations"), .id("automation_id")], scope: .read,
        operation: "get_automation", summary: "Get an automation",
        about: "As JSON, or as .auto text with `Accept: text/x-auto`.",
        parameters: [
            summaryView,
            Endpoint.Parameter(
                name: "sessions", place: .query,
                schema: #"{"type":"integer","minimum":0,"maximum":20,"default":20}"#,
                about: "How many of its newest sessions come with it."),
        ],
        answers: [
            Endpoint.Answer(
                status: 200, about: "The automation.",
                content: [
                    Endpoint.Content(
                        type: "application/json", schema: anyOf("Automation", "AutomationSummary")),
                    Endpoint.Content(type: "text/x-auto", schema: "AutoText"),
                ])
        ]
    ) { api, call in
        let entry = try await api.entry(try call.automation)
        let sessions = try call.number("sessions", in: 0...API.shownSessions) ?? API.shownSessions
        if try call.isSummary() { return .json(try await api.summaries([entry])[0]) }
        return try await api.show(entry, call, sessions: sessions)
    },
    Endpoint(
        method: .get, path: [.word("automations"), .id("automation_id"), .word("inputs")], scope: .read,
        operation: "get_inputs", summary: "The JSON Schema of an automation's inputs",
        answers: [
            Endpoint.Answer(
                status: 200, about: "Draft 2020-12, with the defaults.",
                content: [Endpoint.Content(type: "application/json", schema: #"{"type":"object"}"#)])
        ]
    ) { api, call in .json(try await api.ready(try call.automation).plan.automation.inputs.jsonSchema) },
    Endpoint(
        method: .put, path: [.word("automations"), .id("automation_id")], scope: .admin,
        operation: "update_automation", summary: "Give an automation a new version",
        about: "Sessions under way end in the version with which they began.",
        body: automationBody,
        answers: [
            Endpoint.Answer(status: 200, about: "The automation.", content: automationContent),
            Endpoint.Answer(
                status: 409, about: "It is read from a file: change the file.", content: problemContent),
        ]
    ) { api, call in
        let id = try call.automation
        try api.checkIsOurs(try await api.entry(id))
        return try await api.show(try await api.put(call, id: id), call)
    },
    Endpoint(
        method: .delete, path: [.word("automations"), .id("automation_id")], scope: .admin,
        operation: "delete_automation", summary: "Delete an automation",
        about: "Sessions under way end in the version with which they began, and can be followed.",
        answers: [
            Endpoint.Answer(status: 204, about: "It is gone.", content: []),
            Endpoint.Answer(
                status: 409, about: "It is read from a file: change the file.", content: problemContent),
        ]
    ) { api, call in
        let id = try call.automation
        try api.checkIsOurs(try await api.entry(id))
        guard try await api.store.delete(id) else { throw Refusal.notFound }
        return Response(status: .noContent)
    },
]

private let automationBody = [
    Endpoint.Content(type: "application/json", schema: "AutomationInput"),
    Endpoint.Content(type: "text/x-auto", schema: "AutoText"),
]

private let automationContent = [
    Endpoint.Content(type: "application/json", schema: "Automation"),
    Endpoint.Content(type: "text/x-auto", schema: "AutoText"),
]

let problemContent = [Endpoint.Content(type: "application/json", schema: "Problem")]

/// So much of a list is given at once, at most.
let largestPage = 200

let paging = [
    Endpoint.Parameter(
        name: "limit", place: .query,
        schema: #"{"type":"integer","minimum":1,"maximum":\#(largestPage),"default":50}"#,
        about: "How many at most."),
    Endpoint.Parameter(
        name: "cursor", place: .query, schema: #"{"type":"string","format":"uuid"}"#,
        about: "The last id of the page before."),
]

let summaryView = Endpoint.Parameter(
    name: "view", place: .query, schema: #"{"type":"string","enum":["summary"]}"#,
    about: "What a list shows only: it stays small, however much the sessions hold.")

/// A list of these, as a JSON Schema; with several, each item is one of them.
func listOf(_ schemas: String...) -> String { #"{"type":"array","items":\#(schema(schemas))}"# }

/// One of these, as a JSON Schema.
func anyOf(_ schemas: String...) -> String { schema(schemas) }

private func schema(_ names: [String]) -> String {
    let references = names.map { ##"{"$ref":"#/components/schemas/\##($0)"}"## }
    return references.count == 1 ? references[0] : #"{"anyOf":[\#(references.joined(separator: ","))]}"#
}

extension Call {
    func limit() throws(Refusal) -> Int { try number("limit", in: 1...largestPage) ?? 50 }

    /// A whole number of the query; nil when it has none of this name.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let text = query(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Refusal(
                .unprocessableContent, at: ["query", name], "int_range",
                "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(text.prefix(60))"
            )
        }
        return number
    }

    /// Whether only what a list shows is asked for.
    func isSummary() throws(Refusal) -> Bool {
        guard let view = query("view") else { return false }
        guard view == "summary" else {
            throw Refusal(
                .unprocessableContent, at: ["query", "view"], "enum",
                "expected summary, found \(view.prefix(60))")
        }
        return true
    }

    fileprivate func isSortedByUse() throws(Refusal) -> Bool {
        guard let sort = query("sort") else { return false }
        guard sort == "used" else {
            throw Refusal(
                .unprocessableContent, at: ["query", "sort"], "enum",
                "expected used, found \(sort.prefix(60))")
        }
        return true
    }

    func cursor() throws(Refusal) -> ID? {
        guard let text = query("cursor") else { return nil }
        guard let id = ID(text) else {
            throw Refusal(
                .unprocessableContent, at: ["query", "cursor"], "uuid_parsing",
                "expected the last id of the page before, found \(text.prefix(60))")
        }
        return id
    }

    /// Leads to the page behind an id.
    func link(to next: ID?) -> HTTPFields {
        var headers = HTTPFields()
        guard let next else { return headers }
        var parts = ["cursor=\(next.text)"]
        for name in queryNames where name != "cursor" {
            if let value = query(name) { parts.insert("\(name)=\(percentEncoded(value))", at: 0) }
        }
        if let name = HTTPField.Name("Link") {
            headers[name] = "<\(request.uri.path)?\(parts.joined(separator: "&"))>; rel=\"next\""
        }
        return headers
    }
}

extension API {
    /// Of the sessions, an automation shows the newest.
    fileprivate static let shownSessions = 20

    /// An automation that is served.
    func entry(_ id: ID) async throws -> AutomationEntry {
        guard let entry = try await store.automation(id),
            entry.automation.path.isEmpty || parts.served.now.contains(id)
        else { throw Refusal.notFound }
        return entry
    }

    func ready(_ id: ID) async throws -> ReadyVersion {
        try await versions.ready(try await entry(id).automation)
    }

    func checkIsOurs(_ entry: AutomationEntry) throws(Refusal) {
        guard entry.automation.path.isEmpty else {
            throw Refusal(
                .conflict, "this automation is read from a file: change the file, and it is loaded anew")
        }
    }

    /// Checks and keeps what a request brings.
    func put(_ call: Call, id: ID) async throws -> AutomationEntry {
        let isText = call.request.headers[.contentType]?.lowercased().hasPrefix("text/x-auto") == true
        let text: String
        var json: Value?
        var ids: [String: ID] = [:]
        if isText {
            guard let given = String(validating: call.body, as: UTF8.self) else {
                throw Refusal(.unprocessableContent, at: ["body"], "utf8_invalid", "the text is not UTF-8")
            }
            text = given
        } else {
            let value = try call.json()
            json = value
            let automation: ImportedAutomation
            do throws(ImportError) { automation = try imported(value) } catch {
                let item = Refusal.item(placeParts(error.path), "automation_invalid", error.message)
                throw Refusal(.unprocessableContent, items: [item])
            }
            text = automation.text
            ids = givenIDs(automation)
        }
        let source = SourceText(name: "automation.auto", text: text)
        let result = try await versions.check(source)
        // What is found wrong may quote what equals a secret.
        versions.hide(result.secrets)
        guard let automation = result.automation else {
            throw Refusal.findings(result.findings, in: source, madeOf: json)
        }
        let now = parts.clock.now() / 1_000_000_000
        let infos = automation.stepInfos(automationID: id, fileTime: now).map { info in
            StepInfo(
                id: ids[info.name] ?? info.id, name: info.name, type: info.type, template: info.template,
                createdAt: info.createdAt, updatedAt: info.updatedAt)
        }
        let entry = try await store.put(
            StoredAutomation(automation, id: id, path: "", stepInfos: infos))
        versions.add(ReadyVersion(entry.automation, automation))
        return entry
    }

    /// Ids that a client has given to its steps are theirs, where they are UUIDs, each once.
    private func givenIDs(_ automation: ImportedAutomation) -> [String: ID] {
        let ids = automation.stepIDs.compactMapValues { ID($0) }
        return Set(ids.values).count == ids.count ? ids : [:]
    }

    /// `current_version.steps[2].name` as the parts of a place, from the body on.
    private func placeParts(_ path: String) -> [Value] {
        var place = [Value.string("body")]
        for part in path.split(separator: ".") {
            guard part.hasSuffix("]"), let bracket = part.lastIndex(of: "["),
                let number = Int64(part[part.index(after: bracket)...].dropLast())
            else {
                place.append(.string(String(part)))
                continue
            }
            place += [.string(String(part[..<bracket])), .int(number)]
        }
        return place
    }

    /// An automation as JSON, or as text for who asks for that.
    fileprivate func show(
        _ entry: AutomationEntry, _ call: Call, _ status: HTTPStatus = .ok,
        headers: HTTPFields = HTTPFields(),
        sessions: Int = API.shownSessions
    ) async throws -> Response {
        if call.accepts("text/x-auto") || call.accepts("text/plain") {
            let text = Array(entry.automation.text.utf8)
            return .bytes(text, "text/x-auto; charset=utf-8", status, headers: headers)
        }
        return .json(try await json(entry, sessions: sessions), status, headers: headers)
    }

    /// A page of the automations that are served.
    fileprivate func entries(_ call: Call) async throws -> [AutomationEntry] {
        let (limit, after) = (try call.limit(), try call.cursor())
        guard try call.isSortedByUse() else {
            return try await store.automations(limit: limit, after: after, files: parts.served.now)
        }
        let order = try await store.uses(files: parts.served.now).map(\.automation)
        // Where the last of the page before is gone, there is no place to go on from.
        let first = after.map { order.firstIndex(of: $0).map { $0 + 1 } ?? order.count } ?? 0
        var entries: [AutomationEntry] = []
        for id in order[first...].prefix(limit) {
            if let entry = try await store.automation(id) { entries.append(entry) }
        }
        return entries
    }

    /// Automations as a list for people shows them.
    func summaries(_ entries: [AutomationEntry]) async throws -> [Value] {
        let uses = try await store.uses(files: parts.served.now)
        let known = Dictionary(uses.map { ($0.automation, $0) }, uniquingKeysWith: { first, _ in first })
        var shown: [Value] = []
        for entry in entries { shown.append(try await summary(entry, known[entry.automation.id])) }
        return shown
    }

    private func summary(_ entry: AutomationEntry, _ use: AutomationUse?) async throws -> Value {
        let automation = entry.automation
        let version = try? await versions.ready(automation)
        let newest = try await store.outlines(
            SessionQuery(of: automation.id, limit: 1), withInputs: false)
        return .record([
            ("id", .string(automation.id.text)),
            ("name", .string(automation.name)),
            ("description", .string(version?.description ?? "")),
            ("problem", problem(of: automation.id)),
            ("last_used_at", use?.lastUsedAt.map(timeText) ?? .null),
            ("waiting_count", .int(Int64(use?.waiting ?? 0))),
            ("newest_session", newest.first?.summary ?? .null),
        ])
    }

    /// Why a file is not loaded as it is now; the checker's words may quote what equals a secret.
    private func problem(of automation: ID) -> Value {
        guard let problem = parts.served.problem(of: automation) else { return .null }
        versions.hide(parts.served.files.flatMap(\.secrets))
        return .string(versions.masker().mask(problem))
    }

    /// An automation as the API shows it, with so many of its newest sessions, without their steps.
    func json(_ entry: AutomationEntry, sessions count: Int = API.shownSessions) async throws -> Value {
        let automation = entry.automation
        let version = try? await versions.ready(automation)
        let sessions = try await store.outlines(
            SessionQuery(of: automation.id, limit: count), withInputs: true)
        return .record([
            ("name", .string(automation.name)),
            ("description", .string(version?.description ?? "")),
            ("id", .string(automation.id.text)),
            ("organisation_id", .string(API.organisation.text)),
            (
                "current_version",
                .record([
                    ("id", .string(automation.versionID.text)),
                    ("automation_id", .string(automation.id.text)),
                    ("steps", version?.steps ?? .list([])),
                    ("step_transitions", version?.transitions ?? .list([])),
                    ("created_at", timeText(entry.versionCreatedAt)),
                    ("updated_at", timeText(entry.versionCreatedAt)),
                ])
            ),
            ("created_at", timeText(entry.createdAt)),
            ("updated_at", timeText(entry.updatedAt)),
            ("sessions", .list(sessions.map(\.json))),
        ])
    }

    /// A store is one organisation's.
    private static let organisation = ID(name: "organisation")
}
