import AutoChecker
import CEL
import StepKinds
import Values

/// The session that a call is.
extension Run {
    private func request(for id: ID, _ given: GivenCall, _ parts: CalleeParts, _ inputs: Value) -> RunRequest
    {
        var called = RunRequest(
            plan: parts.plan, automation: parts.automation, sessionID: id, inputs: inputs,
            secrets: parts.secrets, usesCache: request.usesCache, modelKeys: parts.modelKeys)
        called.isRehearsal = request.isRehearsal
        called.canceller = request.canceller
        called.depth = request.depth + 1
        called.caller = request.sessionID
        called.callerSpending = spending
        called.callerRecorder = recorder
        called.callerToolServers = openServers
        called.endsCallingStep = given.endsStep
        // What a model asks for through a tool is part of the model's step, which would be asked again.
        if given.endsStep { called.departure = request.departure }
        called.inputOrigins = given.origins
        return called
    }

    /// Begins the called session, or goes on with it, and runs it as far as it comes.
    func session(
        _ id: ID, _ given: GivenCall, _ parts: CalleeParts, _ callees: any Callees, _ inputs: Value
    ) async throws(StoreError) -> CallEnd {
        if let overdue = given.overdue { return try await end(id, overdue, given, parts) }
        let store = interpreter.store
        var request = request(for: id, given, parts, inputs)
        let inside = Interpreter(
            executors: parts.executors, store: store, clock: interpreter.clock, callees: callees)
        if self.request.earlier == nil {
            // Nothing of it can be there yet.
            return try await end(of: request, try await inside.open(request), given, inside, parts)
        }
        guard let known = try await store.session(id, of: nil, withValues: true) else {
            for retried in given.retried {
                guard let old = try await store.session(retried, of: nil),
                    let begun = try await inside.begin(request, retrying: old)
                else { continue }
                request.earlier = begun
                return try await end(of: request, begun.header, given, inside, parts)
            }
            return try await end(of: request, try await inside.open(request), given, inside, parts)
        }
        switch try await claim(id, given) {
        case .held: return try await left(id)
        case .ended:
            guard let last = try await store.session(id, of: nil, withValues: true) else { break }
            return try await outcome(
                of: last.record, given, parts.plan, try await store.resultOrigins(of: id))
        case .taken:
            let record = try await store.session(id, of: nil, withValues: true)?.record ?? known.record
            request.turn = await record.turn(of: store)
            request.earlier = record
            return try await end(of: request, known.record.header, given, inside, parts)
        }
        return .failed(StepFailure(.session, "the called session \(id.text) is gone"))
    }

    /// Ends a called session whose time is over. What it gave before stands, also where nobody was there to take it.
    private func end(_ id: ID, _ overdue: Overdue, _ given: GivenCall, _ parts: CalleeParts)
        async throws(StoreError) -> CallEnd
    {
        let store = interpreter.store
        let known = try await store.session(id, of: nil, withValues: false)
        let isOpen = known.map { !$0.record.header.status.isEnd } ?? false
        if isOpen { _ = try await store.cancel(id, now: interpreter.clock.now() / 1_000_000_000) }
        guard let last = try await store.session(id, of: nil, withValues: true)?.record,
            last.header.status.isEnd
        else { return .failed(overdue.failure) }
        if isOpen { parts.listen(id, .session(last.header)) }
        // Cancelled after that, it was because of this, be it by a process that did not come to record it.
        let isLate = (last.header.updatedAt + 1) * 1_000_000_000 > overdue.since
        if last.header.isCancelled, isLate { return .failed(overdue.failure) }
        return try await outcome(of: last, given, parts.plan, try await store.resultOrigins(of: id))
    }

    /// Takes a called session. One that runs elsewhere, as each does that goes on by itself after a crash, keeps its caller's
    /// place as if it ran within: nothing else begins there until it has ended, or is given back.
    ///
    /// - Returns: `held` where its end is not waited for, because the caller goes no further here.
    private func claim(_ id: ID, _ given: GivenCall) async throws(StoreError) -> ClaimOutcome {
        var pause: Int64 = 20_000_000
        while true {
            let outcome = try await interpreter.store.claim(id)
            guard outcome == .held, !(given.endsStep && isToBeGivenBack) else { return outcome }
            do throws(CancellationError) { try await interpreter.clock.sleep(nanoseconds: pause) } catch {
                return .held
            }
            pause = min(2 * pause, 500_000_000)
        }
    }

    /// What comes of a call whose session runs elsewhere, and is not waited for any longer.
    private func left(_ id: ID) async throws(StoreError) -> CallEnd {
        guard Task.isCancelled else { return .givenBack }
        // Nobody wants it any more, unless another process has taken the caller and goes on with both.
        try await recorder.confirm()
        _ = try await interpreter.store.cancel(id, now: interpreter.clock.now() / 1_000_000_000)
        return .failed(.cancelled)
    }

    private func end(
        of request: RunRequest, _ header: SessionHeader, _ given: GivenCall, _ inside: Interpreter,
        _ parts: CalleeParts
    ) async throws(StoreError) -> CallEnd {
        var request = request
        var header = header
        let id = header.id
        while true {
            let run: SessionTurnEnd
            do throws(StoreError) {
                run = try await inside.runToTurn(request, header: header) { parts.listen(id, $0) }
            } catch {
                // Whoever goes on with the caller takes it anew.
                try? await inside.store.release(id)
                throw error
            }
            switch run.end {
            case .finished, .failed:
                return try await outcome(of: run.record, given, parts.plan, run.origins, run.failedCall)
            case .waiting: return .waiting(until: run.deadline)
            case .givenBack: return .givenBack
            case .answered:
                guard let now = try await inside.store.session(id, of: nil, withValues: true) else {
                    return .waiting(until: nil)
                }
                request.turn = nil
                request.earlier = now.record
                header = now.record.header
            }
        }
    }

    /// - Parameters:
    ///   - origins: who brought text from outside into what the session gave, as it sees it itself.
    ///   - failedCall: why it FAILED, where a call did; nil also where only the store may know it.
    private func outcome(
        of record: SessionRecord, _ given: GivenCall, _ plan: Plan, _ origins: Set<Origin>,
        _ failedCall: FailedCall? = nil
    ) async throws(StoreError) -> CallEnd {
        guard record.header.status == .finished else {
            if Task.isCancelled { return .failed(.cancelled) }
            if let failedCall { return .failed(failedCall.failure) }
            return .failed(try await interpreter.store.failure(ofCall: record, plan.automation.name))
        }
        return .finished(
            record.results(plan).together,
            origins: Set(origins.map { $0.leavingCall(of: given.name) }))
    }
}
