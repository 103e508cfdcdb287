import ArgumentParser
import AutoChecker
import AutoRuntime
import AutoSteps
import AutoStore
import Values

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Starts a new session that goes on from where a FAILED one failed.",
        usage: "autorun retry <session> [<options>]",
        discussion: """
            What finished is taken over, elements of `each` included; what failed or was cancelled at the \
            end runs anew, with the same Idempotency-Keys. The session that failed stays as it is.

              autorun retry 7f3c9a
            """)

    @Argument(help: "The session's id, or the end of it.")
    var session: String

    @OptionGroup var options: RunOptions

    func run() async throws {
        let host = Host(allowedHosts: try parsedHosts(options.allowedHosts))
        let store = try await host.store(options.store, for: .work(options.durability))
        let stored = try await findSession(session, store)
        let header = stored.record.header
        guard header.status == .failed else {
            let next = NextCommands(session: await store.knownID(of: header.id), options: options)
            let mend =
                if header.status == .finished {
                    next.afterEnd(stored.record, nil)
                } else if stored.record.waiting.isEmpty {
                    "go on with it by \(next.resume)"
                } else {
                    "it waits for an answer, look at the question by \(next.show)"
                }
            throw CommandError(
                "the session \(next.session) has not FAILED, it is \(header.status.rawValue): \(mend)",
                code: Exit.usage)
        }
        let loaded = try await load(stored.automation, from: store)
        let runner = SessionRunner(host: host, loaded: loaded, options: options, answersTerminal: true)
        try await runner.start(
            inputs: header.inputs, secrets: host.secrets(loaded.plan.automation.secrets),
            taking: try await store.takenOver(
                stored.record.recordsToRetry(
                    loaded.plan.automation, now: host.clock.now() / 1_000_000_000), from: stored.record,
                now: host.clock.now()))
    }
}
