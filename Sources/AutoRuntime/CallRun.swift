import AutoChecker
import StepKinds
import Values

/// What one try of a call came to.
private enum CallEnd: Sendable {
    case finished(Value)
    case failed(StepFailure)
    /// A person has to answer in the called session, or another process runs it.
    ///
    /// - Parameter until: when the first of its questions runs out, in nanoseconds since 1970.
    case waiting(until: Int64?)
}

extension Run {
    /// The field of a calling step's prompt that names the called session.
    static let sessionField = "session_id"

    /// Calls another automation: as a session of its own, which a crash does not start a second time.
    func runCall(_ step: PlannedStep, _ opened: OpenRecord, _ callee: String, _ scope: Scope)
        async throws(RunStop) -> StepDone
    {
        let checked = step.checked
        let ordinal = opened.ordinal
        let time = StepTime(checked.timeout)
        let (fields, prompt): (RenderedFields, Value)
        do throws(StepFailure) {
            fields = try await compute(time) { (allowance) throws(StepFailure) in
                try rendered(step, scope, allowance)
            }
            prompt = try await shown(.map(fields.prompt), time).value
        } catch {
            try await begin(ordinal, emptyPrompt(checked), commit: false)
            try await fail(ordinal, checked, error)
        }
        var session = opened.earlier?.prompt?.asMap?[Run.sessionField]?.asText.flatMap { ID($0) }
        var attempt = 1
        while true {
            let id = session ?? ID.ofNow(interpreter.clock)
            // Before the session begins, so that after a crash it is known which one it was.
            try await begin(ordinal, prompt.adding(Run.sessionField, .string(id.text)), commit: true)
            let end = AttemptTrace(ordinal: ordinal, attempt: attempt, recorder, interpreter.clock)
            switch try await ended(checked, id, callee, fields) {
            case .finished(let value):
                if attempt > 1 { end.succeeded() }
                var named = fields
                named.prompt[Run.sessionField] = .string(id.text)
                let result: Value
                do throws(StepFailure) { result = try await fitted(value, checked) } catch {
                    try await fail(ordinal, checked, error)
                }
                return try await finish(ordinal, result, checked, named, time)
            case .failed(let failure):
                do throws(StepFailure) {
                    try await waitForNext(checked.retry, attempt, failure, end, ordinal)
                } catch {
                    try await fail(ordinal, checked, error)
                }
                attempt += 1
                session = nil
            case .waiting(let until):
                if let until { recorder.waits(until: until) }
                throw .waiting
            }
        }
    }

    /// Waits as long as the step's `retry` says between a session that failed and the next.
    ///
    /// - Throws: why there is no other try.
    private func waitForNext(
        _ retry: Retry, _ attempt: Int, _ failure: StepFailure, _ end: AttemptTrace, _ ordinal: Int
    ) async throws(StepFailure) {
        // What did not come to a session, such as an input that does not fit, fails again in the same way.
        let isWorthIt = failure.kind == .session || failure.isRetryable
        let delay: Int64
        do throws(StepFailure) {
            delay = try delayBeforeNext(retry, attempt, failure, isWorthIt)
        } catch {
            if attempt > 1 { end.failed(error, delay: nil) }
            throw error
        }
        end.failed(failure, delay: delay)
        recorder.retrying(ordinal, attempt: attempt, delay: delay, failure)
        // A wait may be long, and whoever looks meanwhile sees why.
        recorder.handOver()
        do throws(CancellationError) { try await interpreter.clock.sleep(nanoseconds: delay) } catch {
            throw .cancelled
        }
    }

    /// One call, within the step's timeout.
    private func ended(_ step: CheckedStep, _ id: ID, _ callee: String, _ fields: RenderedFields)
        async throws(RunStop) -> CallEnd
    {
        let outcome: Result<CallEnd, RunStop>
        guard let timeout = step.timeout else { return try await call(step, id, callee, fields) }
        do throws(StepFailure) {
            outcome = try await within(timeout, interpreter.clock) { () async throws(StepFailure) in
                do throws(RunStop) { return .success(try await call(step, id, callee, fields)) } catch {
                    return .failure(error)
                }
            }
        } catch {
            return .failed(error)
        }
        return try outcome.get()
    }

