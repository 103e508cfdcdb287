package import Computing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A command to run to its end.
package struct ChildCommand: Sendable {
    /// The program's path, then its arguments.
    package var command: [String]
    /// `NAME=value`.
    package var environment: [String]
    /// The folder that it begins in; nil for that of this process.
    package var folder: String?
    /// What it reads from standard input.
    package var input: [UInt8] = []
    /// Bytes that the child reads from descriptor 3, at most 64 kB.
    package var extraInput: [UInt8] = []
    /// Bytes that the child reads from descriptor 4, at most 64 kB.
    package var hiddenInput: [UInt8] = []
    /// Bytes of standard output; who writes more is stopped.
    package var maximumOutput = 64 << 20
    /// Bytes of standard error that are kept: the first half and the last half of them.
    package var keptErrors = 1 << 20
    /// What all of its processes together may use; nil for no limit.
    package var limits: BoxLimits?
    /// Whether the kernel keeps the limits where it can; else, as on a machine where it cannot, their sums
    /// are watched.
    package var usesControlGroup = true

    package init(_ command: [String], environment: [String] = ChildCommand.plainEnvironment) {
        self.command = command
        self.environment = environment
    }

    /// A command that runs without a box, and still ends when this process is killed, as one in a box does.
    package static func unboxed(
        _ command: [String], environment: [String] = ChildCommand.plainEnvironment
    ) -> ChildCommand {
        let prefix = systemProgram("setpriv").map { [$0, "--pdeathsig", "KILL", "--"] } ?? []
        return ChildCommand(prefix + command, environment: environment)
    }

    /// The environment of a command that is to know nothing of this process.
    package static let plainEnvironment = ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]

    /// What is started, within a control group where there is one.
    func launch(in group: ControlGroup?) -> Launch {
        Launch(
            command: (group?.entering ?? []) + command, environment: environment, folder: folder,
            extraInput: extraInput, hiddenInput: hiddenInput)
    }
}

/// How a command ended.
package struct ChildEnd: Sendable {
    /// What the system says of a process that has ended: its exit code, or the number of the signal.
    package enum Status: Sendable, Hashable {
        case exited(Int32)
        case signal(Int32)

        /// The signal that ended the command, also when a box around it passes it on: bubblewrap ends with
        /// 128 and its number.
        package var signal: Int32? {
            switch self {
            case .signal(let number): number
            case .exited(let code): (129...192).contains(code) ? code - 128 : nil
            }
        }
    }

    /// Why it was killed, when it did not end by itself.
    package enum Stop: Sendable, Hashable {
        /// Its time was over, or whoever wanted it wants it no more.
        case timeLimit
        case output
        case memory
        case processes
        case processorTime
        /// More sockets than `BoxLimits.sockets`.
        case sockets
    }

    /// What the system says of the end.
    package let status: Status
    /// Why it was killed; nil for one that ended by itself.
    package let stop: Stop?
    /// What it wrote to standard output, at most `maximumOutput` bytes.
    package let output: [UInt8]
    /// What is kept of what it wrote to standard error.
    package let errors: [UInt8]
    /// What the command and those of its children used whose ends have been taken.
    package let use: ResourceUse

    /// Whether it ended by itself with exit code 0.
    package var succeeded: Bool { status == .exited(0) && stop == nil }
}

/// What a process has used of the machine.
package struct ResourceUse: Sendable, Hashable {
    /// Nanoseconds.
    package let processorTime: Int64
    /// Bytes, of the one process that used the most.
    package let peakMemory: Int

    init(_ usage: rusage) {
        func nanoseconds(_ time: timeval) -> Int64 {
            Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_usec) * 1_000
        }
        processorTime = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)
        peakMemory = Int(usage.ru_maxrss) << 10
    }
}

/// Runs a command until it ends, or is killed with all of its children. Blocks the thread.
///
/// - Returns: nil when the system cannot start it.
package func run(_ command: ChildCommand, _ limit: TimeLimit) -> ChildEnd? {
    let group = command.usesControlGroup ? command.limits.flatMap { ControlGroup($0) } : nil
    guard let child = Spawner.start(command.launch(in: group)) else {
        group?.remove()
        return nil
    }
    var exchange = Exchange(child, command, command.limits.map { BoxWatch($0, child.pid, group) })
    let stop = exchange.run(limit)
    if stop != nil { killTree(child.pid) }
    let (status, use) = waitForEndAndUse(child.pid)
    let cause = stop ?? (group?.ranOutOfMemory == true ? .memory : nil)
    group?.remove()
    return ChildEnd(
        status: status, stop: cause, output: exchange.output, errors: exchange.errors.bytes,
        use: use)
}

