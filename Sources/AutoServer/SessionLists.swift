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
    var summary: Value {
        .record([
            ("id", .string(id.text)),
            ("automation_id", .string(automationID.text)),
            ("error", error.map(Value.string) ?? .null),
            ("status", .string(status.rawValue)),
            ("is_waiting", .bool(isWaiting)),
            ("created_at", timeText(createdAt)),
            ("updated_at", timeText(updatedAt)),
            ("steps_count", .int(Int64(stepsCount))),
        ])
    }
}

extension API {
    /// An automation's sessions as records, as summaries, or as a stream of summaries.
    func listSessions(_ call: Call) async throws -> Response {
        let automation = try await entry(try call.automation).automation.id
        let status = try call.status()
        let (limit, cursor) = (try call.limit(), try call.cursor())
        let isSummary = try call.isSummary()
        let query = SessionQuery(of: automation, status: status, before: cursor, limit: limit)
        if call.accepts("text/event-stream") { return streamSummaries(of: automation, status, limit) }
        if isSummary {
            let sessions = try await store.outlines(query, withInputs: false)
            let next = sessions.count == limit ? sessions.last?.id : nil
            return .json(.list(sessions.map(\.summary)), headers: call.link(to: next))
        }
        let sessions = try await store.sessions(query)
        let next = sessions.count == limit ? sessions.last?.header.id : nil
        return await .json(sessions, headers: call.link(to: next))
    }

    /// However fast sessions change, a list is looked at no more often than once in so many nanoseconds.
    private static let listPause: Int64 = 200_000_000

    /// Server-sent events: the newest sessions, oldest of them first, then each that begins or changes, until the client goes.
    private func streamSummaries(of automation: ID, _ status: Status?, _ limit: Int) -> Response {
        .events { write in
            let watching = hub.watch(automation: automation)
            defer { watching.end() }
            var shown: [ID: String] = [:]
            try await write(try await news(automation, status, limit, &shown))
            for await _ in watching.events {
                let text = try await news(automation, status, limit, &shown)
                try await write(text.readableBytes > 0 ? text : Response.sign)
                try await parts.clock.sleep(nanoseconds: API.listPause)
            }
        }
    }

    /// The newest sessions that differ from what was shown.
    private func news(_ automation: ID, _ status: Status?, _ limit: Int, _ shown: inout [ID: String])
        async throws -> ByteBuffer
    {
        let newest = try await store.outlines(
            SessionQuery(of: automation, status: status, limit: limit), withInputs: false)
        var text = ByteBuffer()
        for session in newest.reversed() {
            let summary = JSON.text(session.summary)
            guard shown[session.id] != summary else { continue }
            text.writeString("event: session\ndata: \(summary)\n\n")
            shown[session.id] = summary
        }
        let ids = Set(newest.map(\.id))
        shown = shown.filter { ids.contains($0.key) }
        return text
    }
}

extension Call {
    /// How the sessions stand that are asked for; nil for all.
    fileprivate func status() throws(Refusal) -> Status? {
        guard let text = query("status") else { return nil }
        guard let status = Status(rawValue: text) else {
            throw Refusal(
                .unprocessableContent, at: ["query", "status"], "enum",
                "expected NEW, RUNNING, FINISHED or FAILED, found \(text.prefix(60))")
        }
        return status
    }
}
