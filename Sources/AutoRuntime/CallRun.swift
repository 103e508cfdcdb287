import AutoChecker
import CEL
import StepKinds
import Values

/// What a called session is given.
struct GivenCall: Sendable {
    /// The name under which the caller's origins have what is in the called session.
    let name: String
    let inputs: MapValue
    /// Who brought text from outside into the inputs, by their names, as the called automation sees it.
    var origins: [String: Set<Origin>] = [:]
    /// The sessions that failed, of the first of which that is there the called one takes over what finished.
    var retried: [ID] = []
    /// Whether the calling step's record changes as soon as the session has finished, so that both are
    /// written together.
    var endsStep = false
    /// That its time is over: then it goes no further, and is cancelled where it has not ended.
    var overdue: Overdue?
}

/// Why a call goes no further.
struct Overdue: Sendable {
    /// Until when it had time, in nanoseconds since 1970.
    let since: Int64
    let failure: StepFailure
}

/// What one try of a call came to.
enum CallEnd: Sendable {
    /// - Parameter origins: who brought text from outside into the value, as the caller sees it.
    case finished(Value, origins: Set<Origin>)
    case failed(StepFailure)
    /// A person has to answer in the called session.
    ///
    /// - Parameter until: when the first of its questions runs out, in nanoseconds since 1970.
    case waiting(until: Int64?)
    /// The process is to end: whoever takes the caller goes on with the called session, too.
    case givenBack
}

/// One try of a call.
private struct CallTry: Sendable {
    /// Which one it is, from 1.
    let attempt: Int
    /// Its session, where that has been named before; nil where it gets one.
    var session: ID?
    /// The sessions, which failed, of the first of which that is there it takes over what finished.
    var retried: [ID] = []
}

