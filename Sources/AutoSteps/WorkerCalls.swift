import AutoRuntime
import Computing
import Processes
import StepKinds
import Values

extension WorkerPool {
    /// Without a timeout of the step's own, a program may run for ten seconds.
    private static let usualNanoseconds: UInt64 = 10_000_000_000

    /// Asks a worker for a step; `subject` is what the request is about, for the words of a failure.
    func answer(to request: WorkerRequest, _ subject: String, _ timeout: Int64?) async throws(StepFailure)
        -> WorkerAnswer
    {
        // A step's own timeout cancels the task, and with it the worker.
        let limit = TimeLimit(nanoseconds: timeout == nil ? WorkerPool.usualNanoseconds : nil)
        do throws(WorkerFailure) { return try await run(request, limit: limit) } catch {
            if Task.isCancelled { throw .cancelled }
            switch error {
            case .timeLimit:
                throw StepFailure(
                    .timeout, "\(subject) took longer than 10 s; give the step a `timeout` for more")
            case .crashed: throw StepFailure(.crash, "\(subject) crashed on this input")
            case .memory:
                throw StepFailure(
                    .limit, "\(subject) needs more than \(WorkerSelf.memory >> 20) MB of memory")
            case .processorTime:
                throw StepFailure(
                    .limit, "\(subject) needs more than \(WorkerSelf.processorSeconds) s of processor time")
            case .missing(let words): throw StepFailure(.missing, words)
            }
        }
    }
}

/// Bytes as JSON; large ones are read on a thread of their own.
func parsedJSON(_ bytes: [UInt8], _ kind: FailureKind, _ subject: String) async throws(StepFailure) -> Value {
    @Sendable func parse(_ limit: TimeLimit?) -> Result<Value, JSONError> {
        do throws(JSONError) { return .success(try JSON.parse(bytes: bytes, limit)) } catch {
            return .failure(error)
        }
    }
    let outcome = bytes.count < 1 << 16 ? parse(nil) : await onOwnThread { parse($0) }
    if Task.isCancelled { throw .cancelled }
    switch outcome {
    case .success(let value): return value
    case .failure(let error):
        if error.kind == .tooLarge {
            throw StepFailure(.tooLarge, "\(subject) is too large: \(error.message)")
        }
        throw StepFailure(kind, "\(subject) is no JSON: \(error.message)")
    }
}
