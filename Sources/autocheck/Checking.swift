import AutoChecker
import AutoConfig
import AutoSyntax
import Compilers
import Diagnostics
import Values

/// One file to check, with the settings that hold for it.
struct CheckJob: Sendable {
    let source: SourceText
    let options: CheckOptions
}

/// Checks files, several at once; the programs inside of all of them go to their compilers together.
func checkAll(_ jobs: [CheckJob], _ compilers: Compilers) -> [CheckResult] {
    guard jobs.count > 1 else { return jobs.map { check($0.source, $0.options, compilers) } }
    let drafts = inParallel(jobs) { CheckDraft($0.source, $0.options) }
    var programs: [EmbeddedProgram] = []
    var places: [EmbeddedProgram: Int] = [:]
    for program in drafts.flatMap(\.programs) where places[program.alone] == nil {
        places[program.alone] = programs.count
        programs.append(program.alone)
    }
    let halves =
        programs.count > 8
        ? [Array(programs[..<(programs.count / 2)]), Array(programs[(programs.count / 2)...])] : [programs]
    let problems = inParallel(halves) { compilers.problems(in: $0) }.flatMap { $0 }
    return drafts.map { draft in
        draft.finished(with: draft.programs.map { places[$0.alone].map { problems[$0] } ?? [] })
    }
}

/// The file with its safe mends applied until none is left, and how many they were.
func fixed(_ job: CheckJob, _ compilers: Compilers) -> (source: SourceText, count: Int) {
    var source = job.source
    var total = 0
    var before: [FixIt] = []
    // A mend may uncover another; one that comes back at its place has mended nothing, and is not made again.
    for _ in 0..<200 {
        let result = check(source, job.options, compilers)
        let findings = result.findings.filter { finding in
            guard let fix = finding.fix, !fix.replacement.isEmpty else { return true }
            return !before.contains { $0.span.start == fix.span.start && $0.replacement == fix.replacement }
        }
        before = findings.compactMap(\.fix)
        let (bytes, count) = applyingFixes(of: findings, to: source.bytes)
        guard count > 0, bytes != source.bytes else { break }
        source = SourceText(name: source.name, bytes: bytes)
        total += count
    }
    return (total > 0 ? keepingLayout(of: job.source, in: source) : source, total)
}
