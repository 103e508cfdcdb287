import AutoRuntime
import AutoStore
import Logging
import Synchronization
import Testing
import Values

/// Keeps what is logged.
private final class LogKeeper: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let details: [String: String]

        var session: String? { details["session"] }
    }

    private struct State {
        var lines: [Line] = []
        var waiting: [(message: String, session: String, continuation: CheckedContinuation<Line, Never>)] = []
    }

    private let state = Mutex(State())

    var lines: [Line] { state.withLock { $0.lines } }

    var log: Logger {
        var log = Logger(label: "test") { _ in KeepingHandler(keeper: self) }
        log.logLevel = .info
        return log
    }

    func keep(_ line: Line) {
        let told = state.withLock { state in
            state.lines.append(line)
            let told = state.waiting.filter { $0.message == line.message && $0.session == line.session }
            state.waiting.removeAll { $0.message == line.message && $0.session == line.session }
            return told
        }
        for one in told { one.continuation.resume(returning: line) }
    }

    /// The first line that says this of a session, once it is there: a record is stored before it is told.
    func line(_ message: String, of session: String) async -> Line {
        await withCheckedContinuation { continuation in
            let found = state.withLock { state -> Line? in
                let found = state.lines.first { $0.message == message && $0.session == session }
                if found == nil { state.waiting.append((message, session, continuation)) }
                return found
            }
            if let found { continuation.resume(returning: found) }
        }
    }

    /// The lines of a session, without those of the requests for it.
    func lines(of session: String) -> [Line] { lines.filter { $0.details["session"] == session } }
}

private struct KeepingHandler: LogHandler {
    let keeper: LogKeeper
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        keeper.keep(
            LogKeeper.Line(
                level: event.level, message: "\(event.message)", details: all.mapValues { "\($0)" }))
    }
}

/// What a server's log says at info.
@Suite(.timeLimit(.minutes(1))) struct LogTests {
    private let keeper = LogKeeper()

    private func server(sharing other: TestServer? = nil, secrets: [String: String] = [:]) -> TestServer {
        var server = TestServer(sharing: other)
        server.log = keeper.log
        server.secrets = secrets
        return server
    }

    private func id(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }

    @Test func aSessionIsToldFromItsBeginningToItsEnd() async throws {
        try await server().run { client in
            let path = try await client.start(try await client.make(ask))
            _ = try await client.running(path, "GET_USER_INPUT")
            let answer = try await client.send(.patch, path + "/user_input", #"{"user_input": "yes"}"#)
            #expect(answer.status == 200, "\(answer.text)")
            // The run goes on beside the request that brings the answer, and may be told before it.
            let end = await keeper.line("session ended", of: id(path))
            let answered = await keeper.line("session answered", of: id(path))
            let lines = keeper.lines(of: id(path))
            #expect(lines.allSatisfy { $0.level == .info })
            let told = lines.map(\.message)
            #expect(told.first == "session began", "\(told)")
            // Whether the run goes on where it was or is taken up anew depends on how soon the answer comes.
            let others = told.filter { $0 != "session goes on" }
            #expect(
                others.sorted() == ["session answered", "session began", "session ended", "session waits"])
            #expect(answered.details["token"] == "own" && answered.details["step"] == "ask")
            #expect(lines.first?.details["automation"] == "Ask")
            #expect(end.details["status"] == "FINISHED" && end.details["error"] == nil)
            #expect(end.details["ms"].flatMap(Int.init) ?? -1 >= 0)
        }
    }

    @Test func whoCancelsIsNamed() async throws {
        let server = server()
        try await server.store.add(server.entry("ada", .run))
        try await server.run { client in
            let path = try await client.start(try await client.make(slow))
            _ = try await client.running(path, "LLM_CALL")
            let answer = try await client.with(token: "ada").send(.patch, path + "/cancel")
            #expect(answer.status == 200, "\(answer.text)")
            let lines = keeper.lines(of: id(path))
            #expect(lines.first { $0.message == "session cancelled" }?.details["token"] == "ada")
            let ends = lines.filter { $0.message == "session ended" }
            #expect(ends.count == 1 && ends.first?.details["error"] == "cancelled", "\(ends)")
        }
    }

    /// Nothing of it runs, so that no run can tell its end.
    @Test func aWaitingSessionThatIsCancelledHasAnEnd() async throws {
        try await server().run { client in
            let path = try await client.start(try await client.make(ask))
            _ = try await client.running(path, "GET_USER_INPUT")
            _ = try await client.send(.patch, path + "/cancel")
            let ends = keeper.lines(of: id(path)).filter { $0.message == "session ended" }
            #expect(ends.count == 1 && ends.first?.details["status"] == "FAILED", "\(ends)")
        }
    }

    /// What a server that stopped left is told by the next one.
    @Test func aTakeoverIsTold() async throws {
        let first = TestServer()
        let path = Mutex("")
        try await first.run { client in
            let session = try await client.start(try await client.make(slow))
            _ = try await client.running(session, "LLM_CALL")
            path.withLock { $0 = session }
        }
        let session = path.withLock { $0 }
        try await server(sharing: first).run { client in
            _ = await keeper.line("session taken over from another process", of: id(session))
            let record = try await client.get(session).json
            #expect(record["status"].asText == "RUNNING")
        }
    }

    @Test func aRequestIsOneLine() async throws {
        let server = server()
        try await server.store.add(server.entry("reader", .read))
        try await server.run { client in
            _ = try await client.get("/sessions?q=words")
            _ = try await client.with(token: "reader").send(.post, "/automations", "x", type: "text/x-auto")
            _ = try await client.with(token: "stranger").get("/sessions")
            _ = try await client.get("/nowhere")
            let lines = keeper.lines.filter { $0.message == "request" }
            let seen = lines.map { line in
                ["method", "path", "status", "token"].map { line.details[$0] ?? "-" }.joined(separator: " ")
            }
            #expect(
                seen == [
                    "GET /sessions 200 own", "POST /automations 403 reader", "GET /sessions 401 -",
                    "GET /nowhere 404 -",
                ])
            #expect(lines.allSatisfy { $0.level == .info && $0.details["ms"].flatMap(Int.init) ?? -1 >= 0 })
        }
    }

    @Test func noSecretIsLogged() async throws {
        try await server(secrets: ["KEY": "canary-canary"]).run { client in
            let path = try await client.make(
                """
                automation "Secret"
                secret KEY
                START begin -> say
                REST_API say -> end {
                  timeout: 9m
                  prompt_template { url: "https://a.example/", method: "POST", body: secrets.KEY }
                }
                """)
            let session = try await client.start(path)
            _ = try await client.send(.patch, session + "/cancel")
            _ = try await client.get("/canary-canary?token=canary-canary")
            _ = try await client.with(token: "canary-canary").get("/sessions")
            #expect(keeper.lines.contains { $0.details["path"] == "/[secret KEY]" })
            #expect(!keeper.lines.contains { "\($0)".contains("canary") })
        }
    }
}
