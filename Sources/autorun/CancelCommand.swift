import ArgumentParser
import AutoRuntime
import AutoSteps
import AutoStore
import CommandEnd
import Diagnostics
import Foundation
import Values

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancels a session: nothing of it runs on.",
        usage: "autorun cancel <session> [<options>]",
        discussion: """
            A session that has ended stays as it is, so that the command can be repeated. What the session has \
            called is cancelled with it. Where another session has called it, the step that did so fails, and \
            that session goes on with its `on_error`, or fails; cancel the outermost to end all.

              autorun cancel 7f3c9a
            """)

    @Argument(help: "The session's id, or the end of it.")
    var session: String

    @OptionGroup var options: RunOptions

    func validate() throws {
        guard !options.events else {
            throw ValidationError("--events shows a session that runs: here --json prints what came of it")
        }
    }

    func run() async throws {
        let host = Host(allowedHosts: try parsedHosts(options.allowedHosts))
        let store = try await host.store(options.store, for: .work(options.durability))
        let id = try await findSession(session, store).record.header.id
        try await cancel(id, store, host)
        let cancelled = try await findSession(id.text, store)
        let record = cancelled.record
        if options.json {
            print(JSON.pretty(record.json))
        } else {
            print(
                "\(await store.knownID(of: id))  \(record.header.status.rawValue)"
                    + (record.header.error.map { "  " + safe($0) } ?? ""))
        }
        if record.header.isCancelled { try await goOn(above: cancelled, store, host) }
    }

    private func cancel(_ id: ID, _ store: any Store, _ host: Host) async throws {
        try await reaching { () async throws(StoreError) in
            try await store.note(.cancelled(by: SessionRunner.canceller), in: id, now: host.clock.now())
            var outcome = try await store.cancel(id, now: host.clock.now() / 1_000_000_000)
            // The process that runs it looks several times a second.
            for _ in 0..<100 where outcome == .requested {
                try? await Task.sleep(for: .milliseconds(50))
                let status = try await store.session(id, of: nil)?.record.header.status
                if status == .finished || status == .failed { outcome = .ended }
            }
            guard outcome == .ended else {
                throw StoreError(
                    "the process that runs the session \(await store.knownID(of: id)) does not answer; it will be cancelled when it does"
                )
            }
        }
    }

    /// Lets the session go on that has called the cancelled one, unless another process runs it: nobody else would.
    private func goOn(above cancelled: StoredSession, _ store: any Store, _ host: Host) async throws {
        let caller = try await outermost(cancelled, store)
        let id = caller.record.header.id
        guard id != cancelled.record.header.id,
            try await reaching({ () async throws(StoreError) in try await store.isFree(id) })
        else { return }
        // How it ends is its own affair: what was asked for has been done.
        _ = await GoingOn(host: host, store: store, options: options).on(with: caller, isTold: !options.json)
    }
}
