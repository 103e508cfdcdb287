import AutoServer
import Testing
import Values

/// What a request asks for in its query.
@Suite(.timeLimit(.minutes(1))) struct QueryTests {
    @Test func whatThereIsNotIsNamedWithWhatThereIs() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let cases = [
                (
                    "/sessions?limit=1&statuss=FAILED", "statuss",
                    "did you mean `status`? It takes `status`, `automation_id`, `batch_id`, `waiting`, `q`, `limit`, `cursor`"
                ),
                (automation + "?xyzzy=1", "xyzzy", "it takes `view`, `sessions`"),
                (automation + "/inputs?view=summary", "view", "this takes nothing in the query"),
                ("/healthz?now", "now", "this takes nothing in the query"),
            ]
            for (path, name, advice) in cases {
                let answer = try await client.get(path)
                #expect(answer.status == 422, "\(path)")
                let item = try #require(answer.json["detail"].items.first, "\(path)")
                #expect(item["loc"] == .list([.string("query"), .string(name)]))
                #expect(item["msg"].asText == "there is no `\(name)` here: \(advice)")
                #expect(item["type"].asText == "extra_forbidden")
            }
            // Also where something is begun: nothing has come of it.
            #expect(try await client.send(.post, automation + "/sessions?dry_run=true").status == 422)
            #expect(try await client.get(automation + "/sessions").json.items.isEmpty)
        }
    }

    @Test func whatTheDescriptionNamesIsTaken() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let session = try await client.start(automation)
            _ = try await client.ended(session)
            let values = [
                "limit": "5", "cursor": "00000000-0000-4000-8000-000000000000", "view": "summary",
                "sort": "used", "sessions": "1", "wait": "0s", "status": "FINISHED", "waiting": "false",
                "q": "hello", "after": "0",
                "batch_id": "00000000-0000-4000-8000-000000000000", "open": "true",
                "automation_id": try #require(automation.split(separator: "/").last.map(String.init)),
            ]
            let batch = try await client.send(.post, automation + "/batches", #"{"inputs": [{}]}"#).id
            let paths = try await client.get("/openapi.json").json["paths"]
            for path in paths.keys {
                let operation = paths[path]["get"]
                let names = operation["parameters"].items.filter { $0["in"].asText == "query" }
                    .compactMap { $0["name"].asText }
                guard operation.asMap != nil else { continue }
                #expect(operation["responses"].keys.contains("422"), "\(path)")
                let place = path.replacing(
                    "/automations/{automation_id}/sessions/{session_id}", with: session
                )
                .replacing("/automations/{automation_id}", with: automation)
                .replacing("{batch_id}", with: batch)
                for name in names {
                    let value = try #require(values[name], "\(path) \(name)")
                    #expect(
                        try await client.get("\(place)?\(name)=\(value)").status == 200, "\(path) \(name)")
                }
            }
        }
    }

    /// A page is asked for by whatever address somebody keeps.
    @Test func thePageTakesAnyQuery() async throws {
        try await TestServer().run { client in
            for path in ["/?from=mail", "/docs?x", "/page.js?v=2"] {
                let answer = try await client.get(path)
                #expect(answer.status == 200, "\(path)")
            }
        }
    }
}
