import AutoRuntime
import Computing
import HTTPTypes
import Hummingbird
import Values

extension API {
    /// What a session gave: of each step by which it came to its end, as its record tells a result.
    func result(_ call: Call) async throws -> Response {
        let bare = try await session(call, withValues: false)
        let status = bare.record.header.status
        guard status == .finished else {
            throw Refusal(
                .conflict, "the session is \(status.rawValue): only one that is FINISHED has a result")
        }
        let version = try await versions.ready(bare.automation)
        let record = try await session(call).record
        let bytes = await onOwnThread(API.elementLimit) { limit in
            let rows = record.results(version.plan, limit).map { result in
                Value.record([
                    ("step", .string(result.step)), ("result", .string(resultText(result.value))),
                ])
            }
            var bytes: [UInt8] = []
            JSON.append(.list(rows), to: &bytes)
            return bytes
        }
        return .bytes(bytes, "application/json")
    }
}
