import Encodings
internal import Programs

/// A part of a page's text: from `start` up to `end`.
///
/// What stands in the page as it is read is named by its place there; what had to be decoded stands in a
/// text of its own, whose places count on from the end of the page. No part is in both.
struct HTMLRange: Sendable, Hashable {
    var start: Int
    var end: Int

    var isEmpty: Bool { start >= end }
    var count: Int { end - start }
}

/// What a page is made of before it is a tree.
enum HTMLToken: Sendable {
    /// Characters, references decoded. A NUL comes alone: it depends on its place what becomes of it.
    case text(HTMLRange)
    /// A tag; what it says is the tokenizer's `tag`.
    case startTag, endTag
    case comment(HTMLRange)
    /// What it says is the tokenizer's `doctype`.
    case doctype
    case end
}

/// Cuts a page into tokens, as the HTML standard says ("Tokenization").
struct HTMLTokenizer: Sendable {
    /// What the text that follows is made of.
    enum Content: Sendable, Hashable {
        case markup
        /// Only characters and references, up to the end tag of that name, as in a title.
        case escapableText(HTMLTag)
        /// Only characters, up to the end tag of that name, as in a style sheet.
        case rawText(HTMLTag)
        /// A script, in which a comment may hold what looks like its end tag.
        case script
        /// Characters up to the end of the page.
        case plaintext
        /// Characters up to `]]>`.
        case cdata
    }

    struct Tag: Sendable {
        var name: Int32 = 0
        var tag = HTMLTag.other
        /// Where its attributes start in `attributes`, which end with them.
        var attributes = 0
        var isSelfClosing = false
    }

    /// The page, with line feeds for all ends of lines.
    let source: [UInt8]
    var position = 0
    var content = Content.markup
    var names = HTMLNames.known
    /// Those of the tags that were kept, and behind them those of `tag`.
    var attributes: [HTMLTree.Attribute] = []
    var tag = Tag()
    var doctype = HTMLTree.Doctype()
    /// Whether something is wrong with the doctype, so that browsers turn to quirks.
    var doctypeIsBroken = false
    /// Text that does not stand in the page as it is read.
    var decoded: [UInt8] = []
    /// The number of the last tag that had an attribute of this name, by the name's number.
    var lastTagWithName: [Int] = []
    var tagNumber = 0

    /// The largest page in bytes: places in it are numbers of 32 bits, with room for what is decoded.
    static let sizeLimit = 1 << 30

    /// - Throws: for a page of more than 1 GB.
    init(_ page: [UInt8]) throws(ProgramError) {
        guard page.count <= Self.sizeLimit else {
            throw ProgramError("the page is larger than 1 GB: it cannot be read whole")
        }
        source = Self.withLineFeeds(page)
        if source.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        attributes.reserveCapacity(source.count / 64)
    }

    /// A carriage return, alone or before a line feed, is the end of a line.
    private static func withLineFeeds(_ page: [UInt8]) -> [UInt8] {
        let carriageReturn = UInt8(ascii: "\r")
        guard var end = page.firstIndex(of: carriageReturn) else { return page }
        var text: [UInt8] = []
        text.reserveCapacity(page.count)
        var start = 0
        while end < page.count {
            text.append(contentsOf: page[start..<end])
            text.append(UInt8(ascii: "\n"))
            start = end + 1
            if start < page.count && page[start] == UInt8(ascii: "\n") { start += 1 }
            end = page[start...].firstIndex(of: carriageReturn) ?? page.count
        }
        text.append(contentsOf: page[start...])
        return text
    }

    /// The byte at a place in the page or in what was decoded.
    func byte(_ place: Int) -> UInt8 {
        place < source.count ? source[place] : decoded[place - source.count]
    }

    /// - Parameter takesCDATA: whether `<![CDATA[` means one here: only inside SVG and MathML.
    mutating func next(takesCDATA: Bool) -> HTMLToken {
        while position < source.count {
            switch content {
            case .markup:
                guard source[position] == UInt8(ascii: "<"), beginsMarkup(position) else {
                    return markedText()
                }
                if let token = markup(takesCDATA: takesCDATA) { return token }
            case .cdata:
                if let token = cdata() { return token }
            case .escapableText(let name):
                if let token = text(to: endTag(named: name, from: position), decoding: true) { return token }
            case .rawText(let name):
                if let token = text(to: endTag(named: name, from: position), decoding: false) { return token }
            case .script:
                if let token = text(to: endOfScript(), decoding: false) { return token }
            case .plaintext:
                if let token = text(to: source.count, decoding: false) { return token }
            }
        }
        return .end
    }

    /// Whether the `<` at a place begins a tag, a comment or the like, and is no character of the text.
    func beginsMarkup(_ place: Int) -> Bool {
        guard place + 1 < source.count else { return false }
        switch source[place + 1] {
        case UInt8(ascii: "!"), UInt8(ascii: "?"): return true
        // At the very end of the page it is text.
        case UInt8(ascii: "/"): return place + 2 < source.count
        case let byte: return isLetter(byte)
        }
    }

    /// Reads what a `<` begins; nil for what leaves nothing, as an end tag without a name.
    private mutating func markup(takesCDATA: Bool) -> HTMLToken? {
        let after = position + 1
        switch source[after] {
        case UInt8(ascii: "!"): return declaration(takesCDATA: takesCDATA)
        case UInt8(ascii: "?"): return bogusComment(from: after)
        case UInt8(ascii: "/"):
            let name = after + 1
            if isLetter(source[name]) { return readTag(from: name) ? .endTag : nil }
            if source[name] == UInt8(ascii: ">") {
                position = name + 1
                return nil
            }
            return bogusComment(from: name)
        default: return readTag(from: after) ? .startTag : nil
        }
    }

    /// Whether some ASCII letters stand at a place, in capitals or not.
    func stands(_ word: StaticString, at place: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard place + count <= source.count else { return false }
        for index in 0..<count where smallLetter(source[place + index]) != smallLetter(word.utf8Start[index])
        {
            return false
        }
        return true
    }

    func skippingBlanks(from place: Int) -> Int { scan(from: place) { !isHTMLBlank($0) } }

    /// The first place from `start` on whose byte is wanted, or the end of the page.
    @inline(__always) func scan(from start: Int, until isWanted: (UInt8) -> Bool) -> Int {
        scan(HTMLRange(start: start, end: source.count), until: isWanted)
    }

    /// The first place in a part of the page whose byte is wanted, or the end of the part.
    @inline(__always) func scan(_ range: HTMLRange, until isWanted: (UInt8) -> Bool) -> Int {
        source.withUnsafeBufferPointer { source in
            var place = range.start
            while place < range.end && !isWanted(source[place]) { place += 1 }
            return place
        }
    }
}

/// Whether HTML takes a byte for white space.
@inline(__always) func isHTMLBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0C || byte == 0x0D
}
