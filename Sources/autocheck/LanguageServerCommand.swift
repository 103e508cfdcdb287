import AutoChecker
import AutoConfig
import AutoLSP
import CommandEnd
import Compilers
import Computing
import Diagnostics
import Processes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `autocheck lsp`: serves an editor over standard input and output.
func runLanguageServer() -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    let userFolder = UserFolders().config
    var server = LanguageServer(
        input: 0, output: 1, compiler: Compilers(workers: WorkerPool { printError("autocheck: " + $0) }),
        version: toolVersion, workspace: workspace(),
        options: { path, open in
            // Settings that cannot be read are told by `autocheck` itself; here they count as not there.
            var finder = SettingsFinder(userFolder: userFolder)
            guard path.hasPrefix("/") else { return CheckOptions() }
            var options = (try? finder.settings(for: parent(of: path)).settings.check) ?? CheckOptions()
            options.readyProviders = readyProviders()
            return options.forFile(path, open: open.text(of:))
        })
    return server.run()
}

/// The names of the known providers that this machine has a key or a base for.
private func readyProviders() -> Set<String> {
    func isSet(_ variable: String) -> Bool { getenv(variable).map { $0.pointee != 0 } ?? false }
    let ready = knownProviders.filter { provider in
        ([provider.settings.key, provider.baseVariable].compactMap(\.self) + provider.otherKeys).contains(
            where: isSet)
    }
    return Set(ready.map(\.name))
}

/// The disk as the language server sees it.
private func workspace() -> Workspace {
    Workspace(
        automations: { folder in isFolder(folder) ? automations(in: folder) { _ in false } : [] },
        files: { folder in filePaths(in: folder) },
        read: { path in try? readFile(path).get() },
        exists: { path in access(path, R_OK) == 0 })
}

/// The paths of the files in a folder and at most four folders deep, hidden ones left out; of many the first thousand.
private func filePaths(in folder: String) -> [String] {
    var paths: [String] = []
    var open: [(path: String, depth: Int)] = [("", 0)]
    while let next = open.popLast(), paths.count < 1_000 {
        for name in fileNames(in: folder + "/" + next.path) {
            if isFolder(folder + "/" + next.path + name) {
                if next.depth < 4, open.count < 1_000 {
                    open.append((next.path + name + "/", next.depth + 1))
                }
            } else {
                paths.append(next.path + name)
            }
        }
    }
    return paths
}
