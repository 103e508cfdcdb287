package import AutoRuntime
package import Processes
import StepKinds

/// Unpacks the bodies of answers in workers, since they come from outside.
package struct WorkerUnpacker: BodyUnpacker {
    private let workers: WorkerPool

    package init(workers: WorkerPool) { self.workers = workers }

    package var accepted: String { ContentCoding.accepted }

    /// - Throws: kind `body` when the bytes are not what `encoding` says, `too_large` when they are more.
    package func unpack(_ body: [UInt8], _ encoding: String, limit: Int) async throws(StepFailure) -> [UInt8]
    {
        let codings: [ContentCoding]
        do throws(UnknownCoding) { codings = try ContentCoding.list(encoding) } catch {
            guard let name = error.name else {
                throw StepFailure(.body, "the body is packed more than \(ContentCoding.most) times")
            }
            throw StepFailure(
                .body,
                "the body is packed by `\(name.prefix(40))`, which is not known here: there are "
                    + ContentCoding.accepted)
        }
        guard !codings.isEmpty else { return body }
        let request = WorkerRequest.unpack(bytes: body, codings: codings, limit: limit)
        switch try await workers.answer(to: request, "what the body is packed by", nil) {
        // What is damaged on the way may come whole another time.
        case .problem(let words, _), .unreadable(let words):
            throw StepFailure(.body, words, retryable: true)
        case .value(let bytes):
            switch UnpackedBody(bytes) {
            case .whole(let body): return body
            case .tooLarge:
                throw StepFailure(.tooLarge, "the body is more than \(limit >> 20) MB once it is unpacked")
            case nil: throw StepFailure(.crash, "what unpacks the body gave no answer")
            }
        }
    }
}
