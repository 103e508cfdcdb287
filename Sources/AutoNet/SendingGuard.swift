import NIOCore
import NIOHTTP1

/// A request was about to leave when its session may have been another process's already.
struct SentTooLate: Error {}

/// Keeps a request back once another process may have taken the session that it is sent for.
///
/// Between the look whether a session is still this process's and the first byte lie the wait for a connection and whatever
/// else the machine does. A process that is stopped there, or whose machine sleeps, would send when it wakes what another
/// process has done meanwhile. Until when a request may leave travels in a header, which does not leave with it.
final class SendingGuard: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    static let header = "autorun-leaves-until"
    private static let start = ContinuousClock.now

    /// The header's value, which only this process understands: nanoseconds.
    static func text(_ until: ContinuousClock.Instant) -> String {
        String((until - start) / .nanoseconds(1))
    }

    /// Puts one in front of what writes requests, in a connection that has just been made.
    static func install(in channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
        try pipeline.addHandler(SendingGuard(), position: .after(encoder))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data),
            let until = head.headers.first(name: SendingGuard.header).flatMap(Double.init)
        else { return context.write(data, promise: promise) }
        guard (ContinuousClock.now - SendingGuard.start) / .nanoseconds(1) < until else {
            promise?.fail(SentTooLate())
            context.fireErrorCaught(SentTooLate())
            return context.close(promise: nil)
        }
        head.headers.remove(name: SendingGuard.header)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
