package import AutoChecker
package import AutoRuntime
import Diagnostics
import Values

/// The automations of a test have errors.
package struct FaultyFolder: Error, CustomStringConvertible {
    package let description: String
}

/// `main.auto` of a folder that is only a table of texts: checked, and as a store gives it back.
///
/// - Parameter files: the texts by their paths.
/// - Throws: where `main.auto` is not there or has errors.
package func checkedFolder(_ files: [String: String], _ options: CheckOptions = CheckOptions()) throws -> (
    plan: Plan, stored: StoredAutomation
) {
    var options = options
    options.files = OtherFiles(beside: "main.auto") { (path) throws(OtherFiles.Unreadable) in
        guard let text = files[path] else { throw OtherFiles.Unreadable("is not there", help: "") }
        return Array(text.utf8)
    }
    let result = check(SourceText(name: "main.auto", text: files["main.auto"] ?? ""), options)
    guard let automation = result.automation else {
        throw FaultyFolder(description: render(result.findings, in: result.source, as: .short))
    }
    let id = ID(name: "/folder/main.auto")
    let stored = StoredAutomation(
        automation, id: id, path: "/folder/main.auto",
        stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
    guard let kept = try stored.checked() else { throw FaultyFolder(description: "nothing is kept") }
    return (Plan(kept), stored)
}
