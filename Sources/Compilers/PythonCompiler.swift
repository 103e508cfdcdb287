import AutoChecker
import CEL
import Computing
import Diagnostics
import Processes
import Values

/// Python's own compiler, in the box of PYTHON steps where there is one. Code is parsed and compiled, never run.
struct PythonCompiler {
    func problems(_ programs: [EmbeddedProgram]) -> [[ProgramProblem]] {
        let none = programs.map { _ in [ProgramProblem]() }
        guard var command = command() else { return none }
        command.input = Array(jobs(programs).utf8)
        let limit = TimeLimit(nanoseconds: 30_000_000_000)
        guard let end = run(command, limit), end.succeeded,
            let lists = (try? JSON.parse(bytes: end.output))?.asList, lists.count == programs.count
        else { return none }
        return zip(programs, lists).map { program, list in
            let lines = LineStarts(program.text.text)
            return (list.asList ?? []).compactMap { problem($0.asMap, lines) }
        }
    }

    private func command() -> ChildCommand? {
        guard let python = systemProgram("python3") else { return nil }
        let command = [python, "-I", "-S", "-c", pythonScript]
        return Box()?.command(for: command, .code(temporary: 1 << 20, packages: nil)) ?? ChildCommand(command)
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
        let start = lines.offset(place[0], place[1])
        let end = place[2] == place[0] ? lines.offset(place[2], place[3]) : lines.end(of: place[0])
        return ProgramProblem(code, words, start..<max(end, start + 1), help: map["help"]?.asText)
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
