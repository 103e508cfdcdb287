import HTTPTypes
import Hummingbird
import NIOCore

/// Why an answer ends before its end: the token that it was asked for with has been revoked.
struct TokenRevoked: Error {}

extension ResponseBody {
    /// The same body, which asks before each piece whether it may still be given, and ends the connection where not.
    func guarded(by isAllowed: @escaping @Sendable () async -> Bool) -> ResponseBody {
        ResponseBody { writer in
            try await write(GuardedWriter(writer: writer, isAllowed: isAllowed))
        }
    }
}

/// Writes a piece only while it is allowed.
private struct GuardedWriter: ResponseBodyWriter {
    var writer: any ResponseBodyWriter
    let isAllowed: @Sendable () async -> Bool

    mutating func write(_ buffer: ByteBuffer) async throws {
        guard await isAllowed() else { throw TokenRevoked() }
        try await writer.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.finish(trailingHeaders)
    }
}
