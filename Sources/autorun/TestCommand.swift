import ArgumentParser
import AutoChecker
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import Diagnostics
import Foundation
import StepKinds
import Values

enum TestFormat: String, ExpressibleByArgument, CaseIterable {
    case terminal
    case junit
    case json
}

struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs the `test` blocks of automations, offline.",
        usage: "autorun test <files> ... [<options>]",
        discussion: """
            A test gives replies for the steps that would leave the machine; the others run for real. \
            A folder stands for every .auto file in it.

              autorun test triage.auto
              autorun test . --coverage
              autorun test . --format junit > tests.xml

            Exit code: 0 all passed, 1 some failed, 2 wrong usage or a file with errors, 3 cannot read.
            """)

    @Argument(help: "The files and folders.", completion: .file(extensions: ["auto"]))
    var files: [String]

    @Option(help: ArgumentHelp("Only tests whose name holds this.", valueName: "TEXT"))
    var filter: String?

    @Option(help: "How results are written: terminal, junit or json.")
    var format: TestFormat = .terminal

    @Flag(help: "Say which steps, branches and error edges no test takes.")
    var coverage = false

    @Option(help: "Colours: auto, always or never. NO_COLOR is honoured.")
    var color: ColourChoice = .auto

    @Flag(help: "Run PYTHON steps without a box where bubblewrap is missing.")
    var unsafePython = false

    func run() async throws {
        var suites: [TestSuite] = []
        // What is wrong with the files that have no suite, so that the tests of the others run all the same.
        var problems: [String] = []
        for file in try automationFiles(files) {
            do { suites.append(try await suite(file)) } catch let error as CommandError
                where error.code == Exit.usage
            {
                // A fault of autorun.toml is one of all files of its folder, and told once.
                if !problems.contains(error.message) { problems.append(error.message) }
            }
        }
        let broken =
            problems.isEmpty ? nil : CommandError(problems.joined(separator: "\n"), code: Exit.usage)
        if let broken, suites.isEmpty { throw broken }
        let report = TestReport(
            suites: suites, showsCoverage: coverage, colour: color.applies(to: .standardOutput),
            columns: Terminal.columns(.standardOutput))
        switch format {
        case .terminal: print(report.terminal, terminator: "")
        case .junit: print(report.junit, terminator: "")
        case .json: print(JSON.pretty(report.json))
        }
        if let broken { throw broken }
        if let filter, report.leavesAllOut {
            throw CommandError("--filter \(filter): no test has that in its name", code: Exit.usage)
        }
        if suites.contains(where: { $0.outcomes.contains { !$0.passed } }) {
            throw CommandExit(code: Exit.failed)
        }
    }

    private func suite(_ file: String) async throws -> TestSuite {
        let host = Host()
        let loaded = try load(file, host.workers)
        let executors = { @Sendable [unsafePython] (automation: CheckedAutomation, path: String) in
            host.executors(
                folder: URL(fileURLWithPath: path).deletingLastPathComponent().path, automation.models,
                answers: NoAnswers(), allowsUnboxedPython: unsafePython, output: .rehearsal,
                asksNobody: true)
        }
        let runner = TestRunner(
            executors: executors(loaded.plan.automation, loaded.stored.path), clock: host.clock,
            executorsOfCalled: executors
        ) { [clock = host.clock] in MemoryStore(keepsRecords: false, clock: clock) }
        let automation = loaded.plan.automation
        var outcomes: [TestOutcome] = []
        for test in automation.tests where filter.map({ test.name.contains($0) }) ?? true {
            do throws(StoreError) {
                outcomes.append(try await runner.run(test, of: loaded.plan, loaded.stored))
            } catch {
                throw CommandError(error.message, code: Exit.unreachable)
            }
        }
        await host.client.shutDown()
        return TestSuite(
            file: file, automation: automation, outcomes: outcomes,
            coverage: TestCoverage(automation, outcomes.map(\.record)))
    }
}

/// The tests of one file as they came out.
struct TestSuite {
    let file: String
    let automation: CheckedAutomation
    let outcomes: [TestOutcome]
    let coverage: TestCoverage
}

/// A test's persons answer by `answers` alone.
private struct NoAnswers: AnswerSource {
    func answer(_ question: Question, problem: String?) async -> String? { nil }
}
