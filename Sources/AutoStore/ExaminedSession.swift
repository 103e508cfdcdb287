import AutoRuntime
import Values

extension StoreReport {
    /// Reads a session as commands do, and notes what of it cannot be read, and whether nobody goes on with it.
    ///
    /// - Parameter id: as the store has it, which may be damaged.
    mutating func examine(_ id: String, in store: any Store) async {
        do throws(StoreError) {
            guard let known = ID(id) else { throw StoreError("its id is no UUID") }
            guard let session = try await store.session(known, of: nil) else { return }
            sessions += 1
            steps += session.record.steps.count
            _ = try await store.trace(of: known)
            if try await isInterrupted(session.record, in: store) { interrupted.append(known) }
        } catch {
            problems.append("session \(id): \(error.message)")
        }
    }

    private func isInterrupted(_ record: SessionRecord, in store: any Store) async throws(StoreError) -> Bool
    {
        guard !record.header.status.isEnd, record.waiting.isEmpty, try await store.isFree(record.header.id)
        else { return false }
        // One that has called others waits with them, and one that another has called goes on within that.
        var query = SessionQuery(limit: 1)
        query.ids = [record.header.id]
        if try await store.outlines(query, withInputs: false).first?.isWaiting == true { return false }
        guard let caller = record.header.caller else { return true }
        let status = try await store.session(caller, of: nil, withValues: false)?.record.header.status
        return status?.isEnd ?? true
    }
}
