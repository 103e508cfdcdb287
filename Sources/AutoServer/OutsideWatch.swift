import AutoRuntime
import Values

/// Tells watchers what other processes write: one for all of them, and only as long as somebody watches.
///
/// The watched sessions are asked after a few times a second, which costs a store next to nothing as long as
/// nobody else writes. Only the watchers of those that changed are woken. What this process writes, the hub
/// tells itself.
struct OutsideWatch: Sendable {
    let hub: Hub
    let store: any Store
    let clock: any AutoRuntime.Clock

    private static let pause: Int64 = 250_000_000
    /// After so many pauses, ten seconds, watchers show their connections that they live.
    private static let pausesOfATick = 40

    /// Comes back when the hub is closed.
    func run() async {
        for await _ in hub.arrivals { await lookWhileWatched() }
    }

    private func lookWhileWatched() async {
        var asked: Set<ID> = []
        var changes: [ID: Int64] = [:]
        var others: Int64?
        var pauses = 0
        while !Task.isCancelled {
            let (watched, watchesEverything) = (hub.watched, hub.watchesEverything)
            if watched.isEmpty, !watchesEverything { return }
            if watchesEverything, let count = try? await store.othersChanges(), count != others {
                others = count
                hub.tellOfOthersChanges()
            }
            // A store that cannot be read now is looked at again.
            if !watched.isEmpty, let found = try? await store.changes(of: watched) {
                // Also one that is looked at for the first time: it may have changed between the watcher's
                // own look and this one.
                for id in watched where !asked.contains(id) || changes[id] != found[id] {
                    hub.tell(id, Hub.Event.changed)
                }
                (asked, changes) = (Set(watched), found)
            }
            do throws(CancellationError) { try await clock.sleep(nanoseconds: OutsideWatch.pause) } catch {
                return
            }
            pauses += 1
            if pauses % OutsideWatch.pausesOfATick == 0 { hub.tick() }
        }
    }
}
