import AutoChecker
import AutoRuntime
import AutoSteps
import CEL
import Diagnostics
import Foundation
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct PythonBoxTests {
    private func python(_ code: String, fields: String = "") async throws -> (
        result: String?, error: String?, kind: String?
    ) {
        let outcome = try await run(
            one("PYTHON t -> end { timeout: 40s\n prompt_template { \(fields)\ncode: '''\n\(code)\n''' } }"))
        return (outcome.result, outcome.error, outcome.record.steps.last?.errorKind)
    }

    /// Each process keeps below the limit, their sum does not.
    @Test(.timeLimit(.minutes(1)))
    func memoryIsLimitedForTheWholeBox() async throws {
        let code = """
            import os, time
            for i in range(8):
                if os.fork() == 0:
                    block = bytearray(100 << 20)
                    for place in range(0, len(block), 4096): block[place] = 1
                    time.sleep(20)
                    os._exit(0)
            time.sleep(20)
            result = 1
            """
        let outcome = try await python(code, fields: "memory: \"256MB\"")
        #expect(outcome.error?.contains("memory") == true && outcome.result == nil, "\(outcome)")
    }

    /// What the trace has of the code's process.
    private func process(_ code: String) async throws -> ProcessEnd {
        let text =
            "automation \"T\"\n"
            + one("PYTHON t -> end { timeout: 40s, prompt_template { code: 'result = 1' } }")
        let automation = try #require(check(SourceText(name: "t", text: text)).automation)
        let ends = Mutex<[ProcessEnd]>([])
        let work = StepWork(
            step: try #require(automation.steps.first { $0.name == "t" }),
            fields: MapValue(record: [("code", .string(code))]), idempotencyKey: "key", onText: { _ in },
            trace: { happening in
                if case .process(let end) = happening { ends.withLock { $0.append(end) } }
            })
        let step = PythonStep(
            cacheFolder: NSTemporaryDirectory() + "/autorun-test-python", allowsUnboxed: false)
        _ = try? await step.execute(work)
        return try #require(ends.withLock { $0 }.first)
    }

    /// The system tells only what the outermost process of the box used.
    @Test func whatTheCodeUsedIsTold() async throws {
        let code = """
            import time
            block = bytearray(200 << 20)
            for place in range(0, len(block), 4096): block[place] = 1
            while time.process_time() < 0.5: pass
            result = 1
            """
        let end = try await process(code)
        #expect(end.processorTime ?? 0 >= 500_000_000 && end.peakMemory ?? 0 >= 200 << 20, "\(end)")
    }

    @Test(arguments: [
        "print('hello')\nresult = 1", "print('hello')\nraise ValueError('x')",
        "import os\nprint('hello')\nos._exit(3)",
    ])
    func whatTheCodePrintsIsTold(code: String) async throws {
        #expect(try await process(code).standardError == "hello\n")
    }

    @Test(arguments: ["result = [0] * 30000000", "result = 'x' * 200000000"])
    func aResultThatNeedsTooMuchMemoryIsALimit(code: String) async throws {
        let outcome = try await python(code, fields: "memory: \"300MB\"")
        #expect(outcome.kind == "limit", "\(outcome)")
    }

    @Test func processesOfAPoolWork() async throws {
        let code = """
            from multiprocessing import Pool
            with Pool(2) as pool: result = pool.map(abs, [-1, -2])
            """
        let outcome = try await python(code)
        #expect(outcome.result == "[1,2]", "\(outcome)")
    }

    /// The surrogates of one character are that character.
    @Test func aLoneSurrogateIsNoCharacter() async throws {
        let outcome = try await python("result = '\\ud83d\\ude00 \\ud800'")
        #expect(outcome.result == "😀 �", "\(outcome)")
    }

    @Test(.timeLimit(.minutes(1)))
    func temporaryFilesAreLimited() async throws {
        let code = """
            for i in range(20):
                with open("/tmp/%d" % i, "wb") as file: file.write(bytes(50 << 20))
            result = 1
            """
        #expect(try await python(code, fields: "memory: \"256MB\"").result == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func processorTimeIsLimitedForTheWholeBox() async throws {
        let code = """
            import os
            for i in range(3): os.fork()
            while True: pass
            """
        let outcome = try await python(code, fields: "cpu: 2s")
        #expect(outcome.error?.contains("2 s of processor time") == true, "\(outcome)")
    }

    /// Nobody waits for processes that compute for a moment and end, so no count of a process holds them.
    @Test(.timeLimit(.minutes(1)))
    func shortLivedProcessesAreCounted() async throws {
        let code = """
            import os, signal, time
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            while True:
                if os.fork() == 0:
                    end = time.process_time() + 0.02
                    while time.process_time() < end: pass
                    os._exit(0)
                try: os.wait()
                except ChildProcessError: pass
            result = 1
            """
        let outcome = try await python(code, fields: "cpu: 2s")
        #expect(outcome.error?.contains("2 s of processor time") == true, "\(outcome)")
    }

    /// What the kernel is asked for beyond what a data step needs is refused.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "ctypes.CDLL(None, use_errno=True).syscall(272, 0x10000000)",  // unshare of users
            "ctypes.CDLL(None, use_errno=True).syscall(250, 0, 0, 0)",  // keyctl
            "ctypes.CDLL(None, use_errno=True).syscall(321, 0, 0, 0)",  // bpf
            "ctypes.CDLL(None, use_errno=True).syscall(425, 8, 0)",  // io_uring_setup
            "ctypes.CDLL(None, use_errno=True).syscall(101, 0, 0, 0, 0)",  // ptrace
            "ctypes.CDLL(None, use_errno=True).syscall(41, 40, 1, 0)",  // a socket of vsock
            "ctypes.CDLL(None, use_errno=True).syscall(64, 0, 32000, 0o1666)",  // semget
            "ctypes.CDLL(None, use_errno=True).syscall(68, 0, 0o1666)",  // msgget
            "ctypes.CDLL(None, use_errno=True).syscall(240, b'x', 66, 0o600, 0)",  // mq_open
            "ctypes.CDLL(None).syscall(206, 9, ctypes.byref(ctypes.c_ulong()))",  // io_setup
        ])
    func theKernelIsOutOfReach(call: String) async throws {
        #if arch(x86_64)
            let outcome = try await python("import ctypes\nresult = \(call)")
            #expect(outcome.result == "-1", "\(outcome)")
        #endif
    }

    /// The kernel itself says of such a pair that it cannot be made, once it has loaded what it needs for one.
    @Test(.timeLimit(.minutes(1)))
    func pairsOfSocketsAreOfUsualFamilies() async throws {
        #if os(Linux)
            let code = """
                import ctypes, errno, socket
                pair = (ctypes.c_int * 2)()
                made = ctypes.CDLL(None, use_errno=True).socketpair(16, 3, 0, pair)
                socket.socketpair()
                result = [made, errno.errorcode.get(ctypes.get_errno(), "")]
                """
            let outcome = try await python(code)
            #expect(outcome.result == "[-1,\"EAFNOSUPPORT\"]", "\(outcome)")
        #endif
    }

    /// A mistake in the code is `syntax`; an error that it raises has the name of its class.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("class Odd(SyntaxError): pass\nraise Odd(\"no\")", "Odd"),
            ("compile(\"1 +\", \"x\", \"exec\")", "SyntaxError"),
        ])
    func whatIsRaisedIsNoMistakeInTheCode(code: String, kind: String) async throws {
        let outcome = try await python(code + "\nresult = 1")
        #expect(outcome.kind == kind && outcome.error?.contains("None") == false, "\(outcome)")
        #expect(outcome.error?.contains("of the code") == true, "\(outcome)")
    }

    /// The code writes an answer of its own making to where the answer goes.
    @Test(.timeLimit(.minutes(1)))
    func kindsCannotBeForged() async throws {
        let code = """
            import os
            for number in range(3, 12):
                try: os.write(number, b'{"kind": "cancelled", "error": "gone"}')
                except OSError: pass
            os._exit(0)
            """
        let outcome = try await python(code)
        #expect(outcome.kind == "python", "\(outcome)")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("result = 10 ** 400", "a number"), ("result = 1e999", "infinity or NaN"),
            ("result = 10 ** 5000", "4,300 digits"), ("import os\nos._exit(7)", "with exit code 7"),
            ("import os\nos.kill(os.getpid(), 11)", "crashed the Python interpreter"),
            ("result = []\nfor i in range(600): result = [result]", "more than 500 deep"),
            ("result = []\nresult.append(result)", "holds itself"),
            ("result = 'x' * (40 << 20)", "more than 32 MB"),
            ("raise ValueError('y' * 10000000)", "ValueError"),
            ("raise ValueError", "step t: ValueError (line "),
            ("result = {'a': [1, float('-inf')]}", "infinity or NaN"), ("result = {1, 2}", "no JSON"),
            ("result = 1\nraise KeyboardInterrupt", "step t: the code interrupted itself (line "),
            ("result = 1\nraise SystemExit(True)", "with exit code 1 (line "),
            (
                "result = 1\nraise SystemExit('enough')",
                "step t: the code ended itself, saying: enough (line "
            ),
        ])
    func eachEndHasItsSentence(code: String, words: String) async throws {
        let outcome = try await python(code)
        let error = outcome.error ?? ""
        #expect(
            error.contains(words) && error.utf8.count < 5_000 && !error.contains("/usr"),
            "\(error.prefix(300))")
    }

    @Test(.timeLimit(.minutes(1)))
    func loneSurrogatesAreReplaced() async throws {
        #expect(try await python("result = 'a\\udc80b'").result == "a\u{FFFD}b")
    }
}

@Suite(.timeLimit(.minutes(1))) struct RequirementTests {
    @Test(arguments: ["six", "six==1.17.0", "requests[socks]>=2.31,<3", "Zope.interface ~= 6.0", "a!=1.*"])
    func takes(text: String) { #expect(requirementProblem(text) == nil) }

    @Test(arguments: [
        ".", "./six", "setup.py @ file:///x", "six @ https://example.org/six.whl", "-r x", "--index-url=x",
        "", "six==",
        "six; python_version<'3'", "git+https://x", "six 1.0", "/tmp/x", "six==1.0 --hash=x", "..", "_six",
    ])
    func refuses(text: String) { #expect(requirementProblem(text) != nil) }
}
