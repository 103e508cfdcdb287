import AutoChecker
import AutoSyntax
import CEL
import Diagnostics

/// Why one visit of a step stops.
enum StepStop: Error {
    case failed(StepFailure)
    case waiting
    case store(StoreError)
}

struct StepDone {
    let prompt: Value
    let result: Value
}

typealias OpenRecord = (ordinal: Int, earlier: StepRecord?)

extension Run {
    /// What an earlier run recorded, when it came to an end then.
    private func replayed(_ opened: OpenRecord) throws(StepStop) -> StepDone? {
        guard let earlier = opened.earlier else { return nil }
        switch earlier.status {
        case .finished: return StepDone(prompt: earlier.prompt ?? .null, result: earlier.result ?? .null)
        case .failed: throw .failed(StepFailure(earlier.errorKind ?? "failed", earlier.error ?? ""))
        case .new, .running: return nil
        }
    }

    /// START, a DATA_TRANSFORM of a value, a decision by conditions: done at once, recorded in one commit.
    func runPure(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async throws(StepStop)
        -> StepDone
    {
        if let done = try replayed(opened) { return done }
        let checked = step.checked
        var prompt = MapValue(record: [("type", .string(checked.type.rawValue))])
        let value: Value
        do throws(StepFailure) {
            var result = Value.string("")
            if checked.type == .logicDecision {
                result = .string(try decide(step, scope, &prompt))
            } else {
                for (name, value) in step.fields { prompt[name] = try render(value, name, step, scope) }
                if checked.type == .dataTransform { result = try fitted(prompt["value"] ?? .null, checked) }
            }
            value = result
        } catch {
            try await fail(opened.ordinal, .map(prompt), error)
        }
        try await begin(opened.ordinal, .map(prompt), commit: false)
        return StepDone(prompt: .map(prompt), result: try await finish(opened.ordinal, value))
    }

    private func decide(_ step: PlannedStep, _ scope: Scope, _ prompt: inout MapValue) throws(StepFailure)
        -> String
    {
        for (branch, condition) in zip(step.checked.branches, step.conditions) {
            guard let condition else {
                prompt[branch.label] = .bool(true)
                return branch.label
            }
            let value = try evaluated(branch.label, step) { () throws(EvaluationError) in
                try condition.evaluate(scope)
            }
            guard case .bool(let holds) = value else {
                throw StepFailure(
                    "type", "the condition of `\(branch.label)` gave \(describe(value)), no bool")
            }
            prompt[branch.label] = value
            if holds { return branch.label }
        }
        throw StepFailure("decision", "no branch's condition holds, and there is no `else`")
    }

    /// A step with effects: its record is on disk, RUNNING, before it begins.
    func runEffect(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async throws(StepStop)
        -> StepDone
    {
        if let done = try replayed(opened) { return done }
        let checked = step.checked
        var prompt = MapValue(record: [("type", .string(checked.type.rawValue))])
        do throws(StepFailure) {
            for (name, value) in step.fields { prompt[name] = try render(value, name, step, scope) }
        } catch {
            try await fail(opened.ordinal, .map(prompt), error)
        }
        let asked = opened.earlier.flatMap {
            recorder.isAsked($0, .map(prompt), checked) ? $0.updatedAt : nil
        }
        if asked == nil { try await begin(opened.ordinal, .map(prompt), commit: true) }
        let key = checked.isCached && request.usesCache ? cacheKey(checked, prompt) : nil
        if let key, let cached = try cached(key) {
            return StepDone(prompt: .map(prompt), result: try await finish(opened.ordinal, cached))
        }
        let outcome: StepOutcome
        do throws(StepFailure) {
            let work = StepWork(
                step: checked, fields: prompt, idempotencyKey: recorder.id(opened.ordinal).text,
                onText: { [recorder] in recorder.text(opened.ordinal, $0) })
            outcome = try await attempts(work)
        } catch {
            try await fail(opened.ordinal, nil, error)
        }
        switch outcome {
        case .waiting:
            if let answer = await request.desk?.wait(for: recorder.id(opened.ordinal)) {
                recorder.adopt(answer, opened.ordinal)
                return StepDone(prompt: .map(prompt), result: answer)
            }
            if Task.isCancelled { throw .failed(.cancelled) }
            try await wait(checked, opened.ordinal, since: asked)
        case .value(let value):
            let result: Value
            do throws(StepFailure) { result = try fitted(value, checked) } catch {
                try await fail(opened.ordinal, nil, error)
            }
            let done = StepDone(prompt: .map(prompt), result: try await finish(opened.ordinal, result))
            if let key { try cache(done.result, key) }
            return done
        }
    }

    /// Nobody has answered: the session waits, at most for the step's `timeout`, counted from when it asked (seconds since 1970).
    private func wait(_ step: CheckedStep, _ ordinal: Int, since: Int64?) async throws(StepStop) -> Never {
        guard let timeout = step.timeout else { throw .waiting }
        let now = interpreter.clock.now()
        let deadline = (since.map { $0 * 1_000_000_000 } ?? now) + timeout
        guard now < deadline else { try await fail(ordinal, nil, .timeout(timeout)) }
        recorder.waits(until: deadline)
        throw .waiting
    }

    /// Each try within its timeout, again after a delay that grows.
    private func attempts(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let step = work.step
        guard let executor = interpreter.executors[step] else {
            throw StepFailure("unsupported", "\(step.type.rawValue) steps cannot run here")
        }
        var attempt = 1
        while true {
            do throws(StepFailure) {
                guard let timeout = step.timeout else { return try await executor.execute(work) }
                return try await within(timeout, interpreter.clock) { () async throws(StepFailure) in
                    try await executor.execute(work)
                }
            } catch {
                if Task.isCancelled { throw .cancelled }
                guard attempt < step.retry.attempts, error.isRetryable else { throw error }
                let delay = backoff(step.retry, attempt, error)
                recorder.retrying(step.index, attempt: attempt, delay: delay, error)
                do throws(CancellationError) { try await interpreter.clock.sleep(nanoseconds: delay) } catch {
                    throw .cancelled
                }
                attempt += 1
            }
        }
    }

    private func backoff(_ retry: Retry, _ attempt: Int, _ failure: StepFailure) -> Int64 {
        if request.isRehearsal { return 0 }
        if let seconds = failure.retryAfter { return Int64(min(max(seconds, 0), 86_400) * 1e9) }
        var delay = Double(retry.firstDelay)
        for _ in 1..<max(attempt, 1) { delay *= retry.factor }
        return Int64(min(delay, Double(retry.maxDelay)) * Double.random(in: 0.5...1))
    }

    func fitted(_ value: Value, _ step: CheckedStep) throws(StepFailure) -> Value {
        guard let type = step.resultType else { return value }
        do throws(Misfit) {
            return try type.fit(value)
        } catch {
            throw StepFailure("result", "the result is not \(type.text): \(error.text)")
        }
    }

    private func render(_ value: PlannedValue, _ name: String, _ step: PlannedStep, _ scope: Scope)
        throws(StepFailure) -> Value
    {
        try evaluated(name, step) { () throws(EvaluationError) in
            if name == "url", let template = step.url { return try template.render(scope) }
            return try value.render(scope)
        }
    }

    /// Evaluates, with the field and its place in the file in what goes wrong.
    func evaluated(
        _ field: String, _ step: PlannedStep, _ body: () throws(EvaluationError) -> Value
    ) throws(StepFailure) -> Value {
        do throws(EvaluationError) {
            return try body()
        } catch {
            var place = ""
            if let span = error.span {
                let source = plan.automation.source
                let position = source.position(at: span.start)
                let file = source.name.split(separator: "/").last.map(String.init) ?? source.name
                place = " (\(file):\(position.line):\(position.column))"
            }
            throw StepFailure("expression", "`\(field)` cannot be computed: \(error.text)\(place)")
        }
    }

    // The recorder's calls, failing as stops of this step.

    private func begin(_ ordinal: Int, _ prompt: Value, commit: Bool) async throws(StepStop) {
        do throws(StoreError) { try await recorder.begin(ordinal, prompt: prompt, commit: commit) } catch {
            throw .store(error)
        }
    }

    private func finish(_ ordinal: Int, _ result: Value) async throws(StepStop) -> Value {
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

    private func cached(_ key: String) throws(StepStop) -> Value? {
        do throws(StoreError) { return try interpreter.store.cached(key) } catch { throw .store(error) }
    }

    private func cache(_ value: Value, _ key: String) throws(StepStop) {
        do throws(StoreError) { try interpreter.store.cache(value, for: key) } catch { throw .store(error) }
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
    static func timeout(_ nanoseconds: Int64) -> StepFailure {
        StepFailure(
            "timeout", "no answer within \(textOfSeconds(Double(nanoseconds) / 1e9))", retryable: true)
    }
}

private func textOfSeconds(_ seconds: Double) -> String {
    seconds < 1
        ? "\(Int(seconds * 1_000)) ms" : seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
}
