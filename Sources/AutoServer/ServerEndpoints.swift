import AutoRuntime
import Diagnostics
import Hummingbird
import Values

/// What a client can ask of the server itself.
let serverEndpoints: [Endpoint] = [
    Endpoint(
        method: .get, path: [.word("me")], scope: .read, operation: "get_me",
        summary: "Whose token this is, and what it may do",
        answers: [
            Endpoint.Answer(
                status: 200, about: "The token's name and scope.",
                content: [Endpoint.Content(type: "application/json", schema: "Me")])
        ]
    ) { _, call in
        guard let token = call.token else { throw Refusal.notFound }
        return .json(
            .record([("name", .string(token.name)), ("scope", .string(token.scope.rawValue))]))
    },
    Endpoint(
        method: .get, path: [.word("files")], scope: .read, operation: "list_files",
        summary: "List the files that the server was given, and what is wrong with them",
        about:
            "A file that has errors is served as it was before; one that never passed is not loaded. Automations that came by the API have no file.",
        answers: [
            Endpoint.Answer(
                status: 200, about: "The files, by name.",
                content: [Endpoint.Content(type: "application/json", schema: listOf("ServedFile"))])
        ]
    ) { api, _ in
        let files = api.parts.served.files
        api.versions.hide(files.flatMap(\.secrets))
        return .json(api.versions.masker().mask(.list(files.map(\.json))))
    },
]

extension ServedFile {
    fileprivate var json: Value {
        .record([
            ("name", .string(name)),
            ("automation_id", automation.map { .string($0.text) } ?? .null),
            ("state", .string(state.rawValue)),
            ("problem", problem.map(Value.string) ?? .null),
            (
                "findings",
                .list(
                    findings.map { finding in
                        let position = source.position(at: finding.span.start)
                        return .record([
                            ("code", .string(finding.code.rawValue)),
                            ("severity", .string(finding.severity.rawValue)),
                            ("message", .string(finding.message)),
                            ("line", .int(Int64(position.line))),
                            ("column", .int(Int64(position.column))),
                            ("help", finding.help.map(Value.string) ?? .null),
                        ])
                    })
            ),
        ])
    }
}
