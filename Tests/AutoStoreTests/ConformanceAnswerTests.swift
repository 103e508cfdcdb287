import AutoRuntime
import AutoStore
import AutoSyntax
import Testing
import Values

/// How every store takes the answer to a question, and how a step ends once.
@Suite(.timeLimit(.minutes(1))) struct ConformanceAnswerTests {
    /// A session that runs here, with questions that wait.
    private func asked(_ bench: Bench, _ questions: Int = 1) async throws -> any Store {
        let store = try await bench.open()
        try await store.begin(bench.place.header, of: bench.place.automation, held: true)
        try await store.commit([.session(bench.place.header(bench.place.session, .running))])
        for ordinal in 0..<questions {
            try await store.commit([bench.place.record(ordinal, .running, step: 1)])
        }
        return store
    }

    private func answer(_ store: any Store, _ bench: Bench, _ ordinal: Int = 0, _ key: AnswerKey? = nil)
        async throws -> AnswerOutcome
    {
        try await store.answer(
            bench.place.session, step: bench.place.recordID(ordinal), with: .string("yes"), key: key, now: 20)
    }

    private func steps(_ store: any Store, _ bench: Bench) async throws -> [StepRecord] {
        try #require(try await store.session(bench.place.session, of: nil)).record.steps
    }

    @Test(arguments: StoreKind.allCases) func anAnswerIsTakenOnceAndForItsOwnQuestion(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await asked(bench, 2)
        let yes = AnswerKey(key: "k", body: "yes")
        #expect(try await store.outcome(of: yes, in: bench.place.session) == nil)
        #expect(try await answer(store, bench, 0, yes) == .recorded)
        // The same try again answers nothing, whatever waits by then.
        #expect(try await answer(store, bench, 1, yes) == .repeated)
        #expect(try await answer(store, bench, 1, AnswerKey(key: "k", body: "no")) == .differs)
        #expect(try await answer(store, bench, 0) == .notWaiting)
        #expect(try await steps(store, bench).map(\.status) == [.finished, .running])
        #expect(try await answer(store, bench, 1, AnswerKey(key: "l", body: "yes")) == .recorded)
        #expect(try await store.outcome(of: yes, in: bench.place.session) == .repeated)
    }

    @Test(arguments: StoreKind.allCases) func aQuestionThatAnotherAnsweredIsNotAnsweredOver(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let holder = try await asked(bench)
        let other = try await bench.open(as: Bench.other)
        #expect(try await answer(other, bench) == .recorded)
        let error = await #expect(throws: StoreError.self) {
            try await holder.commit([bench.place.record(0, .finished, .string("no"), step: 1)])
        }
        #expect(error?.publicMessage == "somebody else has answered the question meanwhile")
        #expect(try await steps(holder, bench).map(\.result) == [.string("yes")])
        // Who was about to wait goes on with the answer instead, once.
        #expect(try await holder.park(bench.place.session, until: nil) == false)
        #expect(try await holder.park(bench.place.session, until: nil))
    }

    @Test(arguments: StoreKind.allCases) func anAnswerThatCameBeforeTheTimeoutStays(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let holder = try await asked(bench)
        let other = try await bench.open(as: Bench.other)
        #expect(try await answer(other, bench) == .recorded)
        let error = await #expect(throws: StoreError.self) {
            try await holder.commit([bench.place.record(0, .failed, step: 1)])
        }
        #expect(error?.publicMessage == "somebody else has answered the question meanwhile")
        let step = try await steps(holder, bench)[0]
        #expect(step.status == .finished && step.result == .string("yes") && step.error == nil)
    }

    @Test(arguments: StoreKind.allCases) func aTimeoutThatCameBeforeTheAnswerStays(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let holder = try await asked(bench)
        try await holder.commit([bench.place.record(0, .failed, step: 1)])
        let other = try await bench.open(as: Bench.other)
        #expect(try await answer(other, bench) == .notWaiting)
        let error = await #expect(throws: StoreError.self) {
            try await holder.commit([bench.place.record(0, .finished, .string("no"), step: 1)])
        }
        #expect(error?.publicMessage == "the step has been ended as FAILED meanwhile")
        let step = try await steps(holder, bench)[0]
        #expect(step.status == .failed && step.result == nil && step.errorKind == "timeout")
    }

    @Test(arguments: StoreKind.allCases) func aSessionCanEndBesideAnAnswer(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let holder = try await asked(bench)
        let other = try await bench.open(as: Bench.other)
        #expect(try await answer(other, bench) == .recorded)
        var cancelled = bench.place.stepRecord(0, .failed, step: 1)
        cancelled.error = "cancelled"
        cancelled.errorKind = "cancelled"
        try await holder.commit([
            .step(session: bench.place.session, ordinal: 0, cancelled),
            .session(bench.place.header(bench.place.session, .failed, error: "cancelled")),
        ])
        let record = try #require(try await holder.session(bench.place.session, of: nil)).record
        #expect(record.header.status == .failed && record.steps.map(\.status) == [.finished])
    }

    @Test(arguments: StoreKind.allCases) func nobodyAnswersASessionThatHasEnded(_ kind: StoreKind)
        async throws
    {
        let bench = Bench(kind)
        defer { bench.clean() }
        let holder = try await asked(bench)
        try await holder.commit([.session(bench.place.header(bench.place.session, .failed, error: "x"))])
        #expect(try await answer(holder, bench) == .notWaiting)
        #expect(
            try await holder.answer(
                ID(name: "none"), step: bench.place.recordID(0), with: .null, key: nil, now: 1) == .notWaiting
        )
    }
}
