import ArgumentParser
import AutoChecker
import AutoConfig
import AutoModels
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import AutoTools
import CommandEnd
import Compilers
import Diagnostics
import Foundation
import Processes
import StepKinds
import Values

/// What the nearest `autorun.toml` says, over the user's own.
func readSettings(for folder: String, _ folders: UserFolders) throws -> ProjectSettings {
    var finder = SettingsFinder(userFolder: folders.config)
    do throws(SettingsError) { return try finder.settings(for: absolute(folder)).settings } catch {
        throw CommandError(error.message, code: error.isUnreadable ? Exit.unreachable : Exit.usage)
    }
}

/// An automation that is ready to run, from a file or from a store.
struct LoadedAutomation {
    let plan: Plan
    let stored: StoredAutomation
    /// Where its relative paths begin.
    let folder: String

    init(_ automation: CheckedAutomation, _ stored: StoredAutomation) {
        plan = Plan(automation)
        self.stored = stored
        folder = parent(of: stored.path)
    }
}

/// Reads and checks a file. Errors are printed and end the command; warnings are counted, since who runs a file has seen them.
func load(_ file: String, _ workers: WorkerPool) throws -> LoadedAutomation {
    let found = try AutomationFile(file)
    let result = try checkResult(found.source, at: .file(found.path), workers)
    guard let automation = result.automation else {
        show(result)
        throw CommandError("\(found.source.name) has errors, so nothing was run", code: Exit.usage)
    }
    let count = result.findings.count
    if count > 0 {
        printError("\(counted(count, "warning")): autocheck \(shellWord(file))")
    }
    return LoadedAutomation(automation, found.stored(automation))
}

/// A `.auto` file as it was read.
struct AutomationFile {
    let source: SourceText
    /// Canonical: the automation's id is made of it.
    let path: String
    /// When it was last changed, in seconds since 1970.
    let time: Int64

    init(_ file: String) throws {
        path = canonical(file)
        guard !isFolder(path) else {
            throw CommandError(
                "cannot read \(file): it is a folder; name a .auto file in it", code: Exit.unreachable)
        }
        switch readFile(path) {
        case .failure(let error):
            throw CommandError("cannot read \(file): \(error.reason)", code: Exit.unreachable)
        case .success(let bytes): source = SourceText(name: file, bytes: bytes)
        }
        time = fileTime(ofFile: path)
    }

    /// The automation as a store keeps it.
    func stored(_ automation: CheckedAutomation) -> StoredAutomation {
        let id = ID(name: path)
        return StoredAutomation(
            automation, id: id, path: path,
            stepInfos: automation.stepInfos(automationID: id, fileTime: time))
    }
}

/// When a file was last changed, in seconds since 1970; 0 where it is gone.
@Sendable func fileTime(ofFile path: String) -> Int64 {
    var information = stat()
    return stat(path, &information) == 0 ? Int64(information.st_mtim.tv_sec) : 0
}

/// The automation of a stored session, as it was checked when the session began: whatever the settings and the checker say by
/// now, a session goes on by that.
func load(_ stored: StoredAutomation, from store: any Journal) async throws -> LoadedAutomation {
    do throws(UnreadableAutomation) {
        if let automation = try stored.checked() { return LoadedAutomation(automation, stored) }
    } catch {
        throw CommandError(
            "the automation `\(stored.name)` of the session cannot be run: it \(error.message)",
            code: Exit.unreachable)
    }
    let result = try recheckResult(stored.source, at: .file(stored.path))
    guard let automation = result.automation else {
        show(result)
        throw CommandError("\(stored.source.name) has errors, so nothing was run", code: Exit.usage)
    }
    let compiled = stored.with(automation)
    do throws(StoreError) { try await store.keep(compiled.compiled, of: compiled.versionID) } catch {
        throw CommandError(error.message, code: Exit.unreachable)
    }
    return LoadedAutomation(automation, compiled)
}

/// Where the settings for an automation are looked for, and whether it may name the files beside it.
enum CheckPlace {
    /// The path of its file.
    case file(String)
    /// The folder whose settings hold for an automation that lies in none, and what it may name.
    case nowhere(String, OtherFiles?)

    fileprivate var options: CheckOptions {
        get throws {
            let folders = UserFolders(environment: ProcessInfo.processInfo.environment)
            switch self {
            case .file(let path):
                let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
                return try readSettings(for: folder, folders).check.forFile(path)
            case .nowhere(let folder, let others):
                var options = try readSettings(for: folder, folders).check
                options.files = others
                return options
            }
        }
    }
}

