/// How a command is put into a bubblewrap box: a read-only system, a private /tmp, no network, own processes and users,
/// an empty environment.
package struct Box: Sendable {
    /// Whether this process is root, whose processes the kernel does not count.
    package let isRoot: Bool
    /// Where setpriv is, which makes root nobody.
    package let setpriv: String?
    package let exists: @Sendable (String) -> Bool

    package init(isRoot: Bool, setpriv: String?, exists: @escaping @Sendable (String) -> Bool) {
        self.isRoot = isRoot
        self.setpriv = setpriv
        self.exists = exists
    }

    /// The arguments of bwrap for a command; `packages` is a folder that the box shows as `/packages`.
    package func arguments(for command: [String], packages: String? = nil) -> [String] {
        var arguments = [
            "--die-with-parent", "--new-session", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin",
            "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8", "--unshare-uts", "--hostname", "box",
        ]
        var command = command
        if isRoot, let setpriv {
            // The kernel counts no processes against root, so in the box the code is nobody, a real one.
            arguments += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-cgroup-try"]
            command =
                [
                    setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs",
                    "--bounding-set=-all", "--inh-caps=-all", "--",
                ] + command
        } else {
            arguments += ["--unshare-all", "--cap-drop", "ALL"]
        }
        for folder in ["/usr", "/lib", "/lib64", "/bin", "/sbin"] where exists(folder) {
            arguments += ["--ro-bind", folder, folder]
        }
        if exists("/etc/alternatives") {
            arguments += ["--ro-bind", "/etc/alternatives", "/etc/alternatives"]
        }
        arguments += [
            "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp", "--tmpfs", "/home",
            "--chdir", "/tmp",
        ]
        // What the machine has beyond its distribution is nobody's business in the box.
        for folder in ["/usr/local", "/usr/src"]
        where exists(folder) && !command.contains(where: { $0.hasPrefix(folder + "/") }) {
            arguments += ["--tmpfs", folder]
        }
        if let packages { arguments += ["--ro-bind", packages, "/packages"] }
        return arguments + ["--"] + command
    }
}
