import AutoSyntax
import Diagnostics

/// Characters that turn the direction of what follows them, the first of each line: an editor and a review then show
/// other text than the one that runs.
@Sendable func checkDirections(_ context: CheckContext) -> [Diagnostic] {
    let source = context.automation.source
    var findings: [Diagnostic] = []
    var next = 0
    while let start = source.bytes[next...].firstIndex(of: 0xE2) {
        next = start + 1
        guard let scalar = turning(source.bytes[start...].prefix(3)) else { continue }
        let number = "U+" + String(scalar, radix: 16, uppercase: true)
        findings.append(
            Diagnostic(
                .turnedText,
                "the character \(number) turns the direction here: what an editor shows is not what runs",
                at: Span(start, start + 3),
                help:
                    "take it out; where a text needs it, write \\u\(number.dropFirst(2)), which everybody sees",
                fix: FixIt(span: Span(start, start + 3), replacement: "", isSafe: false)))
        next = source.bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? source.bytes.endIndex
    }
    return findings
}

/// The character of three bytes in UTF-8, if it is one of Unicode's embeddings, overrides and isolates.
private func turning(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count == 3, bytes[bytes.startIndex] == 0xE2 else { return nil }
    let scalar =
        0x2000 | Int(bytes[bytes.startIndex + 1] & 0x3F) << 6 | Int(bytes[bytes.startIndex + 2] & 0x3F)
    switch scalar {
    case 0x202A...0x202E, 0x2066...0x2069: return scalar
    default: return nil
    }
}
