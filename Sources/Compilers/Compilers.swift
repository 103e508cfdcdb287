package import AutoChecker
import CEL
import Computing
import Diagnostics
package import Processes
import Programs
import Values

/// The compilers of the languages that live inside automations, each started when it is first needed, none of
/// them in this process: a program that crashes its compiler is a finding.
package struct Compilers: ProgramCompiler {
    private let workers: WorkerPool

    package init(workers: WorkerPool) { self.workers = workers }

    /// What the compilers find in programs: a list for each of them, in their order; empty for one that
    /// compiles.
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
            let compiler = PythonCompiler(note: workers.say)
            for (place, found) in zip(python, compiler.problems(python.map { programs[$0] })) {
                problems[place] = found
            }
        }
        return problems
    }

    /// What a compiler says of a program; nil when it compiles, or when there is no compiler, which is then
    /// told.
    private func complaint(_ request: WorkerRequest) -> (words: String, offset: Int)? {
        let limit = TimeLimit(nanoseconds: UInt64(CompilerLimits.seconds) * 1_000_000_000)
        do throws(WorkerFailure) {
            switch try workers.ask(request, limit) {
            case .value: return nil
            case .problem(let words, let offset): return (words, offset)
            case .unreadable(let words): return (words, 0)
            }
        } catch {
            switch error {
            case .missing(let words):
                workers.say("jq programs and XPaths are not checked: \(words)")
                return nil
            case .timeLimit, .processorTime: return (CompilerLimits.timeWords, 0)
            case .memory: return (CompilerLimits.memoryWords, 0)
            case .crashed: return (CompilerLimits.crashWords, 0)
            }
        }
    }
}

/// What a compiler may use for one program, and what is said of a program that needs more.
enum CompilerLimits {
    /// Longer than any compiler takes for an honest program.
    static let seconds = 10
    /// Bytes.
    static let memory = WorkerSelf.memory

    static let timeWords = "its compiler takes more than \(seconds) s for it"
    static let memoryWords = "its compiler needs more memory for it than it may use"
    static let crashWords = "its compiler crashes on it"
}
