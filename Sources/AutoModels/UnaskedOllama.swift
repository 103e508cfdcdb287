import AutoChecker
import AutoRuntime
import StepKinds
import Values

/// What became of looking for a model at the Ollama of this machine, which nobody has set up.
enum FoundOllama: Sendable {
    /// It has the model.
    case has(Provider)
    /// It runs, and has these models instead.
    case hasOthers([String])
    /// None answers, or it is set up, so that it has been asked already.
    case none
}

extension ModelServers {
    /// Nanoseconds in which an Ollama of this machine says what it has. One that does not run refuses at once.
    private static let patience: Int64 = 1_000_000_000

    /// Looks for a model at the Ollama of this machine. That is done only where no provider can be asked for it, so
    /// that no other question is held up.
    func ollama(having model: String, _ clock: any Clock) async -> FoundOllama {
        // Who names a provider means that one.
        let start = model.firstIndex(of: "/").map { String(model[..<$0]) }
        guard let provider = settings.provider(named: "ollama"), !provider.isConfigured,
            provider.isOnThisMachine, start.flatMap(settings.provider(named:)) == nil
        else { return .none }
        let models: [String]
        do throws(StepFailure) {
            models = try await within(ModelServers.patience, clock) { () async throws(StepFailure) in
                try await self.models(of: provider)
            }
        } catch {
            return .none
        }
        // Ollama means the version `latest` where a name has none.
        let isThere = models.contains { $0 == model || $0 == model + ":latest" }
        return isThere ? .has(provider) : .hasOthers(models)
    }
}
