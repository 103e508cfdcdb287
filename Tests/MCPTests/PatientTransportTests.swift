import MCP
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct PatientTransportTests {
    /// Everything is there before the server looks, and the end is behind it, as in a shell's pipe.
    @Test func whatWasAskedBeforeTheEndIsAnswered() async throws {
        let link = Link()
        link.send(
            .request(id: .number(1), method: "initialize", params: ["protocolVersion": .string("2025-06-18")])
        )
        link.send(.request(id: .number(2), method: "tools/list", params: MapValue()))
        await link.close()
        await ServerConnection(TestHost(more: 0), over: PatientTransport(link)).run()
        #expect(link.answered == [.number(1), .number(2)])
    }

    @Test func whatTakesLongIsNotWaitedFor() async throws {
        let link = Link()
        let host = TestHost(more: 0)
        link.send(
            .request(id: .number(1), method: "initialize", params: ["protocolVersion": .string("2025-06-18")])
        )
        link.send(.request(id: .number(2), method: "tools/call", params: ["name": .string("wait")]))
        await link.close()
        await ServerConnection(host, over: PatientTransport(link, patience: .milliseconds(1))).run()
        #expect(await host.ended.wait() == "gone")
        #expect(!link.answered.contains(.number(2)))
    }
}
