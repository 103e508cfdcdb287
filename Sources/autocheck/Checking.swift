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

/// The same files, each told which of its types the other ones take.
func knowingTakenTypes(_ jobs: [CheckJob]) -> [CheckJob] {
    guard jobs.count > 1 else { return jobs }
    var taken: [String: Set<String>] = [:]
    for (path, name) in inParallel(jobs, { takenTypes(by: $0.source) }).flatMap({ $0 }) {
        taken[path, default: []].insert(name)
    }
    guard !taken.isEmpty else { return jobs }
    return jobs.map { job in
        guard let types = taken[canonical(job.source.name)] else { return job }
        var options = job.options
        options.takenTypes = types
        return CheckJob(source: job.source, options: options)
    }
}

/// The types that a file takes from others, each with the path of the file that declares it.
private func takenTypes(by source: SourceText) -> [(path: String, name: String)] {
    // Most files take none, and need not be read twice.
    guard source.bytes.firstRange(of: Array("from".utf8)) != nil else { return [] }
    let folder = parent(of: absolute(source.name))
    return parseAutomation(source).automation.types.compactMap { type -> (path: String, name: String)? in
        switch type.body {
        case .file(let path): (canonical(folder + "/" + path.text), type.name.text)
        case .here: nil
        }
    }
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
    var made: [FixIt] = []
    // A mend may uncover another; one that was made and comes back at its place has mended nothing, and is not made again.
    for _ in 0..<200 {
        var back: [FixIt] = []
        let findings = check(source, job.options, compilers).findings.filter { finding in
            guard let fix = finding.fix, !fix.replacement.isEmpty else { return true }
            guard
                made.contains(where: { $0.span.start == fix.span.start && $0.replacement == fix.replacement })
            else { return true }
            back.append(fix)
            return false
        }
        let (bytes, applied) = withFixes(of: findings, in: source.bytes)
        guard !applied.isEmpty, bytes != source.bytes else { break }
        made = applied + back
        source = SourceText(name: source.name, bytes: bytes)
        total += applied.count
    }
    return (total > 0 ? keepingLayout(of: job.source, in: source) : source, total)
}
