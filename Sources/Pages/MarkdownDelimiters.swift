/// Tells whether a reader of Markdown pairs the marks of emphasis as they were meant: beside letters,
/// punctuation and other marks it may pair them in another way, or not at all.
struct MarkdownDelimiters {
    /// A mark as it was written.
    struct Mark {
        /// Which of the text's marked pieces it begins or ends.
        let piece: Int
        let start: Int
        let length: Int
        let isOpening: Bool
    }

    private struct Run {
        let sign: UInt8
        let length: Int
        let canOpen: Bool
        let canClose: Bool
        /// What is left of it, as places in the text.
        var start: Int
        var end: Int
    }

    private let text: [UInt8]
    private var meant: [Int: Mark] = [:]
    private var ends: [Int: Mark] = [:]
    private(set) var right: Set<Int> = []

    /// The pieces whose marks a reader pairs as meant.
    ///
    /// - Parameters:
    ///   - marks: in the order of the text, all of one level: what stands in a link is a level of its own.
    static func right(_ marks: [Mark], in text: [UInt8]) -> Set<Int> {
        var reader = MarkdownDelimiters(text, marks)
        reader.read(reader.runs(marks))
        return reader.right
    }

    private init(_ text: [UInt8], _ marks: [Mark]) {
        self.text = text
        for mark in marks {
            if mark.isOpening { meant[mark.start] = mark } else { ends[mark.piece] = mark }
        }
    }

    private func runs(_ marks: [Mark]) -> [Run] {
        var runs: [Run] = []
        var index = 0
        while index < marks.count {
            let sign = text[marks[index].start]
            let start = marks[index].start
            var end = start + marks[index].length
            index += 1
            while index < marks.count, marks[index].start == end, text[end] == sign {
                end += marks[index].length
                index += 1
            }
            let before = CharacterClass(before: text[..<start])
            let after = CharacterClass(after: text[end...])
            let isLeft = after == .word || after == .punctuation && before != .word
            let isRight = before == .word || before == .punctuation && after != .word
            let isUnderscore = sign == UInt8(ascii: "_")
            runs.append(
                Run(
                    sign: sign, length: end - start,
                    canOpen: isUnderscore ? isLeft && (!isRight || before == .punctuation) : isLeft,
                    canClose: isUnderscore ? isRight && (!isLeft || after == .punctuation) : isRight,
                    start: start, end: end))
        }
        return runs
    }

    /// Pairs the runs as CommonMark does: each that can close, with the nearest before it that can open.
    private mutating func read(_ all: [Run]) {
        var open: [Run] = []
        for var run in all {
            while run.canClose, run.start < run.end {
                guard let place = open.lastIndex(where: { MarkdownDelimiters.pair($0, run) }) else { break }
                // What stands between them pairs with nothing any more.
                open.removeLast(open.count - 1 - place)
                let length = min(2, min(open[place].end - open[place].start, run.end - run.start))
                open[place].end -= length
                note(open[place].end, run.start, length)
                run.start += length
                if open[place].start == open[place].end { open.removeLast() }
            }
            if run.canOpen, run.start < run.end { open.append(run) }
            // What waits this long waits in vain; to look at all of it for each that closes would take too
            // long.
            if open.count > 64 { open.removeFirst(32) }
        }
    }

    private static func pair(_ opener: Run, _ closer: Run) -> Bool {
        guard opener.sign == closer.sign else { return false }
        if opener.sign == UInt8(ascii: "~") { return opener.length == 2 && closer.length == 2 }
        guard opener.canClose || closer.canOpen else { return true }
        return (opener.length + closer.length) % 3 != 0
            || opener.length % 3 == 0 && closer.length % 3 == 0
    }

    private mutating func note(_ start: Int, _ end: Int, _ length: Int) {
        guard let mark = meant[start], mark.length == length, let close = ends[mark.piece],
            close.start == end
        else { return }
        right.insert(mark.piece)
    }
}
