import AutoSyntax
import StepKinds

// What a run of an automation can come to, with the automations that it calls or gives to a model.

extension CheckedAutomation {
    /// Its steps, and those of what it leads to.
    private var allSteps: [CheckedStep] { steps + family.values.flatMap(\.steps) }

    /// Whether a run can reach beyond this machine.
    package var leavesMachine: Bool { allSteps.contains(where: \.leavesMachine) }

    /// Whether a run can come to wait for a person: by a question, or by a tool that a person has to allow.
    package var mayAskPerson: Bool {
        allSteps.contains { step in
            step.type == .getUserInput || step.asksAboutTools
        }
    }

    /// Whether a person is asked about a tool by one of its own steps, those of what it calls left aside.
    package var asksAboutTools: Bool { steps.contains(where: \.asksAboutTools) }
}

extension CheckedStep {
    fileprivate var asksAboutTools: Bool { (writtenTools ?? []).contains(where: \.asks) }
}
