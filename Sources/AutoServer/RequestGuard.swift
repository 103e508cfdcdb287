import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Lets no request take for ever, nor send without end: a head, and then its body, must have come within a time, and what
/// comes after an answer that needed no more of the body is dropped, for a few seconds.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let time: TimeAmount
    private var deadline: Scheduled<Void>?
    /// Whether a request has begun that has not ended.
    private var isOpen = false
    private var isAnswered = false
    /// Whether the answer says that the connection ends with it.
    private var isLast = false

    init(seconds: Int64) { time = .seconds(seconds) }

    func handlerAdded(context: ChannelHandlerContext) { set(time, context) }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    private func set(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isOpen = true
            isAnswered = false
            set(time, context)
        case .body where isAnswered: return
        case .body: break
        case .end:
            isOpen = false
            // As long as it takes to answer; after that the next head has its time.
            deadline?.cancel()
            if isAnswered { set(time, context) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isLast = head.headerFields[.connection] == "close"
        case .body: break
        case .end:
            isAnswered = true
            // A client that still sends gets the time to read the answer.
            set(isLast ? .milliseconds(500) : isOpen ? .seconds(5) : time, context)
        }
        context.write(data, promise: promise)
    }
}
