import ArgumentParser
import AutoChecker
import AutoConfig
import AutoModels
import AutoNet
import AutoRuntime
import AutoServer
import AutoSteps
import AutoStore
import CommandEnd
import Diagnostics
import Foundation
import Logging
import Values

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the automations API, and a page to start and watch sessions on.",
        discussion: """
            Only what is given is served: these files, what is in these folders, and what clients make by the \
            API; nothing else that was run on the same store. Files are loaded anew when they change, and go \
            when they are removed. Sessions that were interrupted go on. Clients need a token: autorun token \
            new NAME. Beyond this machine it listens only when there is one.

            Each option can also be set in an environment variable, whose name stands behind it, or in \
            [server] of the nearest autorun.toml, as tls_cert for --tls-cert. What is typed wins over the \
            variable, and that over the file.

            At /mcp the automations are tools of the Model Context Protocol, by the same tokens.

            An automation whose START has a schedule starts by itself, once however many servers share the \
            store; one whose START has a webhook at /automations/ID/webhook.

              autorun serve triage.auto
              autorun serve automations/ --tls-cert cert.pem --tls-key key.pem
            """)

    @Argument(help: "The .auto files, and folders with such.", completion: .file(extensions: ["auto"]))
    var files: [String] = []

    @OptionGroup var options: ServeOptions

    func run() async throws {
        raiseFileLimit()
        let isForPeople = Terminal.isTerminal(.standardError)
        let environment = ProcessInfo.processInfo.environment
        let project = try readSettings(for: ".", UserFolders(environment: environment))
        let settings = try settings(project, environment)
        let log = logger(settings, isForPeople)
        let host = Host(
            allowedHosts: try parsedHosts(settings.list(.allowHost), from: settings.place(of: .allowHost)))
        let durability = settings.text(.durability).flatMap(Durability.init(rawValue:)) ?? .power
        let kept = try await host.store(settings.text(.store), for: .serving(durability))
        let served = ServedFiles()
        let watch = FileWatch(
            paths: files, store: kept, served: served, workers: host.workers, log: log)
        try await watch.loadAll(quietly: isForPeople)
        let listening = try listening(settings)
        let own = try await ownToken(
            kept, listening, log, isForPeople, newToken: newToken(settings.text(.store)))
        let isUnboxed = settings.isSet(.unsafePython)
        let scheme = listening.tls == nil ? "http" : "https"
        let shown = listening.host.contains(":") ? "[\(listening.host)]" : listening.host
        do {
            try await AutoServer.serve(
                host.servingParts(
                    of: files, store: kept, served: served, log: log, allowsUnboxedPython: isUnboxed,
                    output: output(settings)),
                limits(settings), at: listening, own: own?.entry,
                background: { await watch.run() },
                onReady: { port in
                    let url = "\(scheme)://\(shown):\(port)/"
                    guard isForPeople else {
                        log.info("listening", metadata: ["url": "\(url)"])
                        return
                    }
                    // On a terminal the first lines say what is served and where, instead of the log.
                    for line in watch.summary { printError(line) }
                    printError("open \(url)" + (own.map { "#token=\($0.token)" } ?? ""))
                })
        } catch {
            throw CommandError(error.message, code: error.isUsage ? Exit.usage : Exit.unreachable)
        }
        await host.client.shutDown()
    }

    /// What holds of the options, wherever it was said.
    private func settings(_ project: ProjectSettings, _ environment: [String: String]) throws
        -> ServeSettings
    {
        do throws(SettingsError) {
            return try ServeSettings(
                typed: options.typed, variable: { environment[$0] }, file: project.server)
        } catch {
            throw CommandError(error.message, code: Exit.usage)
        }
    }

    private func listening(_ settings: ServeSettings) throws -> Listening {
        guard let address = settings.text(.listen).flatMap(ListenAddress.init) else {
            throw CommandError("expected \(ServeOption.listen.expected)", code: Exit.usage)
        }
        let key = settings.text(.tlsKey)
        let tls = settings.text(.tlsCert).flatMap { cert in key.map { (certificate: cert, key: $0) } }
        return Listening(host: address.host, port: address.port, tls: tls)
    }

    private func limits(_ settings: ServeSettings) -> ServerLimits {
        var limits = ServerLimits()
        limits.atOnce = settings.number(.atOnce) ?? limits.atOnce
        limits.takesWork = !settings.isSet(.noWork)
        let only = settings.list(.only)
        limits.only = only.isEmpty ? nil : Set(only)
        limits.queue = settings.number(.queue) ?? limits.queue
        limits.body = settings.number(.maxBody).map { $0 << 10 } ?? limits.body
        limits.rate = settings.number(.rate) ?? limits.rate
        limits.requestSeconds = settings.number(.requestSeconds).map(Int64.init) ?? limits.requestSeconds
        limits.graceSeconds = settings.number(.grace).map(Int64.init) ?? limits.graceSeconds
        return limits
    }

    private func logger(_ settings: ServeSettings, _ isForPeople: Bool) -> Logger {
        var log = Logger(label: "autorun") { _ in LogLines(isForPeople: isForPeople) }
        log.logLevel = settings.text(.logLevel).flatMap(Logger.Level.init(rawValue:)) ?? .info
        return log
    }

    /// The command that makes a token in the store of this server.
    private func newToken(_ store: String?) -> String {
        "autorun token new NAME" + writtenStore(store)
    }

    /// On a terminal of this machine, without any token yet, one that ends with the server: the page can be tried at once.
    ///
    /// - Parameter newToken: the command that makes a token for this server.
    private func ownToken(
        _ store: any Tokens, _ listening: Listening, _ log: Logger, _ isForPeople: Bool, newToken: String
    ) async throws -> (token: String, entry: TokenEntry)? {
        let hasTokens = try await reaching { () async throws(StoreError) in try await !store.tokens().isEmpty
        }
        if hasTokens { return nil }
        guard listening.isLoopback else {
            throw CommandError(
                "listening on \(listening.host) lets in who can reach it, and there is no token yet: make one by \(newToken)",
                code: Exit.usage)
        }
        guard isForPeople else {
            log.warning("there is no token yet, so nobody is let in: \(newToken) makes one")
            return nil
        }
        let token = Token.make()
        return (token, TokenEntry(name: "this server", hash: Token.hash(token), scope: .admin, createdAt: 0))
    }

    /// Where the steps of served files write files.
    private func output(_ settings: ServeSettings) -> OutputFolder {
        guard let folder = settings.text(.out) else {
            return .none("this server writes none; start it with \(ServeOption.out.typed) DIR")
        }
        return .folder(absolute(folder))
    }
}

/// Many connections want many descriptors.
private func raiseFileLimit() {
    var limit = rlimit()
    #if canImport(Glibc)
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        let kind = RLIMIT_NOFILE
    #endif
    guard getrlimit(kind, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(kind, &limit)
}
