import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

/// A clock whose sleepers wake when the test lets them.
private struct HeldClock: Clock {
    let wakes: AsyncStream<Void>

    func now() -> Int64 { 0 }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        for await _ in wakes { return }
        throw CancellationError()
    }
}

/// A client whose server sends one piece, then does what the test says, and then sends the rest.
private struct SlowClient: HTTPClient {
    let pieces: (first: String, rest: String)
    let between: @Sendable () async -> Void

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        onBytes?(Array(pieces.first.utf8))
        await between()
        if Task.isCancelled { throw .cancelled }
        onBytes?(Array(pieces.rest.utf8))
        return HTTPResponse(
            status: 200, headers: [], body: Array((pieces.first + pieces.rest).utf8), url: request.url)
    }
}

/// `first_token` and `timeout` of a provider.
@Suite(.timeLimit(.minutes(1))) struct ProviderTimeTests {
    private let text = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n"
    private let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"

    private func models(
        _ client: any HTTPClient, _ clock: any Clock, _ set: (inout ProviderSettings) -> Void
    ) -> Models {
        var settings = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        set(&settings)
        return Models(
            settings: ModelSettings(environment: [:], defaultModel: nil, providers: ["mine": settings]),
            client: client, builtin: NoModel(), clock: clock)
    }

    /// Waits until its task is cancelled.
    private static let forEver: @Sendable () async -> Void = {
        for await _ in AsyncStream<Void>.makeStream().stream {}
    }

    /// Signs of life are no beginning of a reply.
    @Test(arguments: ["", ": processing\n\n"]) func aReplyThatDoesNotBeginIsGivenUp(first: String) async {
        let client = SlowClient(pieces: (first, ""), between: Self.forEver)
        let models = models(client, FixedClock(time: 0)) { $0.firstToken = 20_000_000_000 }
        let failure = await #expect(throws: StepFailure.self) {
            try await models.reply(to: question("mine/m"))
        }
        #expect(failure?.kind == .timeout && failure?.message.contains("`first_token`") == true)
    }

    @Test func aReplyThatHasBegunMayTakeItsTime() async throws {
        let (wakes, wake) = AsyncStream<Void>.makeStream()
        let client = SlowClient(pieces: (text, end)) {
            wake.yield()
            await Task.yield()
        }
        let models = models(client, HeldClock(wakes: wakes)) { $0.firstToken = 20_000_000_000 }
        #expect(try await models.reply(to: question("mine/m")) == "Hi")
    }

    @Test func aReplyThatDoesNotEndIsGivenUp() async {
        let client = SlowClient(pieces: (text, end), between: Self.forEver)
        let models = models(client, FixedClock(time: 0)) { $0.timeout = 60_000_000_000 }
        let failure = await #expect(throws: StepFailure.self) {
            try await models.reply(to: question("mine/m"))
        }
        #expect(failure?.kind == .timeout)
    }
}
