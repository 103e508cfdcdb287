import AutoChecker
import AutoRuntime
import Diagnostics
import HTTPTypes
import Values

/// Automations of this server that call others of it by their ids.
extension API {
    /// What an automation may name that came by the API: all that is served here, by their ids.
    ///
    /// - Parameters:
    ///   - id: its own.
    ///   - source: its text.
    func others(than id: ID, namedIn source: SourceText) async throws(StoreError) -> OtherFiles {
        var known: [ID: ReadyVersion] = [:]
        var open = namedIDs(in: source)
        // Those that cannot be called are looked for once.
        var seen: Set<ID> = [id]
        while let next = open.popFirst() {
            guard seen.insert(next).inserted, let version = try await callable(next) else { continue }
            known[next] = version
            open.formUnion(namedIDs(in: version.plan.automation.source))
        }
        let (parts, found) = (parts, known)
        return OtherFiles(servedAs: id) { (asked, path) throws(OtherFiles.Unreadable) in
            if asked == id, path == nil { return source.bytes }
            guard asked != id else { throw OtherFiles.noFiles }
            guard let version = found[asked] else { throw parts.whyNotCallable(asked) }
            let automation = version.plan.automation
            guard let path else { return automation.source.bytes }
            guard !version.stored.path.isEmpty else { throw OtherFiles.noFiles }
            // What it calls is called as it is served, whatever lies on the disk by now.
            if let member = automation.family[path] { return member.source.bytes }
            return try parts.fileBeside(version.stored.path, path)
        }
    }

    /// An automation that others may call; nil for one that is not served, or cannot be read.
    private func callable(_ id: ID) async throws(StoreError) -> ReadyVersion? {
        guard let entry = try await store.automation(id),
            entry.automation.path.isEmpty || parts.served.now.contains(id)
        else { return nil }
        return try? await versions.ready(entry.automation)
    }

    /// The version that a new session of an automation runs: with what it calls by ids as that is now.
    ///
    /// Sessions under way end in what they began with, and the catalogue keeps the version that a client or a file gave it.
    /// So what has changed since the automation was checked is found here, before a session begins.
    ///
    /// - Throws: `Refusal` when it does not fit any more what it calls; `PartsError` when it cannot be read or checked;
    ///   `StoreError`.
    func startable(_ stored: StoredAutomation) async throws -> ReadyVersion {
        let version = try await versions.ready(stored)
        if try await isUpToDate(version) { return version }
        if let renewed = versions.renewed(of: stored.versionID), try await isUpToDate(renewed) {
            return renewed
        }
        let source = version.plan.automation.source
        let result = try await versions.check(source, try await others(than: stored.id, namedIn: source))
        guard let automation = result.automation else {
            let error = result.findings.first { $0.severity == .error }
            throw Refusal(
                .conflict,
                "what this automation calls has changed, and now it does not pass the checker: \(error?.message ?? ""): give it a new version"
            )
        }
        let renewed = ReadyVersion(
            StoredAutomation(automation, id: stored.id, path: stored.path, stepInfos: stored.stepInfos),
            automation)
        versions.keep(renewed, inPlaceOf: stored.versionID)
        return renewed
    }

    /// Whether an automation was checked with what it calls by ids as that is now.
    private func isUpToDate(_ version: ReadyVersion) async throws(StoreError) -> Bool {
        let automation = version.plan.automation
        for id in automation.idsCalled {
            guard let called = try await callable(id)?.plan.automation else { return false }
            let place = OtherFiles.place(of: id)
            guard automation.family[place]?.source.bytes == called.source.bytes else { return false }
            let isSame = called.family.allSatisfy { path, member in
                OtherFiles.isByID(path)
                    || automation.family[place + "/" + path]?.source.bytes == member.source.bytes
            }
            guard isSame else { return false }
        }
        return true
    }
}

extension ServerParts {
    /// Why nobody can call an automation of this id.
    fileprivate func whyNotCallable(_ id: ID) -> OtherFiles.Unreadable {
        guard served.withCalled.contains(id) else {
            return OtherFiles.Unreadable(
                "is not there", help: "GET /automations lists those that are served here")
        }
        return OtherFiles.Unreadable(
            "is not served here, it is only called by others",
            help: "give the server its file as well, or call one that is served")
    }
}