extension Run {
    /// The field of a calling step's prompt that names the called session.
    static let sessionField = "session_id"
    /// The field that names the session from where the called one goes on, which failed; only where there is one.
    static let retriedField = "retried_session_id"

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
                try self.rendered(step, scope, allowance)
            }
            prompt = try await shown(.map(fields.prompt), time).value
        } catch {
            recorder.begin(ordinal, prompt: emptyPrompt(checked))
            try await fail(ordinal, checked, error, scope.origins)
        }
        var now = try await firstTry(checked, opened, fields)
        while true {
            let id = now.session ?? ID.ofNow(interpreter.clock)
            let deadline = deadline(checked, id, isNew: now.session == nil)
            // Before the session begins, so that after a crash it is known which one it was.
            try await beginOnDisk(ordinal, naming(id, now.retried.first, in: prompt))
            try await checkTrust(step, fields, ordinal)
            let end = AttemptTrace(ordinal: ordinal, attempt: now.attempt, recorder, interpreter.clock)
            switch try await ended(checked, id, callee, fields, now, until: deadline) {
            case .finished(let value, let origins):
                if now.attempt > 1 { end.succeeded() }
                var named = fields
                named.prompt[Run.sessionField] = .string(id.text)
                return try await finishCall(step, ordinal, value, origins, named, time)
            case .failed(let failure):
                do throws(StepFailure) {
                    try await waitForNext(checked.retry, now.attempt, failure, end, ordinal)
                } catch {
                    try await fail(ordinal, checked, error, calledOrigins(checked, fields.marks))
                }
                now = CallTry(attempt: now.attempt + 1)
            case .waiting(let until):
                for moment in [until, deadline].compactMap(\.self) { recorder.waits(until: moment) }
                throw .waiting
            case .givenBack: throw .givenBack
            }
        }
    }

    /// The try with which a call begins, or goes on, after what is left of the pause before it.
    private func firstTry(_ step: CheckedStep, _ opened: OpenRecord, _ fields: RenderedFields)
        async throws(RunStop) -> CallTry
    {
        let (session, retried) = calledBefore(opened.earlier)
        let next = try await nextTry(step, opened)
        guard let begins = next.begins, try await !hasBegun(session, since: begins) else {
            return CallTry(attempt: next.attempt, session: try await begun(session, step), retried: retried)
        }
        do throws(StepFailure) { try await pause(before: next) } catch {
            try await fail(opened.ordinal, step, error, calledOrigins(step, fields.marks))
        }
        return CallTry(attempt: next.attempt)
    }

    /// The session that a record names, unless it never began and time counts: then another one has all of it.
    private func begun(_ session: ID?, _ step: CheckedStep) async throws(RunStop) -> ID? {
        guard let session, step.timeout != nil else { return session }
        let known = try await stored { () async throws(StoreError) in
            try await interpreter.store.session(session, of: nil, withValues: false)
        }
        return known == nil ? nil : session
    }

    /// Until when a try has time, in nanoseconds since 1970; nil where that has no end. It counts from when its session was
    /// named, so that a wait for a person, or a restart, gives it no more.
    private func deadline(_ step: CheckedStep, _ session: ID, isNew: Bool) -> Int64? {
        guard let timeout = step.timeout else { return nil }
        let now = interpreter.clock.now()
        // A clock may have been set back since.
        return (isNew ? now : min(session.milliseconds, now / 1_000_000) * 1_000_000) + timeout
    }

    /// Whether the session that a record names is of the try that was to begin then, and not of the one before, which has
    /// failed.
    ///
    /// - Parameter begins: nanoseconds since 1970.
    private func hasBegun(_ session: ID?, since begins: Int64) async throws(RunStop) -> Bool {
        guard let session else { return false }
        if session.milliseconds >= begins / 1_000_000 { return true }
        // A clock may have been set back in the pause; no try is told to have failed before its session has.
        let known = try await stored { () async throws(StoreError) in
            try await interpreter.store.session(session, of: nil, withValues: false)
        }
        return known.map { $0.record.header.status != .failed } ?? false
    }

    /// The session that a record names, and those of which a new one takes over what finished.
    private func calledBefore(_ earlier: StepRecord?) -> (session: ID?, retried: [ID]) {
        let retried = [earlier?.retriedSession].compactMap(\.self)
        guard let known = earlier?.calledSession else { return (nil, retried) }
        // A record that is NEW and names a session comes from one that was tried again.
        return earlier?.status == .new ? (nil, [known] + retried) : (known, retried)
    }

    /// The prompt with the session that is called, and the one that it goes on from, since it may never begin, and
    /// is tried again then.
    private func naming(_ session: ID, _ retried: ID?, in prompt: Value) -> Value {
        let named = prompt.adding(Run.sessionField, .string(session.text))
        return retried.map { named.adding(Run.retriedField, .string($0.text)) } ?? named
    }

    private func finishCall(
        _ step: PlannedStep, _ ordinal: Int, _ value: Value, _ origins: Set<Origin>, _ fields: RenderedFields,
        _ time: StepTime
    ) async throws(RunStop) -> StepDone {
        let result: Value
        do throws(StepFailure) { result = try await fitted(value, step.checked) } catch {
            try await fail(ordinal, step.checked, error, origins)
        }
        var done = try await finish(ordinal, result, step.checked, fields, time)
        done.marks.origins = step.givesNoText || result.hasNoRoomForText ? [] : origins
        return done
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

    /// One call, within what is left of the step's timeout.
    private func ended(
        _ step: CheckedStep, _ id: ID, _ callee: String, _ fields: RenderedFields, _ tried: CallTry,
        until deadline: Int64?
    ) async throws(RunStop) -> CallEnd {
        guard let timeout = step.timeout, let deadline else {
            return try await call(step, id, callee, fields, tried)
        }
        let left = deadline - interpreter.clock.now()
        guard left > 0 else {
            let overdue = Overdue(since: deadline, failure: .timeout(timeout))
            return try await call(step, id, callee, fields, tried, overdue)
        }
        let outcome: Result<CallEnd, RunStop>
        do throws(StepFailure) {
            outcome = try await within(left, interpreter.clock) { () async throws(StepFailure) in
                do throws(RunStop) {
                    return .success(try await self.call(step, id, callee, fields, tried))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            return .failed(error.kind == .timeout ? .timeout(timeout) : error)
        }
        return try outcome.get()
    }

    private func call(
        _ step: CheckedStep, _ id: ID, _ callee: String, _ fields: RenderedFields, _ tried: CallTry,
        _ overdue: Overdue? = nil
    ) async throws(RunStop) -> CallEnd {
        guard let automation = plan.automation.called(at: callee) else {
            return .failed(
                StepFailure(
                    .missing, "the automation \(OtherFiles.shown(callee)) is not kept with this session"))
        }
        let given = GivenCall(
            name: step.name, inputs: fields.prompt[RestAPI.inputs] ?? MapValue(),
            origins: fields.marks.callOrigins(automation.inputs), retried: tried.retried, endsStep: true,
            overdue: overdue)
        return try await call(step, id, automation, at: callee, given)
    }

    /// Runs an automation for a step, as a session of its own.
    ///
    /// - Parameters:
    ///   - id: of that session, which may have begun before.
    ///   - path: of the automation's file, from the folder of this one's.
    func call(
        _ step: CheckedStep, _ id: ID, _ automation: CheckedAutomation, at callee: String, _ given: GivenCall
    ) async throws(RunStop) -> CallEnd {
        let parts: CalleeParts
        let inputs: Value
        let callees = interpreter.callees.callees(of: step)
        do throws(StepFailure) {
            guard request.depth < CallDepth.most else {
                throw StepFailure(
                    .tooDeep, "automations call one another here more than \(CallDepth.most) deep")
            }
            inputs = try Run.inputs(given.inputs, of: automation)
            if let value = try interpreter.callees.reply(toCallBy: step) {
                return .finished(value, origins: given.replyOrigins)
            }
            parts = try await callees.parts(for: automation, at: callee, calledBy: request.automation)
        } catch {
            return .failed(error)
        }
        return try await stored { () async throws(StoreError) in
            try await session(id, given, parts, callees, inputs)
        }
    }

    /// - Throws: kind `input` where what is given does not fit.
    static func inputs(_ given: MapValue, of automation: CheckedAutomation)
        throws(StepFailure) -> Value
    {
        do throws(InputProblem) {
            return try fittedInputs(automation.inputs, given)
        } catch {
            throw StepFailure(.input, "`\(automation.name)`: \(error.message)")
        }
    }

    /// What went with the result of a call that an earlier run of the session has recorded.
    func callMarks(_ step: PlannedStep, _ done: StepDone, _ fields: [String: Marks]) async throws(RunStop)
        -> Marks
    {
        let checked = step.checked
        guard !step.givesNoText, !done.result.hasNoRoomForText, step.callsBringText || !fields.isEmpty
        else { return Marks() }
        let session = done.prompt.asMap?[Run.sessionField]?.asText.flatMap { ID($0) }
        let kept = try await stored { () async throws(StoreError) -> Set<Origin>? in
            guard let session, try await interpreter.store.session(session, of: nil) != nil else {
                return nil
            }
            return try await interpreter.store.resultOrigins(of: session)
        }
        guard let origins = kept else { return Marks(origins: calledOrigins(checked, fields)) }
        return Marks(origins: Set(origins.map { $0.leavingCall(of: checked.name) }))
    }

    /// Who may have brought text from outside into what a call gave, or said of its failure, where nobody
    /// knows it better.
    private func calledOrigins(_ step: CheckedStep, _ fields: [String: Marks]) -> Set<Origin> {
        origins(step, fields).union([Origin(step: step.name, source: "an automation")])
    }
}

extension GivenCall {
    /// Who may have brought text from outside into what stands for the call's result.
    fileprivate var replyOrigins: Set<Origin> {
        let given = Marks(all: origins.values.map { Marks(origins: $0) }).origins
        return Set(given.map { $0.leavingCall(of: name) }).union([Origin(step: name, source: "an automation")]
        )
    }
}

extension Value {
    fileprivate func adding(_ name: String, _ value: Value) -> Value {
        guard var map = asMap else { return self }
        map[name] = value
        return .map(map)
    }
}
