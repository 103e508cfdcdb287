import AutoChecker
import CEL
import StepKinds
import Values

/// GET_USER_INPUT steps whose answer is not there yet.
extension Run {
    /// Waits for a person: here while other branches go on, else the session waits as rows in the store.
    ///
    /// - Parameter askedAt: since when the question stands, in seconds since 1970; nil when it has been asked
    ///   just now.
    func waitForAnswer(
        _ ordinal: Int, _ step: CheckedStep, _ fields: RenderedFields, _ askedAt: Int64?
    ) async throws(RunStop) -> StepDone {
        let clock = interpreter.clock
        let deadline = step.timeout.map { (askedAt.map { $0 * 1_000_000_000 } ?? clock.now()) + $0 }
        if let answer = await answer(to: recorder.id(ordinal), until: deadline) {
            recorder.adopt(answer, ordinal)
            return done(answer, step, fields)
        }
        if Task.isCancelled { throw .failed(.cancelled, step: step.index) }
        guard let deadline, let timeout = step.timeout else { throw .waiting }
        guard clock.now() < deadline else {
            return try await endUnanswered(ordinal, step, fields, .timeout(timeout))
        }
        recorder.waits(until: deadline)
        throw .waiting
    }

    /// The answer that comes while other branches run; nil when they wait, too, or the question's time is
    /// over.
    ///
    /// - Parameter deadline: nanoseconds since 1970.
    private func answer(to record: ID, until deadline: Int64?) async -> Value? {
        guard let deadline else { return await desk.wait(for: record) }
        let clock = interpreter.clock
        return await withTaskGroup(of: Value?.self) { [desk] group in
            group.addTask { await desk.wait(for: record) }
            group.addTask {
                try? await clock.sleep(nanoseconds: max(0, deadline - clock.now()))
                return nil
            }
            // An answer that was handed over counts, also when the time ran out in the same moment.
            var answer: Value?
            for await given in group {
                answer = answer ?? given
                group.cancelAll()
            }
            return answer
        }
    }

    /// Nobody has answered in time: the question's default is the answer, else the step fails.
    ///
    /// A person may have answered in the same moment, here or through another process. The store keeps what
    /// came first, and the run goes on with that.
    func endUnanswered(
        _ ordinal: Int, _ step: CheckedStep, _ fields: RenderedFields, _ failure: StepFailure
    ) async throws(RunStop) -> StepDone {
        let given = defaultAnswer(step, fields.prompt)
        let kept = try await stored { () async throws(StoreError) in
            try await recorder.endQuestion(ordinal, given, failure)
        }
        if let kept { return done(kept, step, fields) }
        guard let given else { throw .failed(failure, step: step.index) }
        return done(given, step, fields)
    }

    private func defaultAnswer(_ step: CheckedStep, _ prompt: MapValue) -> Value? {
        guard let asked = try? question(step, prompt), let given = asked.defaultAnswer else { return nil }
        return try? asked.type.fit(given)
    }
}
