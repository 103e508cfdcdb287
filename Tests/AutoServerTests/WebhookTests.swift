import AutoRuntime
import AutoServer
import AutoStore
import Testing
import Values

private let secret = "a secret of the webhook"

private func signed(_ body: String, by key: String = secret) -> String {
    hmacSHA256(Array(body.utf8), key: Array(key.utf8)).map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
}

private let hooked = """
    automation "Hook"
    input payload: json
    input action: text = "none"
    secret HOOK
    START begin -> tell { prompt_template { webhook: { secret: secrets.HOOK } } }
    DATA_TRANSFORM tell -> end {
      prompt_template { value: "${inputs.action} ${inputs.payload.?issue.?title.orValue("-")}" }
    }
    """

private let open = """
    automation "Open"
    input name: text
    input count: int = 1
    START begin -> tell { prompt_template { webhook: true } }
    DATA_TRANSFORM tell -> end { prompt_template { value: "${inputs.name} ${inputs.count}" } }
    """

extension Client {
    /// As somebody who has no token.
    fileprivate func deliver(
        _ path: String, _ body: String, _ headers: [String: String]
    ) async throws -> Answer {
        try await with(token: nil).send(.post, path + "/webhook", body, headers: headers)
    }

    fileprivate func result(_ path: String, _ answer: Answer) async throws -> String? {
        try #require(answer.status == 202, "\(answer.text)")
        return try await ended("\(path)/sessions/\(try answer.id)")["steps"].items.last?["result"].asText
    }
}

