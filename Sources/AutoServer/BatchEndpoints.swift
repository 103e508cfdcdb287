import AutoRuntime
import HTTPTypes
import Hummingbird
import Logging
import Values

private let batchesPath = automationPath + [.word("batches")]
let batchPath = batchesPath + [.id("batch_id")]
private let listContent = [Endpoint.Content(type: "application/json", schema: listOf("Batch"))]
private let batchContent = [Endpoint.Content(type: "application/json", schema: "Batch")]

/// So many sessions of a batch run at once, unless the request says otherwise.
let usualAtOnce = 4
let possibleAtOnce = 1...1_000

private let batchBodies =
    [Endpoint.Content(type: "application/json", schema: "BatchInput")]
    + batchForms.map { Endpoint.Content(type: $0.type, schema: #"{"type":"string"}"#) }

private let atOnceParameter = Endpoint.Parameter(
    name: "at_once", place: .query,
    schema:
        #"{"type":"integer","minimum":\#(possibleAtOnce.lowerBound),"maximum":\#(possibleAtOnce.upperBound),"default":\#(usualAtOnce)}"#,
    about: "How many run at the same time, where the body does not say.")

private let openParameter = Endpoint.Parameter(
    name: "open", place: .query, schema: #"{"type":"boolean","default":false}"#,
    about: "Only those of which a session has not ended.")

let batchEndpoints: [Endpoint] = [
    Endpoint(
        method: .get, path: [.word("batches")], scope: .read, operation: "list_all_batches",
        summary: "List the batches of all automations, newest first",
        about: "Each with how its sessions stand.",
        parameters: [openParameter] + paging,
        answers: [
            Endpoint.Answer(
                status: 200, about: "The batches. A Link header leads to the next page.", content: listContent
            )
        ]
    ) { api, call in try await api.batches(call, of: nil) },
    Endpoint(
        method: .get, path: batchesPath, scope: .read, operation: "list_batches",
        summary: "List an automation's batches, newest first",
        about: "Each with how its sessions stand.",
        parameters: [openParameter] + paging,
        answers: [
            Endpoint.Answer(
                status: 200, about: "The batches. A Link header leads to the next page.", content: listContent
            )
        ]
    ) { api, call in
        try await api.batches(call, of: try await api.entry(try call.automation).automation.id)
    },
    Endpoint(
        method: .post, path: batchesPath, scope: .run, operation: "start_batch",
        summary: "Start a session for each row of a table of inputs",
        about:
            "As JSON, or as a table: CSV or TSV with the names of the inputs in the first line, or JSON Lines. Every row is checked before the first session begins, and if one does not fit nothing is started; `detail` names the rows. At most `at_once` of the sessions run at the same time, over all servers of the store; one that waits for a person makes way for the next.",
        parameters: [atOnceParameter, idempotencyKey("The same for each try of one start.")],
        body: batchBodies,
        answers: [
            Endpoint.Answer(status: 201, about: "The batch.", content: batchContent),
            Endpoint.Answer(
                status: 200, about: "The batch that this Idempotency-Key started before.",
                content: batchContent),
            Endpoint.Answer(
                status: 409, about: "A secret is not set on the server.", content: problemContent),
        ]
    ) { api, call in try await api.startBatch(call) },
    Endpoint(
        method: .post, path: automationPath + [.word("batch_check")], scope: .run, operation: "check_batch",
        summary: "Look at a table of inputs, and start nothing",
        about:
            "Takes what `POST …/batches` takes, and says what that would start: the first rows, fitted to the types of the inputs, and each row and field that does not fit.",
        parameters: [atOnceParameter],
        body: batchBodies,
        answers: [
            Endpoint.Answer(
                status: 200, about: "What the table holds.",
                content: [Endpoint.Content(type: "application/json", schema: "BatchCheck")])
        ]
    ) { api, call in try await api.checkBatch(call) },
    Endpoint(
        method: .get, path: batchPath, scope: .read, operation: "get_batch",
        summary: "How the sessions of a batch stand",
        about:
            "The sessions themselves are listed by `GET …/sessions?batch_id=` and `GET /sessions?batch_id=`.",
        answers: [Endpoint.Answer(status: 200, about: "The batch.", content: batchContent)]
    ) { api, call in .json(try await api.batch(call).json) },
    batchResultsEndpoint,
    Endpoint(
        method: .patch, path: batchPath + [.word("cancel")], scope: .run, operation: "cancel_batch",
        summary: "Cancel what is left of a batch",
        about:
            "Takes no body. No session of it begins any more, and those under way are cancelled; those that have ended stay as they are, so the call can be repeated.",
        answers: [Endpoint.Answer(status: 200, about: "The batch, ended.", content: batchContent)]
    ) { api, call in
        let batch = try await api.batch(call).batch
        api.parts.log.info(
            "batch cancelled",
            metadata: ["batch": "\(batch.id.text)", "token": "\(call.token?.name ?? "")"])
        try await api.engine.cancel(batch: batch.id, of: batch.automationID)
        return .json(try await api.batch(call).json)
    },
]

extension API {
    /// - Parameter automation: nil for all that are served.
    fileprivate func batches(_ call: Call, of automation: ID?) async throws -> Response {
        let query = ofWhatIsServed(
            BatchQuery(
                of: automation, before: try call.cursor(), isOpen: try call.flag("open"),
                limit: try call.limit()))
        let found = try await store.batches(query)
        let next = found.count == query.limit ? found.last?.batch.id : nil
        return .json(.list(found.map(\.json)), headers: call.link(to: next))
    }

    /// A batch of an automation that is served, or that was while the batch was under way.
    func batch(_ call: Call) async throws -> BatchStanding {
        let query = BatchQuery(id: try call.id("batch_id"), of: try call.automation, limit: 1)
        guard let found = try await store.batches(ofWhatIsServed(query)).first else { throw Refusal.notFound }
        return found
    }

    /// The same query for what is served now: files come and go.
    private func ofWhatIsServed(_ query: BatchQuery) -> BatchQuery {
        var query = query
        (query.files, query.besides) = (parts.served.withCalled, parts.served.underWay)
        return query
    }

    fileprivate func startBatch(_ call: Call) async throws -> Response {
        let version = try await startable(try await entry(try call.automation).automation)
        let (given, atOnce) = try batchBody(call, version)
        let rows = try fittedRows(given, version)
        let body = Token.hash(JSON.text(.list([.list(rows), .int(Int64(atOnce))])))
        let key = try key(call).map { AnswerKey(key: $0, body: body) }
        let (id, isNew) = try await engine.startBatch(version, rows: rows, atOnce: atOnce, key: key)
        guard let batch = try await store.batch(id) else { throw Refusal.notFound }
        var headers = HTTPFields()
        headers[.location] = "/automations/\(version.stored.id.text)/batches/\(id.text)"
        return .json(batch.json, isNew ? .created : .ok, headers: headers)
    }
}

extension BatchStanding {
    fileprivate var json: Value {
        let (running, failed) = (counts[.running] ?? 0, counts[.failed] ?? 0)
        let shown: [(String, Int)] = [
            ("new", counts[.new] ?? 0), ("running", running - waiting), ("waiting", waiting),
            ("finished", counts[.finished] ?? 0), ("failed", failed - cancelled), ("cancelled", cancelled),
        ]
        return .record([
            ("id", .string(batch.id.text)), ("automation_id", .string(batch.automationID.text)),
            ("automation_name", .string(automationName)),
            ("at_once", .int(Int64(batch.atOnce))), ("sessions_count", .int(Int64(batch.count))),
            ("has_ended", .bool(hasEnded)),
            ("counts", .record(shown.map { ($0.0, .int(Int64($0.1))) })),
            ("created_at", timeText(batch.createdAt)),
        ])
    }
}
