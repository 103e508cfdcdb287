import AutoChecker
import AutoRuntime
import AutoSyntax
import Diagnostics
import Logging
import Synchronization
import Values

/// A version of an automation, checked and ready to run.
struct ReadyVersion: Sendable {
    let stored: StoredAutomation
    let plan: Plan
    let description: String
    /// The API's `steps` and `step_transitions`.
    let steps: Value
    let transitions: Value

    init(_ stored: StoredAutomation, _ automation: CheckedAutomation) {
        self.stored = stored
        plan = Plan(automation)
        description = automation.description
        let ids = Dictionary(
            stored.stepInfos.map { ($0.name, $0.id.text) }, uniquingKeysWith: { first, _ in first })
        let tree = parseAutomation(automation.source).automation
        let exported = exported(tree, name: automation.name) { ids[$0] ?? "" }
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

/// The versions that have been needed, checked once each.
final class Versions: Sendable {
    private let parts: ServerParts
    private let ready = Mutex<[ID: ReadyVersion]>([:])
    private let executors = Mutex<[String: Executors]>([:])
    private let usage: UsageListener
    private let toldUnmaskable = Mutex<Set<String>>([])
    private let hidden = Mutex(Hidden())

    /// The secrets of all versions that have been needed.
    private struct Hidden {
        var names: Set<String> = []
        /// What hides them; nil when there are new ones since it was made.
        var masker: Masker?
    }

    init(_ parts: ServerParts, usage: @escaping UsageListener) {
        self.parts = parts
        self.usage = usage
    }

    func ready(_ stored: StoredAutomation) throws(PartsError) -> ReadyVersion {
        if let known = ready.withLock({ $0[stored.versionID] }) { return known }
        let name = stored.path.isEmpty ? "automation.auto" : stored.path
        let result = try parts.check(SourceText(name: name, text: stored.text), stored.path)
        guard let automation = result.automation else {
            throw PartsError("the automation `\(stored.name)` does not pass the checker any more")
        }
        let version = ReadyVersion(stored, automation)
        hide(automation.secrets)
        ready.withLock { ready in
            if ready.count >= 256 { ready.removeAll() }
            ready[stored.versionID] = version
        }
        return version
    }

    func executors(_ path: String) throws(PartsError) -> Executors {
        if let known = executors.withLock({ $0[path] }) { return known }
        let made = try parts.executors(path, usage)
        executors.withLock { executors in
            if executors.count >= 256 { executors.removeAll() }
            executors[path] = made
        }
        return made
    }

    /// From now on these secrets are hidden in what is answered.
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
        var secrets: [String: String] = [:]
        for name in version.plan.automation.secrets {
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
