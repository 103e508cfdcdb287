package import AutoSyntax
import Diagnostics

/// Where the comments of a file stand that silence findings.
package struct SilencePlaces: Sendable {
    /// The lines of the texts that go over several lines, from 0; what begins in the last line of another one is one with it.
    private let texts: [ClosedRange<Int>]

    package init(_ tree: SyntaxTree) {
        var texts: [ClosedRange<Int>] = []
        for token in tree.tokens {
            let first = tree.source.lineIndex(at: token.span.start)
            let last = tree.source.lineIndex(at: max(token.span.start, token.span.end - 1))
            guard first < last else { continue }
            if let before = texts.last, first <= before.upperBound {
                texts[texts.count - 1] = before.lowerBound...max(last, before.upperBound)
            } else {
                texts.append(first...last)
            }
        }
        self.texts = texts
    }

    /// The line before which a comment silences what is found in a line: this one itself, or the first one of the text that
    /// it is in, where a comment would be part of the text.
    ///
    /// - Parameter line: counted from 0, as the answer is.
    package func lineBehindComments(of line: Int) -> Int {
        var (low, high) = (0, texts.count)
        while low < high {
            let middle = (low + high) / 2
            if texts[middle].upperBound < line { low = middle + 1 } else { high = middle }
        }
        return low < texts.count && texts[low].contains(line) ? texts[low].lowerBound : line
    }
}

/// What the comments silence.
private struct Silenced: Hashable {
    /// The line behind the comments, from 0.
    let line: Int
    let code: String
}

private let marker = "# autocheck: ignore "

/// Takes out findings that a comment above silences, and reports comments without a reason and those that silence what
/// cannot be silenced.
func applyIgnores(_ findings: [Diagnostic], _ source: SourceText) -> [Diagnostic] {
    guard mayHoldMarker(source) else { return findings }
    let tree = parseAutomation(source).tree
    let places = SilencePlaces(tree)
    // The last one of a place is taken first.
    var open: [Silenced: [Int]] = [:]
    for (number, finding) in findings.enumerated().reversed() where finding.code.isSilenceable {
        let line = places.lineBehindComments(of: source.lineIndex(at: finding.span.start))
        open[Silenced(line: line, code: finding.code.rawValue), default: []].append(number)
    }
    var silenced = Set<Int>()
    var told: [Diagnostic] = []
    for comment in commentLines(of: tree) {
        let text = source.text(comment.span)
        guard text.hasPrefix(marker) else { continue }
        let words = text.dropFirst(marker.count).split(separator: " ", maxSplits: 1)
        guard let code = words.first.map(String.init) else { continue }
        if let finding = findingOfComment(silencing: code, hasReason: words.count > 1, at: comment.span) {
            told.append(finding)
        }
        // One comment silences one finding.
        if let number = open[Silenced(line: comment.lineBehind, code: code)]?.popLast() {
            silenced.insert(number)
        }
    }
    let kept = findings.indices.filter { !silenced.contains($0) }.map { findings[$0] }
    return (kept + told).inOrder()
}

/// What is wrong with a comment that silences a code; nil where nothing is.
private func findingOfComment(silencing code: String, hasReason: Bool, at span: Span) -> Diagnostic? {
    if let known = Code(rawValue: code), !known.isSilenceable {
        return Diagnostic(
            .ignoreWithoutReason,
            "\(code) cannot be silenced: the file would run without what could not be read or found",
            at: span,
            help: "mend what \(code) tells, and leave this comment out")
    }
    guard !hasReason else { return nil }
    return Diagnostic(
        .ignoreWithoutReason, "this comment silences \(code) without a reason", at: span,
        help: "say why behind the code")
}

/// Whether a line begins as a comment that silences; also one of a text may.
private func mayHoldMarker(_ source: SourceText) -> Bool {
    let bytes = Array(marker.utf8)
    return (0..<source.lineCount).contains { line in
        source.line(line).drop { $0 == 0x20 || $0 == 0x09 }.starts(with: bytes)
    }
}

/// The comments that have their lines for themselves, each with the first line behind it that is none of them.
private func commentLines(of tree: SyntaxTree) -> [(span: Span, lineBehind: Int)] {
    var comments: [(span: Span, line: Int)] = []
    for (number, token) in tree.tokens.enumerated() where token.leading.start < token.leading.end {
        for comment in tree.comments(before: number) where !comment.isTrailing {
            comments.append((comment.span, tree.source.lineIndex(at: comment.span.start)))
        }
    }
    var found: [(span: Span, lineBehind: Int)] = []
    var behind = -1
    var lineBelow = -1
    for comment in comments.reversed() {
        if comment.line + 1 != lineBelow { behind = comment.line + 1 }
        lineBelow = comment.line
        found.append((comment.span, behind))
    }
    return found.reversed()
}
