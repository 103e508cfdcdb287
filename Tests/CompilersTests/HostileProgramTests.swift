import AutoChecker
import Compilers
import Diagnostics
import Processes
import Synchronization
import Testing

/// Programs that are written against their compiler: each gives a finding, and none holds the checker up.
@Suite(.timeLimit(.minutes(1))) struct HostileProgramTests {
    private func findings(_ step: String, _ workers: WorkerPool = WorkerPool()) -> [Diagnostic] {
        let source = SourceText(
            name: "test.auto", text: "automation \"Test\"\nSTART begin -> t\n\(step)\n")
        return check(source, CheckOptions(), Compilers(workers: workers)).findings
    }

    private func python(_ code: String) -> [Diagnostic] {
        findings("PYTHON t -> end { prompt_template { code: '''\n\(code)\n''' } }")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "result = " + String(repeating: "(", count: 100_000),
            "result = " + String(repeating: "-", count: 100_000) + "1",
            "result = 1" + String(repeating: " + 1", count: 100_000),
            "result = a" + String(repeating: ".b", count: 100_000),
            "result = " + String(repeating: "lambda: ", count: 5_000) + "1",
            "result = " + String(repeating: "9", count: 1_000_000),
            (0..<400).map { String(repeating: " ", count: $0) + "if 1:\n" }.joined()
                + String(
                    repeating: " ", count: 400) + "result = 1",
        ])
    func deepCodeIsAFinding(code: String) {
        let found = python(code)
        #expect(found.contains { $0.code == .badPython }, "\(found.map(\.message))")
    }

    /// Constants that would be huge are not computed by the compiler: there is nothing to find.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "result = 10 ** 10 ** 8", "result = ((9 ** 99) ** 99) ** 99", "result = \"a\" * 10 ** 10",
            "result = (0,) * 10 ** 9", "result = 1 << 10 ** 12",
        ])
    func hugeConstantsAreNotComputed(code: String) {
        #expect(!python(code).contains { $0.code == .badPython })
    }

    /// Code is read and never run: any of these would end the compiler, write into its answer, or never end.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "import os\nos._exit(3)\nresult = 1", "def f(a=__import__('os')._exit(3)): pass\nresult = 1",
            "@__import__('os')._exit\ndef f(): pass\nresult = 1",
            "class C:\n  __import__('os')._exit(3)\nresult = 1",
            "class C(metaclass=__import__('os')._exit): pass\nresult = 1",
            "result = f\"{__import__('os')._exit(3)}\"", "result = [__import__('os')._exit(3) for _ in [1]]",
            "x: __import__('os')._exit(3) = 1\nresult = x", "def f() -> print('[[]]'): pass\nresult = 1",
            "print('[[]]')\nresult = 1", "while True: pass\nresult = 1",
            "result = (lambda: __import__('os')._exit(3))()",
        ])
    func codeIsNeverRun(code: String) {
        let found = python(code)
        #expect(!found.contains { $0.code == .badPython }, "\(found.map(\.message))")
    }

    @Test func codeThatReturnsIsToldWhereItsValueGoes() throws {
        let finding = try #require(python("return 1").first { $0.code == .badPython })
        #expect(finding.help == "what the code leaves in `result` comes out: write `result = …`")
    }

    /// Thousands of mistakes are told by the first ones, in time that grows with their number only.
    @Test(.timeLimit(.minutes(1)))
    func manyMistakesAreToldByTheFirst() {
        let code = (0..<20_000).map { "x\($0) = y\($0)" }.joined(separator: "\n")
        let found = python(code)
        #expect(found.count { $0.code == .undefinedPythonName } == 50)
    }

    /// The one that is too much for the compiler takes nothing from the findings of the others.
    @Test(.timeLimit(.minutes(1)))
    func othersAreCheckedAllTheSame() {
        let deep = "result = " + String(repeating: "-", count: 100_000) + "1"
        let found = findings(
            """
            PYTHON t -> u { prompt_template { code: '''
            \(deep)
            ''' } }
            PYTHON u -> end { prompt_template { code: '''
            result = nothing_of_this_name
            ''' } }
            """)
        #expect(found.contains { $0.code == .badPython })
        #expect(found.contains { $0.code == .undefinedPythonName })
    }

    /// A checker that cannot ask a compiler says so; it does not pass programs in silence.
    @Test(.timeLimit(.minutes(1)))
    func aMissingWorkerIsTold() {
        let notes = Mutex<[String]>([])
        let workers = WorkerPool(program: nil) { note in notes.withLock { $0.append(note) } }
        for _ in 0..<2 {
            _ = findings("DATA_TRANSFORM t -> end { prompt_template { input: 1, jq: '.[' } }", workers)
        }
        let told = notes.withLock { $0 }
        #expect(told.count == 1, "\(told)")
        #expect(told.first?.hasPrefix("jq programs and XPaths are not checked: ") == true)
    }
}