/// Checks a text by the settings of its place.
func checkResult(_ source: SourceText, at place: CheckPlace, _ workers: WorkerPool) throws -> CheckResult {
    check(source, try place.options, Compilers(workers: workers))
}

/// Checks a text that has passed the checker before, and of which only the text is left. Errors that only settings raise do not
/// count, and the programs in it are not compiled again, since this machine may have other compilers.
func recheckResult(_ source: SourceText, at place: CheckPlace) throws -> CheckResult {
    check(source, try place.options.withoutRaisedSeverities)
}

private func show(_ result: CheckResult) {
    guard !result.findings.isEmpty else { return }
    printError(
        render(
            result.findings, in: result.source, as: .terminal,
            colour: Terminal.usesColour(FileHandle.standardError),
            columns: Terminal.columns(.standardError)))
}

extension AllowedHosts {
    /// What `--allow-host` takes, for the help of the commands that have it.
    static var optionHelp: ArgumentHelp {
        ArgumentHelp(
            "What of the own network steps may reach: a host, host:port, an address, a network such as "
                + "10.0.0.0/8, or *.domain; may be repeated.",
            valueName: "HOST")
    }
}

/// What the values of `--allow-host` name.
///
/// - Parameter place: where they were written, for errors.
func parsedHosts(_ patterns: [String], from place: String = "--allow-host") throws -> AllowedHosts {
    do throws(AllowedHostError) { return try AllowedHosts(patterns) } catch {
        throw CommandError("\(place): \(error.message)", code: Exit.usage)
    }
}

/// What reads foreign bytes; what it lacks on this machine is said on standard error.
func notingWorkers(_ notes: Notes = Notes()) -> WorkerPool { WorkerPool { notes.tell("note: " + $0) } }

/// Everything that a run needs of this machine.
struct Host {
    let folders: UserFolders
    let environment: [String: String]
    let client: OutsideClient
    let clock = SystemClock()
    /// One for each account, whichever automation asks with it.
    let gates = ProviderGates()
    /// Where it says what it lacks.
    let notes = Notes()
    /// What reads foreign bytes.
    let workers: WorkerPool

    init(allowedHosts: AllowedHosts = .none) {
        environment = ProcessInfo.processInfo.environment
        folders = UserFolders(environment: environment)
        workers = notingWorkers(notes)
        client = OutsideClient(
            allowedHosts: allowedHosts, unpacker: WorkerUnpacker(workers: workers), clock: clock)
    }

    /// What the settings for a folder say; where they cannot be read, that is told, and nothing is said.
    private func settings(for folder: String) -> ProjectSettings {
        do { return try readSettings(for: folder, folders) } catch {
            notes.tell("warning: \((error as? CommandError)?.message ?? "the settings cannot be read")")
            return ProjectSettings()
        }
    }

    /// The keys of models and of servers of tools that the automations of some folders may ask, by the variables that
    /// hold them: a provider may send them back.
    func modelKeys(_ folders: [String]) -> [String: String] {
        folders.reduce(into: [:]) { keys, folder in
            let settings = settings(for: folder)
            keys.merge(modelSettings(settings, nil).secrets) { $1 }
            for name in settings.check.toolServers.values.flatMap(\.variables) {
                keys[name] = environment[name]
            }
        }
    }

    /// What is known of models where these settings hold.
    func modelSettings(_ settings: ProjectSettings, _ defaultModel: String?) -> ModelSettings {
        ModelSettings(
            environment: environment, defaultModel: defaultModel, providers: settings.check.providers)
    }

