import AutoChecker
import AutoConfig
import AutoLSP
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
        version: toolVersion,
        options: { path in
            // Settings that cannot be read are told by `autocheck` itself; here they count as not there.
            var finder = SettingsFinder(userFolder: userFolder)
            guard path.hasPrefix("/") else { return CheckOptions() }
            return (try? finder.settings(for: parent(of: path)).settings.check) ?? CheckOptions()
        })
    return server.run()
}
