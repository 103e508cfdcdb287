import CEL
import Diagnostics
import Values

/// How a graph is written out for drawing.
package enum GraphFormat: String, Sendable, CaseIterable {
    case mermaid
    case dot
    case svg
}

extension Automation {
    private struct Edge {
        let from: String
        let to: String
        let label: String
        let isError: Bool
    }

    private var edges: [Edge] {
        steps.flatMap { step -> [Edge] in
            func lead(_ target: Target, _ label: String, _ isError: Bool = false) -> [Edge] {
                target.names.map { Edge(from: step.name.text, to: $0.text, label: label, isError: isError) }
            }
            var edges = step.target.map { lead($0, "") } ?? []
            for branch in step.branches { edges += lead(branch.target, branch.label.text) }
            for case .target(let target) in step.settings.map(\.content) {
                edges += lead(target, "error", true)
            }
            return edges
        }
    }

    /// The graph in Mermaid's words.
    package var mermaid: String {
        var lines = ["flowchart TD"]
        for step in steps {
            let label = "\(step.name.text)<br/><small>\(step.type?.rawValue ?? "?")</small>"
            let (open, close) =
                step.type == .logicDecision ? ("{{", "}}") : step.type == .start ? ("([", "])") : ("[", "]")
            lines.append("    \(identifier(step.name.text))\(open)\"\(label)\"\(close)")
        }
        lines.append("    end_([\"end\"])")
        for edge in edges {
            let arrow = edge.isError ? "-.->" : "-->"
            let label = edge.label.isEmpty ? "" : "|\"\(escaped(edge.label))\"|"
            lines.append("    \(identifier(edge.from)) \(arrow)\(label) \(identifier(edge.to))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Mermaid has reserved words, `end` among them, so every name gets a tail.
    private func identifier(_ name: String) -> String { name + "_" }

    private func escaped(_ text: String) -> String {
        text.map { $0 == "\"" ? "#quot;" : String($0) }.joined()
    }

    /// The graph in Graphviz's words.
    package var dot: String {
        func quoted(_ text: String) -> String { JSON.text(.string(text)) }
        var lines = [
            "digraph automation {", "    rankdir=TB;", "    label=\(quoted(name?.text ?? source.name));",
            "    labelloc=t;",
            "    node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];",
            "    edge [fontname=\"sans-serif\", fontsize=10];",
        ]
        for step in steps {
            let shape =
                step.type == .logicDecision
                ? ", shape=diamond, style=solid" : step.type == .start ? ", shape=oval, style=solid" : ""
            lines.append(
                "    \(quoted(step.name.text)) [label=\"\(step.name.text)\\n\(step.type?.rawValue ?? "?")\"\(shape)];"
            )
        }
        lines.append("    \"end\" [shape=oval, style=solid];")
        for edge in edges {
            var attributes: [String] = []
            if !edge.label.isEmpty { attributes.append("label=\(quoted(edge.label))") }
            if edge.isError { attributes.append("style=dashed") }
            let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
            lines.append("    \(quoted(edge.from)) -> \(quoted(edge.to))\(list);")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }
}
