import AutoChecker
import AutoConfig
import AutoRuntime
import AutoServer
import AutoStore
import Computing
import Diagnostics
import Foundation
import Logging
import Processes
import Synchronization
import Values

/// The files that a server was given: loaded at the start, and anew when they change and pass the checker.
final class FileWatch: Sendable {
    /// What tells a changed file.
    private struct Stamp: Hashable {
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    /// A file that is there.
    private struct Seen {
        var stamp: Stamp?
        /// Which automation it is; nil for a file that could not be read yet.
        var automation: ID?
        /// Why the file was not loaded as it is now, in one line without its path: clients see it.
        var problem: String?
        /// The text that was checked last, and what the checker found in it.
        var source = SourceText(name: "", text: "")
        var findings: [Diagnostic] = []
        var secrets: [String] = []
        /// The automations that it calls.
        var calls: Set<ID> = []
        /// The files that it names, each as it was when it was read; nil for one that was not there.
        var named: [String: Stamp?] = [:]
    }

    private let paths: [String]
    private let store: any Catalogue & Journal
    private let served: ServedFiles
    private let workers: WorkerPool
    private let log: Logger
    private let seen = Mutex<[String: Seen]>([:])

    /// The automations of files that were gone: one that comes back is served when it has passed.
    private let lost = Mutex<Set<ID>>([])

    init(
        paths: [String], store: any Catalogue & Journal, served: ServedFiles, workers: WorkerPool, log: Logger
    ) {
        self.paths = paths
        self.store = store
        self.served = served
        self.workers = workers
        self.log = log
    }

    /// Loads what is there at the start.
    ///
    /// - Parameters:
    ///   - quietly: files are not told one by one, since `summary` is shown afterwards.
    ///   - stopsAtErrors: whether a file that was named has to pass the checker.
    /// - Throws: when a file that was named cannot be read, or has errors, where it has to pass.
    func loadAll(quietly: Bool, stopsAtErrors: Bool = true) async throws {
        for path in paths where stopsAtErrors && !isFolder(path) { try await load(path, quietly: quietly) }
        for path in files where seen.withLock({ $0[path] }) == nil { await reload(path, quietly: quietly) }
        await serve()
    }

    /// What is served of the files, in one line, and a second one where some did not load.
    var summary: [String] {
        let (count, broken) = seen.withLock { seen in
            (seen.count, seen.filter { $0.value.problem != nil }.keys.sorted())
        }
        let automations = count - broken.count
        var lines = [
            "serving \(counted(automations, "automation")) of \(counted(count, "file"))"
        ]
        if !broken.isEmpty {
            let names = broken.map(safe).joined(separator: " ")
            lines.append("\(broken.count) not loaded, see: autocheck \(names)")
        }
        return lines
    }

