import ArgumentParser
import AutoChecker
import AutoConfig
import AutoRuntime
import AutoSteps
import AutoStore
import AutoSyntax
import CommandEnd
import Diagnostics
import Foundation
import StepKinds
import Values

extension Status {
    /// A status as a person types it.
    ///
    /// - Throws: what can be written instead.
    fileprivate init(typed word: String) throws(ValidationError) {
        if let status = Status(rawValue: word.uppercased()) {
            self = status
            return
        }
        guard word.lowercased() != "waiting" else {
            throw ValidationError("those that wait for a person are listed by --waiting")
        }
        let words = inWords(Status.allCases.map(\.rawValue), quoted: "")
        throw ValidationError("expected \(words); --waiting lists those that wait for a person")
    }
}

func findSession(_ id: String, _ store: any Journal) async throws -> StoredSession {
    try await reaching { () async throws(StoreError) in
        guard let found = try await store.session(writtenAs: id) else {
            throw StoreError(
                "there is no session `\(id)`: give the end of an id, 4 letters at least; `autorun sessions` lists them"
            )
        }
        return found
    }
}

/// The session that goes on when a session does: the outermost of those that called it, as far as they have not ended.
func outermost(_ session: StoredSession, _ store: any Journal) async throws -> StoredSession {
    var found = session
    while let caller = try await reaching({ () async throws(StoreError) in
        try await store.openCaller(of: found)
    }) {
        found = caller
    }
    return found
}

extension Journal {
    /// The session that called one and has not ended; nil where there is none.
    func openCaller(of session: StoredSession) async throws(StoreError) -> StoredSession? {
        guard let caller = session.record.header.caller,
            let found = try await self.session(caller, of: nil)
        else { return nil }
        switch found.record.header.status {
        case .new, .running: return found
        case .finished, .failed: return nil
        }
    }
}

struct StoreOption: ParsableArguments {
    static let meaning = ServeOption.store.meaning

    @Option(help: ArgumentHelp(meaning), completion: .file())
    var store: String?
}

struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Lists sessions, newest first.",
        usage: "autorun sessions [<options>]",
        discussion: """
            The first column is the end of the session's id, which every command takes for the whole. Sessions \
            that another one has called stand in what `autorun show` says of that one, and here with --called.

              autorun sessions --waiting             those that wait for a person
              autorun sessions --status FAILED --since 2h
            """)

    @OptionGroup var place: StoreOption

    @Option(
        help: "Only those that are NEW, RUNNING, FINISHED or FAILED.",
        transform: { (word) throws(ValidationError) in try Status(typed: word) })
    var status: Status?

    @Flag(help: "Only those that wait for a person.")
    var waiting = false

    @Flag(help: "Those that other sessions have called, too; --waiting always lists them.")
    var called = false

    @Option(help: "Only those begun within so long, such as 2h or 7d.")
    var since: String?

    @Option(help: "How many at most.")
    var limit = 50

    @Flag(help: "Print them as JSON.")
    var json = false

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is a number from 1") }
        guard since == nil || span != nil else {
            throw ValidationError("--since \(since ?? ""): expected a time such as 30m, 2h or 7d")
        }
        guard !waiting || status == nil || status == .running else {
            throw ValidationError(
                "--waiting with --status \(status?.rawValue ?? ""): a session that waits is RUNNING; give only one of them"
            )
        }
    }

    private var span: Double? { since.flatMap(secondsOf) }

    func run() async throws {
        let host = Host()
        let store = try await host.store(place.store, for: .reading)
        let from = span.map { Int64(Double(host.clock.now()) / 1e9 - $0) }
        var query = SessionQuery(status: status, since: from, limit: limit)
        query.isWaiting = waiting
        query.isOutermost = !called && !waiting
        let (found, ends, asking, callers) = try await reaching { [query] () async throws(StoreError) in
            let found = try await store.outlines(query, withInputs: false)
            var asking: [Asking] = []
            for session in found {
                asking.append(waiting ? try await store.asking(in: session.id) : Asking())
            }
            let callers = Array(Set(asking.flatMap(\.callers).map(\.record.header.id)))
            let ends = Dictionary(
                zip(callers, try await store.shortIDs(of: callers)), uniquingKeysWith: { first, _ in first })
            return (found, try await store.shortIDs(of: found.map(\.id)), asking, ends)
        }
        if json {
            print(JSON.pretty(.list(zip(found, asking).map(summary))))
            return
        }
        if found.isEmpty {
            let isFiltered = waiting || status != nil || since != nil
            let none = waiting ? "nothing waits for a person" : "no such sessions"
            say(isFiltered ? none : "no sessions yet: autorun run FILE makes one")
        }
        let columns = Terminal.columns(.standardOutput)
        for ((session, end), asking) in zip(zip(found, ends), asking) {
            let line = SessionLine(
                session: session, asking: asking.steps,
                callers: asking.callers.map { caller in
                    let id = caller.record.header.id
                    return "\(safe(caller.automation.name)) (\(callers[id] ?? id.text))"
                },
                next: NextCommands(session: end, store: place.store))
            for line in line.lines(columns: columns) { print(line) }
        }
    }

    /// - Parameter asking: what waits, where that was asked for.
    private func summary(_ session: SessionOutline, asking: Asking) -> Value {
        var fields: [(String, Value)] = [
            ("id", .string(session.id.text)),
            ("automation_id", .string(session.automationID.text)),
            ("automation", .string(session.automationName)),
            ("status", .string(session.status.rawValue)),
            ("error", session.error.map(Value.string) ?? .null),
            ("created_at", timeText(session.createdAt)),
            ("updated_at", timeText(session.updatedAt)),
            ("steps_count", .int(Int64(session.stepsCount))),
        ]
        if waiting {
            fields.append(("waiting", .list(asking.steps.map(Value.string))))
            fields.append(("called_by", .list(asking.callers.map(caller))))
        }
        return .record(fields)
    }

    private func caller(_ session: StoredSession) -> Value {
        .record([
            ("id", .string(session.record.header.id.text)),
            ("automation_id", .string(session.automation.id.text)),
            ("automation", .string(session.automation.name)),
        ])
    }
}

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one session.",
        usage: "autorun show <session> [<options>]",
        discussion: """
            Of a session that waits, the questions and the commands that answer them; of one that failed, the \
            command that goes on from there.

              autorun show 7f3c9a
              autorun show 7f3c9a --trace        every try, model call, request and process
              autorun show 7f3c9a --timeline     how long each step took, drawn
              autorun show 7f3c9a --cost         tokens and dollars by step and model
            """)

    @Argument(help: "The session's id, or the end of it.")
    var session: String

    @OptionGroup var place: StoreOption

    @Flag(help: "What happened besides: tries, model calls, requests, processes, an event a line.")
    var trace = false

    @Flag(help: "When each step ran, as bars: tries and waiting are told apart.")
    var timeline = false

    @Flag(help: "What the models cost, by step and model.")
    var cost = false

    @Flag(help: "Print the session record as JSON; with --trace or --cost that.")
    var json = false

    func validate() throws {
        guard [trace, timeline, cost].count(where: { $0 }) < 2 else {
            throw ValidationError(
                "--trace, --timeline and --cost show different things: give only one of them")
        }
        guard !timeline || !json else {
            throw ValidationError(
                "--timeline draws for a person: for a program, --trace --json has its times")
        }
    }

    func run() async throws {
        let host = Host()
        let store = try await host.store(place.store, for: .reading)
        let found = try await findSession(session, store)
        guard !trace, !timeline, !cost else { return try await showTrace(of: found, store, host) }
        if json {
            print(JSON.pretty(found.record.json))
            return
        }
        let next = NextCommands(
            session: await store.knownID(of: found.record.header.id), store: place.store)
        let columns = Terminal.columns(.standardOutput)
        let called = try await reaching { [place] () async throws(StoreError) in
            try await store.calledQuestions(below: found.record) {
                NextCommands(session: $0, store: place.store)
            }
        }
        let calls = try await reaching { () async throws(StoreError) in
            try await store.calls(of: found.record)
        }
        let text = SessionText(
            stored: found, next: next, columns: columns, called: called, calls: calls,
            caller: await callerID(of: found, store))
        print(text.lines.joined(separator: "\n"))
    }

    private func callerID(of found: StoredSession, _ store: any Store) async -> String? {
        guard let caller = found.record.header.caller else { return nil }
        return await store.knownID(of: caller)
    }

    private func showTrace(of found: StoredSession, _ store: any Store, _ host: Host) async throws {
        let record = found.record
        let events = try await reaching { () async throws(StoreError) in
            try await store.trace(of: record.header.id)
        }
        let lines: [String]
        let columns = Terminal.columns(.standardOutput)
        if cost {
            let costs = try await reaching { () async throws(StoreError) in try await store.costs(of: record)
            }
            let text = CostText(
                costs: costs, isUntold: events.isEmpty && record.hasAskedModels,
                hasOpen: !events.openQuestions.isEmpty, columns: columns ?? 80)
            if json { return print(JSON.pretty(text.json)) }
            lines = text.lines
        } else if trace {
            if json { return print(JSON.pretty(.list(events.map(\.json)))) }
            lines =
                events.isEmpty
                ? ["nothing is recorded besides the steps"]
                : TraceText(
                    record: record, trace: events, labels: record.labels(found.plan),
                    columns: columns
                ).lines
        } else {
            lines =
                TimelineText(
                    record: record, trace: events, labels: record.labels(found.plan), plan: found.plan,
                    now: host.clock.now(), columns: columns ?? 80
                ).lines
        }
        print(lines.joined(separator: "\n"))
    }
}

extension SessionRecord {
    /// Whether a step has finished that asks a model.
    fileprivate var hasAskedModels: Bool {
        steps.contains { step in
            guard step.status == .finished else { return false }
            let type = stepInfos[step.stepIndex].type
            return type == .llmCall
                || type == .logicDecision && step.prompt?.asMap?[LogicDecision.question.name] != nil
        }
    }
}
