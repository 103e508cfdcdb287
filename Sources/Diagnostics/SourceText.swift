/// A half-open range of UTF-8 byte offsets into one source text.
package struct Span: Sendable, Hashable {
    /// The first byte.
    package var start: Int
    /// The byte behind the last one.
    package var end: Int

    package init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = max(start, end)
    }

    /// The place of what stands nowhere.
    package static let none = Span(0, 0)

    /// The smallest span that covers both.
    package func union(_ other: Span) -> Span {
        Span(min(start, other.start), max(end, other.end))
    }
}

/// A place as people count it: line and column from 1, the column in Unicode scalars.
package struct Position: Sendable, Hashable {
    /// The line, from 1.
    package let line: Int
    /// The column, from 1.
    package let column: Int
}

/// A named source text with its line table.
package struct SourceText: Sendable {
    /// What findings call it, such as the path that was typed.
    package let name: String
    /// The text in UTF-8.
    package let bytes: [UInt8]
    private let lineStarts: [Int]
    /// How many bytes that start no scalar stand before each block of bytes: a column in a long line is found
    /// without going over the line.
    private let continuations: [Int]
    private static let blockSize = 256

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        var starts = [0]
        var continuations: [Int] = []
        var count = 0
        for (index, byte) in bytes.enumerated() {
            if index % Self.blockSize == 0 { continuations.append(count) }
            if byte == 0x0A { starts.append(index + 1) }
            if byte & 0xC0 == 0x80 { count += 1 }
        }
        if bytes.count % Self.blockSize == 0 { continuations.append(count) }
        lineStarts = starts
        self.continuations = continuations
    }

    package init(name: String, text: String) {
        self.init(name: name, bytes: Array(text.utf8))
    }

    /// How many lines it has; an empty text has one.
    package var lineCount: Int { lineStarts.count }

    /// The line, from 0, that holds a byte offset.
    package func lineIndex(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    /// The byte at which a line begins.
    ///
    /// - Parameter index: the line, from 0.
    package func lineStart(_ index: Int) -> Int { lineStarts[index] }

    /// The bytes of a line without its line break.
    package func line(_ index: Int) -> ArraySlice<UInt8> {
        let start = lineStarts[index]
        var end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : bytes.count
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return bytes[start..<max(start, end)]
    }

    /// The line and column of a byte; of one behind the end those of the end.
    package func position(at offset: Int) -> Position {
        let offset = min(max(0, offset), bytes.count)
        let index = lineIndex(at: offset)
        return Position(
            line: index + 1, column: scalars(before: offset) - scalars(before: lineStarts[index]) + 1)
    }

    /// How many scalars begin before a byte offset.
    private func scalars(before offset: Int) -> Int {
        let block = offset / Self.blockSize
        // A continuation byte starts no scalar, so counting the others counts scalars.
        let within = bytes[(block * Self.blockSize)..<offset].reduce(into: 0) { count, byte in
            if byte & 0xC0 == 0x80 { count += 1 }
        }
        return offset - continuations[block] - within
    }

    /// The text in a span, as much of it as there is.
    package func text(_ span: Span) -> String {
        let start = min(max(0, span.start), bytes.count)
        return String(decoding: bytes[start..<min(max(start, span.end), bytes.count)], as: UTF8.self)
    }
}
