package import AutoRuntime
import Foundation
import GRDB
package import Values

/// Who holds a session: a process, told so that its end can be seen on the same machine.
package enum Owner {
    /// How long a process is taken to be there without being renewed; longer than any pause of a healthy process.
    static let leaseSeconds: Int64 = 15
    /// It says so anew so often.
    static let renewSeconds: Int64 = 4

    /// This process: machine, number, and when it started, since numbers are given out again.
    package static let own: String = {
        let pid = ProcessInfo.processInfo.processIdentifier
        return "\(machine)/\(pid)/\(startTime(of: pid) ?? "")"
    }()

    /// Asked of the kernel: Foundation may ask a name server.
    private static let machine: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "here" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .replacingOccurrences(of: "/", with: "-")
    }()

    /// Whether the process is known to be gone; of another machine's nothing is known.
    static func isGone(_ owner: String) -> Bool {
        let parts = owner.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == machine, let pid = Int32(parts[1]) else { return false }
        guard let start = startTime(of: pid) else { return !processExists(pid) }
        return start != parts[2]
    }

    private static func processExists(_ pid: Int32) -> Bool { kill(pid, 0) == 0 || errno == EPERM }

    /// The 22nd field of /proc/PID/stat, in clock ticks since the machine started; nil without a /proc.
    private static func startTime(of pid: Int32) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
            let close = data.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        // The name before it may hold blanks, and brackets.
        let fields = String(decoding: data[(close + 1)...], as: UTF8.self).split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }
}

func secondsNow() -> Int64 { Int64(Date().timeIntervalSince1970) }

