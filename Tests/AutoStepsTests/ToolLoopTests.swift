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
        _ tools: String, more: String = "", settings: String = "", timeout: String = "60s",
        _ script: @escaping ScriptedTools.Script
    ) throws -> ToolFolder {
        let main = """
            automation "Main"
            START begin -> agent
            LLM_CALL agent -> end {
              timeout: \(timeout)
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
        #expect(folder.server.closed.withLock { $0 } == 1)
    }

    /// A model that asks wrongly is told what is wrong, and may ask again.
    @Test(arguments: [
        ("Nothing", "{}", "Error: there is no tool `Nothing`, but `Echo`, `search`, `send` and `fs_read`"),
        ("Echo", "[1]", "Error: the arguments are no JSON object: [1]"),
        ("Echo", #"{"word": [1, 2]}"#, "Error: `Echo`: the input `word` does not fit its type text"),
        ("Echo", #"{"word": "cut of"#, #"Error: the arguments are no JSON object: {"word": "cut of"#),
        ("Echo", #"{"wrod": "a"}"#, "Error: `Echo`: there is no input `wrod`: did you mean `word`?"),
        ("search", #"{"fail": true}"#, "Error: it is broken"),
    ]) func whatGoesWrongIsToldToTheModel(_ name: String, _ arguments: String, _ words: String) async throws {
        let folder = try folder(#""echo.auto", { mcp: "s" }"#) { _, number in
            number == 1 ? ModelReply("", calls: [Self.call(name, arguments)]) : ModelReply("done")
        }
        #expect(try await folder.result() == .string("done"))
        #expect(told(folder, 2).first?.hasPrefix(words) == true, "\(told(folder, 2))")
    }

    /// What a model writes loosely is taken for what it means, where it can mean only one thing.
    @Test(arguments: [
        (#"{"count": "7", "sure": "true", "names": "a"}"#, #"{"count":7,"sure":true,"names":["a"]}"#),
        (#"{"count": 7, "names": ["a", 1],}"#, #"{"count":7,"names":["a","1"]}"#),
        (#"{'count': 7}"#, #"{"count":7}"#),
        (#"{"names": "[\"a\", \"b\"]"}"#, #"{"names":["a","b"]}"#),
        // What could mean several things, or nothing, is left to the tool, which says what it thinks of it.
        (#"{"count": "7 or 8", "names": "a, b"}"#, #"{"count":"7 or 8","names":["a","b"]}"#),
        (#"{"count": null, "other": "7"}"#, #"{"count":null,"other":"7"}"#),
    ]) func looseArgumentsAreMended(_ written: String, _ given: String) async throws {
        let folder = try folder(#"{ mcp: "s" }"#) { _, number in
            number == 1 ? ModelReply("", calls: [Self.call("search", written)]) : ModelReply("done")
        }
        let (_, record) = try await folder.run()
        #expect(folder.server.used.withLock { $0 } == ["search" + given])
        // The trace says what the tool was given.
        let arguments = try await folder.store.trace(of: record.header.id).compactMap { event -> Value? in
            if case .tool(let end) = event.happening { end.arguments } else { nil }
        }
        #expect(arguments.map(JSON.text) == [given])
    }

    @Test(arguments: [
        (#"{"n": "7", "kind": "BIG", "tags": "x", "more": {"deep": "3"}}"#, ""),
        (#"{"n": 7.0, "kind": "big", "tags": ["x"], "more": "{\"deep\": 3}"}"#, ""),
        (#"{"n": "many", "kind": "big", "tags": [], "more": {"deep": 3}}"#, "the input `n` does not fit"),
        (#"{"n": 7, "kind": "tiny", "tags": [], "more": {"deep": 3}}"#, "the input `kind` does not fit"),
        (
            #"{"n": 7, "kind": "big", "tags": [], "more": {"deep": 3, "else": 1}}"#,
            "the input `more` does not fit"
        ),
    ]) func inputsOfAnAutomationAreMended(_ written: String, _ refusal: String) async throws {
        let files = [
            "main.auto": """
            automation "Main"
            START begin -> agent
            LLM_CALL agent -> end { timeout: 60s, prompt_template { user: "x", tools: ["typed.auto"] } }
            """,
            "typed.auto": """
            automation "Typed"
            input n: int
            input kind: one_of("big", "small")
            input tags: list<text>
            input more: { deep: int }
            START begin -> end
            """,
        ]
        let folder = try ToolFolder(files) { _, number in
            number == 1 ? ModelReply("", calls: [Self.call("Typed", written)]) : ModelReply("done")
        }
        #expect(try await folder.result() == .string("done"))
        guard refusal.isEmpty else {
            #expect(told(folder, 2).first?.contains(refusal) == true, "\(told(folder, 2))")
            #expect(try await folder.called().isEmpty)
            return
        }
        let inputs = try #require(try await folder.called().first).header.inputs
        #expect(JSON.text(inputs) == #"{"n":7,"kind":"big","tags":["x"],"more":{"deep":3}}"#)
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
        #expect(
            record.steps.last?.error?.hasPrefix("the model was asked 3 times and still asks for `Echo`: ")
                == true)
        #expect(folder.model.asked.count == 3)
        // What nobody would hear of is not done.
        #expect(try await folder.called().count == 2)
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

    /// A person is not asked about a call that cannot be made: the model hears what is wrong with it.
    @Test(arguments: [
        (#"{"wort": "b"}"#, "Error: `Echo`: there is no input `wort`: did you mean `word`?"),
        ("{}", "Error: `Echo`: the input `word` is missing, of type text"),
    ]) func nobodyIsAskedAboutWhatDoesNotFit(_ arguments: String, _ words: String) async throws {
        let folder = try folder(#"{ automation: "echo.auto", ask: true }"#) { _, number in
            number == 1 ? ModelReply("", calls: [Self.call("Echo", arguments)]) : ModelReply("done")
        }
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(told(folder, 2) == [words])
        #expect(try await folder.called().isEmpty)
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

    /// A server that says nothing holds the step no longer than its `timeout`, and is named.
    @Test func aServerThatSaysNothingIsNamed() async throws {
        let folder = try folder(#"{ mcp: "silent" }"#, timeout: "50ms") { _, _ in ModelReply("done") }
        let (end, record) = try await folder.run()
        #expect(end == .failed && record.steps.last?.errorKind == "timeout")
        #expect(
            record.steps.last?.error?.hasPrefix("no answer within 50 ms from silent; it runs in the box")
                == true,
            "\(record.steps.last?.error ?? "")")
    }

    /// The same of a tool that never answers.
    @Test func aToolThatNeverAnswersIsNamed() async throws {
        let folder = try folder(#"{ mcp: "s" }"#, timeout: "200ms") { _, _ in
            ModelReply("", calls: [Self.call("search", #"{"hang": 1}"#)])
        }
        let (end, record) = try await folder.run()
        #expect(end == .failed && record.steps.last?.errorKind == "timeout")
        #expect(
            record.steps.last?.error == "no answer within 200 ms from the tool `search` of s",
            "\(record.steps.last?.error ?? "")")
    }

    /// Providers take no dots in names: the model is told another name, the server its own.
    @Test func aNameThatProvidersDoNotTakeIsMadeOne() async throws {
        let folder = try folder(#"{ mcp: "s", only: ["fs.read"] }"#) { _, number in
            number == 1
                ? ModelReply("", calls: [Self.call("fs_read", #"{"path": "a"}"#)]) : ModelReply("done")
        }
        #expect(try await folder.result() == .string("done"))
        let offer = folder.model.asked[0].options["tools"]?.asList?.first?.asMap
        #expect(offer?["name"] == .string("fs_read"))
        #expect(folder.server.used.withLock { $0 } == [#"fs.read{"path":"a"}"#])
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
