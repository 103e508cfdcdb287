/// How much a finding weighs: a file with an error does not run.
package enum Severity: String, Sendable, Hashable, CaseIterable {
    case error
    case warning
}

/// A second place that explains a finding.
package struct Note: Sendable, Hashable {
    /// Where the second place is.
    package let span: Span
    /// A few words about it.
    package let label: String

    package init(_ span: Span, _ label: String) {
        self.span = span
        self.label = label
    }
}

/// A replacement of one span of the source by new text.
package struct FixIt: Sendable, Hashable {
    /// What is replaced.
    package let span: Span
    /// What is put in its place; empty to leave it out.
    package let replacement: String
    /// Whether it may be applied unseen: it means the same after, or it could not run before and nothing else can be meant.
    package let isSafe: Bool

    package init(span: Span, replacement: String, isSafe: Bool = true) {
        self.span = span
        self.replacement = replacement
        self.isSafe = isSafe
    }
}

/// The text with the safe mends of its findings applied, and how many they were; of two that overlap the
/// first counts.
package func applyingFixes(of findings: [Diagnostic], to bytes: [UInt8]) -> (bytes: [UInt8], count: Int) {
    let (mended, fixes) = withFixes(of: findings, in: bytes)
    return (mended, fixes.count)
}

/// The text with the safe mends of its findings applied, and those that were: not those that overlap an earlier one.
package func withFixes(
    of findings: [Diagnostic], in bytes: [UInt8]
) -> (bytes: [UInt8], applied: [FixIt]) {
    let fixes = findings.compactMap(\.fix).filter { $0.isSafe && $0.span.end <= bytes.count }
        .sorted { ($0.span.start, $0.span.end) < ($1.span.start, $1.span.end) }
    // What is put around a place is made of it as it was: what would go in front of it waits for the next time.
    let wrapped = Set(
        fixes.filter { fix in
            fix.span.start < fix.span.end
                && fix.replacement.contains(
                    String(decoding: bytes[fix.span.start..<fix.span.end], as: UTF8.self))
        }.map(\.span.start))
    var output: [UInt8] = []
    var copied = 0
    var applied: [FixIt] = []
    for fix in fixes where fix.span.start >= copied {
        if fix.span.start == fix.span.end, wrapped.contains(fix.span.start) { continue }
        output += bytes[copied..<fix.span.start]
        output += Array(fix.replacement.utf8)
        copied = fix.span.end
        applied.append(fix)
    }
    return (output + bytes[copied...], applied)
}

/// One finding: what is wrong, where, and how to mend it.
package struct Diagnostic: Sendable, Hashable, Error {
    /// What kind of finding it is, by which it is looked up and ignored.
    package let code: Code
    /// How much it weighs.
    package var severity: Severity
    /// A sentence without a full stop, in the user's words.
    package let message: String
    /// Where it is.
    package let span: Span
    /// A few words under the carets; empty for none.
    package let label: String
    /// Other places that explain it.
    package let notes: [Note]
    /// The mend, pastable; nil when there is none to offer.
    package let help: String?
    /// The mend as a change of the text; nil where no single one is meant.
    package var fix: FixIt?

    package init(
        _ code: Code, _ message: String, at span: Span, label: String = "", notes: [Note] = [],
        help: String? = nil, fix: FixIt? = nil
    ) {
        self.code = code
        self.severity = code.severity
        self.message = message
        self.span = span
        self.label = label
        self.notes = notes
        self.help = help
        self.fix = fix
    }
}

extension Array where Element == Diagnostic {
    /// Whether one of the findings is an error.
    package var hasErrors: Bool { contains { $0.severity == .error } }

    /// By place, then code; the same finding at the same place stands once.
    package func inOrder() -> [Diagnostic] {
        var seen = Set<Diagnostic>()
        return filter { seen.insert($0).inserted }
            .sorted { ($0.span.start, $0.code.rawValue) < ($1.span.start, $1.code.rawValue) }
    }
}
