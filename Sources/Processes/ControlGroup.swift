#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A control group of the kernel for one box, where this process may make one: its memory and its processes
/// are then limited to the byte, by the kernel itself, which counts their processor time, too. Where it may
/// not, the sum is watched.
struct ControlGroup: Sendable {
    /// One folder in the second version of control groups; in the first, one for each controller.
    private let folders: [String]

    /// Nil where no control group can be made.
    init?(_ limits: BoxLimits) {
        guard let parents = ControlGroup.parents else { return nil }
        // Process numbers come again, and a killed process leaves its groups behind.
        let name = "/autorun-box-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
        // The box's own two processes come on top.
        let settings = [
            ("memory.max", limits.memory), ("memory.swap.max", 0), ("memory.limit_in_bytes", limits.memory),
            ("pids.max", limits.processes + 4),
        ]
        var made: [String] = []
        for parent in parents {
            guard mkdir(parent + name, 0o755) == 0 else { break }
            made.append(parent + name)
            for (file, value) in settings where access(parent + name + "/" + file, W_OK) == 0 {
                ControlGroup.put("\(value)", to: parent + name + "/" + file)
            }
        }
        folders = made
        guard made.count == parents.count else {
            remove()
            return nil
        }
    }

    /// What stands before a command, so that it starts within the group.
    var entering: [String] {
        let enter = folders.map { "echo 0 > '\($0)/cgroup.procs'; " }.joined()
        return ["/bin/sh", "-c", enter + "exec \"$@\"", "sh"]
    }

    /// Whether the kernel has killed a process of the group because its memory was used up.
    var ranOutOfMemory: Bool {
        folders.contains { folder in
            [
                ProcessTree.contents(of: folder + "/memory.events"),
                ProcessTree.contents(of: folder + "/memory.oom_control"),
            ]
            .contains { text in
                text.split(separator: "\n").contains { $0.hasPrefix("oom_kill ") && !$0.hasSuffix(" 0") }
            }
        }
    }

    /// Seconds that all processes of the group have computed, those that have ended included; nil where the
    /// kernel does not tell.
    var processorSeconds: Double? {
        for folder in folders {
            let nanoseconds = ProcessTree.contents(of: folder + "/cpuacct.usage").split(separator: "\n").first
            if let nanoseconds, let count = Double(nanoseconds) { return count / 1e9 }
            let lines = ProcessTree.contents(of: folder + "/cpu.stat").split(separator: "\n")
            let line = lines.first { $0.hasPrefix("usage_usec ") }
            if let microseconds = line?.split(separator: " ").last, let count = Double(microseconds) {
                return count / 1e6
            }
        }
        return nil
    }

    func remove() {
        for folder in folders {
            // A process that is just ending holds its group for a moment longer.
            for _ in 0..<50 where rmdir(folder) != 0 && errno == EBUSY { usleep(2_000) }
        }
    }

    /// The folders in which groups are made: this process's own, where they may be written to. Groups that a
    /// killed process has left there are removed; one that is in use cannot be.
    private static let parents: [String]? = {
        let found = writableParents()
        for parent in found ?? [] {
            for name in ProcessTree.entries(of: parent) where name.hasPrefix("autorun-box-") {
                let path = parent + "/" + name
                var status = stat()
                // A young one may be another process's, which has made it and not entered it yet.
                guard stat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec > 300 else { continue }
                rmdir(path)
            }
        }
        return found
    }()

    private static func writableParents() -> [String]? {
        let lines = ProcessTree.contents(of: "/proc/self/cgroup").split(separator: "\n")
        var first: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let path = parts[2] == "/" ? "" : String(parts[2])
            if parts[1].isEmpty, isUsable("/sys/fs/cgroup" + path, ["memory", "pids"]) {
                return ["/sys/fs/cgroup" + path]
            }
            for name in parts[1].split(separator: ",") {
                first[String(name)] = "/sys/fs/cgroup/\(name)\(path)"
            }
        }
        let usable = first.filter { access($0.value + "/cgroup.procs", W_OK) == 0 }
        guard let memory = usable["memory"], let processes = usable["pids"] else { return nil }
        return [memory, processes] + (usable["cpuacct"].map { [$0] } ?? [])
    }

    /// Whether groups below a folder of the second version have these controllers.
    private static func isUsable(_ folder: String, _ controllers: [String]) -> Bool {
        guard access(folder + "/cgroup.subtree_control", W_OK) == 0 else { return false }
        let enabled = ProcessTree.contents(of: folder + "/cgroup.subtree_control").split {
            $0 == " " || $0 == "\n"
        }
        return controllers.allSatisfy { enabled.contains(Substring($0)) }
    }

    private static func put(_ text: String, to path: String) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = Array(text.utf8).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
    }
}
