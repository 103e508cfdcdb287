import AutoChecker
import AutoRuntime
import Computing
import Diagnostics
import Logging
import StepKinds
import Synchronization
import Values

/// A version of an automation, checked and ready to run.
struct ReadyVersion: Sendable {
    let stored: StoredAutomation
    let plan: Plan
    /// What starts it besides a person, a client or another automation.
    let trigger: Trigger
    let description: String
    /// The API's `steps` and `step_transitions`.
    let steps: Value
    let transitions: Value

    init(_ stored: StoredAutomation, _ automation: CheckedAutomation) {
        self.stored = stored
        plan = Plan(automation)
        trigger = automation.trigger
        description = automation.description
        let ids = Dictionary(
            stored.stepInfos.map { ($0.name, $0.id.text) }, uniquingKeysWith: { first, _ in first })
        let calls = { ID(name: CalledVersions.place(of: $0, calledBy: stored.path)) }
        let exported = exported(automation, calls: calls) { ids[$0] ?? "" }
        let version = exported.asMap?["current_version"]?.asMap
        let infos = Dictionary(
            stored.stepInfos.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        steps = .list(
            (version?["steps"]?.asList ?? []).map { step in
                guard case .map(var map) = step, let info = map["name"]?.asText.flatMap({ infos[$0] }) else {
                    return step
                }
                map["created_at"] = timeText(info.createdAt)
                map["updated_at"] = timeText(info.updatedAt)
                return .map(map)
            })
        transitions = .list(
            (version?["step_transitions"]?.asList ?? []).map { transition in
                guard case .map(var map) = transition else { return transition }
                map["id"] = .string(ID(name: stored.versionID.text + "/" + JSON.text(transition)).text)
                return .map(map)
            })
    }
}

/// The versions that have been needed, read once each.
final class Versions: Sendable {
    /// What executors depend on.
    private struct Surroundings: Hashable {
        let path: String
        let models: DefaultModels
    }

    private let parts: ServerParts
    private let ready = Mutex<[ID: ReadyVersion]>([:])
    /// What was checked anew in the place of a version, by the ids of that.
    private let renewed = Mutex<[ID: ReadyVersion]>([:])
    private let executors = Mutex<[Surroundings: Executors]>([:])
    private let onCall: ModelCallListener
    private let toldUnmaskable = Mutex<Set<String>>([])
    private let hidden = Mutex(Hidden())

    /// The secrets of all versions that have been needed.
    private struct Hidden {
        var names: Set<String> = []
        /// What hides them; nil when there are new ones since it was made.
        var masker: Masker?
    }

    init(_ parts: ServerParts, onCall: @escaping ModelCallListener) {
        self.parts = parts
        self.onCall = onCall
    }

    /// The version as it was checked when it was stored: neither a newer checker nor other settings change what runs.
    ///
    /// - Throws: when the stored form cannot be read; where a store has only the text, when that has errors.
    func ready(_ stored: StoredAutomation) async throws(PartsError) -> ReadyVersion {
        if let known = ready.withLock({ $0[stored.versionID] }) { return known }
        // Once in a process: a large one takes a while, for which no other task is to wait.
        let prepared = await onOwnThread { [parts] _ in
            Result { () throws(PartsError) in try Versions.prepared(stored, parts) }
        }
        let version = try prepared.get()
        add(version)
        guard stored.compiled.isEmpty else { return version }
        do throws(StoreError) {
            try await parts.store.keep(version.stored.compiled, of: stored.versionID)
        } catch {
            // Then it is checked once more by the next process that needs it.
            parts.log.warning("a checked automation was not kept", metadata: ["reason": "\(error.message)"])
        }
        return version
    }

