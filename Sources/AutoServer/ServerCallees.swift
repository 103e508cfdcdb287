import AutoChecker
import AutoRuntime
import StepKinds
import Values

/// Runs the automations that others call on a server.
struct ServerCallees: Callees {
    let versions: Versions
    let called: CalledVersions
    let hub: Hub
    let metrics: Metrics
    let parts: ServerParts

    func parts(for automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation)
        async throws(StepFailure) -> CalleeParts
    {
        let version = try await called.version(of: automation, at: path, calledBy: caller)
        let (stored, infos) = (version.stored, version.stored.stepInfos)
        let secrets: [String: String]
        do throws(PartsError) { secrets = try versions.secrets(automation.secrets) } catch {
            throw StepFailure(.missing, error.message)
        }
        versions.hide(automation.secrets)
        return CalleeParts(
            automation: stored, plan: version.plan,
            executors: versions.executors(of: stored.path, automation.models), secrets: secrets,
            modelKeys: parts.modelKeys
        ) { [hub, metrics, parts] id, event in
            metrics.count(event, infos)
            SessionNews(event, infos, now: parts.clock.now())?.log(of: id, to: parts.log)
            hub.tell(id, of: stored.id, event)
        }
    }
}
