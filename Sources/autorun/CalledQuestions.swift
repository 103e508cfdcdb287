import AutoRuntime
import AutoStore
import Diagnostics
import TerminalUI

/// The questions of a session that another has called, which waits as long as this one does.
struct CalledQuestions {
    let stored: StoredSession
    /// The commands that go on with the called session: its questions are answered there.
    let next: NextCommands

    /// - Parameter columns: how wide the terminal is; nil where there is none. Commands are never broken.
    func lines(columns: Int?) -> [String] {
        let head = "\(safe(stored.automation.name)), called as the session \(next.session), asks:"
        let questions = WaitingQuestions(record: stored.record, plan: stored.plan, next: next)
        return wrapped(head, columns: columns ?? .max) + questions.lines(columns: columns)
    }
}

extension Journal {
    /// The questions below a session: those of the sessions that it has called, and that they have called.
    ///
    /// - Parameter next: the commands for a session, by the end of its id.
    func calledQuestions(below session: SessionRecord, _ next: (String) -> NextCommands)
        async throws(StoreError) -> [CalledQuestions]
    {
        guard session.header.status == .running else { return [] }
        var found: [CalledQuestions] = []
        for stored in try await asking(below: session.header.id, most: 20) {
            let id = await knownID(of: stored.record.header.id)
            found.append(CalledQuestions(stored: stored, next: next(id)))
        }
        return found
    }
}
