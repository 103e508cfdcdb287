package import AutoSyntax
import Diagnostics
import StepKinds

/// A file that another names: an automation that a step calls, or one that a type is taken from.
package struct NamedFile: Sendable, Hashable {
    /// The path as it is written, with the place of the text.
    package let path: Name
    /// The type that is taken from it; nil for an automation that is called, or that a model may use.
    package let type: String?
}

extension SemanticModel {
    /// The files that the file names, in its order.
    package var namedFiles: [NamedFile] {
        let types = automation.types.compactMap { type -> NamedFile? in
            guard case .file(let path) = type.body else { return nil }
            return NamedFile(path: path, type: type.name.text)
        }
        let calls = automation.steps.compactMap { step -> NamedFile? in
            guard step.type == .restAPI, case .text(let path) = step.given[RestAPI.automation],
                let field = step.field(RestAPI.automation)
            else { return nil }
            return NamedFile(path: Name(path, at: field.span), type: nil)
        }
        let tools = automation.steps.flatMap { $0.writtenTools ?? [] }.compactMap { tool -> NamedFile? in
            guard case .automation(let path) = tool.kind else { return nil }
            return NamedFile(path: path, type: nil)
        }
        return (types + calls + tools).sorted { $0.path.span.start < $1.path.span.start }
    }
}
