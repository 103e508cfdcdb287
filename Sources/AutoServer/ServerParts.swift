package import AutoChecker
package import AutoRuntime
import CEL
package import Diagnostics
package import Logging

/// What a server is given of the world.
package struct ServerParts: Sendable {
    package let store: any Store
    package let clock: any Clock
    package let log: Logger
    /// Checks a text as it would be checked at this path (empty for one that came by the API).
    package let check: @Sendable (_ source: SourceText, _ path: String) throws(PartsError) -> CheckResult
    /// What runs the steps of an automation from this path.
    package let executors:
        @Sendable (_ path: String, _ usage: @escaping UsageListener) throws(PartsError) -> Executors
    package let secret: @Sendable (String) -> String?
    /// What records hide besides secrets, by name: the keys of models.
    package let hidden: [String: String]
    package let served: ServedFiles

    package init(
        store: any Store, clock: any Clock, log: Logger, served: ServedFiles,
        check: @escaping @Sendable (_ source: SourceText, _ path: String) throws(PartsError) -> CheckResult,
        executors:
            @escaping @Sendable (_ path: String, _ usage: @escaping UsageListener) throws(PartsError) ->
            Executors,
        secret: @escaping @Sendable (String) -> String?, hidden: [String: String]
    ) {
        self.store = store
        self.clock = clock
        self.log = log
        self.check = check
        self.executors = executors
        self.secret = secret
        self.hidden = hidden
        self.served = served
    }
}

/// Why a part of the world cannot be had, in a sentence.
package struct PartsError: Error, Sendable {
    package let message: String

    package init(_ message: String) { self.message = message }
}

package struct ServerLimits: Sendable {
    /// Sessions that run at once; more wait in the queue.
    package var atOnce = 1_000
    /// Sessions that wait for their turn; what goes beyond is answered by 429.
    package var queue = 10_000
    /// Bytes of a request's body.
    package var body = 8 << 20
    /// Requests a second of one token.
    package var rate = 20_000
    /// Seconds in which a request's head, and then its body, must have come.
    package var requestSeconds: Int64 = 30

    package init() {}
}
