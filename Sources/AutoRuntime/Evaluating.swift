import AutoChecker
import AutoSyntax
import CEL
import Computing
import Diagnostics
import Values

/// Why an expression of a step has no value.
struct ExpressionFailure: Error, Sendable {
    let failure: StepFailure
    /// Whether with a larger allowance it may have one.
    let needsMore: Bool

    init(_ failure: StepFailure, needsMore: Bool = false) {
        self.failure = failure
        self.needsMore = needsMore
    }
}

extension Run {
    /// Evaluates expressions: at once when they are brief, else again, with all that they may do, on a thread of their own, so
    /// that no other session waits for them. Expressions change nothing, so evaluating them twice is safe.
    ///
    /// - Parameter timeout: the step's, in nanoseconds.
    func compute<Result: Sendable>(
        _ timeout: Int64?, _ body: @escaping @Sendable (Allowance) throws(ExpressionFailure) -> Result
    ) async throws(StepFailure) -> Result {
        do throws(ExpressionFailure) { return try body(.brief) } catch {
            guard error.needsMore else { throw error.failure }
        }
        let limit = TimeLimit(nanoseconds: timeout.map { UInt64(max(0, $0)) })
        let outcome = await onOwnThread(limit) { limit -> Swift.Result<Result, ExpressionFailure> in
            do throws(ExpressionFailure) { return .success(try body(.full(limit))) } catch {
                return .failure(error)
            }
        }
        if Task.isCancelled { throw .cancelled }
        switch outcome {
        case .success(let result): return result
        case .failure(let error):
            if limit.isOver, let timeout { throw .timeout(timeout) }
            throw error.failure
        }
    }

    /// Evaluates, with the field and its place in the file in what goes wrong.
    func evaluated<Result>(
        _ field: String, _ step: PlannedStep, _ body: () throws(EvaluationError) -> Result
    ) throws(ExpressionFailure) -> Result {
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
            throw ExpressionFailure(
                StepFailure("expression", "`\(field)` cannot be computed: \(error.text)\(place)"),
                needsMore: error.isFinal)
        }
    }

    /// The fields of a step, rendered into its prompt.
    func rendered(_ step: PlannedStep, _ scope: Scope, _ allowance: Allowance) throws(ExpressionFailure)
        -> (prompt: MapValue, marks: [String: Marks])
    {
        var prompt = MapValue(record: [("type", .string(step.checked.type.rawValue))])
        var rendering = Rendering(allowance)
        for (name, value) in step.fields {
            prompt[name] = try evaluated(name, step) { () throws(EvaluationError) in
                if name == "url", let template = step.url { return try template.render(scope, &rendering) }
                return try value.render(scope, at: name, &rendering)
            }
        }
        return (prompt, rendering.marks)
    }

    /// The value as the step's type has it. No value is nested deeper, or larger, than what reads it later can bear.
    func fitted(_ value: Value, _ step: CheckedStep) async throws(StepFailure) -> Value {
        let size = value.size(atMost: Program.largest)
        guard size <= Program.largest else {
            throw StepFailure("too_large", "the result is larger than \(Program.largest >> 20) MB")
        }
        guard value.isNested(atMost: Run.deepest) else {
            throw StepFailure("too_deep", "the result nests deeper than \(Run.deepest) levels")
        }
        guard !value.holdsInfinity else {
            throw StepFailure("number", "the result holds infinity or NaN, which no JSON can say")
        }
        guard let type = step.resultType else { return value }
        @Sendable func fit() -> Result<Value, Misfit> {
            do throws(Misfit) { return .success(try type.fit(value)) } catch { return .failure(error) }
        }
        let outcome = size < 1 << 18 ? fit() : await onOwnThread { _ in fit() }
        switch outcome {
        case .success(let fitted): return fitted
        case .failure(let misfit):
            throw StepFailure("result", "the result is not \(type.text): \(misfit.text)")
        }
    }

    /// As deep as JSON is read.
    private static let deepest = 490

    /// What goes with a step's result: the secrets that it shows, and the steps by which it came from outside.
    func marks(showing secrets: Set<String>, _ step: CheckedStep, _ fields: [String: Marks]) -> Marks {
        var marks = Marks()
        for field in fields.values { marks.steps.formUnion(field.steps) }
        switch step.type {
        case .webScrape, .restAPI, .embeddingSearch, .getUserInput: marks.steps.insert(step.name)
        case .start, .llmCall, .logicDecision, .python, .textToJSON, .dataTransform: break
        }
        // Where only a few values fit, no text from outside fits in.
        switch step.resultType {
        case .int, .number, .bool, .oneOf: marks.steps = []
        case nil, .text, .json, .bytes, .url, .list, .record: break
        }
        if step.type == .logicDecision { marks.steps = [] }
        marks.secrets = secrets
        return marks
    }
}
