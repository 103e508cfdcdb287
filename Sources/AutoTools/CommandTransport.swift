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

    /// Many programs print what they are before they speak the protocol, or what they do meanwhile, and other clients
    /// pass that over.
    let mostGreetings = 100

    private let pipe: PipeTransport
    private let child: RunningChild
    private let words: ServerWords
    /// What is told of the box where a failure may come of it.
    private let hint: String

    private init(_ pipe: PipeTransport, _ child: RunningChild, _ words: ServerWords, hint: String) {
        (self.pipe, self.child, self.words, self.hint) = (pipe, child, words, hint)
    }

    /// Starts a command.
    ///
    /// - Throws: kind `missing` where there is no such program, `unsafe` where it cannot be boxed, `process` where
    ///   it cannot be started.
    static func start(
        _ command: [String], _ launch: CommandLaunch
    ) async throws(StepFailure) -> CommandTransport {
        let (address, words) = (launch.address, launch.words)
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
        return CommandTransport(pipe, started, words, hint: address.boxHint)
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

    func send(list answers: [RPCMessage]) async throws(RPCLoss) { try await pipe.send(list: answers) }

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
        return RPCLoss((reason(end) ?? loss.reason) + said + boxHint(end))
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

    private func boxHint(_ end: RunningChild.End) -> String {
        end.stop == nil && end.status != .exited(0) ? hint : ""
    }
}
