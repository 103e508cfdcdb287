import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Synchronization
import Values

/// What came of one visit of a step, or of one element of `each`.
struct StepDone {
    let prompt: Value
    let result: Value
    /// What went into the result.
    var marks: Marks
    /// What went into the prompt.
    var promptMarks = Marks()
}

/// A step's fields, rendered.
struct RenderedFields: Sendable {
    /// The rendered fields, with `type` before them.
    var prompt: MapValue
    /// What went into the fields, by their paths; fields without marks are not there.
    var marks: [String: Marks] = [:]

    /// Takes over what went into a field that was rendered later than the others.
    mutating func add(_ later: [String: Marks]) {
        marks.merge(later) { first, second in
            var both = first
            both.formUnion(second)
            return both
        }
    }
}

/// What went into a field that is rendered while its step works: the last try counts.
private final class LateMarks: Sendable {
    private let held = Mutex<[String: Marks]>([:])

    var marks: [String: Marks] {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}

/// A step record whose turn has come.
struct OpenRecord: Sendable {
    /// Its place in the session's list, from 0.
    let ordinal: Int
    /// What an earlier run of the session recorded there.
    let earlier: StepRecord?
    /// Which element of `each` it is of; nil for a step without `each`.
    let element: Element?
}

extension Run {
    /// What an earlier run recorded, when it came to an end then.
    private func replayed(_ opened: OpenRecord, _ step: PlannedStep, _ scope: Scope) async throws(RunStop)
        -> StepDone?
    {
        guard let earlier = opened.earlier, earlier.status.isEnd else { return nil }
        let checked = step.checked
        var fields = await originsOnceMore(step, scope)
        fields.add(try await toolOrigins(checked, of: earlier.id))
        if var failure = earlier.failure {
            failure.origins = origins(checked, fields)
            throw .failed(failure, step: checked.index)
        }
        let result = earlier.result ?? .null
        var done = StepDone(
            prompt: earlier.prompt ?? .null, result: result, marks: marks(of: result, checked, fields),
            promptMarks: Marks(all: fields.values))
        if checked.callee != nil { done.marks = try await callMarks(step, done, fields) }
        return done
    }

