import ArgumentParser
import AutoChecker
import AutoRuntime
import AutoSteps
import AutoStore
import AutoSyntax
import Foundation
import Values

extension Status: ExpressibleByArgument {}

func findSession(_ id: String, _ store: any Journal) async throws -> StoredSession {
    try await reaching { () async throws(StoreError) in
        guard !id.isEmpty, let found = try await store.session(beginning: id) else {
            throw StoreError("there is no session `\(id)`: `autorun sessions` lists them")
        }
        return found
    }
}

struct StoreOption: ParsableArguments {
    @Option(help: "The file that records are kept in.", completion: .file())
    var store: String?
}

struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Lists sessions, newest first.")

    @OptionGroup var place: StoreOption

    @Option(help: "Only those that are NEW, RUNNING, FINISHED or FAILED.")
    var status: Status?

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
    }

    private var span: Double? { since.flatMap(secondsOf) }

    func run() async throws {
        let host = Host()
        let store = try await host.store(place.store, for: .reading)
        let from = span.map { Int64(Double(host.clock.now()) / 1e9 - $0) }
        let found = try await reaching { () async throws(StoreError) in
            try await store.outlines(
                SessionQuery(status: status, since: from, limit: limit), withInputs: false)
        }
        if json {
            print(JSON.pretty(.list(found.map(summary))))
            return
        }
        if found.isEmpty { printError("no sessions yet: autorun run FILE makes one") }
        for session in found {
            let status = session.status.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
            let time = timeText(session.createdAt).asText ?? ""
            print(
                "\(session.id.text)  \(status) \(time)  \(safe(session.automationName)) (\(session.stepsCount) steps)"
            )
            if let error = session.error { print("    " + safe(error)) }
        }
    }

    private func summary(_ session: SessionOutline) -> Value {
        .record([
            ("id", .string(session.id.text)),
            ("automation_id", .string(session.automationID.text)),
            ("automation", .string(session.automationName)),
            ("status", .string(session.status.rawValue)),
            ("error", session.error.map(Value.string) ?? .null),
            ("created_at", timeText(session.createdAt)),
            ("updated_at", timeText(session.updatedAt)),
            ("steps_count", .int(Int64(session.stepsCount))),
        ])
    }
}

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one session.")

    @Argument(help: "The session's id, or its beginning.")
    var session: String

    @OptionGroup var place: StoreOption

    @Flag(help: "Print the session record as JSON.")
    var json = false

    func run() async throws {
        let store = try await Host().store(place.store, for: .reading)
        let found = try await findSession(session, store)
        let record = found.record
        if json {
            print(JSON.pretty(record.json))
            return
        }
        print("\(safe(found.automation.name))  \(record.header.status.rawValue)")
        print("id       \(record.header.id.text)")
        print("began    \(timeText(record.header.createdAt).asText ?? "")")
        print("inputs   \(safe(JSON.text(record.header.inputs)))")
        if let error = record.header.error { print("error    \(safe(error))") }
        for step in record.steps {
            let info = record.stepInfos[step.stepIndex]
            print(
                "\n\(step.status.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)) \(info.name)  \(info.type.rawValue)"
            )
            let text = step.error ?? step.result.map(resultText) ?? ""
            for line in safe(text).split(separator: "\n").prefix(12) { print("    " + line.prefix(200)) }
        }
    }
}
