internal import CLibXML2
import Programs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A document of XML in UTF-8, whatever encoding it declares; whole, or refused. Its elements keep their
/// names as written; CDATA is text; nothing outside the document is opened.
///
/// - Returns: a document that the caller has to free.
/// - Throws: with the line, for what is no XML, and for one that holds more than can be read.
func parsedXML(_ utf8: [UInt8]) throws(ProgramError) -> xmlDocPtr {
    xmlInitParser()
    // Everywhere the same answer: there is nothing outside.
    xmlSetExternalEntityLoader { _, _, _ in nil }
    guard let parser = xmlNewParserCtxt() else { throw ProgramError("out of memory") }
    defer { xmlFreeParserCtxt(parser) }
    let text = XMLText.mended(utf8)
    let options =
        XML_PARSE_NOENT.rawValue | XML_PARSE_NOCDATA.rawValue | XML_PARSE_NONET.rawValue
        | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_COMPACT.rawValue
        | XML_PARSE_IGNORE_ENC.rawValue
    var first = FirstProblem()
    let parsed = withUnsafeMutablePointer(to: &first) { first in
        xmlSetStructuredErrorFunc(first) { first, error in
            first?.assumingMemoryBound(to: FirstProblem.self).pointee.take(error)
        }
        defer { xmlSetStructuredErrorFunc(nil) { _, _ in } }
        return text.withUnsafeBytes { buffer in
            xmlCtxtReadMemory(
                parser, buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count), nil,
                "UTF-8", Int32(options))
        }
    }
    guard let parsed, parser.pointee.wellFormed == 1, parser.pointee.disableSAX == 0 else {
        if let parsed { xmlFreeDoc(parsed) }
        throw first.error
    }
    return parsed
}

/// The first thing that keeps a text from being XML: what the parser says later often only follows from it.
private struct FirstProblem {
    private var code: xmlParserErrors?
    private var line: Int32 = 0
    private var words = "it is no XML"

    mutating func take(_ error: UnsafeMutablePointer<xmlError>?) {
        guard code == nil, let error = error?.pointee, error.level == XML_ERR_FATAL else { return }
        code = xmlParserErrors(UInt32(error.code))
        line = error.line
        words = error.message.map { String(cString: $0).trimmed() } ?? words
    }

    var error: ProgramError {
        switch code {
        case XML_ERR_ENTITY_LOOP:
            ProgramError(
                "the XML cannot be read: at line \(line) its entities stand in one another or grow without bounds"
            )
        case XML_ERR_DOCUMENT_EMPTY: ProgramError("the XML cannot be read: it holds no element")
        case XML_ERR_INTERNAL_ERROR, XML_ERR_NAME_TOO_LONG:
            ProgramError(
                "the XML cannot be read whole: at line \(line) it nests deeper than 256 levels, or holds a text of more than 10 MB"
            )
        case XML_ERR_NO_MEMORY: ProgramError("the XML needs more memory than there is")
        default: ProgramError("the XML cannot be read: at line \(line): \(words)")
        }
    }
}

/// The prefixes that a document declares, and the names that they stand for; of equal prefixes the first.
/// Elements of a default namespace lose it, so that XPath finds them by their names as written.
func prefixesAsWritten(in document: xmlDocPtr) -> [(prefix: String, name: String)] {
    var found: [(prefix: String, name: String)] = []
    var known: Set<String> = []
    var next = xmlDocGetRootElement(document)
    while let node = next {
        if node.pointee.type == XML_ELEMENT_NODE {
            var declaration = node.pointee.nsDef
            while let current = declaration {
                if let prefix = current.pointee.prefix.map({ String(cString: $0) }),
                    known.insert(prefix).inserted
                {
                    found.append((prefix, current.pointee.href.map { String(cString: $0) } ?? ""))
                }
                declaration = current.pointee.next
            }
            if let namespace = node.pointee.ns, namespace.pointee.prefix == nil { node.pointee.ns = nil }
        }
        next = following(node)
    }
    return found
}

/// The next node in the order of the document.
private func following(_ node: xmlNodePtr) -> xmlNodePtr? {
    if node.pointee.type == XML_ELEMENT_NODE, let child = node.pointee.children { return child }
    var current: xmlNodePtr? = node
    while let place = current, place.pointee.type != XML_DOCUMENT_NODE {
        if let next = place.pointee.next { return next }
        current = place.pointee.parent
    }
    return nil
}
