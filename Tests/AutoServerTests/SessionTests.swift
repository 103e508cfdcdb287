import AutoRuntime
import AutoServer
import Testing
import Values

@Suite(.timeLimit(.minutes(1)))
struct SessionTests {
    @Test func aSessionIsNewAtOnceAndFinishes() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            let answer = try await client.send(.post, path + "/sessions", #"{"inputs": {"name": "you"}}"#)
            #expect(answer.status == 201 && answer.json["status"].asText == "NEW")
            #expect(answer.json["steps"].items.isEmpty && answer.json["current_step"] == .null)
            let session = try #require(answer.header("Location"))
            let record = try await client.ended(session)
            #expect(
                record.keys == [
                    "id", "automation_id", "inputs", "error", "status", "created_at", "updated_at", "steps",
                    "steps_count", "current_step",
                ])
            #expect(record["status"].asText == "FINISHED")
            #expect(record["current_step"]["result"].asText == "Hello YOU")
            let tag = try #require(try await client.get(session).header("ETag"))
            #expect(try await client.get(session, headers: ["If-None-Match": tag]).status == 304)
        }
    }

    @Test func pagesLeadToTheNext() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            var made: [String] = []
            for _ in 0..<5 {
                let session = try await client.start(path)
                made.append(try #require(try await client.ended(session)["id"].asText))
            }
            for view in ["", "&view=summary"] {
                var seen: [String] = []
                var next: String? = path + "/sessions?limit=2&status=FINISHED" + view
                while let page = next {
                    let answer = try await client.get(page)
                    seen += answer.json.items.compactMap { $0["id"].asText }
                    next = answer.header("Link").map { link in
                        #expect(link.hasSuffix(">; rel=\"next\"") && link.contains("status=FINISHED"))
                        return String(link.dropFirst().prefix { $0 != ">" })
                    }
                }
                #expect(seen == made.reversed())
            }
            #expect(try await client.get(path + "/sessions?status=FAILED").json.items.isEmpty)
        }
    }

    @Test func aKeyStartsOneSession() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            @Sendable func start(_ name: String, _ key: String) async throws -> Answer {
                try await client.send(
                    .post, path + "/sessions", #"{"inputs": {"name": "\#(name)"}}"#,
                    headers: ["Idempotency-Key": key])
            }
            let first = try await start("a", "k1")
            let again = try await start("a", "k1")
            #expect(first.status == 201 && again.status == 200)
            #expect(try first.id == again.id)
            #expect(try await start("b", "k1").status == 422)
            #expect(try await start("a", "k2").status == 201)
            #expect(try await client.get(path + "/sessions").json.items.count == 2)
        }
    }

    @Test func aQuestionIsAnsweredOnce() async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(ask))
            let step = try #require(try await client.running(session, "GET_USER_INPUT")["id"].asText)
            let questions = try await client.get(session + "/questions").json.items
            #expect(questions.map { $0["id"].asText } == [step])
            #expect(questions.first?["choices"].items.map(\.asText) == ["yes", "no"])
            let body = #"{"user_input": "yes", "step": "\#(step)"}"#
            let answer = { @Sendable (key: String) in
                try await client.send(
                    .patch, session + "/user_input", body, headers: ["Idempotency-Key": key])
            }
            #expect(try await answer("k1").status == 200)
            #expect(try await client.ended(session)["current_step"]["result"].asText == "You said yes")
            // The same request again has answered already; another one comes too late.
            #expect(try await answer("k1").status == 200)
            #expect(try await answer("k2").status == 409)
            #expect(try await client.get(session + "/questions").json.items.isEmpty)
        }
    }

    @Test func aWaitingSessionIsSaidToWait() async throws {
        try await TestServer().run { client in
            let path = try await client.make(ask)
            let session = try await client.start(path)
            _ = try await client.running(session, "GET_USER_INPUT")
            // It waits once nothing else of it goes on, which is a moment after its record says so.
            var listed = try await client.get(path + "/sessions?view=summary").json.items
            while listed.first?["is_waiting"].asBool != true {
                try await Task.sleep(for: .milliseconds(5))
                listed = try await client.get(path + "/sessions?view=summary").json.items
            }
            #expect(listed.first?["status"].asText == "RUNNING")
        }
    }

    @Test(arguments: [("LLM_CALL", slow), ("GET_USER_INPUT", ask)])
    func cancelEndsWhatRunsAndWhatWaits(_ type: String, _ text: String) async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(text))
            _ = try await client.running(session, type)
            let answer = try await client.send(.patch, session + "/cancel")
            #expect(answer.status == 200)
            #expect(answer.json["status"].asText == "FAILED" && answer.json["error"].asText == "cancelled")
            #expect(answer.json["current_step"]["error"].asText == "cancelled")
            // Again it changes nothing.
            let again = try await client.send(.patch, session + "/cancel/")
            #expect(again.status == 200 && again.json == answer.json)
            #expect(try await client.get(session).json == answer.json)
        }
    }

    @Test func whatHasEndedIsNotCancelled() async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(hello))
            let record = try await client.ended(session)
            let answer = try await client.send(.patch, session + "/cancel")
            #expect(answer.status == 200 && answer.json == record)
        }
    }

    @Test func aRerunBeginsAtTheVisitThatIsNamed() async throws {
        try await TestServer().run { client in
            let path = try await client.make(loop)
            let first = try await client.start(path)
            let steps = try await client.ended(first)["steps"].items
            let counts = steps.filter { $0["step"]["name"].asText == "count" }
            #expect(counts.map { $0["result"].asText } == ["1", "2", "3", "4"])
            let third = try #require(counts[2]["id"].asText)
            for (body, runs) in [
                (#"{"from": "count"}"#, 4), (#"{"from": "count#3"}"#, 2), (#"{"record": "\#(third)"}"#, 2),
            ] {
                let before = try await transforms(client)
                let answer = try await client.send(.post, first + "/rerun", body)
                #expect(answer.status == 201, "\(answer.text)")
                let record = try await client.ended("\(path)/sessions/\(try answer.id)")
                #expect(record["steps"].items.map { $0["result"] } == steps.map { $0["result"] })
                #expect(try await transforms(client) - before == runs, "\(body)")
            }
        }
    }

    /// How many DATA_TRANSFORM steps have run: what a session takes over does not run.
    private func transforms(_ client: Client) async throws -> Int {
        let name = "autorun_step_seconds_count{type=\"DATA_TRANSFORM\"} "
        let lines = try await client.get("/metrics").text.split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix(name) })
        return try #require(Int(line.dropFirst(name.count)))
    }

    @Test func rerunAndRetryWaitForTheirTurn() async throws {
        var server = TestServer()
        server.limits.atOnce = 1
        try await server.run { client in
            let path = try await client.make(hello)
            let done = try await client.start(path)
            _ = try await client.ended(done)
            let tells = try await client.make(slow)
            let cancelled = try await client.start(tells)
            _ = try await client.running(cancelled, "LLM_CALL")
            _ = try await client.send(.patch, cancelled + "/cancel")
            let busy = try await client.start(tells)
            _ = try await client.running(busy, "LLM_CALL")
            let rerun = try await client.send(.post, done + "/rerun", #"{"from": "greet"}"#)
            let retry = try await client.send(.post, cancelled + "/retry")
            #expect(rerun.status == 201 && retry.status == 201)
            // One session runs at once, and that one is busy.
            #expect(try await client.get("/metrics").text.contains("autorun_queue_length 2"))
            let waiting = "\(path)/sessions/\(try rerun.id)"
            #expect(try await client.get(waiting).json["status"].asText == "NEW")
            _ = try await client.send(.patch, busy + "/cancel")
            let record = try await client.ended(waiting)
            #expect(record["current_step"]["result"].asText == "Hello WORLD")
            let tried = "\(tells)/sessions/\(try retry.id)"
            _ = try await client.running(tried, "LLM_CALL")
            #expect(try await client.send(.patch, tried + "/cancel").status == 200)
        }
    }
}
