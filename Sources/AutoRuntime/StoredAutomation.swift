package import AutoChecker
package import Diagnostics
package import Values

/// The version of an automation that a session runs.
package struct StoredAutomation: Sendable {
    package let id: ID
    package let name: String
    /// Where it was read from; empty when not from a file.
    package let path: String
    package let text: String
    package let stepInfos: [StepInfo]
    /// What the checker made of the text, as bytes (`CheckedAutomation.encoded`): by that its sessions go on.
    /// Empty where a store had only the text, as the first versions of this program wrote it.
    package let compiled: [UInt8]
    /// The same for the same text of the same automation, as long as the checker makes the same of it.
    package let versionID: ID

    /// A version that has been checked just now.
    package init(_ automation: CheckedAutomation, id: ID, path: String, stepInfos: [StepInfo]) {
        self.init(
            id: id, name: automation.name, path: path,
            text: String(decoding: automation.source.bytes, as: UTF8.self), stepInfos: stepInfos,
            compiled: automation.encoded())
    }

    /// A version as a store has it.
    ///
    /// - Parameter compiled: left out where it has only the text.
    /// - Parameter versionID: the one that the store gave it; made of the rest when left out.
    package init(
        id: ID, name: String, path: String, text: String, stepInfos: [StepInfo], compiled: [UInt8] = [],
        versionID: ID? = nil
    ) {
        self.id = id
        self.name = name
        self.path = path
        self.text = text
        self.stepInfos = stepInfos
        self.compiled = compiled
        self.versionID = versionID ?? ID(bytes: Array((id.text + "/" + text).utf8) + compiled)
    }

    /// The text under the name that findings and errors show.
    package var source: SourceText {
        SourceText(name: path.isEmpty ? "automation.auto" : path, text: text)
    }

    /// The automation as it was checked; nil where a store had only the text.
    ///
    /// - Throws: when the bytes are of a newer version of this program, or damaged.
    package func checked() throws(UnreadableAutomation) -> CheckedAutomation? {
        guard !compiled.isEmpty else { return nil }
        let automation = try CheckedAutomation(encoded: compiled, source: source)
        guard automation.steps.count == stepInfos.count else {
            throw UnreadableAutomation("is damaged (it has other steps than its records)")
        }
        return automation
    }

    /// The same version, which a store had by its text alone, with what the checker makes of that now.
    package func with(_ automation: CheckedAutomation) -> StoredAutomation {
        StoredAutomation(
            id: id, name: name, path: path, text: text, stepInfos: stepInfos,
            compiled: automation.encoded(), versionID: versionID)
    }
}
