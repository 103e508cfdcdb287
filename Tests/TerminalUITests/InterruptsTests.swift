import Synchronization
import TerminalUI
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What signals do to a session that runs.
@Suite(.timeLimit(.minutes(1))) struct InterruptsTests {
    @Test(arguments: [
        ([SIGINT], ["tell", "cancel"]),
        ([SIGINT, SIGINT], ["tell", "cancel", "quit"]),
        ([SIGTERM, SIGTERM], ["cancel"]),
        ([SIGTERM, SIGINT], ["cancel", "quit"]),
        ([SIGINT, SIGTERM], ["tell", "cancel"]),
    ])
    func theFirstCancelsAndControlCOnceMoreQuits(signals: [Int32], done: [String]) {
        let log = Mutex<[String]>([])
        let interrupts = Interrupts(
            tell: { log.withLock { $0.append("tell") } }, cancel: { log.withLock { $0.append("cancel") } },
            quit: { log.withLock { $0.append("quit") } })
        for signal in signals { interrupts.take(signal) }
        #expect(log.withLock { $0 } == done)
    }
}
