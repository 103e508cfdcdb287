import PostgreSQL

/// The tables, and how those of an older version become those of now.
///
/// A session's and a step's key begin with a time, so that new rows lie beside one another. No table refers to
/// another: checking that would lock, and so write, the row of a session with each of its steps.
struct PostgresSchema {
    struct Migration {
        /// Programs that know the migrations up to this one go on beside it.
        let needs: Int
        let statements: String
    }

    /// Programs that do not know of batches run all that waits, however little of a batch is to run at once.
    static let migrations = [
        Migration(needs: 1, statements: first), Migration(needs: 2, statements: PostgresSQL.batches),
        Migration(needs: 2, statements: upkeep),
        Migration(needs: 2, statements: PostgresSQL.dueOfBatchesIndices),
    ]

    enum Standing {
        case current
        case missing
        case older(Int)
        /// A newer one that this program cannot use.
        case newer
        /// A schema of this name that is of another program.
        case foreign
    }

    static func standing(_ connection: Connection) throws(DatabaseFailure) -> Standing {
        let found = try connection.run(
            """
            SELECT to_regnamespace('autorun') IS NOT NULL AS schema,
                to_regclass('autorun.migration') IS NOT NULL AS migrations
            """
        ).rows.first
        guard let found, found.flag("schema") else { return .missing }
        guard found.flag("migrations") else {
            let tables = try connection.run(
                "SELECT count(*) AS count FROM pg_class WHERE relnamespace = to_regnamespace('autorun')")
            return tables.rows.first?.int("count") == 0 ? .missing : .foreign
        }
        let row = try connection.run(
            """
            SELECT coalesce(max(number), 0) AS number,
                coalesce(max(needs) FILTER (WHERE number > \(migrations.count)), 0) AS needs
            FROM autorun.migration
            """
        ).rows.first
        let number = Int(row?.int("number") ?? 0)
        if number > migrations.count {
            return (row?.int("needs") ?? 0) > migrations.count ? .newer : .current
        }
        if number == migrations.count { return .current }
        return number == 0 ? .missing : .older(number)
    }

    /// Brings the tables up to date, or makes them; one process at a time.
    ///
    /// - Returns: how many migrations were made.
    static func migrate(_ connection: Connection) throws(DatabaseFailure) -> Int {
        try connection.script("BEGIN")
        do throws(DatabaseFailure) {
            try connection.run("SELECT pg_advisory_xact_lock(hashtextextended('autorun/migrate', 0))")
            try connection.script("CREATE SCHEMA IF NOT EXISTS autorun; \(table)")
            let known = try connection.run("SELECT coalesce(max(number), 0) AS number FROM autorun.migration")
            let first = Int(known.rows.first?.int("number") ?? 0)
            for (index, migration) in migrations.enumerated() where index + 1 > first {
                try connection.script(migration.statements)
                try connection.run(
                    "INSERT INTO autorun.migration (number, needs) VALUES ($1, $2)",
                    [.number(Int64(index + 1)), .number(Int64(migration.needs))])
            }
            try connection.script("COMMIT")
            return max(0, migrations.count - first)
        } catch {
            if !connection.isBroken { try? connection.script("ROLLBACK") }
            throw error
        }
    }

    private static let table = """
        CREATE TABLE IF NOT EXISTS autorun.migration (
            number integer PRIMARY KEY, needs integer NOT NULL, made_at timestamptz NOT NULL DEFAULT now())
        """

