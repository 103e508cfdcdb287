import AutoRuntime
import Computing
import MCP
import Processes
import StepKinds

/// The way to a server that is a command: it is started, in the box unless the settings say otherwise, and spoken
/// with by its standard input and output.
final class CommandTransport: ToolTransport {
    /// What the processes of a boxed server may use, all together.
    private static let limits = BoxLimits(memory: 2 << 30, processes: 256, processorSeconds: 3_600)
    /// Bytes of the box's own /tmp.
    private static let temporary = 256 << 20
    /// Milliseconds in which a server ends by itself, once its input was closed.
    private static let graceToEnd = 500
    /// The same for one that has closed its own output.
    private static let graceToBeEnded = 1_000
    /// Bytes of standard error that are kept.
    private static let keptErrors = 16 << 10

    private let pipe: PipeTransport
    private let child: RunningChild
    private let words: ServerWords
    private let isBoxed: Bool

    private init(_ pipe: PipeTransport, _ child: RunningChild, _ words: ServerWords, isBoxed: Bool) {
        (self.pipe, self.child, self.words, self.isBoxed) = (pipe, child, words, isBoxed)
    }

    /// Starts a command.
    ///
    /// - Parameter folder: the automation's, in which it begins; nil for none.
    /// - Throws: kind `missing` where there is no such program, `unsafe` where it cannot be boxed, `process` where
    ///   it cannot be started.
    static func start(
        _ command: [String], _ address: ToolServerAddress, in folder: String?, _ words: ServerWords,
        _ variables: @escaping @Sendable (String) -> String?
    ) async throws(StepFailure) -> CommandTransport {
        let launch = CommandLaunch(address: address, folder: folder, words: words, variables: variables)
        var child = try launch.command(command)
        child.keptErrors = keptErrors
        if address.isBoxed { child.limits = limits }
        let started = await onOwnThread { [child] _ in RunningChild(child) }
        guard let started else { throw words.failure(.process, "cannot be started") }
        guard
            let pipe = PipeTransport(
                reading: started.output, writing: started.input, ownsDescriptors: true)
        else {
            started.stop(after: 0)
            _ = await started.end()
            throw words.failure(.process, "cannot be spoken with: this machine has no thread left")
        }
        return CommandTransport(pipe, started, words, isBoxed: address.isBoxed)
    }

    /// The box of a server.
    static func boxed(_ command: [String], in folder: String?, _ environment: [String], _ box: Box)
        -> ChildCommand
    {
        box.command(
            for: command, .tools(temporary: temporary, folder: folder), secretEnvironment: environment)
    }

    func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        try await pipe.send(message, about: request)
    }

    /// - Throws: why the server ended, where it did.
    func receive() async throws(RPCLoss) -> RPCArrival {
        do throws(RPCLoss) { return try await pipe.receive() } catch {
            // What has come to an end by our own doing has nothing to say.
            if Task.isCancelled || !error.isGone { throw error }
            child.stop(after: Self.graceToBeEnded)
            throw lost(error, await child.end())
        }
    }

    /// Closes the server's input, and kills it with all of its processes where that does not end it.
    func close() async {
        await pipe.close()
        child.stop(after: Self.graceToEnd)
        _ = await child.end()
    }

    private func lost(_ loss: RPCLoss, _ end: RunningChild.End) -> RPCLoss {
        let lines = String(decoding: end.errors, as: UTF8.self).split(whereSeparator: \.isNewline)
        let last = words.shown(lines.suffix(3).joined(separator: " | "))
        if last.hasPrefix("bwrap: "), end.status == .exited(1) {
            return RPCLoss("cannot be boxed: \(last.dropFirst(7))")
        }
        let said = last.isEmpty ? "" : "; its last words were: \(last)"
        return RPCLoss((reason(end) ?? loss.reason) + said + (isBoxed ? boxHint(end) : ""))
    }

    /// Why the server has ended; nil where it had not, and something else was wrong.
    private func reason(_ end: RunningChild.End) -> String? {
        switch end.stop {
        case .memory: "used more than \(Self.limits.memory >> 20) MB of memory and was ended"
        case .processes: "had more than \(Self.limits.processes) processes and was ended"
        case .processorTime:
            "used more than \(Self.limits.processorSeconds) s of processor time and was ended"
        case .sockets: "had more than \(BoxLimits.sockets) sockets open and was ended"
        case .timeLimit, .output: nil
        case nil:
            switch end.status {
            case .exited(let code): "ended with exit code \(code)"
            case .signal(let number): "was ended by signal \(number)"
            }
        }
    }

    /// What the box may have to do with it: what it keeps from a server shows in the server's own words only.
    private func boxHint(_ end: RunningChild.End) -> String {
        guard end.stop == nil, end.status != .exited(0) else { return "" }
        return
            "; it ran in the box, without network and with no folder but the automation's: `unsafe = true` in [mcp.NAME] of autorun.toml runs it outside"
    }
}