    private static func prepared(_ stored: StoredAutomation, _ parts: ServerParts) throws(PartsError)
        -> ReadyVersion
    {
        do throws(UnreadableAutomation) {
            if let automation = try stored.checked() { return ReadyVersion(stored, automation) }
        } catch {
            throw PartsError(
                "the automation `\(stored.name)` cannot be run: it \(error.message)", isFinal: !error.isNewer)
        }
        guard let automation = try parts.check(stored.source, stored.path, .storedText).automation else {
            throw PartsError(
                "the automation `\(stored.name)` does not pass the checker any more: give it a new version, and start the session again",
                isFinal: true)
        }
        return ReadyVersion(stored.with(automation), automation)
    }

    /// Makes a version ready for sessions. One that has been checked just now need not be read.
    func add(_ version: ReadyVersion) {
        hide(version.plan.automation.secrets)
        ready.withLock { ready in
            if ready.count >= 256 { ready.removeAll() }
            ready[version.stored.versionID] = version
        }
    }

    /// Checks a text that somebody brings, on a thread of its own: it may keep the checker busy for long.
    ///
    /// - Parameter others: the automations that it may name.
    func check(_ source: SourceText, _ others: OtherFiles) async throws(PartsError) -> CheckResult {
        let checked = await onOwnThread { [parts] _ in
            Result { () throws(PartsError) in try parts.check(source, "", .newText(others)) }
        }
        return try checked.get()
    }

    /// A version that was checked anew, because what it calls had changed since; nil where none is known.
    func renewed(of version: ID) -> ReadyVersion? { renewed.withLock { $0[version] } }

    /// Lets sessions that begin in a version of the catalogue run this one.
    func keep(_ version: ReadyVersion, inPlaceOf stored: ID) {
        add(version)
        renewed.withLock { renewed in
            if renewed.count >= 256 { renewed.removeAll() }
            renewed[stored] = version
        }
    }

    func executors(_ version: ReadyVersion) -> Executors {
        executors(of: version.stored.path, version.plan.automation.models)
    }

    /// What runs the steps of an automation.
    ///
    /// - Parameter path: of its file; empty for one that came by the API.
    func executors(of path: String, _ models: DefaultModels) -> Executors {
        let place = Surroundings(path: path, models: models)
        if let known = executors.withLock({ $0[place] }) { return known }
        let made = parts.executors(place.path, place.models, onCall)
        executors.withLock { executors in
            if executors.count >= 256 { executors.removeAll() }
            executors[place] = made
        }
        return made
    }

    /// Hides these secrets in all that is answered from now on.
    func hide(_ names: [String]) {
        hidden.withLock { hidden in
            guard !hidden.names.isSuperset(of: names) else { return }
            hidden.names.formUnion(names)
            hidden.masker = nil
        }
    }

    /// Hides the secrets of every version: a client may send what equals one, and is not told so by its echo.
    func masker() -> Masker {
        hidden.withLock { hidden in
            if let known = hidden.masker { return known }
            let values = hidden.names.compactMap { name in parts.secret(name).map { (name, $0) } }
            let secrets = Dictionary(values, uniquingKeysWith: { first, _ in first })
            let masker = Masker(secrets: secrets, modelKeys: parts.modelKeys)
            hidden.masker = masker
            return masker
        }
    }

    /// The secrets that a version names; throws for the first that is not set.
    func secrets(_ version: ReadyVersion) throws(PartsError) -> [String: String] {
        try secrets(version.plan.automation.secrets)
    }

    /// The secrets of these names; throws for the first that is not set.
    func secrets(_ names: [String]) throws(PartsError) -> [String: String] {
        var secrets: [String: String] = [:]
        for name in names {
            guard let value = parts.secret(name), !value.isEmpty else {
                throw PartsError(
                    "the secret \(name) is not set: put it into the environment variable \(name) of the server"
                )
            }
            secrets[name] = value
        }
        for name in Masker.unmaskable(secrets) where toldUnmaskable.withLock({ $0.insert(name).inserted }) {
            parts.log.warning(
                "a secret is shorter than 8 characters, too short to be told from other text: it is not masked",
                metadata: ["secret": "\(name)"])
        }
        return secrets
    }
}
