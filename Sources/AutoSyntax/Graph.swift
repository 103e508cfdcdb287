import CEL
import Diagnostics
import Values

/// How a graph is written out for drawing.
package enum GraphFormat: String, Sendable, CaseIterable {
    case mermaid
    case dot
    case svg
}

/// A file in a drawing of several, with the calls that lead out of it.
package struct DrawnFile: Sendable {
    /// What a call leads to.
    package enum Callee: Sendable {
        /// Another file of the drawing, or this one, by its number.
        case file(Int)
        /// A file that is not drawn: its path, and why.
        case missing(path: String, why: String)
    }

    /// The path, from the folder of the first file of the drawing.
    package let path: String
    package let automation: Automation
    /// The calls with the names of the steps that make them, in the file's order.
    package let calls: [(step: String, callee: Callee)]

    package init(path: String, automation: Automation, calls: [(step: String, callee: Callee)]) {
        self.path = path
        self.automation = automation
        self.calls = calls
    }
}

extension Automation {
    /// The graph in Mermaid's words.
    package var mermaid: String { text(["flowchart TD"] + mermaidLines("")) }

    /// The graph in Graphviz's words.
    package var dot: String { text(dotHead(name?.text ?? source.name) + dotLines("") + ["}"]) }
}

extension [DrawnFile] {
    /// The graphs of the files in Mermaid's words, each in a frame of its own. A thick line leads from a step
    /// that calls to the start of the file that it calls.
    package var mermaid: String {
        var lines = ["flowchart TD"]
        for (number, file) in enumerated() {
            lines.append("    subgraph file\(number)[\"\(mermaidText(file.title))\"]")
            lines += file.automation.mermaidLines(mark(number)).map { "    " + $0 }
            lines.append("    end")
        }
        for (number, file) in enumerated() {
            for (place, call) in file.calls.enumerated() {
                let from = mermaidName(call.step, mark(number))
                switch call.callee {
                case .file(let other):
                    lines.append("    \(from) ==>|\"calls\"| \(self[other].mermaidEntry(other))")
                case .missing(let path, let why):
                    let label = "\(mermaidText(path))<br/><small>\(mermaidText(why))</small>"
                    lines.append("    \(from) ==>|\"calls\"| missing\(number)_\(place)[/\"\(label)\"/]")
                }
            }
        }
        return text(lines)
    }

    /// The graphs of the files in Graphviz's words, each in a frame of its own. A thick line leads from a
    /// step that calls to the file that it calls.
    package var dot: String {
        var lines = dotHead(first.map { $0.automation.name?.text ?? $0.path } ?? "")
        lines.append("    compound=true;")
        for (number, file) in enumerated() {
            lines.append("    subgraph cluster\(number) {")
            lines.append("        label=\(dotText(file.title));")
            lines += file.automation.dotLines(mark(number)).map { "    " + $0 }
            lines.append("    }")
        }
        for (number, file) in enumerated() {
            for (place, call) in file.calls.enumerated() {
                let from = dotText(mark(number) + call.step)
                let look = "label=\"calls\", style=bold, color=\"#3465a4\", fontcolor=\"#3465a4\""
                switch call.callee {
                case .file(let other):
                    // A line to the frame that it begins in cannot end at it: one that leads back ends at the
                    // step.
                    let end = other == number ? "" : ", lhead=cluster\(other)"
                    lines.append("    \(from) -> \(dotText(self[other].dotEntry(other))) [\(look)\(end)];")
                case .missing(let path, let why):
                    let node = "\"missing\(number)_\(place)\""
                    lines.append("    \(node) [label=\(dotText(path + "\n" + why)), style=dashed];")
                    lines.append("    \(from) -> \(node) [\(look)];")
                }
            }
        }
        return text(lines + ["}"])
    }
}

private func mark(_ number: Int) -> String { "f\(number)_" }

extension DrawnFile {
    fileprivate var title: String { automation.name.map { "\($0.text) (\(path))" } ?? path }

