import AutoChecker
package import CEL
import StepKinds
package import Values

/// How a run keeps text from outside from where something is changed.
extension Run {
    /// Tells the trace who brought text from outside into what a step changes something with, and where the settings
    /// say so lets the step go on only with what its author trusts.
    func checkTrust(_ step: PlannedStep, _ fields: RenderedFields, _ ordinal: Int) async throws(RunStop) {
        let checked = step.checked
        let marked = fields.marks.filter { !$0.value.origins.isEmpty }
        guard !marked.isEmpty,
            step.callsChange || StepKind.of(checked.type).changesOutside(GivenFields(fields.prompt))
        else { return }
        recorder.trace(.origins(Provenance(marked)), of: ordinal, attempt: nil)
        guard plan.automation.trust.isEnforced,
            let failure = untrusted(marked, trusted: checked.trusted, by: "`\(checked.name)`")
        else { return }
        try await fail(ordinal, checked, failure, failure.origins)
    }

    /// Who brought text from outside into the results by which the session came to its end.
    func origins(ofResultsIn scope: Scope) -> Set<Origin> {
        guard !scope.origins.isEmpty else { return [] }
        var header = recorder.header
        header.status = .finished
        let record = SessionRecord(
            header: header, steps: recorder.steps, stepInfos: request.automation.stepInfos)
        let steps = record.results(plan).compactMap { plan.automation.stepIndex[$0.step] }
        return Marks(all: steps.map { Marks(origins: scope.origins(ofResult: $0)) }).origins
    }
}

// What a session is given by who calls it, and what it gives back, stands in its trace: after a crash, or when it goes
// on by itself, the values come from records that do not say it.

extension Provenance {
    /// The path of what a session gives.
    fileprivate static let result = "result"

    /// What a session is given.
    ///
    /// - Parameter inputs: who brought text from outside into them, by their names.
    package init(inputs: [String: Set<Origin>]) {
        self.init(
            Dictionary(
                inputs.map { (Slots.inputsName + "." + $0.key, Marks(origins: $0.value)) },
                uniquingKeysWith: { one, _ in one }))
    }

    /// What a session gives.
    init(result: Set<Origin>) { self.init([Provenance.result: Marks(origins: result)]) }

    fileprivate var inputs: [String: Set<Origin>] {
        let prefix = Slots.inputsName + "."
        var found: [String: Set<Origin>] = [:]
        for field in fields where field.path.hasPrefix(prefix) {
            found[String(field.path.dropFirst(prefix.count))] = Set(field.origins)
        }
        return found
    }
}

extension [TraceEvent] {
    /// Who brought text from outside into the inputs of the session whose trace begins so, by the inputs' names.
    package var inputOrigins: [String: Set<Origin>] {
        var found: [String: Set<Origin>] = [:]
        for event in self where event.record == nil {
            guard case .origins(let provenance) = event.happening else { continue }
            found.merge(provenance.inputs) { $0.union($1) }
        }
        return found
    }
}

extension Journal {
    /// Who brought text from outside into the inputs of a session, by the inputs' names.
    package func inputOrigins(of session: ID) async throws(StoreError) -> [String: Set<Origin>] {
        try await trace(of: session, after: 0, limit: 8).inputOrigins
    }

    /// Who brought text from outside into what a called session that has ended gave.
    func resultOrigins(of session: ID) async throws(StoreError) -> Set<Origin> {
        var found: Set<Origin> = []
        for event in try await trace(of: session) where event.record == nil {
            guard case .origins(let provenance) = event.happening else { continue }
            for field in provenance.fields where field.path == Provenance.result {
                found = Set(field.origins)
            }
        }
        return found
    }
}

extension [String: Marks] {
    /// Who brought text from outside into the inputs of a call, by their names, as the called automation sees it.
    ///
    /// - Parameter field: what holds the inputs.
    func callOrigins(_ inputs: [CheckedInput], under field: String = RestAPI.inputs.name) -> [String: Set<
        Origin
    >] {
        var found: [String: Set<Origin>] = [:]
        for input in inputs where !input.type.expressionType.hasNoRoomForText {
            let path = field + "." + input.name
            let marks = filter { covers($0.key, path) || covers(path, $0.key) }
            let origins = Set(Marks(all: marks.values).origins.map(\.enteringCall))
            if !origins.isEmpty { found[input.name] = origins }
        }
        return found
    }
}
