import ArgumentParser
import AutoChecker
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import AutoSyntax
import CommandEnd
import Foundation
import Values

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Goes on with sessions after a crash, a reboot or an answer.",
        usage: "autorun resume [<sessions> ...] [<options>]",
        discussion: """
            What has finished is not run again; a step that was under way runs once more, with the same \
            Idempotency-Key. A session goes on in the version of the file with which it began.

              autorun resume 7f3c9a
              autorun resume --all
              autorun resume 7f3c9a --upgrade     in the file's version of now
            """)

    @Argument(help: "The sessions' ids, or the ends of them.")
    var sessions: [String] = []

    @Flag(help: "Every session that has not ended and that no process runs.")
    var all = false

    @Flag(help: "Move over to the file's version of now, if every finished step is still there.")
    var upgrade = false

    @OptionGroup var options: RunOptions

    func validate() throws {
        guard all != !sessions.isEmpty else {
            throw ValidationError("name the sessions to go on with, or say --all")
        }
    }

    func run() async throws {
        let host = Host(allowedHosts: try parsedHosts(options.allowedHosts))
        let store = try await host.store(options.store, for: .work(options.durability))
        let going = GoingOn(host: host, store: store, options: options)
        if sessions.count == 1, !all {
            let named = try await outermost(try await findSession(sessions[0], store), store)
            let stored = try await moved(named, store, host)
            try await options.checkAnswers(to: stored, store)
            try await going.hold(stored)
            let loaded = try await load(stored.automation, from: store)
            let runner = SessionRunner(host: host, loaded: loaded, options: options, answersTerminal: true)
            try await runner.resume(
                stored, store: store, secrets: host.secrets(loaded.plan.automation.secrets))
            return
        }
        var found: [StoredSession] = []
        if all {
            found = try await open(store)
        } else {
            for session in sessions {
                let named = try await outermost(try await findSession(session, store), store)
                let isKnown = found.contains { $0.record.header.id == named.record.header.id }
                if !isKnown { found.append(named) }
            }
        }
        if found.isEmpty { say("no session is interrupted") }
        var codes: Set<Int32> = []
        for session in found {
            codes.insert(await going.on(with: session) { try await moved(session, store, host) })
        }
        if let gravest = Exit.gravest(of: codes) { throw CommandExit(code: gravest) }
    }

    /// The sessions that have not ended, oldest first.
    private func open(_ store: any Store) async throws -> [StoredSession] {
        try await reaching { () async throws(StoreError) in
            var found: [StoredSession] = []
            for status in [Status.new, .running] {
                let query = SessionQuery(status: status, limit: 1_000_000)
                for outline in try await store.outlines(query, withInputs: false) {
                    guard try await store.isFree(outline.id),
                        let stored = try await store.session(outline.id, of: nil)
                    else { continue }
                    // One that another has called goes on within that.
                    guard try await store.openCaller(of: stored) == nil else { continue }
                    found.append(stored)
                }
            }
            return found.sorted { $0.record.header.id.text < $1.record.header.id.text }
        }
    }

    private func moved(_ stored: StoredSession, _ store: any Store, _ host: Host) async throws
        -> StoredSession
    {
        guard upgrade else { return stored }
        let loaded = try load(stored.automation.path, host.workers)
        let steps = loaded.plan.automation.steps
        var indices: [Int: Int] = [:]
        for record in stored.record.steps {
            let info = stored.record.stepInfos[record.stepIndex]
            guard let step = steps.first(where: { $0.name == info.name }) else {
                throw CommandError(
                    "the session cannot move over: its step `\(info.name)` is not in \(stored.automation.path) any more",
                    code: Exit.usage)
            }
            guard step.type == info.type else {
                throw CommandError(
                    "the session cannot move over: `\(info.name)` was \(info.type.rawValue) and is \(step.type.rawValue) now",
                    code: Exit.usage)
            }
            indices[record.stepIndex] = step.index
        }
        return try await reaching { () async throws(StoreError) in
            let id = stored.record.header.id
            let now = StoredAutomation(
                loaded.plan.automation, id: stored.automation.id, path: stored.automation.path,
                stepInfos: loaded.stored.stepInfos)
            try await store.upgrade(id, to: now, indices: indices)
            try await store.note(.upgraded, in: id, now: host.clock.now())
            return try await store.session(id, of: nil) ?? stored
        }
    }
}

