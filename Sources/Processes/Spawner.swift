internal import CSandbox
import Computing
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A child process that has been started, with this side's ends of its pipes.
struct Child: Sendable {
    let pid: pid_t
    /// Its standard input.
    let input: Int32
    /// Its standard output.
    let output: Int32
    /// Its standard error; -1 where that goes nowhere.
    let errors: Int32
}

/// What is started.
struct Launch: Sendable {
    let command: [String]
    /// `NAME=value`.
    let environment: [String]
    /// The folder to start in; nil for this process's own.
    var folder: String?
    /// Bytes that the child reads from descriptor 3, at most what a pipe holds (64 kB).
    var extraInput: [UInt8] = []
    /// The same from descriptor 4.
    var hiddenInput: [UInt8] = []
    var keepsErrors = true
}

/// Starts children on one thread that lives as long as the process.
///
/// The kernel counts the thread that started a child as its parent. Children that are to die with their
/// parent would die with the short-lived thread that happened to need them.
enum Spawner {
    /// Nil when the system cannot start it.
    static func start(_ launch: Launch) -> Child? { thread.run { spawn(launch) } ?? nil }

    private static let thread = LastingThread()

    private static func spawn(_ launch: Launch) -> Child? {
        let pipes = (0..<5).map { _ in makePipe() }
        let made = pipes.compactMap { $0 }
        guard made.count == 5 else {
            for pipe in made { closeBoth(pipe) }
            return nil
        }
        let (toChild, fromChild, errors, extra, hidden) = (made[0], made[1], made[2], made[3], made[4])
        for (pipe, bytes) in [(extra, launch.extraInput), (hidden, launch.hiddenInput)] {
            if !bytes.isEmpty { _ = write(pipe.write, bytes, bytes.count) }
            close(pipe.write)
        }
        var actions = FileActions()
        defer { actions.end() }
        actions.duplicate(toChild.read, as: 0)
        actions.duplicate(fromChild.write, as: 1)
        if launch.keepsErrors { actions.duplicate(errors.write, as: 2) } else { actions.openNull(as: 2) }
        actions.duplicate(extra.read, as: 3)
        if !launch.hiddenInput.isEmpty { actions.duplicate(hidden.read, as: 4) }
        actions.closeRest(from: launch.hiddenInput.isEmpty ? 4 : 5)
        if let folder = launch.folder { actions.enter(folder) }
        let pid = actions.spawn(launch)
        for descriptor in [toChild.read, fromChild.write, errors.write, extra.read, hidden.read] {
            close(descriptor)
        }
        if !launch.keepsErrors || pid == nil { close(errors.read) }
        guard let pid else {
            close(toChild.write)
            close(fromChild.read)
            return nil
        }
        return Child(
            pid: pid, input: toChild.write, output: fromChild.read,
            errors: launch.keepsErrors ? errors.read : -1)
    }

    private typealias Pipe = (read: Int32, write: Int32)

    private static func closeBoth(_ pipe: Pipe) {
        close(pipe.read)
        close(pipe.write)
    }

    private static func makePipe() -> Pipe? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        sandbox_widen_pipe(ends[1])
        // Above those that the child's own are put on, so that none is overwritten before its turn.
        let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
        for end in ends { close(end) }
        guard moved.allSatisfy({ $0 >= 0 }) else {
            for end in moved where end >= 0 { close(end) }
            return nil
        }
        return (moved[0], moved[1])
    }
}

/// What a child's descriptors are, before it starts.
private struct FileActions {
    #if canImport(Glibc)
        private var actions = posix_spawn_file_actions_t()
    #else
        private var actions: posix_spawn_file_actions_t?
    #endif

    init() { posix_spawn_file_actions_init(&actions) }

    mutating func end() { posix_spawn_file_actions_destroy(&actions) }

    mutating func duplicate(_ descriptor: Int32, as number: Int32) {
        posix_spawn_file_actions_adddup2(&actions, descriptor, number)
    }

    mutating func openNull(as number: Int32) {
        posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
    }

    mutating func closeRest(from number: Int32) {
        _ = sandbox_close_rest(&actions, number)
    }

    mutating func enter(_ folder: String) { _ = sandbox_enter(&actions, folder) }

    /// In a process group of its own, with the signals as a fresh process has them.
    mutating func spawn(_ launch: Launch) -> pid_t? {
        #if canImport(Glibc)
            var attributes = posix_spawnattr_t()
        #else
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var arguments = launch.command.map { strdup($0) } + [nil]
        var environment = launch.environment.map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var pid: pid_t = 0
        guard let path = launch.command.first,
            posix_spawn(&pid, path, &actions, &attributes, &arguments, &environment) == 0
        else { return nil }
        return pid
    }
}

/// A thread that does one thing after another, for as long as the process lives.
private final class LastingThread: Sendable {
    private let work = Mutex<[@Sendable () -> Void]>([])
    private let arrival = Signal()

    init() {
        startThread { self.workOn() }
    }

    private func workOn() {
        while true {
            arrival.wait()
            let next = work.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            next?()
        }
    }

    /// Waits for what the body gives.
    func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result? {
        let outcome = Outcome<Result>()
        let done = Signal()
        work.withLock {
            $0.append {
                outcome.value.withLock { $0 = body() }
                done.send()
            }
        }
        arrival.send()
        done.wait()
        return outcome.value.withLock { $0 }
    }

    private final class Outcome<Result: Sendable>: Sendable {
        let value = Mutex<Result?>(nil)
    }
}

/// Something that one thread waits for and another tells.
///
/// `@unchecked Sendable`: the semaphore is the system's own, made to be used by several threads, and is freed
/// only when nobody holds this object any more.
private final class Signal: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func send() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0, errno == EINTR {} }
}
