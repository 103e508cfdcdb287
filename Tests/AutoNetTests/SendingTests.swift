import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing

/// A request is sent only while its session is this process's.
@Suite(.timeLimit(.minutes(1))) struct SendingTests {
    private typealias Look = @Sendable () throws(StepFailure) -> ContinuousClock.Instant?

    /// What comes of a request, and what the server saw of it.
    private func asked(
        _ look: @escaping Look, over target: String = "/"
    ) async throws -> (failure: StepFailure?, seen: [SeenRequest], looks: Int) {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["ok"]) }
        let url = server.url + target
        let looks = Atomic(0)
        let count = { @Sendable () async throws(StepFailure) -> ContinuousClock.Instant? in
            looks.add(1, ordering: .relaxed)
            return try look()
        }
        let failure = try await Sending.$current.withValue(Sending(confirm: count)) {
            try await withClient { await $0.failure(of: HTTPRequest(method: "POST", url: url, body: [1])) }
        }
        try await server.stop()
        return (failure, server.seen, looks.load(ordering: .relaxed))
    }

    @Test(arguments: ["/", "/[a]?b=|"]) func whatMayLeaveLeavesWithoutAWordOfIt(target: String) async throws {
        let outcome = try await asked({ () throws(StepFailure) in .now + .seconds(60) }, over: target)
        #expect(outcome.failure == nil && outcome.looks == 1)
        let request = try #require(outcome.seen.first)
        #expect(outcome.seen.count == 1 && request.headers.allSatisfy { !$0.0.hasPrefix("autorun") })
    }

    /// As for a process that was stopped when its request was about to leave.
    @Test(arguments: ["/", "/[a]?b=|"]) func whatIsTooLateIsNotSent(target: String) async throws {
        let outcome = try await asked({ () throws(StepFailure) in .now - .seconds(1) }, over: target)
        #expect(outcome.seen.isEmpty && outcome.looks == 3)
        #expect(outcome.failure?.message.contains("stood still") == true, "\(outcome)")
        #expect(outcome.failure?.kind == .network && outcome.failure?.isRetryable == true)
    }

    @Test func whoIsStillThereAfterwardsSendsIt() async throws {
        let isFirst = Atomic(true)
        let outcome = try await asked { () throws(StepFailure) in
            isFirst.exchange(false, ordering: .relaxed) ? .now - .seconds(1) : .now + .seconds(60)
        }
        #expect(outcome.failure == nil && outcome.seen.count == 1 && outcome.looks == 2)
    }

    @Test func whoHasLostItsSessionAsksNobody() async throws {
        let outcome = try await asked { () throws(StepFailure) in throw StepFailure(.failed, "taken") }
        #expect(outcome.seen.isEmpty && outcome.failure?.message == "taken")
    }
}
