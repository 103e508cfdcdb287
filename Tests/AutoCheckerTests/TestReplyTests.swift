import AutoChecker
import StepKinds
import Testing
import Values

/// What a test's reply is for a step that may give anything.
@Suite(.timeLimit(.minutes(1))) struct TestReplyTests {
    private let busy = Value.record([("error", .string("busy"))])

    @Test func aListWithAFailureIsOneReplyForEachVisit() throws {
        let replies = try repliesOf(.list([busy, .record([("title", .string("A"))])]), .json)
        let kind = try #require(FailureKind.words.first)
        guard case .failure(_, "busy") = replies.first else {
            Issue.record("\(replies), of which the first is a failure such as \(kind)")
            return
        }
        #expect(replies.count == 2 && replies.last == .value(.record([("title", .string("A"))])))
    }

    @Test func anyOtherListIsOneReply() throws {
        let list = Value.list([.int(1), .record([("errors", .string("none"))])])
        #expect(try repliesOf(list, .json) == [.value(list)])
    }
}
