import NIOCore
import NIOHTTP1

/// Refuses answers whose status is below 100.
///
/// The parser takes any three digits for a status. AsyncHTTPClient takes what is below 200 for a word that comes before
/// the answer, and stops the program when a body or an end follows it, as one does where the status is below 100. So any
/// server that a step asks could end this process.
final class StatusGuard: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    /// Whether the answer was refused; nothing more of this connection is passed on then.
    private var hasRefused = false

    /// Puts one behind what reads answers, in a connection that has just been made.
    static func install(in channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(StatusGuard(), position: .after(decoder))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRefused else { return }
        if case .head(let head) = unwrapInboundIn(data), head.status.code < 100 {
            hasRefused = true
            context.fireErrorCaught(HTTPParserError.invalidStatus)
            return context.close(promise: nil)
        }
        context.fireChannelRead(data)
    }
}
