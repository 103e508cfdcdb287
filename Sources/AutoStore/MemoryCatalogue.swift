package import AutoRuntime
package import Values

extension MemoryStore {
    package func automations(limit: Int, after: ID?, files: Set<ID>) async throws(StoreError)
        -> [AutomationEntry]
    {
        kept.withLock { state in
            let served = state.automations.filter { id, known in
                !known.isDeleted && state.isServed(id, files) && after.map { id.text > $0.text } ?? true
            }
            return served.sorted { $0.key.text < $1.key.text }.prefix(limit).map(\.value.entry)
        }
    }

    package func automation(_ id: ID) async throws(StoreError) -> AutomationEntry? {
        kept.withLock { state in
            guard let known = state.automations[id], !known.isDeleted else { return nil }
            return known.entry
        }
    }

    package func uses(files: Set<ID>) async throws(StoreError) -> [AutomationUse] {
        kept.withLock { state in
            let sessions = Dictionary(grouping: state.sessions.values) { $0.header.automationID }
            let openCalls = state.openCalls
            let uses = state.served(files).filter { !$0.value }.keys.map { id in
                let own = sessions[id] ?? []
                let newest = own.map(\.header).max { $0.id.text < $1.id.text }
                let use = AutomationUse(
                    automation: id, lastUsedAt: newest?.createdAt,
                    waiting: own.count { $0.asks(openCalls) })
                return (newest: newest?.id.text ?? "", use: use)
            }
            return uses.sorted { left, right in
                left.newest != right.newest
                    ? left.newest > right.newest : left.use.automation.text < right.use.automation.text
            }.map(\.use)
        }
    }

    package func put(_ automation: StoredAutomation) async throws(StoreError) -> AutomationEntry {
        kept.withLock { state in
            var known =
                state.automations[automation.id]
                ?? MemoryState.Known(automation: automation, versions: [:], createdAt: now, updatedAt: now)
            known.automation = automation
            known.versions[automation.versionID] = known.versions[automation.versionID] ?? now
            known.updatedAt = now
            known.isDeleted = false
            state.automations[automation.id] = known
            return known.entry
        }
    }

    package func delete(_ id: ID) async throws(StoreError) -> Bool {
        kept.withLock { state in
            guard state.automations[id]?.isDeleted == false else { return false }
            state.automations[id]?.isDeleted = true
            // What is under way can be followed to its end.
            for session in state.sessions.values where session.header.automationID == id && !session.hasEnded
            {
                state.sessions[session.header.id]?.outlives = true
            }
            return true
        }
    }

    package func tokens() async throws(StoreError) -> [TokenEntry] { kept.withLock { $0.tokens } }

    @discardableResult
    package func add(_ token: TokenEntry) async throws(StoreError) -> Bool {
        kept.withLock { state in
            guard !state.tokens.contains(where: { $0.name == token.name }) else { return false }
            state.tokens.append(token)
            return true
        }
    }

    package func revoke(_ name: String) async throws(StoreError) -> Bool {
        kept.withLock { state in
            let before = state.tokens.count
            state.tokens.removeAll { $0.name == name }
            return state.tokens.count < before
        }
    }
}

extension MemoryState.Known {
    var entry: AutomationEntry {
        AutomationEntry(
            automation: automation, versionCreatedAt: versions[automation.versionID] ?? createdAt,
            createdAt: createdAt, updatedAt: updatedAt)
    }
}
