package import CEL
import Synchronization

/// A change of a record, in the order in which it happened.
package enum RecordChange: Sendable {
    case session(SessionHeader)
    /// A step record and its place in the session's list, from 0.
    case step(session: ID, ordinal: Int, StepRecord)
}

/// Why the store cannot do what is asked, in a sentence that says what to do.
package struct StoreError: Error, Sendable {
    package let message: String
    /// The same for somebody elsewhere, whom paths of this machine do not concern.
    package let publicMessage: String
    /// The answer that somebody else has recorded to a question which was to be ended just now; it stays.
    package var answer: Value?

    package init(_ message: String, publicly publicMessage: String? = nil) {
        self.message = message
        self.publicMessage = publicMessage ?? message
    }
}

extension StoreError {
    /// A question that was to be ended has been answered already.
    package static func answered(with answer: Value, in session: ID) -> StoreError {
        var error = StoreError(
            "somebody else has answered the question meanwhile: go on with that by autorun resume \(session.text)",
            publicly: "somebody else has answered the question meanwhile")
        error.answer = answer
        return error
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
    /// Another process runs it.
    case held
    /// It has ended, or has been ended just now: its cancellation was asked for, or its processes died too often.
    case ended
}

/// Where records are kept.
///
/// One process at a time runs a session: it holds it from `begin` or `claim` on, and gives it back by `park`, or by the
/// commit that ends the session. Another may take it over when its holder is gone.
package protocol Store: Sendable {
    /// Records a new session; held by this process, or left for whoever claims it.
    func begin(_ session: SessionHeader, of automation: StoredAutomation, held: Bool) async throws(StoreError)
    /// Hands changes over for writing, behind all that were handed over before. `onDisk` is called once they are there, in the
    /// order of the handing over. Gives a receipt to wait for, nil when they are written already.
    func submit(_ changes: [RecordChange], onDisk: @escaping @Sendable () -> Void) throws(StoreError)
        -> Receipt?
    /// Takes a session that has not ended, and that no other process runs.
    func claim(_ session: ID) async throws(StoreError) -> ClaimOutcome
    /// Comes back when a held session is lost or to be cancelled; nil when the waiting task is cancelled.
    func interruption(of session: ID) async -> Interruption?
    /// Gives back a session that waits for a person until then (nanoseconds since 1970, nil for ever); false when an answer has
    /// come meanwhile, so that it goes on at once.
    func park(_ session: ID, until: Int64?) async throws(StoreError) -> Bool
    func cached(_ key: String) throws(StoreError) -> Value?
    func cache(_ value: Value, for key: String) throws(StoreError)
}

extension Store {
    /// Comes back when the changes are on disk.
    package func commit(_ changes: [RecordChange]) async throws(StoreError) {
        try await submit(changes, onDisk: {})?.written()
    }
}

/// What `submit` promises: told once, when the changes are on disk or could not be written.
package final class Receipt: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<StoreError?, Never>)
        case settled(StoreError?)
    }

    private let state = Mutex<State>(.open)

    package init() {}

    package func settle(_ failure: StoreError?) {
        let waiting = state.withLock { state -> CheckedContinuation<StoreError?, Never>? in
            defer { state = .settled(failure) }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: failure)
    }

    /// How it came out, if it has; a failure within.
    package var outcome: Result<Void, StoreError>? {
        state.withLock { state in
            switch state {
            case .open, .awaited: nil
            case .settled(let failure): failure.map(Result.failure) ?? .success(())
            }
        }
    }

    package func written() async throws(StoreError) {
        let failure = await withCheckedContinuation { continuation in
            let settled = state.withLock { state -> StoreError?? in
                if case .settled(let failure) = state { return .some(failure) }
                state = .awaited(continuation)
                return nil
            }
            if let settled { continuation.resume(returning: settled) }
        }
        if let failure { throw failure }
    }
}

/// The version of an automation that a session runs.
package struct StoredAutomation: Sendable {
    package let id: ID
    package let name: String
    /// Where it was read from; empty when not from a file.
    package let path: String
    package let text: String
    package let stepInfos: [StepInfo]
    /// The same for the same text of the same automation.
    package let versionID: ID

    package init(id: ID, name: String, path: String, text: String, stepInfos: [StepInfo]) {
        self.id = id
        self.name = name
        self.path = path
        self.text = text
        self.stepInfos = stepInfos
        versionID = ID(name: id.text + "/" + text)
    }
}
