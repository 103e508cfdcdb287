import ArgumentParser
import AutoChecker
import AutoConfig
import AutoModels
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import CEL
import Compilers
import Diagnostics
import Foundation
import Processes

/// The user's folders, by the XDG Base Directory Specification.
struct UserFolders {
    let environment: [String: String]

    private func folder(_ variable: String, _ fallback: String) -> String {
        if let set = environment[variable], set.hasPrefix("/") { return set + "/autorun" }
        return (environment["HOME"] ?? NSTemporaryDirectory()) + "/" + fallback + "/autorun"
    }

    var state: String { folder("XDG_STATE_HOME", ".local/state") }
    var cache: String { folder("XDG_CACHE_HOME", ".cache") }
    var config: String { folder("XDG_CONFIG_HOME", ".config") }
}

/// What the nearest `autorun.toml` says, over the user's own.
func readSettings(for folder: String, _ folders: UserFolders) throws -> ProjectSettings {
    var finder = SettingsFinder(userFolder: folders.config)
    do throws(SettingsError) { return try finder.settings(for: absolute(folder)).settings } catch {
        throw CommandError(error.message, code: error.isUnreadable ? Exit.unreachable : Exit.usage)
    }
}

/// A file read and checked.
struct LoadedAutomation {
    let plan: Plan
    let stored: StoredAutomation
    let folder: String
}

/// Reads and checks a file; findings are printed, and errors end the command.
func load(_ file: String, _ workers: WorkerPool) throws -> LoadedAutomation {
    let found = try AutomationFile(file)
    return try checked(
        found.source, path: found.path, id: ID(name: found.path), infos: nil, fileTime: found.time, workers)
}

/// A `.auto` file as it was read.
struct AutomationFile {
    let source: SourceText
    /// Canonical: the automation's id is made of it.
    let path: String
    /// When it was last changed, in seconds since 1970.
    let time: Int64

    init(_ file: String) throws {
        path = URL(fileURLWithPath: file).standardizedFileURL.resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
            throw CommandError("cannot read \(file): there is no such file", code: Exit.unreachable)
        }
        guard attributes[.type] as? FileAttributeType != .typeDirectory else {
            throw CommandError(
                "cannot read \(file): it is a folder; name a .auto file in it", code: Exit.unreachable)
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError("cannot read \(file): check its permissions", code: Exit.unreachable)
        }
        time = (attributes[.modificationDate] as? Date).map { Int64($0.timeIntervalSince1970) } ?? 0
        source = SourceText(name: file, bytes: Array(data))
    }

    /// The automation as a store keeps it.
    func stored(_ automation: CheckedAutomation) -> StoredAutomation {
        let id = ID(name: path)
        return StoredAutomation(
            id: id, name: automation.name, path: path, text: String(decoding: source.bytes, as: UTF8.self),
            stepInfos: automation.stepInfos(automationID: id, fileTime: time))
    }
}

/// The automation of a stored session, in the version with which it began.
func load(_ stored: StoredAutomation, _ workers: WorkerPool) throws -> LoadedAutomation {
    try checked(
        SourceText(name: stored.path, text: stored.text), path: stored.path, id: stored.id,
        infos: stored.stepInfos, fileTime: 0, workers)
}

/// Checks a text by the settings of its place.
func checkResult(_ source: SourceText, path: String, _ workers: WorkerPool) throws -> CheckResult {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let settings = try readSettings(
        for: folder, UserFolders(environment: ProcessInfo.processInfo.environment))
    return check(source, settings.check, Compilers(workers: workers))
}

