package import AutoChecker

/// The language server: reads requests from one descriptor, answers on another, until `exit`.
package struct LanguageServer {
    private var transport: Transport
    private var conversation: Conversation

    /// - Parameter options: Gives the options for a file, by its path, and by the texts of those that are
    ///   open.
    package init(
        input: Int32, output: Int32, compiler: any ProgramCompiler, version: String, workspace: Workspace,
        options: @escaping (String, OpenTexts) -> CheckOptions
    ) {
        transport = Transport(input: input, output: output)
        conversation = Conversation(
            compiler: compiler, version: version, workspace: workspace, options: options)
    }

    /// Serves until the client says `exit` or goes; the exit code is 0 after a `shutdown`, else 1.
    package mutating func run() -> Int32 {
        while true {
            if !transport.hasInput { conversation.publishStale() }
            send()
            // Programs inside are compiled once nobody has typed for a moment.
            switch transport.next(timeout: conversation.hasUncompiled ? 150 : -1) {
            case .message(let value): conversation.handle(value)
            case .unreadable: conversation.refuseUnreadable()
            case .idle: conversation.compile()
            case .closed: return conversation.exitCode
            }
            send()
            if conversation.isOver { return conversation.exitCode }
        }
    }

    private mutating func send() {
        for message in conversation.takeOutbox() { transport.send(message) }
    }
}
