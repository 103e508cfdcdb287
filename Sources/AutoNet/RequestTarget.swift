import NIOCore
import NIOHTTP1
import URLs

/// AsyncHTTPClient reads its url with Foundation, which writes some request targets anew: one `[` or `|`
/// makes it encode each `%` once more, and a path whose escapes are no UTF-8 becomes `/`. Where that would
/// happen, the target travels in a header, and `TargetWriter` puts it where it belongs.
struct RequestTarget: Sendable {
    static let header = "autorun-request-target"

    /// What stands in the first line of the request, as the url has it.
    let text: String
    /// Whether Foundation keeps it as it is.
    let isPlain: Bool

    init(_ url: WebURL) {
        text = url.requestTarget
        isPlain = RequestTarget.isPlain(url)
    }

    private static func isPlain(_ url: WebURL) -> Bool {
        let bytes = Array(url.requestTarget.utf8)
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.count, isHexadecimal(bytes[index + 1]),
                    isHexadecimal(bytes[index + 2])
                else { return false }
            } else if !isPlain(byte) {
                return false
            }
        }
        return String(validating: percentDecodedBytes(url.path), as: UTF8.self) != nil
    }

    /// The characters of RFC 3986 that may stand in a path or a query unescaped.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:@/?".utf8.contains(byte)
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

/// Takes the request target out of the header in which it travels.
final class TargetWriter: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    /// Puts one in front of what writes requests, in a connection that has just been made.
    static func install(in channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
        try pipeline.addHandler(TargetWriter(), position: .after(encoder))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data),
            let target = head.headers.first(name: RequestTarget.header)
        else { return context.write(data, promise: promise) }
        head.uri = target
        head.headers.remove(name: RequestTarget.header)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
