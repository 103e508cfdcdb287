import AutoChecker
import AutoRuntime
import AutoStore
import CommandEnd
import Values

extension RunOptions {
    /// Refuses an answer that no step of a session takes, before anything is recorded of it.
    func checkAnswers(to session: StoredSession, _ store: any Store) async throws {
        guard !answers.isEmpty, !session.record.header.status.isEnd else { return }
        _ = try givenAnswers(to: try await load(session.automation, from: store).plan.automation)
    }
}

/// Goes on with sessions that have not ended, in the process of a command.
struct GoingOn {
    let host: Host
    let store: any Store
    let options: RunOptions

    /// Goes on with one of several, and says in a line how it ended; with `--json`, by its record in one line.
    ///
    /// - Parameters:
    ///   - isTold: false where only what keeps it from going on is said.
    ///   - moved: the session as it goes on, where it is moved to another version before.
    /// - Returns: the exit code of a command that had to do with it alone.
    func on(
        with session: StoredSession, isTold: Bool = true, _ moved: (() async throws -> StoredSession)? = nil
    ) async -> Int32 {
        let id = await store.knownID(of: session.record.header.id)
        do {
            let stored = try await moved?() ?? session
            try await hold(stored)
            let loaded = try await load(stored.automation, from: store)
            let runner = SessionRunner(host: host, loaded: loaded, options: options, answersTerminal: false)
            let (end, record) = try await runner.goOn(
                stored, store: store, secrets: host.secrets(loaded.plan.automation.secrets))
            let show = NextCommands(session: id, options: options).show
            let words = end == .waiting ? "waits for an answer: \(show)" : record.header.status.rawValue
            if isTold, options.json {
                print(JSON.text(record.json))
            } else if isTold {
                print("\(id)  \(words)" + (record.header.error.map { "  " + safe($0) } ?? ""))
            }
            switch end {
            case .finished: return 0
            case .failed: return record.header.isCancelled ? Exit.interrupted : Exit.failed
            case .waiting, .answered, .givenBack: return Exit.waiting
            }
        } catch let error as CommandError {
            say("\(id)  \(error.message)")
            return error.code
        } catch {
            say("\(id)  \((error as? StoreError)?.message ?? "it cannot be resumed")")
            return Exit.unreachable
        }
    }

    /// Takes a session for this process, or says why it cannot be gone on with.
    func hold(_ stored: StoredSession) async throws {
        let id = stored.record.header.id
        let next = NextCommands(session: await store.knownID(of: id), options: options)
        if stored.record.header.status.isEnd {
            throw CommandError(words(ofEnded: stored, next), code: Exit.usage)
        }
        try await reaching { () async throws(StoreError) in
            switch try await store.claim(id) {
            case .taken: return
            case .held:
                throw StoreError(
                    "another process runs the session \(next.session) just now: look at it by \(next.show), stop it by \(next.cancel)"
                )
            case .ended:
                let now = try await store.session(id, of: nil)
                throw StoreError(
                    now.map { words(ofEnded: $0, next) } ?? "the session \(next.session) has been deleted")
            }
        }
    }

    private func words(ofEnded stored: StoredSession, _ next: NextCommands) -> String {
        let header = stored.record.header
        let how = header.status.rawValue + (header.error.map { ": " + safe($0) } ?? "")
        return "the session \(next.session) has ended (\(how)); \(next.afterEnd(stored.record, stored.plan))"
    }
}
