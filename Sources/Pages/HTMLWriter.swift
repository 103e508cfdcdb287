/// Writes a part of a page as HTML that a browser reads back as the same elements, attributes and texts.
///
/// What a `template` holds is not written, though a browser's `outerHTML` has it: it is none of the page until
/// a program puts it there, and no selector finds it either.
struct HTMLWriter {
    private struct Open {
        let name: String
        /// The place behind the last node in the element.
        let end: Int32
        /// The namespace of the elements in it.
        let inner: HTMLNamespace
        /// Whether the text in it is written without escapes.
        let isRaw: Bool
        let isPlaintext: Bool
    }

    private let part: PagePart
    private var tree: PageTree { part.tree }
    private var output: [UInt8] = []
    private var open: [Open] = []
    /// Whether a line break that comes next would be passed over by a reader, who takes it for one that the
    /// author wrote behind the tag.
    private var losesLineBreak = false
    /// Where the text of a `plaintext` ends, which no tag can end; nil where none was written, or something
    /// has been written behind it.
    private var plaintextEnd: Int?

    /// The nodes of the part, each on a line of its own.
    static func write(_ part: PagePart) -> String {
        var writer = HTMLWriter(part: part)
        for (place, node) in part.nodes.enumerated() {
            if place > 0 { writer.output.append(0x0A) }
            writer.write(node)
        }
        if let end = writer.plaintextEnd { writer.output.removeSubrange(end...) }
        return String(decoding: writer.output, as: UTF8.self)
    }

    private init(part: PagePart) { self.part = part }

    private mutating func write(_ top: PageTree.Node) {
        let outer = namespace(around: top)
        let end = max(tree.end(top), top.index + 1)
        var index = top.index
        while index < end {
            closeElements(before: index)
            let node = PageTree.Node(index: index)
            if part.hidden.contains(node) {
                index = max(tree.end(node), index + 1)
                continue
            }
            index += 1
            switch tree.kind(node) {
            case .element: begin(node, in: open.last?.inner ?? outer)
            case .text: text(tree.bytes(node))
            case .comment: comment(tree.bytes(node))
            // HTML has no processing instructions.
            case .other: break
            }
        }
        closeElements(before: end)
    }

    private mutating func closeElements(before index: Int32) {
        while let last = open.last, last.end <= index {
            open.removeLast()
            if last.isPlaintext { plaintextEnd = output.count }
            output += "</".utf8
            output += last.name.utf8
            output.append(UInt8(ascii: ">"))
            losesLineBreak = false
        }
    }

    private mutating func begin(_ element: PageTree.Node, in outer: HTMLNamespace) {
        (losesLineBreak, plaintextEnd) = (false, nil)
        let name = tree.name(element)
        let own = HTMLWriter.namespace(name, in: outer)
        output.append(UInt8(ascii: "<"))
        output += name.utf8
        for (name, value) in tree.attributes(element) {
            output.append(0x20)
            output += name.utf8
            output += "=\"".utf8
            escape(value.utf8, inAttribute: true)
            output.append(UInt8(ascii: "\""))
        }
        output.append(UInt8(ascii: ">"))
        let isHTML = own == .html
        if isHTML, HTMLWriter.emptyElements.contains(name), tree.firstChild(element) == nil { return }
        losesLineBreak = isHTML && HTMLWriter.passOverLineBreak.contains(name)
        open.append(
            Open(
                name: name, end: tree.end(element), inner: inner(element, name, own),
                isRaw: isHTML && HTMLWriter.rawElements.contains(name),
                isPlaintext: isHTML && name == "plaintext"))
    }

    private mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        if losesLineBreak, bytes.first == 0x0A { output.append(0x0A) }
        (losesLineBreak, plaintextEnd) = (false, nil)
        if open.last?.isRaw == true { output += bytes } else { escape(bytes, inAttribute: false) }
    }

    private mutating func comment(_ bytes: UnsafeBufferPointer<UInt8>) {
        (losesLineBreak, plaintextEnd) = (false, nil)
        output += "<!--".utf8
        output += bytes
        output += "-->".utf8
    }

    private mutating func escape(_ text: some Sequence<UInt8>, inAttribute: Bool) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): output += "&amp;".utf8
            case UInt8(ascii: "<"): output += "&lt;".utf8
            case UInt8(ascii: ">"): output += "&gt;".utf8
            case UInt8(ascii: "\"") where inAttribute: output += "&quot;".utf8
            // A reader would take it for a line break.
            case 0x0D: output += "&#13;".utf8
            // The no-break space, which nobody sees among blanks.
            case 0xA0 where output.last == 0xC2:
                output.removeLast()
                output += "&nbsp;".utf8
            default: output.append(byte)
            }
        }
    }

    // Namespaces: the tree keeps names only, and a name of SVG or MathML may mean something else in HTML.

    private func namespace(around top: PageTree.Node) -> HTMLNamespace {
        var ancestors: [PageTree.Node] = []
        var next = tree.parent(top)
        while let node = next {
            ancestors.append(node)
            next = tree.parent(node)
        }
        return ancestors.reversed().reduce(.html) { outer, element in
            let name = tree.name(element)
            return inner(element, name, HTMLWriter.namespace(name, in: outer))
        }
    }

    private static func namespace(_ name: String, in outer: HTMLNamespace) -> HTMLNamespace {
        switch name {
        case "svg": .svg
        case "math": .mathML
        default: outer
        }
    }

    /// The namespace of what stands in an element: some of SVG and MathML hold HTML.
    private func inner(_ element: PageTree.Node, _ name: String, _ own: HTMLNamespace) -> HTMLNamespace {
        switch (own, name) {
        case (.svg, "foreignObject"), (.svg, "desc"), (.svg, "title"),
            (.mathML, "mi"), (.mathML, "mo"), (.mathML, "mn"), (.mathML, "ms"), (.mathML, "mtext"):
            return .html
        case (.mathML, "annotation-xml"):
            let encoding = tree.attribute("encoding", element)?.lowercased()
            return encoding == "text/html" || encoding == "application/xhtml+xml" ? .html : .mathML
        default: return own
        }
    }

    /// Elements of HTML that have no end tag.
    private static let emptyElements: Set = [
        "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen",
        "link", "meta", "param", "source", "track", "wbr",
    ]

    /// Elements in which a reader takes everything as it stands, up to their end tag.
    private static let rawElements: Set = [
        "iframe", "noembed", "noframes", "plaintext", "script", "style", "xmp",
    ]

    private static let passOverLineBreak: Set = ["listing", "pre", "textarea"]
}
