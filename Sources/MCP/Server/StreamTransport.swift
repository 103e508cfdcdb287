import Computing
import Synchronization
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The way to the client that has started this process: a message a line, on standard input and output.
///
/// Nothing else may write to the output. A signal for a broken pipe has to be ignored.
package final class StreamTransport: RPCTransport {
    private struct Reading {
        /// What has come and is in no line yet.
        var bytes: [UInt8] = []
        /// How many of them have been looked at for the end of a line.
        var searched = 0
        /// What of a list of messages has not been given out yet.
        var pending: [RPCArrival] = []
    }

    private let input: Int32
    private let output: Int32
    private let longest: Int
    private let reading = Mutex(Reading())
    private let writing = Mutex(())
    /// Two ends of a pipe: who waits for input waits for this, too, and is woken by it.
    private let bell: (wait: Int32, ring: Int32)
    private let isClosed = Atomic(false)

    /// - Parameter longest: bytes that a message may have; a longer one ends the connection.
    package init(input: Int32, output: Int32, longest: Int = 64 << 20) {
        self.input = input
        self.output = output
        self.longest = longest
        var ends: [Int32] = [-1, -1]
        // Without a bell, the connection still ends when the client closes its side.
        bell = pipe(&ends) == 0 ? (ends[0], ends[1]) : (-1, -1)
    }

    deinit {
        for end in [bell.wait, bell.ring] where end >= 0 { closeDescriptor(end) }
    }

    package func send(_ message: RPCMessage, about request: RPCID?) async throws(RPCLoss) {
        let line = message.bytes + [UInt8(ascii: "\n")]
        let isWritten = await onOwnThread { _ in
            self.writing.withLock { _ in writeWhole(line, to: self.output) }
        }
        guard isWritten else { throw RPCLoss("does not read any more") }
    }

    package func receive() async throws(RPCLoss) -> RPCArrival {
        let arrival = await withTaskCancellationHandler {
            await onOwnThread { _ in Result { () throws(RPCLoss) in try self.next() } }
        } onCancel: {
            end()
        }
        return try arrival.get()
    }

    package func close() async { end() }

    private func end() {
        guard !isClosed.exchange(true, ordering: .relaxed), bell.ring >= 0 else { return }
        var byte: UInt8 = 0
        _ = write(bell.ring, &byte, 1)
    }

    /// The next message; waits for it on this thread.
    private func next() throws(RPCLoss) -> RPCArrival {
        while true {
            if let pending = reading.withLock({ $0.pending.isEmpty ? nil : $0.pending.removeFirst() }) {
                return pending
            }
            let line = try nextLine()
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
            let arrivals = StreamTransport.arrivals(line)
            reading.withLock { $0.pending = arrivals }
        }
    }

    private static func arrivals(_ line: [UInt8]) -> [RPCArrival] {
        do throws(RPCRefusal) {
            return try RPCPiece(line).parts.map { part in
                switch part {
                case .success(let message): .message(message)
                case .failure(let refusal): .refused(refusal)
                }
            }
        } catch {
            return [.refused(error)]
        }
    }

    private func nextLine() throws(RPCLoss) -> [UInt8] {
        while true {
            let line = reading.withLock { reading -> [UInt8]? in
                guard let end = reading.bytes[reading.searched...].firstIndex(of: UInt8(ascii: "\n")) else {
                    reading.searched = reading.bytes.count
                    return nil
                }
                let line = Array(reading.bytes[..<end])
                reading.bytes.removeFirst(end + 1)
                reading.searched = 0
                return line
            }
            if let line { return line }
            guard reading.withLock({ $0.bytes.count }) <= longest else {
                throw RPCLoss("sent a message of more than \(longest >> 20) MB")
            }
            try read()
        }
    }

    /// Adds what has come, or waits for it.
    private func read() throws(RPCLoss) {
        var waits = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: bell.wait, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            guard !isClosed.load(ordering: .relaxed) else { throw RPCLoss("is not listened to any more") }
            let ready = poll(&waits, 2, -1)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw RPCLoss("cannot be listened to") }
            guard waits[0].revents != 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            let count = chunk.withUnsafeMutableBytes { systemRead(input, $0) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw RPCLoss("has ended the connection") }
            reading.withLock { $0.bytes += chunk[..<count] }
            return
        }
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}

/// Writes all bytes, however long their reader takes; false where the reader is gone.
private func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN {
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&room, 1, -1)
            continue
        }
        guard count > 0 else { return false }
        written += count
    }
    return true
}

private func closeDescriptor(_ descriptor: Int32) { close(descriptor) }
