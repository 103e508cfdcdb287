package import Values

/// The automations that are known, each in the version of now. Sessions keep the version with which they
/// began.
package protocol Catalogue: Sendable {
    /// Those that came by the API, and of those that came from files the ones in `files`; by id, those behind
    /// `after` first.
    ///
    /// - Throws: when the store cannot be read, or holds what it cannot have written.
    func automations(limit: Int, after: ID?, files: Set<ID>) async throws(StoreError) -> [AutomationEntry]
    /// The automation in the version of now; nil where there is none, or it was deleted by the API.
    ///
    /// - Throws: when the store cannot be read, or holds what it cannot have written.
    func automation(_ id: ID) async throws(StoreError) -> AutomationEntry?
    /// How each automation is used, of those that came by the API and of the ones in `files`: the last used
    /// first, those that were never used last, by id.
    ///
    /// - Throws: when the store cannot be read, or holds what it cannot have written.
    func uses(files: Set<ID>) async throws(StoreError) -> [AutomationUse]
    /// A new automation, or a new version of one.
    ///
    /// - Throws: when the store cannot be read or written to; then the automation is as it was before.
    func put(_ automation: StoredAutomation) async throws(StoreError) -> AutomationEntry
    /// Deletes an automation that came by the API. Sessions under way end in the version with which they began, and
    /// can be followed; false when there is none.
    ///
    /// Whether one that came from a file is served is a matter of each server: others may have the file still.
    ///
    /// - Throws: when the store cannot be read or written to.
    func delete(_ id: ID) async throws(StoreError) -> Bool
}

/// An automation in the version of now. Times are seconds since 1970.
package struct AutomationEntry: Sendable {
    package let automation: StoredAutomation
    package let versionCreatedAt: Int64
    package let createdAt: Int64
    package let updatedAt: Int64

    package init(automation: StoredAutomation, versionCreatedAt: Int64, createdAt: Int64, updatedAt: Int64) {
        self.automation = automation
        self.versionCreatedAt = versionCreatedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// When an automation was used last, and what of it waits.
package struct AutomationUse: Sendable, Hashable {
    package let automation: ID
    /// When its newest session began, in seconds since 1970; nil for one without sessions.
    package let lastUsedAt: Int64?
    /// How many of its sessions wait for a person.
    package let waiting: Int

    package init(automation: ID, lastUsedAt: Int64?, waiting: Int) {
        self.automation = automation
        self.lastUsedAt = lastUsedAt
        self.waiting = waiting
    }
}
