package import AutoChecker
import CEL
import Programs

/// The compilers of the languages that live inside automations, each loaded when it is first needed.
package struct Compilers: ProgramCompiler {
    package init() {}

    package func problems(in programs: [EmbeddedProgram]) -> [[ProgramProblem]] {
        var problems = programs.map { _ in [ProgramProblem]() }
        func places(_ language: EmbeddedProgram.Language) -> [Int] {
            programs.indices.filter { programs[$0].language == language }
        }
        let jq = places(.jq)
        if !jq.isEmpty, let compiler = JQCompiler() {
            for (place, found) in zip(jq, compiler.problems(jq.map { programs[$0].text.text })) {
                problems[place] = found.map { [$0] } ?? []
            }
        }
        let xpath = places(.xpath)
        if !xpath.isEmpty, let compiler = XPathCompiler() {
            for place in xpath {
                problems[place] = compiler.problem(programs[place].text.text).map { [$0] } ?? []
            }
        }
        let python = places(.python)
        if !python.isEmpty {
            for (place, found) in zip(python, PythonCompiler().problems(python.map { programs[$0] })) {
                problems[place] = found
            }
        }
        return problems
    }
}
