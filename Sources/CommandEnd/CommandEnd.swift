package import ArgumentParser
import Computing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The exit code for wrong usage, of every command; the library's own is 64.
package let usageExitCode: Int32 = 2

/// The exit code for what cannot be read, written or reached, of every command.
package let unreachableExitCode: Int32 = 3

/// Ends the process with what the library for arguments says of an error: help and version are no errors to it.
///
/// - Parameter root: the command that was to read the arguments.
package func end(_ root: any ParsableArguments.Type, by error: any Error) -> Never {
    let code = root.exitCode(for: error)
    let message = root.fullMessage(for: error)
    if code == .success {
        print(message)
        guard let problem = outputProblem() else { exit(0) }
        printError(problem)
        exit(unreachableExitCode)
    }
    if !message.isEmpty { printError(message) }
    exit(code == .validationFailure ? usageExitCode : code.rawValue)
}

/// Writes a text and a line feed to standard error, all of it, however long its reader takes.
package func printError(_ text: String) {
    writeAll(text + "\n", to: STDERR_FILENO)
}