    /// Runs a step once, or takes over what an earlier run recorded of it.
    func runOnce(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async throws(RunStop) -> StepDone
    {
        if let done = try await replayed(opened, step, scope) { return done }
        if let callee = step.checked.callee { return try await runCall(step, opened, callee, scope) }
        return step.isInPlace
            ? try await runInPlace(step, opened, scope) : try await runEffect(step, opened, scope)
    }

    /// START, a DATA_TRANSFORM of a value, a decision by conditions: done at once, recorded together with a few others.
    private func runInPlace(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async throws(RunStop)
        -> StepDone
    {
        let checked = step.checked
        let ordinal = opened.ordinal
        let time = StepTime(checked.timeout)
        var shownPrompt: Value?
        let (fields, result, shownResult): (RenderedFields, Value, Shown)
        do throws(StepFailure) {
            let value: Value
            (fields, value) = try await compute(time) { (allowance) throws(StepFailure) in
                try self.outcome(step, scope, allowance)
            }
            let prompt = try await shown(.map(fields.prompt), time).value
            shownPrompt = prompt
            result = checked.type == .dataTransform ? try await fitted(value, checked) : value
            shownResult = try await shown(result, time)
            recorder.begin(ordinal, prompt: prompt)
        } catch {
            recorder.begin(ordinal, prompt: shownPrompt ?? emptyPrompt(checked))
            try await fail(ordinal, checked, error, scope.origins)
        }
        // START of a called session has done nothing: its record is written with the next step's.
        let isLater = checked.type == .start && request.caller != nil
        try await stored { () async throws(StoreError) in
            // Who watches an `each` counts its elements, so one is on disk before the next begins.
            try await recorder.finish(
                ordinal, result: shownResult.value,
                commit: isLater ? .later : opened.element == nil ? .behind : .withOthers)
        }
        return done(result, showing: shownResult.secrets, checked, fields)
    }

    /// The prompt and the result of a step without effects.
    private func outcome(_ step: PlannedStep, _ scope: Scope, _ allowance: Allowance)
        throws(StepFailure) -> (RenderedFields, Value)
    {
        switch step.checked.type {
        case .logicDecision:
            var prompt = MapValue(record: [("type", .string(step.checked.type.rawValue))])
            let label = try decide(step, scope, allowance, &prompt)
            return (RenderedFields(prompt: prompt), .string(label))
        case .dataTransform:
            var fields = try rendered(step, scope, allowance)
            guard let planned = step.valueOfInput else {
                return (fields, fields.prompt[DataTransform.value] ?? .null)
            }
            let input = fields.prompt[DataTransform.input] ?? .null
            let (value, marks) = try value(of: input, planned, step, scope, allowance)
            fields.add(marks)
            return (fields, value)
        case .start, .llmCall, .getUserInput, .embeddingSearch, .restAPI, .webScrape, .python, .textToJSON:
            return (try rendered(step, scope, allowance), .string(""))
        }
    }

    private func decide(
        _ step: PlannedStep, _ scope: Scope, _ allowance: Allowance, _ prompt: inout MapValue
    ) throws(StepFailure) -> String {
        for (branch, condition) in zip(step.checked.branches, step.conditions) {
            guard let condition else {
                prompt[branch.label] = .bool(true)
                return branch.label
            }
            let value = try evaluated(branch.label, step) { () throws(EvaluationError) in
                try condition.evaluate(scope, allowance)
            }
            guard case .bool(let holds) = value else {
                throw StepFailure(
                    .type, "the condition of `\(branch.label)` gave \(describe(value)), no bool")
            }
            prompt[branch.label] = value
            if holds { return branch.label }
        }
        throw StepFailure(.decision, "no branch's condition holds, and there is no `else`")
    }

    /// A step with effects: its record is on disk, RUNNING, before it begins.
    private func runEffect(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async throws(RunStop)
        -> StepDone
    {
        let checked = step.checked
        let ordinal = opened.ordinal
        let next = try await nextTry(checked, opened)
        var (fields, askedAt) = try await beginEffect(step, opened, next, scope)
        // What is written is looked at when it is known.
        if !step.writes { try await checkTrust(step, fields, ordinal) }
        var work = work(step, opened, fields)
        let late = LateMarks()
        work.valueForInput = valueForInput(of: step, scope, late)
        let key = keptResult(of: step, &work)
        if let done = try await remembered(key, step, work, fields, ordinal) { return done }
        let (outcome, time): (StepOutcome, StepTime)
        do throws(StepFailure) {
            work.tools = try await toolBench(work, opened)
            (outcome, time) = try await attempts(work, ordinal, from: next)
        } catch {
            return try await endFailed(work, ordinal, checked, &fields, error)
        }
        fields.marks.add(work.tools?.origins(before: nil) ?? [])
        guard case .value(let value) = outcome else {
            // The person is asked in a session that a tool has begun.
            guard work.tools == nil else { throw .waiting }
            return try await waitForAnswer(ordinal, checked, fields, askedAt)
        }
        if askedAt != nil, let late = lateness(checked, recorder.steps[ordinal], now: interpreter.clock.now())
        {
            return try await endUnanswered(ordinal, checked, fields, StepFailure(.timeout, late))
        }
        let result: Value
        do throws(StepFailure) { result = try await fitted(value, checked) } catch {
            try await fail(ordinal, checked, error, origins(checked, fields.marks))
        }
        fields.add(late.marks)
        try await keep(result, of: work, step, fields, ordinal)
        let done = try await finish(ordinal, result, checked, fields, time)
        try await remember(result, done, key)
        return done
    }

    /// Ends a step whose last try has failed; a question that nobody has answered may have a default.
    private func endFailed(
        _ work: StepWork, _ ordinal: Int, _ step: CheckedStep, _ fields: inout RenderedFields,
        _ failure: StepFailure
    ) async throws(RunStop) -> StepDone {
        if let stop = work.tools?.runStop { throw stop }
        fields.marks.add(work.tools?.origins(before: nil) ?? [])
        guard step.type == .getUserInput, failure.kind == .timeout else {
            try await fail(ordinal, step, failure, origins(step, fields.marks))
        }
        return try await endUnanswered(ordinal, step, fields, failure)
    }

    /// Lets the step do with its result what it does with it.
    func keep(
        _ result: Value, of work: StepWork, _ step: PlannedStep, _ fields: RenderedFields, _ ordinal: Int
    ) async throws(RunStop) {
        if step.writes {
            var written = fields
            // A result that has no room for text brings none into the file, whatever it was made from.
            if step.givesNoText || result.hasNoRoomForText {
                written.marks = fields.marks.filter { $0.key == DataTransform.write.name }
            }
            try await checkTrust(step, written, ordinal)
        }
        do throws(StepFailure) { try await interpreter.executors[work.step]?.keep(result, of: work) } catch {
            try await fail(ordinal, work.step, error, origins(work.step, fields.marks))
        }
    }

    /// How a step with effects computes the `value` of its input; nil where it does not.
    private func valueForInput(
        of step: PlannedStep, _ scope: Scope, _ late: LateMarks
    ) -> (@Sendable (Value) async throws(StepFailure) -> Value)? {
        guard let planned = step.valueOfInput else { return nil }
        @Sendable func compute(_ input: Value) async throws(StepFailure) -> Value {
            let done = try await self.compute(StepTime(step.checked.timeout)) {
                (allowance) throws(StepFailure) in
                try self.value(of: input, planned, step, scope, allowance)
            }
            late.marks = done.marks
            return done.value
        }
        return compute
    }

    /// What the executor of a step is given.
    private func work(_ step: PlannedStep, _ opened: OpenRecord, _ fields: RenderedFields) -> StepWork {
        let ordinal = opened.ordinal
        var work = StepWork(
            step: step.checked, fields: fields.prompt, marks: fields.marks, element: opened.element,
            idempotencyKey: recorder.idempotencyKey(ordinal).text,
            programLines: step.checked.programLines(in: request.plan.automation.source),
            onText: { [recorder] in recorder.text(ordinal, $0) },
            masked: { [recorder] in recorder.masked($0) })
        work.spending = spending
        work.servers = servers
        if step.checked.type == .getUserInput {
            work.visit = recorder.steps.prefix(ordinal + 1).count { $0.stepIndex == step.checked.index }
        }
        return work
    }

    /// Renders the fields of a step with effects, and records that it begins.
    ///
    /// - Returns: the fields, and since when a person has been asked, where an earlier run did (seconds since
    ///   1970).
    private func beginEffect(
        _ step: PlannedStep, _ opened: OpenRecord, _ next: NextTry, _ scope: Scope
    ) async throws(RunStop) -> (RenderedFields, askedAt: Int64?) {
        let checked = step.checked
        let time = StepTime(checked.timeout)
        let (fields, shownPrompt): (RenderedFields, Value)
        do throws(StepFailure) {
            fields = try await compute(time) { (allowance) throws(StepFailure) in
                try self.rendered(step, scope, allowance)
            }
            recorder.hide(credentialsIn: fields.prompt, fields.marks)
            shownPrompt = try await shown(.map(fields.prompt), time).value
        } catch {
            recorder.begin(opened.ordinal, prompt: emptyPrompt(checked))
            try await fail(opened.ordinal, checked, error, scope.origins)
        }
        // A question that stands already goes on standing, and its time goes on.
        if checked.type == .getUserInput, let earlier = opened.earlier, earlier.status == .running,
            earlier.prompt == shownPrompt
        {
            return (fields, earlier.updatedAt)
        }
        try await settleLostQuestions(of: opened)
        // On disk with the record before anybody is asked, so that no crash can hide who was. Where the model has asked for
        // tools already, they come first, and what they take may be long: then the question is told as it begins, as that of
        // each try is that follows another.
        if next.attempt == 1, try await !hasAskedForTools(opened),
            let question = interpreter.executors[checked]?.firstQuestion(for: work(step, opened, fields))
        {
            recorder.trace(.asking(question), of: opened.ordinal, attempt: 1)
        }
        try await beginOnDisk(opened.ordinal, shownPrompt)
        return (fields, nil)
    }

    func emptyPrompt(_ step: CheckedStep) -> Value {
        .record([("type", .string(step.type.rawValue))])
    }

    func beginOnDisk(_ ordinal: Int, _ shownPrompt: Value) async throws(RunStop) {
        try await stored { () async throws(StoreError) in
            try await recorder.beginOnDisk(ordinal, prompt: shownPrompt)
        }
    }

    /// Records the result of a step with effects.
    func finish(
        _ ordinal: Int, _ result: Value, _ step: CheckedStep, _ fields: RenderedFields, _ time: StepTime
    ) async throws(RunStop) -> StepDone {
        let shownResult: Shown
        do throws(StepFailure) { shownResult = try await shown(result, time) } catch {
            try await fail(ordinal, step, error, origins(step, fields.marks))
        }
        try await stored { () async throws(StoreError) in
            try await recorder.finish(ordinal, result: shownResult.value)
        }
        return done(result, showing: shownResult.secrets, step, fields)
    }

    /// Records the failure, and stops the visit with it.
    ///
    /// - Parameter origins: who brought in the text from outside that the message may hold.
    func fail(_ ordinal: Int, _ step: CheckedStep, _ failure: StepFailure, _ origins: Set<Origin>)
        async throws(RunStop) -> Never
    {
        try await stored { () async throws(StoreError) in try await recorder.fail(ordinal, failure) }
        var failure = failure
        failure.origins = origins
        throw .failed(failure, step: step.index)
    }

    func done(
        _ result: Value, showing secrets: Set<String> = [], _ step: CheckedStep, _ fields: RenderedFields
    ) -> StepDone {
        StepDone(
            prompt: .map(fields.prompt), result: result,
            marks: marks(of: result, showing: secrets, step, fields.marks),
            promptMarks: Marks(all: fields.marks.values))
    }
}

extension CheckedStep {
    /// The line of the file where each program's first line stands, by the names of the fields that hold
    /// them.
    fileprivate func programLines(in source: SourceText) -> [String: Int] {
        var lines: [String: Int] = [:]
        for field in fields {
            guard case .program(let program) = field.value, let first = program.lines.first else { continue }
            lines[field.name.text] = source.position(at: first.offsetInSource).line
        }
        return lines
    }
}