    /// What runs the steps of an automation whose files are in the folder and for which the settings named these models.
    ///
    /// - Parameters:
    ///   - output: where steps write files.
    ///   - asksNobody: whether no step is let out, as in tests, so that no key goes anywhere.
    func executors(
        folder path: String, _ defaults: DefaultModels, answers: any AnswerSource,
        allowsUnboxedPython: Bool, output: OutputFolder = .unnamed, tape: (any Tape)? = nil,
        asksNobody: Bool = false,
        onCall: @escaping ModelCallListener = { _ in }
    ) -> Executors {
        if !asksNobody, tape?.isReplay != true { tellKeysThatGoElsewhere(folder: path) }
        let folder = Folder(path: path)
        let settings = settings(for: path)
        let local = LocalEmbedder(folder: folders.cache)
        let builtin = BuiltinModel(embedder: local) { [notes] in
            notes.tell(
                "note: the model `builtin` is no language model: it picks and quotes from the prompt. For real replies set OPENAI_API_KEY, ANTHROPIC_API_KEY or, for a server of your own, OPENAI_BASE_URL."
            )
        }
        let direct = Models(
            settings: modelSettings(settings, defaults.model), client: client, builtin: builtin, clock: clock,
            gates: gates, price: settings.price(of:))
        let options = prices(settings, defaults)
        let counted = CountedModels(ModelsInTurn(BoundedModels(direct, options)), onCall)
        let models: any ModelProvider = tape.map { TapedModels(counted, $0) } ?? counted
        let client: any HTTPClient = tape.map { TapedClient(self.client, $0) } ?? self.client
        let servers: any ToolServers =
            asksNobody
            ? NoToolServers()
            : MCPToolServers(
                client: self.client, clock: clock, settings: settings.check.toolServers, folder: path
            ) { [environment] in environment[$0] }
        let model = ModelStep(provider: models, imageFile: folder.file(atURL:))
        let embedders = Embedders(
            direct.servers, local: local, default: defaults.embedding ?? DefaultModels.local,
            price: settings.price(of:))
        return Executors(
            llmCall: model, getUserInput: InputStep(source: answers), logicDecision: model,
            embeddingSearch: searchStep(folder, embedders, options, tape, onCall),
            restAPI: RestStep(client: client),
            webScrape: ScrapeStep(
                client: client, folder: folder, workers: workers, settings: settings.network),
            python: PythonStep(cacheFolder: folders.cache, allowsUnboxed: allowsUnboxedPython),
            textToJSON: TextToJSONStep(provider: models),
            dataTransform: TransformStep(workers: workers, folder: folder, output: output),
            toolServers: tape.map { TapedToolServers(servers, $0) } ?? servers)
    }

    /// A search whose embeddings are paid for, and counted, as those of models are.
    private func searchStep(
        _ folder: Folder, _ embedders: Embedders, _ options: CheckOptions, _ tape: (any Tape)?,
        _ onCall: @escaping ModelCallListener
    ) -> SearchStep {
        SearchStep(folder: folder) { name throws(StepFailure) in
            let embedder = try embedders.embedder(of: name)
            if embedders.isLocal(name) { return embedder }
            let model = embedders.meaning(of: name)
            let counted = CountedEmbedder(
                BoundedEmbedder(embedder, model: model, price: options.price(of: model)), onCall)
            return tape.map { TapedEmbedder(counted, model: model, $0) } ?? counted
        }
    }

    /// What models cost where these settings hold, and which of them is the default.
    private func prices(_ settings: ProjectSettings, _ defaults: DefaultModels) -> CheckOptions {
        var options = settings.check
        options.defaultModel = modelSettings(settings, defaults.model).nameOfDefault
        return options
    }

    /// What stands for secrets in a replay, where nobody is shown them: the marks that the recording has.
    func standIns(_ names: [String]) -> [String: String] {
        Dictionary(names.map { ($0, "[secret \($0)]") }, uniquingKeysWith: { first, _ in first })
    }

    func secrets(_ names: [String]) throws -> [String: String] {
        var secrets: [String: String] = [:]
        for name in names {
            guard let value = environment[name], !value.isEmpty else {
                throw CommandError(
                    "the secret \(name) is not set: put it into the environment variable \(name)",
                    code: Exit.usage)
            }
            secrets[name] = value
        }
        for name in Masker.unmaskable(secrets) {
            say(
                "warning: the secret \(name) is shorter than 8 characters, too short to be told from other text: it is not masked"
            )
        }
        return secrets
    }

    /// The store that `--store` names, else the variable that a server takes, too, else the user's own.
    func storePath(_ given: String?) -> String {
        if let given { return given }
        guard let named = environment[ServeOption.store.variable], !named.isEmpty else {
            return folders.state + "/autorun.sqlite"
        }
        return named
    }

    /// Opens it; one that ends with its process would hold nothing.
    func store(_ given: String?, for use: StoreUse = .work(.power)) async throws -> any Store {
        let place = storePath(given)
        guard place != memoryPlace else {
            throw CommandError(
                "the store \(memoryPlace) ends with its process, so nothing is in it", code: Exit.usage)
        }
        return try await reaching { () async throws(StoreError) in
            try await openStore(place, for: use, clock: clock)
        }
    }
}

/// Does what the store may refuse, which ends the command then.
func reaching<Result>(_ body: () async throws(StoreError) -> Result) async throws(CommandError) -> Result {
    do throws(StoreError) { return try await body() } catch {
        throw CommandError(error.message, code: Exit.unreachable)
    }
}
