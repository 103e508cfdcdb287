import ArgumentParser
import AutoChecker
import AutoConfig
import AutoSyntax
import CommandEnd
import Compilers
import Computing
import Diagnostics
import Processes
import TerminalUI
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never
}

extension FindingFormat: ExpressibleByArgument {}

struct AutoCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autocheck",
        abstract: "Checks automations (.auto files) before they run.",
        usage: "autocheck [<files> ...] [<options>]",
        discussion: """
            Prints every finding of every file: what is wrong, where, and how to mend it. \
            A folder stands for every .auto file in it. Nothing of a file is executed.

              autocheck triage.auto
              autocheck .
              autocheck --fix triage.auto
              autocheck --explain A309
              autocheck --format short *.auto
              cat triage.auto | autocheck - --stdin-filename triage.auto
              autocheck lsp                 the language server, for editors
              autocheck mcp                 tools for models that write automations

            The [check] part of the nearest autorun.toml sets severities and excludes.

            Exit code: 0 no errors, 1 findings, 2 wrong usage, 3 a file cannot be read.
            """,
        version: toolVersion)

    @Argument(
        help: "The files and folders to check; `-` reads standard input.",
        completion: .file(extensions: ["auto"]))
    var files: [String] = []

    @Option(
        help:
            "How findings are written: terminal, short (file:line:col: severity[code]: text), json, sarif or github."
    )
    var format: FindingFormat = .terminal

    @Flag(help: "Warnings count as errors.")
    var strict = false

    @Flag(help: "Apply the safe mends to the files; what is left is printed.")
    var fix = false

    @Option(help: ArgumentHelp("Say what a code means, with an example.", valueName: "CODE"))
    var explain: String?

    @Flag(help: "Print the syntax tree as JSON instead of findings.")
    var ast = false

    @Option(help: "The name to show for standard input.")
    var stdinFilename = "-"

    @Option(help: "Colours: auto, always or never. NO_COLOR is honoured.")
    var color: ColourChoice = .auto

    func validate() throws {
        guard explain == nil else { return }
        guard !files.isEmpty else {
            throw ValidationError("name a file or a folder to check, for example: autocheck .")
        }
        guard !(fix && ast) else {
            throw ValidationError("--fix changes files, --ast prints a tree: choose one")
        }
    }

    func run() throws {
        // A compiler that ends while it is written to is a finding, and no end of this program.
        signal(SIGPIPE, SIG_IGN)
        if let explain { return try printPage(explain) }
        var isUnreadable = false
        var jobs: [CheckJob] = []
        do throws(SettingsError) {
            jobs = try collectJobs(&isUnreadable)
        } catch {
            printError("autocheck: \(error.message)")
            throw ExitCode(error.isUnreadable ? 3 : 2)
        }
        if ast { return try printTrees(jobs, isUnreadable) }
        let compilers = Compilers(workers: workers())
        if fix { jobs = try fixAll(jobs, compilers) }
        let results = checkAll(jobs, compilers)
        write(results)
        if isUnreadable { throw ExitCode(3) }
        if results.contains(where: { $0.findings.contains { $0.severity == .error || strict } }) {
            throw ExitCode(1)
        }
    }

    private func workers() -> WorkerPool { WorkerPool { printError("autocheck: " + $0) } }

    private func printPage(_ code: String) throws {
        guard let page = CodePage.of(code) else {
            let near = nearestName(to: code.uppercased(), in: Code.allCases.map(\.rawValue))
            printError(
                "autocheck: there is no code \(code)"
                    + (near.map { ": did you mean \($0)?" } ?? "; codes look like A309"))
            throw ExitCode(2)
        }
        print(page.markdown(Compilers(workers: workers())), terminator: "")
    }

    private func collectJobs(_ isUnreadable: inout Bool) throws(SettingsError) -> [CheckJob] {
        var finder = SettingsFinder(userFolder: UserFolders().config)
        var jobs: [CheckJob] = []
        for argument in files {
            var paths = [argument]
            if argument != "-", isFolder(argument) {
                let found = try finder.settings(for: absolute(argument))
                let excluded = found.settings.exclude.map { Glob($0) }
                paths = automations(in: argument) { path in
                    let whole = absolute(path)
                    let inside = whole.dropFirst(found.folder == "/" ? 1 : found.folder.count + 1)
                    return excluded.contains { $0.covers(String(inside)) }
                }
                if paths.isEmpty { printError("autocheck: there is no .auto file in \(argument)") }
            }
            for path in paths {
                switch readFile(path) {
                case .success(let bytes):
                    let name = path == "-" ? stdinFilename : path
                    let place = absolute(name)
                    let options = try finder.settings(for: parent(of: place)).settings.check.forFile(place)
                    jobs.append(CheckJob(source: SourceText(name: name, bytes: bytes), options: options))
                case .failure(let error):
                    isUnreadable = true
                    printError("autocheck: cannot read \(path): \(error.reason)")
                }
            }
        }
        return knowingTakenTypes(jobs)
    }

    private func printTrees(_ jobs: [CheckJob], _ isUnreadable: Bool) throws {
        var hasErrors = false
        for job in jobs {
            let parsed = parseAutomation(job.source)
            print(JSON.pretty(parsed.automation.json))
            guard parsed.findings.hasErrors else { continue }
            hasErrors = true
            printError(render(parsed.findings, in: job.source, as: .terminal))
        }
        if isUnreadable { throw ExitCode(3) }
        if hasErrors { throw ExitCode(1) }
    }

    private func fixAll(_ jobs: [CheckJob], _ compilers: Compilers) throws -> [CheckJob] {
        try jobs.map { job in
            let (source, count) = fixed(job, compilers)
            if job.source.name == stdinFilename, files.contains("-") {
                print(String(decoding: source.bytes, as: UTF8.self), terminator: "")
            } else if count > 0 {
                guard replaceFile(source.name, with: source.bytes) else {
                    printError("autocheck: cannot write \(source.name): \(String(cString: strerror(errno)))")
                    throw ExitCode(3)
                }
                printError("\(source.name): \(count) mended")
            }
            return CheckJob(source: source, options: job.options)
        }
    }

    private func write(_ results: [CheckResult]) {
        // With --fix standard output is the mended text.
        let toError = fix && files.contains("-")
        func put(_ text: String) { toError ? printError(text) : print(text) }
        switch format {
        case .json:
            let objects = results.flatMap { result in result.findings.map { jsonObject($0, result.source) } }
            put("[" + objects.joined(separator: ",\n ") + "]")
        case .sarif:
            let files = results.map { ($0.source, $0.findings) }
            put(sarif(files) { CodePage.of($0.rawValue)?.title ?? $0.rawValue })
        case .terminal:
            for result in results where !result.findings.isEmpty {
                let descriptor = toError ? STDERR_FILENO : STDOUT_FILENO
                let columns = isatty(descriptor) == 1 ? TerminalSize.of(descriptor).columns : nil
                put(
                    render(
                        result.findings, in: result.source, as: .terminal, colour: useColour,
                        columns: columns))
            }
        case .short, .github:
            let text = results.map { render($0.findings, in: $0.source, as: format) }.joined()
            if !text.isEmpty { put(String(text.dropLast())) }
        }
    }

    private var useColour: Bool {
        switch color {
        case .always: true
        case .never: false
        case .auto: getenv("NO_COLOR").map { $0.pointee == 0 } ?? true && isatty(1) == 1
        }
    }
}

@main
enum Main {
    static func main() {
        holdStandardStreams()
        let words = commandArguments()
        if words.first == "lsp" {
            // Some editors say how they speak, though it is the only way.
            guard words.dropFirst().allSatisfy({ $0 == "--stdio" }) else {
                printError(
                    "autocheck lsp takes no arguments: it speaks to an editor over standard input and output")
                exit(2)
            }
            exit(runLanguageServer())
        }
        if words.first == "mcp" {
            guard words.count == 1 else {
                printError(
                    "autocheck mcp takes no arguments: it speaks to a client over standard input and output")
                exit(2)
            }
            serveAuthoringTools()
        }
        do {
            let command = try AutoCheck.parse(words)
            try command.run()
            if let problem = outputProblem() {
                printError("autocheck: " + problem)
                exit(unreachableExitCode)
            }
        } catch {
            end(AutoCheck.self, by: error)
        }
    }
}
