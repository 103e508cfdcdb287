import ArgumentParser
import AutoChecker
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import CommandEnd
import Foundation
import TerminalUI
import Values

struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Runs an automation for each row of a table of inputs.",
        usage: "autorun batch <file> <table> [<options>]",
        discussion: """
            The table is CSV or TSV with the names of the inputs in its first line, or JSON or JSON Lines with a \
            record for each row. Every row is checked before the first one runs, and each is a session of its own. \
            Results are printed in the order of the rows.

            Run again with the same table, rows that have ended are not run again: their results are printed. Rows \
            that were interrupted or cancelled, and those that wait for an answer, go on.

              autorun batch triage.auto tickets.csv --at-once 8 > results.jsonl
            """)

    /// How results are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case jsonl
        case csv
    }

    @Argument(help: "The .auto file.", completion: .file(extensions: ["auto"]))
    var file: String

    @Argument(
        help: "The table of inputs: .csv, .tsv, .json or .jsonl.",
        completion: .file(extensions: ["csv", "tsv", "json", "jsonl"]))
    var table: String

    @Option(help: ArgumentHelp("How many rows run at the same time.", valueName: "NUMBER"))
    var atOnce = 4

    @Option(help: "How results are printed: jsonl or csv.")
    var format: Format = .jsonl

    @Option(
        help: ArgumentHelp("What the batch is called; with another name it begins anew.", valueName: "NAME"))
    var name = ""

    @Flag(help: "Run rows that failed once more.")
    var retryFailed = false

    @OptionGroup var options: RunOptions

    func validate() throws {
        guard (1...1_000).contains(atOnce) else {
            throw ValidationError("--at-once \(atOnce): expected a number from 1 to 1000")
        }
        guard !options.json, !options.events else {
            throw ValidationError(
                "--json and --events are of one session: a batch prints a line for each row")
        }
    }

    func run() async throws {
        let host = Host(allowedHosts: try parsedHosts(options.allowedHosts))
        let loaded = try load(file, host.workers)
        let given = try options.givenAnswers(to: loaded.plan.automation)
        let table = try BatchTable(table, loaded.plan.automation.inputs, name: name)
        let secrets = try host.secrets(loaded.plan.automation.secrets)
        let store = try await reaching { () async throws(StoreError) in
            try await openStore(
                host.storePath(options.store), for: .work(options.durability), clock: host.clock)
        }
        let answers = TerminalAnswers(
            given: given, display: nil, notes: host.notes, cancel: {})
        let runner = BatchRunner(
            host: host, loaded: loaded, store: store, secrets: secrets, answers: answers,
            output: options.output, allowsUnboxedPython: options.unsafePython, usesCache: !options.noCache,
            retriesFailed: retryFailed, modelKeys: host.modelKeys([loaded.folder]))
        var printer = BatchPrinter(format: format, count: table.rows.count)
        let stopper = Stopper()
        let interrupts = Interrupts(
            tell: { [notes = host.notes] in
                notes.tell("cancelling the rows that run; run the same command again to go on")
            }, cancel: { stopper.stop() }, quit: { _exit(Exit.interrupted) })
        let (rows, limit) = (table.rows, atOnce)
        let (outcomes, feed) = AsyncStream<BatchOutcome>.makeStream()
        try await interrupts.during {
            let task = Task {
                await runner.run(rows, atOnce: limit) { feed.yield($0) }
                feed.finish()
            }
            stopper.stops { task.cancel() }
            for await outcome in outcomes { printer.add(outcome) }
        }
        await host.client.shutDown()
        printer.tellEnd()
        if printer.code != 0 { throw CommandExit(code: printer.code) }
    }
}
