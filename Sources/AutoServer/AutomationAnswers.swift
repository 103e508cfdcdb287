import AutoRuntime
import HTTPTypes
import Hummingbird
import StepKinds
import Values

extension API {
    /// How many of its newest sessions an automation shows.
    static let shownSessions = 20

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

    /// An automation as JSON, or as text for who asks for that.
    func show(
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
    func entries(_ call: Call) async throws -> [AutomationEntry] {
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
        return .record(
            [
                ("id", .string(automation.id.text)),
                ("name", .string(automation.name)),
                ("description", .string(version?.description ?? "")),
                ("version_id", .string(automation.versionID.text)),
                ("problem", problem(of: automation.id)),
            ] + triggers(version?.trigger) + [
                ("last_used_at", use?.lastUsedAt.map(timeText) ?? .null),
                ("waiting_count", .int(Int64(use?.waiting ?? 0))),
                ("newest_session", newest.first?.summary ?? .null),
            ])
    }

    /// When a clock starts an automation, and whether a webhook does.
    private func triggers(_ trigger: Trigger?) -> [(String, Value)] {
        let start = trigger?.schedule
        let next = start?.next(after: parts.clock.now() / 1_000_000_000)
        return [
            ("schedule", start.map { .string($0.schedule.text) } ?? .null),
            ("zone", start.map { .string($0.zoneName) } ?? .null),
            ("next_start_at", next.map(timeText) ?? .null),
            ("webhook", .bool(trigger?.webhook != nil)),
        ]
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

extension Call {
    /// Whether automations are asked for in the order of their last use.
    fileprivate func isSortedByUse() throws(Refusal) -> Bool { try has("sort", of: "used") }
}
