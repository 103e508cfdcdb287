import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct DurationTextTests {
    @Test(arguments: [
        (0, "0.0 s"), (0.049, "0.0 s"), (0.05, "0.1 s"), (0.25, "0.3 s"), (1, "1.0 s"), (13.749, "13.7 s"),
        (59.96, "1 min"), (65.25, "1 min 5.3 s"), (3_599.9, "59 min 59.9 s"), (3_600, "1 h"),
        (7_384, "2 h 3 min"), (-1, "0.0 s"), (1e300, "more than thirty years"),
        (.infinity, "more than thirty years"),
    ])
    func durationsAreReadToTheTenth(_ seconds: Double, _ text: String) {
        #expect(durationText(seconds: seconds) == text)
    }
}
