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
            let header = session.record.header
            if header.status == .running || header.status == .new, session.record.waiting.isEmpty,
                try await store.isFree(header.id)
            {
                interrupted.append(header.id)
            }
        } catch {
            problems.append("session \(id): \(error.message)")
        }
    }
}
