import AutoSyntax
import Foundation
import Testing

/// What the reference says holds where nothing is written is what holds.
@Suite(.timeLimit(.minutes(1))) struct DefaultsTests {
    private func seconds(_ nanoseconds: Int64) -> Int64 { nanoseconds / 1_000_000_000 }

    @Test func theReferenceSaysThem() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("Grammar/README.md"), encoding: .utf8)
        let factor = Int(Defaults.factor)
        for sentence in [
            "the run stops at \(Defaults.visits) visits",
            "a step that leaves the machine has \(seconds(Defaults.timeout) / 60) minutes where none is written",
            "else up to \(seconds(Defaults.longestWait) / 60) minutes",
            "Left out: \(Defaults.attempts) attempts, \(seconds(Defaults.firstDelay))s, \(factor), \(seconds(Defaults.maxDelay))s",
        ] {
            #expect(text.contains(sentence), "Grammar/README.md does not say: \(sentence)")
        }
    }

    @Test func theWordsAreTheNumber() {
        #expect(Defaults.timeoutInWords == "ten minutes" && seconds(Defaults.timeout) == 600)
    }
}
