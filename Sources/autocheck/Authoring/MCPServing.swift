import CommandEnd
import MCP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `autocheck mcp`: serves a client of the Model Context Protocol over standard input and output, until it is gone.
func serveAuthoringTools() -> Never {
    signal(SIGPIPE, SIG_IGN)
    guard
        let pipes = PipeTransport(reading: 0, writing: 1, ownsDescriptors: false, speaksToTheEnd: true)
    else {
        printError("autocheck mcp: the system gives no more threads or files")
        exit(3)
    }
    Task {
        await ServerConnection(AuthoringHost(), over: PatientTransport(pipes)).run()
        exit(0)
    }
    // The work is on other threads.
    while true { pause() }
}
