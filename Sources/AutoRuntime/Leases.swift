package import Values

/// Which process runs which session.
///
/// One process at a time runs a session: it holds it from `start` or `claim` on, and gives it back by `park`,
/// by `release`, or by the commit that ends the session. Another may take it over when its holder is gone.
package protocol Leases: Sendable {
    /// Takes a session that has not ended, and that nobody runs: no other process, and not this one, which may have taken
    /// it before. When a person has answered, a session and those that wait for it are due at once; each of them is run
    /// by one.
    ///
    /// - Throws: when the store cannot be read or written to.
    func claim(_ session: ID) async throws(StoreError) -> ClaimOutcome
    /// Makes sure that no other process can have taken a session that this one holds, before something is done outside:
    /// a process that slept, or whose store did not answer, has perhaps said for longer than a lease nothing. Costs nothing
    /// where it has.
    ///
    /// - Returns: until when no other process can take it; nil where none ever can.
    /// - Throws: when the session is held here no more, or the store cannot be read or written to.
    @discardableResult
    func confirm(_ session: ID) async throws(StoreError) -> ContinuousClock.Instant?
    /// Whether a process had died while it held a session which this process took after that; false for one that was given
    /// back before, as while it waits for a person.
    func hasOutlivedHolder(of session: ID) async -> Bool
    /// Takes sessions that should run and that no process runs, oldest first; of automations that came by the
    /// API, and of those that came from files the ones in `files`; with `only`, of automations of these names.
    ///
    /// - Throws: when the store cannot be read or written to.
    func next(_ count: Int, except: Set<ID>, files: Set<ID>, only: Set<String>?)
        async throws(StoreError) -> DueSessions
    /// Tells when there may be sessions to take, sooner than one would find by looking; nil for a store that tells
    /// nothing. It may keep silent, so whoever waits for it looks now and then all the same.
    var work: AsyncStream<Void>? { get }
    /// How many wait for a process to run them; of automations as `next` takes them.
    ///
    /// - Throws: when the store cannot be read.
    func queueLength(files: Set<ID>) async throws(StoreError) -> Int
    /// Whether no process runs a session; false for one that is not there.
    ///
    /// - Throws: when the store cannot be read.
    func isFree(_ session: ID) async throws(StoreError) -> Bool
    /// Comes back when a held session is lost or to be cancelled; nil when the waiting task is cancelled.
    func interruption(of session: ID) async -> Interruption?
    /// Gives back a session that waits for a person until then (nanoseconds since 1970, nil for ever); false
    /// when an answer has come meanwhile, so that it goes on at once.
    ///
    /// - Throws: when the store cannot be read or written to.
    func park(_ session: ID, until: Int64?) async throws(StoreError) -> Bool
    /// Gives a session back as it is, to whoever takes it. This process does not run it any more, also where that throws.
    ///
    /// - Throws: when the store cannot be read or written to.
    func release(_ session: ID) async throws(StoreError)
    /// Ends a session that nobody runs, with its open steps, or asks the process that runs it to stop.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: when the store cannot be read or written to.
    func cancel(_ session: ID, now: Int64) async throws(StoreError) -> CancelOutcome
    /// Gives back all that this process holds; its runs see their sessions as lost, and write nothing more.
    func leave() async
}

extension Leases {
    package var work: AsyncStream<Void>? { nil }

    /// Takes sessions of automations of all names.
    package func next(_ count: Int, except: Set<ID>, files: Set<ID>) async throws(StoreError) -> DueSessions {
        try await next(count, except: except, files: files, only: nil)
    }
}

/// Why a run no longer has the session that it holds.
package enum Interruption: Sendable, Hashable {
    /// Another process has taken the session over: this one writes no more.
    case lost
    /// Somebody wants the session cancelled.
    case cancelled
}

/// What came of asking for a session.
package enum ClaimOutcome: Sendable, Hashable {
    /// This process holds it from now on.
    case taken
    /// Another process runs it, or this one has taken it already.
    case held
    /// It has ended, or has been ended just now: its cancellation was asked for, or its processes died too
    /// often.
    case ended
}

/// The sessions that a process has looked for to run them.
package struct DueSessions: Sendable, Hashable {
    /// Those that it holds from now on.
    package var taken: [ID] = []
    /// Those that have been ended instead: cancelled, or because their processes died too often.
    package var ended: [ID] = []
    /// Whether sessions may be left that wait until others of their batch have ended.
    package var othersWait = false

    package init() {}
}

/// What came of asking for a cancellation.
package enum CancelOutcome: Sendable, Hashable {
    /// The session has ended already, or has been ended now.
    case ended
    /// The process that runs it has been asked to stop.
    case requested
}
