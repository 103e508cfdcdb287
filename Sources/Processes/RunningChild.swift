import Computing
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A child that goes on while somebody speaks with it over its standard input and output.
///
/// A thread of its own keeps the end of what the child writes to standard error, watches its limits, and takes its
/// end.
package final class RunningChild: Sendable {
    /// How such a child ended.
    package struct End: Sendable {
        package let status: ChildEnd.Status
        /// Why it was killed; nil for one that ended by itself.
        package let stop: ChildEnd.Stop?
        /// What is kept of what it wrote to standard error.
        package let errors: [UInt8]
    }

    private struct State {
        var end: End?
        var waiting: [CheckedContinuation<End, Never>] = []
        /// The time until which it may end by itself; nil as long as nobody has told it to end.
        var deadline: TimeLimit?
    }

    /// This side's end of the child's standard input. Whoever started the child closes it.
    package let input: Int32
    /// This side's end of the child's standard output. Whoever started the child closes it.
    package let output: Int32
    private let state = Mutex(State())
    /// Wakes the thread when something is written to its second end.
    private let alarm: (read: Int32, write: Int32)

    /// Starts a child. Blocks the thread for as long as the system takes.
    ///
    /// - Returns: nil when the system cannot start it.
    package init?(_ command: ChildCommand) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        alarm = (ends[0], ends[1])
        let group = command.usesControlGroup ? command.limits.flatMap { ControlGroup($0) } : nil
        guard let child = Spawner.start(command.launch(in: group)) else {
            group?.remove()
            for end in ends { close(end) }
            return nil
        }
        (input, output) = (child.input, child.output)
        let watch = command.limits.map { BoxWatch($0, child.pid, group) }
        let errors = Ends(most: command.keptErrors)
        let run: @Sendable () -> Void = { self.accompany(child, watch, errors, group) }
        guard startThread(run) != nil else {
            killTree(child.pid)
            _ = waitForEnd(child.pid)
            for end in ends + [child.input, child.output, child.errors] { close(end) }
            return nil
        }
    }

    /// Has the child end: it is killed with all of its children when it has not ended by itself in time. Its
    /// standard input should be closed before, which most take for the end.
    package func stop(after milliseconds: Int) {
        state.withLock { state in
            guard state.end == nil, state.deadline == nil else { return }
            state.deadline = TimeLimit(nanoseconds: UInt64(milliseconds) * 1_000_000)
            // The thread closes its end only after it has set `end`.
            _ = write(alarm.write, [1], 1)
        }
    }

    /// Waits until the child has ended.
    package func end() async -> End {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.end == nil { state.waiting.append(continuation) }
                return state.end
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    // What the thread does.

    /// Milliseconds between two looks at the limits and at whether the child has ended.
    private static let tick: Int32 = 100

    private func accompany(_ child: Child, _ watch: BoxWatch?, _ errors: Ends, _ group: ControlGroup?) {
        var (watch, errors) = (watch, errors)
        var isHearing = true
        var stop: ChildEnd.Stop?
        _ = fcntl(child.errors, F_SETFL, fcntl(child.errors, F_GETFL) | O_NONBLOCK)
        while !hasEnded(child.pid) {
            let deadline = state.withLock { $0.deadline }
            stop = deadline?.isOver == true ? .timeLimit : watch?.look()
            if stop != nil { break }
            // Who was told to end, or writes nothing any more, should do it soon.
            let longest: Int32 = deadline == nil && isHearing ? Self.tick : 20
            var polls = [pollfd(fd: isHearing ? child.errors : -1, events: Int16(POLLIN), revents: 0)]
            if deadline == nil { polls.append(pollfd(fd: alarm.read, events: Int16(POLLIN), revents: 0)) }
            _ = poll(&polls, nfds_t(polls.count), deadline?.millisecondsLeft(atMost: longest) ?? longest)
            if polls[0].revents != 0 { isHearing = Self.take(child.errors, &errors) }
        }
        if stop != nil { killTree(child.pid) }
        let (status, _) = waitForEndAndUse(child.pid)
        if isHearing { Self.takeRest(child.errors, &errors) }
        close(child.errors)
        let cause = stop ?? (group?.ranOutOfMemory == true ? .memory : nil)
        group?.remove()
        finish(End(status: status, stop: cause, errors: errors.bytes))
    }

    /// Takes what there is.
    ///
    /// - Returns: whether more may come.
    private static func take(_ descriptor: Int32, _ errors: inout Ends) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        // Who writes without end is looked at again at the next turn.
        for _ in 0..<16 {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            guard count > 0 else { return false }
            errors.add(buffer[..<count])
        }
        return true
    }

    /// Takes what comes until everybody who could write there is gone: what was killed with the child takes a moment to
    /// die, and should not be found when the child's end has been told. What has got away is not waited for.
    private static func takeRest(_ descriptor: Int32, _ errors: inout Ends) {
        let limit = TimeLimit(nanoseconds: 1_000_000_000)
        while take(descriptor, &errors), !limit.isOver {
            var polls = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            _ = poll(&polls, 1, limit.millisecondsLeft(atMost: 1_000))
        }
    }

    private func finish(_ end: End) {
        let waiting = state.withLock { state in
            state.end = end
            defer { state.waiting = [] }
            return state.waiting
        }
        close(alarm.read)
        close(alarm.write)
        for continuation in waiting { continuation.resume(returning: end) }
    }
}
