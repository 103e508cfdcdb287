import AutoChecker
import AutoSyntax
package import CEL
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
}

/// Why a visit, a branch or a whole run stops before its end.
enum RunStop: Error {
    /// - Parameter step: the index of the step that failed; nil when what was cancelled is between steps.
    case failed(StepFailure, step: Int?)
    /// A person has to answer first.
    case waiting
    case store(StoreError)
}

/// What the store cannot do stops the run.
func stored<Result>(_ body: () async throws(StoreError) -> Result) async throws(RunStop) -> Result {
    do throws(StoreError) { return try await body() } catch { throw .store(error) }
}

/// What one run is made of.
package struct RunRequest: Sendable {
    package let plan: Plan
    package let automation: StoredAutomation
    package let sessionID: ID
    /// Fitted to their types, defaults filled in.
    package let inputs: Value
    package let secrets: [String: String]
    /// The keys of models by the names of their variables: the records hide them besides the secrets.
    package let modelKeys: [String: String]
    /// What an earlier run of this session recorded.
    package internal(set) var earlier: SessionRecord?
    package let usesCache: Bool
    /// Branches and elements one after another, and no waiting between tries: so that tests come out the same
    /// each time.
    package var isRehearsal = false
    /// Where waiting branches are answered while others run; nil where answers come between runs only.
    package var desk: AnswerDesk?
    /// How the session comes to be gone on with, for its trace; nil where it begins, or has not been away.
    package var turn: SessionTurn?
    /// Who cancels the session by cancelling the task of its run, for its trace; nil where whoever does so says
    /// it in the trace himself.
    package var canceller: String?
    /// The session that calls this one; nil for one that somebody started.
    var caller: ID?
    /// How many sessions call one another above this one.
    var depth = 0
    /// Records the session that calls this one.
    var callerRecorder: Recorder?
    /// Whether the caller's next change follows at once when the session finishes, and writes its end with
    /// it.
    var endsCallingStep = false
    /// Who brought text from outside into the inputs, by their names. Of a session that has a trace, that
    /// says it.
    package var inputOrigins: [String: Set<Origin>] = [:]
    /// Holds what the calling session may spend; nil where its file sets no bound in dollars.
    var callerSpending: Spending?

    package init(
        plan: Plan, automation: StoredAutomation, sessionID: ID, inputs: Value,
        secrets: [String: String] = [:],
        earlier: SessionRecord? = nil, usesCache: Bool = true, modelKeys: [String: String] = [:]
    ) {
        self.plan = plan
        self.automation = automation
        self.sessionID = sessionID
        self.inputs = inputs
        self.secrets = secrets
        self.earlier = earlier
        self.usesCache = usesCache
        self.modelKeys = modelKeys
    }
}

extension RunRequest {
    /// Hides what the session's records hide.
    package var masker: Masker { Masker(secrets: secrets, modelKeys: modelKeys) }

    /// The header with which the session begins, NEW.
    ///
    /// - Parameter now: seconds since 1970.
    package func newHeader(now: Int64) -> SessionHeader {
        SessionHeader(
            id: sessionID, automationID: automation.id, inputs: masker.mask(inputs), status: .new, error: nil,
            createdAt: now, updatedAt: now, caller: caller)
    }
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
        if !begun.isEmpty { request.inputOrigins = begun.inputOrigins }
        let recorder = Recorder(
            header: header, earlier: request.earlier?.steps ?? [], store: store, clock: clock,
            masker: request.masker, listen: listen)
        let run = Run(
            interpreter: self, request: request, recorder: recorder, spending: try await spending(request))
        recorder.start()
        if begun.isEmpty, !request.inputOrigins.isEmpty {
            recorder.trace(.origins(Provenance(inputs: request.inputOrigins)), of: nil, attempt: nil)
        }
        if let turn = request.turn { recorder.trace(.session(turn), of: nil, attempt: nil) }
        func toEnd() async throws(StoreError) -> RunOutcome {
            try await whileHolding(header.id, recorder) { () async throws(StoreError) in try await run.toEnd()
            }
        }
        let outcome: RunOutcome
        if let caller = request.callerRecorder {
            outcome = try await caller.holding(recorder, toEnd)
        } else {
            outcome = try await toEnd()
        }
        await run.openServers.close()
        var end = outcome.end
        if end == .waiting, try await !store.park(header.id, until: recorder.deadline) { end = .answered }
        let record = SessionRecord(
            header: recorder.header, steps: recorder.steps, stepInfos: request.automation.stepInfos)
        return SessionTurnEnd(
            end: end, record: record, deadline: recorder.deadline, origins: outcome.origins)
    }
}