    /// Room is left in the pages of rows that change, so that no index is written with most of the changes.
    private static let first = """
        CREATE TABLE autorun.automation (
            id uuid PRIMARY KEY, name text NOT NULL, path text NOT NULL, version_key uuid,
            created_at bigint NOT NULL, updated_at bigint NOT NULL, is_deleted boolean NOT NULL DEFAULT false);
        CREATE TABLE autorun.version (
            key uuid PRIMARY KEY, automation_id uuid NOT NULL, text text NOT NULL, steps text NOT NULL,
            compiled bytea, created_at bigint NOT NULL);
        CREATE INDEX version_automation ON autorun.version (automation_id);
        CREATE TABLE autorun.session (
            id uuid PRIMARY KEY, automation_id uuid NOT NULL, version_key uuid NOT NULL, inputs text NOT NULL,
            status text NOT NULL, error text, created_at bigint NOT NULL, updated_at bigint NOT NULL, caller uuid,
            lease_owner text, fence bigint NOT NULL DEFAULT 0, cancel_requested boolean NOT NULL DEFAULT false,
            waits boolean NOT NULL DEFAULT false, wake_at bigint, answered boolean NOT NULL DEFAULT false,
            outlives boolean NOT NULL DEFAULT false, crashes bigint NOT NULL DEFAULT 0,
            changes bigint NOT NULL DEFAULT 0)
            WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
        CREATE INDEX session_automation ON autorun.session (automation_id, id);
        CREATE INDEX session_status ON autorun.session (status, id);
        CREATE INDEX session_due ON autorun.session (id)
            WHERE status IN ('NEW', 'RUNNING') AND NOT waits AND lease_owner IS NULL;
        CREATE INDEX session_wake ON autorun.session (wake_at) WHERE wake_at IS NOT NULL;
        CREATE INDEX session_holder ON autorun.session (lease_owner) WHERE lease_owner IS NOT NULL;
        CREATE INDEX session_caller ON autorun.session (caller) WHERE caller IS NOT NULL;
        CREATE TABLE autorun.step (
            session_id uuid NOT NULL, ordinal integer NOT NULL, id uuid NOT NULL, step_index integer NOT NULL,
            status text NOT NULL, prompt text, result text, error text, error_kind text,
            created_at bigint NOT NULL, updated_at bigint NOT NULL, idempotency_key uuid,
            crashes bigint NOT NULL DEFAULT 0, PRIMARY KEY (session_id, ordinal))
            WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
        CREATE TABLE autorun.trace (
            session_id uuid NOT NULL, place bigint NOT NULL, at bigint NOT NULL, record_id uuid, event text NOT NULL,
            attempt bigint, data text NOT NULL, PRIMARY KEY (session_id, place));
        CREATE TABLE autorun.holder (id text PRIMARY KEY, until bigint NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE autorun.start_key (
            automation_id uuid NOT NULL, key text NOT NULL, inputs text NOT NULL, session_id uuid NOT NULL,
            PRIMARY KEY (automation_id, key));
        CREATE INDEX start_key_session ON autorun.start_key (session_id);
        CREATE TABLE autorun.answer_key (
            session_id uuid NOT NULL, key text NOT NULL, body text NOT NULL, PRIMARY KEY (session_id, key));
        CREATE TABLE autorun.token (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE,
            hash text NOT NULL UNIQUE, scope text NOT NULL, created_at bigint NOT NULL);
        CREATE TABLE autorun.cache (key text PRIMARY KEY, value text NOT NULL);
        CREATE TABLE autorun.page (
            key text PRIMARY KEY, url text NOT NULL, status integer NOT NULL, headers text NOT NULL,
            body bytea NOT NULL, time bigint NOT NULL);
        CREATE INDEX page_time ON autorun.page (time);
        """

    /// Pruned rows are made room of soon, not only when they are a fifth of a table that holds years; and a table that
    /// rows are only added to is gone through before its transactions' numbers run out.
    private static let upkeep = """
        ALTER TABLE autorun.trace SET (autovacuum_vacuum_scale_factor = 0.02,
            autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
        ALTER TABLE autorun.start_key SET (autovacuum_vacuum_scale_factor = 0.05);
        ALTER TABLE autorun.answer_key SET (autovacuum_vacuum_scale_factor = 0.05);
        ALTER TABLE autorun.holder SET (autovacuum_vacuum_cost_delay = 0);
        """
}
