package import Computing
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a worker gave no answer.
package enum WorkerFailure: Error, Sendable, Hashable {
    /// The caller's time was over, or it wants the answer no more; the worker was killed.
    case timeLimit
    /// The library crashed on this input.
    case crashed
    case memory
    case processorTime
    /// No worker can be started; the sentence says why.
    case missing(String)
}

/// Processes that parse foreign bytes in a box, one request at a time each, a few of them kept warm.
package final class WorkerPool: Sendable {
    private struct Worker: Sendable {
        let child: Child
        let kind: WorkerKind
        /// Programs that it has compiled already.
        var known: Set<String> = []
    }

    private struct State {
        var idle: [Worker] = []
        var usesBox = true
        var said: Set<String> = []
    }

    private let state = Mutex(State())
    private let program: String?
    private let warm: Int
    private let note: @Sendable (String) -> Void
    private let gate: Gate

    /// - Parameter program: the path of `autorun-worker`.
    /// - Parameter warm: how many of each kind are kept for the next request.
    /// - Parameter atOnce: how many may work at once; further requests wait.
    /// - Parameter note: told what is missing on this machine, such as the program for a box; the same words
    ///   once.
    package init(
        program: String? = WorkerPool.installedProgram(), warm: Int = 2, atOnce: Int = 8,
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.program = program
        self.warm = warm
        self.note = note
        gate = Gate(atOnce)
    }

    deinit {
        for worker in state.withLock({ $0.idle }) { WorkerPool.end(worker) }
    }

    /// `autorun-worker` beside the running program, or in the folder that packagers use for such programs.
    package static func installedProgram() -> String? {
        guard let folder = ownFolder() else { return nil }
        return ["\(folder)/autorun-worker", "\(folder)/../libexec/autorun/autorun-worker"].first {
            access($0, X_OK) == 0
        }
    }

    /// Asks a worker from a task: waits for one to be free, and kills it when the task is cancelled.
    ///
    /// - Throws: when the time is over, no worker can be started, or the worker crashes or takes too much.
    package func run(_ request: WorkerRequest, limit: TimeLimit = TimeLimit()) async throws(WorkerFailure)
        -> WorkerAnswer
    {
        guard await gate.enter() else { throw .timeLimit }
        let outcome = await onOwnThread(limit) { limit -> Result<WorkerAnswer, WorkerFailure> in
            do throws(WorkerFailure) { return .success(try self.ask(request, limit)) } catch {
                return .failure(error)
            }
        }
        gate.leave()
        return try outcome.get()
    }

    /// Asks a worker, and blocks the thread until it has answered.
    package func ask(_ request: WorkerRequest, _ limit: TimeLimit) throws(WorkerFailure) -> WorkerAnswer {
        let (worker, isFresh) = try take(request.kind, knowing: request.program)
        do throws(WorkerFailure) { return try ask(worker, request, limit) } catch {
            // A worker that was kept may have ended for reasons of its own, so the request is tried on one
            // that was not.
            guard error == .crashed, !isFresh else { throw error }
        }
        return try ask(try start(request.kind), request, limit)
    }

    private func ask(_ worker: Worker, _ request: WorkerRequest, _ limit: TimeLimit) throws(WorkerFailure)
        -> WorkerAnswer
    {
        var worker = worker
        var dialogue = Dialogue(worker.child, WorkerFrames.encode(request.parts))
        switch dialogue.run(limit) {
        case .answered(let parts):
            let leaves = parts.last.map { $0 == WorkerAnswer.farewell } ?? false
            guard let answer = WorkerAnswer(leaves ? parts.dropLast() : parts) else {
                WorkerPool.end(worker)
                throw .crashed
            }
            if let program = request.program { worker.known.insert(program) }
            if leaves { WorkerPool.end(worker) } else { giveBack(worker) }
            return answer
        case .timeLimit:
            WorkerPool.end(worker)
            throw .timeLimit
        case .ended:
            throw WorkerPool.failure(WorkerPool.endByItself(worker))
        }
    }

    /// An idle worker that has compiled this program before, else any, else a new one.
    private func take(_ kind: WorkerKind, knowing program: String?) throws(WorkerFailure)
        -> (worker: Worker, isFresh: Bool)
    {
        while true {
            let found = state.withLock { state -> Worker? in
                let fitting = state.idle.indices.filter { state.idle[$0].kind == kind }
                guard let last = fitting.last else { return nil }
                let knowing = fitting.last { place in program.map(state.idle[place].known.contains) ?? true }
                return state.idle.remove(at: knowing ?? last)
            }
            guard let found else { return (try start(kind), true) }
            if !hasEnded(found.child.pid) { return (found, false) }
            // It has ended by itself in the meantime.
            WorkerPool.end(found)
        }
    }

    private func giveBack(_ worker: Worker) {
        var worker = worker
        if worker.known.count > 32 { worker.known.removeAll() }
        let surplus = state.withLock { state -> Worker? in
            state.idle.append(worker)
            let fitting = state.idle.indices.filter { state.idle[$0].kind == worker.kind }
            return fitting.count > warm ? state.idle.remove(at: fitting[0]) : nil
        }
        if let surplus { WorkerPool.end(surplus) }
    }

    private func start(_ kind: WorkerKind) throws(WorkerFailure) -> Worker {
        guard let program else {
            throw .missing(
                "autorun-worker, which reads foreign bytes, is not beside this program: install both")
        }
        if state.withLock({ $0.usesBox }), let box = Box() {
            let command = box.command(
                for: ["/worker"], .worker(program: program), environment: [kind.variable])
            switch launch(command.command, kind) {
            case .started(let worker): return worker
            // bubblewrap itself says so that it can make no box here.
            case .ended(.exited(1)): break
            case .ended(let end): throw .missing(WorkerPool.words(endedAtStart: end))
            case .silent: throw .missing("autorun-worker cannot be started just now")
            }
        }
        state.withLock { $0.usesBox = false }
        say(
            "pages and jq programs are read without a box, within limits only: install the package bubblewrap for one"
        )
        switch launch([program], kind) {
        case .started(let worker): return worker
        case .ended(let end): throw .missing(WorkerPool.words(endedAtStart: end))
        case .silent: throw .missing("autorun-worker cannot be started just now")
        }
    }

    /// Why a worker is not there that has ended before it said that it is ready.
    private static func words(endedAtStart end: ChildEnd.Status) -> String {
        // The system's loader ends a program so whose libraries it does not find.
        end == .exited(127)
            ? "autorun-worker cannot be started, since libraries that it needs are missing: install libxml2, libuchardet, libyaml, libjq and libpcre2"
            : "autorun-worker, which reads foreign bytes, cannot be started"
    }

    private enum Start {
        case started(Worker)
        case ended(ChildEnd.Status)
        /// The system starts no process now, or the worker says nothing for long.
        case silent
    }

    private func launch(_ command: [String], _ kind: WorkerKind) -> Start {
        let launch = Launch(
            command: command, environment: ChildCommand.plainEnvironment + [kind.variable], keepsErrors: false
        )
        guard let child = Spawner.start(launch) else { return .silent }
        for descriptor in [child.input, child.output] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
        let worker = Worker(child: child, kind: kind)
        // A box that cannot be made ends before the worker in it says that it is ready.
        var greeting = Dialogue(child, [])
        switch greeting.run(TimeLimit(nanoseconds: 10_000_000_000)) {
        case .answered(let parts):
            if parts != [WorkerSelf.sealed] {
                say(
                    "the kernel does not let autorun-worker close itself off: it reads foreign bytes within limits only"
                )
            }
            return .started(worker)
        case .ended: return .ended(WorkerPool.endByItself(worker))
        case .timeLimit:
            WorkerPool.end(worker)
            return .silent
        }
    }

    /// Gives a note to whoever made the pool; the same words once.
    package func say(_ words: String) {
        if state.withLock({ $0.said.insert(words).inserted }) { note(words) }
    }

    /// A worker that has closed its end: it says by its exit code why; one that only closed the pipe is not
    /// waited for.
    private static func endByItself(_ worker: Worker) -> ChildEnd.Status {
        defer {
            close(worker.child.input)
            close(worker.child.output)
        }
        return waitForEnd(worker.child.pid, atMost: 2_000)
    }

    @discardableResult
    private static func end(_ worker: Worker) -> ChildEnd.Status {
        close(worker.child.input)
        close(worker.child.output)
        kill(-worker.child.pid, SIGKILL)
        return waitForEnd(worker.child.pid)
    }

    private static func failure(_ status: ChildEnd.Status) -> WorkerFailure {
        if status == .exited(WorkerSelf.outOfMemory) { return .memory }
        return status.signal == SIGXCPU ? .processorTime : .crashed
    }
}

