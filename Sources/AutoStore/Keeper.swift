package import AutoRuntime
import GRDB
import Synchronization
package import Values

/// Says for all sessions that this process holds that it is still there, and hears what others want of them.
final class Keeper: Sendable {
    struct State {
        var waiting: [ID: CheckedContinuation<Interruption?, Never>] = [:]
        var isTicking = false
        /// When the last writing of `holder` began; nil where this process has not said yet that it is there. By a clock
        /// that nobody sets, and that goes on while the machine sleeps.
        var kept: ContinuousClock.Instant?

        func isDue(at now: ContinuousClock.Instant) -> Bool {
            kept.map { now - $0 >= .seconds(Owner.renewSeconds) } ?? true
        }
        /// Whether somebody is writing it.
        var isKeeping = false
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
        /// Sessions that others may have taken, since this process has said for longer than a lease nothing, and then that
        /// it is here again.
        var doubted: Set<ID> = []
        /// What other processes have said last, and when it was first seen here. By a clock that stands while the machine
        /// sleeps: nobody can say anything then.
        var signs: [String: Sign] = [:]

        /// Until when nobody else can take what this process holds and does not doubt; with a second for what is about to
        /// be sent.
        var until: ContinuousClock.Instant? { kept.map { $0 + .seconds(Owner.leaseSeconds - 1) } }
    }

    struct Sign {
        let until: Int64?
        let seen: SuspendingClock.Instant
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

    /// Whether who asks is to write that this process is there, and to say `hasKept` afterwards. One does it for all who
    /// come meanwhile, who need not wait for it as long as the lease lasts.
    func isToKeep(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.isDue(at: now) else { return false }
            if let kept = state.kept, state.isKeeping {
                // Who is at it may wait for a database that does not answer: then all do.
                guard now - kept >= .seconds(2 * Owner.renewSeconds) else { return false }
            }
            state.isKeeping = true
            return true
        }
    }

    /// What is held is doubted when the last sign of life is older than a lease: a new one takes nothing back that others
    /// have taken meanwhile.
    ///
    /// - Parameters:
    ///   - time: when the writing began; nil where it failed.
    ///   - held: the sessions that this process has taken for its own.
    func hasKept(at time: ContinuousClock.Instant?, held: () -> Set<ID>) {
        let isBack = state.withLock { state in state.until.map { .now >= $0 } ?? true }
        let doubted = isBack && time != nil ? held() : []
        state.withLock { state in
            state.isKeeping = false
            guard let time else { return }
            state.doubted.formUnion(doubted)
            state.kept = time
        }
    }

