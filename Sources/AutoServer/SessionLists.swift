import AutoRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Values

extension SessionOutline {
    /// A session as an automation carries it: its record without `steps` and `current_step`.
    var json: Value {
        .record([
            ("id", .string(id.text)),
            ("automation_id", .string(automationID.text)),
            ("inputs", inputs ?? .null),
            ("error", error.map(Value.string) ?? .null),
            ("status", .string(status.rawValue)),
            ("created_at", timeText(createdAt)),
            ("updated_at", timeText(updatedAt)),
            ("steps_count", .int(Int64(stepsCount))),
        ])
    }

    /// A session as a list for people shows it: nothing in it is large.
    var summary: Value { .map(summaryRecord) }

    /// The same, with the questions that it waits to be told.
    ///
    /// - Parameter caller: the session that has called it; nil where a person or a program started it.
    func summary(_ questions: [Value], calledBy caller: StoredSession? = nil) -> Value {
        var record = summaryRecord
        record["questions"] = .list(questions)
        if let caller {
            record["called_by"] = .record([
                ("id", .string(caller.record.header.id.text)),
                ("automation_id", .string(caller.record.header.automationID.text)),
                ("automation_name", .string(caller.automation.name)),
            ])
        }
        return .map(record)
    }

    private var summaryRecord: MapValue {
        MapValue(record: [
            ("id", .string(id.text)),
            ("automation_id", .string(automationID.text)),
            ("automation_name", .string(automationName)),
            ("error", error.map(Value.string) ?? .null),
            ("status", .string(status.rawValue)),
            ("is_waiting", .bool(isWaiting)),
            ("created_at", timeText(createdAt)),
            ("updated_at", timeText(updatedAt)),
            ("steps_count", .int(Int64(stepsCount))),
        ])
    }
}

/// The longest text that is searched for, in code points.
let longestSearch = 200

extension API {
    /// An automation's sessions as records, as summaries, or as a stream of summaries.
    func listSessions(_ call: Call) async throws -> Response {
        let automation = try await entry(try call.automation).automation.id
        var query = SessionQuery(
            of: automation, status: try call.status(), before: try call.cursor(), limit: try call.limit())
        query.batch = try call.queryID("batch_id")
        let isSummary = try call.isSummary()
        if call.accepts("text/event-stream") {
            return streamSummaries(SummaryStream(query), call) { hub.watch(automation: automation) }
        }
        return isSummary ? try await summaries(query, call) : try await records(query, call)
    }

    /// The sessions of all automations that are served, as summaries or as a stream of them.
    func listAllSessions(_ call: Call) async throws -> Response {
        var query = SessionQuery(
            of: try call.queryID("automation_id"), status: try call.status(), before: try call.cursor(),
            limit: try call.limit())
        query = ofWhatIsServed(query)
        query.batch = try call.queryID("batch_id")
        query.isWaiting = try call.flag("waiting")
        query.text = try call.searchedText()
        if call.accepts("text/event-stream") {
            return streamSummaries(SummaryStream(query), call) { hub.watchEverything() }
        }
        return try await summaries(query, call)
    }

    /// The same query for what is served now: files come and go.
    func ofWhatIsServed(_ query: SessionQuery) -> SessionQuery {
        var query = query
        (query.files, query.besides) = (parts.served.withCalled, parts.served.underWay)
        return query
    }

    private func summaries(_ query: SessionQuery, _ call: Call) async throws -> Response {
        let sessions = try await store.outlines(query, withInputs: false)
        let next = sessions.count == query.limit ? sessions.last?.id : nil
        var shown: [Value] = []
        for session in sessions { shown.append(try await summary(session, query)) }
        return .json(.list(shown), headers: call.link(to: next))
    }

    /// A session as this list shows it: one of what waits says for what, too.
    func summary(_ session: SessionOutline, _ query: SessionQuery) async throws -> Value {
        guard query.isWaiting else { return session.summary }
        guard session.isWaiting,
            let whole = try await store.session(session.id, of: nil, withValues: false)
        else { return session.summary([]) }
        // One that cannot be read for now, say of a newer version, does not keep the others from being shown.
        let asked = (try? await questions(whole)) ?? []
        guard let caller = whole.record.header.caller else { return session.summary(asked) }
        return session.summary(
            asked, calledBy: try await store.session(caller, of: nil, withValues: false))
    }

    /// Whole sessions, each written out before the next one is read: together they may be many megabytes.
    private func records(_ query: SessionQuery, _ call: Call) async throws -> Response {
        let sessions = try await store.outlines(query, withInputs: false)
        let next = sessions.count == query.limit ? sessions.last?.id : nil
        var headers = call.link(to: next)
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var isFirst = true
                try await writer.write(ByteBuffer(string: "["))
                for session in sessions {
                    // One that was deleted since is left out.
                    guard let record = try await store.session(session.id, of: nil)?.record else { continue }
                    var text = ByteBuffer(string: isFirst ? "" : ",")
                    text.writeBytes(await record.jsonBytes())
                    try await writer.write(text)
                    isFirst = false
                }
                try await writer.write(ByteBuffer(string: "]"))
                try await writer.finish(nil)
            })
    }
}

extension Call {
    /// How the sessions stand that are asked for; nil for all.
    fileprivate func status() throws(Refusal) -> Status? {
        guard let text = query("status") else { return nil }
        guard let status = Status(rawValue: text) else {
            throw unfit("status", "enum", expected: Status.inWords, found: text)
        }
        return status
    }

    /// An id in the query; nil when it has none of this name.
    fileprivate func queryID(_ name: String) throws(Refusal) -> ID? {
        guard let text = query(name) else { return nil }
        guard let id = ID(text) else {
            throw unfit(name, "uuid_parsing", expected: "a UUID", found: text)
        }
        return id
    }

    /// A yes or no in the query; no when it has none of this name.
    func flag(_ name: String) throws(Refusal) -> Bool {
        switch query(name) {
        case nil, "false": return false
        case "true": return true
        case let text?: throw unfit(name, "bool_parsing", expected: "true or false", found: text)
        }
    }

    /// What is searched for; nil for nothing.
    fileprivate func searchedText() throws(Refusal) -> String? {
        guard let text = query("q"), !text.isEmpty else { return nil }
        let length = text.unicodeScalars.count
        guard length <= longestSearch else {
            throw Refusal(
                .unprocessableContent, at: ["query", "q"], "string_too_long",
                "expected at most \(longestSearch) characters, found \(length)")
        }
        return text
    }
}
