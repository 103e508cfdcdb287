import Foundation

/// Who holds a session: a process, told so that its end can be seen on the same machine.
package enum Owner {
    /// How long a process is taken to be there without being renewed; longer than any pause of a healthy
    /// process.
    static let leaseSeconds: Int64 = 15
    /// It says so anew so often.
    static let renewSeconds: Int64 = 4

    /// This process: machine, number, and when it started, since numbers are given out again.
    package static let own: String = {
        let pid = ProcessInfo.processInfo.processIdentifier
        return "\(machine)/\(pid)/\(startTime(of: pid) ?? "")"
    }()

    /// Where numbers of processes mean the same: machines may share a name, as copies of one do, and containers on one
    /// machine count their processes apart.
    static let machine: String = {
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        let space = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
        return ([name] + [String(boot.prefix { $0 != "-" }), space.filter(\.isNumber)])
            .filter { !$0.isEmpty }.joined(separator: ":")
    }()

    /// Asked of the kernel: Foundation may ask a name server.
    private static let name: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "here" }
        let bytes = buffer.prefix { $0 != 0 }.map { $0 == 0x2F ? UInt8(ascii: "-") : UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }()

    /// Whether the process is known to be gone; of another machine's nothing is known.
    static func isGone(_ owner: String) -> Bool {
        guard let (pid, began) = processHere(owner) else { return false }
        guard let start = startTime(of: pid) else { return !processExists(pid) }
        return start != began
    }

    /// Whether the process is known to be there and not stopped, as a debugger or Ctrl-Z stops it.
    static func isRunning(_ owner: String) -> Bool {
        guard let (pid, began) = processHere(owner), let state = state(of: pid) else { return false }
        return state.start == began && !["T", "t"].contains(state.letter)
    }

    /// The number and start of a process of this machine.
    private static func processHere(_ owner: String) -> (pid: Int32, began: String)? {
        let parts = owner.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == machine, let pid = Int32(parts[1]) else { return nil }
        return (pid, String(parts[2]))
    }

    private static func processExists(_ pid: Int32) -> Bool { kill(pid, 0) == 0 || errno == EPERM }

    /// In clock ticks since the machine started; nil without a /proc.
    static func startTime(of pid: Int32) -> String? { state(of: pid)?.start }

    /// The third and the 22nd field of /proc/PID/stat: what the process does, and when it began.
    private static func state(of pid: Int32) -> (letter: String, start: String)? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
            let close = data.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        // The name before it may hold blanks, and brackets.
        let fields = String(decoding: data[(close + 1)...], as: UTF8.self).split(separator: " ")
        return fields.count > 19 ? (String(fields[0]), String(fields[19])) : nil
    }
}
