import AutoChecker
import AutoRuntime
import AutoSteps
import CommandEnd
import Foundation
import StepKinds
import Values

/// By what the automations are run that a command's automation calls.
struct HostCallees: Callees {
    let host: Host
    let answers: any AnswerSource
    let allowsUnboxedPython: Bool
    /// The caller's.
    let output: OutputFolder
    let tape: (any Tape)?
    /// Takes what happens in the sessions that are called.
    var listen: @Sendable (RunEvent) -> Void = { _ in }
    private let versions = CalledVersions(fileTime: fileTime(ofFile:))

    func parts(for automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation)
        throws(StepFailure) -> CalleeParts
    {
        let version = versions.version(of: automation, at: path, calledBy: caller)
        let folder = URL(fileURLWithPath: version.stored.path).deletingLastPathComponent().path
        let secrets: [String: String]
        do { secrets = try host.secrets(automation.secrets) } catch {
            throw StepFailure(.missing, (error as? CommandError)?.message ?? "a secret is not set")
        }
        return CalleeParts(
            automation: version.stored, plan: version.plan,
            executors: host.executors(
                folder: folder, automation.models, answers: answers, allowsUnboxedPython: allowsUnboxedPython,
                output: output, tape: tape),
            secrets: secrets, modelKeys: host.modelKeys([folder])
        ) { [listen] _, event in listen(event) }
    }
}
