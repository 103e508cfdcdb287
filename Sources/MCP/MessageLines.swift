/// Cuts a stream of bytes into the lines in which messages stand, each in one.
package struct MessageLines: Sendable {
    /// A line is longer than may be.
    package struct TooLong: Error {}

    /// Bytes of the longest line.
    private let most: Int
    private var rest: [UInt8] = []

    package init(most: Int) { self.most = most }

    /// Takes the next bytes.
    ///
    /// - Returns: the lines that these bytes complete, without their ends and without those that hold only blanks.
    /// - Throws: when a line is longer than may be, whether or not its end has come.
    package mutating func take(_ bytes: ArraySlice<UInt8>) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var left = bytes
        while let end = left.firstIndex(of: UInt8(ascii: "\n")) {
            rest += left[..<end]
            left = left[left.index(after: end)...]
            guard rest.count <= most else { throw TooLong() }
            if let line = takeRest() { lines.append(line) }
        }
        rest += left
        guard rest.count <= most else { throw TooLong() }
        return lines
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
