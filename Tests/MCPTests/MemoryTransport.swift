import MCP
import Synchronization

/// One end of a connection within this process.
final class MemoryTransport: RPCTransport {
    private let own: ArrivalQueue
    private let others: ArrivalQueue
    /// What was sent, and the request that it was about.
    let sent = Mutex<[(message: RPCMessage, request: RPCID?)]>([])
    /// Why nothing can be sent; nil where it can.
    let blocked = Mutex<RPCLoss?>(nil)

    private init(_ own: ArrivalQueue, _ others: ArrivalQueue) { (self.own, self.others) = (own, others) }

    static func pair() -> (MemoryTransport, MemoryTransport) {
        let (first, second) = (ArrivalQueue(), ArrivalQueue())
        return (MemoryTransport(first, second), MemoryTransport(second, first))
    }

    func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        if let loss = blocked.withLock({ $0 }) { throw loss }
        sent.withLock { $0.append((message, request)) }
        others.put(.message(message))
    }

    /// Puts something in that the other end has not sent as a message.
    func arrive(_ arrival: RPCArrival) { own.put(arrival) }

    func receive() async throws(RPCLoss) -> RPCArrival { try await own.next() }

    func close() async {
        own.end(RPCLoss("was closed here"))
        others.end(RPCLoss("was closed there"))
    }
}
