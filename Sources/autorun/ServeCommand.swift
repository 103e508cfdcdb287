import ArgumentParser
import AutoChecker
import AutoConfig
import AutoModels
import AutoNet
import AutoRuntime
import AutoServer
import AutoSteps
import AutoStore
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

              autorun serve triage.auto
              autorun serve automations/ --tls-cert cert.pem --tls-key key.pem
            """)

    @Argument(help: "The .auto files, and folders with such.", completion: .file(extensions: ["auto"]))
    var files: [String] = []

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "HOST:PORT"))
    var listen = "127.0.0.1:8080"

    @Option(help: "The file that records are kept in.", completion: .file())
    var store: String?

    @Option(help: "What a commit survives: power (a power cut) or process (the end of this process only).")
    var durability: Durability = .power

    @Option(help: "A certificate chain in PEM, for TLS.", completion: .file())
    var tlsCert: String?

    @Option(help: "Its private key in PEM.", completion: .file())
    var tlsKey: String?

    @Option(help: "How many sessions run at once; more wait for their turn.")
    var atOnce = 1_000

    @Option(help: "How many sessions may wait for their turn.")
    var queue = 10_000

    @Option(help: "The largest body of a request, in kB.")
    var maxBody = 8_192

    @Option(help: "Requests a second that one token may make.")
    var rate = 20_000

    @Option(help: "Seconds in which a request's head, and then its body, must have come.")
    var requestSeconds = 30

    @Option(help: "Log lines from this level on: trace, debug, info, notice, warning, error, critical.")
    var logLevel = "info"

    @Option(
        name: .customLong("allow-host"), help: AllowedHosts.optionHelp)
    var allowedHosts: [String] = []

    @Flag(help: "Run PYTHON steps without a box where bubblewrap is missing.")
    var unsafePython = false

    func validate() throws {
        guard place != nil else {
            throw ValidationError("--listen \(listen): expected HOST:PORT, such as 127.0.0.1:8080")
        }
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key belong together")
        }
        for (name, value) in [
            ("--at-once", atOnce), ("--queue", queue), ("--max-body", maxBody), ("--rate", rate),
            ("--request-seconds", requestSeconds),
        ] where !(1...1_000_000_000).contains(value) {
            throw ValidationError("\(name) is a number from 1")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            let levels = Logger.Level.allCases.map(\.rawValue)
            throw ValidationError("--log-level \(logLevel): expected \(inWords(levels))")
        }
    }

    /// Host and port; an IPv6 host stands in brackets.
    private var place: (host: String, port: Int)? {
        guard let colon = listen.lastIndex(of: ":"),
            let port = Int(listen[listen.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        var host = String(listen[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host.isEmpty ? nil : (host, port)
    }

    func run() async throws {
        guard let place else { return }
        raiseFileLimit()
        let isForPeople = Terminal.isTerminal(.standardError)
        let log = logger(isForPeople)
        let host = Host(allowedHosts: try parsedHosts(allowedHosts))
        let kept = try await host.store(store, for: .serving(durability))
        let served = ServedFiles()
        let watch = FileWatch(
            paths: files, store: kept, served: served, workers: host.workers, log: log)
        try await watch.loadAll(quietly: isForPeople)
        let tls = tlsCert.flatMap { cert in tlsKey.map { (certificate: cert, key: $0) } }
        let listening = Listening(host: place.host, port: place.port, tls: tls)
        let own = try await ownToken(kept, listening, log, isForPeople)
        var limits = ServerLimits()
        limits.atOnce = atOnce
        limits.queue = queue
        limits.body = maxBody << 10
        limits.rate = rate
        limits.requestSeconds = Int64(requestSeconds)
        let settings = try readSettings(for: ".", host.folders)
        let scheme = tls == nil ? "http" : "https"
        let shown = place.host.contains(":") ? "[\(place.host)]" : place.host
        do {
            try await AutoServer.serve(
                parts(host, kept, served, log), limits, at: listening, own: own?.entry,
                price: { usage in
                    settings.price(of: usage.model).map {
                        (Double(usage.input) * $0.input + Double(usage.output) * $0.output) / 1e6
                    }
                },
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

    private func logger(_ isForPeople: Bool) -> Logger {
        var log = Logger(label: "autorun") { _ in LogLines(isForPeople: isForPeople) }
        log.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        return log
    }

    /// On a terminal of this machine, without any token yet, one that ends with the server: the page can be tried at once.
    private func ownToken(_ store: any Tokens, _ listening: Listening, _ log: Logger, _ isForPeople: Bool)
        async throws
        -> (token: String, entry: TokenEntry)?
    {
        let hasTokens = try await reaching { () async throws(StoreError) in try await !store.tokens().isEmpty
        }
        if hasTokens { return nil }
        guard listening.isLoopback else {
            throw CommandError(
                "listening on \(listening.host) lets in who can reach it, and there is no token yet: make one by autorun token new NAME",
                code: Exit.usage)
        }
        guard isForPeople else {
            log.warning("there is no token yet, so nobody is let in: autorun token new NAME makes one")
            return nil
        }
        let token = Token.make()
        return (token, TokenEntry(name: "this server", hash: Token.hash(token), scope: .admin, createdAt: 0))
    }

    private func parts(_ host: Host, _ store: any Store, _ served: ServedFiles, _ log: Logger)
        -> ServerParts
    {
        let python = unsafePython
        // What came by the API has no folder, so its steps find no files.
        let nowhere = host.folders.state + "/no-files"
        return ServerParts(
            store: store, clock: host.clock, log: log, served: served,
            check: { source, path, occasion throws(PartsError) in
                let place = path.isEmpty ? nowhere + "/automation.auto" : path
                do {
                    switch occasion {
                    case .newText: return try checkResult(source, path: place, host.workers)
                    case .storedText: return try recheckResult(source, path: place)
                    }
                } catch {
                    throw PartsError((error as? CommandError)?.message ?? "the settings cannot be read")
                }
            },
            executors: { path, models, usage in
                let folder =
                    path.isEmpty ? nowhere : URL(fileURLWithPath: path).deletingLastPathComponent().path
                return host.executors(
                    folder: folder, models, answers: NobodyAnswers(), allowsUnboxedPython: python,
                    usage: usage)
            },
            secret: { host.environment[$0] }, modelKeys: host.modelKeys)
    }
}

/// Answers come by the API, later.
private struct NobodyAnswers: AnswerSource {
    func answer(_ question: Question, problem: String?) async -> String? { nil }
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
