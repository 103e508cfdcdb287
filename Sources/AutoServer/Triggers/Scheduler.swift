import AutoChecker
import AutoRuntime
import HTTPTypes
import Logging
import StepKinds
import Synchronization
import Values

/// Starts the automations that are served at the times that their schedules say.
///
/// Each start has a key that is made of its due time, so that the store lets one of all servers begin it.
/// What was made up or begun last is kept in the store where a schedule asks for `catch_up`: a start that
/// nobody made since is known by that.
final class Scheduler: Sendable {
    /// An automation with a schedule, and when it starts next.
    private struct Entry {
        let version: ReadyVersion
        let start: ScheduledStart
        /// Seconds since 1970; nil where it never starts again.
        var due: Int64?
        /// Whether the start is one of before that is made up, or one that could not be made at once.
        var isOverdue = false
        /// The time before which it is not tried again, in seconds since 1970.
        var rest: Int64 = 0
    }

    private struct State {
        var entries: [ID: Entry] = [:]
        /// Versions without a schedule, which need not be read again.
        var unscheduled: Set<ID> = []
        /// Whether other automations may be served than were read.
        var isStale = true
        var others: Int64?
        /// Seconds since 1970.
        var readAt: Int64 = 0
        var lookedAt: Int64 = 0
    }

    /// What came of a start that was due.
    enum Outcome: String, Sendable, CaseIterable {
        case started
        /// Another server on the same store has begun it.
        case elsewhere
        /// It was due while nothing looked at the clock, and the schedule does not ask for it to be made up.
        case missed
        case failed
    }

    private let api: API
    private let engine: Engine
    private let parts: ServerParts
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// Seconds by which a start may be late and still be one of its time.
    private static let grace: Int64 = 60
    /// Seconds after which what other servers write is looked at for other automations.
    private static let othersPause: Int64 = 10
    /// Seconds after which a start that could not be recorded is tried again.
    private static let retryPause: Int64 = 5

