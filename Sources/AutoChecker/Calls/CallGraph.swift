package import AutoSyntax
import Diagnostics
import StepKinds

/// A file with all files that it calls, and that those call, as they are drawn together: the file first, each
/// of the others once, in the order in which they are come to.
///
/// Files are read, and not checked: one with errors is drawn as far as it could be read.
///
/// - Parameters:
///   - automation: the outermost file.
///   - files: the files that it may name.
package func calledFiles(of automation: Automation, _ files: OtherFiles) -> [DrawnFile] {
    var walk = CallWalk(files)
    return walk.drawing(of: automation)
}

extension Step {
    /// The paths, as they are written, of the automations that the step calls or gives to its model as tools.
    var namedAutomations: [String] {
        if type == .restAPI, case .text(let written) = given[RestAPI.automation] { return [written] }
        return (writtenTools ?? []).compactMap { tool in
            if case .automation(let path) = tool.kind { path.text } else { nil }
        }
    }
}

private struct CallWalk {
    /// More files than these are no drawing any more.
    static let most = 200

    private let files: OtherFiles
    /// The files that are drawn, by their paths; each one's number is its place in the drawing.
    private var numbers: [String: Int]
    private var open: [(path: String, automation: Automation)] = []

    init(_ files: OtherFiles) {
        self.files = files
        numbers = [files.path: 0]
    }

    mutating func drawing(of automation: Automation) -> [DrawnFile] {
        open = [(files.path, automation)]
        var drawn: [DrawnFile] = []
        while drawn.count < open.count {
            let (path, automation) = open[drawn.count]
            var calls: [(step: String, callee: DrawnFile.Callee)] = []
            for step in automation.steps {
                for written in step.namedAutomations {
                    calls.append((step.name.text, callee(written, namedIn: path)))
                }
            }
            drawn.append(DrawnFile(path: path, automation: automation, calls: calls))
        }
        return drawn
    }

    private mutating func callee(_ written: String, namedIn caller: String) -> DrawnFile.Callee {
        do throws(OtherFiles.Unreadable) {
            let path = try OtherFiles.path(of: written, namedIn: caller)
            if let number = numbers[path] { return .file(number) }
            guard open.count < CallWalk.most else {
                return .missing(path: path, why: "not drawn: there are more than \(CallWalk.most) files")
            }
            let source = SourceText(name: path, bytes: try files.bytes(of: path))
            let number = open.count
            numbers[path] = number
            open.append((path, parseAutomation(source).automation))
            return .file(number)
        } catch {
            return .missing(path: written, why: error.words)
        }
    }
}