    private func call(_ step: CheckedStep, _ id: ID, _ callee: String, _ fields: RenderedFields)
        async throws(RunStop) -> CallEnd
    {
        let parts: CalleeParts
        let inputs: Value
        let callees = interpreter.callees.callees(of: step)
        do throws(StepFailure) {
            guard request.depth < CallDepth.most else {
                throw StepFailure(
                    .tooDeep, "automations call one another here more than \(CallDepth.most) deep")
            }
            guard let automation = plan.automation.called(at: callee) else {
                throw StepFailure(.missing, "the automation \(callee) is not kept with this session")
            }
            inputs = try Run.inputs(fields, of: automation)
            if let value = try interpreter.callees.reply(toCallBy: step) { return .finished(value) }
            parts = try callees.parts(for: automation, at: callee, calledBy: request.automation)
        } catch {
            return .failed(error)
        }
        return try await stored { () async throws(StoreError) in
            try await session(id, parts, callees, inputs)
        }
    }

    private static func inputs(_ fields: RenderedFields, of automation: CheckedAutomation)
        throws(StepFailure) -> Value
    {
        do throws(InputProblem) {
            return try fittedInputs(automation.inputs, fields.prompt[RestAPI.inputs] ?? MapValue())
        } catch {
            throw StepFailure(.input, "`\(automation.name)`: \(error.message)")
        }
    }

    /// Begins the called session, or goes on with it, and runs it as far as it comes.
    private func session(_ id: ID, _ parts: CalleeParts, _ callees: any Callees, _ inputs: Value)
        async throws(StoreError) -> CallEnd
    {
        let store = interpreter.store
        var request = RunRequest(
            plan: parts.plan, automation: parts.automation, sessionID: id, inputs: inputs,
            secrets: parts.secrets, usesCache: self.request.usesCache, modelKeys: parts.modelKeys)
        request.isRehearsal = self.request.isRehearsal
        request.canceller = self.request.canceller
        request.depth = self.request.depth + 1
        request.caller = self.request.sessionID
        request.callerSpending = spending
        request.callerRecorder = recorder
        let inside = Interpreter(
            executors: parts.executors, store: store, clock: interpreter.clock, callees: callees)
        if self.request.earlier == nil {
            // Nothing of it can be there yet.
            return try await end(of: request, try await inside.open(request), inside, parts)
        }
        guard let known = try await store.session(id, of: nil, withValues: true) else {
            return try await end(of: request, try await inside.open(request), inside, parts)
        }
        switch try await store.claim(id) {
        case .held: return .waiting(until: nil)
        case .ended:
            guard let last = try await store.session(id, of: nil, withValues: true) else { break }
            return outcome(of: last.record, parts.plan)
        case .taken:
            request.goesOn(
                with: try await store.session(id, of: nil, withValues: true)?.record ?? known.record)
            return try await end(of: request, known.record.header, inside, parts)
        }
        return .failed(StepFailure(.session, "the called session \(id.text) is gone"))
    }

    private func end(
        of request: RunRequest, _ header: SessionHeader, _ inside: Interpreter, _ parts: CalleeParts
    ) async throws(StoreError) -> CallEnd {
        var request = request
        var header = header
        let id = header.id
        while true {
            let run = try await inside.runToTurn(request, header: header) { parts.listen(id, $0) }
            switch run.end {
            case .finished, .failed: return outcome(of: run.record, parts.plan)
            case .waiting: return .waiting(until: run.deadline)
            case .answered:
                guard let now = try await inside.store.session(id, of: nil, withValues: true) else {
                    return .waiting(until: nil)
                }
                request.goesOn(with: now.record)
                header = now.record.header
            }
        }
    }

    private func outcome(of record: SessionRecord, _ plan: Plan) -> CallEnd {
        guard record.header.status == .finished else {
            let why = record.header.error ?? "it has not ended"
            if Task.isCancelled { return .failed(.cancelled) }
            return .failed(
                StepFailure(
                    .session,
                    "the automation `\(plan.automation.name)` failed in its session \(record.header.id.text): \(why)"
                ))
        }
        let results = record.results(plan)
        if results.count == 1 { return .finished(results[0].value) }
        return .finished(.record(results.map { ($0.step, $0.value) }))
    }
}

extension RunRequest {
    /// From now on the request goes on with what was recorded.
    fileprivate mutating func goesOn(with record: SessionRecord) {
        turn = record.wasUnderWay ? .takenOver : .resumed
        earlier = record
    }
}

extension Value {
    fileprivate func adding(_ name: String, _ value: Value) -> Value {
        guard var map = asMap else { return self }
        map[name] = value
        return .map(map)
    }
}
