/// Cuts a stream of bytes into the lines in which messages stand, each in one.
package struct MessageLines: Sendable {
    /// A line is longer than may be.
    package struct TooLong: Error, Sendable, Hashable {
        package init() {}
    }

    /// Bytes of the longest line.
    private let most: Int
    private var rest: [UInt8] = []
    /// Whether the line whose end has not come is too long, so that nothing of it is kept.
    private var isTooLong = false

    package init(most: Int) { self.most = most }

    /// Takes the next bytes.
    ///
    /// - Returns: the lines that these bytes complete, without their ends and without those that hold only blanks; for a
    ///   line that is longer than may be a failure, once, whether or not its end has come.
    package mutating func take(_ bytes: ArraySlice<UInt8>) -> [Result<[UInt8], TooLong>] {
        var lines: [Result<[UInt8], TooLong>] = []
        var left = bytes
        while let end = left.firstIndex(of: UInt8(ascii: "\n")) {
            add(left[..<end], &lines)
            left = left[left.index(after: end)...]
            if !isTooLong, let line = takeRest() { lines.append(.success(line)) }
            isTooLong = false
        }
        add(left, &lines)
        return lines
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>, _ lines: inout [Result<[UInt8], TooLong>]) {
        guard !isTooLong else { return }
        guard rest.count + bytes.count <= most else {
            rest = []
            isTooLong = true
            lines.append(.failure(TooLong()))
            return
        }
        rest += bytes
    }

    /// Ends the stream.
    ///
    /// - Returns: a last line that no line end closes; nil where there is none.
    package mutating func finish() -> [UInt8]? { takeRest() }

    private mutating func takeRest() -> [UInt8]? {
        defer { rest.removeAll(keepingCapacity: rest.count < 1 << 16) }
        let isBlank = rest.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        return isBlank ? nil : rest
    }
}
