internal import CLibXML2
package import Programs

/// A page parsed by libxml2's HTML parser, without network, entities of its own or huge-document mode.
///
/// Not `Sendable`: libxml2 changes a document even while it is read.
package final class HTMLDocument {
    private let document: xmlDocPtr
    package let tree: PageTree
    private let context: xmlXPathContextPtr

    /// Steps of XPath: a second's worth, then the query ends with an error.
    private static let operationLimit: UInt = 20_000_000

    /// Reads a page, however badly it is written.
    ///
    /// - Parameter encoding: what the server said; without it the page's own `meta` decides, else UTF-8.
    /// - Throws: for an empty page, and for one that cannot be read to its end.
    package init(_ bytes: [UInt8], encoding: String? = nil) throws(ProgramError) {
        xmlInitParser()
        let options =
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue | HTML_PARSE_COMPACT.rawValue
        let (bytes, chosen) = HTMLDocument.readable(bytes, said: encoding)
        guard let parser = htmlNewParserCtxt() else { throw ProgramError("out of memory") }
        defer { htmlFreeParserCtxt(parser) }
        let parsed = bytes.withUnsafeBytes { buffer in
            htmlCtxtReadMemory(
                parser, buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count), nil,
                chosen,
                Int32(options))
        }
        guard let parsed else { throw ProgramError("the page is empty or no HTML") }
        // A parser that has stopped before the end gives what it has read so far, which must not pass for the
        // whole.
        guard parser.pointee.disableSAX == 0 else {
            xmlFreeDoc(parsed)
            throw ProgramError(
                "the page nests deeper than 256 levels, or holds a text of more than 10 MB: it cannot be read whole"
            )
        }
        guard let context = xmlXPathNewContext(parsed) else {
            xmlFreeDoc(parsed)
            throw ProgramError("out of memory")
        }
        document = parsed
        tree = PageTree(parsed)
        context.pointee.opLimit = HTMLDocument.operationLimit
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        context.pointee.error = { _, _ in }
        self.context = context
    }

    deinit {
        xmlXPathFreeContext(context)
        xmlFreeDoc(document)
    }

    /// Loads what the library loads when it is first used: a sealed process can open no file any more.
    package static func prepare() {
        xmlInitParser()
        // For what is not loaded here libxml2 turns to ICU, which loses the text before half a character.
        // None of them is closed: the library would unload it.
        for name in [
            "GBK", "GB18030", "Big5", "Shift_JIS", "windows-31j", "EUC-JP", "ISO-2022-JP",
            "EUC-KR", "UHC",
        ] {
            _ = xmlFindCharEncodingHandler(name)
        }
    }

    /// The bytes as libxml2 can read them, and the name of their character set; nil where the page itself
    /// names one that libxml2 knows.
    private static func readable(_ bytes: [UInt8], said: String?) -> (bytes: [UInt8], encoding: String?) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (bytes, "UTF-8") }
        // By bytes: a page says its charset in ASCII, and grapheme breaking would cost more than it tells.
        let head = bytes.prefix(2_048)
        if let label = said ?? labelInside(head), let encoding = SingleByteEncoding(label: label) {
            return (encoding.decode(bytes), "UTF-8")
        }
        if let said, xmlFindCharEncodingHandler(said) != nil { return (bytes, said) }
        return (bytes, place(of: "charset", in: head) == nil ? "UTF-8" : nil)
    }

    /// What the first `meta` element that names a charset says.
    private static func labelInside(_ head: ArraySlice<UInt8>) -> String? {
        var rest = head
        while let start = place(of: "<meta", in: rest) {
            let end = rest[start...].firstIndex(of: UInt8(ascii: ">")) ?? rest.endIndex
            if let word = place(of: "charset", in: rest[start..<end]) {
                let around = Array("= \"';/\n\r\t".utf8)
                let label = rest[(word + "charset".utf8.count)..<end].drop { around.contains($0) }
                return String(decoding: label.prefix { !around.contains($0) }, as: UTF8.self)
            }
            rest = rest[end...]
        }
        return nil
    }

    /// Where a word of small letters begins, in whatever letters it is written.
    private static func place(of word: StaticString, in bytes: ArraySlice<UInt8>) -> Int? {
        let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        return bytes.indices.first { start in
            bytes[start] | 0x20 == wanted[0] | 0x20 && bytes.endIndex - start >= wanted.count
                && zip(bytes[start...], wanted).allSatisfy { $0 | 0x20 == $1 | 0x20 }
        }
    }

    /// The nodes that an XPath selects, seen from a node or from the whole page; or the value that it gives,
    /// as text.
    ///
    /// - Parameter subject: what the author has written, for the words of an error: the XPath, or the
    ///   selector that it stands for.
    /// - Throws: when the XPath is none, or takes too long.
    package func select(_ xpath: String, from node: PageTree.Node? = nil, as subject: String = "the XPath")
        throws(ProgramError) -> [HTMLSelection]
    {
        context.pointee.node = node.map(tree.pointer) ?? xmlDocGetRootElement(document)
        context.pointee.opCount = 0
        xmlResetError(&context.pointee.lastError)
        guard let result = xmlXPathEvalExpression(xpath, context) else {
            throw failure(subject)
        }
        defer { xmlXPathFreeObject(result) }
        switch result.pointee.type {
        case XPATH_NODESET:
            guard let set = result.pointee.nodesetval, let table = set.pointee.nodeTab else { return [] }
            return (0..<Int(set.pointee.nodeNr)).compactMap { index in
                table[index].map(selection)
            }
        case XPATH_STRING: return [.text(takenText(xmlStrdup(result.pointee.stringval)))]
        case XPATH_NUMBER: return [.text(takenText(xmlXPathCastNumberToString(result.pointee.floatval)))]
        case XPATH_BOOLEAN: return [.text(result.pointee.boolval != 0 ? "true" : "false")]
        default: return []
        }
    }

    private func selection(_ pointer: xmlNodePtr) -> HTMLSelection {
        if let node = tree.node(at: pointer) { return .node(node) }
        guard pointer.pointee.type == XML_ATTRIBUTE_NODE else {
            return .text(takenText(xmlNodeGetContent(pointer)))
        }
        let attribute = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: xmlAttr.self)
        return .attribute(PageTree.name(attribute), value: PageTree.value(attribute))
    }

    private func failure(_ subject: String) -> ProgramError {
        let error = context.pointee.lastError
        let number = Int(error.code) - Int(XML_XPATH_EXPRESSION_OK.rawValue)
        switch number {
        case Int(XPATH_OP_LIMIT_EXCEEDED.rawValue):
            return ProgramError("\(subject) takes too long on this page")
        case Int(XPATH_RECURSION_LIMIT_EXCEEDED.rawValue), Int(XPATH_STACK_ERROR.rawValue):
            return ProgramError("\(subject) nests too deep")
        case Int(XPATH_MEMORY_ERROR.rawValue):
            return ProgramError("\(subject) selects more of this page than fits into memory")
        default: return ProgramError("\(subject) cannot be evaluated", offset: Int(error.int1))
        }
    }

    /// Whether an XPath compiles.
    ///
    /// - Throws: `ProgramError` with libxml2's words and the place when it does not.
    package static func checkXPath(_ xpath: String) throws(ProgramError) {
        guard let context = xmlXPathNewContext(nil) else { return }
        defer { xmlXPathFreeContext(context) }
        // With a handler of the context's own, libxml2 would leave its words out.
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        xmlResetLastError()
        if let compiled = xmlXPathCtxtCompile(context, xpath) { return xmlXPathFreeCompExpr(compiled) }
        guard let error = xmlGetLastError()?.pointee, let message = error.message else {
            throw ProgramError("it cannot be read", offset: 0)
        }
        throw ProgramError(String(cString: message).trimmed(), offset: Int(error.int1))
    }
}

/// What an XPath expression selects: a node, an attribute, or a text that it computes.
package enum HTMLSelection {
    case node(PageTree.Node)
    case attribute(String, value: String)
    case text(String)
}
