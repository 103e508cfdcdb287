import AutoRuntime
import AutoStore
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A session that goes on from a failed one takes over what its models' tools have done: nobody pays twice, and what changes
/// something outside is not called twice.
@Suite(.timeLimit(.minutes(1))) struct RetriedToolTests {
    private static func main(_ tools: String) -> String {
        """
        automation "Main"
        START begin -> agent
        LLM_CALL agent -> end {
          timeout: 60s
          retry: { attempts: 1 }
          prompt_template { user: "Do it.", tools: [\(tools)] }
        }
        """
    }

    private static let echo = """
        automation "Echo"
        input word: text
        result { said: text }
        START begin -> make
        DATA_TRANSFORM make -> end { prompt_template { value: { said: "I say " + inputs.word } } }
        """
    /// Asks two persons, one after the other.
    private static let paying = """
        automation "Pay"
        input sum: int
        START begin -> first
        GET_USER_INPUT first -> second { prompt_template { message: "Pay ${inputs.sum}?" } }
        GET_USER_INPUT second -> end { prompt_template { message: "Sure, ${first.result}?" } }
        """

    private func call(_ name: String, _ arguments: String, id: String = "a") -> ToolCall {
        ToolCall(id: id, name: name, arguments: arguments)
    }

    /// What the model was told of its tools, in the request of a number from 1.
    private func told(_ folder: ToolFolder, _ number: Int) -> [String] {
        folder.model.asked[number - 1].messages.filter { $0.asMap?["role"]?.asText == "tool" }
            .compactMap { $0.asMap?["content"]?.asText }
    }

    /// The called session that asks a person.
    private func asking(_ folder: ToolFolder) async throws -> SessionRecord {
        try #require(try await folder.called().first { !$0.waiting.isEmpty })
    }

    /// Of all called sessions, in the order of the words.
    private func statuses(_ folder: ToolFolder) async throws -> [String] {
        try await folder.called().map(\.header.status.rawValue).sorted()
    }

    /// Of two rounds the first stands in the session that failed first, the second in the one that went on from it.
    @Test func finishedRoundsAreTakenOver() async throws {
        let files = ["main.auto": Self.main(#"{ mcp: "s" }, "echo.auto""#), "echo.auto": Self.echo]
        let folder = try ToolFolder(files) { _, number throws(StepFailure) in
            switch number {
            case 1:
                ModelReply(
                    "",
                    calls: [
                        call("send", #"{"n":1}"#, id: "x"), call("Echo", #"{"word": "b"}"#, id: "y"),
                    ])
            case 3: ModelReply("", calls: [call("search", #"{"count":2}"#)])
            case 5: ModelReply("done")
            default: throw StepFailure(.model, "the model is not there")
            }
        }
        let first = try await folder.run()
        #expect(first.end == .failed && folder.model.asked.count == 2)
        let second = try await folder.retry(try await folder.stored(first.record.header.id))
        #expect(second.end == .failed && folder.model.asked.count == 4)
        #expect(told(folder, 3) == ["found", #"{"said":"I say b"}"#])
        let third = try await folder.retry(try await folder.stored(second.record.header.id))
        #expect(third.end == .finished, "\(third.record.header.error ?? "")")
        #expect(told(folder, 5) == ["found", #"{"said":"I say b"}"#, "found"])
        #expect(folder.server.used.withLock { $0 } == [#"send{"n":1}"#, #"search{"count":2}"#])
        #expect(try await folder.called().count == 1)
        // The new session tells of all that it has from the others, each once.
        let trace = try await folder.store.trace(of: third.record.header.id)
        #expect(trace.count { $0.happening.word == .tools } == 2)
        #expect(trace.count { $0.happening.word == .tool } == 3)
        #expect(trace.count { $0.happening.word == .model } == 0)
    }

    /// What had not ended is done anew, and goes on from where it was: what a person has said stays said.
    @Test func anOpenCallGoesOnFromWhereItWas() async throws {
        let files = [
            "main.auto": Self.main(#"{ mcp: "s" }, { automation: "pay.auto", ask: true }"#),
            "pay.auto": Self.paying,
        ]
        let folder = try ToolFolder(files) { _, number in
            number == 1
                ? ModelReply(
                    "", calls: [call("send", "{}", id: "x"), call("Pay", #"{"sum": 7}"#, id: "y")])
                : ModelReply("done")
        }
        let id = try await folder.run().record.header.id
        try await folder.answer(try await asking(folder), "yes")
        #expect(try await folder.resume(try await folder.stored(id)).end == .waiting)
        try await folder.answer(try await asking(folder), "fine")
        #expect(try await folder.resume(try await folder.stored(id)).end == .waiting)
        // The approval, and the tool's session, which waits for its second person.
        #expect(try await statuses(folder) == ["FINISHED", "RUNNING"])
        #expect(try await folder.store.cancel(id, now: 5) == .ended)
        let again = try await folder.retry(try await folder.stored(id))
        #expect(again.end == .waiting)
        #expect(try await statuses(folder) == ["FAILED", "FINISHED", "RUNNING"])
        let asking = try await asking(folder)
        #expect(asking.header.caller == again.record.header.id)
        #expect(asking.waiting.first?.prompt?.asMap?["message"] == .string("Sure, fine?"))
        try await folder.answer(asking, "yes")
        let (end, last) = try await folder.resume(again.record)
        #expect(end == .finished, "\(last.header.error ?? "")")
        #expect(folder.server.used.withLock { $0.count } == 1 && folder.model.asked.count == 2)
        #expect(try await folder.called().count == 3)
    }

    /// A question that nobody had answered is asked anew.
    @Test func anOpenQuestionIsAskedAnew() async throws {
        let files = [
            "main.auto": Self.main(#"{ automation: "echo.auto", ask: true }"#), "echo.auto": Self.echo,
        ]
        let folder = try ToolFolder(files) { _, number in
            number == 1 ? ModelReply("", calls: [call("Echo", #"{"word": "b"}"#)]) : ModelReply("done")
        }
        let id = try await folder.run().record.header.id
        #expect(try await folder.store.cancel(id, now: 5) == .ended)
        let again = try await folder.retry(try await folder.stored(id))
        #expect(again.end == .waiting && folder.model.asked.count == 1)
        try await folder.answer(try await asking(folder), "yes")
        #expect(try await folder.resume(again.record).end == .finished)
        #expect(told(folder, 2) == [#"{"said":"I say b"}"#])
    }
}
