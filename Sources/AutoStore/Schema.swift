import AutoRuntime
import GRDB
import Values

var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
        try database.execute(sql: SQL.schema)
    }
    migrator.registerMigration("2 leases") { database in
        try database.execute(sql: SQL.leases)
    }
    migrator.registerMigration("3 server") { database in
        try database.execute(sql: SQL.server)
        for row in try Row.fetchAll(database, sql: "SELECT id, automation_id, text FROM version") {
            let key = ID(name: try row.value("automation_id") + "/" + row.value("text"))
            try database.execute(
                sql: "UPDATE version SET key = ? WHERE id = ?",
                arguments: [key.text, try row.value("id") as Int64])
        }
        try database.execute(sql: "CREATE UNIQUE INDEX version_key ON version (key)")
    }
    migrator.registerMigration("4 answers, crashes, changes") { database in
        try database.execute(sql: SQL.answers)
    }
    migrator.registerMigration("5 compiled automations") { database in
        try database.execute(sql: "ALTER TABLE version ADD COLUMN compiled BLOB")
    }
    migrator.registerMigration("6 typed values") { database in
        try keepTypedValues(database)
    }
    migrator.registerMigration("7 sessions of a status, newest first") { database in
        try database.execute(sql: SQL.statusOrder)
    }
    migrator.registerMigration("8 trace") { database in
        try database.execute(sql: SQL.trace)
    }
    migrator.registerMigration("9 calls") { database in
        try database.execute(sql: SQL.calls)
    }
    migrator.registerMigration("10 pages") { database in
        try database.execute(sql: SQL.pages)
    }
    migrator.registerMigration("11 batches") { database in
        try database.execute(sql: SQL.batches)
    }
    migrator.registerMigration("12 fences") { database in
        try database.execute(sql: SQL.fences)
    }
    migrator.registerMigration("13 due sessions of batches") { database in
        try database.execute(sql: SQL.dueOfBatchesIndices)
    }
    return migrator
}

