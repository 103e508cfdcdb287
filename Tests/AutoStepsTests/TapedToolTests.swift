import AutoRuntime
import StepKinds
import Synchronization
import Testing
import Values

/// What servers of tools offer and answer is kept by a recording, and given by it again with nobody asked.
@Suite(.timeLimit(.minutes(1))) struct TapedToolTests {
    private let address = ToolServerAddress(name: "s", place: .command(["s"]))
    private let question = MapValue(record: [("q", .string("a"))])

    private func recorded(_ server: FakeToolServer) async throws -> [TapeEntry] {
        let entries = Mutex<[TapeEntry]>([])
        let tape = RecordingTape(masker: Masker(["KEY": "sesame-open"])) { entry in
            entries.withLock { $0.append(entry) }
        }
        let taped = try await TapedToolServers(server, tape).connect(address)
        _ = try await taped.call("search", question) { _ in }
        _ = try await taped.call("send", MapValue(record: [("fail", .string("sesame-open"))])) { _ in }
        await taped.close()
        // As a file holds them.
        return entries.withLock { $0 }.compactMap { TapeEntry(json: $0.json) }
    }

    @Test func aRecordingAnswersForTheServer() async throws {
        let server = FakeToolServer()
        let entries = try await recorded(server)
        #expect(entries.count == 3 && server.closed.withLock { $0 } > 0)
        #expect(!entries.contains { JSON.text($0.json).contains("sesame") })
        let tape = ReplayTape(entries.map { ("an entry", $0) }, masker: Masker(["KEY": "sesame-open"]))
        // Nobody can be asked here.
        let replayed = try await TapedToolServers(NoToolServers(), tape).connect(address)
        #expect(replayed.tools == server.tools)
        #expect(
            try await replayed.call("search", question) { _ in }
                == ToolAnswer(value: .string("found"), isError: false))
        let failing = MapValue(record: [("fail", .string("sesame-open"))])
        #expect(try await replayed.call("send", failing) { _ in }.isError)
        let failure = await #expect(throws: StepFailure.self) {
            try await replayed.call("search", MapValue(record: [("q", .string("b"))])) { _ in }
        }
        #expect(
            failure?.kind == .replay && failure?.message.contains("the recording no longer fits") == true,
            "\(failure?.message ?? "")")
        #expect(server.used.withLock { $0.count } == 2)
    }
}
