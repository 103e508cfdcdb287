import Computing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the processes of one box may use, all together.
package struct BoxLimits: Sendable, Hashable {
    /// How many sockets there may be at once: the kernel keeps some 200 kB of what is sent for each, and counts
    /// that for no process.
    package static let sockets = 512

    /// Bytes of memory of their own.
    package var memory: Int
    /// How many processes there may be at once.
    package var processes: Int
    /// Seconds of processor time.
    package var processorSeconds: Int

    package init(memory: Int, processes: Int, processorSeconds: Int) {
        self.memory = memory
        self.processes = processes
        self.processorSeconds = processorSeconds
    }
}

/// Adds up, many times a second, what the processes of a box use.
///
/// The limits of a single process are the kernel's business; those of the sum are kept here where no control
/// group does it.
struct BoxWatch {
    private let limits: BoxLimits
    private let root: pid_t
    private let group: ControlGroup?
    private var clock = BoxClock()
    private var lastLook = monotonicNow()
    private var looks = 0

    /// One look in so many goes through what the processes have open, which takes longer than the rest.
    private static let looksPerCount = 8

    /// Nanoseconds between two looks, at least.
    private static let interval: UInt64 = 20_000_000

    /// - Parameter group: the control group that the box is in, which counts better than anyone else.
    init(_ limits: BoxLimits, _ root: pid_t, _ group: ControlGroup?) {
        self.limits = limits
        self.root = root
        self.group = group
    }

    /// The first limit that is passed; looks at most fifty times a second.
    mutating func look() -> ChildEnd.Stop? {
        let now = monotonicNow()
        let interval = now - lastLook
        guard interval >= BoxWatch.interval else { return nil }
        lastLook = now
        let processes = ProcessTree.descendants(of: root)
        // The box's own two processes do not count.
        if processes.count > limits.processes + 4 { return .processes }
        if processorSeconds(processes, interval) > Double(limits.processorSeconds) { return .processorTime }
        looks += 1
        // A few processes cannot have so many.
        if looks % BoxWatch.looksPerCount == 0, processes.count > 3,
            ProcessTree.sockets(of: processes) > BoxLimits.sockets
        {
            return .sockets
        }
        var memory = 0
        for process in processes { memory += ProcessTree.ownMemory(of: process) }
        // Forked processes share pages that this sum counts twice; the exact share is dear, so it is asked
        // for only now.
        if memory > limits.memory, ProcessTree.sharedOutMemory(of: processes) ?? memory > limits.memory {
            return .memory
        }
        return nil
    }

    private mutating func processorSeconds(_ processes: [pid_t], _ interval: UInt64) -> Double {
        if let counted = group?.processorSeconds { return counted }
        let times = processes.map { ($0, ProcessTree.times(of: $0)) }
        return clock.seconds(Dictionary(times) { first, _ in first }, Double(interval) / 1e9)
    }
}

/// What /proc says of processes; on a system without it there is nothing to say.
enum ProcessTree {
    /// The children of a process, their children, and so on, without the process itself.
    static func descendants(of root: pid_t) -> [pid_t] {
        var found: [pid_t] = []
        var next = [root]
        while let process = next.popLast() {
            for child in children(of: process) {
                found.append(child)
                next.append(child)
            }
            if found.count > 10_000 { break }
        }
        return found
    }

    private static func children(of process: pid_t) -> [pid_t] {
        var found: [pid_t] = []
        // Each thread has children of its own.
        for thread in entries(of: "/proc/\(process)/task") {
            let text = contents(of: "/proc/\(process)/task/\(thread)/children")
            found += text.split(separator: " ").compactMap { pid_t($0) }
        }
        return found
    }

    /// How many sockets the processes have open, each counted once; 0 where the kernel does not tell.
    static func sockets(of processes: [pid_t]) -> Int {
        var found: Set<[CChar]> = []
        let kind = "socket:".utf8.map(CChar.init)
        var buffer = [CChar](repeating: 0, count: 64)
        for process in processes {
            for name in entries(of: "/proc/\(process)/fd") {
                let count = readlink("/proc/\(process)/fd/\(name)", &buffer, buffer.count)
                let target = buffer.prefix(max(0, count))
                if target.starts(with: kind) { found.insert(Array(target)) }
            }
        }
        return found.count
    }

    /// Bytes that a process has in memory and that no file holds, those included that it shares with other
    /// processes.
    static func ownMemory(of process: pid_t) -> Int {
        kilobytes(["RssAnon:", "RssShmem:"], in: "/proc/\(process)/status") << 10
    }

    /// The same for several, each page counted once; nil where the kernel does not tell.
    static func sharedOutMemory(of processes: [pid_t]) -> Int? {
        let sum = processes.reduce(0) {
            $0 + kilobytes(["Pss_Anon:", "Pss_Shmem:"], in: "/proc/\($1)/smaps_rollup")
        }
        return sum > 0 ? sum << 10 : nil
    }

    /// The sum of the named lines of a file of the kernel's.
    private static func kilobytes(_ names: [String], in path: String) -> Int {
        contents(of: path).split(separator: "\n").reduce(0) { sum, line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count > 1, names.contains(String(words[0])) else { return sum }
            return sum + (Int(words[1]) ?? 0)
        }
    }

    static func times(of process: pid_t) -> ProcessTimes {
        let text = contents(of: "/proc/\(process)/stat")
        let fields = text[(text.lastIndex(of: ")") ?? text.endIndex)...].split(separator: " ").dropFirst()
        // Behind the name: state is the 3rd field of the whole line, utime the 14th, up to cstime, the 17th.
        let ticks = fields.dropFirst(11).prefix(4).compactMap { Double($0) }
        let perSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        // Nanoseconds of computing, and of waiting for a turn; of the first thread only, but finer than
        // ticks.
        let turns = contents(of: "/proc/\(process)/schedstat").split(separator: " ").compactMap { Double($0) }
        let (computed, waited) = turns.count > 1 ? (turns[0], turns[1]) : (0, 0)
        let own = max(ticks.prefix(2).reduce(0, +) / perSecond, computed / 1e9)
        return ProcessTimes(
            own: own, withChildren: own + ticks.dropFirst(2).reduce(0, +) / perSecond,
            load: fields.first == "R" ? computed / max(1, computed + waited) : 0)
    }

    static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    static func contents(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < 1 << 20 {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
