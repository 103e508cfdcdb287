import AutoRuntime
import PostgreSQL
import Values

/// Which sessions are asked for, as a statement and its parameters.
struct PostgresQuery: Sendable {
    private(set) var arguments: [Argument] = []
    private var newest = ""

    init(_ query: SessionQuery) {
        var conditions: [String] = []
        if let automation = query.automation {
            conditions.append("session.automation_id = \(add(.text(automation.text)))::uuid")
        }
        if let status = query.status { conditions.append("status = \(add(.text(status.rawValue)))") }
        if let since = query.since {
            conditions.append("session.created_at >= \(add(.number(since)))::bigint")
        }
        if let before = query.before { conditions.append("session.id < \(add(.text(before.text)))::uuid") }
        if let files = query.files { conditions.append(served(files, query.besides)) }
        if let ids = query.ids {
            conditions.append("session.id = ANY(\(add(.texts(ids.map(\.text))))::uuid[])")
        }
        if query.isWaiting { conditions.append(PostgresSQL.asks) }
        if let caller = query.caller {
            conditions.append("session.caller = \(add(.text(caller.text)))::uuid")
        }
        if query.isOutermost { conditions.append("session.caller IS NULL") }
        if let batch = query.batch {
            conditions.append(
                "session.id IN (SELECT session_id FROM autorun.batch_session WHERE batch_id = \(add(.text(batch.text)))::uuid)"
            )
        }
        if let text = query.text { conditions.append(found(text)) }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        newest = "\(condition) ORDER BY session.id DESC LIMIT \(add(.number(Int64(query.limit))))::bigint"
    }

    private mutating func add(_ argument: Argument) -> String {
        arguments.append(argument)
        return "$\(arguments.count)"
    }

    private mutating func served(_ files: Set<ID>, _ besides: Set<ID>) -> String {
        let ofFiles = """
            (automation.path = '' OR automation.id = ANY(\(add(.texts(files.map(\.text))))::uuid[]))
            AND (NOT automation.is_deleted OR session.outlives)
            """
        guard !besides.isEmpty else { return ofFiles }
        return "(\(ofFiles) OR session.id = ANY(\(add(.texts(besides.map(\.text))))::uuid[]))"
    }

    /// Whether a text is found in a session that is one of the newest. In the collation `C` only the letters of ASCII
    /// have two sizes.
    private mutating func found(_ text: String) -> String {
        let escaped = text.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }
        let pattern = "lower(\(add(.text("%" + escaped.joined() + "%"))) COLLATE \"C\")"
        let places = [
            "automation.name", "session.id::text", "error", "left(inputs, \(SessionQuery.searchedInputs))",
        ].map { "lower(\($0) COLLATE \"C\") LIKE \(pattern)" }
        return """
            session.id >= (SELECT min(id::text)::uuid FROM
                (SELECT id FROM autorun.session ORDER BY id DESC LIMIT \(SessionQuery.searched)) AS searched)
            AND (\(places.joined(separator: " OR ")))
            """
    }

    var sessions: String {
        """
        SELECT session.* FROM autorun.session AS session
            JOIN autorun.automation AS automation ON automation.id = session.automation_id
        \(newest)
        """
    }

    /// Ordinals begin at 0 and none is left out, so the last one tells how many steps there are without
    /// reading them.
    func outlines(withInputs: Bool) -> String {
        """
        SELECT session.id, automation_id, automation.name AS automation_name,
            \(withInputs ? "inputs" : "NULL AS inputs"), status, error, session.created_at, session.updated_at,
            (status = 'RUNNING' AND waits) AS is_waiting,
            (SELECT coalesce(max(ordinal) + 1, 0) FROM autorun.step WHERE session_id = session.id) AS steps
        FROM autorun.session AS session JOIN autorun.automation AS automation ON automation.id = session.automation_id
        \(newest)
        """
    }
}
