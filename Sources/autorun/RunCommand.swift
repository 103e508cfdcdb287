import ArgumentParser
import AutoChecker
import AutoConfig
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import AutoSyntax
import CommandEnd
import Foundation
import Values

extension Durability: ExpressibleByArgument {}

enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never

    func applies(to handle: FileHandle) -> Bool {
        switch self {
        case .auto: Terminal.usesColour(handle)
        case .always: true
        case .never: false
        }
    }
}

/// What `run` and `answer` have in common.
struct RunOptions: ParsableArguments {
    @Option(
        name: .customLong("answer"),
        help: ArgumentHelp(
            "The answer to a GET_USER_INPUT step; `digest.ask=yes` to one of what the step `digest` calls.",
            valueName: "NAME=VALUE"))
    var answers: [String] = []

    @Option(help: ArgumentHelp(StoreOption.meaning + " :memory: keeps none."), completion: .file())
    var store: String?

    @Flag(help: "Print the session record as JSON and nothing else.")
    var json = false

    @Flag(help: "Print each record as a line of JSON as it changes.")
    var events = false

    @Option(help: "What a commit survives: power (a power cut) or process (the end of this process only).")
    var durability: Durability = .power

    @Flag(help: "Run steps with `cache: true` anew.")
    var noCache = false

    @Option(
        name: .customLong("allow-host"), help: AllowedHosts.optionHelp)
    var allowedHosts: [String] = []

    @Option(
        help: ArgumentHelp(
            "The folder into which steps write files; left out, the one you are in.", valueName: "DIR"),
        completion: .directory)
    var out: String?

    @Flag(help: "Run PYTHON steps without a box where bubblewrap is missing.")
    var unsafePython = false

    @Option(help: "Colours: auto, always or never. NO_COLOR is honoured.")
    var color: ColourChoice = .auto

    /// The options with which a session goes on, as they are written behind a command, a space in front of each.
    var written: String {
        var text = ""
        // Without its answers it would wait where it did not before.
        for answer in answers { text += writtenOption("--answer", answer) }
        text += writtenStore(store)
        if durability != .power { text += writtenOption("--durability", durability.rawValue) }
        if noCache { text += " --no-cache" }
        for host in allowedHosts { text += writtenOption("--allow-host", host) }
        text += writtenOption("--out", out)
        if unsafePython { text += " --unsafe-python" }
        return text
    }

    /// Where steps write files.
    var output: OutputFolder { .folder(absolute(out ?? ".")) }

    func givenAnswers() throws -> [String: String] {
        var given: [String: String] = [:]
        for pair in answers {
            guard let equals = pair.firstIndex(of: "=") else {
                throw CommandError(
                    "--answer \(pair): expected NAME=VALUE, the step's name and the answer", code: Exit.usage)
            }
            given[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
        return given
    }

    /// The same, for one automation.
    ///
    /// - Throws: for an answer that no step of it takes.
    func givenAnswers(to automation: CheckedAutomation) throws -> [String: String] {
        let given = try givenAnswers()
        for name in given.keys.sorted() where !automation.takesAnswer(to: name) {
            throw CommandError(
                "--answer \(name)=…: there is no GET_USER_INPUT step `\(name)`; one of a called automation has the name of the step that calls it in front, `digest.ask`",
                code: Exit.usage)
        }
        return given
    }
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs an automation.",
        discussion: """
            Inputs are given one by one, or all in a JSON file. NAME=@FILE reads a file, `-` is standard input.

              autorun run triage.auto --input ticket=@ticket.txt --input tier=pro
              echo '{"ticket": "…"}' | autorun run triage.auto --inputs - --json
              autorun run triage.auto --input ticket=@ticket.txt --record tape
              autorun run triage.auto --input ticket=@ticket.txt --replay tape
            """)

    @Argument(help: "The .auto file.", completion: .file(extensions: ["auto"]))
    var file: String

    @Option(
        name: .customLong("input"),
        help: ArgumentHelp("An input; @FILE takes a file's text.", valueName: "NAME=VALUE"))
    var inputs: [String] = []

    @Option(
        name: .customLong("inputs"), help: "A JSON file with the inputs, `-` for standard input.",
        completion: .file(extensions: ["json"]))
    var inputsFile: String?

    @Option(
        help: ArgumentHelp("Keep what models, pages and APIs answer in this folder.", valueName: "DIR"),
        completion: .directory)
    var record: String?

    @Option(
        help: ArgumentHelp("Answer from a recording and ask nobody.", valueName: "DIR"),
        completion: .directory)
    var replay: String?

    @OptionGroup var options: RunOptions

    func validate() throws {
        guard record == nil || replay == nil else {
            throw ValidationError("--record asks and keeps, --replay asks nobody: choose one")
        }
    }

    func run() async throws {
        let host = Host(allowedHosts: try parsedHosts(options.allowedHosts))
        let loaded = try load(file, host.workers)
        let automation = loaded.plan.automation
        _ = try options.givenAnswers(to: automation)
        let inputs = try fittedInputs(automation.inputs, pairs: inputs, file: inputsFile)
        let secrets =
            replay == nil ? try host.secrets(automation.secrets) : host.standIns(automation.secrets)
        let masker = Masker(secrets: secrets, modelKeys: host.modelKeys([loaded.folder]))
        let replayed = try replay.map { try TapeFiles.replay(from: $0, masker) }
        let recorded = try record.map { try TapeFiles.recording(to: $0, masker) }
        let runner = SessionRunner(
            host: host, loaded: loaded, options: options, answersTerminal: inputsFile != "-",
            tape: replayed ?? recorded)
        defer {
            for name in replayed?.unused ?? [] {
                printError("note: \(name) of the recording was not used: nothing asked for it")
            }
        }
        try await runner.start(inputs: inputs, secrets: secrets)
    }
}
