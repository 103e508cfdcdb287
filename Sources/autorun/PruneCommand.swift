import ArgumentParser
import AutoRuntime
import AutoSteps
import AutoStore
import CommandEnd
import Foundation

struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Deletes the records of sessions that ended long ago.",
        discussion: """
            What will be deleted is said first. What a session has called stays for as long as that is under way. \
            The space is given back to the system, unless another process has the store open: it would have to wait.

              autorun prune --older-than 30d --dry-run
              autorun prune --older-than 30d
            """)

    @Option(help: "How long ago they were last changed, such as 30d or 12h.")
    var olderThan: String

    @Flag(help: "Say what would be deleted, and delete nothing.")
    var dryRun = false

    @OptionGroup var place: StoreOption

    func run() async throws {
        guard let seconds = secondsOf(olderThan), (0...Double(Int32.max)).contains(seconds) else {
            throw CommandError(
                "--older-than \(olderThan): expected a time such as 30d or 12h", code: Exit.usage)
        }
        let host = Host()
        let now = host.clock.now() / 1_000_000_000
        let before = now - Int64(seconds)
        let store = try await host.store(place.store, for: dryRun ? .reading : .work(.power))
        let groups = try await reaching { () async throws(StoreError) in
            try await store.prunable(before: before)
        }
        for group in groups { print("  " + line(group, now)) }
        if dryRun {
            let count = groups.reduce(0) { $0 + $1.count }
            print("\(counted(count, "session")) would be deleted; nothing was, because of --dry-run")
            return
        }
        let size = try await bytes(store)
        let count = try await reaching { () async throws(StoreError) in
            try await store.prune(before: before)
        }
        let outcome: ShrinkOutcome
        do throws(StoreError) { outcome = try await store.shrink() } catch {
            print("\(counted(count, "session")) deleted")
            printError("the store's unused space was not given back to the system: \(error.message)")
            return
        }
        let given = outcome == .givenBack ? size - (try await bytes(store)) : 0
        print("\(counted(count, "session")) deleted" + (given > 0 ? ", \(sizeText(given)) given back" : ""))
        if outcome == .othersUseIt {
            printError(
                "the store keeps its unused space for what is recorded next, since another process has it open: "
                    + "prune again when none has, and the system gets the space back")
        }
    }

    private func bytes(_ store: any Store) async throws -> Int {
        try await reaching { () async throws(StoreError) in try await store.counts().bytes }
    }

    private func line(_ group: PrunableSessions, _ now: Int64) -> String {
        let newest = ageText(group.newest, now)
        let oldest = ageText(group.oldest, now)
        let ages = newest == oldest ? newest : "\(newest) to \(oldest)"
        return "\(safe(group.automationName)): \(group.count) \(group.status.rawValue), changed \(ages) ago, "
            + "about \(sizeText(group.bytes))"
    }
}

/// A time span in its largest unit, rounded down: `40 d`, `3 h`, `5 min`.
private func ageText(_ time: Int64, _ now: Int64) -> String {
    // A damaged record may say any time.
    let seconds = now - min(max(time, 0), now)
    if seconds >= 86_400 { return "\(seconds / 86_400) d" }
    if seconds >= 3_600 { return "\(seconds / 3_600) h" }
    return seconds < 60 ? "less than 1 min" : "\(seconds / 60) min"
}

/// Bytes in the largest unit that leaves a number of at least one: `512 bytes`, `3.4 kB`, `1.2 MB`.
func sizeText(_ bytes: Int) -> String {
    if bytes < 1_000 { return counted(bytes, "byte") }
    if bytes < 1_000_000 { return String(format: "%.1f kB", Double(bytes) / 1e3) }
    if bytes < 1_000_000_000 { return String(format: "%.1f MB", Double(bytes) / 1e6) }
    return String(format: "%.1f GB", Double(bytes) / 1e9)
}
