import AutoRuntime
import AutoSyntax
import Testing
import Values

@testable import AutoServer

/// By what a client knows that a session has changed.
@Suite(.timeLimit(.minutes(1))) struct SessionTagTests {
    private func tag(
        calling sessions: [String], _ status: Status = .running, at time: Int64 = 1, values: Bool = true
    ) -> String {
        let info = StepInfo(
            id: ID(name: "call"), name: "call", type: .restAPI, template: .null, createdAt: 1, updatedAt: 1)
        let steps = sessions.enumerated().map { ordinal, session in
            StepRecord(
                id: ID(name: "\(ordinal)"), stepIndex: 0, status: status,
                prompt: values || status == .running
                    ? Value.record([("session_id", .string(ID(name: session).text))]) : nil,
                result: nil, error: nil, errorKind: nil, createdAt: 1, updatedAt: time)
        }
        let header = SessionHeader(
            id: ID(name: "session"), automationID: ID(name: "automation"), inputs: .null, status: .running,
            error: nil, createdAt: 1, updatedAt: 1)
        return SessionRecord(header: header, steps: steps, stepInfos: [info]).tag
    }

    @Test func itDiffersWithWhatIsCalledAndWhen() {
        let tags = [
            tag(calling: ["a", "b"]), tag(calling: ["a", "c"]), tag(calling: ["b", "a"]), tag(calling: ["a"]),
            tag(calling: ["a", "b"], at: 2), tag(calling: ["a", "b"], .finished),
        ]
        #expect(Set(tags).count == tags.count, "\(tags)")
    }

    @Test(arguments: [Status.running, .finished]) func itIsTheSameWithoutValues(_ status: Status) {
        #expect(tag(calling: ["a"], status) == tag(calling: ["a"], status, values: false))
    }
}
