import AutoRuntime
import AutoServer
import Testing
import Values

private let digest = """
    automation "Digest"
    input page: text
    result { title: text }
    START begin -> make
    DATA_TRANSFORM make -> end { prompt_template { value: { title: "About ${inputs.page}" } } }
    """

private func caller(_ id: String) -> String {
    """
    automation "Caller"
    START begin -> d
    REST_API d -> use { prompt_template { automation: "\(id)", inputs: { page: "cats" } } }
    DATA_TRANSFORM use -> end { prompt_template { value: d.result.title } }
    """
}

/// Automations of a server that call others of it by their ids.
@Suite(.timeLimit(.minutes(1))) struct CallByIDTests {
    private func id(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }

    private func put(_ client: Client, _ path: String, _ text: String) async throws -> Answer {
        try await client.send(.put, path, text, type: "text/x-auto")
    }

    @Test func oneCallsAnotherAndFollowsItsChanges() async throws {
        try await TestServer().run { client in
            let called = try await client.make(digest)
            let path = try await client.make(caller(id(called)))
            let record = try await client.ended(try await client.start(path))
            #expect(record["status"] == .string("FINISHED"), "\(record)")
            #expect(record["steps"].items.last?["result"] == .string("About cats"))
            let inner = try #require(record["steps"].items[1]["prompt"]["session_id"].asText)
            let session = try await client.get("\(called)/sessions/\(inner)")
            #expect(session.json["status"] == .string("FINISHED"), "\(session.text)")
            // The API's JSON has the id, and takes it back.
            let json = try await client.get(path).json
            let step = json["current_version"]["steps"].items[1]
            #expect(step["prompt_template"]["automation"] == .string(id(called)))
            let again = try await client.send(.put, path, JSON.text(json))
            #expect(again.status == 200, "\(again.text)")
            // What is called as it is now, without a new version of its caller.
            _ = try await put(client, called, digest.replacing("About", with: "On"))
            let later = try await client.ended(try await client.start(path))
            #expect(later["steps"].items.last?["result"] == .string("On cats"))
            // A caller that does not fit any more is not started, and says why.
            _ = try await put(client, called, digest.replacing("page", with: "topic"))
            let refused = try await client.send(.post, path + "/sessions")
            #expect(refused.status == 409, "\(refused.text)")
            #expect(refused.text.contains("what this automation calls has changed"), "\(refused.text)")
            #expect(try await client.send(.delete, called).status == 204)
            let gone = try await client.send(.post, path + "/sessions")
            #expect(gone.status == 409 && gone.text.contains("is not there"), "\(gone.text)")
        }
    }

    @Test func whatCannotBeCalledIsRefused() async throws {
        let server = TestServer()
        let file = try await server.serve(digest)
        try await server.run { client in
            // A served file may be called, one that is only in the store may not.
            let path = try await client.make(caller(file.text))
            let record = try await client.ended(try await client.start(path))
            #expect(record["steps"].items.last?["result"] == .string("About cats"), "\(record)")
            let unknown = try await client.send(
                .post, "/automations", caller("3c90c3cc-0d44-4b50-8888-8dd25736052a"), type: "text/x-auto")
            #expect(unknown.status == 422 && unknown.text.contains("is not there"), "\(unknown.text)")
            server.served.set([])
            let hidden = try await client.send(
                .post, "/automations", caller(file.text), type: "text/x-auto")
            #expect(hidden.status == 422 && hidden.text.contains("is not there"), "\(hidden.text)")
            let round = try await put(client, path, caller(id(path)))
            #expect(round.status == 422 && round.text.contains("this call never ends"), "\(round.text)")
        }
    }

    /// A session that waits with what it has called shows the question, and says where the answer goes.
    @Test func aQuestionIsListedWithTheCallerToo() async throws {
        try await TestServer().run { client in
            let called = try await client.make(ask)
            let text = """
                automation "Caller"
                START begin -> d
                REST_API d -> end { prompt_template { automation: "\(id(called))" } }
                """
            let path = try await client.start(try await client.make(text))
            var questions = [Value]()
            while questions.isEmpty { questions = try await client.get(path + "/questions").json.items }
            let place = questions[0]["asked_in"]
            #expect(questions[0]["message"] == .string("Really?"))
            #expect(
                place["automation_name"] == .string("Ask") && place["automation_id"] == .string(id(called)))
            let inner = "\(called)/sessions/\(try #require(place["id"].asText))"
            #expect(try await client.get(inner + "/questions").json.items.first?["asked_in"] == .null)
            let wrong = try await client.send(.patch, path + "/user_input", #"{"user_input":"yes"}"#)
            #expect(wrong.status == 409 && wrong.text.contains(inner + "/user_input"), "\(wrong.text)")
            let row = try await client.get(path + "/timeline").json.items[1]
            #expect(row["called"] == place)
            let right = try await client.send(.patch, inner + "/user_input", #"{"user_input":"yes"}"#)
            #expect(right.status == 200, "\(right.text)")
            #expect(try await client.ended(path)["status"] == .string("FINISHED"))
            let turns = try await client.get(path + "/trace").json.items.map { $0["data"]["turn"] }
            #expect(!turns.contains(.string("taken_over")), "nobody's process has died")
            #expect(try await client.get(path + "/questions").json.items.isEmpty)
        }
    }

    /// Who has called a session that is cancelled goes on: the step fails, and its `on_error` is the way.
    @Test func theCallerOfACancelledSessionGoesOn() async throws {
        try await TestServer().run { client in
            let called = try await client.make(ask)
            let text = """
                automation "Caller"
                START begin -> d
                REST_API d -> end { on_error -> other, prompt_template { automation: "\(id(called))" } }
                DATA_TRANSFORM other -> end { prompt_template { value: d.error.kind } }
                """
            let path = try await client.start(try await client.make(text))
            var questions = [Value]()
            while questions.isEmpty { questions = try await client.get(path + "/questions").json.items }
            let asking = try #require(questions[0]["asked_in"]["id"].asText)
            let cancelled = try await client.send(.patch, "\(called)/sessions/\(asking)/cancel")
            #expect(cancelled.json["error"] == .string("cancelled"), "\(cancelled.text)")
            let record = try await client.ended(path)
            #expect(record["status"] == .string("FINISHED"), "\(record)")
            #expect(record["steps"].items.last?["result"] == .string("session"))
            #expect(
                record["steps"].items[1]["error"]
                    == .string("the automation `Ask` was cancelled in its session \(asking)"))
        }
    }

    /// Who holds the only place runs what it calls in it.
    @Test func aCallNeedsNoPlaceOfItsOwn() async throws {
        var server = TestServer()
        server.limits.atOnce = 1
        try await server.run { client in
            let called = try await client.make(digest)
            let middle = try await client.make(caller(id(called)).replacing("Caller", with: "Middle"))
            let text = """
                automation "Outer"
                START begin -> d
                REST_API d -> end {
                  each: n in [1, 2, 3]
                  at_once: 3
                  prompt_template { automation: "\(id(middle))" }
                }
                """
            let path = try await client.make(text)
            let sessions = [try await client.start(path), try await client.start(path)]
            for session in sessions {
                #expect(try await client.ended(session)["status"] == .string("FINISHED"))
            }
        }
    }
}
