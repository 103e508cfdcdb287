import AutoChecker
import Diagnostics

/// The errors that are told of a first file.
func errors(_ text: String) -> [Diagnostic] {
    check(SourceText(name: "first.auto", text: text)).findings.filter { $0.severity == .error }
}

/// What `--fix` makes of a first file, in as many rounds as it takes.
func mended(_ text: String) -> String {
    var bytes = Array(text.utf8)
    for _ in 0..<5 {
        let findings = check(SourceText(name: "first.auto", bytes: bytes)).findings
        let next = applyingFixes(of: findings, to: bytes).0
        if next == bytes { break }
        bytes = next
    }
    return String(decoding: bytes, as: UTF8.self)
}
