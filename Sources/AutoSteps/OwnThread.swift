import Dispatch
import Synchronization

/// Runs a body that cannot be interrupted on a thread of its own; nil when it takes longer than so many seconds or the task is cancelled.
///
/// C code such as jq's knows no cancellation. A thread that overruns is left behind; it ends with its work or with the process.
package func onOwnThread<Result: Sendable>(limit seconds: Int?, _ body: @escaping @Sendable () -> Result)
    async -> Result?
{
    let once = Once<Result?>()
    return await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            once.set(continuation)
            DispatchQueue(label: "program").async { once.resume(body()) }
            guard let seconds else { return }
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) { once.resume(nil) }
        }
    } onCancel: {
        once.resume(nil)
    }
}

/// A continuation that whoever comes first resumes.
private final class Once<Result: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Result, Never>)
        case done(Result)
        case over
    }

    private let state = Mutex<State>(.empty)

    func set(_ continuation: CheckedContinuation<Result, Never>) {
        let early = state.withLock { state -> Result? in
            if case .done(let result) = state {
                state = .over
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
    }

    func resume(_ result: Result) {
        let continuation = state.withLock { state -> CheckedContinuation<Result, Never>? in
            switch state {
            case .waiting(let continuation):
                state = .over
                return continuation
            case .empty:
                state = .done(result)
                return nil
            case .done, .over: return nil
            }
        }
        continuation?.resume(returning: result)
    }
}
