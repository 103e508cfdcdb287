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
        /// SQLite's count of what other connections have written.
        var version: Int64?
    }

    let state = Mutex(State())

    func resume(_ session: ID, _ interruption: Interruption?) {
        state.withLock { $0.waiting.removeValue(forKey: session) }?.resume(returning: interruption)
    }
}

extension SQL {
    static let changes = "SELECT id, changes FROM session WHERE id IN (SELECT value FROM json_each(?))"
}

extension SQLiteStore {
    /// A quarter of a second: so long a cancellation by another process may take to be seen.
    private static let tick: UInt64 = 250_000_000

    package func interruption(of session: ID) async -> Interruption? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let starts = keeper.state.withLock { state in
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
                // One for all sessions, which therefore belongs to none of their tasks; it ends with the last of them.
                if starts { Task.detached { await self.watch() } }
            }
        } onCancel: {
            keeper.resume(session, nil)
        }
    }

    package func leave() async {
        for session in keeper.state.withLock({ $0.waiting.keys.map { $0 } }) { keeper.resume(session, .lost) }
        try? await writer.write { database in
            try database.execute(
                sql: "UPDATE session SET lease_owner = NULL WHERE lease_owner = ?", arguments: [self.owner])
            try database.execute(sql: "DELETE FROM holder WHERE id = ?", arguments: [self.owner])
        }
    }

    private func watch() async {
        while true {
            try? await Task.sleep(nanoseconds: SQLiteStore.tick)
            let held = keeper.state.withLock { state in
                if state.waiting.isEmpty { state.isTicking = false }
                return state.waiting.keys.map { $0 }
            }
            if held.isEmpty { return }
            // A store that cannot be read now is told by the next record, which cannot be written then.
            try? await look(after: held)
        }
    }

    private func look(after held: [ID]) async throws(StoreError) {
        let isDue = keeper.state.withLock { secondsNow() - $0.kept >= Owner.renewSeconds }
        if isDue { try await writer.write { database in try self.keep(database) } }
        let changed = try outsideVersion()
        guard keeper.state.withLock({ $0.version != changed }) else { return }
        let rows = try read { database in
            try Row.fetchAll(
                database, sql: "SELECT id, cancel_requested FROM session WHERE lease_owner = ?",
                arguments: [owner]
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
            let holder = try read { database in
                try String.fetchOne(
                    database, sql: "SELECT lease_owner FROM session WHERE id = ?", arguments: [session.text])
            }
            if holder != nil, holder != owner { keeper.resume(session, .lost) }
        }
        // Only now, so that a reading that fails is done again; and not where somebody has come meanwhile, whose row was perhaps
        // looked at before anybody waited for its change.
        keeper.state.withLock { state in
            if state.waiting.keys.allSatisfy(held.contains) { state.version = changed }
        }
    }

    package func outsideVersion() throws(StoreError) -> Int64 {
        do {
            // On the writing connection, which alone counts what other processes have written.
            return try database.writeWithoutTransaction { database in
                try Int64.fetchOne(database.cachedStatement(sql: "PRAGMA data_version")) ?? 0
            }
        } catch {
            throw StoreError.reading(error, path)
        }
    }

    package func changes(of sessions: [ID]) throws(StoreError) -> [ID: Int64] {
        let list = SQL.list(sessions)
        return try read { database in
            let rows = try Row.fetchCursor(database.cachedStatement(sql: SQL.changes), arguments: [list])
            var counts: [ID: Int64] = [:]
            while let row = try rows.next() {
                if let id = ID(row["id"] as String) { counts[id] = row["changes"] }
            }
            return counts
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
