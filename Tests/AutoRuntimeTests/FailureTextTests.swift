import AutoRuntime
import StepKinds
import Testing

@Suite(.timeLimit(.minutes(1))) struct FailureTextTests {
    /// A store would end the text there, so that what is shown of a run would not be what was kept of it.
    @Test func whyAStepFailedHoldsNoNull() {
        #expect(StepFailure(.status, "ValueError: A\u{0}B").message == "ValueError: A\u{FFFD}B")
        #expect(StepFailure(.status, "as it is").message == "as it is")
    }
}
