package import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The exit code for wrong usage, of every command; the library's own is 64.
package let usageExitCode: Int32 = 2

/// Ends the process with what the library for arguments says of an error: help and version are no errors to it.
///
/// - Parameters:
///   - root: the command that was to read the arguments.
///   - tell: writes a sentence to standard error.
package func end(
    _ root: any ParsableArguments.Type, by error: any Error, telling tell: (String) -> Void
) -> Never {
    let code = root.exitCode(for: error)
    let message = root.fullMessage(for: error)
    if code == .success {
        print(message)
        exit(0)
    }
    if !message.isEmpty { tell(message) }
    exit(code == .validationFailure ? usageExitCode : code.rawValue)
}