/// One request to a worker and its answer.
private struct Dialogue {
    private let child: Child
    private let request: [UInt8]
    private var written = 0
    private var answer: [UInt8] = []

    init(_ child: Child, _ request: [UInt8]) {
        self.child = child
        self.request = request
    }

    enum End {
        case answered([[UInt8]])
        case timeLimit
        /// The worker has ended, or says what is no answer.
        case ended
    }

    mutating func run(_ limit: TimeLimit) -> End {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var polls = [pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)]
            if written < request.count {
                polls.append(pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0))
            }
            _ = poll(&polls, nfds_t(polls.count), limit.millisecondsLeft(atMost: 20))
            if limit.isOver { return .timeLimit }
            if polls.count > 1, polls[1].revents != 0, !writeSome() { return .ended }
            guard polls[0].revents != 0 else { continue }
            let count = read(child.output, &buffer, buffer.count)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { return .ended }
            answer += buffer[..<count]
            do throws(WorkerFrames.BadFrame) {
                if let parts = try WorkerFrames.decode(answer) { return .answered(parts) }
            } catch {
                return .ended
            }
        }
    }

    /// False when nobody reads any more.
    private mutating func writeSome() -> Bool {
        let count = request[written...].withUnsafeBytes { write(child.input, $0.baseAddress, $0.count) }
        if count > 0 { written += count }
        return count >= 0 || errno == EAGAIN || errno == EINTR
    }
}
