package import AutoChecker
import CEL
import Computing
import Diagnostics
package import Processes
import Programs
import Values

/// The compilers of the languages that live inside automations, each started when it is first needed, none of them in this
/// process: a program that crashes its compiler is a finding.
package struct Compilers: ProgramCompiler {
    private let workers: WorkerPool

    package init(workers: WorkerPool) { self.workers = workers }

    /// Longer than any compiler takes for an honest program.
    private static let seconds: UInt64 = 10

    package func problems(in programs: [EmbeddedProgram]) -> [[ProgramProblem]] {
        var problems = programs.map { _ in [ProgramProblem]() }
        func places(_ language: EmbeddedProgram.Language) -> [Int] {
            programs.indices.filter { programs[$0].language == language }
        }
        let jq = places(.jq)
        if !jq.isEmpty {
            let compiler = JQCompiler { complaint(.jqCheck($0))?.words }
            for (place, found) in zip(jq, compiler.problems(jq.map { programs[$0].text.text })) {
                problems[place] = found.map { [$0] } ?? []
            }
        }
        let xpath = XPathCompiler { complaint(.xpathCheck($0)) }
        for place in places(.xpath) {
            problems[place] = xpath.problem(programs[place].text.text).map { [$0] } ?? []
        }
        let python = places(.python)
        if !python.isEmpty {
            for (place, found) in zip(python, PythonCompiler().problems(python.map { programs[$0] })) {
                problems[place] = found
            }
        }
        return problems
    }

    /// What a compiler says of a program; nil when it compiles, or when there is no compiler.
    private func complaint(_ request: WorkerRequest) -> (words: String, offset: Int)? {
        let limit = TimeLimit(nanoseconds: Compilers.seconds * 1_000_000_000)
        do throws(WorkerFailure) {
            switch try workers.ask(request, limit) {
            case .value: return nil
            case .problem(let words, let offset): return (words, offset)
            }
        } catch {
            switch error {
            case .missing: return nil
            case .timeLimit, .processorTime:
                return ("its compiler takes more than \(Compilers.seconds) s for it", 0)
            case .memory: return ("its compiler needs more memory for it than it may use", 0)
            case .crashed: return ("its compiler crashes on it", 0)
            }
        }
    }
}