/// Kills a child and what belongs to it. The first process of a box takes its whole namespace with it.
func killTree(_ pid: pid_t) {
    let descendants = ProcessTree.descendants(of: pid)
    kill(-pid, SIGKILL)
    for descendant in descendants { kill(descendant, SIGKILL) }
}

/// Waits for a child to end, and ends what it has left behind in its process group.
func waitForEnd(_ pid: pid_t) -> ChildEnd.Status { waitForEndAndUse(pid).0 }

/// The same, with what the child has used.
func waitForEndAndUse(_ pid: pid_t) -> (ChildEnd.Status, ResourceUse) {
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    // Until the child's end has been taken, its number is nobody else's, and so is its group's.
    kill(-pid, SIGKILL)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
    return (ChildEnd.Status(status), ResourceUse(usage))
}

/// The same, for a child that should end at once by itself: after so many milliseconds it is killed.
func waitForEnd(_ pid: pid_t, atMost milliseconds: Int) -> ChildEnd.Status {
    var left = milliseconds
    while left > 0, !hasEnded(pid) {
        usleep(2_000)
        left -= 2
    }
    if !hasEnded(pid) { killTree(pid) }
    return waitForEnd(pid)
}

/// Whether a child has ended; its end is still to be taken.
func hasEnded(_ pid: pid_t) -> Bool {
    var information = siginfo_t()
    return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) != 0
        || information.si_signo != 0
}

extension ChildEnd.Status {
    /// Reads the status that `waitpid` gives.
    init(_ status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited(status >> 8 & 0xFF) : .signal(signal)
    }
}

/// The beginning and the end of what may be long.
struct Ends {
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private let half: Int

    init(most: Int) { half = max(1, most / 2) }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        let room = half - head.count
        head += bytes.prefix(room)
        tail += bytes.dropFirst(room)
        if tail.count > 2 * half { tail.removeFirst(tail.count - half) }
    }

    var bytes: [UInt8] { head + tail.suffix(half) }
}

/// Writes and reads as the child is ready for it, so that neither waits for the other.
private struct Exchange {
    private let child: Child
    private let command: ChildCommand
    private var watch: BoxWatch?
    private var written = 0
    private var isWriting = true
    private var isReading = true
    private var isHearing = true
    private(set) var output: [UInt8] = []
    private(set) var errors: Ends

    init(_ child: Child, _ command: ChildCommand, _ watch: BoxWatch?) {
        self.child = child
        self.command = command
        self.watch = watch
        errors = Ends(most: command.keptErrors)
        for descriptor in [child.input, child.output, child.errors] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    /// How long to sleep at most before the limits are looked at again.
    private static let tick: Int32 = 20

    mutating func run(_ limit: TimeLimit) -> ChildEnd.Stop? {
        defer { closeAll() }
        while isReading || isHearing {
            if isWriting, written == command.input.count { endWriting() }
            var polls = [pollfd]()
            if isReading { polls.append(pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)) }
            if isHearing { polls.append(pollfd(fd: child.errors, events: Int16(POLLIN), revents: 0)) }
            if isWriting { polls.append(pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0)) }
            let ready = poll(&polls, nfds_t(polls.count), limit.millisecondsLeft(atMost: Self.tick))
            if limit.isOver { return .timeLimit }
            if let stop = watch?.look() { return stop }
            guard ready > 0 else { continue }
            for entry in polls where entry.revents != 0 {
                if entry.fd == child.input { writeSome() } else { readSome(entry.fd) }
            }
            if output.count > command.maximumOutput { return .output }
        }
        // Who has closed its outputs may compute on.
        while !hasEnded(child.pid) {
            if limit.isOver { return .timeLimit }
            if let stop = watch?.look() { return stop }
            usleep(2_000)
        }
        return nil
    }

    private mutating func writeSome() {
        let count = command.input[written...].withUnsafeBytes { write(child.input, $0.baseAddress, $0.count) }
        if count > 0 { written += count }
        // Who reads no input to its end need not.
        if count < 0, errno != EAGAIN, errno != EINTR { endWriting() }
    }

    private mutating func endWriting() {
        isWriting = false
        close(child.input)
    }

    private mutating func readSome(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &buffer, buffer.count)
        if count > 0 {
            if descriptor == child.output { output += buffer[..<count] } else { errors.add(buffer[..<count]) }
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            if descriptor == child.output { isReading = false } else { isHearing = false }
        }
    }

    private mutating func closeAll() {
        if isWriting { endWriting() }
        close(child.output)
        close(child.errors)
    }
}
