package import AutoRuntime
import GRDB
import Synchronization
package import Values

/// Says for all sessions that this process holds that it is still there, and hears what others want of them.
final class Keeper: Sendable {
    struct State {
        var waiting: [ID: CheckedContinuation<Interruption?, Never>] = [:]
        var isTicking = false
        /// When `holder` was last written, in seconds since 1970.
        var kept: Int64 = 0
        /// The store's count of what others have written.
        var version: Int64?
        /// Sessions that have been written since they were last counted as changed.
        var uncounted: Set<ID> = []
        /// Held sessions of which processes have died without any progress since.
        var troubled: Set<ID> = []
        /// Held sessions that were taken, and not begun here: somebody in this process runs them, or is about to.
        var taken: Set<ID> = []
        /// Held sessions that were taken from processes which have died.
        var inherited: Set<ID> = []
    }

    let state = Mutex(State())

    /// Comes back when a held session is lost or to be cancelled.
    ///
    /// - Parameter watch: looks after all who wait, until nobody does; it is begun for the first of them.
    func interruption(of session: ID, _ watch: @escaping @Sendable () async -> Void) async -> Interruption? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let starts = state.withLock { state in
                    // The handler may have run already, and would not run again.
                    guard !Task.isCancelled else {
                        continuation.resume(returning: nil)
                        return false
                    }
                    state.waiting[session] = continuation
                    state.version = nil
                    defer { state.isTicking = true }
                    return !state.isTicking
                }
                // One for all sessions, which therefore belongs to none of their tasks; it ends with the last
                // of them.
                if starts { Task.detached { await watch() } }
            }
        } onCancel: {
            resume(session, nil)
        }
    }

    /// The sessions that are waited for; where there are none, who looks after them ends.
    func held() -> [ID] {
        state.withLock { state in
            if state.waiting.isEmpty { state.isTicking = false }
            return state.waiting.keys.map { $0 }
        }
    }

    func isTaken(_ session: ID) -> Bool { state.withLock { $0.taken.contains(session) } }

    /// A session is not held here any more.
    func isGivenBack(_ session: ID) {
        state.withLock { state in
            state.taken.remove(session)
            state.inherited.remove(session)
        }
    }

    func resume(_ session: ID, _ interruption: Interruption?) {
        state.withLock { $0.waiting.removeValue(forKey: session) }?.resume(returning: interruption)
    }
}

extension SQL {
    static let countChanges =
        "UPDATE session SET changes = changes + 1 WHERE id IN (SELECT value FROM json_each(?))"
}

extension SQLiteStore {
    /// A quarter of a second: so long a cancellation by another process may take to be seen, in nanoseconds.
    private static let tick: Int64 = 250_000_000

    package func interruption(of session: ID) async -> Interruption? {
        await keeper.interruption(of: session) { await self.watch() }
    }

    package func leave() async {
        for session in keeper.state.withLock({ $0.waiting.keys.map { $0 } }) { keeper.resume(session, .lost) }
        // Who can write nothing holds nothing.
        try? await write { database in
            try database.execute(
                sql: "UPDATE session SET lease_owner = NULL, changes = changes + 1 WHERE lease_owner = ?",
                arguments: [self.owner])
            try database.execute(sql: "DELETE FROM holder WHERE id = ?", arguments: [self.owner])
        }
    }

    private func watch() async {
        while true {
            // Nobody cancels this task.
            try? await clock.sleep(nanoseconds: SQLiteStore.tick)
            let held = keeper.held()
            if held.isEmpty { return }
            // A store that cannot be read now is told by the next record, which cannot be written then.
            try? await look(after: held)
        }
    }

    private func look(after held: [ID]) async throws(StoreError) {
        let (isDue, uncounted) = keeper.state.withLock { state in
            defer { state.uncounted = [] }
            return (secondsNow() - state.kept >= Owner.renewSeconds, state.uncounted)
        }
        if isDue || !uncounted.isEmpty {
            try await write { database in
                if isDue { try self.keep(database) }
                if !uncounted.isEmpty {
                    try database.cachedStatement(sql: SQL.countChanges).execute(
                        arguments: [SQL.list(uncounted)])
                }
            }
        }
        let changed = try await othersChanges()
        guard keeper.state.withLock({ $0.version != changed }) else { return }
        let rows = try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT id, cancel_requested FROM session WHERE lease_owner = ?",
                arguments: [self.owner]
            ).map { (id: ID($0["id"] as String), isCancelled: $0["cancel_requested"] as Int64 != 0) }
        }
        var own: Set<ID> = []
        for row in rows {
            guard let id = row.id else { continue }
            own.insert(id)
            if row.isCancelled { keeper.resume(id, .cancelled) }
        }
        for session in held where !own.contains(session) {
            // A session that has ended is held by nobody, and its run is about to see its own end.
            let holder = try await read { database in
                try String.fetchOne(
                    database, sql: "SELECT lease_owner FROM session WHERE id = ?", arguments: [session.text])
            }
            if holder != nil, holder != owner { keeper.resume(session, .lost) }
        }
        // Only now, so that a reading that fails is done again; and not where somebody has come meanwhile,
        // whose row was perhaps looked at before anybody waited for its change.
        keeper.state.withLock { state in
            if state.waiting.keys.allSatisfy(held.contains) { state.version = changed }
        }
    }

    /// Counts that a session has been written, and that its processes do not die of it over and over.
    ///
    /// The row of a session that runs here is written a few times a second at most, and not with each step: a
    /// commit that writes one page more takes a fifth longer.
    ///
    /// - Parameter isCounted: whether its row has been written in this transaction, and counted with that.
    func count(_ session: ID, isCounted: Bool, hasProgress: Bool, _ database: Database) throws {
        let (isWatched, isTroubled) = keeper.state.withLock { state in
            let isWatched = state.waiting[session] != nil
            if isCounted {
                state.uncounted.remove(session)
            } else if isWatched {
                state.uncounted.insert(session)
            }
            return (isWatched, hasProgress && state.troubled.remove(session) != nil)
        }
        if isTroubled {
            try database.execute(
                sql: "UPDATE session SET crashes = 0 WHERE id = ?", arguments: [session.text])
        }
        if !isCounted, !isWatched {
            try database.cachedStatement(sql: SQL.countChanges).execute(arguments: [SQL.list([session])])
        }
    }

    /// Writes, at most every few seconds, that this process is there.
    func keep(_ database: Database) throws {
        let now = secondsNow()
        guard keeper.state.withLock({ now - $0.kept >= Owner.renewSeconds }) else { return }
        try database.execute(
            sql:
                "INSERT INTO holder (id, until) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET until = excluded.until",
            arguments: [owner, now + Owner.leaseSeconds])
        try database.execute(sql: "DELETE FROM holder WHERE until < ?", arguments: [now - 86_400])
        database.afterNextTransaction { [keeper] _ in keeper.state.withLock { $0.kept = now } }
    }
}
