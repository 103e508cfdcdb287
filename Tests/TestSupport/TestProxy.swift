import NIOCore
import NIOPosix
import Synchronization

/// An HTTP proxy on loopback that answers in place of every host, and keeps what it was asked for.
package final class TestProxy: Sendable {
    private let channel: any Channel
    private let heads: Heads

    /// Heads of requests, in their order.
    fileprivate final class Heads: Sendable {
        let all = Mutex<[String]>([])
    }

    /// - Parameter body: what every host says.
    package init(saying body: String) async throws {
        let heads = Heads()
        self.heads = heads
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ProxyHandler(body, heads))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    package var port: Int { channel.localAddress?.port ?? 0 }

    /// The heads of what it was asked: `CONNECT host:port` first, then what went through.
    package var seen: [String] { heads.all.withLock { $0 } }

    package func stop() async throws { try await channel.close() }
}

private final class ProxyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let body: String
    private let heads: TestProxy.Heads
    private var text = ""

    init(_ body: String, _ heads: TestProxy.Heads) { (self.body, self.heads) = (body, heads) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        // What is asked in the tests has no body.
        while let end = text.firstRange(of: "\r\n\r\n") {
            let head = String(text[..<end.lowerBound])
            text = String(text[end.upperBound...])
            heads.all.withLock { $0.append(head) }
            let answer =
                head.hasPrefix("CONNECT ")
                ? "HTTP/1.1 200 Connected\r\n\r\n"
                : "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }
}