@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    private func server() -> TestServer {
        var server = TestServer()
        server.secrets = ["HOOK": secret]
        return server
    }

    @Test(arguments: ["", "sha256=", "SHA256="])
    func aSignedBodyStartsASession(prefix: String) async throws {
        try await server().run { client in
            let path = try await client.make(hooked)
            let body = #"{"action": "opened", "issue": {"title": "It crashes"}}"#
            let answer = try await client.deliver(path, body, ["X-Hub-Signature-256": prefix + signed(body)])
            #expect(answer.json["status"].asText == "NEW")
            let session = "\(path)/sessions/\(try answer.id)"
            #expect(answer.header("Location") == session)
            #expect(try await client.result(path, answer) == "opened It crashes")
            // What signs is in no record.
            let record = try await client.get(session).text
            #expect(!record.contains(secret) && record.contains("[secret HOOK]"))
        }
    }

    @Test func capitalsOfASignatureCountAsSmallLetters() async throws {
        try await server().run { client in
            let path = try await client.make(hooked)
            let answer = try await client.deliver(
                path, "{}", ["X-Hub-Signature-256": signed("{}").uppercased()])
            #expect(try await client.result(path, answer) == "none -")
        }
    }

    @Test func whatIsNotSignedByTheSecretIsRefused() async throws {
        try await server().run { client in
            let path = try await client.make(hooked)
            let right = signed("{}")
            let wrong = [
                signed("{}", by: "another secret"), signed("{ }"), "", "sha256=", String(right.dropLast()),
                right + "0", "g" + right.dropFirst(), "sha1=" + right, String(repeating: "0", count: 64),
                "+1" + right.dropFirst(2),
            ]
            for signature in wrong {
                let answer = try await client.deliver(path, "{}", ["X-Hub-Signature-256": signature])
                #expect(answer.status == 401, "\(signature)")
                #expect(!answer.text.contains(secret))
            }
            #expect(try await client.deliver(path, "{}", [:]).status == 401)
            #expect(try await client.deliver(path, "{}", ["X-Other": right]).status == 401)
            // Who may run automations has not signed either.
            #expect(try await client.send(.post, path + "/webhook", "{}").status == 401)
            #expect(try await client.get(path + "/sessions").json.items.isEmpty)
            let metrics = try await client.get("/metrics").text
            #expect(metrics.contains("autorun_webhooks_total{outcome=\"started\"} 0"))
        }
    }

    @Test func theHeaderIsTheOneThatSTARTNames() async throws {
        try await server().run { client in
            let text = hooked.replacing("secrets.HOOK }", with: "secrets.HOOK, header: \"X-Signature\" }")
            let path = try await client.make(text)
            #expect(try await client.deliver(path, "{}", ["X-Hub-Signature-256": signed("{}")]).status == 401)
            let answer = try await client.deliver(path, "{}", ["x-signature": signed("{}")])
            #expect(try await client.result(path, answer) == "none -")
        }
    }

    @Test func aSecretThatIsNotSetIsAConflict() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hooked)
            let answer = try await client.deliver(path, "{}", ["X-Hub-Signature-256": signed("{}")])
            #expect(answer.status == 409 && !answer.text.contains("HOOK"))
        }
    }

    @Test func aTokenStartsWhereNoSecretIsNamed() async throws {
        let server = server()
        for scope in [TokenScope.read, .run] {
            try await server.store.add(server.entry(scope.rawValue, scope))
        }
        try await server.run { client in
            let path = try await client.make(open) + "/webhook"
            let body = #"{"name": "Ada", "count": 2}"#
            #expect(try await client.with(token: nil).send(.post, path, body).status == 401)
            #expect(try await client.with(token: "wrong").send(.post, path, body).status == 401)
            #expect(try await client.with(token: "read").send(.post, path, body).status == 403)
            let answer = try await client.with(token: "run").send(.post, path, body)
            #expect(try await client.result(String(path.dropLast(8)), answer) == "Ada 2")
        }
    }

    @Test(arguments: [
        (#"{"nam": "Ada"}"#, "nam"), (#"{"name": 5}"#, "name"), (#"{"name": "Ada", "count": "x"}"#, "count"),
        ("", "name"), ("[]", "body"), ("{", "body"),
    ])
    func inputsThatDoNotFitAreTold(body: String, place: String) async throws {
        try await server().run { client in
            let path = try await client.make(open)
            let answer = try await client.send(.post, path + "/webhook", body)
            #expect(answer.status == 422)
            #expect(
                answer.json["detail"].items[0]["loc"].items.contains { $0.asText == place }, "\(answer.text)")
            #expect(try await client.get(path + "/sessions").json.items.isEmpty)
        }
    }

    /// Types of their own that are written as JSON are taken as JSON.
    @Test(arguments: ["application/cloudevents+json; charset=utf-8", "application/vnd.github+json"])
    func otherJSONIsTaken(type: String) async throws {
        try await server().run { client in
            let path = try await client.make(open)
            let answer = try await client.send(.post, path + "/webhook", #"{"name": "a"}"#, type: type)
            #expect(try await client.result(path, answer) == "a 1")
            let other = try await client.send(.post, path + "/webhook", "{}", type: "application/xml+x")
            #expect(other.status == 415)
        }
    }

    @Test func aFormIsNoJSON() async throws {
        try await server().run { client in
            let path = try await client.make(open)
            let answer = try await client.send(
                .post, path + "/webhook", "payload=%7B%7D", type: "application/x-www-form-urlencoded")
            #expect(answer.status == 415 && answer.text.contains("application/json"))
        }
    }

    @Test func anAutomationWithoutAWebhookIsAConflict() async throws {
        try await server().run { client in
            let path = try await client.make(hello)
            let answer = try await client.send(.post, path + "/webhook", "{}")
            #expect(answer.status == 409 && answer.text.contains("webhook: true"))
            // Who has no token is not told what there is.
            #expect(try await client.deliver(path, "{}", ["X-Hub-Signature-256": signed("{}")]).status == 401)
            let none = "/automations/3c90c3cc-0d44-4b50-8888-8dd25736052a"
            #expect(try await client.deliver(none, "{}", ["X-Hub-Signature-256": signed("{}")]).status == 401)
            #expect(try await client.send(.post, none + "/webhook", "{}").status == 404)
        }
    }

    @Test(arguments: ["X-GitHub-Delivery", "Idempotency-Key", "webhook-id"])
    func aDeliveryThatIsSentAgainStartsOnce(header: String) async throws {
        try await server().run { client in
            let path = try await client.make(hooked)
            var headers = ["X-Hub-Signature-256": signed("{}"), header: "72d3162e-cc78-11e3"]
            let first = try await client.deliver(path, "{}", headers)
            let again = try await client.deliver(path, "{}", headers)
            #expect(first.status == 202 && again.status == 202)
            #expect(try first.id == again.id)
            headers[header] = "another"
            let ids = [try first.id, try await client.deliver(path, "{}", headers).id]
            #expect(ids[0] != ids[1])
            #expect(try await client.get(path + "/sessions").json.items.count == 2)
            // The same id with another body is no repetition.
            headers["X-Hub-Signature-256"] = signed("[]")
            #expect(try await client.deliver(path, "[]", headers).status == 422)
            let metrics = try await client.get("/metrics").text
            #expect(metrics.contains("autorun_webhooks_total{outcome=\"repeated\"} 1"))
        }
    }

    /// A client's own key for a start is another one.
    @Test func keysOfWebhooksAndOfClientsAreApart() async throws {
        try await server().run { client in
            let path = try await client.make(open)
            let key = ["Idempotency-Key": "k"]
            let hook = try await client.send(.post, path + "/webhook", #"{"name": "a"}"#, headers: key)
            let start = try await client.send(
                .post, path + "/sessions", #"{"inputs": {"name": "a"}}"#, headers: key)
            #expect(hook.status == 202 && start.status == 201)
            #expect(try hook.id != start.id)
        }
    }

    @Test func aBodyThatIsTooLargeIsRefused() async throws {
        var server = server()
        server.limits.body = 1_000
        try await server.run { client in
            let path = try await client.make(hooked)
            let body = "\"\(String(repeating: "x", count: 2_000))\""
            let answer = try await client.deliver(path, body, ["X-Hub-Signature-256": signed(body)])
            #expect(answer.status == 413)
        }
    }

    @Test func theDescriptionKnowsIt() async throws {
        try await TestServer().run { client in
            let paths = try await client.get("/openapi.json").json["paths"]
            let hook = paths["/automations/{automation_id}/webhook"]["post"]
            #expect(hook["security"].items.count == 2 && hook["security"].items[1] == .record([]))
            #expect(["202", "401", "409", "413", "422"].allSatisfy { hook["responses"].keys.contains($0) })
        }
    }
}
