import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback that knows no protocol: whatever it is sent, it answers with the same bytes.
package final class RawServer: Sendable {
    private let channel: any Channel
    private let arrived: Arrived

    /// All bytes that came, of all connections.
    fileprivate final class Arrived: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    /// - Parameter answer: sent once on each connection, which is closed behind it.
    package init(answering answer: String) async throws {
        let arrived = Arrived()
        self.arrived = arrived
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RawHandler(answer, arrived))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    package var port: Int { channel.localAddress?.port ?? 0 }
    package var seen: [UInt8] { arrived.bytes.withLock { $0 } }

    package func stop() async throws { try await channel.close() }
}

private final class RawHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: String
    private let arrived: RawServer.Arrived
    private var hasAnswered = false

    init(_ answer: String, _ arrived: RawServer.Arrived) { (self.answer, self.arrived) = (answer, arrived) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        arrived.bytes.withLock { $0 += bytes }
        guard !hasAnswered else { return }
        hasAnswered = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
