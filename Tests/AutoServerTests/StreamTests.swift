import AutoRuntime
import AutoServer
import Testing
import Values

@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    private static let accept = ["Accept": "text/event-stream"]

    @Test func aStreamEndsWithTheSession() async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(ask))
            _ = try await client.running(session, "GET_USER_INPUT")
            async let stream = client.get(session, headers: StreamTests.accept)
            _ = try await client.send(.patch, session + "/user_input", #"{"user_input": "no"}"#)
            let events = try await stream.events
            #expect(events.first?.kind == "session")
            #expect(events.last?.kind == "session")
            #expect(events.last?.data == (try await client.get(session).json))
            #expect(events.allSatisfy { $0.id != nil })
            #expect(stagesGoForward(events.map(\.data)))
        }
    }

    @Test func aStreamGoesOnWhereTheClientStopped() async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(ask))
            _ = try await client.running(session, "GET_USER_INPUT")
            _ = try await client.send(.patch, session + "/user_input", #"{"user_input": "no"}"#)
            let record = try await client.ended(session)
            func kinds(behind last: String) async throws -> [String] {
                let headers = ["Accept": "text/event-stream", "Last-Event-ID": last]
                return try await client.get(session, headers: headers).events.map { event in
                    event.kind == "step" ? event.data["step"]["name"].asText ?? "" : event.kind
                }
            }
            // The client had seen the start end and the question wait.
            #expect(try await kinds(behind: "1e1r.RUNNING") == ["ask", "done", "session"])
            #expect(try await kinds(behind: "2e.RUNNING") == ["done", "session"])
            #expect(try await kinds(behind: ".NEW") == ["begin", "ask", "done", "session"])
            let whole = try await client.get(session, headers: StreamTests.accept).events
            #expect(whole.map(\.data) == [record])
            let last = try #require(whole.first?.id)
            let over = try await client.get(
                session, headers: ["Accept": "text/event-stream", "Last-Event-ID": last])
            #expect(over.status == 204 && over.bytes.isEmpty)
            // What is no id of ours, or one of another session, is as none.
            for other in [
                "", "7", "nonsense", "9e.RUNNING", "99999999999999999999e.RUNNING", "1e1r", "0e.NEW",
            ] {
                #expect(try await kinds(behind: other) == ["session"], "\(other)")
            }
        }
    }

    /// Whether no record comes in an earlier state than before.
    private func stagesGoForward(_ events: [Value]) -> Bool {
        var stages: [String: Int] = [:]
        for event in events {
            for record in event["steps"].asList ?? [event] {
                guard let id = record["id"].asText else { continue }
                let stage = ["NEW": 0, "RUNNING": 1][record["status"].asText ?? ""] ?? 2
                guard stage >= stages[id, default: 0] else { return false }
                stages[id] = stage
            }
        }
        return true
    }
}
