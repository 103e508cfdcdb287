extension CopiedTable {
    /// In an order in which each row finds what it belongs to.
    static let all: [CopiedTable] = [
        CopiedTable(
            name: "automation",
            columns: [
                ("id", .text), ("name", .text), ("path", .text), ("created_at", .number),
                ("updated_at", .number),
                ("is_deleted", .flag),
            ]),
        CopiedTable(
            name: "version",
            columns: [
                ("key", .text), ("automation_id", .text), ("text", .text), ("steps", .text),
                ("compiled", .bytes),
                ("created_at", .number),
            ]),
        CopiedTable(
            name: "version of now", columns: [("version_key", .text), ("id", .text)],
            sqliteColumns: ["version_key": "version.key", "id": "automation.id"],
            sqliteFrom: "automation JOIN version ON version.id = automation.version_id",
            sqliteStatement:
                "UPDATE automation SET version_id = (SELECT id FROM version WHERE key = ?) WHERE id = ?",
            postgresStatement: "UPDATE autorun.automation SET version_key = $1 WHERE id = $2"),
        CopiedTable(
            name: "session",
            columns: [
                ("id", .text), ("automation_id", .text), ("version_key", .text), ("inputs", .text),
                ("status", .text), ("error", .text), ("created_at", .number), ("updated_at", .number),
                ("caller", .text), ("cancel_requested", .flag), ("waits", .flag), ("wake_at", .number),
                ("answered", .flag), ("outlives", .flag), ("crashes", .number), ("changes", .number),
            ],
            sqliteColumns: [
                "id": "session.id", "automation_id": "session.automation_id", "version_key": "version.key",
                "created_at": "session.created_at",
            ],
            sqliteFrom: "session JOIN version ON version.id = session.version_id",
            sqliteStatement: """
                INSERT INTO session (id, automation_id, version_id, inputs, status, error, created_at, updated_at,
                    caller, cancel_requested, waits, wake_at, answered, outlives, crashes, changes)
                VALUES (?, ?, (SELECT id FROM version WHERE key = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """),
        CopiedTable(
            name: "step",
            columns: [
                ("session_id", .text), ("ordinal", .number), ("id", .text), ("step_index", .number),
                ("status", .text), ("prompt", .text), ("result", .text), ("error", .text),
                ("error_kind", .text),
                ("created_at", .number), ("updated_at", .number), ("idempotency_key", .text),
                ("crashes", .number),
            ]),
        CopiedTable(
            name: "trace",
            columns: [
                ("session_id", .text), ("place", .number), ("at", .number), ("record_id", .text),
                ("event", .text),
                ("attempt", .number), ("data", .text),
            ]),
        CopiedTable(
            name: "start_key",
            columns: [("automation_id", .text), ("key", .text), ("inputs", .text), ("session_id", .text)]),
        CopiedTable(
            name: "batch",
            columns: [
                ("id", .text), ("automation_id", .text), ("at_once", .number), ("count", .number),
                ("created_at", .number), ("key", .text), ("body", .text),
            ]),
        CopiedTable(name: "batch_session", columns: [("session_id", .text), ("batch_id", .text)]),
        CopiedTable(name: "answer_key", columns: [("session_id", .text), ("key", .text), ("body", .text)]),
        CopiedTable(
            name: "token",
            columns: [("name", .text), ("hash", .text), ("scope", .text), ("created_at", .number)]),
        CopiedTable(name: "cache", columns: [("key", .text), ("value", .text)]),
        CopiedTable(
            name: "page",
            columns: [
                ("key", .text), ("url", .text), ("status", .number), ("headers", .text), ("body", .bytes),
                ("time", .number),
            ]),
    ]
}
