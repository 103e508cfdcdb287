import AutoChecker
import AutoSyntax
import CEL
import StepKinds
package import Values

/// How a run came to its end.
package enum RunEnd: Sendable, Hashable {
    case finished
    case failed
    /// A person has to answer first.
    case waiting
    /// An answer came while other branches ran: the session goes on from what is recorded.
    case answered
    /// The process is to end: the session was given back between two steps, and whoever takes it goes on.
    case givenBack
}

/// Why a visit, a branch or a whole run stops before its end.
enum RunStop: Error {
    /// - Parameter step: the index of the step that failed; nil when what was cancelled is between steps.
    case failed(StepFailure, step: Int?)
    /// A person has to answer first.
    case waiting
    /// The process is to end, and what would begin now is left to whoever takes the session.
    case givenBack
    case store(StoreError)
}

/// What the store cannot do stops the run.
func stored<Result>(_ body: () async throws(StoreError) -> Result) async throws(RunStop) -> Result {
    do throws(StoreError) { return try await body() } catch { throw .store(error) }
}

/// Runs checked automations.
package struct Interpreter: Sendable {
    let executors: Executors
    let store: any Store
    let clock: any Clock
    let callees: any Callees

    /// - Parameter callees: by what automations are run that steps call.
    package init(
        executors: Executors, store: any Store, clock: any Clock, callees: any Callees = NoCallees()
    ) {
        self.executors = executors
        self.store = store
        self.clock = clock
        self.callees = callees
    }

    /// Makes a session's header, NEW, and records it.
    package func open(_ request: RunRequest) async throws(StoreError) -> SessionHeader {
        let header = request.newHeader(now: clock.now() / 1_000_000_000)
        try await store.begin(header, of: request.automation, held: true)
        return header
    }

    /// Makes a session that goes on from where another one of the same automation and inputs failed, and records it.
    ///
    /// - Returns: what it begins with; nil where the other one is of another version or has other inputs.
    func begin(_ request: RunRequest, retrying failed: StoredSession) async throws(StoreError)
        -> SessionRecord?
    {
        guard failed.automation.versionID == request.automation.versionID,
            failed.record.header.inputs == request.masker.mask(request.inputs),
            failed.record.header.status == .failed
        else { return nil }
        let now = clock.now() / 1_000_000_000
        let taken = try await store.takenOver(
            failed.record.recordsToRetry(request.plan.automation, now: now), from: failed.record,
            now: clock.now())
        let header = request.newHeader(now: now)
        _ = try await store.start(header, of: request.automation, taking: taken, held: true, key: nil)
        return SessionRecord(header: header, steps: taken.steps, stepInfos: failed.record.stepInfos)
    }

    /// Runs a session from its start, or goes on from what was recorded of it.
    package func run(
        _ request: RunRequest, header: SessionHeader,
        listen: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws(StoreError) -> (RunEnd, SessionRecord) {
        let run = try await runToTurn(request, header: header, listen: listen)
        return (run.end, run.record)
    }

    /// The same, with what who calls the session has to know besides.
    func runToTurn(
        _ request: RunRequest, header: SessionHeader, listen: @escaping @Sendable (RunEvent) -> Void
    ) async throws(StoreError) -> SessionTurnEnd {
        var request = request
        // What a session was given first counts: who goes on with it may be somebody else.
        let begun = request.earlier == nil ? [] : try await store.trace(of: header.id, after: 0, limit: 8)
        let known = begun.inputOrigins
        // One that goes on from another was given what that one was, too.
        let isNew = begun.isEmpty || header.status == .new
        request.inputOrigins = isNew ? request.inputOrigins.merging(known) { $0.union($1) } : known
        let recorder = Recorder(
            header: header, earlier: request.earlier?.steps ?? [], store: store, clock: clock,
            masker: request.masker, listen: listen)
        let run = Run(
            interpreter: self, request: request, recorder: recorder, spending: try await spending(request))
        recorder.start()
        if isNew, request.inputOrigins != known {
            recorder.trace(.origins(Provenance(inputs: request.inputOrigins)), of: nil, attempt: nil)
        }
        if let turn = request.turn { recorder.trace(.session(turn), of: nil, attempt: nil) }
        let outcome = try await self.outcome(of: run, header.id)
        var end = outcome.end
        switch end {
        case .waiting:
            if try await !store.park(header.id, until: recorder.deadline) { end = .answered }
        case .givenBack: try await store.release(header.id)
        case .finished, .failed, .answered: break
        }
        let record = SessionRecord(
            header: recorder.header, steps: recorder.steps, stepInfos: request.automation.stepInfos)
        return SessionTurnEnd(
            end: end, record: record, scope: outcome.scope, deadline: recorder.deadline,
            origins: outcome.origins,
            failedCall: outcome.failedCall)
    }

    /// Carries a run out, and lets go of the servers of tools, whatever comes of it.
    private func outcome(of run: Run, _ session: ID) async throws(StoreError) -> RunOutcome {
        let (request, recorder) = (run.request, run.recorder)
        func toEnd() async throws(StoreError) -> RunOutcome {
            try await whileHolding(session, recorder) { () async throws(StoreError) in try await run.toEnd() }
        }
        let outcome: Result<RunOutcome, StoreError>
        do throws(StoreError) {
            if let caller = request.callerRecorder {
                outcome = .success(try await caller.holding(recorder, toEnd))
            } else {
                outcome = .success(try await toEnd())
            }
        } catch {
            outcome = .failure(error)
        }
        if request.callerToolServers == nil {
            await run.openServers.close()
        } else {
            await run.openServers.leave(session)
        }
        return try outcome.get()
    }
}

/// How far one run brought a session.
struct SessionTurnEnd: Sendable {
    let end: RunEnd
    let record: SessionRecord
    /// What could be read at the end; nil where it did not come to one.
    let scope: Scope?
    /// When the first of the questions that wait runs out, in nanoseconds since 1970.
    let deadline: Int64?
    /// Who brought text from outside into what a called session gave.
    let origins: Set<Origin>
    /// The call that failed, where that is why the session FAILED, as its caller tells it.
    let failedCall: FailedCall?
}

/// How one run of a session ended.
struct RunOutcome: Sendable {
    let end: RunEnd
    /// What could be read at the end; nil where it did not come to one. A branch that failed has taken along what it knew.
    var scope: Scope?
    /// Who brought text from outside into what a called session gave.
    var origins: Set<Origin> = []
    /// The call that failed, where that is why the session FAILED, as its caller tells it.
    var failedCall: FailedCall?
}

extension Interpreter {
    /// What holds the session within the file's `max_cost $…`, what its earlier runs and the sessions spent
    /// that they have called counted; nil where the file sets no such bound.
    private func spending(_ request: RunRequest) async throws(StoreError) -> Spending? {
        guard let most = request.plan.automation.maxDollars else { return request.callerSpending }
        let spent = request.earlier == nil ? 0 : try await store.dollars(of: request.sessionID)
        return Spending(most: most, spent: spent, within: request.callerSpending)
    }

    private enum Turn: Sendable {
        case ended(Result<RunOutcome, StoreError>)
        case interrupted(Interruption?)
    }

    /// Runs a session until its end, or until it is lost, or is to be cancelled.
    private func whileHolding(
        _ session: ID, _ recorder: Recorder,
        _ body: @escaping @Sendable () async throws(StoreError) -> RunOutcome
    ) async throws(StoreError) -> RunOutcome {
        let outcome = await withTaskGroup(of: Turn.self) { group -> Result<RunOutcome, StoreError> in
            group.addTask {
                do throws(StoreError) { return .ended(.success(try await body())) } catch {
                    return .ended(.failure(error))
                }
            }
            group.addTask { .interrupted(await store.interruption(of: session)) }
            var failure: StoreError?
            while let turn = await group.next() {
                switch turn {
                case .ended(let result):
                    group.cancelAll()
                    return failure.map(Result.failure) ?? result
                case .interrupted(.cancelled):
                    recorder.isToldToCancel()
                    group.cancelAll()
                case .interrupted(.lost):
                    failure = StoreError.takenOver(session)
                    recorder.close()
                    group.cancelAll()
                case .interrupted(nil): continue
                }
            }
            return .failure(failure ?? StoreError("the run ended without a result"))
        }
        return try outcome.get()
    }
}

extension StoreError {
    /// Another process has the session.
    package static func takenOver(_ session: ID) -> StoreError {
        StoreError(
            "another process has taken the session \(session.text) over: nothing more is written here")
    }
}

/// One run under way. Everything that changes is in the recorder and in the scopes. Each step hands it on many times, which
/// costs less for one object than for a copy of all that it holds.
final class Run: Sendable {
    let interpreter: Interpreter
    let request: RunRequest
    let recorder: Recorder
    /// Holds what model calls cost; nil where the file sets no bound in dollars.
    let spending: Spending?
    /// Where branches wait for a person while others go on.
    let desk: AnswerDesk
    /// What the steps learn of the servers that they ask.
    let servers = ServerMemory()
    /// The servers whose tools the steps' models use.
    let openServers: OpenToolServers
    /// What earlier runs have left in the session's trace.
    let keptTrace = KeptTrace()

    init(interpreter: Interpreter, request: RunRequest, recorder: Recorder, spending: Spending?) {
        self.spending = spending
        self.interpreter = interpreter
        self.request = request
        self.recorder = recorder
        openServers = request.callerToolServers ?? OpenToolServers()
        desk = request.desk ?? AnswerDesk(takesAnswers: false)
    }

    var plan: Plan { request.plan }

    func toEnd() async throws(StoreError) -> RunOutcome {
        let automation = plan.automation
        var scope = Scope(
            plan, inputs: request.inputs, header: recorder.header, secrets: request.secrets,
            origins: request.inputOrigins)
        do throws(RunStop) {
            try await walk(.step(automation.start), until: nil, &scope)
            let origins = request.caller == nil ? [] : origins(ofResultsIn: scope)
            if !origins.isEmpty {
                recorder.trace(.origins(Provenance(result: origins)), of: nil, attempt: nil)
            }
            try await stored { () async throws(StoreError) in
                try await recorder.end(
                    .finished, writtenBy: request.endsCallingStep ? request.callerRecorder : nil)
            }
            return RunOutcome(end: .finished, scope: scope, origins: origins)
        } catch {
            switch error {
            case .waiting:
                if Task.isCancelled { break }
                try await recorder.settle()
                return RunOutcome(end: .waiting)
            case .givenBack:
                if Task.isCancelled { break }
                try await recorder.settle()
                return RunOutcome(end: .givenBack)
            case .store(let error): throw error
            case .failed(let failure, let step):
                if Task.isCancelled || failure.kind == .cancelled { break }
                let name = step.map { automation.steps[$0].name }
                try await recorder.end(.failed, error: SessionHeader.error(failure, in: name))
                return RunOutcome(
                    end: .failed, scope: scope, failedCall: name.flatMap { failure.call?.called(by: $0) })
            }
            if let canceller = request.canceller { recorder.cancelled(by: canceller) }
            try await recorder.end(.failed, error: StepFailure.cancelled.message)
            return RunOutcome(end: .failed)
        }
    }

    /// Goes from step to step until the end, or until the step where a fork's branches meet.
    private func walk(_ from: Destination, until join: Int?, _ scope: inout Scope) async throws(RunStop) {
        var place = from
        while true {
            switch place {
            case .end: return
            case .step(let step):
                if step == join { return }
                place = try await visit(plan.steps[step], &scope)
            case .fork(let branches, let meeting):
                try await fork(branches, meeting, &scope)
                place = meeting.map(Destination.step) ?? .end
            }
        }
    }

    /// Runs branches at once; the first failure stops the others, a waiting one lets them go on.
    private func fork(_ branches: [Destination], _ join: Int?, _ scope: inout Scope) async throws(RunStop) {
        let base = scope
        var merged = base
        var ended = 0
        var isWaiting = false
        var isGivenBack = false
        var stop: RunStop?
        await desk.parallel(branches.count, limit: request.isRehearsal ? 1 : branches.count) { place in
            let branch = branches[place]
            return { () async -> Result<Scope, RunStop> in
                var own = base
                do throws(RunStop) {
                    try await self.walk(branch, until: join, &own)
                    // The others may work for long, and whoever looks meanwhile sees what came of this one.
                    self.recorder.handOver()
                    return .success(own)
                } catch {
                    return .failure(error)
                }
            }
        } end: { _, outcome in
            ended += 1
            switch outcome {
            case .success(let branch): merged.merge(branch, since: base)
            case .failure(.waiting): isWaiting = true
            case .failure(.givenBack): isGivenBack = true
            case .failure(let failure):
                // The others fail because of the first.
                stop = stop ?? failure
                return .stop
            }
            return .goOn
        }
        if let stop { throw stop }
        if ended < branches.count { throw .failed(.cancelled, step: nil) }
        // What waits for a person waits where the other branches go on.
        if isGivenBack { throw .givenBack }
        if isWaiting { throw .waiting }
        scope = merged
    }

    /// Runs a step once and says where to go on.
    private func visit(_ step: PlannedStep, _ scope: inout Scope) async throws(RunStop) -> Destination {
        let index = step.checked.index
        let visits = scope.visit(index)
        var ordinal: Int?
        do throws(RunStop) {
            if Task.isCancelled { throw .failed(.cancelled, step: index) }
            if isToBeGivenBack { throw .givenBack }
            if let failure = plan.visitLimits.failure(step.checked, visits: visits) {
                throw .failed(failure, step: index)
            }
            if step.each != nil {
                try await visitEach(step, &scope)
            } else {
                let opened = recorder.open(index)
                ordinal = opened.ordinal
                let done = try await runOnce(step, opened, scope)
                scope.setPrompt(done.prompt, done.promptMarks, of: index)
                scope.setResult(done.result, done.marks, of: index)
            }
        } catch {
            guard case .failed(let failure, _) = error, failure.kind != .cancelled,
                let onError = step.checked.onError,
                !plan.visitLimits.isBeyondErrors(step.checked, visits: visits)
            else { throw error }
            scope.setError(recorder.masked(failure), of: index)
            // What it was asked was there before it failed.
            if let prompt = ordinal.flatMap({ recorder.steps[$0].prompt }) {
                scope.setPrompt(prompt, Marks(origins: failure.origins), of: index)
            }
            return onError
        }
        if let next = step.checked.next { return next }
        let label = scope.value(at: plan.slots.slot(index, .result))?.asText
        guard let branch = step.checked.branches.first(where: { $0.label == label }) else {
            throw .failed(
                StepFailure(
                    .decision,
                    "it was decided as `\(label ?? "")`, which is none of its branches now: rerun the session from this step on"
                ), step: index)
        }
        return branch.destination
    }
}
