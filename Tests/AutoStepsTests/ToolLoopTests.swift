import AutoRuntime
import AutoStore
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// LLM_CALL with `tools`: rounds of asking and using, until the reply asks for nothing.
@Suite(.timeLimit(.minutes(1))) struct ToolLoopTests {
    private static let echo = """
        automation "Echo"
        description "Says a word."
        input word: text
        result { said: text }
        START begin -> make
        DATA_TRANSFORM make -> end { prompt_template { value: { said: "I say " + inputs.word } } }
        """

    /// A folder whose step `agent` has these tools.
    private func folder(
        _ tools: String, more: String = "", settings: String = "", _ script: @escaping ScriptedTools.Script
    ) throws -> ToolFolder {
        let main = """
            automation "Main"
            START begin -> agent
            LLM_CALL agent -> end {
              timeout: 60s
              \(settings)
              prompt_template { user: "Do it.", tools: [\(tools)] \(more) }
            }
            """
        return try ToolFolder(["main.auto": main, "echo.auto": Self.echo], script)
    }

    private static func call(_ name: String, _ arguments: String, id: String = "a") -> ToolCall {
        ToolCall(id: id, name: name, arguments: arguments)
    }

    /// What the model was told of its tools, in the request of a number from 1.
    private func told(_ folder: ToolFolder, _ number: Int) -> [String] {
        folder.model.asked[number - 1].messages.filter { $0.asMap?["role"]?.asText == "tool" }
            .compactMap { $0.asMap?["content"]?.asText }
    }

    @Test func anAutomationIsATool() async throws {
        let folder = try folder(#""echo.auto""#) { _, number in
            number == 1
                ? ModelReply("Let me see.", calls: [Self.call("Echo", #"{"word": "hi"}"#)])
                : ModelReply("done")
        }
        #expect(try await folder.result() == .string("done"))
        let offer = folder.model.asked[0].options["tools"]?.asList?.first?.asMap
        #expect(offer?["name"] == .string("Echo") && offer?["description"] == .string("Says a word."))
        #expect(offer?["parameters"]?.asMap?["properties"]?.asMap?["word"] != nil)
        #expect(told(folder, 2) == [#"{"said":"I say hi"}"#])
        let asked = folder.model.asked[1].messages.first { $0.asMap?["tool_calls"] != nil }
        #expect(asked?.asMap?["content"] == .string("Let me see."))
        let called = try await folder.called()
        #expect(called.map(\.header.status) == [.finished])
        #expect(called.first?.header.inputs == .record([("word", .string("hi"))]))
    }

    @Test func severalToolsOfOneReplyAreToldInTheirOrder() async throws {
        let folder = try folder(#""echo.auto", { mcp: "s" }"#) { _, number in
            number == 1
                ? ModelReply(
                    "",
                    calls: [
                        Self.call("search", #"{"q": 1}"#, id: "x"),
                        Self.call("Echo", #"{"word": "b"}"#, id: "y"),
                    ]) : ModelReply("done")
        }
        #expect(try await folder.result() == .string("done"))
        #expect(told(folder, 2) == ["found", #"{"said":"I say b"}"#])
        #expect(folder.server.used.withLock { $0 } == [#"search{"q":1}"#])
        #expect(folder.server.isClosed.withLock { $0 })
    }

    /// A model that asks wrongly is told what is wrong, and may ask again.
    @Test(arguments: [
        ("Nothing", "{}", "Error: there is no tool `Nothing`, but `Echo`, `search` and `send`"),
        ("Echo", "[1]", "Error: the arguments are no JSON object: [1]"),
        ("Echo", #"{"word": 3}"#, "Error: `Echo`: the input `word` does not fit its type text"),
        ("Echo", #"{"wrod": "a"}"#, "Error: `Echo`: there is no input `wrod`: did you mean `word`?"),
        ("search", #"{"fail": true}"#, "Error: it is broken"),
    ]) func whatGoesWrongIsToldToTheModel(_ name: String, _ arguments: String, _ words: String) async throws {
        let folder = try folder(#""echo.auto", { mcp: "s" }"#) { _, number in
            number == 1 ? ModelReply("", calls: [Self.call(name, arguments)]) : ModelReply("done")
        }
        #expect(try await folder.result() == .string("done"))
        #expect(told(folder, 2).first?.hasPrefix(words) == true, "\(told(folder, 2))")
    }

    /// A call that fails takes the connection from no other call; one that has ended is made anew.
    @Test(arguments: [("lose", 1), ("die", 2)])
    func onlyAnEndedConnectionIsMadeAnew(_ what: String, _ connections: Int) async throws {
        let folder = try folder(#"{ mcp: "s" }"#) { _, number in
            switch number {
            case 1: ModelReply("", calls: [Self.call("search", "{\"\(what)\": true}")])
            case 2: ModelReply("", calls: [Self.call("search", "{}")])
            default: ModelReply("done")
            }
        }
        #expect(try await folder.result() == .string("done"))
        #expect(told(folder, 3) == ["Error: no answer came", "found"])
        #expect(folder.server.connections.withLock { $0 } == connections)
    }

    @Test func aDeclaredToolEndsTheStep() async throws {
        let folder = try folder(#"{ name: "book", description: "Books.", parameters: { type: "object" } }"#) {
            _, _ in ModelReply("I book.", calls: [Self.call("book", #"{"seat": 7}"#)])
        }
        let call = Value.record([
            ("id", .string("a")), ("name", .string("book")), ("arguments", .record([("seat", .int(7))])),
        ])
        #expect(
            try await folder.result() == .record([("text", .string("I book.")), ("calls", .list([call]))]))
        let other = try self.folder(#"{ name: "book", parameters: { type: "object" } }"#) { _, _ in
            ModelReply("No need.")
        }
        #expect(try await other.result() == .record([("text", .string("No need.")), ("calls", .list([]))]))
    }

    @Test func askingWithoutEndFails() async throws {
        let folder = try folder(#""echo.auto""#, more: "\nmax_rounds: 3") { _, _ in
            ModelReply("", calls: [Self.call("Echo", #"{"word": "hi"}"#)])
        }
        let (end, record) = try await folder.run()
        #expect(end == .failed && record.steps.last?.errorKind == "max_rounds")
        #expect(folder.model.asked.count == 3)
    }

    @Test func theLastReplyIsOfTheStepsType() async throws {
        let folder = try folder(#""echo.auto""#, settings: "result: { n: int }") { _, number in
            number == 1
                ? ModelReply("", calls: [Self.call("Echo", #"{"word": "hi"}"#)]) : ModelReply(#"{"n": 3}"#)
        }
        #expect(try await folder.result() == .record([("n", .int(3))]))
    }

    /// After a crash the rounds stand in the trace: neither the model nor a tool is asked again for what is there.
    @Test func whatWasDoneIsNotDoneAgain() async throws {
        let folder = try folder(#"{ mcp: "s" }, { automation: "echo.auto", ask: true }"#) { _, number in
            number == 1
                ? ModelReply(
                    "",
                    calls: [
                        Self.call("search", "{}", id: "x"), Self.call("Echo", #"{"word": "b"}"#, id: "y"),
                    ]) : ModelReply("done")
        }
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        let asking = try #require(try await folder.called().first)
        let question = try #require(asking.steps.last)
        #expect(question.prompt?.asMap?["message"]?.asText?.contains("`Echo`") == true)
        let outcome = try await folder.store.answer(
            asking.header.id, step: question.id, with: .string(#"{"word": "mended"}"#), key: nil, now: 0)
        #expect(outcome == .recorded)
        let (last, after) = try await folder.resume(record)
        #expect(last == .finished, "\(after.header.error ?? "")")
        #expect(folder.model.asked.count == 2 && folder.server.used.withLock { $0.count } == 1)
        #expect(told(folder, 2) == ["found", #"{"said":"I say mended"}"#])
        #expect(try await folder.called().count == 2)
        let trace = try await folder.store.trace(of: record.header.id)
        #expect(trace.map(\.happening.word).filter { $0 == .tools }.count == 1)
        #expect(trace.map(\.happening.word).filter { $0 == .tool }.count == 2)
        // Waiting for a person is no try.
        #expect(trace.map(\.happening.word).filter { $0 == .attempt }.count == 1)
    }

    @Test(arguments: [
        ("no", "Error: a person has not allowed it"),
        ("ask Ada first", "Error: a person has not allowed it, and says: ask Ada first"),
        ("Yes", #"{"said":"I say b"}"#),
    ]) func aPersonMayRefuse(_ answer: String, _ words: String) async throws {
        let folder = try folder(#"{ automation: "echo.auto", ask: true }"#) { _, number in
            number == 1 ? ModelReply("", calls: [Self.call("Echo", #"{"word": "b"}"#)]) : ModelReply("done")
        }
        let (_, record) = try await folder.run()
        let asking = try #require(try await folder.called().first)
        _ = try await folder.store.answer(
            asking.header.id, step: try #require(asking.steps.last).id, with: .string(answer), key: nil,
            now: 0)
        #expect(try await folder.resume(record).end == .finished)
        #expect(told(folder, 2) == [words])
    }

    @Test(arguments: [
        (#"{ mcp: "gone" }"#, "gone: it is not there"),
        (#"{ mcp: "s", only: ["serach"] }"#, "s offers no tool `serach`: did you mean `search`?"),
        (#"{ mcp: "s" }, { mcp: "t" }"#, "two tools have the name `search`"),
    ]) func toolsThatAreNotThereFailTheStep(_ tools: String, _ words: String) async throws {
        let folder = try folder(tools) { _, _ in ModelReply("done") }
        let (end, record) = try await folder.run()
        #expect(end == .failed && record.steps.last?.errorKind == "tool")
        #expect(record.steps.last?.error?.contains(words) == true, "\(record.steps.last?.error ?? "")")
    }
}
