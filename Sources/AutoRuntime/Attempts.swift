import AutoChecker
import AutoSyntax
import CEL
import Computing
import StepKinds
import Synchronization
import Values

/// How long a step may take, from now on; of a step with effects, how long one attempt may take.
struct StepTime: Sendable {
    /// The step's `timeout` in nanoseconds; nil when it has none.
    let timeout: Int64?
    /// What computes for the step looks at this.
    let limit: TimeLimit

    init(_ timeout: Int64?) {
        self.timeout = timeout
        limit = TimeLimit(nanoseconds: timeout.map { UInt64(max(0, $0)) })
    }

    /// Why what was computed did not come to its end, when the limit is over.
    var failure: StepFailure {
        guard !Task.isCancelled, let timeout else { return .cancelled }
        return .timeout(timeout)
    }
}

extension Run {
    /// Each try within its timeout, again after a delay that grows.
    ///
    /// - Parameters:
    ///   - ordinal: the place of the step's record, from 0.
    ///   - next: the try with which it begins.
    /// - Returns: what came of the last try, and how much of its time is left.
    func attempts(_ work: StepWork, _ ordinal: Int, from next: NextTry) async throws(StepFailure)
        -> (StepOutcome, StepTime)
    {
        let step = work.step
        guard let executor = interpreter.executors[step] else {
            throw StepFailure(.unsupported, "\(step.type.rawValue) steps cannot run here")
        }
        let timeout = step.timeout ?? (step.leavesMachine ? Defaults.timeout : nil)
        // A test plays only the tries that are written.
        let unwritten = request.isRehearsal ? nil : step.retryOfModels
        let retry = unwritten ?? step.retry
        var attempt = next.attempt
        var waits = 0
        try await pause(before: next)
        while true {
            let time = StepTime(timeout)
            let end = AttemptTrace(ordinal: ordinal, attempt: attempt, recorder, interpreter.clock)
            // The first try's question stands with the record, and one behind tools is told when they have ended.
            if attempt > 1 {
                if work.tools?.replies.isEmpty ?? true, let question = executor.firstQuestion(for: work) {
                    try await end.asks(question)
                } else {
                    try await end.confirm()
                }
            }
            do throws(StepFailure) {
                let outcome = try await end.outside(for: work.element) { () async throws(StepFailure) in
                    try await tried(traced(work, end), executor, within: timeout)
                }
                // What a person takes is no try, neither here nor where a tool has to be allowed.
                if case .value = outcome, step.type != .getUserInput { end.succeeded() }
                return (outcome, time)
            } catch {
                let delay: Int64
                do throws(StepFailure) {
                    delay = try self.delay(after: error, attempt, &waits, retry, isWritten: unwritten == nil)
                } catch {
                    if step.type != .getUserInput { end.failed(error, delay: nil) }
                    throw error
                }
                try await end.wait(delay, after: error)
                attempt += 1
            }
        }
    }

    /// How often a step waits for a limit of a model's server without that counting as a try.
    private static let mostWaits = 20

    private func traced(_ work: StepWork, _ end: AttemptTrace) -> StepWork {
        work.traced(by: end) { [spending, recorder] happening in
            end.trace(happening)
            // After a crash the session goes on within the same bound: what was paid must be known then.
            if spending != nil && happening.word == .model { recorder.handOver() }
        }
    }

    private func tried(_ work: StepWork, _ executor: any StepExecutor, within timeout: Int64?)
        async throws(StepFailure) -> StepOutcome
    {
        guard let timeout else { return try await executor.execute(work) }
        do throws(StepFailure) {
            return try await within(timeout, interpreter.clock) { () async throws(StepFailure) in
                try await executor.execute(work)
            }
        } catch {
            // Of a model's step it may be a tool that has not answered.
            guard error.kind == .timeout, let slow = work.tools?.takeUnanswered() else { throw error }
            throw error.from(slow)
        }
    }

    /// Nanoseconds until the next try.
    ///
    /// A limit that says when it is over is met by many at once, of whom it lets a few through each time: waiting for it is
    /// no try, where nobody has written how many there are.
    private func delay(
        after failure: StepFailure, _ attempt: Int, _ waits: inout Int, _ retry: Retry, isWritten: Bool
    ) throws(StepFailure) -> Int64 {
        if !isWritten, failure.kind == .rateLimited, failure.retryAfter != nil, waits < Run.mostWaits {
            waits += 1
        }
        return try delayBeforeNext(
            retry, attempt - waits, failure, isWritten ? failure.isRetryable : failure.passesByItself)
    }

    /// Nanoseconds until the next try.
    ///
    /// - Parameter isWorthIt: whether another try may end otherwise.
    /// - Throws: why there is none: the failure of the last one, or that the session has been cancelled.
    func delayBeforeNext(
        _ retry: Retry, _ attempt: Int, _ failure: StepFailure, _ isWorthIt: Bool
    ) throws(StepFailure) -> Int64 {
        if Task.isCancelled { throw .cancelled }
        guard attempt < retry.attempts, isWorthIt else { throw failure }
        return try backoff(retry, attempt, failure)
    }

    /// Nanoseconds until the next try.
    ///
    /// - Throws: the failure itself, when the server asks for a longer wait than the step may take.
    private func backoff(_ retry: Retry, _ attempt: Int, _ failure: StepFailure) throws(StepFailure) -> Int64
    {
        if let seconds = failure.retryAfter {
            let most = retry.writtenMaxDelay ?? Defaults.longestWait
            guard seconds * 1e9 <= Double(most) else {
                throw StepFailure(
                    failure.kind,
                    "\(failure.message); it asks to wait \(durationText(seconds: seconds)), longer than \(textOfSeconds(Double(most) / 1e9))"
                )
            }
            return request.isRehearsal ? 0 : Int64(max(seconds, 0) * 1e9)
        }
        if request.isRehearsal { return 0 }
        var delay = Double(retry.firstDelay)
        for _ in 1..<max(attempt, 1) { delay *= retry.factor }
        return Int64(min(delay, Double(retry.maxDelay)) * Double.random(in: 0.5...1))
    }
}

