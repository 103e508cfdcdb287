import AutoChecker
import AutoConfig
import AutoLSP
import CommandEnd
import Compilers
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
        options: { path in
            // Settings that cannot be read are told by `autocheck` itself; here they count as not there.
            var finder = SettingsFinder(userFolder: userFolder)
            guard path.hasPrefix("/") else { return CheckOptions() }
            let options = try? finder.settings(for: parent(of: path)).settings.check
            return (options ?? CheckOptions()).forFile(path)
        })
    return server.run()
}

/// The disk as the language server sees it.
private func workspace() -> Workspace {
    Workspace(
        automations: { folder in isFolder(folder) ? automations(in: folder) { _ in false } : [] },
        read: { path in try? readFile(path).get() },
        exists: { path in access(path, R_OK) == 0 })
}
