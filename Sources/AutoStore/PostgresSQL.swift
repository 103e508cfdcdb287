/// The statements. Who holds sessions is said by `$1` wherever a fencing number stands beside it.
enum PostgresSQL {
    /// Held by each transaction that writes what its process holds. Who takes over from a process that is gone needs
    /// the lock alone: then nothing of that process is half written, and all it writes later finds the new number.
    static let shareLease =
        "SELECT pg_advisory_xact_lock_shared(hashtextextended('autorun/lease/' || $1::text, 0))"
    static let takeLease =
        "SELECT pg_try_advisory_xact_lock(hashtextextended('autorun/lease/' || $1::text, 0)) AS taken"
    /// Versions that a session begins with are not pruned meanwhile.
    static let shareVersions = "SELECT pg_advisory_xact_lock_shared(hashtextextended('autorun/versions', 0))"
    static let lockVersions = "SELECT pg_advisory_xact_lock(hashtextextended('autorun/versions', 0))"

    /// Both, or the first, as a part of the script that begins a transaction: one way to the server and back for all.
    static func sharedLocks(of owner: String, withVersions: Bool) -> String {
        let name = owner.replacing("'", with: "''")
        let lease = shareLease.replacing("$1::text", with: "'\(name)'")
        return withVersions ? "\(lease); \(shareVersions)" : lease
    }

    /// Whether a session's row may be written by a process: nobody has taken it over since it took the number.
    static func isOwn(_ fence: String) -> String {
        "(s.lease_owner IS NULL OR s.lease_owner = $1) AND s.fence = coalesce(\(fence), s.fence)"
    }

    static func insertSessions(ignoresKnown: Bool) -> String {
        """
        INSERT INTO autorun.session (id, automation_id, version_key, inputs, status, error, created_at, updated_at,
            caller, lease_owner, batch_id, fence)
        SELECT n.*, CASE WHEN n.owner IS NULL THEN 0 ELSE 1 END
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[],
            $8::bigint[], $9::uuid[], $10::text[], $11::uuid[])
            AS n(id, automation_id, version_key, inputs, status, error, created_at, updated_at, caller, owner,
                batch_id)
        \(ignoresKnown ? "ON CONFLICT (id) DO NOTHING" : "")
        """
    }

    static let updateSessions = """
        UPDATE autorun.session AS s SET status = n.status, error = n.error, updated_at = n.updated_at,
            lease_owner = CASE WHEN n.status IN ('FINISHED', 'FAILED') THEN NULL ELSE $1 END,
            changes = s.changes + 1
        FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])
            AS n(id, fence, status, error, updated_at)
        WHERE s.id = n.id AND \(isOwn("n.fence")) RETURNING s.id
        """

    /// What has ended never changes again.
    static let upsertSteps = """
        INSERT INTO autorun.step AS step (session_id, ordinal, id, step_index, status, prompt, result, error,
            error_kind, created_at, updated_at, idempotency_key)
        SELECT n.session_id, n.ordinal, n.id, n.step_index, n.status, n.prompt, n.result, n.error, n.error_kind,
            n.created_at, n.updated_at, n.idempotency_key
        FROM unnest($2::uuid[], $3::bigint[], $4::integer[], $5::uuid[], $6::integer[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::uuid[])
            AS n(session_id, fence, ordinal, id, step_index, status, prompt, result, error, error_kind, created_at,
                updated_at, idempotency_key)
            JOIN autorun.session AS s ON s.id = n.session_id
        WHERE \(isOwn("n.fence"))
        ON CONFLICT (session_id, ordinal) DO UPDATE SET status = excluded.status, prompt = excluded.prompt,
            result = excluded.result, error = excluded.error, error_kind = excluded.error_kind,
            updated_at = excluded.updated_at
        WHERE step.status IN ('NEW', 'RUNNING')
        RETURNING step.session_id, step.ordinal
        """

    static let keptStep = """
        SELECT step.status, step.result FROM autorun.step AS step JOIN autorun.session AS s ON s.id = step.session_id
        WHERE s.id = $2::uuid AND step.ordinal = $4::integer AND \(isOwn("$3::bigint"))
        """

    /// - Parameter looksForThem: whether what is there already is not written again.
    static func appendEvents(looksForThem: Bool) -> String {
        let isNew = """
            AND NOT EXISTS (SELECT 1 FROM autorun.trace AS t WHERE t.session_id = n.session_id AND t.at = n.at
                AND t.event = n.event AND t.data = n.data AND t.record_id IS NOT DISTINCT FROM n.record_id)
            """
        return """
            INSERT INTO autorun.trace (session_id, place, at, record_id, event, attempt, data)
            SELECT n.session_id,
                coalesce((SELECT max(t.place) FROM autorun.trace AS t WHERE t.session_id = n.session_id), -1) + n.nth,
                n.at, n.record_id, n.event, n.attempt, n.data
            FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[], $7::text[], $8::bigint[],
                $9::text[]) AS n(session_id, fence, nth, at, record_id, event, attempt, data)
                JOIN autorun.session AS s ON s.id = n.session_id
            WHERE \(isOwn("n.fence")) \(looksForThem ? isNew : "")
            RETURNING session_id
            """
    }

    static let countChanges =
        "UPDATE autorun.session SET changes = changes + 1 WHERE id = ANY($1::uuid[])"

    /// Whether a session asks a person. One that has called others waits with them: then it asks only where more of
    /// its steps wait than sessions are open that it has called.
    static let asks = """
        session.status = 'RUNNING' AND session.waits AND (
            NOT EXISTS (SELECT 1 FROM autorun.session AS called
                WHERE called.caller = session.id AND called.status IN ('NEW', 'RUNNING'))
            OR (SELECT count(*) FROM autorun.step AS step
                    WHERE step.session_id = session.id AND step.status = 'RUNNING')
                > (SELECT count(*) FROM autorun.session AS called
                    WHERE called.caller = session.id AND called.status IN ('NEW', 'RUNNING')))
        """

    /// Whether a session's automation came by the API, or is one of a list of ids.
    static func isServed(_ files: String) -> String {
        """
        automation_id IN (SELECT id FROM autorun.automation WHERE path = '' OR id = ANY(\(files)::uuid[]))
        """
    }

    static let lease = """
        SELECT id, status, lease_owner, cancel_requested, crashes, fence FROM autorun.session AS session
        """
}
