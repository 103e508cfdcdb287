package import AutoRuntime
import PostgreSQL
package import Values

/// Looking for sessions that somebody is to run.
extension PostgresStore {
    package func next(_ count: Int, except: Set<ID>, files: Set<ID>, only: Set<String>?)
        async throws(StoreError) -> DueSessions
    {
        try await keepAlive()
        // Most looks find nothing, and a thousand servers look: one statement says so to them.
        let (isDue, othersWait) = try await look()
        guard isDue else {
            var due = DueSessions()
            due.othersWait = othersWait
            return due
        }
        let which: [Argument] = [
            .texts(files.map(\.text)), only.map { .texts($0) } ?? .null, .texts(except.map(\.text)),
            .number(Int64(count)),
        ]
        return try await write { connection in try self.takeDue(count, which, connection) }
    }

    /// Whether there may be sessions that somebody is to run, those of automations that are not run here among them; and
    /// whether some wait until others of their batch have ended.
    func look() async throws(StoreError) -> (isDue: Bool, othersWait: Bool) {
        let row = try await read { connection in
            try connection.run(PostgresSQL.look(now: self.now), self.ownAndMachine).rows.first
        }
        guard let row else { return (false, false) }
        // A neighbour that is busy with its own holds sessions all the time: that alone makes nothing due.
        let hasGoneNeighbour = row.text("neighbours").split(separator: "\n").contains {
            Owner.isGone(String($0))
        }
        return (row.flag("is_due") || hasGoneNeighbour, row.flag("others_wait"))
    }

    /// Takes the oldest of what is due.
    ///
    /// - Parameter which: what every statement that looks for sessions is given.
    private func takeDue(_ count: Int, _ which: [Argument], _ connection: Connection) throws -> DueSessions {
        try connection.run(PostgresSQL.wakeDue(now: now), Array(which.prefix(2)))
        let batches = try roomsOfBatches(connection)
        let rows = try dueRows(which, batches.filter { $0.room > 0 }, connection)
        var due = DueSessions()
        // As many of one as may run now: there may be more of it.
        let perBatch = Dictionary(grouping: rows.compactMap { $0["batch_id"] }) { $0 }
        due.othersWait = batches.contains { $0.room <= perBatch[$0.batch]?.count ?? 0 }
        let memberships = try self.batches(of: rows.map { $0.text("id") }, connection)
        // A server of before began them, and has not said there that they are of a batch: unmarked, those that wait for
        // room would be looked at each time, before whatever comes behind them.
        let unmarked = rows.filter { $0["batch_id"] == nil && memberships[$0.text("id")] != nil }
        if !unmarked.isEmpty {
            try connection.run(PostgresSQL.markBatches, [.texts(unmarked.map { $0.text("id") })])
        }
        var rooms: [String: Int] = [:]
        for row in rows.sorted(by: { $0.text("id") < $1.text("id") }) {
            if due.taken.count + due.ended.count == count { break }
            let id = try self.id(row.text("id"))
            // What was held is counted already, and what is to be cancelled will not run.
            if row["lease_owner"] == nil, !row.flag("cancel_requested"),
                let batch = memberships[row.text("id")]
            {
                let room = try rooms[batch] ?? self.room(in: batch, connection)
                rooms[batch] = room - 1
                guard room > 0 else {
                    due.othersWait = true
                    continue
                }
            }
            if try take(id, row, connection) { due.taken.append(id) } else { due.ended.append(id) }
        }
        return due
    }

    /// The oldest sessions of each kind that is due.
    private func dueRows(
        _ which: [Argument], _ batches: [(batch: String, room: Int)], _ connection: Connection
    ) throws -> [Row] {
        let gone = try goneHolders(connection)
        var rows = try connection.run(PostgresSQL.due(PostgresSQL.isAlone), which).rows
        rows += try connection.run(PostgresSQL.due(PostgresSQL.isToBeCancelled), which).rows
        if !batches.isEmpty {
            rows += try connection.run(
                PostgresSQL.dueOfBatches,
                which + [.texts(batches.map(\.batch)), .numbers(batches.map { Int64($0.room) })]
            ).rows
        }
        if !gone.isEmpty {
            rows += try connection.run(
                PostgresSQL.due("lease_owner = ANY($5::text[])"), which + [.texts(gone)]
            ).rows
        }
        return rows
    }