private func checked(
    _ source: SourceText, path: String, id: ID, infos: [StepInfo]?, fileTime: Int64, _ workers: WorkerPool
) throws -> LoadedAutomation {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let result = try checkResult(source, path: path, workers)
    if !result.findings.isEmpty {
        printError(
            render(
                result.findings, in: source, as: .terminal,
                colour: Terminal.usesColour(FileHandle.standardError)))
    }
    guard let automation = result.automation else {
        throw CommandError("\(source.name) has errors, so nothing was run", code: Exit.usage)
    }
    let text = String(decoding: source.bytes, as: UTF8.self)
    let stored = StoredAutomation(
        id: id, name: automation.name, path: path, text: text,
        stepInfos: infos ?? automation.stepInfos(automationID: id, fileTime: fileTime))
    return LoadedAutomation(
        plan: Plan(automation), stored: stored, folder: folder)
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
func parsedHosts(_ patterns: [String]) throws -> AllowedHosts {
    do throws(AllowedHostError) { return try AllowedHosts(patterns) } catch {
        throw CommandError("--allow-host: \(error.message)", code: Exit.usage)
    }
}

/// Everything that a run needs of this machine.
struct Host {
    let folders: UserFolders
    let environment: [String: String]
    let client: OutsideClient
    let clock = SystemClock()
    /// What reads foreign bytes.
    let workers = WorkerPool { printError("note: " + $0) }

    init(allowedHosts: AllowedHosts = .none) {
        environment = ProcessInfo.processInfo.environment
        folders = UserFolders(environment: environment)
        client = OutsideClient(allowedHosts: allowedHosts)
    }

    /// The keys of models, by the variables that hold them: a provider may send them back.
    var modelKeys: [String: String] { ModelSettings(environment: environment, defaultModel: nil).secrets }

    func executors(
        folder path: String, answers: any AnswerSource, allowsUnboxedPython: Bool, tape: (any Tape)? = nil,
        usage: @escaping UsageListener = { _ in }
    ) throws -> Executors {
        let settings = try readSettings(for: path, folders)
        let folder = Folder(path: path)
        let local = LocalEmbedder(folder: folders.cache)
        let builtin = BuiltinModel(embedder: local) {
            printError(
                "note: the model `builtin` is no language model: it picks and quotes from the prompt. For real replies set OPENAI_API_KEY or ANTHROPIC_API_KEY."
            )
        }
        let direct = Models(
            settings: ModelSettings(environment: environment, defaultModel: settings.defaultModel),
            client: client, builtin: builtin)
        let counted = CountedModels(direct, usage)
        let models: any ModelProvider = tape.map { TapedModels(counted, $0) } ?? counted
        let client: any HTTPClient = tape.map { TapedClient(self.client, $0) } ?? self.client
        let model = ModelStep(provider: models)
        return Executors([
            "LLM_CALL": model, "LOGIC_DECISION": model, "GET_USER_INPUT": InputStep(source: answers),
            "EMBEDDING_SEARCH": SearchStep(folder: folder, embedder: embedders(settings, local, tape)),
            "REST_API": RestStep(client: client, workers: workers),
            "WEB_SCRAPE": ScrapeStep(client: client, folder: folder, workers: workers),
            "PYTHON": PythonStep(
                cacheFolder: folders.cache, allowsUnboxed: allowsUnboxedPython),
            "TEXT_TO_JSON": TextToJSONStep(provider: models),
            "DATA_TRANSFORM": TransformStep(workers: workers),
        ])
    }

    /// `builtin` is the local model, any other name one of the server at OPENAI_BASE_URL.
    private func embedders(
        _ settings: ProjectSettings, _ local: LocalEmbedder, _ tape: (any Tape)?
    ) -> @Sendable (String) -> any Embedder {
        let base = environment["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1"
        let key = environment["OPENAI_API_KEY"]
        let preferred = settings.embeddingModel ?? "builtin"
        return { [client] name in
            let model = name == "default" ? preferred : name
            guard model != "builtin" else { return local }
            let remote = OpenAIEmbedder(client: client, base: base, key: key, model: model)
            return tape.map { TapedEmbedder(remote, model: model, $0) } ?? remote
        }
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
            printError(
                "warning: the secret \(name) is shorter than 8 characters, too short to be told from other text: it is not masked"
            )
        }
        return secrets
    }

    /// The store that `--store` names, else the user's own.
    func storePath(_ given: String?) -> String {
        given ?? folders.state + "/autorun.sqlite"
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