extension SQLiteStore {
    package func claim(_ session: ID) async throws(StoreError) -> ClaimOutcome {
        try await writer.write { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]),
                let status = Status(rawValue: row["status"]), status == .new || status == .running
            else { return .ended }
            guard try self.isFree(row, orOwn: true, database) else { return .held }
            return try self.take(session, row, database) ? .taken : .ended
        }
    }

    /// Holds a session from now on; false when it has ended instead: its last holder was gone before it could cancel it, as
    /// somebody had asked, or too many holders have died of it.
    private func take(_ session: ID, _ row: Row, _ database: Database) throws -> Bool {
        guard row["cancel_requested"] as Int64 == 0 else {
            try end(session, error: "cancelled", now: secondsNow(), database)
            return false
        }
        // Whoever gives a session back clears this; a name that still stands here is of a process that died.
        if let holder: String = row["lease_owner"], holder != owner {
            guard try outlivedDeath(session, database) else { return false }
        }
        try keep(database)
        try database.cachedStatement(sql: SQL.take).execute(arguments: [owner, session.text])
        return true
    }

    /// Ends a session that nobody runs as FAILED; its open steps are cancelled.
    func end(_ session: ID, error: String, now: Int64, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE step SET status = 'FAILED', error = 'cancelled', error_kind = 'cancelled', updated_at = ?
                WHERE session_id = ? AND status IN ('NEW', 'RUNNING')
                """, arguments: [now, session.text])
        try database.execute(
            sql: """
                UPDATE session SET status = 'FAILED', error = ?, updated_at = ?, lease_owner = NULL,
                    waits = 0, wake_at = NULL, changes = changes + 1
                WHERE id = ?
                """, arguments: [error, now, session.text])
    }

    /// Whether nobody runs a session; with `orOwn`, nobody but this process.
    func isFree(_ row: Row, orOwn: Bool = false, _ database: Database) throws -> Bool {
        guard let holder: String = row["lease_owner"] else { return true }
        if holder == owner { return orOwn }
        return try isGone(holder, database)
    }

    private func isGone(_ holder: String, _ database: Database) throws -> Bool {
        let until = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT until FROM holder WHERE id = ?"), arguments: [holder])
        return until ?? 0 < secondsNow() || Owner.isGone(holder)
    }

    package func next(_ count: Int, except: Set<ID>, files: Set<ID>) async throws(StoreError) -> DueSessions {
        let files = SQL.list(files)
        return try await writer.write { database in
            var gone: [String: Bool] = [:]
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: SQL.due), arguments: [secondsNow(), files])
            var free: [(id: ID, row: Row)] = []
            while free.count < count, let row = try rows.next() {
                guard let id = ID(row["id"] as String), !except.contains(id) else { continue }
                if let holder: String = row["lease_owner"] {
                    if holder == self.owner { continue }
                    let isGone = try gone[holder] ?? self.isGone(holder, database)
                    gone[holder] = isGone
                    guard isGone else { continue }
                }
                free.append((id, row.copy()))
            }
            var due = DueSessions()
            for (id, row) in free {
                if try self.take(id, row, database) { due.taken.append(id) } else { due.ended.append(id) }
            }
            return due
        }
    }

    package func park(_ session: ID, until: Int64?) async throws(StoreError) -> Bool {
        try await writer.write { database in
            let answered = try Bool.fetchOne(
                database, sql: "SELECT answered FROM session WHERE id = ?", arguments: [session.text])
            guard answered != true else {
                try database.execute(
                    sql: "UPDATE session SET answered = 0 WHERE id = ?", arguments: [session.text])
                return false
            }
            try database.execute(
                sql:
                    "UPDATE session SET lease_owner = NULL, waits = 1, wake_at = ? WHERE id = ? AND lease_owner = ?",
                arguments: [until.map { ($0 + 999_999_999) / 1_000_000_000 }, session.text, self.owner])
            return true
        }
    }

    /// Gives a session back as it is, to whoever takes it.
    package func release(_ session: ID) async throws(StoreError) {
        try await writer.write { database in
            try database.execute(
                sql: "UPDATE session SET lease_owner = NULL WHERE id = ? AND lease_owner = ?",
                arguments: [session.text, self.owner])
        }
    }

    /// Throws when another process has taken the session, so that nothing of it is written over.
    func checkOwner(_ session: ID, _ database: Database) throws {
        let holder = try String.fetchOne(
            database.cachedStatement(sql: "SELECT lease_owner FROM session WHERE id = ?"),
            arguments: [session.text])
        guard holder == owner || holder == nil else { throw StoreError.takenOver(session) }
    }

    /// Ends a session that nobody runs, with its open steps, or asks the process that runs it to stop.
    package func cancel(_ session: ID, now: Int64) async throws(StoreError) -> CancelOutcome {
        try await writer.write { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]) else {
                return .ended
            }
            let status = Status(rawValue: row["status"]) ?? .failed
            guard status == .new || status == .running else { return .ended }
            guard try self.isFree(row, database) else {
                try database.execute(
                    sql: "UPDATE session SET cancel_requested = 1 WHERE id = ?", arguments: [session.text])
                return .requested
            }
            try self.end(session, error: "cancelled", now: now, database)
            return .ended
        }
    }
}

extension SQL {
    static let lease = "SELECT status, lease_owner, cancel_requested FROM session WHERE id = ?"
    static let take = """
        UPDATE session SET lease_owner = ?, waits = 0, wake_at = NULL, answered = 0 WHERE id = ?
        """
    static let due = """
        SELECT id, lease_owner, cancel_requested FROM (
            SELECT id, automation_id, lease_owner, cancel_requested FROM session
                WHERE status IN ('NEW', 'RUNNING') AND waits = 0
            UNION ALL SELECT id, automation_id, lease_owner, cancel_requested FROM session WHERE wake_at <= ?)
        WHERE \(isServed) ORDER BY id
        """
    /// Counts a change; progress shows that the process does not die of the session over and over.
    static let touch = """
        UPDATE session SET changes = changes + 1, crashes = CASE WHEN ? THEN 0 ELSE crashes END WHERE id = ?
        """
}
