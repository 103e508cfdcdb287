import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ctrl-C and termination signals while a session runs: the first cancels it, and it ends in good order; Ctrl-C once
/// more quits at once, whatever that takes so long.
package final class Interrupts: Sendable {
    private let isStopping = Mutex(false)
    private let tell: @Sendable () -> Void
    private let cancel: @Sendable () -> Void
    private let quit: @Sendable () -> Void

    /// - Parameters:
    ///   - tell: says that the session is being cancelled.
    ///   - cancel: cancels it.
    ///   - quit: ends the process at once.
    package init(
        tell: @escaping @Sendable () -> Void, cancel: @escaping @Sendable () -> Void,
        quit: @escaping @Sendable () -> Void
    ) {
        self.tell = tell
        self.cancel = cancel
        self.quit = quit
    }

    /// Does what a signal asks for.
    package func take(_ number: Int32) {
        let isFirst = isStopping.withLock { isStopping in
            defer { isStopping = true }
            return !isStopping
        }
        guard isFirst else {
            // A supervisor may ask several times, and means the same.
            if number == SIGINT { quit() }
            return
        }
        if number == SIGINT { tell() }
        cancel()
    }

    /// Takes the signals of the process while the body runs; behind it they end the process again, like any.
    ///
    /// - Throws: what the body throws.
    package func during<Result>(_ body: () async throws -> Result) async throws -> Result {
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { self.take(number) }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
        return try await body()
    }
}
