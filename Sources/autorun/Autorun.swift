import ArgumentParser
import CommandEnd
import Diagnostics
import Foundation
import Values

/// What the command ends with when it does not end well.
enum Exit {
    static let failed: Int32 = 1
    static let usage = usageExitCode
    static let unreachable: Int32 = 3
    static let waiting: Int32 = 4
    static let interrupted: Int32 = 130
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
              autorun serve hello.auto   serves it, with a page to start and watch sessions on
              autorun --help             all commands
            """)
    }
}

@main
enum Main {
    static func main() async {
        // A reader that closes its end early, such as `head`, is no reason to die by a signal in the middle of a record.
        signal(SIGPIPE, SIG_IGN)
        hidePasswords()
        do {
            try refuseUnknownCommand(CommandLine.arguments.dropFirst())
            try refusePort(Array(CommandLine.arguments.dropFirst()))
            var command = try Autorun.parseAsRoot()
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
        } catch let error as CommandError {
            printError("autorun: " + error.message)
            exit(error.code)
        } catch let exit as CommandExit {
            Foundation.exit(exit.code)
        } catch {
            end(Autorun.self, by: error)
        }
    }
}
