import AutoRuntime
import Computing
import PostgreSQL
import Synchronization

/// Hears what other processes tell by NOTIFY, on a connection and a thread of its own. It may hear nothing, as behind
/// somebody who gives each transaction another connection of the server: whoever waits for it looks by itself, too.
final class PostgresNews: Sendable {
    private let address: PostgresAddress
    private let state = Mutex<(listeners: [AsyncStream<Void>.Continuation], isOver: Bool)>(([], false))

    init(_ address: PostgresAddress) { self.address = address }

    /// Tells whenever there may be sessions to take; the first who asks lets the thread begin.
    func work(cancelled: @escaping @Sendable () -> Void) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isFirst = state.withLock { state in
            if state.isOver { continuation.finish() }
            state.listeners.append(continuation)
            return state.listeners.count == 1 && !state.isOver
        }
        if isFirst { startThread { self.listen(cancelled) } }
        return stream
    }

    /// Lets the thread end.
    func end() {
        let listeners = state.withLock { state in
            state.isOver = true
            return state.listeners
        }
        for one in listeners { one.finish() }
    }

    private var isOver: Bool { state.withLock { $0.isOver } }

    private func listen(_ cancelled: @Sendable () -> Void) {
        while !isOver {
            if let connection = try? Connection(address.text, prepares: false),
                (try? connection.script("LISTEN \(PostgresSQL.channel)")) != nil
            {
                hear(connection, cancelled)
            }
            if !isOver { pause(milliseconds: 1_000) }
        }
    }

    /// Comes back when the connection is broken, or at the end.
    private func hear(_ connection: Connection, _ cancelled: @Sendable () -> Void) {
        while !isOver, connection.waitForInput(milliseconds: 1_000), !connection.isBroken {
            var (isWork, isCancellation) = (false, false)
            while let (_, text) = connection.nextNotification() {
                if text == PostgresSQL.work { isWork = true }
                if text == PostgresSQL.cancellation { isCancellation = true }
            }
            if isCancellation { cancelled() }
            if isWork { for one in state.withLock({ $0.listeners }) { one.yield() } }
        }
    }
}

extension PostgresStore {
    package var work: AsyncStream<Void>? {
        news.work { [weak self] in
            guard let self else { return }
            Task.detached { await self.lookAtOnce() }
        }
    }
}

extension PostgresSQL {
    static let channel = "autorun"
    static let work = "work"
    static let cancellation = "cancel"
    static let tellOfWork = "SELECT pg_notify('\(channel)', '\(work)')"
    static let tellOfCancellation = "SELECT pg_notify('\(channel)', '\(cancellation)')"
}
