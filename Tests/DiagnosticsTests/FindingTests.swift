import Diagnostics
import Testing

/// Findings as a list: their order, and the mends that are applied.
@Suite(.timeLimit(.minutes(1))) struct FindingTests {
    private func finding(_ start: Int, _ end: Int, _ replacement: String, isSafe: Bool = true) -> Diagnostic {
        let span = Span(start, end)
        return Diagnostic(
            .expected, "m", at: span, fix: FixIt(span: span, replacement: replacement, isSafe: isSafe))
    }

    private func mended(_ findings: [Diagnostic]) -> (text: String, count: Int) {
        let (bytes, count) = applyingFixes(of: findings, to: Array("abcdef".utf8))
        return (String(decoding: bytes, as: UTF8.self), count)
    }

    @Test func fixesAreAppliedByTheirPlaces() {
        let (text, count) = mended([
            finding(4, 5, "E!"), finding(0, 0, "<"), finding(1, 3, ""), finding(6, 6, ">"),
        ])
        #expect(text == "<adE!f>" && count == 4)
    }

    @Test func ofTwoThatOverlapTheFirstCounts() {
        let (text, count) = mended([finding(2, 4, "Y"), finding(1, 3, "X")])
        #expect(text == "aXdef" && count == 1)
    }

    @Test func whatIsNotSafeOrNotThereIsLeft() {
        let (text, count) = mended([finding(0, 1, "X", isSafe: false), finding(5, 7, "Y")])
        #expect(text == "abcdef" && count == 0)
    }

    @Test func standInTheOrderOfTheirPlaces() {
        let first = Diagnostic(.unknownStep, "a", at: Span(1, 2))
        let second = Diagnostic(.unknownName, "b", at: Span(1, 2))
        let third = Diagnostic(.expected, "c", at: Span(3, 4))
        #expect([third, second, first, third].inOrder() == [first, second, third])
    }

    @Test func aWarningIsNoError() {
        let warning = Diagnostic(.noTimeout, "w", at: .none)
        #expect(![warning].hasErrors && [warning, Diagnostic(.expected, "e", at: .none)].hasErrors)
    }

    @Test func codesAreALetterAndThreeDigits() {
        for code in Code.allCases {
            let digits = code.rawValue.dropFirst()
            #expect(code.rawValue.hasPrefix("A") && digits.count == 3 && Int(digits) != nil, "\(code)")
        }
    }
}
