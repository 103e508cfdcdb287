import ArgumentParser
import AutoConfig
import AutoNet
import AutoRuntime
import AutoServer
import AutoSteps
import AutoStore
import CommandEnd
import Foundation
import Logging
import MCP
import TerminalUI
import Values

struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Offers automations as tools to a client of the Model Context Protocol.",
        usage: "autorun mcp <files> ... [<options>]",
        discussion: """
            The client starts this command and speaks to it over standard input and output. Each automation that \
            passes the checker is a tool: its inputs are the arguments, its result is what the tool gives. Steps are \
            told as progress; a GET_USER_INPUT asks the person at the client, where the client can do that. Sessions \
            are kept as those of autorun run are, and can be read as resources. Files are loaded anew when they change.

            Sessions of these automations that were interrupted go on. autorun serve has the same over HTTP, at /mcp. \
            For models that write automations there is autocheck mcp.

              autorun mcp automations/
              autorun mcp triage.auto refund.auto --store work.sqlite
            """)

    @Argument(help: "The .auto files, and folders with such.", completion: .file(extensions: ["auto"]))
    var files: [String]

    @Option(help: ArgumentHelp(StoreOption.meaning), completion: .file())
    var store: String?

    @Option(
        help: "The folder in which steps write files; without it they write none.", completion: .directory)
    var out: String?

    @Option(name: .customLong("allow-host"), help: AllowedHosts.optionHelp)
    var allowedHosts: [String] = []

    @Flag(help: "Run PYTHON steps without a box where bubblewrap is missing.")
    var unsafePython = false

    func run() async throws {
        for file in files where !FileManager.default.fileExists(atPath: file) {
            throw CommandError("cannot read \(file): there is no such file", code: Exit.unreachable)
        }
        let output = keepingOutput()
        guard
            let pipes = PipeTransport(
                reading: STDIN_FILENO, writing: output, ownsDescriptors: false, speaksToTheEnd: true)
        else {
            throw CommandError("the system gives no more threads or files", code: Exit.unreachable)
        }
        let host = Host(allowedHosts: try parsedHosts(allowedHosts))
        let kept = try await host.store(store, for: .serving(.power))
        let served = ServedFiles()
        var log = Logger(label: "autorun") { _ in LogLines(isForPeople: true) }
        log.logLevel = .warning
        let watch = FileWatch(
            paths: files, store: kept, served: served, workers: host.workers, log: log)
        // The client is told of the files that have errors, and offered the others.
        try await watch.loadAll(quietly: true, stopsAtErrors: false)
        let parts = host.servingParts(
            of: files, store: kept, served: served, log: log, allowsUnboxedPython: unsafePython,
            output: out.map { .folder(absolute($0)) }
                ?? .none("this server writes none; start it with --out DIR"))
        let work = Task { [store] in
            await serveTools(parts, ServerLimits(), over: PatientTransport(pipes)) { session, question in
                NextCommands(session: session.text, store: store).answer(nil, step: question.text)
            } background: {
                await watch.run()
            }
        }
        let interrupts = Interrupts(
            tell: {}, cancel: { work.cancel() }, quit: { Foundation.exit(Exit.interrupted) })
        try await interrupts.during { await work.value }
        await host.client.shutDown()
    }

    /// Standard output for the protocol alone: whatever else is printed from now on goes to standard error.
    private func keepingOutput() -> Int32 {
        let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        guard output >= 0 else { return STDOUT_FILENO }
        dup2(STDERR_FILENO, STDOUT_FILENO)
        return output
    }
}
