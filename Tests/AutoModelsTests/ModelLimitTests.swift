import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// When a provider says that it is asked too often: how long to wait, and who waits.
@Suite(.timeLimit(.minutes(1))) struct ModelLimitTests {
    private static let then: Int64 = 1_700_000_000

    struct Wait: Sendable, CustomTestStringConvertible {
        let name: String
        var headers: [(String, String)] = []
        var body = "{}"
        let seconds: Double?
        var testDescription: String { name }
    }

    static let waits = [
        Wait(name: "seconds", headers: [("retry-after", "7")], seconds: 7),
        Wait(
            name: "milliseconds", headers: [("retry-after", "7"), ("retry-after-ms", "1500")], seconds: 1.5),
        Wait(
            name: "a date",
            headers: [
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"),
            ],
            seconds: 10),
        Wait(
            name: "the limit that is used up",
            headers: [
                ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1s"),
                ("x-ratelimit-remaining-tokens", "500"), ("x-ratelimit-reset-tokens", "6m0s"),
            ], seconds: 1),
        Wait(
            name: "both are used up",
            headers: [
                ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "20ms"),
                ("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6m0s"),
            ], seconds: 360),
        Wait(
            name: "nothing remains to be told", headers: [("x-ratelimit-reset-tokens", "20ms")], seconds: 0.02
        ),
        Wait(name: "OpenRouter", headers: [("x-ratelimit-reset", "1700000030000")], seconds: 30),
        Wait(name: "seconds since 1970", headers: [("x-ratelimit-reset", "1700000030")], seconds: 30),
        Wait(
            name: "Gemini",
            body:
                #"[{"error":{"code":429,"message":"quota","details":[{"@type":"a"},{"retryDelay":"30s"}]}}]"#,
            seconds: 30),
        Wait(
            name: "words", headers: [("x-ratelimit-reset", "soon"), ("retry-after", "later")], seconds: nil),
    ]

    @Test(arguments: waits) func theWaitIsUnderstood(wait: Wait) async {
        let client = ScriptedClient { _, _ throws(StepFailure) in
            ScriptedAnswer(status: 429, headers: wait.headers, body: wait.body)
        }
        let clock = FixedClock(time: Self.then * 1_000_000_000)
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models(clock: clock).reply(to: question("gpt-x"))
        }
        #expect(failure?.kind == .rateLimited && failure?.isRetryable == true)
        let seconds = failure?.retryAfter.map { ($0 * 1_000).rounded() / 1_000 }
        #expect(seconds == wait.seconds)
    }

    @Test(arguments: [
        (408, "", true), (409, "", true), (500, "", true), (529, "", true), (500, "false", false),
        (418, "true", true),
    ])
    func statusesThatPass(status: Int, should: String, again: Bool) async {
        let client = ScriptedClient { _, _ throws(StepFailure) in
            .error(status, "no", should.isEmpty ? [] : [("x-should-retry", should)])
        }
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models().reply(to: question("gpt-x"))
        }
        #expect(failure?.kind == .status && failure?.isRetryable == again)
    }

    /// A limit that one question meets is one of the model: the next question to it waits for its end.
    @Test func aLimitHoldsTheOthersBack() async throws {
        let client = ScriptedClient { _, number throws(StepFailure) in
            number == 1 ? .error(429, "slow down", [("retry-after", "20")]) : .said("yes")
        }
        let clock = SleepClock()
        let models = client.models(clock: clock)
        _ = await #expect(throws: StepFailure.self) { try await models.reply(to: question("gpt-x")) }
        #expect(try await models.reply(to: question("gpt-x")) == "yes")
        let waited = clock.slept.reduce(0, +)
        #expect((20...22).contains(waited), "\(clock.slept)")
        // Another model and another provider have no part in it.
        _ = try await models.reply(to: question("gpt-y"))
        _ = try? await models.reply(to: question("claude-x"))
        #expect(clock.slept.reduce(0, +) == waited)
    }

    @Test func aLimitLongerThanTheStepMayTakeIsTold() async {
        let client = ScriptedClient { _, _ throws(StepFailure) in
            .error(429, "slow down", [("retry-after", "90")])
        }
        let clock = SleepClock()
        let models = client.models(clock: clock)
        var request = question("gpt-x")
        request.timeout = 60_000_000_000
        let limited = request
        for _ in 0..<2 {
            let failure = await #expect(throws: StepFailure.self) { try await models.reply(to: limited) }
            #expect(failure?.kind == .rateLimited && failure?.retryAfter == 90)
        }
        #expect(client.seen.count == 1 && clock.slept.isEmpty, "the second is not even sent")
    }

    @Test func soManyAreAskedAtOnce() async throws {
        let counts = Mutex((now: 0, most: 0))
        let client = ScriptedClient { _, _ throws(StepFailure) in
            counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            await Task.yield()
            counts.withLock { $0.now -= 1 }
            return .said("yes")
        }
        var settings = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        settings.atOnce = 2
        let models = client.models([:], providers: ["mine": settings])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<12 { group.addTask { _ = try? await models.reply(to: question("mine/m")) } }
        }
        #expect(client.seen.count == 12 && counts.withLock { $0.most } <= 2)
    }

    @Test func whoIsCancelledDoesNotWaitForATurn() async throws {
        let (arrivals, arrived) = AsyncStream<Void>.makeStream()
        let (releases, release) = AsyncStream<Void>.makeStream()
        let client = ScriptedClient { _, _ throws(StepFailure) in
            arrived.yield()
            for await _ in releases { break }
            return .said("yes")
        }
        var settings = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        settings.atOnce = 1
        let models = client.models([:], providers: ["mine": settings])
        let first = Task { try await models.reply(to: question("mine/m")) }
        for await _ in arrivals { break }
        let second = Task { try await models.reply(to: question("mine/m")) }
        second.cancel()
        let failure = await #expect(throws: StepFailure.self) { try await second.value }
        #expect(failure?.kind == .cancelled)
        release.yield()
        #expect(try await first.value == "yes" && client.seen.count == 1)
    }

    @Test func soManyBeginWithinAMinute() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        var settings = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        settings.perMinute = 2
        let clock = SleepClock()
        let models = client.models([:], providers: ["mine": settings], clock: clock)
        for _ in 0..<5 { _ = try await models.reply(to: question("mine/m")) }
        #expect(clock.slept == [60, 60])
    }

    private func models(
        perMinute: Int, _ client: ScriptedClient, _ clock: any Clock
    ) -> Models {
        var settings = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        settings.perMinute = perMinute
        return client.models([:], providers: ["mine": settings], clock: clock)
    }

    @Test func aTurnInTheMinuteThatComesTooLateIsTold() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        let clock = SleepClock()
        let models = models(perMinute: 1, client, clock)
        _ = try await models.reply(to: question("mine/m"))
        var request = question("mine/m")
        request.timeout = 30_000_000_000
        let short = request
        let failure = await #expect(throws: StepFailure.self) { try await models.reply(to: short) }
        #expect(failure?.kind == .rateLimited && failure?.retryAfter == 60)
        #expect(failure?.message.contains("`per_minute`") == true && clock.slept.isEmpty)
    }

    /// A question that is cancelled while it waits leaves its turn to the next.
    @Test func aCancelledQuestionGivesItsTurnBack() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        let clock = RefusingClock()
        let models = models(perMinute: 1, client, clock)
        _ = try await models.reply(to: question("mine/m"))
        for _ in 0..<3 {
            let failure = await #expect(throws: StepFailure.self) {
                try await models.reply(to: question("mine/m"))
            }
            #expect(failure?.kind == .cancelled)
        }
        #expect(clock.asked == [60_000_000_000, 60_000_000_000, 60_000_000_000])
    }

    @Test func everyGoodStatusIsGood() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in
            var answer = ScriptedAnswer.said("yes")
            answer.status = 201
            return answer
        }
        #expect(try await client.models().reply(to: question("gpt-x")) == "yes")
    }
}

