import Computing
import HTTPTypes
import Hummingbird
import NIOCore

/// How an answer goes out: with a tag by which a client asks again, compressed, and without its body for HEAD.
enum Delivery {
    /// An answer as this request wants it.
    static func finished(_ response: Response, for request: Request) async -> Response {
        var response = response
        if request.method == .get || request.method == .head {
            response = await tagged(response, known: request.headers[.ifNoneMatch])
        }
        if response.status != .notModified { response = await compressed(response, for: request) }
        return request.method == .head ? response.createHeadResponse() : response
    }

    // Tags.

    /// Whether what `If-None-Match` names is what would be sent; nothing that differs by its encoding only is another one.
    static func matches(_ ifNoneMatch: String?, _ tag: String) -> Bool {
        guard let ifNoneMatch else { return false }
        let wanted = bare(tag)
        return ifNoneMatch.split(separator: ",").contains { part in
            let one = part.filter { $0 != " " }
            return one == "*" || bare(one) == wanted
        }
    }

    private static func bare(_ tag: String) -> Substring {
        tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
    }

    /// The answer to who has it already.
    static func notModified(_ tag: String) -> Response {
        var headers = HTTPFields()
        headers[.eTag] = tag
        headers[.cacheControl] = "no-cache"
        add("Accept-Encoding", toVaryOf: &headers)
        return Response(status: .notModified, headers: headers)
    }

    /// Says that the answer depends on this header of the request, so that nobody between keeps it for requests
    /// with another one.
    static func add(_ name: String, toVaryOf headers: inout HTTPFields) {
        let known = headers[.vary]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
        headers[.vary] = Set(known).union([name]).sorted().joined(separator: ", ")
    }

    /// Puts a tag made of the body on what has none yet; 304 for a client that has this already.
    ///
    /// What is written as it is made, such as events, gets none.
    private static func tagged(_ response: Response, known: String?) async -> Response {
        guard response.status == .ok, response.body.contentLength != nil else { return response }
        var response = response
        if response.headers[.eTag] == nil, let bytes = await collected(response.body) {
            let hash = await computed(of: bytes) { Delivery.digest($0.readableBytesView) }
            response.headers[.eTag] = "W/\"\(bytes.readableBytes)-\(String(hash, radix: 36))\""
        }
        guard let tag = response.headers[.eTag] else { return response }
        // `no-store` would forbid to keep what the tag is for.
        if response.headers[.cacheControl] == "no-store" {
            response.headers[.cacheControl] = "private, no-cache"
        }
        guard matches(known, tag) else { return response }
        var answer = notModified(tag)
        if let vary = response.headers[.vary] {
            answer.headers[.vary] = vary
            add("Accept-Encoding", toVaryOf: &answer.headers)
        }
        answer.headers[.cacheControl] = response.headers[.cacheControl]
        return answer
    }

    /// Tells one body from another (64-bit FNV-1a), the same in every process; it protects nothing.
    static func digest(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
    }

    /// What is computed of a body with at least so many bytes takes a thread of its own.
    private static let large = 64 << 10

    /// What is computed of a body, or of a piece of one; a large one holds up no other answer.
    static func computed<Result: Sendable>(
        of bytes: ByteBuffer, _ compute: @escaping @Sendable (ByteBuffer) -> Result
    ) async -> Result {
        bytes.readableBytes < large ? compute(bytes) : await onOwnThread { _ in compute(bytes) }
    }

    // Compression.

    /// Below so many bytes compression saves nothing.
    private static let least = 1_000

    private static func compressed(_ response: Response, for request: Request) async -> Response {
        guard isCompressible(response) else { return response }
        var response = response
        add("Accept-Encoding", toVaryOf: &response.headers)
        guard takesGzip(request.headers[.acceptEncoding]) else { return response }
        let body = response.body
        if body.contentLength == nil {
            response.body = ResponseBody { writer in
                guard let gzip = Gzip() else { return try await body.write(writer) }
                try await body.write(GzipWriter(writer: writer, gzip: gzip))
            }
        } else {
            guard let bytes = await collected(body) else { return response }
            guard let small = await computed(of: bytes, { Gzip()?.end($0) }) else { return response }
            response.body = ResponseBody(byteBuffer: small)
        }
        response.headers[.contentEncoding] = "gzip"
        return response
    }

    private static func isCompressible(_ response: Response) -> Bool {
        guard let type = response.headers[.contentType]?.prefix(while: { $0 != ";" }) else { return false }
        guard type == "application/json" || type.hasPrefix("text/"), type != "text/event-stream" else {
            return false
        }
        return response.body.contentLength.map { $0 >= least } ?? true
    }

    /// Whether a client takes gzip by its Accept-Encoding; `q=0` refuses it.
    static func takesGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        var takesAny = false
        for part in header.lowercased().split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { $0 != " " } }
            guard let name = words.first else { continue }
            let quality = words.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
            if name == "gzip" || name == "x-gzip" { return (quality ?? 1) > 0 }
            if name == "*" { takesAny = (quality ?? 1) > 0 }
        }
        return takesAny
    }

    /// A body that stands in memory.
    private static func collected(_ body: ResponseBody) async -> ByteBuffer? {
        let collector = Collector()
        do { try await body.write(collector) } catch { return nil }
        return collector.bytes
    }

    private final class Collector: ResponseBodyWriter {
        var bytes = ByteBuffer()

        func write(_ buffer: ByteBuffer) async throws { bytes.writeImmutableBuffer(buffer) }

        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}

/// Compresses what is written, as it comes.
private struct GzipWriter: ResponseBodyWriter {
    var writer: any ResponseBodyWriter
    let gzip: Gzip

    mutating func write(_ buffer: ByteBuffer) async throws {
        let small = await Delivery.computed(of: buffer) { [gzip] in gzip.compressed($0) }
        if small.readableBytes > 0 { try await writer.write(small) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.write(gzip.end())
        try await writer.finish(trailingHeaders)
    }
}
