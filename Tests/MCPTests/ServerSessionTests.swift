import MCP
import Testing
import Values

/// What a client and a server say to each other, whatever carries it.
@Suite(.timeLimit(.minutes(1))) struct ServerSessionTests {
    @Test func aClientBeginsAndIsToldWhoTheServerIs() async throws {
        try await Scene().run { client in
            let answer = try await client.begin("2025-06-18")
            #expect(answer["protocolVersion"] == .string("2025-06-18"))
            #expect(answer["serverInfo"]["name"] == .string("test"))
            #expect(answer["instructions"] == .string("Try it."))
            #expect(answer["capabilities"]["tools"]["listChanged"] == .bool(true))
            #expect(answer["capabilities"]["resources"] != .null)
        }
    }

    @Test(arguments: [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-11-25", "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
    ])
    func aRevisionIsAgreedOn(_ asked: String, _ agreed: String) async throws {
        try await Scene().run { client in
            let answer = try await client.begin(asked)
            #expect(answer["protocolVersion"] == .string(agreed))
        }
    }

    @Test func nothingIsAnsweredBeforeTheBeginning() async throws {
        try await Scene().run { client in
            let error = try await client.error("tools/list")
            #expect(error["code"] == .int(-32_600))
            #expect(error["message"].asText?.contains("initialize") == true)
            // Whether the server is there may be asked at any time.
            #expect(try await client.result("ping") == .record([]))
            _ = try await client.begin()
            let again = try await client.error("initialize", ["protocolVersion": .string("2025-06-18")])
            #expect(again["code"] == .int(-32_600))
        }
    }

    @Test func whatIsWrongIsAnswered() async throws {
        try await Scene().run { client in
            _ = try await client.begin()
            #expect(try await client.error("tools/lst")["code"] == .int(-32_601))
            #expect(try await client.error("tools/call")["code"] == .int(-32_602))
            let unknown = try await client.error("tools/call", ["name": .string("ehco")])
            #expect(unknown["code"] == .int(-32_602))
            #expect(unknown["message"].asText?.contains("did you mean `echo`?") == true)
            let list = ["name": Value.string("echo"), "arguments": .list([])]
            #expect(try await client.error("tools/call", list)["code"] == .int(-32_602))
            #expect(try await client.error("tools/list", ["cursor": .string("no")])["code"] == .int(-32_602))
            #expect(
                try await client.error("resources/read", ["uri": .string("x")])["code"] == .int(-32_002))
            #expect(
                try await client.error("logging/setLevel", ["level": .string("loud")])["code"]
                    == .int(-32_602))
        }
    }

    @Test func toolsComeInPages() async throws {
        try await Scene(tools: 450).run { client in
            _ = try await client.begin()
            var names: [String] = []
            var cursor: Value?
            var pages = 0
            repeat {
                let page = try await client.result("tools/list", cursor.map { ["cursor": $0] } ?? [:])
                names += (page["tools"].asList ?? []).compactMap { $0["name"].asText }
                cursor = page["nextCursor"] == .null ? nil : page["nextCursor"]
                pages += 1
            } while cursor != nil
            #expect(names.count == 450 && Set(names).count == 450)
            #expect(pages == 3)
        }
    }

    @Test func anOlderClientIsToldWhatItKnows() async throws {
        try await Scene().run { client in
            _ = try await client.begin("2024-11-05")
            let tool = try await client.result("tools/list")["tools"].asList?.first ?? .null
            #expect(tool["outputSchema"] == .null && tool["annotations"] == .null && tool["title"] == .null)
            let result = try await client.call("echo", ["text": .string("hi")])
            #expect(result["structuredContent"] == .null)
            #expect(result["content"].asList?.first?["text"] == .string(#"{"text":"hi"}"#))
        }
        try await Scene().run { client in
            _ = try await client.begin()
            let tool = try await client.result("tools/list")["tools"].asList?.first ?? .null
            #expect(tool["annotations"]["readOnlyHint"] == .bool(true))
            #expect(tool["outputSchema"]["type"] == .string("object"))
            #expect(
                try await client.call("echo", ["text": .string("hi")])["structuredContent"]
                    == .record([("text", .string("hi"))]))
        }
    }

    @Test func progressIsToldToWhoAsks() async throws {
        try await Scene().run { client in
            _ = try await client.begin()
            let meta = Value.record([("progressToken", .string("p"))])
            let params = ["name": Value.string("echo"), "arguments": .record([]), "_meta": meta]
            _ = try await client.result("tools/call", params)
            let told = client.link.notifications("notifications/progress")
            #expect(told.map { $0["message"].asText } == ["first", "second"])
            #expect(told.map { $0["progressToken"].asText } == ["p", "p"])
            _ = try await client.call("echo")
            #expect(client.link.notifications("notifications/progress").count == 2)
        }
    }

    @Test func aCallThatIsTakenBackIsCancelledAndNotAnswered() async throws {
        let scene = Scene()
        try await scene.run { client in
            _ = try await client.begin()
            client.link.send(
                .request(id: .number(77), method: "tools/call", params: ["name": .string("wait")]))
            await scene.host.began.wait()
            client.link.send(
                .notification(method: "notifications/cancelled", params: ["requestId": .int(77)]))
            #expect(await scene.host.ended.wait() == "taken back")
            _ = try await client.result("ping")
            #expect(!client.link.answered.contains(.number(77)))
        }
    }

    @Test func aClientThatIsGoneHasTakenNothingBack() async throws {
        let scene = Scene()
        try await scene.run { client in
            _ = try await client.begin()
            client.link.send(
                .request(id: .number(77), method: "tools/call", params: ["name": .string("wait")]))
            await scene.host.began.wait()
        }
        #expect(await scene.host.ended.wait() == "gone")
    }

    @Test func aClientThatCanIsAsked() async throws {
        try await Scene().run { client in
            _ = try await client.begin(canAsk: true)
            client.link.answers = { method, params in
                #expect(method == "elicitation/create" && params["message"] == .string("Really?"))
                return .record([
                    ("action", .string("accept")), ("content", .record([("answer", .string("yes"))])),
                ])
            }
            #expect(try await client.call("ask")["structuredContent"]["answer"] == .string("yes"))
            client.link.answers = { _, _ in .record([("action", .string("decline"))]) }
            #expect(try await client.call("ask")["structuredContent"]["answer"] == .string("refused"))
        }
        try await Scene().run { client in
            _ = try await client.begin()
            #expect(try await client.call("ask")["structuredContent"]["answer"] == .string("cannot"))
        }
        // The revision of before does not have it.
        try await Scene().run { client in
            _ = try await client.begin("2025-03-26", canAsk: true)
            #expect(
                try await client.call("ask")["content"].asList?.first?["text"]
                    == .string(#"{"answer":"cannot"}"#))
        }
    }

    @Test func notesAndChangesAreTold() async throws {
        let scene = Scene()
        try await scene.run { client in
            _ = try await client.begin()
            client.link.send(.notification(method: "notifications/initialized", params: MapValue()))
            let note = await client.link.next("notifications/message")
            #expect(note["data"] == .string("a file has errors") && note["level"] == .string("warning"))
            scene.host.change()
            _ = await client.link.next("notifications/tools/list_changed")
        }
    }

    @Test func aClientThatWantsErrorsOnlyIsToldNoNotes() async throws {
        let scene = Scene()
        try await scene.run { client in
            _ = try await client.begin()
            #expect(try await client.result("logging/setLevel", ["level": .string("error")]) == .record([]))
            client.link.send(.notification(method: "notifications/initialized", params: MapValue()))
            scene.host.change()
            _ = await client.link.next("notifications/tools/list_changed")
            #expect(client.link.notifications("notifications/message").isEmpty)
        }
    }

    @Test func resourcesAreListedAndRead() async throws {
        try await Scene().run { client in
            _ = try await client.begin()
            let page = try await client.result("resources/list")
            #expect(page["resources"].asList?.count == 1 && page["nextCursor"] == .string("more"))
            let read = try await client.result("resources/read", ["uri": .string("test://one")])
            #expect(read["contents"].asList?.first?["text"] == .string("1"))
            #expect(
                try await client.result("resources/templates/list")["resourceTemplates"].asList?.count == 1)
        }
    }
}

extension Value {
    subscript(name: String) -> Value { asMap?[name] ?? .null }
}