struct RerunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun", abstract: "Starts a new session that begins with the records of another.",
        usage: "autorun rerun <session> [<options>]",
        discussion: """
            What was recorded before the visit is taken over; from the visit on everything runs anew. A step \
            that ran several times, in a loop or by `each`, has a record for each time.

              autorun rerun 7f3c9a --from draft        from the first time that draft ran
              autorun rerun 7f3c9a --from draft#20     from the 20th time
              autorun rerun 7f3c9a --record 5e04f2     from this step record
            """)

    @Argument(help: "The session's id, or the end of it.")
    var session: String

    @Option(
        help: ArgumentHelp(
            "The step to run again first, and which time it ran: the first unless a number says another one.",
            valueName: "STEP|STEP#NUMBER"))
    var from: String?

    @Option(
        help: ArgumentHelp(
            "The step record to run again first, by its id or by the id's beginning or end.",
            valueName: "RECORD-ID"))
    var record: String?

    @OptionGroup var options: RunOptions

    func validate() throws {
        guard from == nil || record == nil else {
            throw ValidationError(
                "--from and --record both say where to begin: give only one of them, since neither counts more"
            )
        }
        guard from != nil || record != nil else {
            throw ValidationError("say where to begin: --from STEP, --from STEP#2 or --record ID")
        }
    }

    func run() async throws {
        let host = Host(allowedHosts: try parsedHosts(options.allowedHosts))
        let store = try await host.store(options.store, for: .work(options.durability))
        let stored = try await findSession(session, store)
        let loaded = try await load(stored.automation, from: store)
        let taken: [StepRecord]
        do throws(VisitProblem) {
            taken = try stored.record.recordsToRerun(
                from: try visit(in: stored.record), of: loaded.plan.automation,
                now: host.clock.now() / 1_000_000_000)
        } catch {
            throw CommandError(error.message, code: Exit.usage)
        }
        let runner = SessionRunner(host: host, loaded: loaded, options: options, answersTerminal: true)
        try await runner.start(
            inputs: stored.record.header.inputs,
            secrets: host.secrets(loaded.plan.automation.secrets),
            taking: try await store.takenOver(taken, from: stored.record, now: host.clock.now()))
    }

    private func visit(in session: SessionRecord) throws(VisitProblem) -> VisitName {
        if let record { return .record(try session.step(identifiedBy: record).id) }
        return try VisitName(text: from ?? "")
    }
}

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the store as it is at one moment, while it is used.")

    @Argument(help: "Where the copy goes.", completion: .file())
    var file: String

    @OptionGroup var place: StoreOption

    func run() async throws {
        guard !FileManager.default.fileExists(atPath: file) else {
            throw CommandError(
                "\(file) is there already: name another file, or delete it first", code: Exit.usage)
        }
        let host = Host()
        let store = try await host.store(place.store, for: .reading)
        // A copy of what is damaged would be found to be so when it is needed.
        let report = try await reaching { () async throws(StoreError) in try await store.examine() }
        guard report.isThere else {
            throw CommandError(
                "there is no store at \(host.storePath(place.store)) yet: there is nothing to copy",
                code: Exit.unreachable)
        }
        guard report.problems.isEmpty else {
            throw CommandError(
                "the store \(host.storePath(place.store)) is damaged: it was not copied; `autorun doctor` says what is wrong",
                code: Exit.unreachable)
        }
        try await reaching { () async throws(StoreError) in try await store.copy(to: file) }
        print("copied to \(file); use it by --store \(file)")
    }
}

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Reads the whole store, and says what is wrong and what to do.")

    @OptionGroup var place: StoreOption

    func run() async throws {
        let host = Host()
        let store = try await host.store(place.store, for: .reading)
        let report = try await reaching { () async throws(StoreError) in try await store.examine() }
        let path = shownPlace(host.storePath(place.store))
        guard report.isThere else {
            print("there is no store at \(path) yet; the first run makes it")
            return
        }
        let batches = report.batches == 0 ? "" : ", \(counted(report.batches, "batch", "batches"))"
        print(
            "\(path): \(counted(report.sessions, "session")), \(counted(report.steps, "step record"))\(batches)"
        )
        for one in report.resting {
            let (batch, served) = (one.standing.batch, one.path.isEmpty ? "" : " \(shellWord(one.path))")
            let left = "\(one.resting) of \(counted(batch.count, "session"))"
            print(
                "interrupted: batch \(batch.id.text) of \(safe(one.standing.automationName)), \(left)  go on by: autorun serve\(served)\(writtenStore(place.store))"
            )
        }
        for id in report.interrupted {
            let next = NextCommands(session: id.text, store: place.store)
            print("interrupted: \(id.text)  go on by: \(next.resume)")
        }
        guard report.problems.isEmpty else {
            for problem in report.problems { print("damaged: " + safe(problem)) }
            print(report.mend)
            throw CommandExit(code: Exit.failed)
        }
        print("sound")
    }
}

/// `30m`, `2h`, `7d` in seconds.
func secondsOf(_ text: String) -> Double? {
    if text.hasSuffix("d"), let days = Double(text.dropLast()) { return days * 86_400 }
    return Duration(text: text)?.inSeconds
}