    init(_ api: API) {
        self.api = api
        engine = api.engine
        parts = engine.parts
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Looks at the clock once a second, until no more is to be started: a clock that is set does not confuse
    /// it.
    func run() async {
        // Watched from before the first reading on, so that no change falls between.
        let changes = parts.served.changes.watch()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                for await _ in changes {
                    state.withLock { $0.isStale = true }
                    wake.yield()
                }
                wake.finish()
            }
            group.addTask { [wake, clock = parts.clock] in
                while !Task.isCancelled {
                    wake.yield()
                    try? await clock.sleep(nanoseconds: 1_000_000_000)
                }
            }
            for await _ in wakes {
                if Task.isCancelled { break }
                await look()
            }
            group.cancelAll()
        }
    }

    private var now: Int64 { parts.clock.now() / 1_000_000_000 }

    /// Starts what is due.
    private func look() async {
        do throws(StoreError) {
            if try await needsReading() { try await read() }
            let now = self.now
            for (id, entry) in due(now) { try await start(id, entry, now) }
        } catch {
            // What was read in part is read anew.
            state.withLock { $0.isStale = true }
            parts.log.error(
                "the store cannot be asked for schedules", metadata: ["reason": "\(error.message)"])
        }
    }

    /// What is due, the earliest first. A clock that was set back is followed.
    private func due(_ now: Int64) -> [(ID, Entry)] {
        state.withLock { state in
            if now < state.lookedAt - Scheduler.grace {
                for (id, entry) in state.entries {
                    state.entries[id]?.due = entry.start.next(after: now)
                    state.entries[id]?.isOverdue = false
                    state.entries[id]?.rest = 0
                }
            }
            state.lookedAt = now
            return state.entries.filter { ($0.value.due ?? .max) <= now && $0.value.rest <= now }
                .sorted { ($0.value.due ?? 0, $0.key.text) < ($1.value.due ?? 0, $1.key.text) }
                .map { ($0.key, $0.value) }
        }
    }

    // Which automations there are.

    private func needsReading() async throws(StoreError) -> Bool {
        let now = self.now
        let (isStale, readAt, known) = state.withLock { ($0.isStale, $0.readAt, $0.others) }
        if isStale { return true }
        guard abs(now - readAt) >= Scheduler.othersPause else { return false }
        let others = try await parts.store.othersChanges()
        state.withLock { $0.readAt = now }
        return others != known
    }

    private func read() async throws(StoreError) {
        let others = try await parts.store.othersChanges()
        state.withLock { ($0.isStale, $0.others, $0.readAt) = (false, others, now) }
        var found: [ID: Entry] = [:]
        var versions: Set<ID> = []
        var after: ID?
        repeat {
            let page = try await parts.store.automations(limit: 100, after: after, files: parts.served.now)
            for entry in page {
                versions.insert(entry.automation.versionID)
                if let entry = try await scheduled(entry.automation) {
                    found[entry.version.stored.id] = entry
                }
            }
            after = page.count == 100 ? page.last?.automation.id : nil
        } while after != nil
        state.withLock { state in
            state.entries = found
            state.unscheduled.formIntersection(versions)
        }
        engine.metrics.note(scheduled: found.count)
    }

    /// An automation with its next start; nil for one that has no schedule.
    private func scheduled(_ automation: StoredAutomation) async throws(StoreError) -> Entry? {
        let (known, isUnscheduled) = state.withLock { state in
            (state.entries[automation.id], state.unscheduled.contains(automation.versionID))
        }
        if isUnscheduled { return nil }
        if let known, known.version.stored.versionID == automation.versionID { return known }
        let version: ReadyVersion
        do throws(PartsError) { version = try await engine.versions.ready(automation) } catch {
            parts.log.error(
                "an automation's schedule cannot be read",
                metadata: ["automation": "\(automation.name)", "reason": "\(error.message)"])
            return nil
        }
        guard let start = version.trigger.schedule else {
            state.withLock { _ = $0.unscheduled.insert(automation.versionID) }
            return nil
        }
        guard start.zone != nil else {
            parts.log.error(
                "this machine does not know the zone of a schedule: install the package tzdata",
                metadata: ["automation": "\(automation.name)", "zone": "\(start.zoneName)"])
            return nil
        }
        var entry = Entry(version: version, start: start, due: start.next(after: now))
        if known?.start.words != start.words {
            parts.log.info(
                "scheduled",
                metadata: [
                    "automation": "\(automation.name)", "schedule": "\(start.words)",
                    "next": "\(entry.due.map(start.local) ?? "never")",
                ])
        }
        if let known, known.start.words == start.words, known.start.catchesUp == start.catchesUp {
            (entry.due, entry.isOverdue, entry.rest) = (known.due, known.isOverdue, known.rest)
        } else if start.catchesUp, let missed = try await missed(start, of: automation) {
            (entry.due, entry.isOverdue) = (missed, true)
        }
        return entry
    }

    // What was missed while no server ran.

    /// Where the store keeps until when an automation's starts were made.
    private func place(_ automation: ID) -> String { "schedule/" + automation.text }

    /// The last start that nobody has made since the schedule is known; nil for none.
    private func missed(_ start: ScheduledStart, of automation: StoredAutomation) async throws(StoreError)
        -> Int64?
    {
        let kept = try await parts.store.cached(place(automation.id))?.asMap
        guard kept?["schedule"]?.asText == start.words, let until = kept?["until"]?.asInt else {
            try await keep(start, of: automation.id, until: now)
            return nil
        }
        guard let last = start.last(until: now), last > Int64(until) else { return nil }
        return last
    }

    private func keep(_ start: ScheduledStart, of automation: ID, until moment: Int64)
        async throws(StoreError)
    {
        try await parts.store.cache(
            .record([("schedule", .string(start.words)), ("until", .int(moment))]), for: place(automation))
    }

    // Starting.

    private func start(_ id: ID, _ entry: Entry, _ now: Int64) async throws(StoreError) {
        guard var due = entry.due else { return }
        let isLate = now - due > Scheduler.grace && !entry.isOverdue
        if isLate {
            guard entry.start.catchesUp else {
                tell(.missed, id, entry, due)
                return goOn(id, entry, after: now)
            }
            // Of several that were missed the last is made up.
            due = entry.start.last(until: now) ?? due
        }
        guard let outcome = await begin(id, entry, due) else {
            state.withLock { state in
                state.entries[id]?.due = due
                state.entries[id]?.isOverdue = true
                state.entries[id]?.rest = now + Scheduler.retryPause
            }
            return
        }
        switch outcome {
        case .started, .elsewhere:
            if entry.start.catchesUp { try await keep(entry.start, of: id, until: due) }
        case .missed, .failed: break
        }
        goOn(id, entry, after: isLate || entry.isOverdue ? max(due, now) : due)
    }

    private func goOn(_ id: ID, _ entry: Entry, after moment: Int64) {
        let next = entry.start.next(after: moment)
        state.withLock { state in
            state.entries[id]?.due = next
            state.entries[id]?.isOverdue = false
            state.entries[id]?.rest = 0
        }
    }

    /// Begins the session of a start; nil where that may be possible a little later.
    private func begin(_ id: ID, _ entry: Entry, _ due: Int64) async -> Outcome? {
        let inputs: Value
        do throws(InputProblem) {
            inputs = try fittedInputs(entry.version.plan.automation.inputs, MapValue())
        } catch {
            tell(.failed, id, entry, due, reason: error.message)
            return .failed
        }
        do {
            let version = try await api.startable(entry.version.stored)
            let started = try await engine.start(
                version, inputs: inputs, key: StartKey.schedule(due))
            tell(started.isNew ? .started : .elsewhere, id, entry, due, session: started.id)
            return started.isNew ? .started : .elsewhere
        } catch let error as StoreError {
            return notBegun(id, entry, due, Refusal(error))
        } catch let error as PartsError {
            return notBegun(id, entry, due, Refusal(.conflict, error.message))
        } catch {
            return notBegun(
                id, entry, due, (error as? Refusal) ?? Refusal(.conflict, "it cannot be started"))
        }
    }

    /// What becomes of a start that was refused; nil where it may be possible a little later.
    private func notBegun(_ id: ID, _ entry: Entry, _ due: Int64, _ refusal: Refusal) -> Outcome? {
        switch refusal.status {
        // Another server has begun it by a version with other defaults.
        case .unprocessableContent:
            tell(.elsewhere, id, entry, due)
            return .elsewhere
        case .serviceUnavailable, .tooManyRequests:
            parts.log.warning(
                "a scheduled start has to wait",
                metadata: details(entry, due, reason: refusal.words))
            return nil
        default:
            tell(.failed, id, entry, due, reason: refusal.words)
            return .failed
        }
    }

    private func details(_ entry: Entry, _ due: Int64, reason: String? = nil) -> Logger.Metadata {
        var details: Logger.Metadata = [
            "automation": "\(entry.version.stored.name)", "due": "\(timeText(due).asText ?? "")",
        ]
        if let reason { details["reason"] = "\(reason)" }
        return details
    }

    private func tell(
        _ outcome: Outcome, _ id: ID, _ entry: Entry, _ due: Int64, session: ID? = nil, reason: String? = nil
    ) {
        engine.metrics.count(outcome)
        var details = details(entry, due, reason: reason)
        if let session { details["session"] = "\(session.text)" }
        switch outcome {
        case .started: parts.log.info("scheduled start", metadata: details)
        case .elsewhere: parts.log.debug("scheduled start is made already", metadata: details)
        case .missed: parts.log.warning("scheduled start missed", metadata: details)
        case .failed: parts.log.error("scheduled start failed", metadata: details)
        }
    }
}

/// The keys by which a start happens once, apart from those that clients choose: no such key holds a space.
enum StartKey {
    /// - Parameter due: seconds since 1970.
    static func schedule(_ due: Int64) -> String { "schedule \(due)" }

    /// - Parameter delivery: what the sender of a webhook calls the delivery, in this header.
    static func webhook(_ delivery: String, _ header: String) -> String {
        "webhook \(header.lowercased()) \(delivery)"
    }
}