/// A clock whose sleepers are cancelled at once.
private final class RefusingClock: Clock {
    private let naps = Mutex<[Int64]>([])

    func now() -> Int64 { 0 }

    /// The nanoseconds that each sleeper wanted.
    var asked: [Int64] { naps.withLock { $0 } }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        naps.withLock { $0.append(nanoseconds) }
        throw CancellationError()
    }
}

/// `model: ["a", "b"]`.
@Suite(.timeLimit(.minutes(1))) struct OtherModelTests {
    /// Asks two models of one server, which answers as the test says for the first.
    private func ask(
        _ first: @escaping @Sendable (Int) -> ScriptedAnswer, clock: any Clock = FixedClock(time: 0)
    ) async throws -> (models: [String?], notes: [String?]) {
        let client = ScriptedClient { request, number throws(StepFailure) in
            let body = (try? JSON.parse(bytes: request.body ?? []))?.asMap
            return body?["model"] == .string("a") ? first(number) : .said("yes")
        }
        let notes = Mutex<[String?]>([])
        var request = question("")
        request.ask(models: ["mine/a", "mine/b"])
        request.onCall = { call in notes.withLock { $0.append(call.note) } }
        let settings = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        #expect(
            try await ModelsInTurn(client.models([:], providers: ["mine": settings], clock: clock))
                .reply(to: request) == "yes")
        return (client.bodies.map { $0["model"]?.asText }, notes.withLock { $0 })
    }

    @Test(arguments: [
        (503, "overloaded", "overloaded"), (401, "bad key", "wants a key, and none is set"),
        (404, "gone", "no such model"),
        (400, "no images here", "no images here"), (400, "maximum context length", "too long"),
    ])
    func theNextAnswersWhereTheFirstCannot(status: Int, said: String, words: String) async throws {
        let (models, notes) = try await ask { _ in .error(status, said) }
        #expect(models == ["a", "b"])
        #expect(notes.count == 1 && notes.first??.contains("`mine/a` was asked before") == true, "\(notes)")
        #expect(notes.first??.contains(words) == true, "\(notes)")
    }

    @Test func aShortLimitIsWaitedFor() async throws {
        let clock = SleepClock()
        let (models, notes) = try await ask(
            { $0 == 1 ? .error(429, "slow", [("retry-after", "5")]) : .said("yes") }, clock: clock)
        #expect(models == ["a", "a"] && notes == [nil])
        #expect((5...6).contains(clock.slept.reduce(0, +)))
    }

    @Test func aLimitLongerThanTheStepIsNot() async throws {
        let client = ScriptedClient { request, _ throws(StepFailure) in
            request.url.contains("anthropic") ? .error(429, "slow", [("retry-after", "90")]) : .said("yes")
        }
        let clock = SleepClock()
        var request = question("")
        request.timeout = 60_000_000_000
        request.ask(models: ["claude-x", "gpt-x"])
        #expect(try await ModelsInTurn(client.models(clock: clock)).reply(to: request) == "yes")
        #expect(client.seen.count == 2 && clock.slept.isEmpty)
    }

    /// The limit of one model does not keep its provider from being asked for the next one.
    @Test func aLongLimitOfTheFirstLetsTheNextAnswer() async throws {
        let clock = SleepClock()
        let (models, _) = try await ask(
            { _ in .error(429, "slow", [("retry-after", "80000")]) }, clock: clock)
        #expect(models == ["a", "b"] && clock.slept.isEmpty)
    }

    @Test func theLastFailureIsTold() async {
        let client = ScriptedClient { _, number throws(StepFailure) in .error(500, "number \(number)") }
        var request = question("")
        request.ask(models: ["openai/a", "anthropic/b"])
        let asked = request
        let failure = await #expect(throws: StepFailure.self) {
            try await ModelsInTurn(client.models()).reply(to: asked)
        }
        #expect(failure?.message.contains("number 2") == true && client.seen.count == 2)
    }

    @Test func aProviderThatLacksWhatTheStepNeedsIsPassedOver() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        var request = question("", nil, [("seed", .int(1))])
        request.ask(models: ["claude-x", "gpt-x"])
        #expect(try await ModelsInTurn(client.models()).reply(to: request) == "yes")
        #expect(client.bodies.map { $0["model"] } == [.string("gpt-x")])
    }

    /// Who is asked next is told before; what the first one used, before that.
    @Test(arguments: [true, false]) func whoIsAskedNextIsToldBefore(hasType: Bool) async throws {
        let told = Mutex<[String]>([])
        let client = ScriptedClient { request, _ throws(StepFailure) in
            let model = (try? JSON.parse(bytes: request.body ?? []))?.asMap?["model"]?.asText ?? ""
            told.withLock { $0.append("asked \(model)") }
            return model == "a"
                ? ScriptedAnswer(
                    body: #"{"choices":[{"message":{"content":"4"},"finish_reason":"length"}]}"#)
                : .said("42")
        }
        var request = question("", hasType ? .int : nil)
        request.ask(models: ["mine/a", "mine/b"])
        request.onCall = { call in told.withLock { $0.append("told \(call.model)") } }
        request.onAsking = { question in told.withLock { $0.append("about to ask \(question.model)") } }
        let settings = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        _ = try await modelAnswer(ModelsInTurn(client.models([:], providers: ["mine": settings])), request)
        #expect(told.withLock { $0 } == ["asked a", "told a", "about to ask b", "asked b", "told b"])
    }

    /// Each of the models is held within the bound by itself: the first may have cost all that was left.
    @Test func theNextIsNotAskedWhereTheFirstHasSpentTheRest() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in
            ScriptedAnswer(
                body: #"{"choices":[{"message":{"content":"four and fo"},"finish_reason":"length"}]}"#)
        }
        var options = CheckOptions()
        options.prices = ["mine/a": Price(input: 0, output: 100), "mine/b": Price(input: 0, output: 100)]
        let settings = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        let models = client.models([:], providers: ["mine": settings]) { [options] in options.price(of: $0) }
        // Two cents at the most; nobody says what the first one used but the length of its reply.
        var request = question("", nil, [("max_tokens", .int(200))])
        request.ask(models: ["mine/a", "mine/b"])
        request.spending = Spending(most: 0.02, spent: 0)
        let asked = request
        let failure = await #expect(throws: StepFailure.self) {
            try await ModelsInTurn(BoundedModels(models, options)).reply(to: asked)
        }
        #expect(failure?.kind == .maxCost, "\(String(describing: failure))")
        #expect(client.seen.count == 1)
    }

    /// Two automations with settings of their own ask the same provider: its limits hold for both.
    @Test(arguments: [("key-a-00", true), ("key-b-00", false)])
    func aLimitHoldsForAllWhoAskWithTheSameKey(key: String, isShared: Bool) async throws {
        let client = ScriptedClient { _, number throws(StepFailure) in
            number == 1 ? .error(429, "slow down", [("retry-after", "30")]) : .said("yes")
        }
        let (clock, gates) = (SleepClock(), ProviderGates())
        func models(_ name: String, key: String) -> Models {
            var settings = ProviderSettings(.openai, base: "http://127.0.0.1:9/v1")
            settings.key = "A_KEY"
            return Models(
                settings: ModelSettings(
                    environment: ["A_KEY": key], defaultModel: nil, providers: [name: settings]),
                client: client, builtin: NoModel(), clock: clock, gates: gates)
        }
        await #expect(throws: StepFailure.self) {
            try await models("one", key: "key-a-00").reply(to: question("one/m"))
        }
        #expect(try await models("two", key: key).reply(to: question("two/m")) == "yes")
        #expect(clock.slept.contains { (30...33).contains($0) } == isShared, "\(clock.slept)")
    }

    /// Where settings say different limits of one account, the narrowest counts.
    @Test func theNarrowestLimitCounts() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in .said("yes") }
        let (clock, gates) = (SleepClock(), ProviderGates())
        let all = [nil, 1].map { (most: Int?) in
            var settings = ProviderSettings(.openai, base: "http://127.0.0.1:9/v1")
            settings.perMinute = most
            return Models(
                settings: ModelSettings(
                    environment: [:], defaultModel: nil, providers: ["mine": settings]),
                client: client, builtin: NoModel(), clock: clock, gates: gates)
        }
        for _ in 0..<2 { _ = try await all[0].reply(to: question("mine/m")) }
        #expect(clock.slept.contains { (59...61).contains($0) }, "\(clock.slept)")
    }
}
