import Synchronization
package import Values

/// Where records, automations and tokens are kept: what happened, who runs what, what is known, who is let
/// in.
///
/// Each of the four is a protocol of its own, and whoever needs one of them only asks for that. One suite of
/// tests holds every store to the same behaviour. Nothing above knows how a store keeps what it is given.
package typealias Store = Journal & Leases & Catalogue & Tokens

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

/// What `submit` promises: told once, when the changes are on disk or could not be written.
package final class Receipt: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<StoreError?, Never>)
        case settled(StoreError?)
    }

    private let state = Mutex<State>(.open)

    package init() {}

    /// Says how it came out, once: nil where the changes are on disk, else why they could not be written.
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

    /// Comes back when the changes are on disk. One task at a time may wait for a receipt.
    ///
    /// - Throws: why they could not be written: the disk is full or fails, the session is gone, another process has taken
    ///   it over, or a question in it has been answered or ended otherwise meanwhile.
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