    /// Until when nobody else can take a session that this process holds; nil where the store has to be asked whether
    /// somebody has.
    func heldUntil(_ session: ID, at now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant? {
        state.withLock { state in
            guard let until = state.until, now < until, !state.doubted.contains(session) else { return nil }
            return until
        }
    }

    /// The store has said that a session is still this process's.
    ///
    /// - Returns: until when nobody else can take it.
    func hasConfirmed(_ session: ID) -> ContinuousClock.Instant? {
        state.withLock { state in
            state.doubted.remove(session)
            return state.until
        }
    }

    /// Whether a process has been seen to say nothing new for as long as a lease lasts.
    ///
    /// - Parameter until: what it has said last.
    func isSilent(_ holder: String, until: Int64?, at now: SuspendingClock.Instant = .now) -> Bool {
        state.withLock { state in
            if let sign = state.signs[holder], sign.until == until {
                return now - sign.seen >= .seconds(Owner.leaseSeconds)
            }
            state.signs = state.signs.filter { !Owner.isGone($0.key) }
            state.signs[holder] = Sign(until: until, seen: now)
            return false
        }
    }

    /// Sessions that could not be counted as changed are counted the next time.
    func counts(_ uncounted: Set<ID>) { state.withLock { $0.uncounted.formUnion(uncounted) } }

    func isTaken(_ session: ID) -> Bool { state.withLock { $0.taken.contains(session) } }

    /// A session is not held here any more.
    func isGivenBack(_ session: ID) {
        state.withLock { state in
            state.taken.remove(session)
            state.inherited.remove(session)
            state.doubted.remove(session)
        }
    }

    func resume(_ session: ID, _ interruption: Interruption?) {
        state.withLock { $0.waiting.removeValue(forKey: session) }?.resume(returning: interruption)
    }
}

extension SQL {
    /// The sessions that a process held and has lost, and those that are to be cancelled; the first argument is a list of
    /// `[ID, NUMBER]`. A session that has ended by itself is held by nobody, and its run is about to see its own end.
    static let interrupted = """
        SELECT session.id, coalesce(lease_owner <> ?2, 0) OR coalesce(fence <> json_extract(held.value, '$[1]'), 0)
            AS is_lost
        FROM json_each(?1) AS held JOIN session ON session.id = json_extract(held.value, '$[0]')
        WHERE is_lost OR cancel_requested AND lease_owner = ?2
        """
    /// Whether a process holds a session by its own number.
    static let isHeld =
        "SELECT \(isOwn("?2", "?3")) FROM session WHERE id = ?1"
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
        // Who can write nothing holds nothing. What is on its way still finds another number than its own.
        try? await write { database in
            try database.execute(
                sql: """
                    UPDATE session SET lease_owner = NULL, fence = fence + 1, changes = changes + 1
                    WHERE lease_owner = ?
                    """, arguments: [self.owner])
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
            return (state.isDue(at: .now), state.uncounted)
        }
        if isDue || !uncounted.isEmpty {
            do throws(StoreError) {
                try await write { database in
                    if isDue { try self.keep(database) }
                    if !uncounted.isEmpty {
                        try database.cachedStatement(sql: SQL.countChanges).execute(
                            arguments: [SQL.list(uncounted)])
                    }
                }
            } catch {
                keeper.counts(uncounted)
                throw error
            }
        }
        let changed = try await othersChanges()
        guard keeper.state.withLock({ $0.version != changed }) else { return }
        let numbers = fences.withLock { fences in
            JSON.text(.list(held.map { .list([.string($0.text), fences[$0].map(Value.int) ?? .null]) }))
        }
        let rows = try await read { database in
            try Row.fetchAll(
                database, sql: SQL.interrupted, arguments: [numbers, self.owner]
            ).map { (id: ID(try $0.value("id")), isLost: try $0.value("is_lost") as Bool) }
        }
        for row in rows {
            guard let id = row.id else { continue }
            keeper.resume(id, row.isLost ? .lost : .cancelled)
        }
        // Only now, so that a reading that fails is done again; and not where somebody has come meanwhile,
        // whose row was perhaps looked at before anybody waited for its change.
        keeper.state.withLock { state in
            if state.waiting.keys.allSatisfy(held.contains) { state.version = changed }
        }
    }

    package func confirm(_ session: ID) async throws(StoreError) -> ContinuousClock.Instant? {
        if let until = keeper.heldUntil(session) { return until }
        try await write { database in
            try self.sayThatItIsHere(database)
            let isHeld = try Bool.fetchOne(
                database, sql: SQL.isHeld, arguments: [session.text, self.owner, self.fence(session)])
            guard isHeld == true else { throw try self.whyNot(session, database) }
        }
        return keeper.hasConfirmed(session)
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
        guard keeper.state.withLock({ $0.isDue(at: .now) }) else { return }
        try sayThatItIsHere(database)
    }

    /// The sessions that this process has taken for its own.
    private func heldSessions() -> Set<ID> { fences.withLock { Set($0.keys) } }

    private func sayThatItIsHere(_ database: Database) throws {
        let (began, now) = (ContinuousClock.now, secondsNow())
        try database.execute(
            sql:
                "INSERT INTO holder (id, until) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET until = excluded.until",
            arguments: [owner, now + Owner.leaseSeconds])
        try database.execute(sql: "DELETE FROM holder WHERE until < ?", arguments: [now - 86_400])
        database.afterNextTransaction { _ in self.keeper.hasKept(at: began, held: self.heldSessions) }
    }
}
