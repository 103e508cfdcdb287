import AutoChecker
import AutoRuntime
import AutoTools
import Foundation
import Processes
import StepKinds
import Synchronization
import Testing
import Values

/// Servers that are commands, boxed where the machine has a box.
@Suite(.timeLimit(.minutes(1))) struct CommandServerTests {
    private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures").path

    private func servers(
        folder: String? = nil, clock: PatientClock = PatientClock(), settings: [String: MCPSettings] = [:]
    ) -> MCPToolServers {
        MCPToolServers(
            client: NoClient(), clock: clock, settings: settings, folder: folder ?? self.folder
        ) { name in
            name == "PATH" ? "/usr/bin:/bin" : nil
        }
    }

    private func address(
        _ kind: String, boxed: Bool = Box() != nil, environment: [String: String] = [:]
    ) -> ToolServerAddress {
        ToolServerAddress(
            name: "the MCP server `tried`", place: .command(["python3", "server.py", kind]), isBoxed: boxed,
            environment: environment)
    }

    private func connected(
        _ address: ToolServerAddress, _ body: (any ToolServer) async throws -> Void
    ) async throws {
        let server = try await servers().connect(address)
        let failure: (any Error)?
        do {
            try await body(server)
            failure = nil
        } catch {
            failure = error
        }
        await server.close()
        if let failure { throw failure }
    }

    private func call(
        _ server: any ToolServer, _ name: String, _ arguments: [(String, Value)] = []
    ) async throws -> ToolAnswer {
        try await server.call(name, MapValue(record: arguments)) { _ in }
    }

    @Test(arguments: [true, false]) func itsToolsAreListedAndCalled(boxed: Bool) async throws {
        try await connected(
            address("plain", boxed: boxed && Box() != nil, environment: ["WATCHWORD": "sesame-open"])
        ) {
            server in
            #expect(server.tools.map(\.name).prefix(2) == ["where", "read"])
            let answer = try await call(server, "where")
            let found = try #require(answer.value.asMap)
            #expect(!answer.isError && found["folder"] == .list([.string("server.py")]))
            // A variable of the settings is there, in the box too.
            #expect(found["word"] == .string("sesame-open"))
        }
    }

    /// A boxed server sees the automation's folder and no other, and cannot write into it.
    @Test(.enabled(if: Box() != nil)) func theBoxShowsTheFolderAlone() async throws {
        try await connected(address("plain")) { server in
            let own = try await call(server, "read", [("path", .string("server.py"))])
            #expect(!own.isError && own.value.asText?.contains("A server of tools") == true)
            for path in ["/etc/passwd", #filePath] {
                let other = try await call(server, "read", [("path", .string(path))])
                #expect(other.isError, "\(path)")
            }
        }
    }

    @Test func itsEndIsToldWithItsLastWords() async throws {
        try await connected(address("plain", environment: ["WATCHWORD": "sesame-open"])) { server in
            let failure = await #expect(throws: StepFailure.self) { try await call(server, "die") }
            let message = failure?.message ?? ""
            #expect(
                message.hasPrefix(
                    "the MCP server `tried` ended with exit code 3; its last words were: good night, "))
            // What the settings give it may be a secret.
            #expect(!message.contains("sesame") && message.contains("[secret WATCHWORD]"))
            // It stays so.
            await #expect(throws: StepFailure.self) { try await call(server, "where") }
        }
    }

    @Test(arguments: [
        ("ends", "ended with exit code 7; its last words were: there is nothing to do"),
        (
            "chatters",
            "is no server of the Model Context Protocol: it says what is no message, and nothing else: Server started!"
        ),
        (
            "floods",
            "sent what is no message: this is no JSON: expected a value, at byte 0; it said: line 100"
        ),
    ])
    func whatDoesNotBeginIsTold(_ kind: String, _ words: String) async throws {
        let clock = PatientClock(skipped: kind == "chatters" ? [10_000] : [])
        let failure = await #expect(throws: StepFailure.self) {
            try await servers(clock: clock).connect(address(kind))
        }
        #expect(failure?.kind == .tool)
        #expect(
            failure?.message.contains("the MCP server `tried` \(words)") == true, "\(failure?.message ?? "")")
    }

    /// Many programs print what they are before they speak the protocol.
    @Test func aGreetingIsPassedOver() async throws {
        try await connected(address("prints")) { server in
            let answer = try await call(server, "where")
            #expect(!answer.isError)
        }
    }

    /// A name that no `[mcp.NAME]` has is taken for a program's, and the failure says which one was meant.
    @Test(arguments: [
        ("nonesuch", ", and no [mcp.nonesuch] in autorun.toml, which names `files`"),
        ("fils", ", and no [mcp.fils] in autorun.toml: did you mean `files`?"), ("./fils", ""),
    ]) func aNameThatTheSettingsDoNotHaveIsTold(_ name: String, _ words: String) async {
        let settings = ["files": MCPSettings(.command(["gone-files"]))]
        let failure = await #expect(throws: StepFailure.self) {
            try await servers(settings: settings).connect(
                ToolServerAddress(
                    name: "the MCP server `x`", place: .command([name]), isBoxed: Box() != nil))
        }
        let program = name.split(separator: "/").last ?? ""
        #expect(
            failure?.message == "the MCP server `x` cannot be started: there is no program `\(program)`"
                + words)
    }

    /// One that the settings name is known to them.
    @Test func aProgramOfTheSettingsIsToldAlone() async {
        let settings = ["files": MCPSettings(.command(["gone-files"]))]
        let failure = await #expect(throws: StepFailure.self) {
            try await servers(settings: settings).connect(
                ToolServerAddress(
                    name: "the MCP server `files`", place: .command(["gone-files"]), isBoxed: Box() != nil))
        }
        #expect(
            failure?.message
                == "the MCP server `files` cannot be started: there is no program `gone-files`")
    }

    /// Many servers print what they do to their standard output, which other clients pass over.
    @Test func aLineOfALogIsPassedOver() async throws {
        try await connected(address("plain")) { server in
            let answer = try await call(server, "junk")
            #expect(answer == ToolAnswer(value: .string("junk"), isError: false))
        }
    }

    @Test func whatIsNoAnswerEndsTheConnection() async throws {
        try await connected(address("plain")) { server in
            let failure = await #expect(throws: StepFailure.self) { try await call(server, "torn") }
            #expect(
                failure?.message.hasPrefix(
                    "the MCP server `tried` sent what is no message: this is no JSON: expected a value, at byte 0; it said: I am none either: {"
                ) == true, "\(failure?.message ?? "")")
        }
    }

    /// The call is taken back at once, and the server stays of use.
    @Test func aCallCanBeCancelled() async throws {
        try await connected(address("plain")) { server in
            let (begun, says) = AsyncStream<Void>.makeStream()
            let task = Task { try await server.call("silent", MapValue()) { _ in says.finish() } }
            for await _ in begun {}
            task.cancel()
            let failure = await #expect(throws: StepFailure.self) { try await task.value }
            #expect(failure?.kind == .cancelled)
            let answer = try await call(server, "where")
            #expect(!answer.isError)
        }
    }

    /// Nothing is left of a server that does not end when it should, nor of what it has started.
    @Test(arguments: [true, false]) func closingEndsAllItsProcesses(boxed: Bool) async throws {
        let server = try await servers().connect(address("stays", boxed: boxed && Box() != nil))
        // A number that no other process has among its arguments.
        let seconds = String(UInt64.random(in: 1_000_000_000...9_000_000_000))
        _ = try await call(server, "child", [("seconds", .string(seconds))])
        // Two where the one has just begun the other, which has its words then.
        #expect(processes(with: seconds) > 0)
        await server.close()
        await server.close()
        let failure = await #expect(throws: StepFailure.self) { try await call(server, "where") }
        #expect(failure?.kind == .tool)
        #expect(processes(with: seconds) == 0)
    }

    /// How many processes have this word among their arguments.
    private func processes(with word: String) -> Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.count { name in
            let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
            return Int(name) != nil && String(decoding: words, as: UTF8.self).contains(word)
        }
    }

    @Test func aProgramThatIsNotThereIsTold() async throws {
        for command in ["nonesuch", "./nonesuch", "/none/such"] {
            let address = ToolServerAddress(
                name: "the MCP server `x`", place: .command([command]), isBoxed: Box() != nil)
            let failure = await #expect(throws: StepFailure.self) { try await servers().connect(address) }
            #expect(failure?.kind == .missing)
            #expect(
                failure?.message.hasPrefix("the MCP server `x` cannot be started: there is no program")
                    == true)
            #expect(failure?.message.contains("/none") == false)
        }
    }

    /// A program of the user's own is not shown by the box, and the failure says what to do.
    @Test(.enabled(if: Box() != nil)) func whatTheBoxDoesNotShowIsTold() async throws {
        let other = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: other) }
        let program = other.appendingPathComponent("own").path
        try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let address = ToolServerAddress(name: "the MCP server `x`", place: .command([program]))
        let failure = await #expect(throws: StepFailure.self) { try await servers().connect(address) }
        #expect(failure?.kind == .unsafe)
        #expect(failure?.message.contains("needs the program `own`, which the box does not show") == true)
        #expect(failure?.message.contains(other.path) == false)
    }

    /// A folder that only its owner may enter is shown as well, whoever runs the box; a link in it leads nowhere
    /// outside.
    @Test(.enabled(if: Box() != nil)) func aClosedFolderIsShown() async throws {
        let own = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let other = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        for folder in [own, other] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        defer { for folder in [own, other] { try? FileManager.default.removeItem(at: folder) } }
        try FileManager.default.copyItem(
            atPath: folder + "/server.py", toPath: own.appendingPathComponent("server.py").path)
        try Data("hidden".utf8).write(to: other.appendingPathComponent("secret.txt"))
        try FileManager.default.createSymbolicLink(
            atPath: own.appendingPathComponent("link").path,
            withDestinationPath: other.appendingPathComponent("secret.txt").path)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: own.path)
        let server = try await servers(folder: own.path).connect(address("plain"))
        let found = try await call(server, "where").value.asMap
        let link = try await call(server, "read", [("path", .string("link"))])
        await server.close()
        #expect(found?["folder"] == .list([.string("link"), .string("server.py")]))
        #expect(link.isError)
    }
}

/// Nothing is asked over HTTP here.
private struct NoClient: HTTPClient {
    func send(
        _ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> HTTPResponse {
        throw StepFailure(.network, "nobody is there")
    }
}
