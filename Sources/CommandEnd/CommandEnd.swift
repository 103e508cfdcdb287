package import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The exit code for wrong usage, of every command; the library's own is 64.
package let usageExitCode: Int32 = 2

/// Writes a sentence and a line's end to standard error, at once and whole.
///
/// A reader that takes nothing more loses it: there is nobody left to be told.
package func printError(_ text: String) {
    var bytes = Array((text + "\n").utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

/// Ends the process with what the library for arguments says of an error: help and version are no errors to it.
///
/// - Parameter root: the command that was to read the arguments.
package func end(_ root: any ParsableArguments.Type, by error: any Error) -> Never {
    let code = root.exitCode(for: error)
    let message = root.fullMessage(for: error)
    if code == .success {
        print(message)
        exit(0)
    }
    if !message.isEmpty { printError(message) }
    exit(code == .validationFailure ? usageExitCode : code.rawValue)
}
