import AutoChecker
import AutoSyntax
import StepKinds
import Values

/// The try with which a step begins, or goes on where earlier runs have tried it.
struct NextTry: Sendable {
    /// Of a step that has not been tried.
    static let first = NextTry(attempt: 1)

    /// Which one it is, from 1.
    let attempt: Int
    /// When it begins, in nanoseconds since 1970; nil for one that no pause comes before.
    var begins: Int64?
    /// Nanoseconds from the end of the try before to its begin.
    var delay: Int64 = 0

    /// Nanoseconds until it begins: never more than the whole delay, however a clock was set meanwhile.
    func pause(now: Int64) -> Int64 {
        guard let begins else { return 0 }
        return max(0, min(delay, begins - now))
    }
}

extension [TraceEvent] {
    /// The try with which a record goes on that was RUNNING when its process ended.
    ///
    /// What a try gave whose end is told, and which was the last one, is lost where the record does not hold it: that one is
    /// done again.
    fileprivate func nextTry(of record: ID) -> NextTry {
        for event in reversed() where event.record == record {
            guard case .attempt(let end) = event.happening, let attempt = event.attempt, attempt > 0,
                attempt < Int.max
            else { continue }
            guard let delay = end.delay else { return NextTry(attempt: attempt) }
            return NextTry(attempt: attempt + 1, begins: event.at + delay, delay: delay)
        }
        return .first
    }
}

extension Run {
    /// With which try a step goes on: a crash, or an answer, gives it no more of them.
    func nextTry(_ step: CheckedStep, _ opened: OpenRecord) async throws(RunStop) -> NextTry {
        // What a person takes is no try.
        guard step.type != .getUserInput, let earlier = opened.earlier, earlier.status == .running else {
            return .first
        }
        let trace = try await stored { () async throws(StoreError) in
            try await keptTrace.events(request.sessionID, interpreter.store)
        }
        return trace.nextTry(of: earlier.id)
    }

    /// Waits for what is left of the pause before a try.
    func pause(before next: NextTry) async throws(StepFailure) {
        let pause = next.pause(now: interpreter.clock.now())
        guard pause > 0 else { return }
        do throws(CancellationError) { try await interpreter.clock.sleep(nanoseconds: pause) } catch {
            throw .cancelled
        }
    }
}