/// Tells the trace of one try of a step.
struct AttemptTrace: Sendable {
    private let ordinal: Int
    private let attempt: Int
    private let recorder: Recorder
    private let clock: any Clock
    private let began: Int64

    init(ordinal: Int, attempt: Int, _ recorder: Recorder, _ clock: any Clock) {
        self.ordinal = ordinal
        self.attempt = attempt
        self.recorder = recorder
        self.clock = clock
        began = clock.now()
    }

    func trace(_ happening: TraceEvent.Happening) {
        recorder.trace(happening, of: ordinal, attempt: attempt)
    }

    /// Tells of a question to a model that is about to be asked.
    ///
    /// - Throws: that it cannot be written; the step's end meets the store's own error then.
    func asks(_ question: ModelQuestion) async throws(StepFailure) {
        try await stored { () async throws(StoreError) in
            try await recorder.write(.asking(question), of: ordinal, attempt: attempt)
        }
    }

    /// Makes sure, before another try, that no other process has the session by now.
    ///
    /// - Returns: until when none can take it; nil where none ever can.
    /// - Throws: that it has, or that the store cannot tell; the step's end meets the store's own error then.
    @discardableResult
    func confirm() async throws(StepFailure) -> ContinuousClock.Instant? {
        try await stored { () async throws(StoreError) in try await recorder.confirm() }
    }

    /// Does what may ask somebody outside, each time only while the session is this process's. What goes on behind it, such
    /// as a connection to a server of tools, is for other sessions, too, and is not held back.
    ///
    /// - Parameter element: of `each`, for which it is done.
    func outside<Outcome: Sendable>(
        for element: Element? = nil, _ body: () async throws(StepFailure) -> Outcome
    ) async throws(StepFailure) -> Outcome {
        let isOver = Atomic(false)
        defer { isOver.store(true, ordering: .releasing) }
        let confirm = { @Sendable () async throws(StepFailure) -> ContinuousClock.Instant? in
            isOver.load(ordering: .acquiring) ? nil : try await self.confirm()
        }
        let sending = Sending(confirm: confirm, element: element?.number)
        let outcome = await Sending.$current.withValue(sending) { () async -> Result<Outcome, StepFailure> in
            do throws(StepFailure) { return .success(try await body()) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    private func stored<Outcome>(
        _ body: () async throws(StoreError) -> Outcome
    ) async throws(StepFailure) -> Outcome {
        do throws(StoreError) { return try await body() } catch { throw StepFailure(.failed, error.message) }
    }

    func succeeded() { trace(.attempt(AttemptEnd(time: clock.now() - began))) }

    /// - Parameter delay: nanoseconds until the next try; nil when there is none.
    func failed(_ failure: StepFailure, delay: Int64?) {
        trace(
            .attempt(
                AttemptEnd(
                    time: clock.now() - began, kind: failure.kind, message: failure.message, delay: delay)))
    }

    /// Waits until the next try.
    ///
    /// - Parameter delay: nanoseconds.
    /// - Throws: that the session has been cancelled.
    func wait(_ delay: Int64, after failure: StepFailure) async throws(StepFailure) {
        failed(failure, delay: delay)
        recorder.retrying(ordinal, attempt: attempt, delay: delay, failure)
        // A wait may be long, and whoever looks meanwhile sees why.
        recorder.handOver()
        do throws(CancellationError) { try await clock.sleep(nanoseconds: delay) } catch { throw .cancelled }
    }
}

extension StepWork {
    /// The same work, of which something else hears what happens, and a try's trace who is asked.
    fileprivate func traced(
        by end: AttemptTrace, _ trace: @escaping @Sendable (TraceEvent.Happening) -> Void
    ) -> StepWork {
        var work = self
        work.trace = trace
        work.asking = { (question) async throws(StepFailure) in try await end.asks(question) }
        return work
    }
}

/// Runs a body for at most so long.
package func within<Result: Sendable>(
    _ nanoseconds: Int64, _ clock: any Clock,
    _ body: @escaping @Sendable () async throws(StepFailure) -> Result
) async throws(StepFailure) -> Result {
    let outcome = await withTaskGroup(of: Swift.Result<Result, StepFailure>?.self) { group in
        group.addTask {
            do throws(StepFailure) { return .success(try await body()) } catch { return .failure(error) }
        }
        group.addTask {
            try? await clock.sleep(nanoseconds: nanoseconds)
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
    switch outcome {
    case .success(let result): return result
    case .failure(let failure): throw failure
    case nil:
        if Task.isCancelled { throw .cancelled }
        throw .timeout(nanoseconds)
    }
}

extension StepFailure {
    /// Nothing came within so many nanoseconds; another try may help.
    package static func timeout(_ nanoseconds: Int64) -> StepFailure {
        StepFailure(
            .timeout, "no answer within \(textOfSeconds(Double(nanoseconds) / 1e9))", retryable: true)
    }

    /// The same failure, which says who has not answered.
    ///
    /// - Parameter source: as the end of a sentence.
    func from(_ source: String) -> StepFailure {
        StepFailure(kind, "\(message) from \(source)", retryable: isRetryable)
    }
}

private func textOfSeconds(_ seconds: Double) -> String {
    // A server may say any number.
    guard seconds < 1e9 else { return "more than thirty years" }
    if seconds < 1 { return "\(Int(seconds * 1_000)) ms" }
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
}