    /// Looks for changes twice a second, until cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
            await look()
        }
    }

    private func look() async {
        var there: Set<String> = []
        var isChanged = false
        for path in files {
            guard let now = stamp(path) else { continue }
            there.insert(path)
            guard hasChanged(path, now) else { continue }
            isChanged = true
            await reload(path)
        }
        let gone = seen.withLock { seen in
            let gone = seen.keys.filter { !there.contains($0) }
            for path in gone { seen[path] = nil }
            return gone
        }
        for path in gone.sorted() { log.notice("gone: not served any more", metadata: ["file": "\(path)"]) }
        if isChanged || !gone.isEmpty { await serve() }
    }

    /// From now on the automations of the files that are there are served. A broken file's last good version is, too.
    ///
    /// The store is told nothing of a file that is gone: another server on it may still have the file in a
    /// folder of its own, so each server decides by what it was given.
    private func serve() async {
        var files: [ServedFile] = []
        for (path, file) in seen.withLock({ $0 }) {
            let automation = kept(file)
            files.append(
                ServedFile(
                    name: name(path), automation: automation, calls: file.calls,
                    state: await state(automation, file),
                    findings: file.findings, source: file.source, problem: file.problem,
                    secrets: file.secrets))
        }
        let gone = served.now.subtracting(files.compactMap(\.automation))
        lost.withLock { $0.formUnion(gone) }
        await follow(gone)
        served.set(files)
        // What began meanwhile.
        await follow(gone)
    }

    /// What is under way of these automations can be followed to its end.
    private func follow(_ automations: Set<ID>) async {
        for automation in automations {
            do throws(StoreError) {
                for status in Status.allCases where !status.isEnd {
                    let sessions = try await store.outlines(
                        SessionQuery(of: automation, status: status, limit: .max), withInputs: false)
                    served.follow(Set(sessions.map(\.id)), of: automation)
                }
            } catch {
                log.error(
                    "the sessions of a file that is gone cannot be found",
                    metadata: ["reason": "\(error.message)"])
            }
        }
    }

    /// Where a file stands below what was given, which says nothing of this machine.
    private func name(_ path: String) -> String {
        let folder = paths.filter { isFolder($0) && path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
            .max { $0.count < $1.count }
        guard let folder else { return URL(fileURLWithPath: path).lastPathComponent }
        return String(path.dropFirst(folder.count).drop { $0 == "/" })
    }

    /// The automation of a file; nil where that was taken away, and has not come back.
    private func kept(_ file: Seen) -> ID? {
        file.automation.flatMap { id in lost.withLock { $0.contains(id) } ? nil : id }
    }

    private func state(_ automation: ID?, _ file: Seen) async -> ServedFile.State {
        guard file.problem != nil else { return .served }
        guard let id = automation, (try? await store.automation(id)) != nil else { return .notLoaded }
        return .earlierVersion
    }

    private var files: [String] {
        paths.flatMap { isFolder($0) ? automations(in: $0, skips: { _ in false }) : [$0] }
    }

    private func stamp(_ path: String) -> Stamp? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        return Stamp(
            inode: UInt64(information.st_ino), size: Int64(information.st_size),
            seconds: Int(information.st_mtim.tv_sec), nanoseconds: Int(information.st_mtim.tv_nsec))
    }

    /// Whether a file, or one that it names, is another one than it was when it was read.
    private func hasChanged(_ path: String, _ now: Stamp) -> Bool {
        guard let known = seen.withLock({ $0[path] }), known.stamp == now else { return true }
        return known.named.contains { stamp($0.key) != $0.value }
    }

    private func load(_ path: String, quietly: Bool = false) async throws {
        // Taken before the reading, so that a change between them is seen as one.
        let stamp = stamp(path)
        seen.withLock { seen in
            seen[path, default: Seen()].stamp = stamp
            seen[path]?.problem = "the file cannot be read"
            seen[path]?.findings = []
        }
        let file = try AutomationFile(path)
        seen.withLock { $0[path, default: Seen()].automation = ID(name: file.path) }
        let checked = await onOwnThread { [workers] _ in
            Result { try checkResult(file.source, at: .file(file.path), workers) }
        }
        let result = try checked.get()
        func place(_ name: String) -> String { CalledVersions.place(of: name, calledBy: file.path) }
        let named = Dictionary(
            uniqueKeysWithValues: result.namedFiles.map { (place($0), self.stamp(place($0))) })
        let problem = result.automation == nil ? firstError(result, in: file.source) : nil
        seen.withLock { seen in
            seen[path, default: Seen()].problem = problem
            seen[path]?.source = file.source
            seen[path]?.findings = result.findings
            seen[path]?.secrets = result.secrets
            seen[path]?.named = named
            if let automation = result.automation {
                let places = CalledVersions.places(calledBy: automation, at: file.path)
                seen[path]?.calls = Set(places.map { ID(name: $0) })
            }
        }
        guard let automation = result.automation else {
            // It goes into the log, which shows no colours.
            let text = render(result.findings, in: file.source, as: .terminal, colour: false)
            throw CommandError("\(path) has errors\n\(text)", code: Exit.usage)
        }
        do throws(StoreError) {
            let stored = file.stored(automation)
            _ = try await store.put(stored)
            lost.withLock { _ = $0.remove(stored.id) }
            log.log(
                level: quietly ? .debug : .info, "loaded",
                metadata: ["file": "\(path)", "automation": "\(stored.id.text)", "name": "\(stored.name)"])
        } catch {
            throw CommandError(error.message, code: Exit.unreachable)
        }
    }

    private func firstError(_ result: CheckResult, in source: SourceText) -> String {
        guard let error = result.findings.first(where: { $0.severity == .error }) else {
            return "the file has errors"
        }
        return "line \(source.position(at: error.span.start).line): \(error.message) (\(error.code.rawValue))"
    }

    private func reload(_ path: String, quietly: Bool = false) async {
        do { try await load(path, quietly: quietly) } catch {
            let message = (error as? CommandError)?.message ?? "it cannot be read"
            let file = seen.withLock { $0[path] } ?? Seen()
            let hasVersion = await state(kept(file), file) == .earlierVersion
            log.log(
                level: quietly ? .debug : .error,
                hasVersion ? "not loaded: the version before stays" : "not loaded: it has not passed yet",
                metadata: ["file": "\(path)", "reason": "\(message)"])
        }
    }
}
