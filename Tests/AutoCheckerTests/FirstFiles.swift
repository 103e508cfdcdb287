import AutoChecker
import Diagnostics

/// What checking and mending a first file gives.
struct CheckedFile {
    let findings: [Diagnostic]
    /// The file with its safe mends, applied until none is left.
    let mended: String
    let left: [Diagnostic]
}

/// Small files in which a slip stands, for the suites of first files.
protocol FirstFiles {}

extension FirstFiles {
    func checked(_ text: String) -> CheckedFile {
        let findings = check(SourceText(name: "first.auto", text: text)).findings
        var bytes = Array(text.utf8)
        for _ in 0..<5 {
            let now = check(SourceText(name: "first.auto", bytes: bytes)).findings
            let (next, count) = applyingFixes(of: now, to: bytes)
            guard count > 0 else { break }
            bytes = next
        }
        let left = check(SourceText(name: "first.auto", bytes: bytes)).findings
        return CheckedFile(findings: findings, mended: String(decoding: bytes, as: UTF8.self), left: left)
    }

    func ask(_ block: String) -> String {
        "automation \"A\"\ninput x: text = \"\"\nSTART begin -> ask\nLLM_CALL ask -> end {\n  timeout: 30s\n\(block)\n}\n"
    }

    func value(_ value: String, inputs: String = "input n: int = 1\ninput t: text = \"\"\n") -> String {
        "automation \"A\"\n\(inputs)START begin -> d\nDATA_TRANSFORM d -> end { prompt_template { value: \(value) } }\n"
    }
}
