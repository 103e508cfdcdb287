import AutoRuntime
import AutoServer
import AutoStore
import Testing
import Values

@Suite(.timeLimit(.minutes(1)))
struct RefusalTests {
    /// A request that is refused, and how. `A` stands for the path of an automation, `S` for that of a session that waits.
    struct Case: Sendable, CustomTestStringConvertible {
        let method: Method
        let path: String
        var body: String?
        var type = "application/json"
        var headers: [String: String] = [:]
        let status: Int

        var testDescription: String { "\(method.rawValue) \(path) \(body ?? "") \(headers)" }
    }

    private static let nobody = "00000000-0000-4000-8000-000000000000"

    static let cases: [Case] = [
        Case(method: .get, path: "/nowhere", status: 404),
        Case(method: .get, path: "/automations/\(nobody)", status: 404),
        Case(method: .get, path: "/automations/\(nobody)/inputs", status: 404),
        Case(method: .get, path: "/automations/\(nobody)/sessions", status: 404),
        Case(method: .post, path: "/automations/\(nobody)/sessions", status: 404),
        Case(method: .put, path: "/automations/\(nobody)", body: ask, type: "text/x-auto", status: 404),
        Case(method: .delete, path: "/automations/\(nobody)", status: 404),
        Case(method: .get, path: "A/sessions/\(nobody)", status: 404),
        Case(method: .get, path: "A/sessions/\(nobody)/questions", status: 404),
        Case(method: .patch, path: "A/sessions/\(nobody)/cancel", status: 404),
        Case(method: .post, path: "A/sessions/\(nobody)/retry", status: 404),
        Case(
            method: .post, path: "A/sessions/\(nobody)/rerun", body: #"{"from": "ask"}"#, status: 404),
        Case(
            method: .patch, path: "A/sessions/\(nobody)/user_input", body: #"{"user_input": 1}"#, status: 404),
        Case(method: .delete, path: "A/sessions", status: 405),
        Case(
            method: .post, path: "A/sessions", body: "{}", headers: ["Content-Encoding": "gzip"], status: 415),
        Case(method: .get, path: "A", headers: ["Host": "another.example"], status: 400),
        Case(method: .post, path: "/healthz", status: 405),
        Case(method: .post, path: "S/retry", status: 409),
        Case(method: .post, path: "S/rerun", body: #"{"from": "nowhere"}"#, status: 409),
        Case(method: .post, path: "S/rerun", body: #"{"from": "ask#2"}"#, status: 409),
        Case(method: .post, path: "S/rerun", body: #"{"record": "\#(nobody)"}"#, status: 409),
        Case(
            method: .patch, path: "S/user_input", body: #"{"user_input": "yes", "step": "done"}"#, status: 409
        ),
        Case(method: .post, path: "A/sessions", body: "x", type: "image/png", status: 415),
        Case(method: .get, path: "/automations/nonsense", status: 422),
        Case(method: .get, path: "/automations?limit=0", status: 422),
        Case(method: .get, path: "/automations?view=all", status: 422),
        Case(method: .get, path: "A?sessions=21", status: 422),
        Case(method: .get, path: "A/sessions?cursor=x", status: 422),
        Case(method: .get, path: "A/sessions?status=DONE", status: 422),
        Case(method: .get, path: "A/sessions/1", status: 422),
        Case(method: .get, path: "S?wait=1h", status: 422),
        Case(method: .post, path: "/automations", body: #"{"name": "x"}"#, status: 422),
        Case(method: .post, path: "/automations", body: "{", status: 422),
        Case(method: .post, path: "A/sessions", body: "[1]", status: 422),
        Case(method: .post, path: "A/sessions", body: #"{"input": {}}"#, status: 422),
        Case(method: .post, path: "A/sessions", body: #"{"inputs": {"nobody": 1}}"#, status: 422),
        Case(method: .post, path: "A/sessions", headers: ["Idempotency-Key": "two words"], status: 422),
        Case(method: .patch, path: "S/user_input", body: "{}", status: 422),
        Case(method: .patch, path: "S/user_input", body: #"{"user_input": "perhaps"}"#, status: 422),
        Case(method: .post, path: "S/rerun", body: "{}", status: 422),
        Case(method: .post, path: "S/rerun", body: #"{"from": "ask#0"}"#, status: 422),
        Case(method: .post, path: "S/rerun", body: #"{"from": 1}"#, status: 422),
        Case(method: .post, path: "S/rerun", body: #"{"record": "1"}"#, status: 422),
        Case(
            method: .post, path: "S/rerun", body: #"{"from": "ask", "record": "\#(nobody)"}"#, status: 422),
    ]

    @Test(arguments: cases) func aRequestThatDoesNotFitIsRefused(_ one: Case) async throws {
        try await TestServer().run { client in
            let automation = try await client.make(ask)
            let session = try await client.start(automation)
            _ = try await client.running(session, "GET_USER_INPUT")
            var path = one.path
            if path.hasPrefix("A") { path = automation + path.dropFirst() }
            if path.hasPrefix("S") { path = session + path.dropFirst() }
            let answer = try await client.send(
                one.method, path, one.body, type: one.type, headers: one.headers)
            #expect(answer.status == one.status, "\(answer.text)")
            #expect(answer.json.keys == ["detail"])
            // Nothing has come of it.
            #expect(try await client.get(automation + "/sessions").json.items.count == 1)
            #expect(try await client.get(session).json["status"].asText == "RUNNING")
        }
    }

    @Test func nobodyIsLetInWithoutAToken() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            let requests: [(Method, String)] = [
                (.get, "/automations"), (.get, path), (.delete, path), (.post, path + "/sessions"),
                (.get, "/metrics"), (.get, "/openapi.json"),
            ]
            for (method, path) in requests {
                let none = try await client.with(token: nil).send(method, path)
                #expect(none.status == 401, "\(path)")
                #expect(none.header("WWW-Authenticate") == "Bearer realm=\"autorun\"")
                let wrong = try await client.with(token: "wrong").send(method, path)
                #expect(wrong.status == 401, "\(path)")
                #expect(wrong.header("WWW-Authenticate")?.contains("invalid_token") == true)
            }
            #expect(try await client.get(path).status == 200)
        }
    }

    @Test func aTokenDoesWhatItsScopeAllows() async throws {
        let server = TestServer()
        for (name, scope) in [("reads", TokenScope.read), ("runs", .run)] {
            try await server.store.add(server.entry(name, scope))
        }
        try await server.run { client in
            let path = try await client.make(hello)
            let (reads, runs) = (client.with(token: "reads"), client.with(token: "runs"))
            #expect(try await reads.get(path).status == 200)
            #expect(try await reads.send(.post, path + "/sessions").status == 403)
            #expect(try await runs.send(.post, path + "/sessions").status == 201)
            #expect(try await runs.send(.delete, path).status == 403)
        }
    }

    @Test func aBodyThatIsTooLargeIsRefused() async throws {
        var server = TestServer()
        server.limits.body = 1_000
        try await server.run { client in
            let path = try await client.make(hello)
            let body = #"{"inputs": {"name": "\#(String(repeating: "x", count: 2_000))"}}"#
            #expect(try await client.send(.post, path + "/sessions", body).status == 413)
        }
    }
}
