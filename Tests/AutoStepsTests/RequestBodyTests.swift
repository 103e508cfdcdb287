import AutoChecker
import AutoModels
import AutoRuntime
import CEL
import Foundation
import TestSupport
import Testing
import Values

/// What REST_API puts into a form.
@Suite(.timeLimit(.minutes(1))) struct FormTests {
    private func sent(_ fields: [(String, Value)]) async throws -> HTTPRequest {
        let client = FixedClient()
        _ = try await rest(client, [("url", .string("https://example.org/"))] + fields)
        return try #require(client.seen.first)
    }

    @Test(arguments: [
        ([("a", Value.string("1"))], "a=1"), ([("a b", .string("c&d=é+"))], "a+b=c%26d%3D%C3%A9%2B"),
        ([("n", .int(3)), ("ok", .bool(true))], "n=3&ok=true"),
        ([("tag", .list([.string("x"), .string("y")])), ("z", .string(""))], "tag=x&tag=y&z="),
        ([("left", .null), ("kept", .string("1"))], "kept=1"), ([], ""),
    ])
    func isEncoded(form: [(String, Value)], body: String) async throws {
        let request = try await sent([("form", .record(form))])
        #expect(request.body.map { String(decoding: $0, as: UTF8.self) } == body)
        #expect(request.method == "POST")
        let types = request.headers.filter { $0.0 == "content-type" }.map(\.1)
        #expect(types == ["application/x-www-form-urlencoded"])
    }

    @Test func theAuthorsTypeAndMethodStay() async throws {
        let type = Value.record([
            ("Content-Type", .string("application/x-www-form-urlencoded; charset=utf-8"))
        ])
        let request = try await sent([
            ("form", .record([("a", .string("1"))])), ("headers", type), ("method", .string("PUT")),
        ])
        #expect(request.method == "PUT")
        #expect(request.headers.filter { $0.0.lowercased() == "content-type" }.count == 1)
    }

    /// The whole way, from the file to what a server reads.
    @Test func arrives() async throws {
        let server = try await TestServer { _, _ in ServerAnswer.json("{\"ok\": true}") }
        let outcome = try await run(
            "input who: text\n"
                + one(
                    "REST_API t -> end { prompt_template { url: \"\(server.url)/form\"\n"
                        + "form: { name: inputs.who, tags: [\"a\", \"b\"] }\n allow_private: true } }"),
            inputs: [("who", .string("Ada & Grace"))])
        try await server.stop()
        #expect(outcome.error == nil)
        let seen = try #require(server.seen.first)
        #expect(seen.method == "POST" && seen.body == "name=Ada+%26+Grace&tags=a&tags=b")
        #expect(seen[header: "content-type"] == "application/x-www-form-urlencoded")
    }
}

