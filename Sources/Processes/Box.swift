internal import CSandbox

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a command is put into a bubblewrap box: a read-only system, no network, own processes and users, an
/// empty environment, and a filter in front of the kernel.
package struct Box: Sendable {
    /// What the box is for.
    package enum Purpose: Sendable, Hashable {
        /// Code of an automation: a private /tmp of at most so many bytes, Python's packages from this
        /// folder.
        case code(temporary: Int, packages: String?)
        /// Fetching packages: the network, and one folder to write into.
        case fetching(into: String, settings: [String])
        /// A program of our own that needs only its libraries.
        case worker(program: String)
        /// A server that offers tools, which is spoken with: as code, and it sees one folder, in which it
        /// begins.
        case tools(temporary: Int, folder: String?)
    }

    private let bwrap: String
    private let setpriv: String?

    /// Nil where bubblewrap is not installed.
    package init?() {
        guard let bwrap = systemProgram("bwrap") else { return nil }
        self.bwrap = bwrap
        setpriv = systemProgram("setpriv")
    }

    /// The whole command, and what it reads from descriptors 3 and 4.
    ///
    /// - Parameter environment: `NAME=value`; anybody on the machine can read it.
    /// - Parameter secretEnvironment: the same, which nobody reads but the command.
    package func command(
        for inner: [String], _ purpose: Purpose, environment: [String] = [], secretEnvironment: [String] = []
    ) -> ChildCommand {
        var arguments = [
            bwrap, "--die-with-parent", "--new-session", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin",
            "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8", "--unshare-uts", "--hostname", "box",
        ]
        arguments += Box.setting(environment)
        let hidden = Box.setting(secretEnvironment)
        if !hidden.isEmpty { arguments += ["--args", "4"] }
        let (users, prefix) = users(purpose)
        arguments += users + folders(purpose, inner)
        let filter = purpose.isOwnProgram ? [] : Box.filter
        if !filter.isEmpty { arguments += ["--seccomp", "3"] }
        var command = ChildCommand(arguments + ["--"] + prefix + inner)
        command.extraInput = filter
        command.hiddenInput = hidden.flatMap { Array($0.utf8) + [0] }
        return command
    }

    /// The arguments that set variables.
    private static func setting(_ environment: [String]) -> [String] {
        environment.flatMap { variable -> [String] in
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? ["--setenv", String(parts[0]), String(parts[1])] : []
        }
    }

    /// The kernel counts processes by user, and none of root's. So where this is root, the code in each box
    /// is a user of its own that exists nowhere else; where it is not, each box has a namespace of users, in
    /// which no other can be made.
    private func users(_ purpose: Purpose) -> (arguments: [String], prefix: [String]) {
        guard geteuid() == 0, let setpriv, !purpose.isOwnProgram else {
            var arguments = ["--unshare-all", "--cap-drop", "ALL"]
            if purpose.hasNetwork { arguments.append("--share-net") }
            if geteuid() != 0, !purpose.isOwnProgram { arguments += ["--unshare-user", "--disable-userns"] }
            return (arguments, [])
        }
        var arguments = ["--unshare-ipc", "--unshare-pid", "--unshare-cgroup-try"]
        if !purpose.hasNetwork { arguments.append("--unshare-net") }
        // What is fetched is written by root, into root's own folder.
        if purpose.hasNetwork { return (arguments + ["--cap-drop", "ALL"], []) }
        let user = String(UInt32.random(in: 0x2000_0000..<0x7000_0000))
        let reads = purpose.showsOwnFiles && !Box.filter.isEmpty
        let kept = reads ? "-all,+dac_read_search" : "-all"
        return (
            arguments,
            [
                setpriv, "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--no-new-privs",
                "--bounding-set=" + kept, "--inh-caps=" + kept,
            ] + (reads ? ["--ambient-caps=" + kept] : []) + ["--"]
        )
    }

    private func folders(_ purpose: Purpose, _ inner: [String]) -> [String] {
        var arguments: [String] = []
        let shown: [String] =
            switch purpose {
            case .code, .fetching, .tools: ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/alternatives"]
            // Its libraries, and nothing else: once they are loaded, it may open no file at all.
            case .worker: ["/usr/lib", "/lib", "/lib64", "/usr/lib64"]
            }
        for folder in shown where access(folder, F_OK) == 0 { arguments += ["--ro-bind", folder, folder] }
        switch purpose {
        case .worker(let program): return arguments + ["--ro-bind", program, "/worker", "--chdir", "/"]
        case .code(let temporary, let packages):
            arguments += closedFolders(inner, temporary) + ["--remount-ro", "/home", "--chdir", "/tmp"]
            if let packages { arguments += ["--ro-bind", packages, "/packages"] }
            return arguments
        case .tools(let temporary, let folder):
            // The folder may lie in one of those that are closed, so that it comes behind them.
            arguments += closedFolders(inner, temporary)
            if let folder { arguments += ["--ro-bind", folder, folder] }
            return arguments + ["--remount-ro", "/home", "--chdir", folder ?? "/tmp"]
        case .fetching(let folder, let settings):
            arguments += [
                "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp", "--chdir", "/tmp",
            ]
            for path in settings where access(path, R_OK) == 0 { arguments += ["--ro-bind", path, path] }
            return arguments + ["--bind", folder, "/packages"]
        }
    }

    /// The system without anybody's own files: a /tmp of its own of so many bytes, and an empty /home.
    private func closedFolders(_ inner: [String], _ temporary: Int) -> [String] {
        hidden(inner) + [
            "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", "\(temporary)", "--tmpfs",
            "/tmp",
            "--tmpfs", "/home", "--perms", "1777", "--size", "\(16 << 20)", "--tmpfs", "/dev/shm",
            "--remount-ro", "/dev",
        ]
    }

    /// What the machine has beyond its distribution is nobody's business in the box.
    private func hidden(_ inner: [String]) -> [String] {
        ["/usr/local", "/usr/src"].flatMap { folder -> [String] in
            guard access(folder, F_OK) == 0, !inner.contains(where: { $0.hasPrefix(folder + "/") }) else {
                return []
            }
            return ["--tmpfs", folder, "--remount-ro", folder]
        }
    }

    /// Refuses the calls by which code gets at the kernel rather than at its data; empty where there is no
    /// such filter.
    private static let filter: [UInt8] = {
        var buffer = [UInt8](repeating: 0, count: 8_192)
        let count = sandbox_code_filter(&buffer, buffer.count)
        return Array(buffer.prefix(count))
    }()
}

extension Box.Purpose {
    fileprivate var hasNetwork: Bool {
        switch self {
        case .fetching: true
        case .code, .worker, .tools: false
        }
    }

    /// Whether the box shows a folder of the user's, whose files that user alone may be allowed to read. Where this
    /// is root, what runs in the box is another user, who then is let read, and not write, all that the box shows;
    /// the filter keeps from it what else comes with that right, opening files by their numbers.
    fileprivate var showsOwnFiles: Bool {
        switch self {
        case .tools(_, let folder): folder != nil
        case .code, .fetching, .worker: false
        }
    }

    /// The worker sets a narrower filter itself, once it has loaded its libraries.
    fileprivate var isOwnProgram: Bool {
        switch self {
        case .worker: true
        case .code, .fetching, .tools: false
        }
    }
}

/// A program of the system. Its own folders come first, since a box shows only these.
package func systemProgram(_ name: String) -> String? {
    ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
}
