import AutoRuntime
import AutoServer
import Testing
import Values

@Suite(.timeLimit(.minutes(1)))
struct AutomationTests {
    @Test func anAutomationIsMadeShownChangedAndDeleted() async throws {
        try await TestServer().run { client in
            let made = try await client.send(.post, "/automations", hello, type: "text/x-auto")
            #expect(made.status == 201)
            let path = "/automations/\(try made.id)"
            #expect(made.header("Location") == path)
            #expect(
                made.json.keys == [
                    "name", "description", "id", "organisation_id", "current_version", "created_at",
                    "updated_at", "sessions",
                ])
            #expect(made.json["description"].asText == "Greets.")
            #expect(try await client.get(path).json == made.json)
            let changed = try await client.send(
                .put, path, hello.replacing("Hello $", with: "Bye $"), type: "text/x-auto")
            #expect(changed.status == 200)
            #expect(changed.json["current_version"]["id"] != made.json["current_version"]["id"])
            let record = try await client.ended(try await client.start(path))
            #expect(record["steps"].items.last?["result"].asText == "Bye WORLD")
            #expect(try await client.send(.delete, path).status == 204)
            #expect(try await client.get(path).status == 404)
            #expect(try await client.get("/automations").json.items.isEmpty)
        }
    }

    @Test func whatTheClientAcceptsDecidesItsForm() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            for accept in ["text/x-auto", "text/plain", "text/x-auto, application/json"] {
                let text = try await client.get(path, headers: ["Accept": accept])
                #expect(text.text == hello)
                #expect(text.header("Content-Type") == "text/x-auto; charset=utf-8")
            }
            for accept in ["application/json", "*/*", "application/json, text/x-auto"] {
                let json = try await client.get(path, headers: ["Accept": accept])
                #expect(json.header("Content-Type") == "application/json")
            }
        }
    }

    @Test func slashesAtTheEndMakeNoDifference() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            let started = try await client.send(.post, path + "/sessions/")
            let session = try #require(started.header("Location"))
            _ = try await client.ended(session)
            for one in ["/automations", path, path + "/inputs", path + "/sessions", session, "/healthz"] {
                let (bare, slashed) = (try await client.get(one), try await client.get(one + "/"))
                #expect(bare.status == 200 && slashed.status == 200, "\(one)")
                #expect(bare.text == slashed.text, "\(one)")
            }
        }
    }

    @Test func anAutomationCarriesItsSessionsWithoutTheirSteps() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            for _ in 0..<3 { _ = try await client.ended(try await client.start(path)) }
            let automation = try await client.get(path).json
            #expect(automation["sessions"].items.count == 3)
            for session in automation["sessions"].items {
                #expect(
                    session.keys == [
                        "id", "automation_id", "inputs", "error", "status", "created_at", "updated_at",
                        "steps_count",
                    ])
                #expect(session["steps_count"].asInt == 3 && session["status"].asText == "FINISHED")
            }
            #expect(try await client.get("/automations").json.items == [automation])
            #expect(try await client.get(path + "?sessions=1").json["sessions"].items.count == 1)
            #expect(try await client.get(path + "?sessions=0").json["sessions"].items.isEmpty)
        }
    }

    @Test func aSummaryStaysSmallHoweverMuchSessionsHold() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            let large = String(repeating: "x", count: 100_000)
            let session = try await client.start(path, #"{"inputs": {"name": "\#(large)"}}"#)
            _ = try await client.ended(session)
            let lists = [
                "/automations?view=summary", path + "?view=summary", path + "/sessions?view=summary",
            ]
            for list in lists {
                let answer = try await client.get(list)
                #expect(answer.status == 200 && answer.text.utf8.count < 1_000, "\(list)")
            }
            let summary = try await client.get(path + "?view=summary").json
            #expect(
                summary.keys == [
                    "id", "name", "description", "version_id", "problem", "schedule", "zone", "next_start_at",
                    "webhook", "last_used_at", "waiting_count", "newest_session",
                ])
            #expect(summary["problem"] == .null)
            #expect(summary["newest_session"]["status"].asText == "FINISHED")
            #expect(try await client.get(path + "/sessions").text.utf8.count > 100_000)
        }
    }

    @Test func aFileIsNotChangedByTheAPIAndItsFaultIsTold() async throws {
        let server = TestServer()
        let id = try await server.serve(hello, problem: "line 3: it is wrong (A101)")
        try await server.run { client in
            let path = "/automations/\(id.text)"
            #expect(try await client.send(.put, path, ask, type: "text/x-auto").status == 409)
            #expect(try await client.send(.delete, path).status == 409)
            let listed = try await client.get("/automations?view=summary").json.items
            #expect(listed.map { $0["problem"].asText } == ["line 3: it is wrong (A101)"])
            // Its last good version is served as before.
            #expect(try await client.ended(try await client.start(path))["status"].asText == "FINISHED")
        }
    }

    @Test func findingsComeBackWithTheirPlaces() async throws {
        try await TestServer().run { client in
            let text = "automation \"X\"\nSTART begin -> nowhere\n"
            let answer = try await client.send(.post, "/automations", text, type: "text/x-auto")
            #expect(answer.status == 422)
            let finding = answer.json["detail"].items.first ?? .null
            #expect(finding["type"].asText == "A101")
            #expect(finding["loc"].items.first?.asText == "body")
            #expect(finding["loc"].items.dropFirst().map(\.asInt) == [2, 16])
        }
    }

    @Test func findingsInJSONComeBackWithTheirPlacesInIt() async throws {
        try await TestServer().run { client in
            func places(_ greet: String, to target: String = "\"b\"") async throws -> [Value] {
                let json = """
                    {"name": "X", "current_version": {
                      "steps": [
                        {"id": "a", "name": "begin", "step_type": "START", "prompt_template": {}},
                        {"id": "b", "name": "my greeting", "step_type": "DATA_TRANSFORM",
                         "prompt_template": {"type": "DATA_TRANSFORM", \(greet)}}],
                      "step_transitions": [
                        {"source_step_id": "a", "target_step_id": \(target), "label": null},
                        {"source_step_id": "b", "target_step_id": null, "label": null}]}}
                    """
                let answer = try await client.send(.post, "/automations", json)
                try #require(answer.status == 422, "\(answer.text)")
                return answer.json["detail"].items.map { $0["loc"] }
            }
            func field(_ name: String) -> Value {
                .list(
                    ["body", "current_version", "steps"].map(Value.string) + [
                        .int(1), .string("prompt_template"), .string(name),
                    ])
            }
            #expect(try await places(#""value": "${nothing.result}""#).first == field("value"))
            #expect(try await places(#""value": "x", "vlue": "y""#).contains(field("vlue")))
            // What the importer finds itself has the same form.
            let unknown = try await places(#""value": "x""#, to: "\"nowhere\"").first
            #expect(
                unknown?.items == [
                    .string("body"), .string("current_version"), .string("step_transitions"), .int(0),
                    .string("target_step_id"),
                ])
        }
    }

    @Test func aBrokenFileIsSaidToBeServedAsItWas() async throws {
        let server = TestServer()
        let id = try await server.serve(hello)
        let broken = "automation \"X\"\nSTART begin -> nowhere\n"
        server.served.set([
            server.file(id, broken, problem: "line 2: there is no step `nowhere` (A101)"),
            server.file(nil, name: "new.auto", problem: "the file cannot be read"),
        ])
        try await server.run { client in
            let files = try await client.get("/files").json.items
            #expect(files.map { $0["name"].asText } == ["file.auto", "new.auto"])
            #expect(files.map { $0["state"].asText } == ["earlier version", "not loaded"])
            #expect(files.map { $0["automation_id"].asText } == [id.text, nil])
            let finding = try #require(files[0]["findings"].items.first)
            #expect(finding["code"].asText == "A101" && finding["severity"].asText == "error")
            #expect(finding["line"].asInt == 2 && finding["column"].asInt == 16)
            #expect(try await client.get("/automations/\(id.text)").status == 200)
        }
    }

    @Test func inputsHaveASchema() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            let schema = try await client.get(path + "/inputs").json
            #expect(schema["properties"]["name"]["default"].asText == "world")
        }
    }

    @Test func theMachineEndpointsAnswer() async throws {
        try await TestServer().run { client in
            for path in ["/healthz", "/readyz", "/", "/page.js", "/docs"] {
                #expect(try await client.with(token: nil).get(path).status == 200, "\(path)")
            }
            #expect(try await client.get("/metrics").text.contains("autorun_queue_length 0"))
            let description = try await client.get("/openapi.json").json
            #expect(description["openapi"].asText == "3.1.0")
            #expect(try await client.send(.head, "/healthz").text.isEmpty)
        }
    }
}
