import AutoChecker
import StepKinds

extension CheckedAutomation {
    /// The automations that a step leads to: the one that it calls, and those that are called from there.
    private func led(toBy step: CheckedStep) -> [CheckedAutomation] {
        var found: [CheckedAutomation] = []
        var open = step.callee.map { [$0] } ?? []
        var seen = Set(open)
        while let path = open.popLast() {
            guard let called = path == fileName ? self : family[path] else { continue }
            found.append(called)
            for callee in called.steps.compactMap(\.callee) {
                let next = folderPart(of: path) + callee
                if seen.insert(next).inserted { open.append(next) }
            }
        }
        return found
    }

    /// Whether a call leads to a step that changes something outside.
    func callChangesOutside(_ step: CheckedStep) -> Bool {
        led(toBy: step).contains { called in
            called.steps.contains { StepKind.of($0.type).changesOutside(GivenFields($0.fields)) }
        }
    }

    /// Whether a call leads to a step that brings text from outside in.
    func callBringsText(_ step: CheckedStep) -> Bool {
        led(toBy: step).contains { called in
            called.steps.contains { step in
                if case .brought = StepKind.of(step.type).outsideText(GivenFields(step.fields)) { true } else { false }
            }
        }
    }
}
