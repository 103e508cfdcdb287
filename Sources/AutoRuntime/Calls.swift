package import AutoChecker
import Diagnostics
import StepKinds
import Synchronization
package import Values

/// What an automation that a step calls is run by.
package struct CalleeParts: Sendable {
    /// The automation as its sessions are recorded: under its own id, beside those that people start.
    package let automation: StoredAutomation
    package let plan: Plan
    package let executors: Executors
    package let secrets: [String: String]
    /// The keys of models by the names of their variables.
    package let modelKeys: [String: String]
    /// Takes what happens in the session, besides those who look at its caller.
    package let listen: @Sendable (ID, RunEvent) -> Void

    package init(
        automation: StoredAutomation, plan: Plan, executors: Executors, secrets: [String: String],
        modelKeys: [String: String], listen: @escaping @Sendable (ID, RunEvent) -> Void = { _, _ in }
    ) {
        self.automation = automation
        self.plan = plan
        self.executors = executors
        self.secrets = secrets
        self.modelKeys = modelKeys
        self.listen = listen
    }
}

/// Knows by what called automations are run here.
package protocol Callees: Sendable {
    /// - Parameters:
    ///   - automation: as it was checked when its caller's session began.
    ///   - path: of its file, from the folder of the caller's; `OtherFiles.place(of:)` for one that is called by its id.
    /// - Throws: why it cannot be run here, such as a secret that is not set.
    func parts(for automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation)
        async throws(StepFailure) -> CalleeParts

    /// What is run for one step's calls; a test gives each step's calls replies of their own.
    func callees(of step: CheckedStep) -> any Callees

    /// What stands for a call, so that nothing is called; nil where the automation is run.
    ///
    /// - Throws: the failure that stands for it.
    func reply(toCallBy step: CheckedStep) throws(StepFailure) -> Value?
}

extension Callees {
    /// The same for every step.
    package func callees(of step: CheckedStep) -> any Callees { self }

    /// Nothing stands for a call: the automation is run.
    package func reply(toCallBy step: CheckedStep) throws(StepFailure) -> Value? { nil }
}

/// Where no automation can be called.
package struct NoCallees: Callees {
    package init() {}

    /// - Throws: always, kind `unsupported`.
    package func parts(
        for automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation
    ) async throws(StepFailure) -> CalleeParts {
        throw StepFailure(.unsupported, "automations cannot be called here")
    }
}

/// How deep a session is called by others.
enum CallDepth {
    /// A call deeper than this fails: a recursion that does not end would go on until nothing is left.
    static let most = 32
}

/// The versions of called automations, each made once: an `each` may call one ten thousand times.
package final class CalledVersions: Sendable {
    /// A version that is called, ready to run.
    package struct Version: Sendable {
        package let stored: StoredAutomation
        package let plan: Plan
    }

    private struct Call: Hashable {
        let caller: ID
        let path: String
    }

    private let known = Mutex<[Call: Version]>([:])
    private let fileTime: @Sendable (String) -> Int64
    private let catalogue: (any Catalogue)?

    /// - Parameters:
    ///   - catalogue: where automations are that are called by their ids; nil where none can be.
    ///   - fileTime: when a file was last changed, by its path, in seconds since 1970; 0 where it is gone.
    package init(of catalogue: (any Catalogue)? = nil, fileTime: @escaping @Sendable (String) -> Int64) {
        self.catalogue = catalogue
        self.fileTime = fileTime
    }

    /// The path of a called file.
    ///
    /// - Parameter path: from the folder of the caller's file.
    package static func place(of path: String, calledBy caller: String) -> String {
        folderPart(of: caller) + path
    }

    /// Under which path the sessions stand in which persons are asked about tools.
    ///
    /// - Parameter caller: the file of the automation whose model wants to use them; empty for one that came by the API.
    package static func approvals(of caller: String) -> String { place(of: approvalFile, calledBy: caller) }

    /// The paths of all automations of which sessions begin where one runs: of those that it calls, directly or through
    /// others, and of those that ask persons about tools.
    ///
    /// - Parameter file: the automation's own.
    package static func places(calledBy automation: CheckedAutomation, at file: String) -> Set<String> {
        var places = Set(automation.family.keys.map { place(of: $0, calledBy: file) })
        if automation.asksAboutTools { places.insert(approvals(of: file)) }
        for (path, member) in automation.family where member.asksAboutTools {
            places.insert(approvals(of: place(of: path, calledBy: file)))
        }
        return places
    }

    /// - Parameters:
    ///   - automation: as it was checked when its caller's session began.
    ///   - path: of its file, from the folder of the caller's; `OtherFiles.place(of:)` for one that is called by its id.
    /// - Throws: kind `missing` where the store cannot be asked where an automation lies that is called by its id.
    package func version(
        of automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation
    ) async throws(StepFailure) -> Version {
        let call = Call(caller: caller.versionID, path: path)
        if let version = known.withLock({ $0[call] }) { return version }
        let stored: StoredAutomation
        if let id = OtherFiles.id(ofPlace: path) {
            stored = try await version(of: automation, by: id)
        } else {
            let place = CalledVersions.place(of: path, calledBy: caller.path)
            let id = ID(name: place)
            stored = StoredAutomation(
                automation, id: id, path: place,
                stepInfos: automation.stepInfos(automationID: id, fileTime: fileTime(place)))
        }
        let version = Version(stored: stored, plan: Plan(automation))
        known.withLock { known in
            if known.count >= 256 { known.removeAll() }
            known[call] = version
        }
        return version
    }

    /// The version of an automation of a server: where it lies, and which ids its steps have, stands in the catalogue.
    private func version(of automation: CheckedAutomation, by id: ID) async throws(StepFailure)
        -> StoredAutomation
    {
        let entry: AutomationEntry?
        do throws(StoreError) { entry = try await catalogue?.automation(id) } catch {
            throw StepFailure(.missing, error.message)
        }
        // One that was deleted meanwhile is run as it was when its caller was checked.
        let now = entry?.automation
        let isSame = now.map { Array($0.text.utf8) == automation.source.bytes } ?? false
        let infos = isSame ? now?.stepInfos : nil
        return StoredAutomation(
            automation, id: id, path: now?.path ?? "",
            stepInfos: infos
                ?? automation.stepInfos(automationID: id, fileTime: entry?.updatedAt ?? 0))
    }
}
