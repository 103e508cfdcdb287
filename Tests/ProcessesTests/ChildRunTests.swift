import Computing
import Foundation
import Processes
import Testing

@Suite(.timeLimit(.minutes(1))) struct ChildRunTests {
    /// Each process computes for a moment and ends, and nobody is told of its end: no count of the kernel's
    /// holds it.
    private static let burners = """
        import os, signal, time
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            for _ in range(2):
                if os.fork() == 0:
                    end = time.process_time() + 0.03
                    while time.process_time() < end: pass
                    os._exit(0)
            try:
                while True: os.wait()
            except ChildProcessError: pass
        """

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func shortLivedProcessesAreCounted(usesControlGroup: Bool) throws {
        let python = try #require(systemProgram("python3"))
        let inner = [python, "-I", "-S", "-c", ChildRunTests.burners]
        var command =
            Box()?.command(for: inner, .code(temporary: 1 << 20, packages: nil)) ?? .unboxed(inner)
        command.limits = BoxLimits(memory: 256 << 20, processes: 20, processorSeconds: 2)
        command.usesControlGroup = usesControlGroup
        let end = try #require(run(command, TimeLimit(nanoseconds: 40_000_000_000)))
        #expect(end.stop == .processorTime)
    }

    /// What sockets hold is the kernel's memory, which counts for no process; where processes share them, each
    /// counts once.
    @Test(.timeLimit(.minutes(1)), arguments: [(250, true), (50, false)])
    func socketsAreCounted(each: Int, isTooMuch: Bool) throws {
        let python = try #require(systemProgram("python3"))
        let code = """
            import os, socket, time
            shared = [socket.socketpair() for _ in range(60)]
            for _ in range(5):
                if os.fork() == 0:
                    own = [socket.socketpair() for _ in range(\(each / 2))]
                    time.sleep(\(isTooMuch ? 30 : 2))
                    os._exit(0)
            for _ in range(5): os.wait()
            """
        var command = ChildCommand.unboxed([python, "-I", "-S", "-c", code])
        command.limits = BoxLimits(memory: 256 << 20, processes: 20, processorSeconds: 20)
        command.usesControlGroup = false
        let end = try #require(run(command, TimeLimit(nanoseconds: 40_000_000_000)))
        #expect(end.stop == (isTooMuch ? .sockets : nil), "\(end.status)")
    }

    /// Children that were waited for count once, not twice.
    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func honestChildrenMayUseWhatIsGiven(usesControlGroup: Bool) throws {
        let python = try #require(systemProgram("python3"))
        let code = """
            import os, time
            for _ in range(20):
                child = os.fork()
                if child == 0:
                    end = time.process_time() + 0.05
                    while time.process_time() < end: pass
                    os._exit(0)
                os.waitpid(child, 0)
            """
        var command = ChildCommand.unboxed([python, "-I", "-S", "-c", code])
        command.limits = BoxLimits(memory: 256 << 20, processes: 20, processorSeconds: 3)
        command.usesControlGroup = usesControlGroup
        let end = try #require(run(command, TimeLimit(nanoseconds: 40_000_000_000)))
        #expect(end.succeeded, "\(end.status) \(String(describing: end.stop))")
    }

    /// A process that the command has left behind holds a pipe of the folder open: the pipe's other end tells
    /// of its end.
    @Test(.timeLimit(.minutes(1)))
    func whatIsLeftBehindEnds() throws {
        let folder = NSTemporaryDirectory() + "autorun-left-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        let pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(pipe >= 0)
        defer { close(pipe) }
        let shell = "(echo x; exec sleep 1000) >\"$0\" 2>/dev/null </dev/null & read line <\"$0\""
        let end = run(ChildCommand(["/bin/sh", "-c", shell, path]), TimeLimit(nanoseconds: 40_000_000_000))
        #expect(end?.succeeded == true)
        var polls = [pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)]
        #expect(poll(&polls, 1, 20_000) == 1)
        #expect(polls[0].revents & Int16(POLLHUP) != 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func endsAreTold() throws {
        let limit = TimeLimit(nanoseconds: 40_000_000_000)
        #expect(run(ChildCommand(["/bin/sh", "-c", "exit 7"]), limit)?.status == .exited(7))
        let killed = try #require(run(ChildCommand(["/bin/sh", "-c", "kill -11 $$"]), limit))
        #expect(killed.status == .signal(SIGSEGV) && killed.status.signal == SIGSEGV)
        let passedOn = try #require(run(ChildCommand(["/bin/sh", "-c", "exit 139"]), limit))
        #expect(passedOn.status.signal == SIGSEGV)
        #expect(ChildEnd.Status.exited(200).signal == nil)
        #expect(run(ChildCommand(["/nonexistent"]), limit) == nil)
    }
}
