import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Values

/// Why one visit of a step stops.
enum StepStop: Error {
    case failed(StepFailure)
    case waiting
    case store(StoreError)
}

struct StepDone {
    let prompt: Value
    let result: Value
    /// What went into the result.
    let marks: Marks
    /// What went into the prompt.
    var promptMarks = Marks()
}

typealias OpenRecord = (ordinal: Int, earlier: StepRecord?)

extension Run {
    /// What an earlier run recorded, when it came to an end then.
    private func replayed(_ opened: OpenRecord, _ step: CheckedStep) throws(StepStop) -> StepDone? {
        guard let earlier = opened.earlier else { return nil }
        switch earlier.status {
        case .finished:
            let result = earlier.result ?? .null
            return StepDone(
                prompt: earlier.prompt ?? .null, result: result, marks: marks(showing: [], step, [:]))
        case .failed: throw .failed(StepFailure(earlier.errorKind ?? "failed", earlier.error ?? ""))
        case .new, .running: return nil
        }
    }

    /// START, a DATA_TRANSFORM of a value, a decision by conditions: done at once, recorded in one commit.
    func runPure(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async throws(StepStop)
        -> StepDone
    {
        let checked = step.checked
        if let done = try replayed(opened, checked) { return done }
        let empty = MapValue(record: [("type", .string(checked.type.rawValue))])
        let (prompt, value, fields): (MapValue, Value, [String: Marks])
        do throws(StepFailure) {
            (prompt, value, fields) = try await compute(checked.timeout) {
                (allowance) throws(ExpressionFailure) in try outcome(step, scope, allowance)
            }
        } catch {
            try await fail(opened.ordinal, .map(empty), error)
        }
        let result: Value
        do throws(StepFailure) {
            result = checked.type == .dataTransform ? try await fitted(value, checked) : value
        } catch {
            try await fail(opened.ordinal, .map(prompt), error)
        }
        try await begin(opened.ordinal, .map(prompt), commit: false)
        let shown = try await finish(opened.ordinal, result)
        return StepDone(
            prompt: .map(prompt), result: result, marks: marks(showing: shown, checked, fields),
            promptMarks: Marks(all: fields))
    }

    /// The prompt and the result of a step without effects.
    private func outcome(_ step: PlannedStep, _ scope: Scope, _ allowance: Allowance)
        throws(ExpressionFailure)
        -> (MapValue, Value, [String: Marks])
    {
        switch step.checked.type {
        case .logicDecision:
            var prompt = MapValue(record: [("type", .string(step.checked.type.rawValue))])
            let label = try decide(step, scope, allowance, &prompt)
            return (prompt, .string(label), [:])
        case .dataTransform:
            let (prompt, marks) = try rendered(step, scope, allowance)
            return (prompt, prompt["value"] ?? .null, marks)
        case .start, .llmCall, .getUserInput, .embeddingSearch, .restAPI, .webScrape, .python, .textToJSON:
            let (prompt, marks) = try rendered(step, scope, allowance)
            return (prompt, .string(""), marks)
        }
    }

    private func decide(
        _ step: PlannedStep, _ scope: Scope, _ allowance: Allowance, _ prompt: inout MapValue
    ) throws(ExpressionFailure) -> String {
        for (branch, condition) in zip(step.checked.branches, step.conditions) {
            guard let condition else {
                prompt[branch.label] = .bool(true)
                return branch.label
            }
            let value = try evaluated(branch.label, step) { () throws(EvaluationError) in
                try condition.evaluate(scope, allowance)
            }
            guard case .bool(let holds) = value else {
                throw ExpressionFailure(
                    StepFailure("type", "the condition of `\(branch.label)` gave \(describe(value)), no bool")
                )
            }
            prompt[branch.label] = value
            if holds { return branch.label }
        }
        throw ExpressionFailure(
            StepFailure("decision", "no branch's condition holds, and there is no `else`"))
    }

    /// A step with effects: its record is on disk, RUNNING, before it begins.
    func runEffect(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async throws(StepStop)
        -> StepDone
    {
        let checked = step.checked
        if let done = try replayed(opened, checked) { return done }
        let (prompt, fields): (MapValue, [String: Marks])
        do throws(StepFailure) {
            (prompt, fields) = try await compute(checked.timeout) { (allowance) throws(ExpressionFailure) in
                try rendered(step, scope, allowance)
            }
        } catch {
            let empty = MapValue(record: [("type", .string(checked.type.rawValue))])
            try await fail(opened.ordinal, .map(empty), error)
        }
        recorder.hide(credentialsIn: prompt, fields)
        let asked = opened.earlier.flatMap {
            recorder.isAsked($0, .map(prompt), checked) ? $0.updatedAt : nil
        }
        if asked == nil { try await begin(opened.ordinal, .map(prompt), commit: true) }
        func done(_ result: Value, showing secrets: Set<String> = []) -> StepDone {
            StepDone(
                prompt: .map(prompt), result: result, marks: marks(showing: secrets, checked, fields),
                promptMarks: Marks(all: fields))
        }
        let key = checked.isCached && request.usesCache ? cacheKey(checked, prompt) : nil
        if let key, let cached = try await cached(key) {
            return done(cached, showing: try await finish(opened.ordinal, cached))
        }
        let outcome: StepOutcome
        do throws(StepFailure) {
            let work = StepWork(
                step: checked, fields: prompt, marks: fields,
                idempotencyKey: recorder.idempotencyKey(opened.ordinal).text,
                onText: { [recorder] in recorder.text(opened.ordinal, $0) },
                masked: { [recorder] in recorder.masked($0) })
            outcome = try await attempts(work)
        } catch {
            if error.kind == "timeout", checked.type == .getUserInput,
                let given = defaultAnswer(checked, prompt)
            {
                return done(given, showing: try await finish(opened.ordinal, given))
            }
            try await fail(opened.ordinal, nil, error)
        }
        switch outcome {
        case .waiting:
            if let answer = await answer(to: opened.ordinal, checked, since: asked) {
                recorder.adopt(answer, opened.ordinal)
                return done(answer)
            }
            if Task.isCancelled { throw .failed(.cancelled) }
            return done(try await wait(checked, prompt, opened.ordinal, since: asked))
        case .value(let value):
            if let earlier = opened.earlier, asked != nil,
                let words = lateness(checked, earlier, now: interpreter.clock.now())
            {
                try await fail(opened.ordinal, nil, StepFailure("timeout", words))
            }
            let result: Value
            do throws(StepFailure) { result = try await fitted(value, checked) } catch {
                try await fail(opened.ordinal, nil, error)
            }
            let shown = try await finish(opened.ordinal, result)
            // What shows a secret is not kept: masked it would be another value, unmasked it would be readable.
            if let key, shown.isEmpty { try await cache(result, key) }
            return done(result, showing: shown)
        }
    }

    /// The answer that comes while other branches run; nil when they wait, too, or the question's time is over.
    private func answer(to ordinal: Int, _ step: CheckedStep, since: Int64?) async -> Value? {
        guard let desk = request.desk else { return nil }
        let record = recorder.id(ordinal)
        guard let timeout = step.timeout else { return await desk.wait(for: record) }
        let clock = interpreter.clock
        let began = since.map { $0 * 1_000_000_000 } ?? clock.now()
        return await withTaskGroup(of: Value?.self) { group in
            group.addTask { await desk.wait(for: record) }
            group.addTask {
                try? await clock.sleep(nanoseconds: max(0, began + timeout - clock.now()))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// Nobody has answered: the session waits, at most for the step's `timeout`, counted from when it asked (seconds since 1970).
    /// When that is over, the question's default is the answer.
    private func wait(_ step: CheckedStep, _ prompt: MapValue, _ ordinal: Int, since: Int64?)
        async throws(StepStop) -> Value
    {
        guard let timeout = step.timeout else { throw .waiting }
        let now = interpreter.clock.now()
        let deadline = (since.map { $0 * 1_000_000_000 } ?? now) + timeout
        guard now < deadline else {
            guard let given = defaultAnswer(step, prompt) else {
                try await fail(ordinal, nil, .timeout(timeout))
            }
            _ = try await finish(ordinal, given)
            return given
        }
        recorder.waits(until: deadline)
        throw .waiting
    }

    private func defaultAnswer(_ step: CheckedStep, _ prompt: MapValue) -> Value? {
        guard let asked = try? question(step, prompt), let given = asked.defaultAnswer else { return nil }
        return try? asked.type.fit(given)
    }

    /// A step that leaves the machine and has no `timeout` has this one, so that nothing runs for ever.
    private static let usualTimeout: Int64 = 600 * 1_000_000_000

    /// Each try within its timeout, again after a delay that grows.
    private func attempts(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let step = work.step
        guard let executor = interpreter.executors[step] else {
            throw StepFailure("unsupported", "\(step.type.rawValue) steps cannot run here")
        }
        let timeout = step.timeout ?? (step.leavesMachine ? Run.usualTimeout : nil)
        var attempt = 1
        while true {
            do throws(StepFailure) {
                guard let timeout else { return try await executor.execute(work) }
                return try await within(timeout, interpreter.clock) { () async throws(StepFailure) in
                    try await executor.execute(work)
                }
            } catch {
                if Task.isCancelled { throw .cancelled }
                guard attempt < step.retry.attempts, error.isRetryable else { throw error }
                let delay = try backoff(step.retry, attempt, error)
                recorder.retrying(step.index, attempt: attempt, delay: delay, error)
                do throws(CancellationError) { try await interpreter.clock.sleep(nanoseconds: delay) } catch {
                    throw .cancelled
                }
                attempt += 1
            }
        }
    }

    /// A server may ask to wait up to here, where the author does not say how long at most.
    private static let longestWait: Int64 = 600 * 1_000_000_000

    /// Nanoseconds until the next try.
    ///
    /// - Throws: the failure itself, when the server asks for a longer wait than the step may take.
    private func backoff(_ retry: Retry, _ attempt: Int, _ failure: StepFailure) throws(StepFailure) -> Int64
    {
        if let seconds = failure.retryAfter {
            let most = retry.writtenMaxDelay ?? Run.longestWait
            guard seconds * 1e9 <= Double(most) else {
                throw StepFailure(
                    failure.kind,
                    "\(failure.message); it asks to wait \(textOfSeconds(seconds)), longer than \(textOfSeconds(Double(most) / 1e9))"
                )
            }
            return request.isRehearsal ? 0 : Int64(max(seconds, 0) * 1e9)
        }
        if request.isRehearsal { return 0 }
        var delay = Double(retry.firstDelay)
        for _ in 1..<max(attempt, 1) { delay *= retry.factor }
        return Int64(min(delay, Double(retry.maxDelay)) * Double.random(in: 0.5...1))
    }

    // The recorder's calls, failing as stops of this step.

    private func begin(_ ordinal: Int, _ prompt: Value, commit: Bool) async throws(StepStop) {
        do throws(StoreError) { try await recorder.begin(ordinal, prompt: prompt, commit: commit) } catch {
            throw .store(error)
        }
    }

    /// Records the result; gives the names of the secrets that it shows.
    private func finish(_ ordinal: Int, _ result: Value) async throws(StepStop) -> Set<String> {
        do throws(StoreError) { return try await recorder.finish(ordinal, result: result) } catch {
            throw .store(error)
        }
    }

    /// Records the failure; with a prompt, for a step that had not begun yet.
    private func fail(_ ordinal: Int, _ prompt: Value?, _ failure: StepFailure) async throws(StepStop)
        -> Never
    {
        do throws(StoreError) {
            if let prompt { try await recorder.begin(ordinal, prompt: prompt, commit: false) }
            try await recorder.fail(ordinal, failure)
        } catch { throw .store(error) }
        throw .failed(failure)
    }

    private func cacheKey(_ step: CheckedStep, _ prompt: MapValue) -> String {
        request.automation.id.text + "/" + step.name + "/"
            + ID(name: JSON.text(.map(prompt)) + (step.resultType?.text ?? "")).text
    }

    private func cached(_ key: String) async throws(StepStop) -> Value? {
        do throws(StoreError) { return try await interpreter.store.cached(key) } catch { throw .store(error) }
    }

    private func cache(_ value: Value, _ key: String) async throws(StepStop) {
        do throws(StoreError) { try await interpreter.store.cache(value, for: key) } catch {
            throw .store(error)
        }
    }
}

/// Runs a body for at most so long.
package func within<Result: Sendable>(
    _ nanoseconds: Int64, _ clock: any Clock,
    _ body: @escaping @Sendable () async throws(StepFailure) -> Result
) async throws(StepFailure) -> Result {
    let outcome = await withTaskGroup(of: Swift.Result<Result, StepFailure>?.self) { group in
        group.addTask {
            do throws(StepFailure) { return .success(try await body()) } catch { return .failure(error) }
        }
        group.addTask {
            try? await clock.sleep(nanoseconds: nanoseconds)
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
    switch outcome {
    case .success(let result): return result
    case .failure(let failure): throw failure
    case nil:
        if Task.isCancelled { throw .cancelled }
        throw .timeout(nanoseconds)
    }
}

extension StepFailure {
    package static func timeout(_ nanoseconds: Int64) -> StepFailure {
        StepFailure(
            "timeout", "no answer within \(textOfSeconds(Double(nanoseconds) / 1e9))", retryable: true)
    }
}

private func textOfSeconds(_ seconds: Double) -> String {
    // A server may say any number.
    guard seconds < 1e9 else { return "more than thirty years" }
    if seconds < 1 { return "\(Int(seconds * 1_000)) ms" }
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
}
