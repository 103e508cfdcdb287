import AutoRuntime
import Computing
import Diagnostics
import MCP
import StepKinds
import Synchronization
import Values

/// A connection to a server of the Model Context Protocol.
final class ToolConnection: ToolServer {
    private struct State {
        var tools: [OfferedTool] = []
        /// How many handshakes there were; a session that has expired takes another one.
        var handshakes = 0
        var listening: Task<Void, Never>?
        /// Whether the server was given up, because it says nothing but what is no message.
        var isGivenUp = false
    }

    /// Nanoseconds in which a server must have answered the handshake and told its tools: a command may have to
    /// fetch its parts first.
    private static let longestStart: Int64 = 120_000_000_000
    /// Nanoseconds in which its first message must come after something that is none.
    private static let longestGreeting: Int64 = 10_000_000_000
    /// Nanoseconds in which a server answers that has nothing to do.
    private static let longestSilence: Int64 = 5_000_000_000
    /// So many calls are under way at once; the others wait. A run and all the sessions that it calls share the server.
    private static let mostCalls = 256

    private let transport: any ToolTransport
    private let peer: RPCPeer
    private let talk = ServerTalk()
    private let words: ServerWords
    private let clock: any Clock
    /// Lets one at a time ask anew what the server offers, or begin another session.
    private let gate = Gate(1)
    private let calls = Gate(ToolConnection.mostCalls)
    private let state = Mutex(State())

    private init(_ transport: any ToolTransport, _ words: ServerWords, _ clock: any Clock) {
        self.transport = transport
        self.words = words
        self.clock = clock
        var limits = RPCLimits()
        limits.endsAtRefusal = true
        limits.mostGreetings = transport.mostGreetings
        peer = RPCPeer(transport, talk, limits: limits)
    }

    /// Shakes hands and reads what the server offers.
    ///
    /// - Throws: when the server does not answer as it should; then the transport is closed.
    static func open(
        _ transport: any ToolTransport, _ words: ServerWords, _ clock: any Clock
    ) async throws(StepFailure) -> ToolConnection {
        let connection = ToolConnection(transport, words, clock)
        let listening = Task { [peer = connection.peer] in _ = await peer.run() }
        connection.state.withLock { $0.listening = listening }
        let giver = Task { await connection.giveUpAfterGreeting() }
        defer { giver.cancel() }
        do throws(StepFailure) {
            try await within(longestStart, clock) { () async throws(StepFailure) in
                try await connection.openTransport()
                try await connection.shakeHands()
                try await connection.alone { () async throws(StepFailure) in try await connection.readTools()
                }
            }
            connection.listenForChanges()
            return connection
        } catch {
            let said = connection.peer.greeting.map { words.shown($0) } ?? ""
            await connection.close()
            if connection.state.withLock({ $0.isGivenUp }) {
                throw words.failure(
                    .tool,
                    "is no server of the Model Context Protocol: it says what is no message, and nothing else: \(said)"
                )
            }
            guard error.kind == .timeout else { throw error }
            throw words.failure(
                .timeout,
                "did not answer within \(longestStart / 1_000_000_000) s of its start\(words.boxHint)",
                retryable: true)
        }
    }

    /// Ends the connection to what prints something and then speaks no protocol. Any other start may take its time.
    private func giveUpAfterGreeting() async {
        for await _ in peer.greeted { break }
        do throws(CancellationError) {
            try await clock.sleep(nanoseconds: ToolConnection.longestGreeting)
        } catch {
            return
        }
        guard !Task.isCancelled, peer.greeting != nil else { return }
        state.withLock { $0.isGivenUp = true }
        await peer.close()
    }

    /// Reads the list anew when the server says that it has changed. Where that fails, the next call tells it.
    private func listenForChanges() {
        talk.onChange { [weak self] in
            Task { try? await self?.readChangedTools() }
        }
    }

    var tools: [OfferedTool] { state.withLock { $0.tools } }

    var isGone: Bool { peer.hasEnded }

    func answers() async -> Bool {
        do throws(StepFailure) {
            return try await within(ToolConnection.longestSilence, clock) { [peer] in
                do throws(RPCFailure) { _ = try await peer.request(MCPMethod.ping) } catch {
                    // One that knows no `ping` answers all the same.
                    if case .answered = error { return true }
                    return false
                }
                return true
            }
        } catch {
            return false
        }
    }

