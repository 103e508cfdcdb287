import MCP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `autocheck mcp`: serves a client of the Model Context Protocol over standard input and output, until it is gone.
func serveAuthoringTools() -> Never {
    signal(SIGPIPE, SIG_IGN)
    Task {
        await ServerConnection(AuthoringHost(), over: StreamTransport(input: 0, output: 1)).run()
        exit(0)
    }
    // The work is on other threads.
    while true { pause() }
}
