import AutoSyntax
import Diagnostics
import StepKinds

extension CheckedAutomation {
    /// Whether it, or an automation that it calls or gives to a model as a tool, changes something outside. A tool of a server
    /// may, as long as nobody knows the server.
    package var changesOutside: Bool {
        reached { step in
            StepKind.of(step.type).changesOutside(GivenFields(step.fields)) || step.usesServer
        }
    }

    /// Whether a step in it, or in an automation that it calls or gives to a model as a tool, brings text from outside.
    package var bringsOutsideText: Bool {
        reached { step in
            if case .brought = StepKind.of(step.type).outsideText(GivenFields(step.fields)) { return true }
            return step.usesServer
        }
    }

    /// Whether a step of it, or of what it leads to, is such.
    private func reached(_ isSuch: (CheckedStep) -> Bool) -> Bool {
        var open = [self]
        // Automations that lead back to one another are looked at once.
        var seen: Set<String> = []
        while let automation = open.popLast() {
            guard seen.insert(automation.source.name).inserted else { continue }
            for step in automation.steps {
                if isSuch(step) { return true }
                open += step.calledFiles.compactMap { automation.called(at: $0) }
            }
        }
        return false
    }
}

extension CheckedStep {
    /// What the file writes under `tools`.
    var writtenTools: [WrittenTool]? { WrittenTool.list(of: fields) }

    /// The paths, from the file's folder, of the automations that it calls or gives to a model.
    var calledFiles: [String] {
        let tools = (writtenTools ?? []).compactMap { tool -> String? in
            guard case .automation(let path) = tool.kind else { return nil }
            return OtherFiles.plain(path.text)
        }
        return (callee.map { [$0] } ?? []) + tools
    }

    fileprivate var usesServer: Bool { (writtenTools ?? []).useServer }
}

extension Step {
    /// Whether its model may use tools of a server, of which nobody knows before a run what they do.
    var usesToolServer: Bool { (writtenTools ?? []).useServer }
}

extension [WrittenTool] {
    fileprivate var useServer: Bool {
        contains { tool in
            if case .server = tool.kind { true } else { false }
        }
    }
}
