import AutoConfig
import AutoServer
import Testing

/// The limits of a server that nobody has set.
@Suite(.timeLimit(.minutes(1))) struct ServerLimitsTests {
    /// A server that a program starts is as limited as one of the command line.
    @Test func theUsualLimitsAreThoseOfTheOptions() {
        let limits = ServerLimits()
        let usual: [ServeOption: Int] = [
            .atOnce: limits.atOnce, .queue: limits.queue, .maxBody: limits.body >> 10, .rate: limits.rate,
            .requestSeconds: Int(limits.requestSeconds), .grace: Int(limits.graceSeconds),
        ]
        for option in ServeOption.allCases where option.kind == .number {
            #expect(usual[option].map(ServeValue.number) == option.usual, "\(option)")
        }
    }
}
