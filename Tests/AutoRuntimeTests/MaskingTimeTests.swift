import Computing
import Testing
import Values

@testable import AutoRuntime

/// Looking for secrets ends with the time of the step.
@Suite(.timeLimit(.minutes(1))) struct MaskingTimeTests {
    private let masker = Masker(["KEY": "canary-0123456789"])

    @Test(.timeLimit(.minutes(1)), arguments: ["a", "\\\"", "ab=", "YWJj"])
    func nothingIsLookedThroughAfterTheTime(part: String) {
        let text = String(repeating: part, count: 200_000)
        #expect(masker.shown(.string(text), TimeLimit(nanoseconds: 0)) == nil)
        let cancelled = TimeLimit()
        cancelled.cancel()
        #expect(masker.shown(.list([.string(text)]), cancelled) == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func inTimeEverythingIsHidden() throws {
        let value = Value.list([
            .string(String(repeating: "a", count: 100_000)), .string("is canary-0123456789"),
        ])
        let shown = try #require(masker.shown(value, TimeLimit()))
        #expect(shown.secrets == ["KEY"] && shown.value == masker.mask(value))
    }
}
