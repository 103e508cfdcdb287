import AutoChecker
import AutoSyntax
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

/// Why a path of the run stops before its end.
enum RunStop: Error {
    case failed(step: Int, StepFailure)
    case waiting
    case store(StoreError)
}

/// What one run is made of.
package struct RunRequest: Sendable {
    package let plan: Plan
    package let automation: StoredAutomation
    package let sessionID: ID
    /// Fitted to their types, defaults filled in.
    package let inputs: Value
    package let secrets: [String: String]
    /// What the records hide besides, by name: the keys of models, which a provider may send back.
    package let hidden: [String: String]
    /// What an earlier run of this session recorded.
    package let earlier: SessionRecord?
    package let usesCache: Bool
    /// Branches and elements one after another, and no waiting between tries: so that tests come out the same each time.
    package var isRehearsal = false
    /// Where waiting branches are answered while others run; nil where answers come between runs only.
    package var desk: AnswerDesk?

    package init(
        plan: Plan, automation: StoredAutomation, sessionID: ID, inputs: Value,
        secrets: [String: String] = [:],
        earlier: SessionRecord? = nil, usesCache: Bool = true, hidden: [String: String] = [:]
    ) {
        self.plan = plan
        self.automation = automation
        self.sessionID = sessionID
        self.inputs = inputs
        self.secrets = secrets
        self.earlier = earlier
        self.usesCache = usesCache
        self.hidden = hidden
    }
}

