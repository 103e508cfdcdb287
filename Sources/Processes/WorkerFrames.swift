#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How requests and answers travel between this process and a worker: a number of parts, then each part's
/// length and bytes, all numbers as four bytes, the lowest first.
package enum WorkerFrames {
    /// The largest frame that either side takes.
    package static let largest = 256 << 20

    /// The bytes of a whole frame with these parts, at most 16 of them.
    package static func encode(_ parts: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.reduce(4) { $0 + $1.count + 4 })
        append(parts.count, &bytes)
        for part in parts {
            append(part.count, &bytes)
            bytes += part
        }
        return bytes
    }

    private static func append(_ number: Int, _ bytes: inout [UInt8]) {
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// The parts of a whole frame; nil as long as some of it is missing.
    ///
    /// - Throws: when no frame can begin so.
    package static func decode(_ bytes: [UInt8]) throws(BadFrame) -> [[UInt8]]? {
        var place = 0
        func number() -> Int? {
            guard place + 4 <= bytes.count else { return nil }
            defer { place += 4 }
            return (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        guard let count = number() else { return nil }
        guard count <= 16 else { throw BadFrame() }
        var ranges: [Range<Int>] = []
        for _ in 0..<count {
            guard let length = number() else { return nil }
            guard place + length <= largest else { throw BadFrame() }
            guard place + length <= bytes.count else { return nil }
            ranges.append(place..<(place + length))
            place += length
        }
        return ranges.map { Array(bytes[$0]) }
    }

    /// Bytes that no frame begins with.
    package struct BadFrame: Error {}
}

/// One end of a worker's work, as the worker itself sees it: requests come from standard input, answers go to
/// standard output.
package struct WorkerPort: ~Copyable {
    private var buffer: [UInt8] = []
    /// What one turn reads; kept, since making it anew for each request would clear a quarter of a megabyte
    /// each time.
    private var part = [UInt8](repeating: 0, count: 1 << 18)

    package init() {}

    /// The next request; nil when nobody asks any more.
    package mutating func next() -> [[UInt8]]? {
        buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
        while true {
            let count = read(0, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            buffer += part[..<count]
            do throws(WorkerFrames.BadFrame) {
                if let parts = try WorkerFrames.decode(buffer) { return parts }
            } catch {
                return nil
            }
        }
    }

    /// Writes an answer; where nobody reads it any more, nothing happens.
    package func answer(_ parts: [[UInt8]]) {
        let bytes = WorkerFrames.encode(parts)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
