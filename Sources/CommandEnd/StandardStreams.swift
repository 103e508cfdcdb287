// The system's `stdout` is a variable, which nobody sets.
#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Darwin)
    @preconcurrency import Darwin
#endif

/// Opens the standard streams that the process was started without onto nothing: else the first file or connection
/// that is opened gets the number of one of them, and what is printed goes there.
package func holdStandardStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
        // The lowest free number is taken, and those below are open by now.
        _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
    }
}

/// The words that the process was started with, behind its own name.
///
/// Swift looks for them beside the environment, and finds none where a library that was loaded first, such as libfaketime,
/// has moved that.
package func commandArguments() -> [String] {
    if CommandLine.argc > 0 { return Array(CommandLine.arguments.dropFirst()) }
    let file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(file, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        bytes += buffer[..<count]
    }
    return bytes.split(separator: 0, omittingEmptySubsequences: false).dropFirst().dropLast()
        .map { String(decoding: $0, as: UTF8.self) }
}

/// Prints a text, and has it written at once. What cannot be written `outputProblem` tells of.
package func printNow(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
}

/// Writes what is still to be written to standard output.
///
/// - Returns: that something of it could not be written, in words without a full stop; nil where all was written, and
///   where the reader went away, which is no fault.
package func outputProblem() -> String? {
    let reason = fflush(nil) == 0 ? "" : ": " + String(cString: strerror(errno))
    // What could not be written before is dropped by the library, which remembers only that.
    guard !reason.isEmpty || ferror(stdout) != 0 else { return nil }
    var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
    let isReaderGone = poll(&output, 1, 0) == 1 && output.revents & Int16(POLLERR | POLLHUP) != 0
    return isReaderGone ? nil : "standard output cannot be written" + reason
}