    /// The step that a call comes to: the START, or `end` in a file that has none.
    private var entry: String { automation.steps.first { $0.type == .start }?.name.text ?? "end" }

    fileprivate func mermaidEntry(_ number: Int) -> String { mermaidName(entry, mark(number)) }

    fileprivate func dotEntry(_ number: Int) -> String { mark(number) + entry }
}

private struct Edge {
    let from: String
    let to: String
    let label: String
    let isError: Bool
}

extension Automation {
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

    /// What starts the automation besides a person or a client: the fields of a START, a line each, as they are written.
    private func triggers(_ step: Step) -> [String] {
        guard step.type == .start else { return [] }
        return step.fields.map { "\($0.name.text): \(source.text($0.value.span))" }
    }

    /// - Parameter prefix: what stands before each name, so that those of several files are told apart.
    fileprivate func mermaidLines(_ prefix: String) -> [String] {
        var lines = steps.map { step in
            let small = [step.type?.rawValue ?? "?"] + triggers(step).map(mermaidText)
            let label = "\(step.name.text)<br/><small>\(small.joined(separator: "<br/>"))</small>"
            let (open, close) =
                step.type == .logicDecision ? ("{{", "}}") : step.type == .start ? ("([", "])") : ("[", "]")
            return "    \(mermaidName(step.name.text, prefix))\(open)\"\(label)\"\(close)"
        }
        lines.append("    \(mermaidName("end", prefix))([\"end\"])")
        for edge in edges {
            let arrow = edge.isError ? "-.->" : "-->"
            let label = edge.label.isEmpty ? "" : "|\"\(mermaidText(edge.label))\"|"
            lines.append(
                "    \(mermaidName(edge.from, prefix)) \(arrow)\(label) \(mermaidName(edge.to, prefix))")
        }
        return lines
    }

    /// - Parameter prefix: what stands before each name, so that those of several files are told apart.
    fileprivate func dotLines(_ prefix: String) -> [String] {
        var lines = steps.map { step in
            let shape =
                step.type == .logicDecision
                ? ", shape=diamond, style=solid" : step.type == .start ? ", shape=oval, style=solid" : ""
            let label = dotText(
                ([step.name.text, step.type?.rawValue ?? "?"] + triggers(step)).joined(separator: "\n"))
            return "    \(dotText(prefix + step.name.text)) [label=\(label)\(shape)];"
        }
        lines.append("    \(dotText(prefix + "end")) [label=\"end\", shape=oval, style=solid];")
        for edge in edges {
            var attributes: [String] = []
            if !edge.label.isEmpty { attributes.append("label=\(dotText(edge.label))") }
            if edge.isError { attributes.append("style=dashed") }
            let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
            lines.append("    \(dotText(prefix + edge.from)) -> \(dotText(prefix + edge.to))\(list);")
        }
        return lines
    }
}

private func text(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }

/// Mermaid has reserved words, `end` among them, so every name gets a tail.
private func mermaidName(_ name: String, _ prefix: String) -> String { prefix + name + "_" }

/// A text as Mermaid's quotes hold it: what it would take for marks or HTML is written by name.
private func mermaidText(_ text: String) -> String {
    text.map { letter in
        switch letter {
        case "\"": "#quot;"
        case "#": "#35;"
        case "&": "#amp;"
        case "<": "#lt;"
        case ">": "#gt;"
        case _ where letter.isNewline: " "
        default: String(letter)
        }
    }.joined()
}

private func dotText(_ text: String) -> String { JSON.text(.string(text)) }

/// The beginning of a graph in Graphviz's words.
private func dotHead(_ title: String) -> [String] {
    [
        "digraph automation {", "    rankdir=TB;", "    label=\(dotText(title));", "    labelloc=t;",
        "    node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];",
        "    edge [fontname=\"sans-serif\", fontsize=10];",
    ]
}
