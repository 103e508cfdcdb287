import AutoServer
import Testing
import Values

/// Sessions that are started together, by the API.
@Suite(.timeLimit(.minutes(1))) struct BatchTests {
    private func counts(_ batch: Value) -> [String: Int] {
        Dictionary(
            uniqueKeysWithValues: batch["counts"].keys.map { ($0, batch["counts"][$0].asInt ?? -1) }
        ).filter { $0.value > 0 }
    }

    /// The batch once it has ended; the test's time limit ends a wait for what never comes.
    private func ended(_ path: String, _ client: Client) async throws -> Value {
        while true {
            let batch = try await client.get(path).json
            if batch["has_ended"].asBool == true { return batch }
        }
    }

    @Test func aListStartsASessionForEach() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let answer = try await client.send(
                .post, automation + "/batches",
                #"{"inputs": [{"name": "a"}, {}, {"name": "b"}], "at_once": 1}"#)
            #expect(answer.status == 201)
            let path = try "\(automation)/batches/\(answer.id)"
            #expect(answer.header("Location") == path)
            let batch = try await ended(path, client)
            #expect(batch["sessions_count"].asInt == 3 && batch["at_once"].asInt == 1)
            #expect(counts(batch) == ["finished": 3])
            let id = try answer.id
            let listed = try await client.get(automation + "/sessions?batch_id=\(id)").json.items
            #expect(listed.compactMap { $0["inputs"]["name"].asText } == ["b", "world", "a"])
            let other = try await client.start(automation)
            _ = try await client.ended(other)
            #expect(try await client.get(automation + "/sessions?batch_id=\(id)").json.items.count == 3)
        }
    }

    @Test(arguments: [
        ("text/csv", "name\r\na\r\n\"b, c\"\r\n"), ("text/tab-separated-values", "name\na\nb, c\n"),
        ("application/jsonl", "{\"name\": \"a\"}\n\n{\"name\": \"b, c\"}\n"),
        ("application/x-ndjson; charset=utf-8", "{\"name\": \"a\"}\r\n{\"name\": \"b, c\"}"),
    ]) func aTableStartsASessionForEachRow(type: String, body: String) async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let answer = try await client.send(.post, automation + "/batches?at_once=2", body, type: type)
            #expect(answer.status == 201 && answer.json["at_once"].asInt == 2, "\(answer.text)")
            _ = try await ended("\(automation)/batches/\(answer.id)", client)
            let listed = try await client.get(automation + "/sessions").json.items
            #expect(listed.compactMap { $0["inputs"]["name"].asText } == ["b, c", "a"])
        }
    }

    @Test(arguments: [
        (
            #"{"inputs": [{"name": 7}, {}, {"nam": "x"}]}"#, "application/json",
            [#"["body","inputs",0,"name"] value_error"#, #"["body","inputs",2,"nam"] extra_forbidden"#]
        ),
        (#"{"inputs": [7]}"#, "application/json", [#"["body","inputs",0] object_type"#]),
        (#"{"inputs": {}}"#, "application/json", [#"["body","inputs"] list_type"#]),
        ("{}", "application/json", [#"["body","inputs"] missing"#]),
        (#"{"inputs": []}"#, "application/json", [#"["body"] too_short"#]),
        (#"{"inputs": [{}], "at_once": 0}"#, "application/json", [#"["body","at_once"] int_range"#]),
        (#"{"inputs": [{}], "rows": 1}"#, "application/json", [#"["body","rows"] extra_forbidden"#]),
        ("nam\nx\n", "text/csv", [#"["body",2,"nam"] extra_forbidden"#]),
        ("name\nx,y\n", "text/csv", [#"["body",2] table_invalid"#]),
        ("{}\n[1]\n", "application/jsonl", [#"["body",2] table_invalid"#]),
        ("{}\n{\n", "application/jsonl", [#"["body",2] table_invalid"#]),
        ("name\n", "text/csv", [#"["body"] too_short"#]),
    ]) func whatDoesNotFitStartsNothing(body: String, type: String, problems: [String]) async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let answer = try await client.send(.post, automation + "/batches", body, type: type)
            #expect(answer.status == 422)
            #expect(
                answer.json["detail"].items.map { JSON.text($0["loc"]) + " " + ($0["type"].asText ?? "") }
                    == problems)
            #expect(try await client.get(automation + "/sessions").json.items.isEmpty)
        }
    }

    @Test func noMoreRunThanTheRequestAllowsAndACancelledOneEnds() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(slow)
            let answer = try await client.send(
                .post, automation + "/batches", #"{"inputs": [{}, {}, {}, {}, {}], "at_once": 2}"#)
            let path = try "\(automation)/batches/\(answer.id)"
            var batch = answer.json
            while batch["counts"]["running"].asInt != 2 { batch = try await client.get(path).json }
            #expect(counts(batch) == ["new": 3, "running": 2])
            let cancelled = try await client.send(.patch, path + "/cancel")
            #expect(cancelled.status == 200 && cancelled.json["has_ended"].asBool == true)
            #expect(counts(cancelled.json) == ["cancelled": 5])
            #expect(try await client.send(.patch, path + "/cancel").json == cancelled.json)
            let sessions = try await client.get(automation + "/sessions").json.items
            #expect(sessions.allSatisfy { $0["error"].asText == "cancelled" })
        }
    }

    @Test func oneThatWaitsForAPersonMakesWay() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(ask)
            let answer = try await client.send(
                .post, automation + "/batches", #"{"inputs": [{}, {}], "at_once": 1}"#)
            let path = try "\(automation)/batches/\(answer.id)"
            var batch = answer.json
            while batch["counts"]["waiting"].asInt != 2 { batch = try await client.get(path).json }
            #expect(counts(batch) == ["waiting": 2])
        }
    }

    @Test func theSameRequestSentAgainStartsNothing() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            func post(_ body: String) async throws -> Answer {
                try await client.send(
                    .post, automation + "/batches", body, headers: ["Idempotency-Key": "one"])
            }
            let first = try await post(#"{"inputs": [{}, {}]}"#)
            let again = try await post(#"{"inputs": [{}, {}]}"#)
            #expect(first.status == 201 && again.status == 200)
            #expect(try first.id == again.id)
            #expect(try await post(#"{"inputs": [{}]}"#).status == 422)
            #expect(try await client.get(automation + "/sessions").json.items.count == 2)
        }
    }

    @Test func theyAreListedOverAllAutomationsAndOfOne() async throws {
        try await TestServer().run { client in
            let (one, other) = (try await client.make(hello), try await client.make(ask))
            var ids: [String] = []
            for (automation, body) in [
                (one, #"{"inputs": [{}]}"#), (other, #"{"inputs": [{}, {}]}"#),
                (one, #"{"inputs": [{}, {}, {}]}"#),
            ] {
                let batch = try await client.send(.post, automation + "/batches", body)
                ids.append(try batch.id)
            }
            func listed(_ path: String) async throws -> [String] {
                try await client.get(path).json.items.compactMap { $0["id"].asText }
            }
            #expect(try await listed("/batches") == ids.reversed())
            #expect(try await listed(one + "/batches") == [ids[2], ids[0]])
            let page = try await client.get(one + "/batches?limit=1")
            #expect(page.header("Link")?.contains("cursor=\(ids[2])") == true)
            #expect(try await listed(one + "/batches?cursor=\(ids[2])") == [ids[0]])
            #expect(page.json.items.first?["automation_name"].asText == "Hello")
            for id in [ids[0], ids[2]] { _ = try await ended("\(one)/batches/\(id)", client) }
            // Nobody answers the other one's questions.
            #expect(try await listed("/batches?open=true") == [ids[1]])
            #expect(try await listed(one + "/batches?open=true").isEmpty)
            let own = try await client.get("/sessions?batch_id=\(ids[1])").json.items
            #expect(own.count == 2 && own.allSatisfy { $0["automation_name"].asText == "Ask" })
            #expect(try await client.get("/batches?open=maybe").status == 422)
        }
    }

    @Test func ofADeletedAutomationThereAreNone() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let batch = try await client.send(.post, automation + "/batches", #"{"inputs": [{}]}"#)
            _ = try await ended("\(automation)/batches/\(batch.id)", client)
            #expect(try await client.send(.delete, automation).status == 204)
            #expect(try await client.get("/batches").json.items.isEmpty)
            #expect(try await client.get(automation + "/batches").status == 404)
        }
    }

    /// As a session that was under way then: it can be looked at and cancelled, and is listed.
    @Test func whatIsUnderWayOutlivesItsAutomation() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(ask)
            let batch = try await client.send(
                .post, automation + "/batches", #"{"inputs": [{}, {}, {}], "at_once": 1}"#)
            let path = try "\(automation)/batches/\(batch.id)"
            #expect(try await client.send(.delete, automation).status == 204)
            let found = try await client.get(path)
            #expect(found.status == 200 && found.json["has_ended"].asBool == false, "\(found.text)")
            for list in ["/batches", "/batches?open=true"] {
                let listed = try await client.get(list).json.items
                #expect(try listed.map { $0["id"].asText } == [batch.id])
            }
            #expect(try await client.get(path + "/results").json.items.count == 3)
            let cancelled = try await client.send(.patch, path + "/cancel")
            #expect(cancelled.status == 200 && counts(cancelled.json) == ["cancelled": 3])
            #expect(try await ended(path, client)["sessions_count"].asInt == 3)
            #expect(try await client.get(automation + "/batches").status == 404)
        }
    }

    @Test func theQueueHasALimit() async throws {
        var server = TestServer()
        server.limits.queue = 3
        server.limits.takesWork = false
        try await server.run { client in
            let automation = try await client.make(hello)
            func status(_ rows: Int) async throws -> Int {
                let body = Value.record([("inputs", .list(Array(repeating: .record([]), count: rows)))])
                return try await client.send(.post, automation + "/batches", JSON.text(body)).status
            }
            #expect(try await status(4) == 422)
            #expect(try await status(2) == 201)
            #expect(try await status(2) == 429)
            #expect(try await status(1) == 201)
        }
    }

    /// The sessions that a request began fill the queue: the same request once more needs no room in it.
    @Test func whatHasBegunIsFoundAgainInAFullQueue() async throws {
        var server = TestServer()
        server.limits.queue = 3
        server.limits.takesWork = false
        try await server.run { client in
            let automation = try await client.make(hello)
            func post(_ path: String, _ body: String, _ key: String) async throws -> Answer {
                try await client.send(.post, automation + path, body, headers: ["Idempotency-Key": key])
            }
            let session = try await post("/sessions", #"{"inputs": {"name": "a"}}"#, "one")
            let batch = try await post("/batches", #"{"inputs": [{}, {}]}"#, "two")
            #expect(session.status == 201 && batch.status == 201, "\(session.text) \(batch.text)")
            let again = try await post("/sessions", #"{"inputs": {"name": "a"}}"#, "one")
            let batchAgain = try await post("/batches", #"{"inputs": [{}, {}]}"#, "two")
            #expect(again.status == 200 && batchAgain.status == 200)
            #expect(try again.id == session.id && batchAgain.id == batch.id)
            // Other inputs with these keys are told so, and new keys that there is no room.
            #expect(try await post("/sessions", #"{"inputs": {"name": "b"}}"#, "one").status == 422)
            #expect(try await post("/batches", #"{"inputs": [{}]}"#, "two").status == 422)
            #expect(try await post("/sessions", #"{"inputs": {"name": "a"}}"#, "three").status == 429)
            #expect(try await post("/batches", #"{"inputs": [{}, {}]}"#, "four").status == 429)
            #expect(try await client.get(automation + "/sessions").json.items.count == 3)
        }
    }

    @Test func ofAnotherAutomationThereIsNone() async throws {
        try await TestServer().run { client in
            let (one, other) = (try await client.make(hello), try await client.make(ask))
            let batch = try await client.send(.post, one + "/batches", #"{"inputs": [{}]}"#)
            #expect(try await client.get("\(other)/batches/\(batch.id)").status == 404)
            let unknown = "00000000-0000-7000-8000-000000000000"
            #expect(try await client.get("\(one)/batches/\(unknown)").status == 404)
            #expect(try await client.send(.patch, "\(one)/batches/\(unknown)/cancel").status == 404)
        }
    }

    @Test func aTableIsLookedAtAndNothingIsStarted() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let table = "name\n" + (1...12).map { "row \($0)\n" }.joined()
            let answer = try await client.send(
                .post, automation + "/batch_check?at_once=7", table, type: "text/csv")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["rows_count"].asInt == 12 && answer.json["at_once"].asInt == 7)
            #expect(answer.json["problems"].items.isEmpty)
            let rows = answer.json["rows"].items
            #expect(
                rows.count == 10 && JSON.text(rows[1]) == #"{"loc":["body",3],"inputs":{"name":"row 2"}}"#)
            #expect(try await client.get(automation + "/batches").json.items.isEmpty)
            #expect(try await client.get(automation + "/sessions").json.items.isEmpty)
        }
    }

    @Test func whatDoesNotFitIsToldByRowAndField() async throws {
        let two = """
            automation "Two"
            input who: text
            input amount: number
            input reason: text = "a taxi"
            START begin -> end
            """
        try await TestServer().run { client in
            let automation = try await client.make(two)
            let body =
                #"{"inputs": [{"who": "Ada", "amount": 2}, {"who": 7, "amount": "much"}, {"wo": "x", "amount": 1}]}"#
            let answer = try await client.send(.post, automation + "/batch_check", body)
            #expect(answer.status == 200, "\(answer.text)")
            // A name that is nearly right is one slip, and no missing input besides.
            #expect(
                answer.json["problems"].items.map { JSON.text($0["loc"]) } == [
                    #"["body","inputs",1,"who"]"#, #"["body","inputs",1,"amount"]"#,
                    #"["body","inputs",2,"wo"]"#,
                ])
            // Of a row that does not fit, what fits of it is shown, with the defaults.
            #expect(
                answer.json["rows"].items.map { JSON.text($0["inputs"]) } == [
                    #"{"who":"Ada","amount":2.0,"reason":"a taxi"}"#, #"{"reason":"a taxi"}"#,
                    #"{"amount":1.0,"reason":"a taxi"}"#,
                ])
            let started = try await client.send(.post, automation + "/batches", body)
            #expect(started.status == 422 && started.json["detail"] == answer.json["problems"])
            let none = try await client.send(.post, automation + "/batch_check", #"{"inputs": []}"#)
            #expect(none.status == 422)
        }
    }

    @Test func resultsComeRowByRow() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let started = try await client.send(
                .post, automation + "/batches", "name\na\n\"b, c\"\nd\n", type: "text/csv")
            let path = try "\(automation)/batches/\(started.id)"
            _ = try await ended(path, client)
            let page = try await client.get(path + "/results?limit=2")
            let rows = page.json.items
            #expect(rows.map { $0["row"].asInt } == [1, 2])
            #expect(rows.map { JSON.text($0["inputs"]) } == [#"{"name":"a"}"#, #"{"name":"b, c"}"#])
            #expect(rows.allSatisfy { $0["status"].asText == "finished" && $0["error"] == .null })
            let last = try #require(rows[1]["session"].asText)
            #expect(page.header("Link") == "<\(path)/results?limit=2&cursor=\(last)>; rel=\"next\"")
            let rest = try await client.get(path + "/results?cursor=\(last)")
            #expect(rest.json.items.map { $0["row"].asInt } == [3] && rest.header("Link") == nil)
            let table = try await client.get(path + "/results", headers: ["Accept": "text/csv"])
            let records = try CSV.records(table.text).map(\.record)
            #expect(records.map { $0["inputs.name"].asText } == ["a", "b, c", "d"])
            #expect(records.map { $0["row"].asText } == ["1", "2", "3"])
            #expect(
                records.map { $0["result"].asText } == rows.map { $0["result"].asText } + [
                    records[2]["result"].asText
                ])
            let lines = try await client.get(path + "/results", headers: ["Accept": "application/jsonl"])
            #expect(
                try lines.text.split(separator: "\n").map { try JSON.parse(String($0)) } == rows
                    + rest.json.items)
            let one = try await client.get(path + "/results?limit=1", headers: ["Accept": "text/csv"])
            #expect(try CSV.records(one.text).count == 1)
        }
    }

    @Test func aBatchHasItsResultsAtItsAutomation() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(hello)
            let id = try await client.send(.post, automation + "/batches", #"{"inputs": [{}]}"#).id
            let other = try await client.make(ask)
            #expect(try await client.get("\(other)/batches/\(id)/results").status == 404)
            #expect(try await client.get("\(automation)/batches/\(id)/results?limit=0").status == 422)
        }
    }
}
