import AutoRuntime
import AutoServer
import AutoStore
import Testing
import Values

private let review = """
    automation "Review"
    START begin -> ask
    GET_USER_INPUT ask -> end {
      each: page in ["kiel.html", "rom.html"]
      at_once: 2
      timeout: 2h
      result: one_of("yes", "no")
      prompt_template { message: "Keep ${page}?" }
    }
    """

/// The lists of sessions and automations for people.
@Suite(.timeLimit(.minutes(1))) struct ListTests {
    private static let keys = [
        "id", "automation_id", "automation_name", "error", "status", "is_waiting", "created_at",
        "updated_at", "steps_count",
    ]

    @Test func sessionsOfAllAutomationsAreListedNewestFirst() async throws {
        try await TestServer().run { client in
            let (first, second) = (try await client.make(hello), try await client.make(loop))
            var started: [String] = []
            for path in [first, second, first] {
                let session = try await client.start(path)
                _ = try await client.ended(session)
                started.append(String(try #require(session.split(separator: "/").last)))
            }
            let all = try await client.get("/sessions")
            #expect(all.json.items.map { $0["id"].asText } == started.reversed())
            #expect(all.json.items.allSatisfy { $0.keys == ListTests.keys })
            #expect(all.json.items.map { $0["automation_name"].asText } == ["Hello", "Loop", "Hello"])
            let page = try await client.get("/sessions?limit=1&status=FINISHED&q=hello")
            #expect(page.json.items.map { $0["id"].asText } == [started[2]])
            let link = try #require(page.header("Link"))
            #expect(link.contains("q=hello") && link.contains("status=FINISHED"))
            let next = try #require(link.split(separator: ">").first?.dropFirst())
            #expect(try await client.get(String(next)).json.items.map { $0["id"].asText } == [started[0]])
            let id = try #require(second.split(separator: "/").last)
            #expect(try await client.get("/sessions?automation_id=\(id)").json.items.count == 1)
            #expect(try await client.get("/sessions?q=\(started[1].suffix(8))").json.items.count == 1)
            #expect(try await client.get("/sessions?status=FAILED").json.items.isEmpty)
            for wrong in ["status=DONE", "waiting=maybe", "automation_id=7", "limit=0", "cursor=x"] {
                #expect(try await client.get("/sessions?\(wrong)").status == 422, "\(wrong)")
            }
        }
    }

    @Test func whatWaitsSaysForWhat() async throws {
        try await TestServer().run { client in
            let path = try await client.make(review)
            _ = try await client.ended(try await client.start(try await client.make(hello)))
            let session = try await client.start(path)
            let waiting = try await waiting(client)
            let questions = waiting["questions"].items
            #expect(questions.map { $0["message"].asText } == ["Keep kiel.html?", "Keep rom.html?"])
            #expect(questions.map { $0["element"]["index"].asInt } == [0, 1])
            #expect(questions.allSatisfy { $0["element"]["count"].asInt == 2 })
            #expect(questions.map { $0["element"]["item"].asText } == ["kiel.html", "rom.html"])
            #expect(questions.allSatisfy { $0["asked_at"].asText != nil && $0["deadline"].asText != nil })
            #expect(questions == (try await client.get(session + "/questions").json.items))
            let automations = try await client.get("/automations?view=summary&sort=used").json.items
            #expect(automations.map { $0["name"].asText } == ["Review", "Hello"])
            #expect(automations.map { $0["waiting_count"].asInt } == [1, 0])
            #expect(automations[0]["last_used_at"] == waiting["created_at"])
        }
    }

    /// Home shows a question beside others, without the session's records: it says itself which visit it is of.
    @Test func aQuestionSaysWhichVisitItIsOf() async throws {
        let again = """
            automation "Again"
            START begin -> ask
            GET_USER_INPUT ask -> check { max_visits: 3, prompt_template { message: "More?" } }
            LOGIC_DECISION check { prompt_template { more: when ask.result == "more" -> ask, over: else -> end } }
            """
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(again))
            let first = try await waiting(client)["questions"].items
            #expect(first.map { $0["visit"].asInt } == [1])
            _ = try await client.send(.patch, session + "/user_input", #"{"user_input": "more"}"#)
            _ = try await client.session(session) { record in
                record["steps"].items.count { $0["step"]["name"].asText == "ask" } == 2
                    && record["current_step"]["status"].asText == "RUNNING"
            }
            let second = try await waiting(client)["questions"].items
            #expect(second.map { $0["visit"].asInt } == [2])
        }
    }

    /// The only session that waits, once it does.
    private func waiting(_ client: Client) async throws -> Value {
        var listed = try await client.get("/sessions?waiting=true").json.items
        while listed.isEmpty {
            try await Task.sleep(for: .milliseconds(5))
            listed = try await client.get("/sessions?waiting=true").json.items
        }
        #expect(listed.count == 1)
        return listed[0]
    }

    @Test func aTimelineTellsWhenEachRecordBeganAndEnded() async throws {
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(loop))
            let record = try await client.ended(session)
            let rows = try await client.get(session + "/timeline").json.items
            #expect(rows.map { $0["id"] } == record["steps"].items.map { $0["id"] })
            #expect(
                rows.allSatisfy {
                    $0.keys == [
                        "id", "step", "element", "visit", "status", "began_at_ms", "ended_at_ms", "called",
                    ]
                })
            let counts = rows.filter { $0["step"].asText == "count" }
            #expect(counts.map { $0["visit"].asInt } == [1, 2, 3, 4])
            for row in rows {
                let (began, ended) = (row["began_at_ms"].asInt ?? 0, row["ended_at_ms"].asInt ?? -1)
                #expect(began > 1_600_000_000_000 && ended >= began)
            }
            let asked = try await client.start(try await client.make(review))
            _ = try await client.running(asked, "GET_USER_INPUT")
            let open = try #require(try await client.get(asked + "/timeline").json.items.last)
            #expect(open["ended_at_ms"] == .null && open["element"]["count"].asInt == 2)
        }
    }

    @Test func aResultIsWhatCameToTheEnd() async throws {
        let fork = """
            automation "Fork"
            START begin -> [b, a]
            DATA_TRANSFORM a -> end { prompt_template { value: "left" } }
            DATA_TRANSFORM b -> end { prompt_template { value: [1, 2] } }
            """
        try await TestServer().run { client in
            let session = try await client.start(try await client.make(fork))
            _ = try await client.ended(session)
            let results = try await client.get(session + "/result").text
            #expect(results == #"[{"step":"a","result":"left"},{"step":"b","result":"[1,2]"}]"#)
            let asked = try await client.start(try await client.make(review))
            _ = try await client.running(asked, "GET_USER_INPUT")
            let none = try await client.get(asked + "/result")
            #expect(none.status == 409 && none.text.contains("RUNNING"))
        }
    }

    @Test func aTokenIsToldItsNameAndScope() async throws {
        let server = TestServer()
        try await server.store.add(server.entry("reader", .read))
        try await server.run { client in
            let me = try await client.with(token: "reader").get("/me")
            #expect(me.text == #"{"name":"reader","scope":"read"}"#)
            #expect(try await client.with(token: nil).get("/me").status == 401)
        }
    }

    @Test func anAnswerFindsItsStepByTheNameThatTheClientGaveIt() async throws {
        let json = """
            {"name": "Named", "current_version": {
              "steps": [
                {"id": "a", "name": "begin", "step_type": "START", "prompt_template": {}},
                {"id": "b", "name": "ask me", "step_type": "GET_USER_INPUT",
                 "prompt_template": {"message": "Really?"}}],
              "step_transitions": [{"source_step_id": "a", "target_step_id": "b", "label": null}]}}
            """
        try await TestServer().run { client in
            let made = try await client.send(.post, "/automations", json)
            try #require(made.status == 201, "\(made.text)")
            let session = try await client.start("/automations/\(try made.id)")
            _ = try await client.running(session, "GET_USER_INPUT")
            func answer(_ step: String) async throws -> Answer {
                try await client.send(
                    .patch, session + "/user_input", #"{"user_input": "yes", "step": "\#(step)"}"#)
            }
            let wrong = try await answer("ask you")
            #expect(wrong.status == 409 && wrong.text.contains("ask_me"), "\(wrong.text)")
            #expect(try await answer("ask me").status == 200)
        }
    }
}
