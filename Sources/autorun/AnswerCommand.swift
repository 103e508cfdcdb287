import ArgumentParser
import AutoChecker
import AutoRuntime
import AutoSteps
import AutoStore
import CommandEnd
import Foundation
import StepKinds
import Values

struct AnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Answers a waiting GET_USER_INPUT step and goes on with its session.",
        usage: "autorun answer <session> <value> [<options>]",
        discussion: """
            An answer belongs to one question: it never answers a later visit of the step, or another \
            element. Where several wait, --step says which; without it the command lists them.

              autorun answer 7f3c9a yes
              autorun answer 7f3c9a yes --step approve
              autorun answer 7f3c9a yes --step 5e04f2
              autorun answer 7f3c9a -- --later       an answer that looks like an option
            """)

    @Argument(help: "The session's id, or the end of it.")
    var session: String

    @Argument(help: "The answer: text, or JSON where the step's result is a number, a list or a record.")
    var value: String

    @Option(
        help: ArgumentHelp(
            "Which question, when several wait: the step's name where it waits once, or the id of the step record, or the id's beginning or end.",
            valueName: "NAME|RECORD-ID"))
    var step: String?

    @OptionGroup var options: RunOptions

    func run() async throws {
        let host = Host(allowedHosts: try parsedHosts(options.allowedHosts))
        let store = try await host.store(options.store, for: .work(options.durability))
        let stored = try await findSession(session, store)
        let id = stored.record.header.id
        let loaded = try await load(stored.automation, from: store)
        let called = try await reaching { [options] () async throws(StoreError) in
            try await store.calledQuestions(below: stored.record) {
                NextCommands(session: $0, options: options)
            }
        }
        let waiting = try addressee(
            stored, loaded, NextCommands(session: await store.knownID(of: id), options: options), called)
        let step = loaded.plan.automation.steps[waiting.stepIndex]
        let now = host.clock.now()
        if let late = lateness(step, waiting, now: now) {
            let next = NextCommands(session: await store.knownID(of: id), options: options)
            throw CommandError("\(late); go on by \(next.resume)", code: Exit.failed)
        }
        let answer: Value
        do throws(Misfit) { answer = try fitted(.string(value), step, waiting) } catch {
            throw CommandError("the answer to `\(step.name)` does not fit: \(error.text)", code: Exit.usage)
        }
        try await options.checkAnswers(to: try await outermost(stored, store), store)
        let secrets = try host.secrets(loaded.plan.automation.secrets)
        do throws(StoreError) {
            // First of all the answer is on disk, so that it is kept whoever goes on with the session.
            let outcome = try await store.answer(
                id, step: waiting.id,
                with: Masker(secrets: secrets, modelKeys: host.modelKeys([loaded.folder])).mask(answer),
                key: nil,
                now: now / 1_000_000_000)
            guard outcome == .recorded else {
                throw StoreError(
                    "`\(step.name)` does not wait any more: somebody else has answered it, or its time is over"
                )
            }
        } catch {
            throw CommandError(error.message, code: Exit.unreachable)
        }
        try await goOn(try await outermost(stored, store), store, host)
    }

    private func addressee(
        _ stored: StoredSession, _ loaded: LoadedAutomation, _ next: NextCommands, _ called: [CalledQuestions]
    ) throws -> StepRecord {
        let record = stored.record
        let questions = WaitingQuestions(record: record, plan: loaded.plan, next: next)
        let listed = questions.lines(columns: Terminal.columns(.standardError)).map { "\n" + $0 }.joined()
        switch record.addressee(step, takesParts: true) {
        case .one(let waiting): return waiting
        case .several:
            throw CommandError("several questions wait: say which by --step" + listed, code: Exit.usage)
        case .nobody:
            if record.waiting.isEmpty, !called.isEmpty {
                let columns = Terminal.columns(.standardError)
                let listed = called.flatMap { $0.lines(columns: columns) }.map { "\n" + $0 }.joined()
                throw CommandError(
                    "the session \(next.session) waits for one that it has called, which is answered itself"
                        + listed,
                    code: Exit.usage)
            }
            guard let step, !record.waiting.isEmpty else {
                throw CommandError(
                    "no step of the session \(next.session) waits for an answer; it is \(record.header.status.rawValue)",
                    code: Exit.usage)
            }
            throw CommandError(
                "`\(step)` does not wait for an answer, or not any more; what waits:" + listed,
                code: Exit.usage)
        }
    }

    /// Goes on with the session, unless another process does.
    private func goOn(_ session: StoredSession, _ store: any Store, _ host: Host) async throws {
        let id = session.record.header.id
        let loaded = try await load(session.automation, from: store)
        let secrets = try host.secrets(loaded.plan.automation.secrets)
        let outcome = try await reaching { () async throws(StoreError) in try await store.claim(id) }
        // As it is now: others may have answered other questions meanwhile.
        let stored = try await findSession(id.text, store)
        let next = NextCommands(session: await store.knownID(of: id), options: options)
        switch outcome {
        case .taken:
            let runner = SessionRunner(host: host, loaded: loaded, options: options, answersTerminal: true)
            try await runner.resume(stored, store: store, secrets: secrets)
        case .held:
            if options.json { print(JSON.pretty(stored.record.json)) }
            printError(
                "the answer is recorded: the process that runs the session \(next.session) goes on with it; look at it by \(next.show)"
            )
        case .ended:
            if options.json { print(JSON.pretty(stored.record.json)) }
            printError(
                "the answer is recorded; the session \(next.session) has ended: \(stored.record.header.status.rawValue); look at it by \(next.show)"
            )
        }
    }
}
