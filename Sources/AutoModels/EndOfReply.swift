import AutoRuntime
import StepKinds
import Synchronization

/// The moment at which a streamed reply says that nothing comes behind it.
///
/// What becomes of the connection then says nothing of the reply: some servers break it, and some keep it open.
final class EndOfReply: Sendable {
    private let isThere = Mutex(false)
    private let signal = AsyncStream<Void>.makeStream()

    /// Says that the end has come; saying it again changes nothing.
    func hasCome() {
        isThere.withLock { $0 = true }
        signal.continuation.finish()
    }

    /// Waits for an answer, no longer than a second behind the reply's end: that is time for an orderly end of the
    /// answer, after which the connection serves the next request.
    ///
    /// - Returns: the answer; nil where it did not end well although the reply did.
    /// - Throws: what `send` throws before the reply's end.
    func awaiting(
        _ clock: any Clock, _ send: @escaping @Sendable () async throws(StepFailure) -> HTTPResponse
    ) async throws(StepFailure) -> HTTPResponse? {
        let outcome = await withTaskGroup(of: Result<HTTPResponse?, StepFailure>.self) { group in
            group.addTask {
                do throws(StepFailure) { return .success(try await send()) } catch { return .failure(error) }
            }
            group.addTask { [signal] in
                for await _ in signal.stream {}
                // The answer was there first.
                if Task.isCancelled { return .success(nil) }
                try? await clock.sleep(nanoseconds: 1_000_000_000)
                return .success(nil)
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .success(nil)
        }
        if Task.isCancelled { throw .cancelled }
        switch outcome {
        case .success(let response): return response
        case .failure(let error):
            guard isThere.withLock({ $0 }) else { throw error }
            return nil
        }
    }
}