    func close() async {
        await peer.close()
        await state.withLock { $0.listening }?.value
    }

    func call(
        _ name: String, _ arguments: MapValue, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(StepFailure) -> ToolAnswer {
        guard await calls.enter() else { throw .cancelled }
        defer { calls.leave() }
        // A list that could not be read after the last call is told before the next.
        try await readChangedTools()
        // The call was made by what the list said then.
        let schema = tools.first { $0.name == name }?.result
        let answer = try await result(of: name, arguments, onProgress)
        // What the call has changed is there for the next one. The call itself is done, whatever comes of that.
        try? await readChangedTools()
        switch answer {
        case .failure(let error): return ToolAnswer(value: .string(error.message), isError: true)
        case .success(let result):
            guard let answer = ToolAnswer(result, of: schema) else {
                throw words.failure(.tool, "answered a call of `\(name)` with what is no result of a tool")
            }
            return answer
        }
    }

    /// What a call gives; an error that the model can mend is one of the results.
    private func result(
        of name: String, _ arguments: MapValue, _ onProgress: @escaping @Sendable (String) -> Void
    ) async throws(StepFailure) -> Result<Value, RPCError> {
        let params = MapValue(record: [
            (MCPField.name, .string(name)), (MCPField.arguments, .map(arguments)),
        ])
        do throws(StepFailure) {
            return try await inSession { () async throws(RPCFailure) in
                do throws(RPCFailure) {
                    let result = try await peer.request(MCPMethod.callTool, params) { progress in
                        if let words = progress.words { onProgress(words) }
                    }
                    return .success(result)
                } catch {
                    // The tool is not there, does not take these arguments, or fell over.
                    if case .answered(let error) = error, error.isAboutCall { return .failure(error) }
                    throw error
                }
            }
        } catch {
            // The tool may have done its work, which only one that changes nothing may do again.
            let isHarmless = error.kind == .rateLimited || tools.contains { $0.name == name && $0.isReadOnly }
            throw isHarmless ? error : StepFailure(error.kind, error.message)
        }
    }

    // The session.

    private func openTransport() async throws(StepFailure) {
        do throws(RPCLoss) { try await transport.open() } catch { throw words.failure(error) }
    }

    private func shakeHands() async throws(StepFailure) {
        let params = MapValue(record: [
            (MCPField.protocolVersion, .string(ProtocolRevision.newest.rawValue)),
            (MCPField.capabilities, .record([])),
            (
                MCPField.clientInfo,
                .record([(MCPField.name, .string("autorun")), (MCPField.version, .string(toolVersion))])
            ),
        ])
        let answer: Value
        do throws(RPCFailure) { answer = try await peer.request(MCPMethod.initialize, params) } catch {
            throw failure(error)
        }
        guard let named = answer.asMap?[MCPField.protocolVersion]?.asText else {
            throw words.failure(
                .tool, "is no server of the Model Context Protocol: it names no revision of it")
        }
        guard let revision = ProtocolRevision(rawValue: named) else {
            let known = ProtocolRevision.allCases.map(\.rawValue)
            throw words.failure(
                .unsupported,
                "speaks revision \(words.shown(named)) of the Model Context Protocol; here are spoken \(inWords(known, joiner: "and"))"
            )
        }
        transport.begin(revision)
        do throws(RPCLoss) { try await peer.notify(MCPNotification.initialized) } catch {
            throw words.failure(error)
        }
        talk.offersTools = answer.asMap?[MCPField.capabilities]?.asMap?[MCPField.tools] != nil
        state.withLock { $0.handshakes += 1 }
    }

    /// Does something in the session; once more in a new one, where the server does not know this one any more.
    private func inSession<Answer: Sendable>(
        _ body: () async throws(RPCFailure) -> Answer
    ) async throws(StepFailure) -> Answer {
        let handshakes = state.withLock { $0.handshakes }
        do throws(RPCFailure) { return try await body() } catch {
            guard case .lost(let loss) = error, loss.cause is SessionExpired else { throw failure(error) }
        }
        try await alone { () async throws(StepFailure) in
            // Another call may have begun the new session already.
            guard handshakes == state.withLock({ $0.handshakes }) else { return }
            transport.forgetSession()
            try await shakeHands()
            try await readTools()
        }
        do throws(RPCFailure) { return try await body() } catch { throw failure(error) }
    }

    /// Does what only one at a time may do.
    private func alone(_ body: () async throws(StepFailure) -> Void) async throws(StepFailure) {
        guard await gate.enter() else { throw .cancelled }
        defer { gate.leave() }
        try await body()
    }

    // What it offers.

    private static let mostPages = 200
    private static let mostTools = 2_000

    private func readChangedTools() async throws(StepFailure) {
        guard talk.hasChanged else { return }
        try await alone { () async throws(StepFailure) in if talk.hasChanged { try await readTools() } }
    }

    private func readTools() async throws(StepFailure) {
        let version = talk.version
        let tools = talk.offersTools ? try await listedTools() : []
        state.withLock { $0.tools = tools }
        talk.hasRead(version)
    }

    private func listedTools() async throws(StepFailure) -> [OfferedTool] {
        var tools: [OfferedTool] = []
        var names: Set<String> = []
        var cursor: Value?
        for _ in 0..<Self.mostPages {
            let page = try await page(after: cursor)
            for tool in page.tools {
                guard names.insert(tool.name).inserted else {
                    throw words.failure(.tool, "offers two tools of the name `\(words.shown(tool.name))`")
                }
                tools.append(tool)
            }
            guard tools.count <= Self.mostTools else {
                throw words.failure(.tooLarge, "offers more than \(Self.mostTools) tools")
            }
            guard let next = page.next else { return tools }
            cursor = next
        }
        throw words.failure(.tooLarge, "tells its tools on more than \(Self.mostPages) pages")
    }

    private func page(after cursor: Value?) async throws(StepFailure) -> ToolPage {
        let params = MapValue(record: cursor.map { [(MCPField.cursor, $0)] } ?? [])
        let answer: Value
        do throws(RPCFailure) { answer = try await peer.request(MCPMethod.listTools, params) } catch {
            throw failure(error)
        }
        do throws(ToolPage.Misfit) { return try ToolPage(answer) } catch {
            throw words.failure(.tool, "tells its tools in a form that is none: \(words.shown(error.words))")
        }
    }

    private func failure(_ failure: RPCFailure) -> StepFailure {
        switch failure {
        case .cancelled: .cancelled
        case .lost(let loss): words.failure(loss)
        case .answered(let error):
            words.failure(.tool, "answered with error \(error.code): \(words.shown(error.message))")
        }
    }
}

extension RPCError {
    /// Whether the error speaks of one call, and not of how the two sides speak with each other.
    fileprivate var isAboutCall: Bool {
        ![RPCError.parseErrorCode, RPCError.invalidRequestCode, RPCError.methodNotFoundCode].contains(code)
    }
}

extension RPCProgress {
    /// A sentence for a person; nil where there is nothing to say.
    fileprivate var words: String? {
        if let message, !message.isEmpty { return message }
        let done = Value.double(done).text ?? ""
        return total.map { "\(done) of \(Value.double($0).text ?? "")" } ?? done
    }
}

/// What is answered to a server that asks: nothing but `ping`, which the peer sees to, for this client offers
/// neither its model, nor a person, nor folders.
private final class ServerTalk: RPCHandler {
    private struct State {
        var offersTools = false
        /// How often the server has said that its tools have changed.
        var version = 0
        /// The version of the list that was read last.
        var readVersion = 0
        var onChange: @Sendable () -> Void = {}
    }

    private let state = Mutex(State())

    /// Whether the server has tools at all.
    var offersTools: Bool {
        get { state.withLock { $0.offersTools } }
        set { state.withLock { $0.offersTools = newValue } }
    }

    /// Counts the changes of the list.
    var version: Int { state.withLock { $0.version } }

    /// Whether the list is another than the one that was read.
    var hasChanged: Bool { state.withLock { $0.version != $0.readVersion } }

    /// The list was read, when it had this version or a later one.
    func hasRead(_ version: Int) { state.withLock { $0.readVersion = version } }

    /// Has somebody told when the list changes.
    func onChange(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onChange = body } }

    func answer(_ request: RPCRequest) async throws(RPCError) -> Value {
        throw .methodNotFound(request.method)
    }

    func take(_ notification: String, _ params: MapValue) {
        guard notification == MCPNotification.toolsChanged else { return }
        let onChange = state.withLock { state in
            state.version += 1
            return state.onChange
        }
        onChange()
    }
}
