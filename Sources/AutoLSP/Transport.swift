import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Messages of the language server protocol over two file descriptors: a header with the length, then JSON.
struct Transport {
    private let input: Int32
    private let output: Int32
    private var buffer: [UInt8] = []
    private var start = 0

    init(input: Int32, output: Int32) {
        self.input = input
        self.output = output
    }

    enum Event {
        case message(Value)
        /// A body that is no JSON.
        case unreadable
        /// Nothing came in time.
        case idle
        case closed
    }

    private static let largestMessage = 64 << 20

    /// Whether a message may be waiting already.
    var hasInput: Bool {
        if start < buffer.count { return true }
        var polls = [pollfd(fd: input, events: Int16(POLLIN), revents: 0)]
        return poll(&polls, 1, 0) > 0
    }

    /// The next message, waiting at most so many milliseconds; -1 for as long as it takes.
    mutating func next(timeout: Int32) -> Event {
        while true {
            if let event = takeMessage() { return event }
            var polls = [pollfd(fd: input, events: Int16(POLLIN), revents: 0)]
            let ready = poll(&polls, 1, timeout)
            if ready == 0 { return .idle }
            if ready < 0 {
                if errno == EINTR { continue }
                return .closed
            }
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(input, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0, buffer.count - start < Transport.largestMessage else { return .closed }
            if start > 0 {
                buffer.removeSubrange(..<start)
                start = 0
            }
            buffer += chunk[..<count]
        }
    }

    private mutating func takeMessage() -> Event? {
        let head: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard let end = firstIndex(of: head) else { return nil }
        let header = String(decoding: buffer[start..<end], as: UTF8.self)
        var length: Int?
        for line in header.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "content-length" {
                length = Int(parts[1].filter { $0.isNumber })
            }
        }
        guard let length, length <= Transport.largestMessage else {
            start = end + 4
            return .unreadable
        }
        guard buffer.count >= end + 4 + length else { return nil }
        let body = Array(buffer[(end + 4)..<(end + 4 + length)])
        start = end + 4 + length
        guard let value = try? JSON.parse(bytes: body) else { return .unreadable }
        return .message(value)
    }

    private func firstIndex(of mark: [UInt8]) -> Int? {
        guard buffer.count - start >= mark.count else { return nil }
        // A header is short; what has none in its first lines is not this protocol.
        let last = min(buffer.count - mark.count, start + 4_096)
        var index = start
        while index <= last {
            if buffer[index] == mark[0], buffer[index..<(index + mark.count)].elementsEqual(mark) {
                return index
            }
            index += 1
        }
        return nil
    }

    func send(_ message: Value) {
        let body = Array(JSON.text(message).utf8)
        let bytes = Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
