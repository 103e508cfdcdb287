import ArgumentParser
import AutoChecker
import AutoSyntax
import CEL
import Compilers
import Diagnostics

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
        discussion: """
            Prints every finding of every file: what is wrong, where, and how to mend it.
            Nothing of a file is executed.

              autocheck triage.auto
              autocheck --format short *.auto
              cat triage.auto | autocheck - --stdin-filename triage.auto

            Exit code: 0 no errors, 1 findings, 2 wrong usage, 3 a file cannot be read.
            """,
        version: "0.1.0")

    @Argument(help: "The files to check; `-` reads standard input.", completion: .file(extensions: ["auto"]))
    var files: [String]

    @Option(help: "How findings are written: terminal, short (file:line:col: severity[code]: text) or json.")
    var format: FindingFormat = .terminal

    @Flag(help: "Warnings count as errors.")
    var strict = false

    @Flag(help: "Print the syntax tree as JSON instead of findings.")
    var ast = false

    @Option(help: "The name to show for standard input.")
    var stdinFilename = "-"

    @Option(help: "Colours: auto, always or never. NO_COLOR is honoured.")
    var color: ColourChoice = .auto

    func run() throws {
        var failed = false
        var unreadable = false
        var objects: [String] = []
        for file in files {
            let name = file == "-" ? stdinFilename : file
            let bytes: [UInt8]
            switch readFile(file) {
            case .success(let content): bytes = content
            case .failure(let error):
                unreadable = true
                printError("autocheck: cannot read \(file): \(error.reason)")
                continue
            }
            let source = SourceText(name: name, bytes: bytes)
            if ast {
                let parsed = parseAutomation(source)
                print(JSON.pretty(parsed.automation.json))
                if parsed.findings.hasErrors {
                    failed = true
                    printError(render(parsed.findings, in: source, as: .terminal))
                }
                continue
            }
            let result = check(source, CheckOptions(), Compilers())
            failed = failed || result.findings.contains { $0.severity == .error || strict }
            if format == .json {
                objects += result.findings.map { jsonObject($0, source) }
            } else if !result.findings.isEmpty {
                print(
                    render(result.findings, in: source, as: format, colour: useColour),
                    terminator: format == .terminal ? "\n" : "")
            }
        }
        if format == .json, !ast { print("[" + objects.joined(separator: ",\n ") + "]") }
        if unreadable { throw ExitCode(3) }
        if failed { throw ExitCode(1) }
    }

    private var useColour: Bool {
        switch color {
        case .always: true
        case .never: false
        case .auto: getenv("NO_COLOR").map { $0.pointee == 0 } ?? true && isatty(1) == 1
        }
    }
}

struct ReadError: Error {
    let reason: String
}

/// Reads a file without Foundation, which would cost more to start than the check takes.
func readFile(_ path: String) -> Result<[UInt8], ReadError> {
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY)
    guard descriptor >= 0 else { return .failure(ReadError(reason: String(cString: strerror(errno)))) }
    defer { if descriptor != 0 { close(descriptor) } }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { return .failure(ReadError(reason: String(cString: strerror(errno)))) }
        // One byte over the checker's limit is enough for it to say so.
        if count == 0 || bytes.count > 16 << 20 { return .success(bytes) }
        bytes += buffer[..<count]
    }
}

func printError(_ text: String) {
    var bytes = Array(text.utf8)
    bytes.append(0x0A)
    _ = write(2, bytes, bytes.count)
}

@main
enum Main {
    static func main() {
        do {
            var command = try AutoCheck.parseAsRoot()
            try command.run()
        } catch {
            let code = AutoCheck.exitCode(for: error)
            let message = AutoCheck.fullMessage(for: error)
            if code == .success {
                print(message)
                exit(0)
            }
            if !message.isEmpty { printError(message) }
            // The library's code for wrong usage is 64; ours is 2.
            exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}
