import AutoChecker
import Diagnostics
import Processes
import Values

/// jq's compiler, asked in a worker. Nothing is run.
struct JQCompiler {
    /// What the compiler says of a program, line by line; nil for one that compiles.
    let messages: (String) -> String?

    /// What jq says of each program. Compiling costs about 20 ms whatever the program, so several go as one
    /// first.
    func problems(_ programs: [String]) -> [ProgramProblem?] {
        var problems = [ProgramProblem?](repeating: nil, count: programs.count)
        for (index, program) in programs.enumerated() {
            problems[index] = moduleProblem(program) ?? environmentProblem(program)
        }
        let open = programs.indices.filter { problems[$0] == nil }
        let (joinable, single) = (
            open.filter { isBalanced(programs[$0]) }, open.filter { !isBalanced(programs[$0]) }
        )
        check(joinable, programs, &problems)
        for index in single { problems[index] = problem(programs[index]) }
        return problems
    }

    private func check(_ indices: [Int], _ programs: [String], _ problems: inout [ProgramProblem?]) {
        guard indices.count > 1 else {
            if let index = indices.first { problems[index] = problem(programs[index]) }
            return
        }
        // The line break ends a comment that a program may end with.
        let definitions = indices.map { "def p\($0): (\(programs[$0])\n);" }.joined(separator: "\n")
        // jq looks only at what is used.
        let joined = definitions + indices.map { "p\($0)" }.joined(separator: ", ")
        if messages(joined) == nil { return }
        let half = indices.count / 2
        check(Array(indices[..<half]), programs, &problems)
        check(Array(indices[half...]), programs, &problems)
    }

    private func problem(_ program: String) -> ProgramProblem? {
        guard let said = messages(program) else { return nil }
        let lines = said.split(separator: "\n", omittingEmptySubsequences: false)
        var words = String(lines.first ?? "it does not compile")
        for prefix in ["jq: error: ", "jq: error (at <unknown>): "] where words.hasPrefix(prefix) {
            words.removeFirst(prefix.count)
        }
        if let cut = words.firstRange(ofText: " at <top-level>") { words = String(words[..<cut.lowerBound]) }
        if let cut = words.firstRange(ofText: " (Unix shell") { words = String(words[..<cut.lowerBound]) }
        let range = place(String(lines.first ?? ""), lines.count > 1 ? lines[1] : "", program)
        return ProgramProblem(
            .badJQ, "this jq program does not compile: \(plain(words))", range, help: help(words))
    }

    /// jq names the line, and behind the line's text it puts as many blanks as the column is far in.
    private func place(_ heading: String, _ shown: Substring, _ program: String) -> Range<Int> {
        guard let mark = heading.firstRange(ofText: ", line "),
            let number = Int(heading[mark.upperBound...].prefix { $0.isNumber })
        else {
            let format = heading.split(separator: " ").first { program.firstRange(ofText: "@\($0)") != nil }
            guard let format, let found = program.firstRange(ofText: "@\(format)") else {
                return 0..<max(1, program.utf8.count)
            }
            let start = program[..<found.lowerBound].utf8.count
            return start..<start + format.utf8.count + 1
        }
        let bytes = Array(program.utf8)
        var start = 0
        for _ in 1..<max(1, number) {
            start = (bytes[start...].firstIndex(of: 0x0A) ?? bytes.count - 1) + 1
            if start >= bytes.count { break }
        }
        let length = bytes[min(start, bytes.count)...].prefix { $0 != 0x0A }.count
        let column = max(0, min(shown.utf8.count - length, length))
        let place = start + column
        let word = bytes[min(place, bytes.count)...].prefix { isWord($0) }.count
        return place..<place + max(1, word)
    }

    private func isWord(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte == 0x24 || (byte >= 0x30 && byte <= 0x39)
            || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
    }

    private func plain(_ words: String) -> String {
        for (theirs, ours) in [
            ("$end", "the end"), ("INVALID_CHARACTER", "character"),
            ("memory exhausted", "it nests too deep"),
            ("QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END", "a closing quote"),
        ] {
            if let range = words.firstRange(ofText: theirs) {
                return plain(String(words[..<range.lowerBound]) + ours + String(words[range.upperBound...]))
            }
        }
        return words
    }

    private func help(_ words: String) -> String? {
        if words.hasPrefix("$"), words.contains("is not defined") {
            return
                "values come in by `input`: input: { data: …, \(words.dropFirst().prefix { $0.isLetter || $0 == "_" }): … }"
        }
        return nil
    }

    /// Modules are files, and a program of an automation reads none.
    private func moduleProblem(_ program: String) -> ProgramProblem? {
        let start = program.utf8.prefix { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D }.count
        let rest = String(program.dropFirst(start))
        for word in ["import", "include"] where rest.hasPrefix(word + " ") || rest.hasPrefix(word + "\"") {
            return ProgramProblem(
                .badJQ, "jq modules are files of their own, which an automation does not read",
                start..<start + word.utf8.count, help: "write the functions into the program: def name: …;")
        }
        return nil
    }

    /// The environment holds keys, which would come into the result: programs see an empty one.
    private func environmentProblem(_ program: String) -> ProgramProblem? {
        let bytes = Array(program.utf8)
        for word in ["$ENV", "env"] {
            let wanted = Array(word.utf8)
            var index = 0
            while index + wanted.count <= bytes.count {
                defer { index += 1 }
                guard bytes[index..<(index + wanted.count)].elementsEqual(wanted) else { continue }
                let before = index > 0 ? bytes[index - 1] : 0x20
                let rest = bytes[(index + wanted.count)...]
                let after = rest.first { $0 != 0x20 } ?? 0x20
                // `.env`, `"env"` and `env:` are keys.
                let isName =
                    !isWord(before) && before != 0x2E && before != 0x22 && after != 0x3A
                    && !(rest.first.map(isWord) ?? false)
                guard isName else { continue }
                return ProgramProblem(
                    .secretOutOfPlace, "the environment cannot be read here: it holds keys",
                    index..<index + wanted.count, help: "pass what is needed in by `input`")
            }
        }
        return nil
    }

    /// Whether brackets close in order, so that the program can stand inside others and stay what it is.
    private func isBalanced(_ program: String) -> Bool {
        var open: [UInt8] = []
        var inText = false
        let bytes = Array(program.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if inText {
                // An interpolation holds a program of its own: such programs are compiled alone.
                if byte == 0x5C, index < bytes.count {
                    if bytes[index] == 0x28 { return false }
                    index += 1
                } else if byte == 0x22 {
                    inText = false
                }
                continue
            }
            switch byte {
            case 0x22: inText = true
            case 0x23: index = (bytes[index...].firstIndex(of: 0x0A) ?? bytes.count)
            case 0x28, 0x5B, 0x7B: open.append(byte)
            case 0x29: if open.popLast() != 0x28 { return false }
            case 0x5D: if open.popLast() != 0x5B { return false }
            case 0x7D: if open.popLast() != 0x7B { return false }
            default: break
            }
        }
        return open.isEmpty && !inText
    }
}
