import ArgumentParser
import AutoConfig

/// The options of `autorun serve` as they are typed. None has a value of its own here: what holds where one is not
/// typed is up to `ServeSettings`.
struct ServeOptions: ParsableArguments {
    @Option(name: ServeOption.listen.name, help: ServeOption.listen.shownHelp("HOST:PORT"))
    var listen: String?

    @Option(name: ServeOption.store.name, help: ServeOption.store.shownHelp("FILE"), completion: .file())
    var store: String?

    @Option(
        name: ServeOption.durability.name, help: ServeOption.durability.shownHelp("WORD"),
        completion: ServeOption.durability.words)
    var durability: String?

    @Option(name: ServeOption.tlsCert.name, help: ServeOption.tlsCert.shownHelp("FILE"), completion: .file())
    var tlsCert: String?

    @Option(name: ServeOption.tlsKey.name, help: ServeOption.tlsKey.shownHelp("FILE"), completion: .file())
    var tlsKey: String?

    @Option(name: ServeOption.atOnce.name, help: ServeOption.atOnce.shownHelp("NUMBER"))
    var atOnce: String?

    @Option(name: ServeOption.queue.name, help: ServeOption.queue.shownHelp("NUMBER"))
    var queue: String?

    @Option(name: ServeOption.maxBody.name, help: ServeOption.maxBody.shownHelp("KB"))
    var maxBody: String?

    @Option(name: ServeOption.rate.name, help: ServeOption.rate.shownHelp("NUMBER"))
    var rate: String?

    @Option(name: ServeOption.requestSeconds.name, help: ServeOption.requestSeconds.shownHelp("SECONDS"))
    var requestSeconds: String?

    @Option(name: ServeOption.grace.name, help: ServeOption.grace.shownHelp("SECONDS"))
    var grace: String?

    @Option(
        name: ServeOption.logLevel.name, help: ServeOption.logLevel.shownHelp("LEVEL"),
        completion: ServeOption.logLevel.words)
    var logLevel: String?

    @Option(name: ServeOption.only.name, help: ServeOption.only.shownHelp("NAME"))
    var only: [String] = []

    @Flag(name: ServeOption.noWork.name, help: ServeOption.noWork.shownHelp(nil))
    var noWork = false

    @Option(name: ServeOption.allowHost.name, help: ServeOption.allowHost.shownHelp("HOST"))
    var allowedHosts: [String] = []

    @Option(name: ServeOption.out.name, help: ServeOption.out.shownHelp("DIR"), completion: .directory)
    var out: String?

    @Flag(
        name: ServeOption.unsafePython.name, inversion: .prefixedNo,
        help: ServeOption.unsafePython.shownHelp(nil))
    var unsafePython: Bool?

    /// What was typed for an option; nil when it was not typed.
    func typed(_ option: ServeOption) -> [String]? {
        switch option {
        case .listen: listen.map { [$0] }
        case .store: store.map { [$0] }
        case .durability: durability.map { [$0] }
        case .tlsCert: tlsCert.map { [$0] }
        case .tlsKey: tlsKey.map { [$0] }
        case .atOnce: atOnce.map { [$0] }
        case .queue: queue.map { [$0] }
        case .maxBody: maxBody.map { [$0] }
        case .rate: rate.map { [$0] }
        case .requestSeconds: requestSeconds.map { [$0] }
        case .grace: grace.map { [$0] }
        case .logLevel: logLevel.map { [$0] }
        case .only: only.isEmpty ? nil : only
        case .noWork: noWork ? [ServeValue.flag(true).text] : nil
        case .allowHost: allowedHosts.isEmpty ? nil : allowedHosts
        case .out: out.map { [$0] }
        case .unsafePython: unsafePython.map { [ServeValue.flag($0).text] }
        }
    }
}

extension ServeOption {
    fileprivate var name: NameSpecification { .customLong(rawValue) }

    /// - Parameter value: what stands for its value in the help; nil for a flag.
    fileprivate func shownHelp(_ value: String?) -> ArgumentHelp { ArgumentHelp(help, valueName: value) }

    /// What a shell completes.
    fileprivate var words: CompletionKind? {
        guard case .oneOf(let words) = kind else { return nil }
        return .list(words)
    }
}
