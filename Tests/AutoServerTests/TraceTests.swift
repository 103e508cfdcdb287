import AutoRuntime
import AutoServer
import Foundation
import OrderedCollections
import Testing
import Values

/// `GET …/sessions/{id}/trace`.
@Suite(.timeLimit(.minutes(1))) struct TraceTests {
    @Test func aCancelledSessionTellsByWhomAndHowItsTryEnded() async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(slow))
            let step = try await client.running(session, "LLM_CALL")
            #expect(try await client.get(session + "/trace").json == .list([]))
            #expect(try await client.send(.patch, session + "/cancel").status == 200)
            // Once more changes nothing.
            #expect(try await client.send(.patch, session + "/cancel").status == 200)
            let events = try await client.get(session + "/trace").json.items
            #expect(events.map { $0["event"].asText } == ["session", "attempt"])
            try #require(events.count == 2)
            #expect(events[0].keys == ["at", "step_record_id", "event", "attempt", "data"])
            #expect(events[0]["step_record_id"] == .null && events[0]["attempt"] == .null)
            #expect(JSON.text(events[0]["data"]) == #"{"turn":"cancelled","by":"own"}"#)
            #expect(events[1]["step_record_id"] == step["id"] && events[1]["attempt"].asInt == 1)
            #expect(events[1]["data"]["ok"] == .bool(false))
            #expect(events[1]["data"]["kind"].asText == "cancelled")
            let time = try #require(events[1]["at"].asText)
            #expect(time.count == "2023-11-14T22:13:20.000Z".count && time.hasSuffix("Z"))
            // A record has whole seconds; the time at which its last try ended is exact.
            let row = try #require(try await client.get(session + "/timeline").json.items.last)
            let ended = try #require(row["ended_at_ms"].asInt)
            #expect(row["id"] == step["id"] && time.hasSuffix(String(format: ".%03dZ", ended % 1000)))
            let metrics = try await client.get("/metrics").text
            #expect(metrics.contains("autorun_attempts_total{end=\"cancelled\"} 1\n"))
            #expect(metrics.contains("autorun_retries_total 0\n"))
        }
    }

    @Test func pagesLeadOnFromWhereTheLastOneEnded() async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(slow))
            _ = try await client.running(session, "LLM_CALL")
            _ = try await client.send(.patch, session + "/cancel")
            let first = try await client.get(session + "/trace?limit=1")
            #expect(first.json.items.map { $0["event"].asText } == ["session"])
            let link = try #require(first.header("Link"))
            #expect(link == "<\(session)/trace?limit=1&after=1>; rel=\"next\"")
            let second = try await client.get(session + "/trace?limit=1&after=1")
            #expect(second.json.items.map { $0["event"].asText } == ["attempt"])
            let last = try await client.get(session + "/trace?limit=1&after=2")
            #expect(last.json == .list([]) && last.header("Link") == nil)
        }
    }

    @Test func whoMayNotReadIsRefused() async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(hello))
            _ = try await client.ended(session)
            #expect(try await client.get(session + "/trace").json == .list([]))
            #expect(try await client.with(token: nil).get(session + "/trace").status == 401)
            let automation = session.split(separator: "/").dropLast().joined(separator: "/")
            let unknown = "/\(automation)/018bcfe5-6800-7000-8000-000000000009/trace"
            #expect(try await client.get(unknown).status == 404)
            for query in ["after=-1", "after=x", "limit=0"] {
                #expect(try await client.get("\(session)/trace?\(query)").status == 422)
            }
        }
    }
}
