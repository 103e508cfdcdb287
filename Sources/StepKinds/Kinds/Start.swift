import AutoSyntax
import CEL

/// START: where the automation begins.
package enum Start {
    package static let kind = StepKind(
        type: .start, summary: "Where the automation begins.", fields: [],
        takesResult: false, gives: "an empty text",
        result: { _, _ in .string },
        outsideText: { _ in .none },
        assumedResult: { _ in 20 },
        isPure: { _ in true },
        isInPlace: { _ in true },
        work: { _, _ in nil },
        sample: "START begin -> end")
}