    /// How many more sessions may run now of each batch of which some wait to.
    private func roomsOfBatches(_ connection: Connection) throws -> [(batch: String, room: Int)] {
        try connection.run("WITH RECURSIVE \(PostgresSQL.rooms) SELECT batch_id, count FROM room").rows
            .map { ($0.text("batch_id"), Int($0.int("count"))) }
    }

    /// Who this process is, and how the names of all processes of its machine begin.
    private var ownAndMachine: [Argument] { [.text(owner), .text(Owner.machine + "/")] }

    /// The processes that hold sessions and are gone, none of whose transactions is under way.
    private func goneHolders(_ connection: Connection) throws -> [String] {
        // Of a process on another machine only its silence says that it is gone.
        try connection.run(
            """
            SELECT id, until < \(now) AS silent FROM autorun.holder WHERE \(PostgresSQL.mayBeGone(now: now))
            """, ownAndMachine
        ).rows.filter { $0.flag("silent") || Owner.isGone($0.text("id")) }
            .map { $0.text("id") }.filter { try isSilent($0, connection) }
    }
}

extension PostgresSQL {
    /// `session.batch_id` repeats what `batch_session` says, for the indices by which those that are due are found: what
    /// waits until others of its batch have ended is then not gone through, however much it is. Servers that do not know
    /// the column leave it out: what they have begun is due like what is of no batch, until the first look that
    /// meets it fills the column in. For their looks, `session_due` stays.
    static let dueOfBatchesIndices = """
        ALTER TABLE autorun.session ADD COLUMN IF NOT EXISTS batch_id uuid;
        \(repeatBatches);
        CREATE INDEX session_alone_due ON autorun.session (id) WHERE \(isOpen) AND \(isAlone);
        CREATE INDEX session_batch_due ON autorun.session (batch_id, id) WHERE \(isOpen) AND \(isOfBatch);
        CREATE INDEX session_batch_held ON autorun.session (batch_id)
            WHERE batch_id IS NOT NULL AND lease_owner IS NOT NULL;
        CREATE INDEX session_cancelled ON autorun.session (id) WHERE \(isOpen) AND \(isToBeCancelled);
        """
    static let repeatBatches = """
        UPDATE autorun.session AS session SET batch_id = member.batch_id FROM autorun.batch_session AS member
        WHERE member.session_id = session.id AND session.status IN ('NEW', 'RUNNING')
        """
    /// The same of these sessions.
    static let markBatches = "\(repeatBatches) AND session.id = ANY($1::uuid[])"

    private static let isOpen = "status IN ('NEW', 'RUNNING')"
    private static let isFree = "NOT waits AND lease_owner IS NULL"
    static let isAlone = "\(isFree) AND batch_id IS NULL"
    static let isOfBatch = "\(isFree) AND batch_id IS NOT NULL"
    /// Also of a batch that has no room.
    static let isToBeCancelled = "\(isFree) AND batch_id IS NOT NULL AND cancel_requested"

    /// Whether a holder may be gone: it is silent, or of this machine, where its process is looked for. `$1` is this
    /// process, `$2` how the names of this machine's begin.
    static func mayBeGone(now: String) -> String {
        "id <> $1 AND (until < (SELECT \(now)) OR starts_with(id, $2))"
    }

