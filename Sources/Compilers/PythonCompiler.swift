import AutoChecker
import CEL
import Computing
import Diagnostics
import Processes
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Python's own compiler, in the box of PYTHON steps where there is one. Code is parsed and compiled, never
/// run.
struct PythonCompiler {
    /// Told why code cannot be checked at all.
    let note: (String) -> Void

    func problems(_ programs: [EmbeddedProgram]) -> [[ProgramProblem]] {
        guard let python = systemProgram("python3") else {
            note("the code of PYTHON steps is not checked: install python3")
            return programs.map { _ in [] }
        }
        if let all = try? check(programs, python).get() { return all }
        // One of them is too much for the compiler, so each is checked by itself.
        return programs.map { program in
            switch check([program], python) {
            case .success(let lists): return lists[0]
            case .failure(let failure): return problem(failure).map { [$0] } ?? []
            }
        }
    }

    /// Why the compiler gave no answer.
    private enum Failure: Error {
        case notStarted
        case time
        case memory
        case crashed
    }

    private func check(_ programs: [EmbeddedProgram], _ python: String) -> Result<[[ProgramProblem]], Failure>
    {
        let limit = TimeLimit(nanoseconds: UInt64(CompilerLimits.seconds) * 1_000_000_000)
        guard let end = run(command(programs, python), limit) else { return .failure(.notStarted) }
        if let failure = failure(end) { return .failure(failure) }
        guard let lists = (try? JSON.parse(bytes: end.output))?.asList, lists.count == programs.count else {
            return .failure(.crashed)
        }
        let problems = zip(programs, lists).map { program, list in
            let lines = LineStarts(program.text.text)
            return (list.asList ?? []).compactMap { problem($0.asMap, lines) }
        }
        return .success(problems)
    }

    /// The memory is limited twice: in the process itself, where Python tells of it, and for all processes of
    /// the box.
    private func command(_ programs: [EmbeddedProgram], _ python: String) -> ChildCommand {
        let inner = [
            python, "-I", "-S", "-c", pythonScript, "\(CompilerLimits.seconds)", "\(CompilerLimits.memory)",
        ]
        var command =
            Box()?.command(for: inner, .code(temporary: 1 << 20, packages: nil)) ?? .unboxed(inner)
        command.input = Array(jobs(programs).utf8)
        command.limits = BoxLimits(
            memory: CompilerLimits.memory, processes: 4, processorSeconds: CompilerLimits.seconds)
        return command
    }

    private func failure(_ end: ChildEnd) -> Failure? {
        switch end.stop {
        case .timeLimit, .processorTime: return .time
        case .memory: return .memory
        case .output, .processes: return .crashed
        case nil: return end.succeeded ? nil : end.status.signal == SIGXCPU ? .time : .crashed
        }
    }

    private func problem(_ failure: Failure) -> ProgramProblem? {
        let words: String
        switch failure {
        case .notStarted:
            note("the code of PYTHON steps is not checked: the system starts no process for it just now")
            return nil
        case .time: words = CompilerLimits.timeWords
        case .memory: words = CompilerLimits.memoryWords
        case .crashed: words = CompilerLimits.crashWords
        }
        return ProgramProblem(.badPython, "this code does not compile: \(words)", 0..<1)
    }

    private func jobs(_ programs: [EmbeddedProgram]) -> String {
        JSON.text(
            .list(
                programs.map { program in
                    .record([
                        ("code", .string(program.text.text)),
                        ("inputs", program.inputs.map { .list($0.map(Value.string)) } ?? .null),
                        ("tainted", .bool(program.isTainted)),
                    ])
                }))
    }

    private func problem(_ map: MapValue?, _ lines: LineStarts) -> ProgramProblem? {
        guard let map, let kind = map["kind"]?.asText, let message = map["message"]?.asText,
            let place = map["place"]?.asList?.compactMap(\.asInt), place.count == 4
        else { return nil }
        let code: Code
        var words = message
        switch kind {
        case "undefined": code = .undefinedPythonName
        case "input": code = .missingPythonInput
        case "result": code = .noPythonResult
        case "taint": code = .taintedCode
        default:
            code = .badPython
            words = "this code does not compile: \(message)"
        }
        // Code that was written as a function's body.
        let help =
            map["help"]?.asText
            ?? (message.contains("'return' outside function")
                ? "what the code leaves in `result` comes out: write `result = …`" : nil)
        let start = lines.offset(place[0], place[1])
        let end = place[2] == place[0] ? lines.offset(place[2], place[3]) : lines.end(of: place[0])
        return ProgramProblem(code, words, start..<max(end, start + 1), help: help)
    }
}

/// Where each line of a text begins, in bytes.
private struct LineStarts {
    private var starts = [0]
    private let count: Int

    init(_ text: String) {
        var offset = 0
        for byte in text.utf8 {
            offset += 1
            if byte == 0x0A { starts.append(offset) }
        }
        count = offset
    }

    /// The offset of a line, from 1, and a column in bytes, from 0.
    func offset(_ line: Int, _ column: Int) -> Int {
        min(starts[min(max(line, 1), starts.count) - 1] + max(0, column), count)
    }

    func end(of line: Int) -> Int {
        line < starts.count ? starts[max(line, 1)] - 1 : count
    }
}
