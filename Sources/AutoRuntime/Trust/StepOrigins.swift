import AutoChecker
import CEL
import StepKinds
import Values

/// What goes with what a step gives: which secrets it shows, and who brought text from outside into it.
extension Run {
    /// - Parameters:
    ///   - secrets: those that the result shows.
    ///   - fields: what went into the step's fields.
    func marks(
        of result: Value, showing secrets: Set<String> = [], _ step: CheckedStep, _ fields: [String: Marks]
    ) -> Marks {
        var marks = Marks(secrets: secrets)
        let planned = plan.steps[step.index]
        if planned.outsideText != .none, !planned.givesNoText, !result.hasNoRoomForText {
            marks.origins = origins(step, fields)
        }
        return marks
    }

    /// Who brought in the text from outside that a step's result or its failure may hold.
    func origins(_ step: CheckedStep, _ fields: [String: Marks]) -> Set<Origin> {
        var marks = Marks()
        if case .brought(let source) = plan.steps[step.index].outsideText {
            marks.add(Origin(step: step.name, source: source))
        }
        for field in fields.values { marks.formUnion(Marks(origins: field.origins)) }
        return marks.origins
    }

    /// What went into the fields of a step that an earlier run of the session has recorded.
    ///
    /// The records do not hold it, and need not: rendering the fields anew reads the same values. Secrets that were
    /// masked in these may keep a field from being computed, or lead it another way; then everything that could be
    /// read here may have gone in.
    func originsOnceMore(_ step: PlannedStep, _ scope: Scope) async -> [String: Marks] {
        let all = scope.origins
        guard !all.isEmpty else { return [:] }
        // What it made of a file that it read is not made anew.
        guard step.valueOfInput == nil else { return ["": Marks(origins: all)] }
        do throws(StepFailure) {
            let fields = try await compute(StepTime(nil)) { (allowance) throws(StepFailure) in
                try self.rendered(step, scope, allowance)
            }
            return fields.marks.compactMapValues { marks in
                marks.origins.isEmpty ? nil : Marks(origins: marks.origins)
            }
        } catch {
            return ["": Marks(origins: all)]
        }
    }
}

extension [String: Marks] {
    /// Adds who brought text from outside to the model of a step by its tools.
    mutating func add(_ origins: Set<Origin>) {
        if !origins.isEmpty { self[LLMCall.tools.name, default: Marks()].formUnion(Marks(origins: origins)) }
    }
}