/// Runs checked automations.
package struct Interpreter: Sendable {
    let executors: Executors
    let store: any Store
    let clock: any Clock

    package init(executors: Executors, store: any Store, clock: any Clock) {
        self.executors = executors
        self.store = store
        self.clock = clock
    }

    /// Makes a session's header, NEW, and records it.
    package func open(
        id: ID, inputs: Value, automation: StoredAutomation, secrets: [String: String] = [:]
    ) async throws(StoreError) -> SessionHeader {
        let now = clock.now() / 1_000_000_000
        let header = SessionHeader(
            id: id, automationID: automation.id, inputs: Masker(secrets).mask(inputs), status: .new,
            error: nil, createdAt: now,
            updatedAt: now)
        try await store.begin(header, of: automation, held: true)
        return header
    }

    /// Runs a session from its start, or goes on from what was recorded of it.
    package func run(
        _ request: RunRequest, header: SessionHeader,
        listen: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws(StoreError) -> (RunEnd, SessionRecord) {
        let recorder = Recorder(
            header: header, earlier: request.earlier?.steps ?? [], store: store, clock: clock,
            masker: Masker(request.hidden.merging(request.secrets) { $1 }),
            listen: listen)
        let run = Run(interpreter: self, request: request, recorder: recorder)
        request.desk?.begin()
        recorder.start()
        var end = try await whileHolding(header.id, recorder) { () async throws(StoreError) in
            try await run.toEnd()
        }
        if end == .waiting, try await !store.park(header.id, until: recorder.deadline) { end = .answered }
        let record = SessionRecord(
            header: recorder.header, steps: recorder.steps, stepInfos: request.automation.stepInfos)
        return (end, record)
    }
}

extension Interpreter {
    private enum Turn: Sendable {
        case ended(Result<RunEnd, StoreError>)
        case interrupted(Interruption?)
    }

    /// Runs a session until its end, or until it is lost, or is to be cancelled.
    private func whileHolding(
        _ session: ID, _ recorder: Recorder,
        _ body: @escaping @Sendable () async throws(StoreError) -> RunEnd
    ) async throws(StoreError) -> RunEnd {
        let outcome = await withTaskGroup(of: Turn.self) { group -> Result<RunEnd, StoreError> in
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
                case .interrupted(.cancelled): group.cancelAll()
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

    var plan: Plan { request.plan }

    func toEnd() async throws(StoreError) -> RunEnd {
        let automation = plan.automation
        var scope = Scope(
            plan, inputs: request.inputs, sessionID: request.sessionID.text, secrets: request.secrets)
        do throws(RunStop) {
            try await walk(.step(automation.start), until: nil, &scope)
            try await recorder.finish()
            return .finished
        } catch {
            switch error {
            case .waiting:
                if Task.isCancelled { break }
                try await recorder.settle()
                return .waiting
            case .store(let error): throw error
            case .failed(let step, let failure):
                if Task.isCancelled || failure.kind == "cancelled" { break }
                try await recorder.end(
                    .failed, error: "step \(automation.steps[step].name): \(failure.message)")
                return .failed
            }
            try await recorder.end(.failed, error: "cancelled")
            return .failed
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
        if request.isRehearsal {
            for branch in branches {
                var own = base
                try await walk(branch, until: join, &own)
                scope.merge(own, since: base)
            }
            return
        }
        let desk = request.desk
        let outcomes = await withTaskGroup(
            of: Result<Scope, RunStop>.self, returning: [Result<Scope, RunStop>].self
        ) { group in
            // The first goes on in place of the whole.
            for _ in branches.dropFirst() { desk?.enter() }
            for branch in branches {
                group.addTask {
                    var own = base
                    do throws(RunStop) {
                        try await walk(branch, until: join, &own)
                        return .success(own)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await Run.collect(&group, branches.count, desk)
        }
        var isWaiting = false
        for outcome in outcomes {
            switch outcome {
            case .success(let branch): scope.merge(branch, since: base)
            case .failure(.waiting): isWaiting = true
            case .failure(let stop): throw stop
            }
        }
        if isWaiting { throw .waiting }
    }

    /// Everything that a group gives; when one fails the rest is cancelled, and its failure comes first.
    private static func collect<Part: Sendable>(
        _ group: inout TaskGroup<Result<Part, RunStop>>, _ count: Int, _ desk: AnswerDesk?
    ) async -> [Result<Part, RunStop>] {
        var outcomes: [Result<Part, RunStop>] = []
        var hasFailed = false
        var left = count
        for await outcome in group {
            left -= 1
            switch outcome {
            case .failure(.waiting): outcomes.append(outcome)
            case .success:
                outcomes.append(outcome)
                if left > 0 { desk?.leave() }
            case .failure:
                // The others fail because of the first; also when the whole session is cancelled, one failure must be seen.
                if !hasFailed { outcomes.insert(outcome, at: 0) }
                hasFailed = true
                group.cancelAll()
                if left > 0 { desk?.leave() }
            }
        }
        return outcomes
    }

    /// Runs a step once and says where to go on.
    private func visit(_ step: PlannedStep, _ scope: inout Scope) async throws(RunStop) -> Destination {
        let index = step.checked.index
        let limit = step.checked.maxVisits ?? 1_000
        do throws(StepStop) {
            if Task.isCancelled { throw .failed(.cancelled) }
            guard scope.visit(index) <= limit else { throw .failed(tooManyVisits(step.checked, limit)) }
            if step.each != nil {
                try await visitEach(step, &scope)
            } else {
                let opened = recorder.open(index)
                let done =
                    step.isPure
                    ? try await runPure(step, opened, scope) : try await runEffect(step, opened, scope)
                scope.setPrompt(done.prompt, done.promptMarks, of: index)
                scope.setResult(done.result, done.marks, of: index)
            }
        } catch {
            switch error {
            case .waiting: throw .waiting
            case .store(let error): throw .store(error)
            case .failed(let failure):
                guard let onError = step.checked.onError, failure.kind != "cancelled" else {
                    throw .failed(step: index, failure)
                }
                scope.setError(recorder.masked(failure), of: index)
                return onError
            }
        }
        if let next = step.checked.next { return next }
        let label = scope.value(at: plan.slots.slot(index, .result))?.asText
        return step.checked.branches.first { $0.label == label }?.destination ?? .end
    }

    private func tooManyVisits(_ step: CheckedStep, _ limit: Int) -> StepFailure {
        let how =
            step.maxVisits == nil
            ? "a loop without `max_visits` stops there; add `max_visits` to one of its steps"
            : "that is its `max_visits`"
        return StepFailure("max_visits", "visited \(limit) times without coming to an end: \(how)")
    }
}

extension Recorder {
    /// The session has come to its end; failing as a stop of the run.
    func finish() async throws(RunStop) {
        do throws(StoreError) { try await end(.finished) } catch { throw .store(error) }
    }
}
