import AutoChecker
import AutoSyntax
import CEL
import Computing
import Diagnostics
import StepKinds
import Values

extension Run {
    /// Evaluates expressions: at once when they are brief, else again, with all that they may do, on a thread
    /// of their own, so that no other session waits for them. Expressions change nothing, so evaluating them
    /// twice is safe.
    func compute<Result: Sendable>(
        _ time: StepTime, _ body: @escaping @Sendable (Allowance) throws(StepFailure) -> Result
    ) async throws(StepFailure) -> Result {
        do throws(StepFailure) { return try body(.brief) } catch {
            guard error.hasUsedItsAllowance else { throw error }
        }
        // What ended before is seen while this goes on.
        recorder.handOver()
        let outcome = await onOwnThread(time.limit) { limit -> Swift.Result<Result, StepFailure> in
            do throws(StepFailure) { return .success(try body(.full(limit))) } catch {
                return .failure(error)
            }
        }
        if Task.isCancelled || time.limit.isOver { throw time.failure }
        return try outcome.get()
    }

    /// A value as it is shown and stored. Looking through megabytes for every form of every secret takes a
    /// while, so that is done on a thread of its own.
    ///
    /// - Throws: when the step's time is over before everything has been looked through.
    func shown(_ value: Value, _ time: StepTime) async throws(StepFailure) -> Shown {
        let masker = recorder.masker
        let isLarge = masker.hidesSomething && value.size(atMost: 1 << 16) > 1 << 16
        let shown =
            isLarge
            ? await onOwnThread(time.limit) { masker.shown(value, $0) } : masker.shown(value, TimeLimit())
        guard let shown else { throw time.failure }
        return shown
    }

    /// Evaluates, with the field and its place in the file in what goes wrong.
    func evaluated<Result>(
        _ field: String, _ step: PlannedStep, _ body: () throws(EvaluationError) -> Result
    ) throws(StepFailure) -> Result {
        do throws(EvaluationError) {
            return try body()
        } catch {
            let source = plan.automation.source
            var place = ""
            if let span = error.span {
                let position = source.position(at: span.start)
                let file = source.name.split(separator: "/").last.map(String.init) ?? source.name
                place = " (\(file):\(position.line):\(position.column))"
            }
            var failure = StepFailure(
                .expression, "`\(field)` cannot be computed: \(error.text(in: source))\(place)")
            failure.hasUsedItsAllowance = error.isFinal
            throw failure
        }
    }

    /// The fields of a step, rendered into its prompt.
    func rendered(_ step: PlannedStep, _ scope: Scope, _ allowance: Allowance) throws(StepFailure)
        -> RenderedFields
    {
        var prompt = MapValue(record: [("type", .string(step.checked.type.rawValue))])
        var rendering = Rendering(allowance)
        for (name, value) in step.fields {
            prompt[name] = try evaluated(name, step) { () throws(EvaluationError) in
                if let template = step.urls[name] { return try template.render(scope, &rendering) }
                return try value.render(scope, at: name, &rendering)
            }
            try check(prompt[name] ?? .null, of: name, step.checked)
        }
        return RenderedFields(prompt: prompt, marks: rendering.marks)
    }

    /// Makes sure that a field's value is one that the step can use: what is of another type must not pass for a field that
    /// was left out.
    private func check(_ value: Value, of name: String, _ step: CheckedStep) throws(StepFailure) {
        guard let field = StepKind.of(step.type)[name] else { return }
        if value.isNull {
            guard field.roles.contains(.required) else { return }
            throw StepFailure(.field, "`\(name)` is needed, and is null")
        }
        guard !field.kind.takes(value) else { return }
        let help = field.kind == .text ? "; put it into text: \"${…}\"" : ""
        let expected = field.kind.words { inWords($0) }
        throw StepFailure(.field, "`\(name)` takes \(expected), found \(describe(value))\(help)")
    }

    /// The field `value` of a DATA_TRANSFORM for its input, with what went into it besides the input, whose own field
    /// has its marks already.
    func value(
        of input: Value, _ planned: PlannedValue, _ step: PlannedStep, _ scope: Scope, _ allowance: Allowance
    ) throws(StepFailure) -> (value: Value, marks: [String: Marks]) {
        var scope = scope
        scope.bind(input: input)
        var rendering = Rendering(allowance)
        let name = DataTransform.value.name
        let value = try evaluated(name, step) { () throws(EvaluationError) in
            try planned.render(scope, at: name, &rendering)
        }
        return (value, rendering.marks)
    }

    /// The value as the step's type has it. No value is nested deeper, or larger, than what reads it later
    /// can bear.
    func fitted(_ value: Value, _ step: CheckedStep) async throws(StepFailure) -> Value {
        @Sendable func fit() -> Result<Value, StepFailure> {
            do throws(StepFailure) { return .success(try fittedNow(value, step.resultType)) } catch {
                return .failure(error)
            }
        }
        let isSmall = value.size(atMost: 1 << 18) < 1 << 18
        return try (isSmall ? fit() : await onOwnThread { _ in fit() }).get()
    }

    private func fittedNow(_ value: Value, _ type: DataType?) throws(StepFailure) -> Value {
        guard value.size(atMost: Program.largest) <= Program.largest else {
            throw StepFailure(.tooLarge, "the result is larger than \(Program.largest >> 20) MB")
        }
        guard value.isNested(atMost: Run.deepest) else {
            throw StepFailure(.tooDeep, "the result nests deeper than \(Run.deepest) levels")
        }
        guard !value.holdsInfinity else {
            throw StepFailure(.number, "the result holds infinity or NaN, which no JSON can say")
        }
        guard let type else { return value }
        do throws(Misfit) { return try type.fit(value) } catch {
            throw StepFailure(.result, "the result is not \(type.text): \(error.text)")
        }
    }

    /// How deep values may be nested: as deep as JSON is read.
    private static let deepest = 490
}
