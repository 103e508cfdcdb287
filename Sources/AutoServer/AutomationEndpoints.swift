import AutoChecker
import AutoRuntime
import HTTPTypes
import Hummingbird
import Values

let automationEndpoints: [Endpoint] = [
    Endpoint(
        method: .post, path: automationsPath, scope: .admin, operation: "create_automation",
        summary: "Create an automation",
        about:
            "From the API's JSON, or from .auto text. It is checked first; what is wrong comes back as 422, each finding with its line and column.",
        body: automationBody,
        answers: [Endpoint.Answer(status: 201, about: "The automation.", content: automationContent)]
    ) { api, call in
        let entry = try await api.put(call, id: ID.ofNow(api.parts.clock))
        api.parts.served.changes.tell()
        var headers = HTTPFields()
        headers[.location] = "/automations/\(entry.automation.id.text)"
        return try await api.show(entry, call, .created, headers: headers)
    },
    Endpoint(
        method: .get, path: automationsPath, scope: .read, operation: "list_automations",
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
        method: .get, path: automationPath, scope: .read,
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
        method: .get, path: automationPath + [.word("inputs")], scope: .read,
        operation: "get_inputs", summary: "The JSON Schema of an automation's inputs",
        answers: [
            Endpoint.Answer(
                status: 200, about: "Draft 2020-12, with the defaults.",
                content: [Endpoint.Content(type: "application/json", schema: #"{"type":"object"}"#)])
        ]
    ) { api, call in .json(try await api.ready(try call.automation).plan.automation.inputs.jsonSchema) },
    Endpoint(
        method: .put, path: automationPath, scope: .admin,
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
        let entry = try await api.put(call, id: id)
        api.parts.served.changes.tell()
        return try await api.show(entry, call)
    },
    Endpoint(
        method: .delete, path: automationPath, scope: .admin,
        operation: "delete_automation", summary: "Delete an automation",
        about:
            "Sessions and batches under way end in the version with which they began, and can be followed.",
        answers: [
            Endpoint.Answer(status: 204, about: "It is gone.", content: []),
            Endpoint.Answer(
                status: 409, about: "It is read from a file: change the file.", content: problemContent),
        ]
    ) { api, call in
        let id = try call.automation
        try api.checkIsOurs(try await api.entry(id))
        guard try await api.store.delete(id) else { throw Refusal.notFound }
        api.parts.served.changes.tell()
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
