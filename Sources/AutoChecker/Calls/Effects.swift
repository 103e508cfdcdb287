import AutoSyntax
import StepKinds
import Values

// What a run of an automation can do to the world, with the automations that it calls.

extension CheckedAutomation {
    /// Its steps, and those of what it calls.
    private var allSteps: [CheckedStep] { steps + family.values.flatMap(\.steps) }

    /// Whether a run can change something outside.
    package var changesOutside: Bool {
        allSteps.contains { StepKind.of($0.type).changesOutside(GivenFields($0.fields)) }
    }

    /// Whether a run can reach beyond this machine.
    package var leavesMachine: Bool { allSteps.contains(where: \.leavesMachine) }

    /// Whether a run can come to wait for a person: by a question, or by a tool that a person has to allow.
    package var mayAskPerson: Bool {
        allSteps.contains { step in
            if step.type == .getUserInput { return true }
            let tools = step.template.asMap?[LLMCall.tools.name]?.asList ?? []
            return tools.contains { $0.asMap?["ask"] != nil }
        }
    }
}
