package import AutoRuntime
import PostgreSQL
import Synchronization
package import Values

extension PostgresStore {
    /// A quarter of a second: so long a cancellation by another process may take to be seen, in nanoseconds.
    private static let tick: Int64 = 250_000_000

    package func interruption(of session: ID) async -> Interruption? {
        await keeper.interruption(of: session) { await self.watch() }
    }

    package func leave() async {
        for session in keeper.state.withLock({ $0.waiting.keys.map { $0 } }) { keeper.resume(session, .lost) }
        // Who can write nothing holds nothing. What is on its way still finds another number than its own.
        try? await write { connection in
            try connection.run(
                """
                UPDATE autorun.session SET lease_owner = NULL, fence = fence + 1, changes = changes + 1
                WHERE lease_owner = $1
                """, [.text(self.owner)])
            try connection.run("DELETE FROM autorun.holder WHERE id = $1", [.text(self.owner)])
            try connection.run(PostgresSQL.tellOfWork)
        }
        keeper.state.withLock { $0.kept = nil }
    }

    private func watch() async {
        while true {
            // Nobody cancels this task.
            try? await clock.sleep(nanoseconds: Self.tick)
            let held = keeper.held()
            if held.isEmpty { return }
            // A store that cannot be read now is told by the next record, which cannot be written then.
            try? await look(after: held)
        }
    }

    /// Looks without waiting for the next turn: somebody has told that a session is to be cancelled.
    func lookAtOnce() async {
        let held = keeper.state.withLock { state in
            state.version = nil
            return state.waiting.keys.map { $0 }
        }
        // What fails is looked at again in a moment.
        if !held.isEmpty { try? await look(after: held) }
    }

    private func look(after held: [ID]) async throws(StoreError) {
        try await keepAlive()
        let uncounted = keeper.state.withLock { state in
            defer { state.uncounted = [] }
            return state.uncounted
        }
        if !uncounted.isEmpty {
            let ids = uncounted.map(\.text)
            do throws(StoreError) {
                try await write { connection in
                    _ = try connection.run(PostgresSQL.countChanges, [.texts(ids)])
                }
            } catch {
                keeper.counts(uncounted)
                throw error
            }
        }
        let changed = try await othersChanges()
        guard keeper.state.withLock({ $0.version != changed }) else { return }
        let fences = fences.withLock { fences in held.map { fences[$0] } }
        let rows = try await read { connection in
            try connection.run(
                PostgresSQL.interrupted, [.text(self.owner), .texts(held.map(\.text)), .numbers(fences)]
            ).rows
        }
        for row in rows {
            guard let id = ID(row.text("id")) else { continue }
            // A session that has ended is held by nobody, and its run is about to see its own end.
            if row.flag("is_lost") {
                keeper.resume(id, .lost)
            } else if row.flag("cancel_requested") {
                keeper.resume(id, .cancelled)
            }
        }
        // Only now, so that a reading that fails is done again; and not where somebody has come meanwhile,
        // whose row was perhaps looked at before anybody waited for its change.
        keeper.state.withLock { state in
            if state.waiting.keys.allSatisfy(held.contains) { state.version = changed }
        }
    }

    /// Writes, at most every few seconds, that this process is there.
    func keepAlive() async throws(StoreError) {
        let began = ContinuousClock.now
        guard keeper.isToKeep(at: began) else { return }
        do throws(StoreError) { try await write { try self.sayThatItIsHere($0) } } catch {
            keeper.hasKept(at: nil, held: heldSessions)
            throw error
        }
        keeper.hasKept(at: began, held: heldSessions)
    }

    /// The sessions that this process has taken for its own.
    private func heldSessions() -> Set<ID> { fences.withLock { Set($0.keys) } }

    package func confirm(_ session: ID) async throws(StoreError) -> ContinuousClock.Instant? {
        if let until = keeper.heldUntil(session) { return until }
        let began = ContinuousClock.now
        let fence = fences.withLock { $0[session] }
        try await write { connection in
            try self.sayThatItIsHere(connection)
            let isHeld = try connection.run(
                PostgresSQL.isHeld, [.text(self.owner), .text(session.text), .optional(fence)]
            ).rows.first
            guard isHeld?.flag("is_held") == true else { throw try self.whyNot(session, connection) }
        }
        keeper.hasKept(at: began, held: heldSessions)
        return keeper.hasConfirmed(session)
    }

    private func sayThatItIsHere(_ connection: Connection) throws {
        try connection.run(
            """
            INSERT INTO autorun.holder (id, until) VALUES ($1, \(now) + \(Owner.leaseSeconds))
            ON CONFLICT (id) DO UPDATE SET until = excluded.until
            """, [.text(owner)])
        try connection.run(
            """
            DELETE FROM autorun.holder WHERE until < \(now) - 86400
                AND NOT EXISTS (SELECT 1 FROM autorun.session WHERE lease_owner = holder.id)
            """)
    }

    // What others have written.

    /// Changes with each transaction of anybody that has written: PostgreSQL's own account of which are over.
    package func othersChanges() async throws(StoreError) -> Int64 {
        try await read { connection in
            try connection.run("SELECT hashtextextended(pg_current_snapshot()::text, 0) AS number").rows
                .first?
                .int("number") ?? 0
        }
    }

    package func changes(of watched: [ID]) async throws(StoreError) -> [ID: Int64] {
        let version = try await othersChanges()
        let asked = Set(watched)
        let known = lastChanges.withLock { last in
            last.version == version && last.asked == asked ? last.found : nil
        }
        if let known { return known }
        let found = try await read { connection in
            var counts: [ID: Int64] = [:]
            for row in try connection.run(PostgresSQL.changes, [.texts(asked.map(\.text))]).rows {
                if let id = ID(row.text("id")) { counts[id] = row.int("changes") }
            }
            return counts
        }
        lastChanges.withLock { $0 = LastChanges(version: version, asked: asked, found: found) }
        return found
    }
}

extension PostgresSQL {
    /// Whether a process holds a session by its own number.
    static let isHeld = """
        SELECT \(isOwn("$3::bigint")) AS is_held FROM autorun.session AS s WHERE id = $2
        """
    /// The sessions that this process held and has lost, and those that are to be cancelled.
    static let interrupted = """
        SELECT s.id, s.cancel_requested, coalesce(s.lease_owner <> $1, false) OR s.fence <> n.fence AS is_lost
        FROM unnest($2::uuid[], $3::bigint[]) AS n(id, fence) JOIN autorun.session AS s ON s.id = n.id
        WHERE s.cancel_requested OR s.lease_owner <> $1 OR s.fence <> n.fence
        """
    /// The counts of changes of sessions, and of automations, of which the newest sessions are looked at: no
    /// list shows more.
    static let changes = """
        SELECT id, changes FROM autorun.session WHERE id = ANY($1::uuid[])
        UNION ALL SELECT id, (SELECT coalesce(sum(changes + 1), 0)::bigint FROM
            (SELECT changes FROM autorun.session WHERE automation_id = automation.id
                ORDER BY id DESC LIMIT 200) AS newest)
        FROM autorun.automation AS automation WHERE id = ANY($1::uuid[])
        """
}
