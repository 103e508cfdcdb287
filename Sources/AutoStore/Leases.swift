package import AutoRuntime
import Foundation
import GRDB
import Synchronization

/// Who holds a session: a process, told so that its end can be seen on the same machine.
package enum Owner {
    /// How long a hold lasts without being renewed; longer than any pause of a healthy process.
    static let leaseSeconds: Int64 = 15
    /// A hold is written anew so often.
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

/// What came of asking for a cancellation.
package enum CancelOutcome: Sendable, Hashable {
    /// The session has ended already, or has been ended now.
    case ended
    /// The process that runs it has been asked to stop.
    case requested
}

extension SQLiteStore {
    /// A quarter of a second: so long a cancellation may take to be seen.
    package var heartbeat: Int64? { 250_000_000 }

    package func claim(_ session: ID) throws(StoreError) -> Bool {
        var claimed = false
        try write { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]) else {
                return
            }
            claimed = isFree(row)
            guard claimed else { return }
            try database.execute(
                sql: "UPDATE session SET lease_owner = ?, lease_until = ?, cancel_requested = 0 WHERE id = ?",
                arguments: [owner, secondsNow() + Owner.leaseSeconds, session.text])
        }
        if claimed { renewed.withLock { $0[session] = secondsNow() } }
        return claimed
    }

    private func isFree(_ row: Row) -> Bool {
        guard let holder: String = row["lease_owner"] else { return true }
        let until: Int64 = row["lease_until"]
        return holder == owner || until < secondsNow() || Owner.isGone(holder)
    }

    package func renew(_ session: ID) throws(StoreError) -> LeaseState {
        let row = try read { database in
            try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text])
        }
        guard let row else { return .lost }
        let holder: String? = row["lease_owner"]
        // An ended session is held by nobody, and the run is about to see its own end.
        if holder == nil { return .held }
        guard holder == owner else { return .lost }
        if row["cancel_requested"] as Int64 != 0 { return .cancelled }
        let now = secondsNow()
        guard now - (renewed.withLock { $0[session] } ?? 0) >= Owner.renewSeconds else { return .held }
        try write { database in
            try database.execute(
                sql: "UPDATE session SET lease_until = ? WHERE id = ? AND lease_owner = ?",
                arguments: [now + Owner.leaseSeconds, session.text, owner])
        }
        renewed.withLock { $0[session] = now }
        return .held
    }

    package func release(_ session: ID) throws(StoreError) {
        _ = renewed.withLock { $0.removeValue(forKey: session) }
        try write { database in
            try database.execute(
                sql: "UPDATE session SET lease_owner = NULL WHERE id = ? AND lease_owner = ?",
                arguments: [session.text, owner])
        }
    }

    /// Throws when another process has taken the session, so that nothing of it is written over.
    func checkOwner(_ session: ID, _ database: Database) throws {
        let holder = try String.fetchOne(
            database.cachedStatement(sql: "SELECT lease_owner FROM session WHERE id = ?"),
            arguments: [session.text])
        guard holder == owner || holder == nil else {
            throw StoreError(
                "another process has taken the session \(session.text) over: nothing more is written here")
        }
    }

    /// Ends a session that nobody runs, with its open steps, or asks the process that runs it to stop.
    package func cancel(_ session: ID, now: Int64) throws(StoreError) -> CancelOutcome {
        var outcome = CancelOutcome.ended
        try write { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]) else {
                return
            }
            let status = Status(rawValue: row["status"]) ?? .failed
            guard status == .new || status == .running else { return }
            guard isFree(row) else {
                outcome = .requested
                try database.execute(
                    sql: "UPDATE session SET cancel_requested = 1 WHERE id = ?", arguments: [session.text])
                return
            }
            try database.execute(
                sql: """
                    UPDATE step SET status = 'FAILED', error = 'cancelled', error_kind = 'cancelled', updated_at = ?
                    WHERE session_id = ? AND status IN ('NEW', 'RUNNING')
                    """, arguments: [now, session.text])
            try database.execute(
                sql: """
                    UPDATE session SET status = 'FAILED', error = 'cancelled', updated_at = ?, lease_owner = NULL
                    WHERE id = ?
                    """, arguments: [now, session.text])
        }
        return outcome
    }
}

extension SQL {
    static let lease = "SELECT status, lease_owner, lease_until, cancel_requested FROM session WHERE id = ?"
}
