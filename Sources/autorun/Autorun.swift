import ArgumentParser
import CommandEnd
import Diagnostics
import Foundation
import Values

/// What the command ends with when it does not end well.
enum Exit {
    static let failed: Int32 = 1
    static let usage = usageExitCode
    static let unreachable = unreachableExitCode
    static let waiting: Int32 = 4
    static let interrupted: Int32 = 130

    /// The code of a command that did several things, of which each alone would end it with one of these.
    ///
    /// - Returns: nil where all came to their ends.
    static func gravest(of codes: Set<Int32>) -> Int32? {
        [interrupted, unreachable, usage, failed, waiting].first(where: codes.contains)
    }
}

/// An error told in one sentence, with its exit code.
struct CommandError: Error {
    let message: String
    let code: Int32

    init(_ message: String, code: Int32) {
        self.message = message
        self.code = code
    }
}

struct Autorun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autorun",
        abstract: "Runs automations (.auto files) and keeps a record of every step.",
        discussion: """
              Begin:      autorun new NAME
              Run one:    autorun run triage.auto --input ticket=@ticket.txt
              Look back:  autorun sessions      autorun show ID
              Serve it:   autorun serve triage.auto
              Draw it:    autorun graph triage.auto --format svg > triage.svg

            Exit code: 0 finished, 1 failed, 2 wrong usage or a file with errors, \
            3 something cannot be read or reached, 4 a person has to answer first, \
            130 interrupted.
            """,
        version: toolVersion,
        subcommands: [
            NewCommand.self, RunCommand.self, BatchCommand.self, AnswerCommand.self, ResumeCommand.self,
            RetryCommand.self,
            RerunCommand.self,
            CancelCommand.self,
            SessionsCommand.self, ShowCommand.self, PruneCommand.self, BackupCommand.self, StoreCommand.self,
            DoctorCommand.self,
            ServeCommand.self, MCPCommand.self, TokenCommand.self,
            GraphCommand.self, ExportCommand.self, ImportCommand.self,
            EvalCommand.self,
            TestCommand.self, PlanCommand.self, FormatCommand.self, DocsCommand.self, ModelsCommand.self,
        ])

    /// Without any word, the first things to do.
    func run() async {
        print(
            """
            autorun runs automations (.auto files) and keeps a record of every step.

              autorun new hello          writes a first automation, hello.auto
              autorun run hello.auto     runs it
              autorun test hello.auto    runs its tests, offline
              autorun serve hello.auto   serves it, with a page to start and watch sessions
              autorun --help             all commands
            """)
    }
}

@main
enum Main {
    static func main() async {
        // A reader that closes its end early, such as `head`, is no reason to die by a signal in the middle of a record.
        signal(SIGPIPE, SIG_IGN)
        holdStandardStreams()
        let words = commandArguments()
        hidePasswords(words)
        do {
            try refuseUnknownCommand(words[...])
            try refusePort(words)
            var command = try parsed(words)
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
            end(with: 0)
        } catch let error as CommandError {
            say("autorun: " + error.message)
            exit(error.code)
        } catch let exit as CommandExit {
            end(with: exit.code)
        } catch {
            CommandEnd.end(Autorun.self, by: error)
        }
    }

    /// Ends the process; with what was printed unwritten, a command that did its work has not come to its end either.
    private static func end(with code: Int32) -> Never {
        guard let problem = outputProblem() else { exit(code) }
        say("autorun: " + problem)
        exit(code == 0 ? Exit.unreachable : code)
    }

    private static func parsed(_ words: [String]) throws -> any ParsableCommand {
        do { return try Autorun.parseAsRoot(withExpressionLast(withAnswerLast(words))) } catch {
            if Autorun.exitCode(for: error) != .success { try refuseLooseInputs(words) }
            throw error
        }
    }
}
