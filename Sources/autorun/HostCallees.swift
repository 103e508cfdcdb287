import AutoChecker
import AutoRuntime
import AutoSteps
import CommandEnd
import Foundation
import StepKinds
import Synchronization
import Values

/// By what the automations are run that a command's automation calls.
struct HostCallees: Callees {
    let host: Host
    private var answers: TerminalAnswers
    /// The steps that lead to what is called here, from the outermost: each has answers of its own.
    private var way = ""
    let allowsUnboxedPython: Bool
    /// The caller's. What came by the API of a server writes no files.
    let output: OutputFolder
    let tape: (any Tape)?
    /// Takes what happens in the sessions that are called.
    let listen: @Sendable (RunEvent) -> Void
    private let versions: CalledVersions
    private let known = KnownParts()

    init(
        host: Host, store: any Catalogue, answers: TerminalAnswers, allowsUnboxedPython: Bool,
        output: OutputFolder, tape: (any Tape)?, listen: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) {
        self.host = host
        self.answers = answers
        self.allowsUnboxedPython = allowsUnboxedPython
        self.output = output
        self.tape = tape
        self.listen = listen
        versions = CalledVersions(of: store, fileTime: fileTime(ofFile:))
    }

    func callees(of step: CheckedStep) -> any Callees {
        var inside = self
        inside.answers = answers.answers(below: step.name)
        inside.way = way + step.name + "."
        return inside
    }

    func parts(for automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation)
        async throws(StepFailure) -> CalleeParts
    {
        let version = try await versions.version(of: automation, at: path, calledBy: caller)
        if let parts = known[way, version.stored.versionID] { return parts }
        let file = version.stored.path
        let folder =
            file.isEmpty ? host.noFiles : URL(fileURLWithPath: file).deletingLastPathComponent().path
        let secrets: [String: String]
        do { secrets = try host.secrets(automation.secrets) } catch {
            throw StepFailure(.missing, (error as? CommandError)?.message ?? "a secret is not set")
        }
        let parts = CalleeParts(
            automation: version.stored, plan: version.plan,
            executors: host.executors(
                folder: folder, automation.models, answers: answers, allowsUnboxedPython: allowsUnboxedPython,
                output: file.isEmpty ? .ofAPI : output, tape: tape),
            secrets: secrets, modelKeys: host.modelKeys([folder])
        ) { [listen] _, event in listen(event) }
        known[way, version.stored.versionID] = parts
        return parts
    }
}

/// The parts of the versions that have been called, by the way to them and their ids: settings, keys and executors are looked up once for
/// each, and not for every call of an `each`.
private final class KnownParts: Sendable {
    private struct Place: Hashable {
        let way: String
        let version: ID
    }

    private let parts = Mutex<[Place: CalleeParts]>([:])

    subscript(way: String, version: ID) -> CalleeParts? {
        get { parts.withLock { $0[Place(way: way, version: version)] } }
        set { parts.withLock { $0[Place(way: way, version: version)] = newValue } }
    }
}
