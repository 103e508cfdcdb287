#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much processor time the processes of a box have used, as far as /proc tells it.
///
/// No single number of the kernel's is enough: a process that has ended is counted by the one that waited for
/// it, and by nobody when its parent ignores the ends of its children. So the clock keeps what it has seen of
/// each process, and never runs back.
struct BoxClock {
    private struct Seen {
        var seconds: Double
        var looks: Int
        var load: Double
    }

    private var living: [pid_t: Seen] = [:]
    /// Seconds of processes that have ended, as they were last seen.
    private var past = 0.0
    private var most = 0.0

    /// Seconds in all, after another look at the processes of the box.
    ///
    /// - Parameter interval: seconds since the last look.
    mutating func seconds(_ processes: [pid_t: ProcessTimes], _ interval: Double) -> Double {
        for (process, seen) in living {
            // A smaller number under a known id is another process, which has got the same id.
            if let times = processes[process], times.own >= seen.seconds { continue }
            past += BoxClock.last(seen, interval)
            living[process] = nil
        }
        for (process, times) in processes {
            living[process] = Seen(
                seconds: times.own, looks: (living[process]?.looks ?? 0) + 1, load: times.load)
        }
        let seen = living.values.reduce(past) { $0 + $1.seconds }
        let told = processes.values.reduce(0) { $0 + $1.withChildren }
        most = max(most, seen, told)
        return most
    }

    /// A process that only one look has found came and went between two others, and many like it may have
    /// come and gone unseen. When each that was found stands for one interval of its load, their sum is right
    /// on average.
    private static func last(_ seen: Seen, _ interval: Double) -> Double {
        seen.looks == 1 ? max(seen.seconds, interval * seen.load) : seen.seconds
    }
}

/// What /proc tells of one process's work.
struct ProcessTimes {
    /// Seconds that the process itself has computed.
    let own: Double
    /// The same with those of the children that it has waited for.
    let withChildren: Double
    /// How much of a processor it has now: 0 while it sleeps, less than 1 when it often waits for its turn.
    let load: Double
}