    /// The batches of which some wait to run, each found behind the one before; and for how many more there is room.
    static let rooms = """
        due_batch (id) AS (
            (SELECT batch_id FROM autorun.session WHERE \(isOpen) AND \(isOfBatch) ORDER BY batch_id LIMIT 1)
            UNION ALL
            SELECT (SELECT batch_id FROM autorun.session WHERE \(isOpen) AND \(isOfBatch)
                AND batch_id > due_batch.id ORDER BY batch_id LIMIT 1)
            FROM due_batch WHERE due_batch.id IS NOT NULL),
        room (batch_id, count) AS (
            SELECT id, coalesce((SELECT at_once FROM autorun.batch WHERE batch.id = due_batch.id), 0)
                - (SELECT count(*) FROM autorun.session WHERE batch_id = due_batch.id AND lease_owner IS NOT NULL
                    AND \(isOpen))
            FROM due_batch WHERE id IS NOT NULL)
        """

    /// What `look` asks, and which processes of this machine hold sessions and are not silent.
    static func look(now: String) -> String {
        func one(_ condition: String) -> String {
            """
            (SELECT id FROM autorun.session WHERE \(isOpen) AND \(condition) ORDER BY id LIMIT 1) IS NOT NULL
            """
        }
        let holds = "EXISTS (SELECT FROM autorun.session WHERE lease_owner = holder.id)"
        return """
            WITH RECURSIVE \(rooms)
            SELECT \(one(isAlone)) OR \(one(isToBeCancelled))
                OR \(one("waits AND lease_owner IS NULL AND wake_at <= \(now)"))
                OR EXISTS (SELECT FROM room WHERE count > 0)
                OR EXISTS (SELECT FROM autorun.holder WHERE id <> $1 AND until < (SELECT \(now)) AND \(holds)) AS is_due,
                (SELECT string_agg(id, chr(10)) FROM autorun.holder
                    WHERE id <> $1 AND starts_with(id, $2) AND \(holds)) AS neighbours,
                EXISTS (SELECT FROM room WHERE count <= 0) AS others_wait
            """
    }

    /// Whether sessions of an automation are run here: `$1` are the files that are served, `$2` names or null.
    private static let isRunHere = """
        \(isServed("$1")) AND ($2::text[] IS NULL OR automation_id IN
            (SELECT id FROM autorun.automation WHERE name = ANY($2::text[])))
        """

    /// Sessions that have waited long enough are due as if an answer had come; what others are just waking is passed over.
    static func wakeDue(now: String) -> String {
        """
        UPDATE autorun.session SET waits = false, wake_at = NULL WHERE id IN (
            SELECT id FROM autorun.session WHERE \(isOpen) AND waits AND lease_owner IS NULL AND wake_at <= \(now)
                AND \(isRunHere) ORDER BY wake_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
        """
    }

    /// Sessions that somebody is to run, the oldest first; what others are just taking is passed over.
    ///
    /// - Parameters:
    ///   - order: what comes before the age.
    ///   - limit: an expression.
    static func due(_ condition: String, order: String = "", limit: String = "$4::bigint") -> String {
        """
        SELECT id, status, lease_owner, cancel_requested, crashes, fence, batch_id FROM autorun.session AS session
        WHERE \(isOpen) AND \(condition) AND \(isRunHere) AND NOT id = ANY($3::uuid[])
        ORDER BY \(order)id LIMIT \(limit) FOR UPDATE OF session SKIP LOCKED
        """
    }

    /// Of each batch as many as there is room for. By this order none but the index of the batches is of use: by another
    /// one, all of the batches before would be gone through.
    static let dueOfBatches: String = {
        let isOfRoom = "session.batch_id BETWEEN room.batch_id AND room.batch_id AND NOT cancel_requested"
        let rows = due(
            "\(isOfBatch) AND \(isOfRoom)", order: "session.batch_id, ",
            limit: "least(room.count, $4::bigint)")
        return """
            SELECT due.* FROM unnest($5::uuid[], $6::bigint[]) AS room(batch_id, count) CROSS JOIN LATERAL (\(rows))
                AS due
            """
    }()
}