/// How far one run brought a session.
struct SessionTurnEnd: Sendable {
    let end: RunEnd
    let record: SessionRecord
    /// When the first of the questions that wait runs out, in nanoseconds since 1970.
    let deadline: Int64?
    /// Who brought text from outside into what a called session gave.
    let origins: Set<Origin>
}

/// How one run of a session ended.
struct RunOutcome: Sendable {
    let end: RunEnd
    /// Who brought text from outside into what a called session gave.
    var origins: Set<Origin> = []
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

/// One run under way. Everything that changes is in the recorder and in the scopes.
struct Run: Sendable {
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
    let openServers = OpenToolServers()
    /// What earlier runs have left in the session's trace.
    let keptTrace = KeptTrace()

    init(interpreter: Interpreter, request: RunRequest, recorder: Recorder, spending: Spending?) {
        self.spending = spending
        self.interpreter = interpreter
        self.request = request
        self.recorder = recorder
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
            return RunOutcome(end: .finished, origins: origins)
        } catch {
            switch error {
            case .waiting:
                if Task.isCancelled { break }
                try await recorder.settle()
                return RunOutcome(end: .waiting)
            case .store(let error): throw error
            case .failed(let failure, let step):
                if Task.isCancelled || failure.kind == .cancelled { break }
                let name = step.map { automation.steps[$0].name }
                try await recorder.end(.failed, error: SessionHeader.error(failure, in: name))
                return RunOutcome(end: .failed)
            }
            if let canceller = request.canceller { recorder.cancelled(by: canceller) }
            try await recorder.end(.failed, error: "cancelled")
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
        var stop: RunStop?
        await desk.parallel(branches.count, limit: request.isRehearsal ? 1 : branches.count) { place in
            let branch = branches[place]
            return { () async -> Result<Scope, RunStop> in
                var own = base
                do throws(RunStop) {
                    try await walk(branch, until: join, &own)
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
            case .failure(let failure):
                // The others fail because of the first.
                stop = stop ?? failure
                return .stop
            }
            return .goOn
        }
        if let stop { throw stop }
        if ended < branches.count { throw .failed(.cancelled, step: nil) }
        if isWaiting { throw .waiting }
        scope = merged
    }

    /// Runs a step once and says where to go on.
    private func visit(_ step: PlannedStep, _ scope: inout Scope) async throws(RunStop) -> Destination {
        let index = step.checked.index
        let visits = scope.visit(index)
        do throws(RunStop) {
            if Task.isCancelled { throw .failed(.cancelled, step: index) }
            if let failure = plan.visitLimits.failure(step.checked, visits: visits) {
                throw .failed(failure, step: index)
            }
            if step.each != nil {
                try await visitEach(step, &scope)
            } else {
                let done = try await runOnce(step, recorder.open(index), scope)
                scope.setPrompt(done.prompt, done.promptMarks, of: index)
                scope.setResult(done.result, done.marks, of: index)
            }
        } catch {
            guard case .failed(let failure, _) = error, failure.kind != .cancelled,
                let onError = step.checked.onError,
                !plan.visitLimits.isBeyondErrors(step.checked, visits: visits)
            else { throw error }
            scope.setError(recorder.masked(failure), of: index)
            return onError
        }
        if let next = step.checked.next { return next }
        let label = scope.value(at: plan.slots.slot(index, .result))?.asText
        return step.checked.branches.first { $0.label == label }?.destination ?? .end
    }
}
