import Encodings

/// The text of one paragraph, heading or cell, as it is gathered: pieces with their marks, blanks collapsed.
struct MarkdownInline {
    struct Piece {
        enum Kind {
            /// Text as the page shows it.
            case text
            /// Markdown that is written as it is: images.
            case written
            case lineBreak
        }

        let kind: Kind
        let marks: MarkdownMarks
        let start: Int
        var end: Int
    }

    private(set) var pieces: [Piece] = []
    private(set) var bytes: [UInt8] = []
    /// The marks that a blank would have that stands before what comes next; nil where none stands there.
    private var pendingBlank: MarkdownMarks?
    private var pendingBreaks = 0
    /// The last of the links in which something stands.
    private(set) var lastLink: Int32 = -1

    var isEmpty: Bool { pieces.isEmpty }

    mutating func removeAll() {
        pieces.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        pendingBlank = nil
        pendingBreaks = 0
    }

    mutating func blank(_ marks: MarkdownMarks) {
        if !pieces.isEmpty, pendingBreaks == 0 { pendingBlank = pendingBlank?.shared(with: marks) ?? marks }
    }

    /// A line break; those before the first text and behind the last one show nothing.
    mutating func lineBreak() {
        if !pieces.isEmpty { pendingBreaks += 1 }
    }

    /// Begins a line, unless one has just begun.
    mutating func newLine() {
        if !pieces.isEmpty { pendingBreaks = max(pendingBreaks, 1) }
    }

    mutating func text(_ text: UnsafeBufferPointer<UInt8>, _ marks: MarkdownMarks) {
        var start = 0
        while start < text.count {
            if isBlank(text[start]) {
                blank(marks)
                repeat { start += 1 } while start < text.count && isBlank(text[start])
                continue
            }
            var end = start + 1
            while end < text.count, !isBlank(text[end]) { end += 1 }
            add(UnsafeBufferPointer(rebasing: text[start..<end]), .text, marks)
            start = end
        }
    }

    /// Text in which every blank stays.
    mutating func literal(_ text: some Collection<UInt8>, _ marks: MarkdownMarks) { add(text, .text, marks) }

    mutating func written(_ markdown: [UInt8], _ marks: MarkdownMarks) {
        add(markdown, .written, marks.withoutCode)
    }

    private mutating func add(_ added: some Collection<UInt8>, _ kind: Piece.Kind, _ marks: MarkdownMarks) {
        guard !added.isEmpty else { return }
        if let last = pieces.last {
            let shared = last.marks.shared(with: marks)
            if pendingBreaks > 0 {
                let here = Piece(
                    kind: .lineBreak, marks: shared.withoutCode, start: bytes.count, end: bytes.count)
                pieces += [Piece](repeating: here, count: pendingBreaks)
            } else if let blank = pendingBlank {
                append([0x20], .text, shared.shared(with: blank))
            }
        }
        (pendingBreaks, pendingBlank) = (0, nil)
        append(added, kind, marks)
    }

    private mutating func append(_ added: some Collection<UInt8>, _ kind: Piece.Kind, _ marks: MarkdownMarks)
    {
        lastLink = max(lastLink, marks.link)
        let start = bytes.count
        bytes += added
        if kind == .text, let last = pieces.last, last.kind == .text, last.marks == marks {
            pieces[pieces.count - 1].end = bytes.count
        } else {
            pieces.append(Piece(kind: kind, marks: marks, start: start, end: bytes.count))
        }
    }
}