enum SQL {
    static let schema = """
        CREATE TABLE automation (id TEXT PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL) STRICT;
        CREATE TABLE version (
            id INTEGER PRIMARY KEY, automation_id TEXT NOT NULL REFERENCES automation (id), text TEXT NOT NULL,
            steps TEXT NOT NULL) STRICT;
        CREATE INDEX version_automation ON version (automation_id);
        CREATE TABLE session (
            id TEXT PRIMARY KEY, automation_id TEXT NOT NULL REFERENCES automation (id),
            version_id INTEGER NOT NULL REFERENCES version (id), inputs TEXT NOT NULL, status TEXT NOT NULL, error TEXT,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
        CREATE INDEX session_created ON session (created_at);
        CREATE TABLE step (
            session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL, id TEXT NOT NULL,
            step_index INTEGER NOT NULL, status TEXT NOT NULL, prompt TEXT, result TEXT, typed_result TEXT, error TEXT,
            error_kind TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
            PRIMARY KEY (session_id, ordinal)) STRICT, WITHOUT ROWID;
        CREATE TABLE cache (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        """
    static let leases = """
        ALTER TABLE session ADD COLUMN lease_owner TEXT;
        ALTER TABLE session ADD COLUMN lease_until INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN cancel_requested INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX session_status ON session (status);
        """
    static let server = """
        CREATE TABLE holder (id TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT;
        ALTER TABLE session DROP COLUMN lease_until;
        ALTER TABLE session ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN wake_at INTEGER;
        ALTER TABLE session ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN outlives INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX session_automation ON session (automation_id, id);
        CREATE INDEX session_due ON session (id) WHERE status IN ('NEW', 'RUNNING') AND waits = 0;
        CREATE INDEX session_wake ON session (wake_at) WHERE wake_at IS NOT NULL;
        CREATE INDEX session_holder ON session (lease_owner) WHERE lease_owner IS NOT NULL;
        ALTER TABLE version ADD COLUMN key TEXT;
        ALTER TABLE version ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE automation ADD COLUMN version_id INTEGER;
        ALTER TABLE automation ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE automation ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE automation ADD COLUMN is_deleted INTEGER NOT NULL DEFAULT 0;
        UPDATE automation SET version_id = (SELECT max(id) FROM version WHERE automation_id = automation.id);
        CREATE TABLE token (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE, scope TEXT NOT NULL,
            created_at INTEGER NOT NULL) STRICT;
        CREATE TABLE start_key (
            automation_id TEXT NOT NULL, key TEXT NOT NULL, inputs TEXT NOT NULL,
            session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
            PRIMARY KEY (automation_id, key)) STRICT, WITHOUT ROWID;
        CREATE INDEX start_key_session ON start_key (session_id);
        """
    static let answers = """
        CREATE TABLE answer_key (
            session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE, key TEXT NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (session_id, key)) STRICT, WITHOUT ROWID;
        ALTER TABLE step ADD COLUMN idempotency_key TEXT;
        ALTER TABLE step ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
        """
    /// With the id, which begins with a session's time, the newest of a status are found without sorting all
    /// that stand so.
    static let statusOrder = """
        DROP INDEX session_status;
        CREATE INDEX session_status ON session (status, id);
        """
    /// `at` is in nanoseconds since 1970; `place` counts from 0 in each session.
    static let trace = """
        CREATE TABLE trace (
            session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE, place INTEGER NOT NULL,
            at INTEGER NOT NULL, record_id TEXT, event TEXT NOT NULL, attempt INTEGER, data TEXT NOT NULL,
            PRIMARY KEY (session_id, place)) STRICT, WITHOUT ROWID;
        """
    /// The session whose step calls another one.
    static let calls = """
        ALTER TABLE session ADD COLUMN caller TEXT;
        CREATE INDEX session_caller ON session (caller) WHERE caller IS NOT NULL;
        """
    /// `time` is in seconds since 1970.
    static let pages = """
        CREATE TABLE page (
            key TEXT PRIMARY KEY, url TEXT NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL,
            body BLOB NOT NULL, time INTEGER NOT NULL) STRICT;
        CREATE INDEX page_time ON page (time);
        """
    /// How often a session was taken by another holder than before: who slept through its lease has an older number.
    static let fences = "ALTER TABLE session ADD COLUMN fence INTEGER NOT NULL DEFAULT 0"
    static let automation = """
        INSERT INTO automation (id, name, path, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at
        """
    static let insertSession = """
        INSERT INTO session (id, automation_id, version_id, inputs, status, error, created_at, updated_at, lease_owner,
            fence, caller, batch_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?9, ?9 IS NOT NULL, ?10, ?11)
        """
    /// Whether a session's row may be written by a process: nobody has taken it over since it took the number, which is
    /// NULL where it holds none.
    static func isOwn(_ owner: String, _ fence: String) -> String {
        "(lease_owner IS NULL OR lease_owner = \(owner)) AND fence = coalesce(\(fence), fence)"
    }
    /// Nothing of a session that another process has taken over is written.
    static let updateSession = """
        UPDATE session SET status = ?1, error = ?2, updated_at = ?3, lease_owner = ?4, changes = changes + 1
        WHERE id = ?5 AND \(isOwn("?6", "?7"))
        """
    /// Nothing of a session that another process has taken over is written, and what has ended never changes
    /// again.
    static let upsertStep = """
        INSERT INTO step (session_id, ordinal, id, step_index, status, prompt, result, error, error_kind,
            created_at, updated_at, idempotency_key)
        SELECT id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 FROM session
        WHERE id = ?1 AND \(isOwn("?2", "?14"))
        ON CONFLICT (session_id, ordinal) DO UPDATE SET status = excluded.status, prompt = excluded.prompt,
            result = excluded.result, error = excluded.error, error_kind = excluded.error_kind,
            updated_at = excluded.updated_at
        WHERE step.status IN ('NEW', 'RUNNING')
        """
}
