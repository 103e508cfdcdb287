import AutoRuntime
import Values

/// How many sessions of a batch stand so.
struct BatchCount {
    let batch: String
    let status: String
    /// Whether they wait for a person.
    let waits: Bool
    let isCancelled: Bool
    let count: Int
}

extension BatchStanding {
    /// - Parameters:
    ///   - batches: with the names of their automations.
    ///   - rows: of all of them.
    static func standings(_ batches: [(batch: SessionBatch, name: String)], _ rows: [BatchCount])
        throws(StoreError) -> [BatchStanding]
    {
        let own = Dictionary(grouping: rows, by: \.batch)
        var standings: [BatchStanding] = []
        for (batch, name) in batches {
            standings.append(try BatchStanding(batch, name, own[batch.id.text] ?? []))
        }
        return standings
    }

    private init(_ batch: SessionBatch, _ name: String, _ rows: [BatchCount]) throws(StoreError) {
        var counts: [Status: Int] = [:]
        for row in rows {
            guard let status = Status(rawValue: row.status) else {
                throw StoreError("the store holds the unknown status \(row.status)")
            }
            counts[status, default: 0] += row.count
        }
        let (waiting, cancelled) = (rows.filter(\.waits), rows.filter(\.isCancelled))
        self.init(
            batch: batch, automationName: name, counts: counts, waiting: waiting.reduce(0) { $0 + $1.count },
            cancelled: cancelled.reduce(0) { $0 + $1.count })
    }
}
