import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A request as the server saw it.
package struct SeenRequest: Sendable {
    package let method: String
    package let path: String
    package let headers: [(String, String)]
    package let body: String

    package subscript(header name: String) -> String? { headers.first { $0.0.lowercased() == name }?.1 }
}

/// What the server answers: pieces are sent one after the other; `cut` closes without ending the answer.
package struct ServerAnswer: Sendable {
    package var status: Int
    package var headers: [(String, String)]
    package var pieces: [String]
    /// Sent behind the pieces: a body that is no UTF-8.
    package var bytes: [UInt8] = []
    package var cut: Bool
    /// Never answers; the client has to give up.
    package var hangs: Bool

    package init(
        _ status: Int = 200, headers: [(String, String)] = [], pieces: [String] = [], cut: Bool = false,
        hangs: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.pieces = pieces
        self.cut = cut
        self.hangs = hangs
    }

    package static func json(_ text: String, status: Int = 200) -> ServerAnswer {
        ServerAnswer(status, headers: [("content-type", "application/json")], pieces: [text])
    }
}

/// A real HTTP server on loopback, on a port that the system chooses.
package final class TestServer: Sendable {
    private let channel: any Channel

    private final class Shared: Sendable {
        let requests = Mutex<[SeenRequest]>([])
    }

    private let shared: Shared
    private let arrivals: AsyncStream<Void>
    package let port: Int

    package init(_ answer: @escaping @Sendable (SeenRequest, _ count: Int) -> ServerAnswer) async throws {
        let shared = Shared()
        let (arrivals, arrived) = AsyncStream<Void>.makeStream()
        (self.shared, self.arrivals) = (shared, arrivals)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler { request in
                            let count = shared.requests.withLock { seen in
                                seen.append(request)
                                return seen.count
                            }
                            arrived.yield()
                            return answer(request, count)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var seen: [SeenRequest] { shared.requests.withLock { $0 } }

    /// Comes back when the next request has arrived, or has arrived since the last call. The test's time
    /// limit ends a wait for what never comes.
    package func nextRequest() async {
        var next = arrivals.makeAsyncIterator()
        _ = await next.next()
    }

    package func stop() async throws { try await channel.close() }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (SeenRequest) -> ServerAnswer
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ answer: @escaping @Sendable (SeenRequest) -> ServerAnswer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let part): body += String(buffer: part)
        case .end:
            guard let head else { return }
            let request = SeenRequest(
                method: head.method.rawValue, path: head.uri,
                headers: head.headers.map { ($0.name, $0.value) }, body: body)
            respond(answer(request), context)
        }
    }

    private func respond(_ answer: ServerAnswer, _ context: ChannelHandlerContext) {
        if answer.hangs { return }
        var headers = HTTPHeaders(answer.headers)
        if !answer.cut, !headers.contains(name: "content-length") {
            let count = answer.pieces.reduce(answer.bytes.count) { $0 + $1.utf8.count }
            headers.add(name: "content-length", value: String(count))
        } else if answer.cut {
            headers.add(name: "content-length", value: "1000000")
        }
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        for piece in answer.pieces {
            context.writeAndFlush(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: piece)))), promise: nil)
        }
        if !answer.bytes.isEmpty {
            let buffer = ByteBuffer(bytes: answer.bytes)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        if answer.cut {
            context.close(promise: nil)
        } else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