/// Images that a model is shown.
@Suite(.timeLimit(.minutes(1))) struct ImageTests {
    private static let picture = "data:image/png;base64,iVBORw0KGgo="

    /// The messages that a provider is sent for the fields of an LLM_CALL.
    private func messages(
        _ fields: String, model: String, folder: String? = nil
    ) async throws -> (messages: [Value], error: String?) {
        let server = try await TestServer { request, _ in
            let events =
                request.path.hasSuffix("/v1/messages")
                ? [
                    "{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"A cat\"}}",
                    "{\"type\":\"message_stop\"}",
                ]
                : [
                    "{\"choices\":[{\"delta\":{\"content\":\"A cat\"},\"finish_reason\":\"stop\"}]}",
                    "[DONE]",
                ]
            return ServerAnswer(pieces: events.map { "data: \($0)\n\n" })
        }
        let outcome = try await run(
            one("LLM_CALL t -> end { prompt_template { model: \"\(model)\"\n\(fields) } }"),
            models: (server.url, server.url), folder: folder)
        try await server.stop()
        guard let request = server.seen.first else { return ([], outcome.error) }
        return (try JSON.parse(request.body).asMap?["messages"]?.asList ?? [], outcome.error)
    }

    private func parts(_ image: String) -> String {
        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What is it?\"},\(image)]}]"
    }

    @Test(arguments: [picture, "https://example.org/cat.png"])
    func goToOpenAI(url: String) async throws {
        let sent = try await messages("user: \"What is it?\"\n images: [\"\(url)\"]", model: "gpt-x")
        let image = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"\(url)\"}}"
        #expect(sent.error == nil && JSON.text(.list(sent.messages)) == parts(image))
    }

    @Test(arguments: [
        (picture, "{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"iVBORw0KGgo=\"}"),
        ("https://example.org/cat.png", "{\"type\":\"url\",\"url\":\"https://example.org/cat.png\"}"),
    ])
    func goToAnthropic(url: String, source: String) async throws {
        let sent = try await messages(
            "user: \"What is it?\"\n images: [\"\(url)\"]", model: "anthropic/claude-x")
        #expect(sent.error == nil)
        #expect(JSON.text(.list(sent.messages)) == parts("{\"type\":\"image\",\"source\":\(source)}"))
    }

    /// Signatures of the images that models read, as CEL writes bytes.
    private static let signatures = [
        ("\\x89PNG\\r\\n\\x1a\\n", "image/png"), ("\\xff\\xd8\\xff\\xe0", "image/jpeg"),
        ("GIF89a", "image/gif"),
        ("RIFF0000WEBP", "image/webp"),
    ]

    @Test(arguments: signatures)
    func bytesGoWithTheTypeThatTheyHave(bytes: String, type: String) async throws {
        let sent = try await messages(
            "user: \"What is it?\"\n images: [b\"\(bytes)\"]", model: "anthropic/claude-x")
        let source = sent.messages.first?.asMap?["content"]?.asList?.last?.asMap?["source"]?.asMap
        #expect(sent.error == nil && source?["media_type"] == .string(type), "\(sent)")
        #expect(source?["data"]?.asText?.isEmpty == false)
    }

    @Test func filesGoAsWhatTheyHold() async throws {
        let folder = NSTemporaryDirectory() + "autorun-images-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The name says nothing about the type.
        try Data("GIF89a".utf8).write(to: URL(fileURLWithPath: folder + "/a.png"))
        try Data("words".utf8).write(to: URL(fileURLWithPath: folder + "/b.png"))
        let fields = "user: \"What is it?\"\n images: [\"file:"
        let sent = try await messages(fields + "a.png\"]", model: "gpt-x", folder: folder)
        let image = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/gif;base64,R0lGODlh\"}}"
        #expect(sent.error == nil && JSON.text(.list(sent.messages)) == parts(image), "\(sent)")
        for (name, words) in [("b.png", "no PNG"), ("c.png", "there is no file"), ("../d.png", "outside")] {
            let refused = try await messages(fields + name + "\"]", model: "gpt-x", folder: folder)
            #expect(refused.messages.isEmpty && refused.error?.contains(words) == true, "\(refused)")
        }
    }

    /// In a conversation they belong to the last thing that the user said.
    @Test func goWithAConversation() async throws {
        let fields = """
            messages: [{ role: "user", content: "Hi" }, { role: "user", content: "What is it?" }, { role: "assistant", content: "A" }]
            images: ["\(ImageTests.picture)"]
            """
        let sent = try await messages(fields, model: "gpt-x").messages
        #expect(sent.count == 3 && sent[0].asMap?["content"] == .string("Hi"))
        #expect(sent[1].asMap?["content"]?.asList?.count == 2)
        #expect(sent[2].asMap?["content"] == .string("A"))
    }

    /// Parts of a content go as they are written, images behind them.
    @Test func goBehindTheParts() async throws {
        let part = "{ type: \"text\", text: \"What is it?\", cache_control: { type: \"ephemeral\" } }"
        let fields = "messages: [{ role: \"user\", content: [\(part)] }]\nimages: [\"\(ImageTests.picture)\"]"
        for model in ["gpt-x", "anthropic/claude-x"] {
            let sent = try await messages(fields, model: model)
            let content = sent.messages.first?.asMap?["content"]?.asList?.compactMap(\.asMap) ?? []
            #expect(sent.error == nil && content.count == 2, "\(sent)")
            #expect(content.first?["cache_control"] == .record([("type", .string("ephemeral"))]))
        }
    }

    @Test(arguments: [
        "[]", "[\"a\"]", "[{ \"type\": \"text\" }]", "[{ \"type\": \"file\", \"text\": \"a\" }]", "1",
    ])
    func otherPartsAreRefused(content: String) async throws {
        let fields =
            "messages: [{ role: \"user\", content: session.id == \"\" ? dyn(\(content)) : dyn(\(content)) }]"
        let sent = try await messages(fields, model: "gpt-x")
        #expect(sent.messages.isEmpty && sent.error?.contains("`messages[0]` is a record") == true, "\(sent)")
    }

    @Test(arguments: [
        "1", "\"not a url\"", "\"\"", "\"ftp://example.org/x\"",
    ])
    func whatIsNoImageIsRefused(image: String) async throws {
        // The checker refuses one that it can read; this one is known when the step runs.
        let fields = "images: [session.id == \"\" ? \(image) : \(image)]"
        let sent = try await messages("user: \"What is it?\"\n" + fields, model: "gpt-x")
        #expect(sent.messages.isEmpty, "nothing is asked")
        #expect(sent.error?.hasPrefix("step t: `images[0]` is ") == true, "\(sent.error ?? "")")
    }
}
