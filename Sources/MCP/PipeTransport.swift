import Computing
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The transport over standard input and output: each message is one line of JSON. A thread of its own reads and
/// writes.
///
/// The descriptors stay as they are otherwise: where they are this process's own standard input and output, other
/// processes may share them.
package final class PipeTransport: RPCTransport {
    private struct State {
        /// Lines to write, and how much of the first has been written.
        var lines: [[UInt8]] = []
        var written = 0
        var bytes = 0
        /// The time until which lines may still be written; nil as long as the connection is open.
        var closing: TimeLimit?
        /// Whether the thread has come to its end.
        var isOver = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Bytes that one message usually may have.
    package static let longestMessage = 32 << 20
    /// Bytes that may wait for the other side to read them.
    private static let mostUnread = 64 << 20
    /// Messages that may wait for it.
    private static let mostUnreadLines = 10_000
    /// A pipe takes so many bytes at once without letting the writer wait, once it has said that it has room.
    private static let atOnce = 4_096
    /// Milliseconds in which the last messages may still be written.
    private static let lastWords: UInt64 = 500

    private let input: Int32
    private let output: Int32
    private let ownsDescriptors: Bool
    private let speaksToTheEnd: Bool
    private let longestLine: Int
    private let state = Mutex(State())
    private let arrivals: ArrivalQueue
    private let alarm: Alarm

    /// - Parameter input: the descriptor from which messages come.
    /// - Parameter output: the descriptor to which they go.
    /// - Parameter ownsDescriptors: whether both are closed at the end.
    /// - Parameter speaksToTheEnd: whether messages still go out when no more can come, until the transport is closed;
    ///   else it ends by itself then, and with a line that is too long.
    /// - Parameter longestLine: bytes that one message may have.
    /// - Parameter mostWaiting: bytes that may have come and not been taken; what comes then waits in the pipe.
    /// - Returns: nil when the system has no descriptor or thread left.
    package init?(
        reading input: Int32, writing output: Int32, ownsDescriptors: Bool, speaksToTheEnd: Bool = false,
        longestLine: Int = PipeTransport.longestMessage, mostWaiting: Int = ArrivalQueue.mostBytes
    ) {
        guard let alarm = Alarm() else { return nil }
        self.speaksToTheEnd = speaksToTheEnd
        (self.input, self.output, self.ownsDescriptors) = (input, output, ownsDescriptors)
        self.longestLine = longestLine
        self.alarm = alarm
        arrivals = ArrivalQueue(most: mostWaiting) { alarm.ring() }
        guard startThread({ self.exchange() }) != nil else { return nil }
    }

    /// Puts the message behind those that are still to be written.
    ///
    /// - Throws: when the connection has ended, or the other side has not read far too much.
    package func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        try send(line: message.bytes)
    }

    /// Puts the answers behind those that are still to be written, in one line.
    ///
    /// - Throws: when the connection has ended, or the other side has not read far too much.
    package func send(list answers: [RPCMessage]) async throws(RPCLoss) {
        let parts = answers.map(\.bytes).joined(separator: CollectionOfOne(UInt8(ascii: ",")))
        try send(line: [UInt8(ascii: "[")] + parts + [UInt8(ascii: "]")])
    }

    /// Puts a line behind those that are still to be written.
    ///
    /// - Parameter line: without its end.
    /// - Throws: when the connection has ended, or the other side has not read far too much.
    package func send(line: [UInt8]) throws(RPCLoss) {
        let refusal = state.withLock { state -> RPCLoss? in
            guard !state.isOver, state.closing == nil else {
                return RPCLoss("is not connected any more", isGone: true)
            }
            guard state.bytes <= PipeTransport.mostUnread,
                state.lines.count < PipeTransport.mostUnreadLines
            else {
                return RPCLoss("does not read what it is sent")
            }
            state.lines.append(line + [UInt8(ascii: "\n")])
            state.bytes += line.count + 1
            return nil
        }
        if let refusal { throw refusal }
        alarm.ring()
    }

    /// - Throws: when the other side has closed its end, or writes a line that is too long; where this side speaks to the
    ///   end, such a line is refused and the connection goes on.
    package func receive() async throws(RPCLoss) -> RPCArrival { try await arrivals.next() }

    /// Writes what is still to be written, for half a second at the most, and ends the connection.
    package func close() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isOver { return true }
                state.waiting.append(continuation)
                if state.closing == nil {
                    state.closing = TimeLimit(nanoseconds: PipeTransport.lastWords * 1_000_000)
                }
                return false
            }
            if isOver { continuation.resume() } else { alarm.ring() }
        }
    }

    // What the thread does.

    private func exchange() {
        var lines = MessageLines(most: longestLine)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var isReading = true
        while true {
            let (hasLines, closing) = state.withLock { (!$0.lines.isEmpty, $0.closing) }
            if let closing, !hasLines || closing.isOver { break }
            // A negative descriptor is not looked at.
            var polls = [
                pollfd(fd: alarm.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isReading && !arrivals.isFull ? input : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: hasLines ? output : -1, events: Int16(POLLOUT), revents: 0),
            ]
            _ = poll(&polls, nfds_t(polls.count), closing?.millisecondsLeft(atMost: 1_000) ?? -1)
            if polls[0].revents != 0 { alarm.quiet() }
            if polls[2].revents != 0, !writeSome() {
                arrivals.end(RPCLoss("reads nothing any more", isGone: true))
                break
            }
            if polls[1].revents != 0 { isReading = readSome(&lines, &buffer) }
            // Who has closed only one end still reads what was written before.
            if !isReading, !speaksToTheEnd, state.withLock({ $0.lines.isEmpty }) { break }
        }
        arrivals.end(RPCLoss("was closed"))
        finish()
    }

    /// - Returns: whether more may come.
    private func readSome(_ lines: inout MessageLines, _ buffer: inout [UInt8]) -> Bool {
        let count = read(input, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return true }
        guard count > 0 else {
            if let last = lines.finish() { put(last) }
            arrivals.end(RPCLoss("has closed its output", isGone: true))
            return false
        }
        for line in lines.take(buffer[..<count]) {
            switch line {
            case .success(let line): put(line)
            case .failure:
                let words = "sent a line of more than \(longestLine >> 20) MB"
                guard speaksToTheEnd else {
                    arrivals.end(RPCLoss(words))
                    return false
                }
                // The others' messages are still answered, and whoever sent it hears why this one is not.
                arrivals.put(
                    .refused(
                        RPCRefusal(
                            RPCError.invalidRequestCode,
                            "a message has at most \(longestLine >> 20) MB, and this line more")))
            }
        }
        return true
    }

    private func put(_ line: [UInt8]) {
        do throws(RPCRefusal) {
            let piece = try RPCPiece(line)
            let parts = piece.parts.map { part -> RPCArrival in
                switch part {
                case .success(let message): .message(message)
                case .failure(let refusal): .refused(refusal)
                }
            }
            if piece.isBatch {
                arrivals.put(.list(parts), bytes: line.count)
            } else {
                for part in parts { arrivals.put(part, bytes: line.count) }
            }
        } catch {
            arrivals.put(.refused(error), bytes: line.count)
        }
    }

    /// - Returns: false when nobody reads any more.
    private func writeSome() -> Bool {
        let next = state.withLock { state in
            state.lines.first.map { $0[state.written...].prefix(PipeTransport.atOnce) }
        }
        guard let next else { return true }
        let count = next.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
        guard count >= 0 else { return errno == EINTR || errno == EAGAIN }
        state.withLock { state in
            state.written += count
            state.bytes -= count
            guard let line = state.lines.first, state.written == line.count else { return }
            state.lines.removeFirst()
            state.written = 0
        }
        return true
    }

    private func finish() {
        if ownsDescriptors {
            Self.closeDescriptor(input)
            Self.closeDescriptor(output)
        }
        let waiting = state.withLock { state in
            state.isOver = true
            defer { (state.waiting, state.lines, state.bytes) = ([], [], 0) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private static func closeDescriptor(_ descriptor: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #else
            _ = Darwin.close(descriptor)
        #endif
    }
}

/// Wakes a thread that waits for descriptors.
private final class Alarm: Sendable {
    /// Can be read when it was rung.
    let descriptor: Int32
    private let ringing: Int32

    /// Nil when the system has no descriptor left.
    init?() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            // Whoever rings does not wait until it was heard.
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        }
        (descriptor, ringing) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(ringing)
    }

    func ring() { _ = write(ringing, [1], 1) }

    func quiet() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
